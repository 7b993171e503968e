"""NVFP4 and MXFP4 beside NF4 and int4, and whether stock transformers makes the same of the exported files.

    python tests/benchmarks/four_bit_floats.py MODEL CALIBRATION_TEXT --text TEXT [--windows 4] [--samples 32]

Perplexity in windows of 2048 tokens of a text that was not calibrated on, of the artifact here and, for NVFP4 and
MXFP4, of its compressed-tensors export in transformers, both in float32. A row is printed as it comes.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch

from engine.data.texts import load_text
from engine.export.registry import export_format
from engine.measure.evaluate import evaluate
from engine.methods.registry import method
from engine.models.source import load_tokenizer, open_model
from engine.run.local import LocalStage

WINDOW = 2048
FOUR_BIT = ("nvfp4", "mxfp4")
ROWS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("NVFP4, largest weight", "round_to_nearest", {"format": "nvfp4"}),
    ("NVFP4, four over six", "round_to_nearest", {"format": "nvfp4", "clip": "four_over_six"}),
    ("NVFP4, importance matrix", "round_to_nearest", {"format": "nvfp4", "clip": "imatrix_mse"}),
    ("NVFP4, GPTQ", "gptq", {"format": "nvfp4"}),
    ("MXFP4, largest weight", "round_to_nearest", {"format": "mxfp4"}),
    ("MXFP4, importance matrix", "round_to_nearest", {"format": "mxfp4", "clip": "imatrix_mse"}),
    ("MXFP4, GPTQ", "gptq", {"format": "mxfp4"}),
    ("NF4, groups of 64", "round_to_nearest", {"format": "nf4"}),
    ("int4, groups of 32", "round_to_nearest", {"format": "int4", "group_size": 32}),
)


def main() -> None:
    """Print the table as it grows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("calibration")
    parser.add_argument("--text", required=True)
    parser.add_argument("--windows", type=int, default=4)
    parser.add_argument("--samples", type=int, default=32)
    parser.add_argument("--rows", nargs="*", help="some of the rows, by their beginnings")
    options = parser.parse_args()
    print("| | perplexity | in transformers | MB |\n|---|---|---|---|", flush=True)
    data = {"text": options.calibration, "num_samples": options.samples, "sequence_length": 512}
    for title, name, settings in ROWS:
        if options.rows and not title.startswith(tuple(options.rows)):
            continue
        calibrated = name != "round_to_nearest" or settings.get("clip") == "imatrix_mse"
        with tempfile.TemporaryDirectory() as place:
            row(title, name, settings | (data if calibrated else {}), options, Path(place))


def row(title: str, name: str, settings: dict[str, Any], options: argparse.Namespace, place: Path) -> None:
    """Measure one row."""
    info = method(name)
    model = open_model(options.model)
    stage = LocalStage(place)
    stage.know(model)
    artifact = stage.finish(info.load().apply(model, info.settings.parse(settings), stage))
    found = evaluate(
        open_model(artifact),
        text=options.text,
        window=WINDOW,
        windows=options.windows,
        reference=None,
        speed=False,
        progress=lambda fraction, text: None,
        checkpoint=lambda: None,
    ).metrics
    theirs = ""
    if settings["format"] in FOUR_BIT:
        entry = export_format("compressed-tensors")
        entry.write(open_model(artifact), place / "out", entry.options(), lambda *_: None)
        theirs = f"{stock(place / 'out', options):.4f}"
    print(f"| {title} | {found['perplexity']:.4f} | {theirs} | {found['size_bytes'] / 1e6:.1f} |", flush=True)


@torch.no_grad()
def stock(folder: Path, options: argparse.Namespace) -> float:
    """Perplexity of a folder in transformers."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    ids = load_tokenizer(open_model(options.model))(load_text(options.text).text)["input_ids"]
    total = 0.0
    for start in range(0, options.windows * WINDOW, WINDOW):
        window = torch.tensor([ids[start : start + WINDOW]])
        logits = model(input_ids=window).logits[0, :-1]
        total += float(torch.nn.functional.cross_entropy(logits, window[0, 1:], reduction="sum"))
    return math.exp(total / (options.windows * (WINDOW - 1)))


if __name__ == "__main__":
    main()
