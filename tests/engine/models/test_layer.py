"""The owner of a layer: (out, in) whatever the storage order, replacement, refusal, masks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from engine.base.errors import RunFailed
from engine.models.layer import LinearLayer, dense_linear, refusing, stacked_masks
from engine.models.source import open_model
from engine.modules.sparse import SparseLinear

Tiny = Callable[[str], Path]


@pytest.mark.parametrize(("kind", "stored"), [("llama", nn.Linear), ("gpt2", Conv1D)])
def test_a_weight_is_out_by_in_and_goes_back_in_storage_order(kind: str, stored: type, tiny: Tiny) -> None:
    model = open_model(tiny(kind)).load(dtype=torch.float32)
    for linear in model.anatomy.linears:
        layer = LinearLayer(model, linear)
        module = layer.module
        assert isinstance(module, stored) and isinstance(module.weight, torch.Tensor)
        assert layer.weight.shape == (linear.out_features, linear.in_features)
        assert torch.equal(layer.weight, module.weight.t() if stored is Conv1D else module.weight)
        x = torch.randn(3, linear.in_features, generator=torch.Generator().manual_seed(0))
        before = module(x)
        layer.set_weight(2 * layer.weight)
        bias = 0 if layer.bias is None else layer.bias
        assert torch.allclose(module(x) - bias, 2 * (before - bias), atol=1e-5)
        layer.replace(dense_linear(linear, layer.weight, layer.bias))
        assert type(layer.module) is type(module) and torch.allclose(layer.module(x), module(x), atol=1e-6)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_a_pruned_layer_keeps_its_mask_its_bias_and_its_dtype(kind: str, tiny: Tiny) -> None:
    model = open_model(tiny(kind)).load(dtype=torch.float32)
    first, second, *_ = (LinearLayer(model, linear) for linear in model.anatomy.linears)
    assert stacked_masks([first, second]) is None and first.mask is None
    weight, bias, dtype = first.weight.clone(), first.stored_bias, first.dtype
    mask = weight > 0
    first.replace(first.sparse(weight, mask))
    assert isinstance(first.module, SparseLinear) and first.dtype == dtype
    assert first.mask is not None and torch.equal(first.mask, mask)
    assert torch.allclose(first.weight, weight * mask, atol=1e-2)
    assert (bias is None) == (first.bias is None) and (bias is None or torch.equal(bias, first.stored_bias))
    stacked = stacked_masks([first, second])
    assert stacked is not None and torch.equal(stacked[: len(mask)], mask) and bool(stacked[len(mask) :].all())


def test_a_refusal_names_the_layers_and_the_reason() -> None:
    with pytest.raises(RunFailed) as caught, refusing("quantized", "layers.0.q", "check the scales"):
        raise ValueError("a weight is NaN")
    assert (caught.value.what, caught.value.where) == ("A layer can't be quantized", "layers.0.q")
    assert (caught.value.why, caught.value.advice) == ("a weight is NaN", "check the scales")
