"""Width pruning: what is measured is what the whole model says, the most important stays, the shape is the target."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from engine.base.errors import BadInput
from engine.checkpoints import checksum
from engine.contracts.events import Curve, Grid
from engine.methods.pruning.common.target_shape import parameters
from engine.methods.pruning.width_pruning.by_hand import Removed
from engine.methods.pruning.width_pruning.importance import chosen, heads_of, measured
from engine.methods.registry import method
from engine.models.slicing import Kept, Shape, kept_shape
from engine.models.source import open_model
from engine.testing.models import DECODERS
from engine.testing.stage import RecordingStage, compress, logits

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
CALIBRATION = {"text": TEXT, "num_samples": 4, "sequence_length": 32, "compute_dtype": "float32"}
BY_SIZE = {"target": "numbers", "num_attention_heads": 2, "intermediate_size": 56}
NUMBERS = {"target": "numbers", "hidden_size": 40, "num_attention_heads": 2, "intermediate_size": 56}
MATRIX_SETTINGS: dict[str, Any] = {**CALIBRATION, **NUMBERS}
MATRIX_KINDS = ("llama", "llama_untied", "mistral", "qwen2", "qwen3", "gemma", "gemma2")
TOKENS = torch.arange(128).view(4, 32) * 7 % 250
TARGETS = {
    "llama": (NUMBERS, Shape(40, 2, 2, 1, 16, 56)),
    "qwen2": ({**NUMBERS, "num_key_value_heads": 2, "num_attention_heads": 2}, Shape(40, 2, 2, 2, 16, 56)),
    "odd": ({"target": "numbers", "intermediate_size": 37, "num_hidden_layers": 1}, Shape(60, 1, 6, 3, 10, 37)),
}


@pytest.mark.parametrize("importance", ["output", "activation"])
def test_importance_is_that_of_the_whole_model(importance: str, tiny: Tiny, tmp_path: Path) -> None:
    settings = method("width_pruning").settings.parse({**MATRIX_SETTINGS, "importance": importance})
    found = measured(open_model(tiny("llama")), settings, RecordingStage(tmp_path), TOKENS)  # type: ignore[arg-type]
    model = open_model(tiny("llama")).load(dtype=torch.float32)
    seen: dict[str, torch.Tensor] = {}

    def look(name: str) -> Callable[[Any, tuple[torch.Tensor, ...]], None]:
        return lambda _, arguments: seen.__setitem__(name, arguments[0].flatten(0, 1))

    for linear in model.anatomy.linears:
        model.get(linear.name).register_forward_pre_hook(look(linear.name))
    with torch.no_grad():
        model.module(input_ids=TOKENS)
    for layer in model.anatomy.layers:
        by_role = {linear.role: linear.name for linear in layer.linears}

        def worth(*roles: str, by_role: dict[Any, str] = by_role) -> torch.Tensor:
            x = seen[by_role[roles[0]]].double().square().mean(0)
            if importance == "activation":
                return x
            weights = [model.get(by_role[role]).weight for role in roles]
            return x * sum(w.detach().double().square().sum(0) for w in weights)  # type: ignore[union-attr,operator]

        assert torch.allclose(found.inner[layer.index], worth("down").sqrt(), rtol=1e-4)
        assert torch.allclose(found.heads[layer.index], worth("o").view(4, 16).sum(1).sqrt(), rtol=1e-4)
        shares = [each.sqrt() / each.sqrt().mean() for each in (worth("q", "k", "v"), worth("gate", "up"))]
        assert torch.allclose(found.hidden[layer.index], (shares[0] + shares[1]) / 2, rtol=1e-4)


def test_heads_stay_in_whole_groups_or_equally_many_of_each() -> None:
    worth = torch.tensor([5.0, 1, 4, 4, 0, 9, 1, 2])
    before = Shape(64, 2, 8, 4, 8, 96)
    groups = heads_of(worth, before, Shape(64, 2, 4, 2, 8, 96))
    assert groups.tolist() == [2, 3, 4, 5]  # 4² + 4² and 9² are worth most together
    assert heads_of(worth, before, Shape(64, 2, 4, 4, 8, 96)).tolist() == [0, 2, 5, 7]
    assert heads_of(worth, before, Shape(64, 2, 2, 2, 8, 96)).tolist() == [0, 5]


@pytest.mark.parametrize("kind", TARGETS)
def test_the_shape_is_the_target_and_the_most_important_stays(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    numbers, after = TARGETS[kind]
    stage = compress(tiny(kind), "width_pruning", {**CALIBRATION, **numbers}, tmp_path)
    small, before = open_model(tmp_path / "artifact"), open_model(tiny(kind))
    assert Shape.of(small.anatomy) == after
    assert sum(p.numel() for p in small.module.parameters()) == parameters(before.anatomy, after)
    settings = method("width_pruning").settings.parse({**CALIBRATION, **numbers})
    from engine.calibration.tokens import calibration_tokens

    tokens = calibration_tokens(before, settings, stage, at_random=True)  # type: ignore[arg-type]
    found = measured(before, settings, RecordingStage(tmp_path / "again"), tokens)  # type: ignore[arg-type]
    kept = chosen(found, before.anatomy, after)
    assert kept_shape(before.anatomy, kept) == after
    assert kept.inner is not None
    for index, stays in kept.inner.items():
        gone = torch.ones(before.anatomy.intermediate_size, dtype=torch.bool)
        gone[stays] = False
        assert found.inner[index][stays].min() >= found.inner[index][gone].max()
    layer = kept.layers[0] if kept.layers is not None else 0
    name = next(x.name for x in before.anatomy.layers[layer].linears if x.role == "gate")
    rows = before.tensor(f"{name}.weight")[kept.inner[layer]]
    expected = rows if kept.hidden is None else rows[:, kept.hidden]
    new = next(x.name for x in small.anatomy.layers[0].linears if x.role == "gate")
    assert torch.equal(small.tensor(f"{new}.weight"), expected)
    grids = {event.series for event in stage.events if isinstance(event, Grid) and event.chart == "Masks"}
    assert "inner" in grids and any(isinstance(event, Curve) for event in stage.events)


def test_heads_and_channels_go_by_hand(tiny: Tiny, tmp_path: Path) -> None:
    """By numbers of the layers that stay as they would by importance; nothing is measured."""
    compress(tiny("llama"), "width_pruning", {**CALIBRATION, **BY_SIZE}, tmp_path / "measured")
    before = open_model(tiny("llama"))
    (memory,) = (tmp_path / "measured").rglob("kept.json")
    kept = Kept.of(checksum.load_values(memory, lambda *_: None))
    removed = Removed.of(kept, before.anatomy)
    names = [layer.name for layer in before.anatomy.layers]
    settings = {
        "target": "manual",
        "removed_heads": [f"{name}={text}" for name, text in zip(names, removed.heads, strict=True)],
        "removed_channels": [f"{name}={text}" for name, text in zip(names, removed.channels, strict=True)],
    }
    stage = compress(tiny("llama"), "width_pruning", settings, tmp_path / "manual")
    measured_files, files = (
        {file.name: file.read_bytes() for file in (tmp_path / name / "artifact").glob("*.safetensors")}
        for name in ("measured", "manual")
    )
    assert files == measured_files
    assert {event.series for event in stage.events if isinstance(event, Grid)} == {"heads", "inner"}
    info = method("width_pruning")
    smaller = info.load().reshaped(before.header, before.anatomy, info.settings.parse(settings))
    assert smaller is not None and smaller[1] == open_model(tmp_path / "manual" / "artifact").anatomy
    assert info.settings.parse(settings).summary() == "by hand"


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"removed_channels": ["*=0-31", "layers.0=1"]}, ""),
        ({"removed_channels": ["layers.0=0-31"]}, "different numbers of inner values"),
        ({"removed_channels": ["*=96"]}, "there are 96, counted from 0"),
        ({"removed_heads": ["*=0"]}, "groups of heads would differ"),
        ({"removed_heads": ["*=0 2"]}, ""),
        ({"removed_heads": ["layers.7=0 2"]}, "No head or channel would go"),
        ({"removed_heads": ["*=,"]}, "No head or channel would go"),
    ],
)
def test_what_can_go_by_hand(settings: dict[str, Any], why: str, tiny: Tiny) -> None:
    info = method("width_pruning")
    problems = info.load().check(
        open_model(tiny("llama")).anatomy, info.settings.parse({"target": "manual", **settings})
    )
    errors = [problem for problem in problems if problem.severity == "error"]
    assert [why in problem.message for problem in errors] == ([True] if why else [])


@pytest.mark.parametrize("numbers", ["2 1", "x", "1-", "", "1000000000000"])
def test_settings_that_name_no_heads_are_refused(numbers: str) -> None:
    kind = method("width_pruning").settings
    with pytest.raises(BadInput):
        kind.parse({"target": "manual", "removed_heads": [f"layers.0={numbers}"]})
    with pytest.raises(BadInput, match="name the heads or channels"):
        kind.parse({"target": "manual"})


def test_the_result_is_a_stock_model_and_better_than_chance(sample_model: Path, tmp_path: Path) -> None:
    """The most important inner values against the least important ones."""
    settings = {**CALIBRATION, "text": "sample", "num_samples": 8, "sequence_length": 64, "target": "numbers"}
    shape = Shape.of(open_model(sample_model).anatomy)
    settings |= {"intermediate_size": shape.inner // 2}
    compress(sample_model, "width_pruning", settings, tmp_path / "best")
    stock = AutoModelForCausalLM.from_pretrained(tmp_path / "best" / "artifact", dtype=torch.float32)
    assert stock.config.intermediate_size == shape.inner // 2
    with torch.no_grad():
        theirs = stock(input_ids=torch.arange(48).view(2, 24) * 7 % 250).logits
    assert torch.allclose(theirs, logits(tmp_path / "best" / "artifact"), atol=1e-4)
    import engine.methods.pruning.width_pruning.importance as module

    original = module._largest
    try:
        module._largest = lambda values, count: original(-values, count)
        compress(sample_model, "width_pruning", settings, tmp_path / "worst")
    finally:
        module._largest = original
    wanted = logits(sample_model, 128).log_softmax(-1)
    errors = [
        float((wanted.exp() * (wanted - logits(tmp_path / name / "artifact", 128).log_softmax(-1))).sum(-1).mean())
        for name in ("best", "worst")
    ]
    assert errors[0] < 0.7 * errors[1]


@pytest.mark.parametrize("kind", [*sorted(set(DECODERS) - {*MATRIX_KINDS, "odd"}), "bert"])
def test_what_can_t_be_made_narrower_is_refused(kind: str, tiny: Tiny) -> None:
    info = method("width_pruning")
    problems = info.load().check(open_model(tiny(kind)).anatomy, info.settings())
    assert "can't be made narrower" in problems[0].message


def test_targets_that_do_not_fit_are_refused(tiny: Tiny) -> None:
    info = method("width_pruning")
    settings = info.settings.parse({"target": "numbers", "hidden_size": 99})
    problems = info.load().check(open_model(tiny("llama")).anatomy, settings)
    assert "only 64 hidden dimensions" in problems[0].message
    settings = info.settings.parse({"target": "config", "config": "/no/such/folder"})
    said = str(info.load().check(open_model(tiny("llama")).anatomy, settings)[0])
    assert said == "The model does not exist (/no/such/folder). Check the path"


@pytest.mark.real_model
def test_smollm2(smollm2: Path, tmp_path: Path) -> None:
    settings = {
        "num_samples": 2,
        "sequence_length": 128,
        "target": "numbers",
        "intermediate_size": 1280,
        "num_attention_heads": 6,
        "num_key_value_heads": 2,
    }
    compress(smollm2, "width_pruning", settings, tmp_path)
    small = open_model(tmp_path / "artifact")
    assert Shape.of(small.anatomy) == Shape(576, 30, 6, 2, 64, 1280)
    assert torch.isfinite(logits(small)).all()
