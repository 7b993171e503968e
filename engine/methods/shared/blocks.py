"""Layers quantized by blocks as bitsandbytes does it: from shapes, and from weights."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn

from engine.architecture.anatomy import Linear
from engine.base.errors import RunFailed
from engine.methods.shared.block_settings import BlockSettings
from engine.modules import CompressedModule
from engine.modules.blockwise import BlockwiseLinear
from engine.numerics.quantization.blockwise import quantize_blocks


def oriented(module: nn.Module, linear: Linear) -> torch.Tensor:
    """The weight of a dense or compressed layer as (out, in)."""
    weight = module.dense_weight() if isinstance(module, CompressedModule) else cast(torch.Tensor, module.weight)
    return weight.detach().t() if linear.transposed else weight.detach()


def empty(linear: Linear, settings: BlockSettings, bias: bool | None = None) -> BlockwiseLinear:
    """What a layer will be, on the meta device."""
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


def quantized(module: nn.Module, linear: Linear, settings: BlockSettings) -> BlockwiseLinear:
    """The quantized equal of a layer. RunFailed if its weight is NaN or infinite."""
    made = empty(linear, settings)
    bias = cast("torch.Tensor | None", getattr(module, "bias", None))
    made.bias = None if bias is None else bias.detach()
    try:
        weight = oriented(module, linear).contiguous()
        made.set_quantized(quantize_blocks(weight, settings.format, settings.block_size, settings.double_quant))
    except ValueError as error:
        raise RunFailed(
            "A layer can't be quantized", where=linear.name, why=str(error), advice="check the model"
        ) from None
    return made
