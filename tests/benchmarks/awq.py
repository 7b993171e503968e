"""AWQ beside round to nearest and GPTQ: the same model, formats, groups and calibration text.

    python tests/benchmarks/awq.py MODEL CALIBRATION_TEXT --text TEXT --others NOVEL=4 [--formats int4 int3]

All linear layers but the head in symmetric groups of 64; those that calibrate do so on the same 32 samples of 512
tokens. Perplexity in windows of 2048 tokens on each text, of which no method may have seen anything: ``--others`` are
further ones with their numbers of windows. A row is printed as soon as it is measured.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from one_method import Step, apply_apart

from engine.data.texts import load_text

CALIBRATION: dict[str, object] = {"num_samples": 32, "sequence_length": 512}
ORIGINAL = "not quantized"
ROWS: dict[str, tuple[str, dict[str, object]]] = {
    "round to nearest, largest weight": ("round_to_nearest", {}),
    "round to nearest, smallest error": ("round_to_nearest", {"clip": "mse"}),
    "round to nearest, importance matrix": ("round_to_nearest", {**CALIBRATION, "clip": "imatrix_mse"}),
    "GPTQ": ("gptq", CALIBRATION),
    "AWQ, scales only": ("awq", {**CALIBRATION, "apply_clip": False}),
    "AWQ": ("awq", CALIBRATION),
    "AWQ, duo scaling": ("awq", {**CALIBRATION, "duo_scaling": True}),
}


def main() -> None:
    """Print the table as it grows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("calibration")
    parser.add_argument("--text", required=True)
    parser.add_argument("--others", nargs="*", default=[])
    parser.add_argument("--formats", nargs="*", default=["int4", "int3"])
    parser.add_argument(
        "--rows", nargs="*", default=[ORIGINAL, *ROWS], help="some of the rows", choices=[ORIGINAL, *ROWS]
    )
    parser.add_argument("--windows", type=int, default=16)
    options = parser.parse_args()
    texts = [text.rsplit("=", 1)[0] for text in (options.text, *options.others)]
    for text in (options.calibration, *texts):  # a text that can't be read is told before anything is spent
        load_text(text)
    names = [Path(text).stem for text in texts]
    print(f"| weights, groups of 64 | {' | '.join(names)} | seconds | peak memory | tensor files |")
    print("|---|" + "---|" * len(names) + "---|---|---|", flush=True)
    if ORIGINAL in options.rows:
        row(ORIGINAL, [], options)
    for name in options.formats:
        for title in [title for title in options.rows if title != ORIGINAL]:
            method, settings = ROWS[title]
            settings = {"format": name, "group_size": 64, **settings}
            if "num_samples" in settings:
                settings["text"] = options.calibration
            row(f"{name}, {title}", [(method, settings)], options)


def row(title: str, steps: list[Step], options: argparse.Namespace) -> None:
    """Measure one row."""
    found = apply_apart(options.model, steps, options.text, 2048, options.windows, options.others)
    perplexities = [found, *found["others"]]
    told = " | ".join("collapsed" if each["collapsed"] else f"{each['perplexity']:.3f}" for each in perplexities)
    cost = f"{found['seconds']:.0f} | {found['peak_bytes'] / 1e9:.2f} GB" if steps else "| "
    print(f"| {title} | {told} | {cost} | {found['size_bytes'] / 1e6:.0f} MB |", flush=True)


if __name__ == "__main__":
    main()
