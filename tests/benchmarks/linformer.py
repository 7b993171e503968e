"""Linformer: what attention costs at growing lengths; what an encoder and a decoder are worth after it.

    python tests/benchmarks/linformer.py ENCODER DECODER CALIBRATION_TEXT EVALUATION_TEXT [--parts cost encoder decoder]
        [--rows recovered …]

Cost: one head of 64, batch 1, float32, beside torch's own exact attention. Encoder (MiniLM): mean cosine of the last
hidden states with the original's, 1 where nothing changed. Decoder (the bundled sample, or "sample" for the texts): the
causal extension, perplexity. What a row trained on is the calibration text.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from one_method import apply_apart

PARTS = ("cost", "encoder", "decoder")
NOTHING = {"fit_steps": 0, "recovery": "none", "measured_length": 0}
FITTED = {"recovery": "none", "measured_length": 0}
ENCODER: dict[str, dict[str, Any]] = {
    "k = n = 256: nothing is lost": {"slots": 256, **NOTHING},
    "k = 128, segment means": {"slots": 128, "start": "segments", **NOTHING},
    "k = 128, by the average attention": {"slots": 128, **NOTHING},
    "k = 128, projections fitted": {"slots": 128, **FITTED},
    "k = 128, fitted, recovered": {"slots": 128, "measured_length": 0},
    "k = 64, segment means": {"slots": 64, "start": "segments", **NOTHING},
    "k = 64, by the average attention": {"slots": 64, **NOTHING},
    "k = 64, fitted, recovered": {"slots": 64, "measured_length": 0},
    "k = 64, E = F, fitted, recovered": {"slots": 64, "sharing": "key_value", "measured_length": 0},
    "k = 64, one E for all layers, fitted, recovered": {"slots": 64, "sharing": "layerwise", "measured_length": 0},
}
DECODER: dict[str, dict[str, Any]] = {
    "16 slots for each 64 tokens, segment means": NOTHING,
    "16 for 64, fitted": FITTED,
    "16 for 64, fitted, recovered": {"measured_length": 0},
    "4 for 64, segment means": {"segment_slots": 4, **NOTHING},
    "4 for 64, fitted, recovered": {"segment_slots": 4, "measured_length": 0},
}


def cost() -> None:
    """Milliseconds and megabytes by length, and the power of n that they grow with over the longer half."""
    from engine.methods.low_rank.linformer.cost import LENGTHS, Way
    from engine.methods.low_rank.linformer.cost import cost as measured

    ways = [Way("exact"), Way("written out"), *(Way("slots", slots) for slots in (64, 128, 256))]
    ways += [Way("causal"), Way("segments", 16, 64)]
    for title, unit in (("ms", 1e3), ("MB", 1e-6)):
        print(f"\n| {title} | " + " | ".join(f"{length}" for length in LENGTHS) + " | grows with |")
        print("|---" * (len(LENGTHS) + 2) + "|")
        for way in ways:
            lengths = [length for length in LENGTHS if way.fits(length)]
            values = [unit * measured(way, length, "cpu")[title == "MB"] for length in lengths]
            cells = [f"{value:.3g}" for value in values] + ["too much"] * (len(LENGTHS) - len(lengths))
            half = len(values) // 2
            power = math.log(values[-1] / values[half]) / math.log(lengths[-1] / lengths[half])
            print(f"| {way.title} | " + " | ".join(cells) + f" | n^{power:.2f} |", flush=True)


def models(rows: dict[str, dict[str, Any]], metric: str, asked: argparse.Namespace, folder: Path, **fixed: Any) -> None:
    """One line a row: the metric, the error of the layers after fitting, seconds."""
    print(f"\n| {folder.name} | {metric.replace('_', ' ')} | error of the layers | s |\n|---|---|---|---|")
    wanted = {title: row for title, row in rows.items() if not asked.rows or any(part in title for part in asked.rows)}
    for title, settings in {"original": None, **wanted}.items():
        given = {**fixed, **(settings or {}), "text": asked.calibration}
        steps = [] if settings is None else [("linformer", given)]
        found = apply_apart(folder, steps, asked.evaluation, asked.window, asked.windows)
        error = found["told"].get("layer_error")
        cells = [f"{found[metric]:.4f}", "" if error is None else f"{error:.4f}", f"{found['seconds']:.0f}"]
        print(f"| {title} | " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("encoder", type=Path)
    parser.add_argument("decoder", type=Path)
    parser.add_argument("calibration")
    parser.add_argument("evaluation")
    parser.add_argument("--window", type=int, default=256)
    parser.add_argument("--windows", type=int, default=16)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rows", nargs="*", default=[], help="only the models whose titles have one of these in them")
    asked = parser.parse_args()
    if "cost" in asked.parts:
        cost()
    if "encoder" in asked.parts:
        models(ENCODER, "hidden_cosine", asked, asked.encoder, length=256, positions=256, batch=4, micro_batch=4)
    if "decoder" in asked.parts:
        models(DECODER, "perplexity", asked, asked.decoder, length=256, batch=8, micro_batch=8)


if __name__ == "__main__":
    main()
