"""Weights that only a method can make of what it trains are seen meanwhile; a training that is watched is the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from engine.contracts.events import Histogram, LayerDone
from engine.methods.quantization.spinquant.rounded_weights import LayerRotations, _inside, _outside, rotated_rows
from engine.models.source import open_model
from engine.numerics.hadamard import hadamard
from engine.numerics.rotation import random_orthogonal
from engine.testing.stage import RecordingStage, compress

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[3] / "LICENSE")
TRAINED: dict[str, Any] = {"text": TEXT, "sequence_length": 32, "steps": 3, "batch_size": 2, "eval_samples": 2}
METHODS: dict[str, dict[str, Any]] = {
    "spinquant": {**TRAINED, "num_samples": 4, "batch_size": 1, "weight_method": "round_to_nearest"},
    "onebit": {**TRAINED, "mode": "layerwise", "num_samples": 8},
    "linformer": {
        **TRAINED,
        "segment_length": 8,
        "segment_projected_dim": 2,
        "benchmark_length": 0,
        "fit_steps": 3,
        "fit_lr": 1e-2,
        "learning_rate": 1e-2,
    },
}
LINEARS = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}


def tensors(folder: Path) -> dict[str, torch.Tensor]:
    files = sorted((folder / "artifact").glob("*.safetensors"))
    return {f"{file.name} {name}": tensor for file in files for name, tensor in load_file(file).items()}


def while_training(stage: RecordingStage) -> dict[str, list[LayerDone]]:
    """What was reported with a step, by layer."""
    found: dict[str, list[LayerDone]] = {}
    for event in stage.events:
        if isinstance(event, LayerDone) and event.step is not None:
            found.setdefault(event.layer, []).append(event)
    return found


@pytest.mark.parametrize("id", METHODS)
def test_weights_are_seen_while_they_are_learned_and_nothing_changes(
    id: str, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.training.loop.REPORT_SECONDS", 0.0)
    monkeypatch.setattr("engine.training.weight_watch.SECONDS", 0.0)
    stage = compress(tiny("llama"), id, METHODS[id], tmp_path / "watched")
    seen = while_training(stage)
    roles = {name.rpartition(".")[2] for name in seen}
    assert roles == LINEARS if id != "linformer" else {"e", "f"} <= roles
    watched = {name: events for name, events in seen.items() if id != "linformer" or name.endswith((".e", ".f"))}
    assert {name.split(".")[2] for name in watched} == {"0", "1"}
    for name, events in watched.items():
        once = {"linformer": 2}.get(id, 1)  # its projections are fitted, then trained with the network
        steps = [event.step for event in events]
        first = 4 if id == "onebit" and ".1." in name else 1  # layer after layer
        assert steps == [first, first + 1, first + 2] * once, name
        assert all(isinstance(e.before, Histogram) and isinstance(e.after, Histogram) for e in events)
        assert events[-1].before != events[-1].after, name
    monkeypatch.setattr("engine.training.weight_watch.WeightWatch.look", lambda *_, **__: None)
    alone = compress(tiny("llama"), id, METHODS[id], tmp_path / "alone")
    assert not while_training(alone)
    before, after = tensors(tmp_path / "watched"), tensors(tmp_path / "alone")
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)


def test_rows_of_a_rotated_weight_are_those_of_the_whole(tiny: Tiny) -> None:
    anatomy = open_model(tiny("llama")).anatomy
    generator = torch.Generator().manual_seed(3)
    inner = anatomy.intermediate_size
    r2 = torch.stack([random_orthogonal(anatomy.head_dim, generator) for _ in range(anatomy.kv_heads)]).float()
    r1 = random_orthogonal(anatomy.hidden_size, generator).float()
    norms, ups = torch.rand(2, anatomy.hidden_size) + 0.5, torch.rand(inner) + 0.5
    for rotations in (LayerRotations(r1, r2, norms, ups, hadamard(inner)), LayerRotations(None, r2, None, None, None)):
        for linear in anatomy.layers[0].linears:
            weight = torch.randn(linear.out_features, linear.in_features, generator=generator)
            whole = _outside(_inside(weight, linear, rotations, anatomy), linear, rotations, anatomy)
            rows = torch.arange(0, len(weight), 3)
            assert torch.allclose(rotated_rows(weight, linear, rotations, anatomy, rows), whole[rows], atol=1e-5), (
                linear
            )
