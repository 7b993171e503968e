"""bitsandbytes' kernels for layers in NF4 and FP4: the same codes, multiplied on the device without unpacking."""

from __future__ import annotations

import torch
from torch import nn

from engine.export.formats.bitsandbytes import layer_tensors
from engine.modules.blockwise import BlockwiseLinear


def as_bitsandbytes(layer: BlockwiseLinear, name: str = "layer", dtype: torch.dtype = torch.bfloat16) -> nn.Module:
    """bitsandbytes' ``Linear4bit`` with the codes of ``layer``, which it shares, computing in ``dtype``."""
    import bitsandbytes

    prefix = f"{name}.weight"
    device = layer.codes.device
    tensors = {key: tensor.to(device) for key, tensor in layer_tensors(name, layer, dtype)}
    statistics = {key.removeprefix(f"{prefix}."): value for key, value in tensors.items() if f"{prefix}." in key}
    with torch.device("meta"):
        layer_4bit: nn.Module = bitsandbytes.nn.Linear4bit(
            layer.in_features,
            layer.out_features,
            bias=layer.bias is not None,
            compute_dtype=dtype,
            compress_statistics=layer.nested,
            quant_type=layer.form,
        )
    layer_4bit.weight = bitsandbytes.nn.Params4bit.from_prequantized(
        data=tensors[prefix], quantized_stats=statistics, requires_grad=False, device=device, module=layer_4bit
    )
    if layer.bias is not None:
        layer_4bit.bias = nn.Parameter(layer.bias.to(dtype), requires_grad=False)
    return layer_4bit


def peft_modules() -> dict[type[nn.Module], type[nn.Module]]:
    """peft's classes for such layers; peft itself takes them only for models whose config says 4 bits."""
    import bitsandbytes
    from peft.tuners.lora.bnb import Linear4bit

    return {bitsandbytes.nn.Linear4bit: Linear4bit}
