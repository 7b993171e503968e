"""SVD factorization: perplexity by what is made smallest, how the ranks are chosen and how the factors are solved.

    python tests/benchmarks/svd.py MODEL CALIBRATION_TEXT EVALUATION_TEXT [--windows 4] [--rows plain whitened …]

Calibrated on 32 samples of 512 tokens, spread evenly over the calibration text; perplexity on the first windows of 2048
tokens of the other. Every row runs in a fresh process. "Reference" are numbers of an independent script on the same
model and texts.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from one_method import Step, apply_apart


@dataclass(frozen=True)
class Row:
    """One line of the table. ``reference``: what an independent script gave. ``then``: what follows the SVD."""

    title: str
    settings: dict[str, Any] = field(default_factory=dict)
    reference: str = ""
    then: tuple[Step, ...] = ()


CALIBRATION = {"num_samples": 32, "sequence_length": 512}
PAPER = {"ranks": "uniform", "pivot": False}
SEQUENTIAL = {"statistics": "sequential"}
TOWARD = {**SEQUENTIAL, "update": "original"}
FORTY = {"removed": 0.4}
INT4: Step = ("round_to_nearest", {"format": "int4", "group_size": 64})
LORA: Step = ("lora", {"steps": 20, "batch_size": 2, "micro_batch_size": 2, "sequence_length": 512, "eval_samples": 0})
ROWS: dict[str, Row | None] = {
    "original": None,
    "plain": Row("20 %, plain", {**PAPER, "variant": "plain"}, "collapsed"),
    "asvd": Row("20 %, ASVD", {**PAPER, "variant": "activation"}, "collapsed"),
    "whitened": Row("20 %, whitened", PAPER, "152.9"),
    "update": Row("20 %, whitened, second factor by least squares", {**PAPER, "update": "second"}),
    "sequential": Row("20 %, whitened, sequential", {**PAPER, **SEQUENTIAL}, "141.1"),
    "toward": Row("20 %, sequential, toward the original", {**PAPER, **TOWARD}),
    "spread": Row("20 %, sequential, toward the original, ranks spread", {"pivot": False, **TOWARD}),
    "best": Row("20 %, sequential, toward the original, ranks spread, pivoted", TOWARD),
    "plain-40": Row("40 %, plain", {**PAPER, **FORTY, "variant": "plain"}),
    "asvd-40": Row("40 %, ASVD", {**PAPER, **FORTY, "variant": "activation"}),
    "whitened-40": Row("40 %, whitened", {**PAPER, **FORTY}, "695"),
    "sequential-40": Row("40 %, whitened, sequential", {**PAPER, **SEQUENTIAL, **FORTY}),
    "best-40": Row("40 %, sequential, toward the original, ranks spread, pivoted", {**TOWARD, **FORTY}),
    "int4": Row(
        "20 %, sequential, toward the original, ranks spread, then int4", {"pivot": False, **TOWARD}, "", (INT4,)
    ),
    "lora": Row("20 %, whitened, then LoRA, 20 steps of 2 × 512", PAPER, "", (LORA,)),
    "best-lora": Row("20 %, the best of these, then LoRA, 20 steps of 2 × 512", TOWARD, "", (LORA,)),
}


def steps_of(row: Row | None, text: str) -> list[Step]:
    """What is applied to the model."""
    if row is None:
        return []
    trained = [(method, {**settings, "text": text} if method == "lora" else settings) for method, settings in row.then]
    return [("svd", {**CALIBRATION, "text": text, **row.settings}), *trained]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("calibration")
    parser.add_argument("evaluation")
    parser.add_argument("--windows", type=int, default=4)
    parser.add_argument("--rows", nargs="*", choices=ROWS, default=list(ROWS))
    asked = parser.parse_args()
    print("| removed from the linears, way | perplexity | reference | MB | s | peak MB |\n|---|---|---|---|---|---|")
    for name in asked.rows:
        row = ROWS[name]
        found = apply_apart(asked.model, steps_of(row, asked.calibration), asked.evaluation, 2048, asked.windows)
        cells = [
            "original" if row is None else row.title,
            f"{found['perplexity']:.4g}" + " (collapsed)" * found["collapsed"],
            "" if row is None else row.reference,
            f"{found['size_bytes'] / 1e6:.1f}",
            f"{found['seconds']:.0f}",
            f"{found['peak_bytes'] / 1e6:.0f}",
        ]
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
