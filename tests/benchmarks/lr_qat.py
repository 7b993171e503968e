"""LR-QAT beside rounding to nearest, GPTQ and full quantization-aware training: perplexity, time and memory.

    python tests/benchmarks/lr_qat.py [--rows original w4-nearest …]
    python tests/benchmarks/lr_qat.py --model MODEL --train TEXT --text TEXT [--precision bfloat16] [--rows …]

Without a model: the bundled sample, on its own texts. With one: 50 steps of 2 × 512 tokens of the training text, and
the perplexity of the first windows of 2048 tokens of the other. One scale per output channel everywhere. Every row runs
in a fresh process; its memory is the largest resident set while the method worked, the teacher's included.
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from one_method import ROOT, Step, apply_apart

SAMPLE = ROOT / "resources" / "sample" / "model"


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    title: str
    method: str
    settings: dict[str, Any] = field(default_factory=dict)

    def steps(self, settings: dict[str, Any]) -> list[Step]:
        """What is applied, with these settings."""
        return [(self.method, settings)] if self.method else []

    @property
    def trains(self) -> bool:
        """Whether it takes steps."""
        return self.method == "lr_qat"


def rows() -> dict[str, Row]:
    """All lines of the table by name."""
    found = {"original": Row("original", "")}
    for bits in (4, 3, 2):
        shape = {"format": f"int{bits}", "granularity": "channel"}
        search = {**shape, "clip": "mse"}
        variants = {
            "nearest": Row("round to nearest, range with the smallest error", "round_to_nearest", search),
            "gptq": Row("GPTQ, 32 samples of 512", "gptq", {**search, "num_samples": 32, "sequence_length": 512}),
            "low-rank": Row("LR-QAT", "lr_qat", shape),
            "scales": Row("scales only", "lr_qat", {**shape, "trainable": "scales"}),
            "weights": Row("full QAT", "lr_qat", {**shape, "trainable": "weights"}),
            "low-rank-recompute": Row(
                "LR-QAT, gradient checkpointing", "lr_qat", {**shape, "gradient_checkpointing": True}
            ),
        }
        found |= {
            f"w{bits}-{name}": Row(f"W{bits} {row.title}", row.method, row.settings) for name, row in variants.items()
        }
    return found


def line(row: Row, found: dict[str, Any], tokens: int) -> str:
    """A row of Markdown; ``tokens``: of one step."""
    perplexity = "collapsed" if found["collapsed"] else f"{found['perplexity']:.2f}"
    cells = [row.title, perplexity, f"{found['size_bytes'] / 1e6:.1f}"]
    if not row.method:
        cells += ["", "", "", ""]
    elif not row.trains:
        cells += [f"{found['seconds']:.0f}", "", f"{found['peak_bytes'] / 1e9:.2f}", ""]
    else:
        changed = f"{100 * found['told']['integers_changed']:.1f} %"
        speed = statistics.median(value for _, value in found["curves"]["tokens_per_second"])
        cells += [f"{found['seconds']:.0f}", f"{tokens / speed:.2f}"]
        cells += [f"{found['peak_bytes'] / 1e9:.2f}", changed]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table as it grows."""
    known = rows()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--train", help="text to train and calibrate on")
    parser.add_argument("--text", help="text to measure on")
    parser.add_argument("--windows", type=int, default=4)
    parser.add_argument("--precision", default="float32", choices=("float32", "bfloat16"), help="of matrix products")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--rows", nargs="*", choices=known, default=[x for x in known if "recompute" not in x])
    asked = parser.parse_args()
    if asked.model is not None and not (asked.train and asked.text):
        parser.error("a model needs --train and --text")
    steps, length, batch = asked.steps or (50 if asked.model else 200), 512, 2
    training = {
        "steps": steps,
        "sequence_length": length,
        "batch_size": batch,
        "eval_samples": 0,
        "mixed_precision": asked.precision,
    }
    print(f"{steps} steps of {batch} × {length} tokens, {asked.precision}\n")
    print(
        "| | perplexity | MB | s | s a step | peak GB | integers changed |\n|---|---|---|---|---|---|---|", flush=True
    )
    for name in asked.rows:
        row = known[name]
        settings = {**row.settings, **(training if row.trains else {})}
        if row.trains or row.method == "gptq":
            settings["text"] = asked.train or "sample"
        window, windows = (2048, asked.windows) if asked.model else (512, 0)
        found = apply_apart(asked.model or SAMPLE, row.steps(settings), asked.text or "sample", window, windows)
        print(line(row, found, batch * length), flush=True)


if __name__ == "__main__":
    main()
