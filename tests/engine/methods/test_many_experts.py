"""With twice the experts twice the work: what plans and walks do on the host is counted, not timed."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from engine.architecture.anatomy import Anatomy, Layer, Linear, Role
from engine.calibration.statistics import Gram
from engine.calibration.walk import LayerStep, calibrate
from engine.checkpoints.checkpoint import CheckpointHeader, TensorInfo, read_header
from engine.methods.costs.bytes import (
    artifact_tensors,
    host_bytes,
    largest_part,
    sparse_layers,
    stored_as,
    stored_dtypes,
)
from engine.methods.low_rank.lora.method import _lacking
from engine.methods.registry import method
from engine.models.source import open_model
from engine.testing.stage import RecordingStage, compress

LAYERS = 2


def opcodes_of(work: Callable[[], Any]) -> int:
    """Instructions of Python that it runs, whatever the machine is doing: a loop in a loop shows."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "opcode"
        frame.f_trace_opcodes = True
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def linears_of(experts: int, layer: int) -> tuple[Linear, ...]:
    """Of one layer: three for each expert."""
    stem = f"model.layers.{layer}.mlp.experts"
    roles: tuple[Role, ...] = ("expert_gate", "expert_up", "expert_down")
    return tuple(
        Linear(f"{stem}.{number}.{role}", role, layer, 8, 8, False, False, f"{stem}.{number}.{role}")
        for number in range(experts)
        for role in roles
    )


def model_of(experts: int) -> tuple[CheckpointHeader, Anatomy]:
    """Headers of a mixture of experts, of which no tensor is there."""
    layers = tuple(Layer(n, f"model.layers.{n}", linears_of(experts, n), {}) for n in range(LAYERS))
    names = ["model.embed_tokens", "lm_head", *(linear.name for layer in layers for linear in layer.linears)]
    tensors = tuple(TensorInfo(f"{name}.weight", (8, 8), "F16", 128) for name in names)
    anatomy = Anatomy(
        kind="decoder",
        layers=layers,
        embeddings=("model.embed_tokens",),
        head="lm_head",
        tied=True,
        final_norm=None,
        hidden_size=8,
        heads=1,
        kv_heads=1,
        head_dim=8,
        intermediate_size=8,
        vocabulary=8,
    )
    return CheckpointHeader(Path("none"), "safetensors", {}, tensors), anatomy


def walk_of(experts: int) -> LayerStep:
    """A walk that has come to a layer with so many experts."""
    header_linears = linears_of(experts, 0)
    layer = nn.Module()
    for linear in header_linears:
        place: nn.Module = layer
        for word in linear.name.removeprefix("model.layers.0.").split("."):
            if word not in dict(place.named_children()):
                place.add_module(word, nn.Module())
            place = place.get_submodule(word)
    step = LayerStep.__new__(LayerStep)
    step.layer = Layer(0, "model.layers.0", header_linears, {})
    step.model = SimpleNamespace(get=lambda name: layer)  # type: ignore[assignment]
    return step


def plans(header: CheckpointHeader, anatomy: Anatomy) -> dict[str, Callable[[], Any]]:
    """All that estimates do with every tensor of a checkpoint; the last linear of each expert is left out."""
    linears = {linear.name: linear for linear in anatomy.linears if linear.role != "expert_down"}
    tensors = artifact_tensors(header, anatomy, {})
    return {
        "artifact_tensors": lambda: artifact_tensors(header, anatomy, {name: torch.empty(0) for name in linears}),
        "largest_part": lambda: largest_part(anatomy, tensors),
        "host_bytes": lambda: host_bytes(header, anatomy, linears),
        "stored_as": lambda: stored_as(header, "bfloat16", linears),
        "sparse_layers": lambda: sparse_layers(header, dict(list(linears.items())[:4]), dict.fromkeys(linears, 1)),
        "stored_dtypes": lambda: stored_dtypes(header, linears),
        "lora": lambda: _lacking(dataclasses.replace(header, format="artifact"), linears, (".weight",)),
    }


@pytest.mark.parametrize("name", list(plans(*model_of(1))))
def test_plans_grow_with_the_number_of_experts_not_with_its_square(name: str) -> None:
    few, many = (opcodes_of(plans(*model_of(experts))[name]) for experts in (16, 64))
    assert many < 1.25 * 4 * few


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_finished_experts_are_found_in_one_look_at_the_layer(share: float) -> None:
    def work(experts: int) -> int:
        step = walk_of(experts)
        done = {linear.name for linear in step.layer.linears[: int(share * len(step.layer.linears))]}
        return opcodes_of(lambda: step._finished(done))

    assert work(64) < 1.25 * 4 * work(16)


def test_the_largest_finished_modules_count() -> None:
    step = walk_of(4)
    names = [linear.name for linear in step.layer.linears]
    experts = "model.layers.0.mlp.experts"
    assert step._finished(set()) == ()
    assert step._finished(set(names[:4])) == (f"{experts}.0", names[3])
    assert step._finished(set(names)) == ("model.layers.0.mlp",)


def test_finished_modules_are_looked_for_once_a_pass(
    tiny: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for every batch of it."""
    looked: list[str] = []
    real = LayerStep._finished

    def counted(step: LayerStep, done: Collection[str]) -> tuple[str, ...]:
        looked.append(step.layer.name)
        return real(step, done)

    monkeypatch.setattr(LayerStep, "_finished", counted)
    tokens = torch.arange(6 * 20).view(6, 20) * 7 % 250
    counts = []
    for batch in (6, 1):
        looked.clear()
        model = open_model(tiny("llama"))
        calibrate(
            model, RecordingStage(tmp_path / str(batch)), tokens, statistic=Gram, on_group=lambda x: None, batch=batch
        )
        counts.append(len(looked))
    assert counts[0] == counts[1] > 0


@pytest.mark.parametrize("kind", ["qwen3_moe", "mixtral", "gpt_oss", "granitemoe", "nemotron_h"])
def test_experts_are_estimated_as_they_are_stored(tiny: Callable[[str], Path], tmp_path: Path, kind: str) -> None:
    """Checkpoints have each expert's layers apart, or all in one tensor; networks have all in one tensor. What was
    stored of them stood in the estimate beside what takes its place."""
    info, source = method("round_to_nearest"), tiny(kind)
    settings = info.settings.parse({"group_size": 16})
    header, anatomy = read_header(source), open_model(source).anatomy
    estimate = info.load().estimate(header, anatomy, settings, torch.device("cpu"))
    compress(source, "round_to_nearest", {"group_size": 16}, tmp_path)
    size = sum(file.stat().st_size for file in (tmp_path / "artifact").glob("*.safetensors"))
    assert estimate.disk_bytes == pytest.approx(size, rel=0.02)
