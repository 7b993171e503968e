"""NF4 and FP4 as a method: what is stored is what the plain functions give, at the promised size, with its pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.contracts.events import Curve, Grid
from engine.models.source import open_model
from engine.modules.blockwise import BlockwiseLinear
from engine.numerics.quantization.blockwise import block_bits, dequantize_blocks, quantize_blocks
from engine.testing.stage import compress

Tiny = Callable[[str], Path]
MATRIX_SETTINGS: dict[str, Any] = {}


@pytest.mark.parametrize(
    "settings", [{}, {"double_quant": False}, {"format": "fp4"}, {"format": "fp4_e2m1", "block_size": 256}]
)
@pytest.mark.parametrize("kind", ["odd", "gpt2"])
def test_what_is_stored_is_what_the_functions_give(
    kind: str, settings: dict[str, Any], tiny: Tiny, tmp_path: Path
) -> None:
    compress(tiny(kind), "nf4", settings, tmp_path)
    before, after = open_model(tiny(kind)).load(), open_model(tmp_path / "artifact").load()
    full = {"format": "nf4", "block_size": 64, "double_quant": True, **settings}
    assert set(after.compressed()) == {linear.name for linear in before.anatomy.linears}
    for linear in before.anatomy.linears:
        made = after.get(linear.name)
        weight: Any = before.get(linear.name).weight
        assert isinstance(made, BlockwiseLinear) and made.dense_weight().shape == weight.shape
        weight = (weight.t() if linear.transposed else weight).contiguous()
        blocks = quantize_blocks(weight, full["format"], full["block_size"], full["double_quant"])
        again = dequantize_blocks(blocks, full["format"], full["block_size"], weight.shape)
        assert torch.equal(made.matrix(), again)
        bias = 32 * linear.out_features if linear.bias else 0
        assert made.bits() == block_bits(weight.numel(), full["block_size"], full["double_quant"]) + bias


def test_pictures(tiny: Tiny, tmp_path: Path) -> None:
    stage = compress(tiny("llama"), "nf4", {"ignore": ("down",)}, tmp_path)
    used = [event for event in stage.events if isinstance(event, Grid)][-1]
    assert len(used.rows) == 12 and len(used.columns) == 16 and not any("down" in name for name in used.rows)
    assert all(sum(row) == pytest.approx(100) for row in used.values)
    errors = {e.series: e.y for e in stage.events if isinstance(e, Curve) and e.chart == "Error by format"}
    mean = {series: sum(values) / len(values) for series, values in errors.items()}
    assert len(errors["NF4"]) == 12
    assert mean["NF4"] < mean["FP4 (E2M1)"] < mean["FP4 (bitsandbytes)"] and mean["NF4"] < mean["int4 symmetric"]
    values = {e.series: e.y for e in stage.events if isinstance(e, Curve) and e.chart == "Code values"}
    assert all(list(y) == sorted(y) and len(y) == 16 for y in values.values()) and 0.0 in values["NF4"]


def test_training_through_a_layer_keeps_no_dense_weight(tiny: Tiny, tmp_path: Path) -> None:
    """The gradient that reaches the input is that of the dense equal."""
    compress(tiny("llama"), "nf4", {}, tmp_path)
    layer = open_model(tmp_path / "artifact").load().get("model.layers.0.mlp.down_proj")
    assert isinstance(layer, BlockwiseLinear)
    x = torch.randn(3, layer.in_features, requires_grad=True)
    saved: list[torch.Tensor] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: (saved.append(t), t)[1], lambda t: t):
        y = layer(x)
    assert not saved
    gradient = torch.randn_like(y)
    y.backward(gradient)
    assert x.grad is not None
    torch.testing.assert_close(x.grad, gradient @ layer.dense_weight())
