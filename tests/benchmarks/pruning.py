"""Pruning without training: perplexity of what is left, seconds, memory.

    python tests/benchmarks/pruning.py MODEL CALIBRATION_TEXT TEXT [--windows 4] [--rows 2:4 depth …] [--heal 40]

Every row is a fresh process. Calibrated on 32 samples of 512 tokens. ``--rows``: only rows with one of these words in
their name. ``--heal``: the depth-pruned models are also trained on for so many steps on the calibration text.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from one_method import Step, apply_apart

ROWS: dict[str, tuple[str, dict[str, Any], float | None]] = {
    "as it is": ("", {}, 24.518),
    "50 % magnitude": ("one_shot_pruning", {"score": "magnitude"}, 636),
    "50 % Wanda": ("one_shot_pruning", {"score": "wanda"}, 57.2),
    "50 % RIA": ("one_shot_pruning", {"score": "ria"}, None),
    "50 % SparseGPT": ("one_shot_pruning", {"score": "sparsegpt"}, 53.3),
    "2:4 magnitude": ("one_shot_pruning", {"score": "magnitude", "pattern": "2:4"}, 1974),
    "2:4 Wanda": ("one_shot_pruning", {"score": "wanda", "pattern": "2:4"}, 267),
    "2:4 RIA": ("one_shot_pruning", {"score": "ria", "pattern": "2:4"}, None),
    "2:4 SparseGPT": ("one_shot_pruning", {"score": "sparsegpt", "pattern": "2:4"}, 104),
    "4:8 Wanda": ("one_shot_pruning", {"score": "wanda", "pattern": "4:8"}, None),
    "4:8 SparseGPT": ("one_shot_pruning", {"score": "sparsegpt", "pattern": "4:8"}, None),
    "depth 3, influence": ("depth_pruning", {"criterion": "block_influence", "num_pruned_layers": 3}, 41.6),
    "depth 6, influence": ("depth_pruning", {"criterion": "block_influence", "num_pruned_layers": 6}, 74.1),
    "depth 3, neighbors": ("depth_pruning", {"criterion": "angular_distance", "num_pruned_layers": 3}, None),
    "depth 6, neighbors": ("depth_pruning", {"criterion": "angular_distance", "num_pruned_layers": 6}, None),
    "depth 3, loss": ("depth_pruning", {"criterion": "loss", "num_pruned_layers": 3}, 41.6),
    "depth 6, loss": ("depth_pruning", {"criterion": "loss", "num_pruned_layers": 6}, 74.1),
    "width 90 %, what it adds": ("width_pruning", {"budget": 90, "importance": "output"}, None),
    "width 90 %, its size": ("width_pruning", {"budget": 90, "importance": "activation"}, None),
}
"""Name -> method, settings, what was reached before on SmolLM2-135M with 4 windows."""
CALIBRATED = {"num_samples": 32, "sequence_length": 512}
TRAINING = {"batch_size": 4, "sequence_length": 512, "learning_rate": 1e-4, "eval_samples": 2}


def main() -> None:
    """Print the table as it grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("calibration")
    parser.add_argument("text")
    parser.add_argument("--windows", type=int, default=4)
    parser.add_argument("--rows", nargs="*", default=[""])
    parser.add_argument("--heal", type=int, default=0, metavar="STEPS")
    options = parser.parse_args()
    print("| variant | perplexity | reference | seconds | peak memory | tensor files |")
    print("|---|---|---|---|---|---|", flush=True)
    for name, (method, more, reference) in ROWS.items():
        if not any(word in name for word in options.rows):
            continue
        settings = {**CALIBRATED, "text": options.calibration, **more}
        steps: list[Step] = [(method, settings)] if method else []
        row(name, steps, reference, options)
        if options.heal and method == "depth_pruning":
            tuning = {**TRAINING, "text": options.calibration, "steps": options.heal}
            row(f"{name}, healed in {options.heal} steps", [*steps, ("fine_tuning", tuning)], None, options)


def row(name: str, steps: list[Step], reference: float | None, options: argparse.Namespace) -> None:
    """Measure and print one row."""
    found = apply_apart(options.model, steps, options.text, 2048, options.windows)
    told = "collapsed" if found["collapsed"] else f"{found['perplexity']:.2f}"
    costs = f"{found['seconds']:.0f} | {found['peak_bytes'] / 1e9:.2f} GB" if steps else "|"
    known = "" if reference is None else f"{reference:g}"
    print(f"| {name} | {told} | {known} | {costs} | {found['size_bytes'] / 1e6:.0f} MB |", flush=True)


if __name__ == "__main__":
    main()
