"""Measure the bundled tasks: do scores fall when a model breaks?

    python tests/benchmarks/bundled_tasks.py MODEL --folder FOLDER [--rows LABEL …] [--tasks TASK …] [--limit N]

``MODEL``: SmolLM2-135M-Instruct, a folder or a GGUF file. ``FOLDER`` keeps the models that are made. A row is appended
to rows.jsonl as soon as it is measured; scores that are stored in the workspace are not computed again.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent / "generation"))

import rows
from seeded_failures import FAILURES, damage

import engine
from engine.contracts.tasks import scores_in
from engine.measure.tasks.definition import bundled_tasks
from engine.models.source import load_tokenizer, open_model

TABLE, ORIGINAL = "bundled_tasks", "as it is"
ROUNDED: dict[str, dict[str, Any]] = {
    "int4 g64": {"format": "int4", "group_size": 64},
    "int3 g64": {"format": "int3", "group_size": 64},
    "int2 g64": {"format": "int2", "group_size": 64},
}
BROKEN = ("digit rows of head", "bracket rows of head", "rope beyond 256")


def made(row: str, source: str, folder: Path) -> Path | str:
    """The model of a row, made in ``folder``."""
    if row == ORIGINAL:
        return source
    if row in ROUNDED:
        step = ("round_to_nearest", ROUNDED[row])
        run = folder / row.replace(" ", "_")
        return engine.compress(source, step, evaluation=None, folder=run, progress=False).artifact
    dense, target = folder / "dense", folder / row.replace(" ", "_")
    if not dense.exists():
        engine.load(source).save_pretrained(dense)
        load_tokenizer(open_model(source)).save_pretrained(dense)
    return target if target.exists() else damage(dense, target, row)


def main() -> None:
    """Read the words of the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument(
        "--rows", nargs="*", choices=(ORIGINAL, *ROUNDED, *FAILURES), default=[ORIGINAL, *ROUNDED, *BROKEN]
    )
    parser.add_argument("--tasks", nargs="*", default=list(bundled_tasks()))
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for row in options.rows:
        model = made(row, options.model, options.folder)
        measured = engine.evaluate(model, tasks=options.tasks, limit=options.limit, dtype="float32", progress=False)
        texts: dict[str, dict[str, float]] = {}
        for task, result in scores_in(measured.details).items():
            texts[task] = {"windows": result.items}
            for name, score in result.scores.items():
                texts[task] |= {name: score.value, f"{name}_stderr": score.stderr or 0.0}
        rows.append(TABLE, row, ["round_to_nearest"] if row in ROUNDED else [], 0, {"texts": texts})
        print(row, texts, flush=True)


if __name__ == "__main__":
    main()
