"""Lottery tickets of a small decoder, with the controls: held-out loss and the step of early stop by what remains.

    python tests/benchmarks/lottery_ticket.py [--levels 80 50 20 10 5] [--dropout 0 0.1] [--trials 1]
    python tests/benchmarks/lottery_ticket.py --repeats 5 --levels 50 20 10 --dropout 0

A network of 2 layers, width 64, with the tokenizer of the sample model, is trained from scratch on a text so short that
it overfits, as in the paper: the step with the lowest held-out loss (early stop) tells how fast a network learns. One
search goes down the levels, each block on from the ticket of the one before. Every level is compared with the same mask
on new weights and with a random mask that has as many weights in each layer.

``--repeats``: for each level so many whole searches with other random numbers, the embedding pruned too; means and the
half widths of their 95 % confidence intervals.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from blocks import apply_block  # noqa: E402

SAMPLE = ROOT / "resources" / "sample"
ARCHITECTURE = {"layers": 2, "hidden": 64, "heads": 4, "kv_heads": 2, "inner": 192}
KINDS = ("ticket", "new weights", "random mask")
NUMBERS = {"loss": 3, "step": 0}
KEPT_A_ROUND = 0.6
"""Share of the weights that a round keeps, about."""


def search(levels: list[float], training: dict[str, Any], trials: int, place: Path) -> None:
    """Print the rows of one search as they come."""

    def row(title: str, metrics: list[dict[str, float]]) -> None:
        cells = [f"{each['loss']:.3f} | {each['step']:.0f}" for each in metrics] + [" | "] * (len(KINDS) - len(metrics))
        print(f"| {training['dropout']:g} | {title} | {' | '.join(cells)} |", flush=True)

    last, _ = apply_block(SAMPLE / "model", "train_from_scratch", {**training, **ARCHITECTURE}, place / "dense")
    before = 100.0
    for level in levels:
        share = level / before
        rounds = max(1, round(math.log(share) / math.log(KEPT_A_ROUND)))
        settings = {**training, "remaining": 100 * share, "rounds": rounds, "trials": trials}
        last, told = apply_block(last, "lottery_ticket", settings, place / f"{level:g}")
        if before == 100:
            row("100 % (dense)", [told["dense"]["100 %"]])
        row(f"{level:g} %", [next(iter(told[kind].values())) for kind in KINDS])
        before = level


def repeated(levels: list[float], training: dict[str, Any], repeats: int, place: Path) -> None:
    """Print a row for each level of searches that know nothing of each other."""

    def cell(found: dict[str, float]) -> str:
        words = (f"{found[name]:.{digits}f} ± {found[f'{name} ±']:.{digits}f}" for name, digits in NUMBERS.items())
        return " | ".join(words)

    dense, _ = apply_block(SAMPLE / "model", "train_from_scratch", {**training, **ARCHITECTURE}, place / "dense")
    for level in levels:
        rounds = max(1, round(math.log(level / 100) / math.log(KEPT_A_ROUND)))
        settings = {**training, "density": level / 100, "rounds": rounds, "repeats": repeats}
        settings |= {"prune_embeddings": True, "head_rate": "full"}  # then a level is a share of all weights
        _, told = apply_block(dense, "lottery_ticket", settings, place / f"{level:g}")
        if level == levels[0]:
            print(f"| {training['dropout']:g} | 100 % (dense) | {cell(told['dense']['100 %'])} | | | | |", flush=True)
        share, whole = told["remaining"], told["remaining of all weights"]
        cells = " | ".join(cell(next(iter(told[kind].values()))) for kind in KINDS)
        print(f"| {training['dropout']:g} | {share:.3g} % ({whole:.3g} % of all) | {cells} |", flush=True)


def main() -> None:
    """Print a table for every dropout."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, default=SAMPLE / "corpus" / "dialogue" / "train.txt")
    parser.add_argument("--characters", type=int, default=25_000, help="of the text that are trained on")
    parser.add_argument("--levels", type=float, nargs="+", default=[80, 50, 20, 10, 5])
    parser.add_argument("--dropout", type=float, nargs="+", default=[0, 0.1])
    parser.add_argument("--steps", type=int, default=160)
    parser.add_argument("--trials", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=0)
    arguments = parser.parse_args()
    print("| dropout | remaining | ticket, loss | stop | new weights, loss | stop | random mask, loss | stop |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "text.txt"
        text.write_text(arguments.text.read_text(encoding="utf-8")[: arguments.characters], encoding="utf-8")
        training = {
            "text": str(text),
            "sequence_length": 64,
            "batch_size": 8,
            "micro_batch_size": 8,
            "eval_samples": 24,
            "eval_steps": 8,
        }
        training |= {
            "steps": arguments.steps,
            "learning_rate": 1e-2,
            "lr_scheduler_type": "constant",
            "weight_decay": 0.0,
        }
        for dropout in arguments.dropout:
            started = time.monotonic()
            levels = sorted(arguments.levels, reverse=True)
            here, wanted = Path(folder) / f"{dropout:g}", {**training, "dropout": dropout}
            if arguments.repeats:
                repeated(levels, wanted, arguments.repeats, here)
            else:
                search(levels, wanted, arguments.trials, here)
            print(f"  dropout {dropout:g}: {time.monotonic() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
