"""GPTQ as a method: better than rounding to nearest on what it was calibrated on, and the sentences of its checks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import BadInput
from engine.methods.registry import method
from engine.models.source import open_model
from engine.modules.quantized import QuantizedLinear
from engine.numerics.column_walk import relative_error
from engine.numerics.quantization.gptq import gptq
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Clip, Scheme, Solution
from engine.testing.models import DECODERS
from engine.testing.stage import compress

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {"granularity": "channel", "text": TEXT, "num_samples": 4, "sequence_length": 32}
MATRIX_KINDS = (*DECODERS, "bert")


def test_every_site_is_solved_better_than_by_rounding(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the calibration text, whose Gram matrix says how much each error weighs."""
    errors: list[tuple[float, float]] = []

    def beside(weight: torch.Tensor, gram: torch.Tensor, scheme: Scheme, clip: Clip, **options: Any) -> Solution:
        solution = gptq(weight, gram.clone(), scheme, clip, **options)
        nearest = dequantize(quantize(weight, scheme, clip), scheme)
        errors.append((solution.error, relative_error(weight, nearest, gram)))
        return solution

    monkeypatch.setattr("engine.methods.quantization.common.solver.gptq", beside)
    stage = compress(tiny("llama"), "gptq", {**MATRIX_SETTINGS, "format": "int3", "num_samples": 64}, tmp_path)
    assert len(errors) == 8  # q, k, v together; o; gate and up together; down; in two layers
    assert all(ours < theirs for ours, theirs in errors)
    assert {event.metrics["output_error"] for event in stage.layers.values()} == {ours for ours, _ in errors}


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("order", [True, False])
def test_what_is_stored_is_what_was_solved(symmetric: bool, order: bool, tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "granularity": "group", "group_size": 32, "symmetric": symmetric, "act_order": order}
    compress(tiny("qwen2"), "gptq", settings, tmp_path)
    model = open_model(tmp_path / "artifact").load()
    quantized = [m for m in model.compressed().values() if isinstance(m, QuantizedLinear)]
    assert len(quantized) == 14
    assert all(m.scheme.symmetric is symmetric and m.scales.shape[1] == m.in_features // 32 for m in quantized)
    assert all(m.bias is None or torch.isfinite(m.bias).all() for m in quantized)


def test_layers_that_are_left_alone_stay_as_they_were(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "gptq", {**MATRIX_SETTINGS, "ignore": ("down", "layers.0.*")}, tmp_path)
    model = open_model(tmp_path / "artifact").load()
    assert len(model.compressed()) == 6
    assert not any("down" in name or "layers.0" in name for name in model.compressed())


def test_few_samples_are_said(tiny: Tiny, tmp_path: Path) -> None:
    text = tmp_path / "short.txt"
    text.write_text("A text of some forty characters, no more.", encoding="utf-8")
    stage = compress(tiny("llama"), "gptq", {**MATRIX_SETTINGS, "text": str(text)}, tmp_path)
    assert any("1 samples" in line for line in stage.lines)


def test_a_text_shorter_than_a_sample_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    text = tmp_path / "short.txt"
    text.write_text("Too short.", encoding="utf-8")
    with pytest.raises(BadInput, match="shorter than one window"):
        compress(tiny("llama"), "gptq", {**MATRIX_SETTINGS, "text": str(text)}, tmp_path)


def test_checks(tiny: Tiny) -> None:
    info = method("gptq")
    anatomy = open_model(tiny("llama")).anatomy
    problems = info.load().check(anatomy, info.settings.parse({"group_size": 40}))
    assert problems and all("not a multiple of group size 40" in problem.message for problem in problems)
    assert not info.load().check(anatomy, info.settings.parse({"group_size": 32}))


def test_the_same_seed_gives_the_same_bits(tiny: Tiny, tmp_path: Path) -> None:
    for name in ("one", "two"):
        compress(tiny("llama"), "gptq", MATRIX_SETTINGS, tmp_path / name)
    one, two = (sorted((tmp_path / name / "artifact").glob("*.safetensors")) for name in ("one", "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
