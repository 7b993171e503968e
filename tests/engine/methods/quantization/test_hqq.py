"""HQQ: what it promises beyond the matrix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import RunFailed
from engine.export.registry import export_format
from engine.models.source import open_model
from engine.modules.quantized import QuantizedLinear
from engine.testing.stage import compress, logits

Tiny = Callable[[str], Path]
MATRIX_SETTINGS: dict[str, Any] = {"group_size": 4, "iterations": 3}


def test_layers_hold_integers_with_floating_minima(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "hqq", {"format": "int3", "group_size": 16}, tmp_path)
    model = open_model(tmp_path / "artifact").load()
    layer = model.get(model.anatomy.linears[0].name)
    assert isinstance(layer, QuantizedLinear)
    assert layer.scheme.format == "int3" and layer.scheme.zero_point == "float" and not layer.scheme.symmetric


def test_it_is_as_good_as_rounding_in_whole_ranges(tiny: Tiny, tmp_path: Path) -> None:
    """Of the errors that its norm measures, which many small ones count in."""
    plain = {"format": "int3", "group_size": 16, "symmetric": False, "zero_point": "float"}
    compress(tiny("llama"), "round_to_nearest", plain, tmp_path / "nearest")
    compress(tiny("llama"), "hqq", {"format": "int3", "group_size": 16}, tmp_path / "hqq")
    original = open_model(tiny("llama")).load()
    totals = {}
    for name in ("nearest", "hqq"):
        model = open_model(tmp_path / name / "artifact").load()
        totals[name] = sum(
            float((original.get(x.name).weight - model.get(x.name).dense_weight()).abs().pow(0.7).sum())
            for x in model.anatomy.linears
        )
    assert totals["hqq"] < totals["nearest"]


def test_it_leaves_as_gguf(tiny: Tiny, tmp_path: Path) -> None:
    """4-bit integers with minima in groups of 32 are Q4_1 of llama.cpp."""
    compress(tiny("llama"), "hqq", {"format": "int4", "group_size": 32}, tmp_path)
    model = open_model(tmp_path / "artifact")
    kind = export_format("gguf")
    assert not [problem for problem in kind.problems(model, kind.options()) if problem.severity == "error"]


def test_layers_that_are_ignored_stay(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "hqq", {"group_size": 16, "ignore": ("down",)}, tmp_path)
    model = open_model(tmp_path / "artifact").load()
    roles = {linear.role: isinstance(model.get(linear.name), QuantizedLinear) for linear in model.anatomy.linears}
    assert roles.pop("down") is False and all(roles.values())


def test_a_damaged_weight_is_named(tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny("llama")).load()
    name = model.anatomy.linears[3].name
    with torch.no_grad():
        model.get(name).weight[0, 0] = torch.nan
    model.module.save_pretrained(tmp_path / "damaged")
    with pytest.raises(RunFailed, match=name):
        compress(tmp_path / "damaged", "hqq", {"group_size": 16}, tmp_path)


def test_logits_are_near_those_of_the_original(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "hqq", {"format": "int8", "group_size": 16}, tmp_path)
    before, after = logits(tiny("llama")), logits(tmp_path / "artifact")
    assert float((before - after).abs().max() / before.std()) < 0.1
