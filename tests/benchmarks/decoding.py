"""Decode speed on the CPU: a model as it is, and in 4 and 8 bits with torch's kernels for packed weights and without.

    python tests/benchmarks/decoding.py MODEL [--repetitions 3]

Every variant is rounded to nearest without data and measured as "measure speed" does, all by turns in one process: one
sequence with a key/value cache, float32. Without kernels: the dense weights, unpacked before. Medians.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import Any

import torch

from engine.measure.evaluate import load
from engine.measure.speed import speed_metrics
from engine.methods.registry import method
from engine.models.model import Model
from engine.models.source import load_tokenizer, open_model
from engine.run.local import LocalStage

ROWS: dict[str, dict[str, Any] | None] = {
    "as it is": None,
    "int4, groups of 32": {"format": "int4", "group_size": 32},
    "int4, groups of 64": {"format": "int4", "group_size": 64},
    "int8, per channel": {"format": "int8", "granularity": "channel"},
    "nvfp4": {"format": "nvfp4"},
}
TEXT = "The river had frozen in the night, and by the morning children were skating where boats had lain. " * 12


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    found: dict[str, list[float]] = {}
    words: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as place:
        artifacts = {title: rounded(options.model, wanted, Path(place) / title) for title, wanted in ROWS.items()}
        for _ in range(options.repetitions):
            for title, artifact in artifacts.items():
                model = open_model(artifact)
                load(model, "cpu", torch.float32, lambda: None)
                for kernels in (True, False) if model.compressed() else (False,):
                    name = title if kernels or not model.compressed() else f"{title}, without kernels"
                    metrics, protocol = measured(model, kernels)
                    found.setdefault(name, []).append(metrics["decode_tokens_per_second"])
                    words[name] = protocol["speed"].partition("Decoded with ")[2].strip()
    print("| | tokens/s decoded | computed by |\n|---|---|---|")
    for name, values in found.items():
        print(f"| {name} | {statistics.median(values):.1f} | {words[name] or 'dense layers'} |")
    print(f"\nThreads: {torch.get_num_threads()}; {torch.backends.cpu.get_cpu_capability()}.")


def rounded(model: Path, wanted: dict[str, Any] | None, place: Path) -> Path:
    """The artifact of one row."""
    if wanted is None:
        return model
    info, opened, stage = method("round_to_nearest"), open_model(model), LocalStage(place)
    stage.know(opened)
    return Path(stage.finish(info.load().apply(opened, info.settings.parse(wanted), stage)))


def measured(model: Model, kernels: bool) -> tuple[dict[str, float], dict[str, Any]]:
    """As "measure speed" does; ``kernels`` False: as if torch had none."""
    ids = torch.tensor(load_tokenizer(model)(TEXT)["input_ids"])
    if kernels:
        return speed_metrics(model, ids, "cpu", torch.float32)
    kept = {module: module.use_kernels for module in model.compressed().values()}
    for module in kept:
        module.use_kernels = lambda wanted: ()  # type: ignore[method-assign]
    try:
        return speed_metrics(model, ids, "cpu", torch.float32)
    finally:
        for module in kept:
            del module.use_kernels


if __name__ == "__main__":
    main()
