"""Norms that learn while a model is refined."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import torch

from engine.methods.quantization.refine.norm import RefinedNorm, norms_beside, refined_norms, replace_norms
from engine.methods.registry import method
from engine.models.model import Model
from engine.models.source import open_model
from engine.testing.stage import RecordingStage
from engine.training.model import close_after_training, open_for_training
from tests.engine.methods.quantization.test_refine import FEW, INT3, refined

Tiny = Callable[[str], Path]
LEARN: dict[str, Any] = {**FEW, "train_norms": True, "solve_codes": False}
KINDS = ["llama", "gemma2", "qwen3", "gpt2", "mixtral"]


def all_norms(model: Model) -> list[str]:
    """By name."""
    return norms_beside(model.anatomy, {linear.name for linear in model.anatomy.linears})


def norm_weights(path: Path) -> dict[str, torch.Tensor]:
    """The weights of all norms of a model, as they are stored."""
    model = open_model(path)
    return {name: model.tensor(f"{name}.weight") for name in all_norms(model)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_norm_that_learned_nothing_gives_what_it_gave(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """In training and after it, to the bit."""
    path = tiny(kind)
    model = open_for_training(open_model(path), RecordingStage(tmp_path))
    tokens = torch.arange(12).view(1, -1)
    before = model.module(tokens, use_cache=False).logits
    replace_norms(model, {linear.name for linear in model.anatomy.linears})
    assert set(refined_norms(model.module)) == set(all_norms(model)) != set()
    assert torch.equal(model.module(tokens, use_cache=False).logits, before)
    close_after_training(model)
    assert not refined_norms(model.module)
    stored = norm_weights(path)
    assert all(torch.equal(model.tensor(f"{name}.weight"), weight) for name, weight in stored.items())
    assert all(model.tensor(f"{name}.weight").dtype == weight.dtype for name, weight in stored.items())


@pytest.mark.parametrize(("kind", "added"), [("llama", 0.0), ("gemma", 1.0)])
def test_the_factor_of_a_norm_grows_by_a_share(kind: str, added: float, tiny: Tiny, tmp_path: Path) -> None:
    """Also where it is 1 + weight."""
    model = open_for_training(open_model(tiny(kind)), RecordingStage(tmp_path))
    name = all_norms(model)[0]
    weight = model.tensor(f"{name}.weight").double() + 1.0
    model.get(name).weight.data.copy_(weight)  # type: ignore[union-attr, operator]
    replace_norms(model, {linear.name for linear in model.anatomy.linears})
    norm = cast(RefinedNorm, model.get(name))
    norm.dtype = torch.float32
    norm.growth.data.fill_(0.25)
    torch.testing.assert_close(norm.weight_now().double() + added, (weight + added) * 1.25)
    norm.forget()
    torch.testing.assert_close(norm.weight_now().double(), weight)


def test_it_computes_with_what_is_stored() -> None:
    """The weight is rounded to the dtype of the file; the gradient passes."""
    norm = RefinedNorm(torch.nn.LayerNorm(8, bias=False), torch.ones(8), torch.bfloat16)
    norm.growth.data.copy_(torch.linspace(0, 1e-2, 8))
    weight = norm.weight_now()
    assert torch.equal(weight, weight.bfloat16().float()) and len(weight.unique()) > 1
    x = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    expected = torch.nn.functional.layer_norm(x, (8,), weight)
    assert torch.equal(norm(x), expected)
    norm(x).square().sum().backward()
    assert norm.growth.grad is not None and bool(norm.growth.grad.all())
    assert torch.equal(norm.compressed()(x), expected)


@pytest.mark.parametrize("train_norms", [True, False])
def test_norms_are_stored_as_they_were_trained(train_norms: bool, tiny: Tiny, tmp_path: Path) -> None:
    """In the dtype and the bytes that they had; without the setting they stay as they came."""
    settings: dict[str, Any] = {**LEARN, "train_norms": train_norms}
    refined(tiny, INT3, settings, tmp_path)
    before, after = norm_weights(tmp_path / "before" / "artifact"), norm_weights(tmp_path / "artifact")
    assert all(
        (weight.dtype, weight.shape) == (after[name].dtype, after[name].shape) for name, weight in before.items()
    )
    moved = [not torch.equal(weight, after[name]) for name, weight in before.items()]
    assert all(moved) if train_norms else not any(moved)


def test_norms_of_ignored_layers_stay(tiny: Tiny, tmp_path: Path) -> None:
    """So that nothing is learned through the layers before the first one that is refined."""
    refined(tiny, INT3, {**LEARN, "ignore": ("layers.0.*",)}, tmp_path)
    before, after = norm_weights(tmp_path / "before" / "artifact"), norm_weights(tmp_path / "artifact")
    assert {name for name, weight in before.items() if torch.equal(weight, after[name])} == {
        "model.layers.0.input_layernorm",
        "model.layers.0.post_attention_layernorm",
    }


@pytest.mark.parametrize("solve_codes", [True, False])
def test_norms_of_a_result_that_is_no_better_are_those_that_came(solve_codes: bool, tiny: Tiny, tmp_path: Path) -> None:
    """What was solved before the training stays."""
    wild = {**LEARN, "solve_codes": solve_codes, "learning_rate": 50.0, "steps": 2, "early_stopping_patience": 0}
    stage = refined(tiny, INT3, {**wild, "eval_steps": 0}, tmp_path)
    assert any("did not fall" in line for line in stage.warnings)
    before, after = norm_weights(tmp_path / "before" / "artifact"), norm_weights(tmp_path / "artifact")
    assert all(torch.equal(weight, after[name]) for name, weight in before.items())


def test_the_card_says_what_is_trained() -> None:
    info = method("refine")
    assert info.settings().summary() == "60 steps · scales, norms · GPTQ"
    others = {"trains": "codes", "train_norms": False, "solve_codes": False, "max_minutes": 5}
    assert info.settings.parse(others).summary() == "60 steps · 5 min · codes"
    assert info.settings.parse({"trains": "both"}).summary() == "60 steps · scales, norms, codes · GPTQ"
