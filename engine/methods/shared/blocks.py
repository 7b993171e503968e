"""Layers quantized by blocks as bitsandbytes does it: from shapes, and from weights."""

from __future__ import annotations

import torch

from engine.architecture.anatomy import Linear
from engine.methods.shared.block_settings import BlockSettings
from engine.models.layer import LinearLayer, refusing
from engine.modules.blockwise import BlockwiseLinear
from engine.numerics.quantization.blockwise import quantize_blocks


def empty(linear: Linear, settings: BlockSettings, bias: bool | None = None) -> BlockwiseLinear:
    """The module that will replace a layer, on the meta device."""
    with_bias = torch.empty(linear.out_features, device="meta") if (linear.bias if bias is None else bias) else None
    return BlockwiseLinear(
        settings.format,
        settings.block_size,
        settings.double_quant,
        linear.out_features,
        linear.in_features,
        bias=with_bias,
        transposed=linear.transposed,
    )


def quantized(layer: LinearLayer, settings: BlockSettings) -> BlockwiseLinear:
    """The quantized equal of a layer. RunFailed if its weight is NaN or infinite."""
    module = empty(layer.linear, settings)
    module.bias = layer.bias
    with refusing("quantized", layer.name):
        weight = layer.weight.contiguous()
        module.set_quantized(quantize_blocks(weight, settings.format, settings.block_size, settings.double_quant))
    return module
