"""Experts that go, and experts in few bits: a small mixture of experts trained on the sample texts, seed by seed.

    python tests/benchmarks/families/experts.py FOLDER [--seeds 0 1 2] [--steps 90]

Networks and what was measured are kept in FOLDER; the tables are over the seeds that are named. Perplexity on the
validation texts of the sample, 8 windows of 256 tokens. Half of the experts go, on 16 samples of 256 tokens of the
training texts. The error of what a layer's experts give, with their weights in int3 in groups of 32, is that on 4096
validation tokens, as a share of its square.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any
from unittest import mock

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from engine.data.batches import spread
from engine.data.samples import load_ids
from engine.measure.evaluate import evaluate
from engine.methods.registry import method
from engine.models.model import Model
from engine.models.source import load_tokenizer, open_model
from engine.run.local import LocalStage

WEIGHTS = "engine.calibration.walk.router_weights"
TRAINING: dict[str, Any] = {
    "config": "sample:experts", "sequence_length": 128, "batch_size": 16, "micro_batch_size": 16, "learning_rate": 0.004
}  # fmt: skip
DATA = {"num_samples": 16, "sequence_length": 256, "text": "sample"}
RATIO = 0.5
LEFT = {
    "REAP": {"criterion": "reap"},
    "frequency": {"criterion": "frequency"},
    "at random": {"criterion": "random"},
    "REAP, merged": {"criterion": "reap", "removed": "merged"},
}
INT3 = {"format": "int3", "group_size": 32}
ROUNDED = {
    "rounded to nearest": ("round_to_nearest", INT3, True),
    "GPTQ": ("gptq", {**INT3, **DATA}, True),
    "GPTQ, tokens not weighed by the router": ("gptq", {**INT3, **DATA}, False),
}


def perplexity(model: Model) -> float:
    """On the validation texts."""
    measured = evaluate(
        model, text="sample", window=256, windows=8, reference=None, speed=False,
        progress=lambda *_: None, checkpoint=lambda: None,
    )  # fmt: skip
    return float(measured.metrics["perplexity"])


def trained(folder: Path, seed: int, steps: int) -> Path:
    """The network of a seed."""
    place = folder / f"seed {seed}, {steps} steps"
    if not (place / "artifact" / "config.json").exists():
        stage = LocalStage(place, signature=f"{seed:032x}")
        stage.apply(
            method("train_from_scratch"), {**TRAINING, "steps": steps, "eval_steps": steps}, open_model("sample")
        )
    return place / "artifact"


def outputs(model: Model, tokens: torch.Tensor, inputs: list[torch.Tensor] | None) -> list[torch.Tensor]:
    """What the experts of each layer give, weighted, (tokens, features): for what reaches them in this network, or for
    ``inputs``, (tokens, features) of each layer."""
    model.load(dtype=torch.float32)
    blocks = [model.get(f"{layer.name}.mlp") for layer in model.anatomy.layers]
    with torch.no_grad():
        if inputs is None:
            found: list[torch.Tensor] = []
            handles = [block.register_forward_pre_hook(lambda _, x: found.append(x[0])) for block in blocks]
            model.module(input_ids=tokens, use_cache=False)
            for handle in handles:
                handle.remove()
            return found
        return [block(x) for block, x in zip(blocks, inputs, strict=True)]


def table(title: str, rows: dict[str, list[list[float]]], columns: list[str]) -> None:
    """Mean and range over seeds."""
    print(f"\n| {title} | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    for name, values in rows.items():
        cells = [
            f"{statistics.mean(each):.4g} ({min(each):.4g} to {max(each):.4g})" for each in zip(*values, strict=True)
        ]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=90)
    options = parser.parse_args()
    found = [_measured(options.folder, seed, options.steps) for seed in options.seeds]
    columns = {"pruned": ["perplexity"], "rounded": ["error of experts", "perplexity"]}
    for kind, title in {"pruned": "8 of 16 experts of each layer", "rounded": "int3 in groups of 32"}.items():
        table(title, {name: [each[kind][name] for each in found] for name in found[0][kind]}, columns[kind])


def _measured(folder: Path, seed: int, steps: int) -> dict[str, dict[str, list[float]]]:
    """Of one seed: by variant the perplexity with half of the experts gone, the error and the perplexity in few
    bits."""
    kept = folder / f"seed {seed}, {steps} steps.json"
    if kept.exists():
        found: dict[str, dict[str, list[float]]] = json.loads(kept.read_text())
        return found
    started = time.process_time()
    source = trained(folder, seed, steps)
    whole = perplexity(open_model(source))
    print(f"seed {seed}: perplexity {whole:.2f}, {time.process_time() - started:.0f} s of processor time", flush=True)
    pruned = {"all 16 experts": [whole]}
    for name, settings in LEFT.items():
        place = folder / f"{seed} {name}"
        chosen = {**DATA, **settings, "compression_ratio": RATIO}
        LocalStage(place, signature=f"{seed:032x}").apply(method("expert_pruning"), chosen, open_model(source))
        pruned[name] = [perplexity(open_model(place / "artifact"))]
        print(f"seed {seed}, {name}: {pruned[name]}", flush=True)
    found = {"pruned": pruned, "rounded": _few_bits(source, seed, folder)}
    kept.write_text(json.dumps(found))
    return found


def _few_bits(source: Path, seed: int, folder: Path) -> dict[str, list[float]]:
    rounded: dict[str, list[float]] = {}
    ids, _ = load_ids(load_tokenizer(source), "sample", "validation")
    tokens = spread(ids, 256, 16, name="sample")
    original = open_model(source)
    inputs = outputs(original, tokens, None)
    expected = outputs(original, tokens, inputs)
    for name, (method_id, settings, by_router) in ROUNDED.items():
        place = folder / f"{seed} {name}"
        with contextlib.nullcontext() if by_router else mock.patch(WEIGHTS, return_value=None):
            LocalStage(place).apply(method(method_id), {**settings, "ignore": ["*self_attn*"]}, open_model(source))
        made = open_model(place / "artifact")
        pairs: list[Any] = list(zip(outputs(made, tokens, inputs), expected, strict=True))
        error = sum(float((a - b).square().sum()) for a, b in pairs) / sum(float(b.square().sum()) for _, b in pairs)
        rounded[name] = [error, perplexity(open_model(place / "artifact"))]
        print(f"seed {seed}, {name}: {rounded[name]}", flush=True)
    return rounded


if __name__ == "__main__":
    main()
