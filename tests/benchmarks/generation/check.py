"""Measure the generation check: seeded failures that short perplexity and KL divergence miss, and good models.

    python tests/benchmarks/generation/check.py MODEL --folder FOLDER [--rows LABEL …] [--dtype bfloat16]

``MODEL``: SmolLM2-135M-Instruct, a folder or a GGUF file. ``FOLDER`` keeps answers and qualities, so that a run that
was cut goes on where it was; every row is appended to rows.jsonl as soon as it is measured. Short windows are 4 of 256
tokens of English text.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import rows
from seeded_failures import FAILURES, LONG, damage

import engine
from engine.measure.answers import Answers
from engine.measure.evaluate import Measurement
from engine.measure.generation_check import answers_of, generation_measurement
from engine.measure.reading import ReadContext, freed
from engine.models.source import open_model

TABLE, TEXT, WINDOW, WINDOWS = "generation_check", "sample:stories", 256, 4
GOOD: dict[str, dict[str, Any]] = {
    "bfloat16": {"format": "bfloat16"},
    "fp8": {"format": "float8_e4m3", "granularity": "channel"},
    "int8": {"format": "int8", "granularity": "channel"},
    "Q8_0": {"format": "Q8_0"},
    "int6": {"format": "int6", "group_size": 64},
    "Q5_1": {"format": "Q5_1"},
    "NF4": {"format": "nf4", "group_size": 64},
    "IQ4_NL": {"format": "IQ4_NL"},
    "Q4_0": {"format": "Q4_0"},
    "int4 g32": {"format": "int4", "group_size": 32, "symmetric": False},
    "int4 g64": {"format": "int4", "group_size": 64},
}
"""Settings of models that write as they did, all by rounding to nearest."""


class Bench:
    """The original, and what was measured of the others before."""

    def __init__(self, source: str, folder: Path, dtype: torch.dtype) -> None:
        self._folder, self._dtype = folder, dtype
        self.original = folder / "original"
        if not self.original.exists():
            engine.export(source, "dense", self.original, dtype="float32", progress=False)

    def answers(self, name: str, model: Path, scope: Any, original: Answers | None) -> Answers:
        """Stored answers of a model, or new ones."""
        file = self._folder / f"{name}.{scope}.json"
        if not file.exists():
            context = ReadContext(torch.device("cpu"), self._dtype, lambda fraction, text: None, lambda: None)
            opened = open_model(model)
            with freed(opened):
                file.write_text(answers_of(opened, scope, context, original).model_dump_json())
        return Answers.model_validate_json(file.read_text())

    def quality(self, name: str, model: Path) -> dict[str, float]:
        """Perplexity and KL divergence on short windows."""
        file = self._folder / f"{name}.quality.json"
        if not file.exists():
            reference = None if model == self.original else self.original
            more: dict[str, Any] = {"window_size": WINDOW, "num_windows": WINDOWS, "progress": False}
            metrics = engine.evaluate(model, TEXT, reference=reference, **more).metrics
            keys = ("perplexity", "kl_divergence")
            file.write_text(json.dumps({key: metrics[key] for key in keys if key in metrics}))
        return dict(json.loads(file.read_text()))

    def measure(self, row: str) -> tuple[Measurement, dict[str, float]]:
        """The check and the quality of a row."""
        scope = "long" if row in LONG else "check"
        original = self.answers("original", self.original, scope, None)
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            model = self._model(row, Path(folder), scope)
            quality = self.quality(row, model)
            return generation_measurement(original, self.answers(row, model, scope, original)), quality

    def _model(self, row: str, folder: Path, scope: str) -> Path:
        """The model of a row in ``folder``; the original where all of the row is there already."""
        if row == "original" or all((self._folder / f"{row}.{end}.json").exists() for end in (scope, "quality")):
            return self.original
        if row in FAILURES:
            return damage(self.original, folder / "damaged", row)
        made = engine.compress(
            self.original, ("round_to_nearest", GOOD[row]), evaluation=None, folder=folder / "run", progress=False
        )
        target = folder / "model"
        shutil.copytree(made.artifact, target)
        return target


def main() -> None:
    """Read the words of the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rows", nargs="*", default=["original", *FAILURES, *GOOD])
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(options.model, options.folder, getattr(torch, options.dtype))
    for row in options.rows:
        measured, quality = bench.measure(row)
        check = measured.details["generation"]
        shown = {key: measured.metrics[key] for key in ("loops", "token_flips") if key in measured.metrics}
        shown["reasons"] = len(check["reasons"])
        texts = {
            TEXT: {"windows": WINDOWS, **quality},
            "generation": {"windows": len(check["answers"]), **shown},
        }
        more = {"verdict": check["verdict"], "reasons": check["reasons"]}
        methods = ["round_to_nearest"] if row in GOOD else []
        rows.append(TABLE, row, methods, 0, {"texts": texts, **more})
        print(row, quality, shown, *check["reasons"], sep="\n  ", flush=True)


if __name__ == "__main__":
    main()
