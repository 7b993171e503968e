"""SmoothQuant: what it promises beyond the matrix."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import RunFailed
from engine.models.model import Model
from engine.models.source import open_model
from engine.modules.quantized import QuantizedLinear
from engine.testing.stage import compress, logits

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {"text": TEXT, "num_samples": 2, "sequence_length": 16}


def with_outliers(source: Path, folder: Path, factor: float = 64.0) -> Path:
    """The model with three features of every norm enlarged and their readers' weights divided: it computes the same,
    with the outliers that large models have."""
    model = open_model(source).load()
    with torch.no_grad():
        for layer in model.anatomy.layers:
            for name, module in model.get(layer.name).named_modules():
                if name.endswith("layernorm"):
                    module.weight[[1, 5, 9]] *= factor
            for linear in layer.linears:
                if linear.role in ("q", "k", "v", "gate", "up"):
                    model.get(linear.name).weight[:, [1, 5, 9]] /= factor
    return saved(model, source, folder)


def saved(model: Model, source: Path, folder: Path) -> Path:
    """The network in a folder of its own, with the tokenizer."""
    model.module.save_pretrained(folder)
    for file in source.glob("tokenizer*"):
        shutil.copy(file, folder)
    return folder


def distance(source: Path, folder: Path) -> float:
    before, after = logits(source), logits(folder / "artifact")
    return float((before - after).pow(2).mean().sqrt() / before.std())


def test_w8a8_survives_outliers(tiny: Tiny, tmp_path: Path) -> None:
    source = with_outliers(tiny("llama"), tmp_path / "outliers")
    rounding = {"format": "int8", "granularity": "channel", "activations": "int8"}
    compress(source, "round_to_nearest", rounding, tmp_path / "nearest")
    compress(source, "smoothquant", MATRIX_SETTINGS, tmp_path / "smooth")
    plain, smooth = distance(source, tmp_path / "nearest"), distance(source, tmp_path / "smooth")
    assert smooth < 0.5 * plain


def test_without_rounding_of_activations_the_function_stays(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "smoothquant", {**MATRIX_SETTINGS, "activations": "none"}, tmp_path)
    assert distance(tiny("llama"), tmp_path) < 0.02


def test_only_inputs_of_norms_are_smoothed_by_default(tiny: Tiny, tmp_path: Path) -> None:
    for smooth, roles in (("norms", {"q", "k", "v", "gate", "up"}), ("all", {"q", "k", "v", "gate", "up", "down"})):
        stage = compress(tiny("llama"), "smoothquant", {**MATRIX_SETTINGS, "smooth": smooth}, tmp_path / smooth)
        model = open_model(tmp_path / smooth / "artifact")
        smoothed = {x.role for x in model.anatomy.linears if "smoothed_by" in stage.layers[x.name].metrics}
        assert roles <= smoothed and (smooth == "all" or smoothed == roles)


def test_layers_hold_integers_and_round_their_inputs(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "smoothquant", MATRIX_SETTINGS, tmp_path)
    model = open_model(tmp_path / "artifact").load()
    layer = model.get(model.anatomy.linears[0].name)
    assert isinstance(layer, QuantizedLinear) and layer.scheme.granularity == "channel"
    assert layer.activations is not None and layer.activations.bits == 8


def test_a_damaged_weight_is_named(tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny("llama")).load()
    name = next(x.name for x in model.anatomy.linears if x.role == "down")
    with torch.no_grad():
        model.get(name).weight[0, 0] = torch.nan
    damaged = saved(model, tiny("llama"), tmp_path / "damaged")
    with pytest.raises(RunFailed):
        compress(damaged, "smoothquant", MATRIX_SETTINGS, tmp_path)
