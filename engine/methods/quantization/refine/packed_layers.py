"""Quantized layers and embeddings of a model, wherever they come from: blocks before this one, or the file that it was
opened from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from engine.architecture.anatomy import Linear
from engine.checkpoints.packed import PackedTensor
from engine.methods.quantization.refine.forms import QuantizedModule
from engine.models.layer import LinearLayer
from engine.models.model import Model, Part
from engine.modules.ggml import GgmlEmbedding, GgmlLinear
from engine.modules.packed import packed_embedding, packed_linear
from engine.modules.quantized import QuantizedLinear
from engine.modules.quantized_embedding import PackedEmbedding, QuantizedEmbedding
from engine.modules.rotated import RotatedLinear
from engine.numerics.exponents import e8m0_values
from engine.numerics.ggml.layouts import FORMATS
from engine.numerics.quantization import checkpoint_layouts as layouts
from engine.numerics.quantization.codes import from_unsigned
from engine.numerics.quantization.formats import FORMATS as NUMBER_FORMATS
from engine.numerics.quantization.scheme import Quantized, Scheme

QuantizedLayer = QuantizedLinear | GgmlLinear
QuantizedTable = QuantizedEmbedding | GgmlEmbedding
Roles = Mapping[str, torch.Tensor]
SchemeAndWeight = tuple[Scheme, Quantized]


def quantized_layer(model: Model, part: Part, linear: Linear) -> tuple[str, QuantizedModule] | None:
    """The quantized layer or embedding of a loaded part and the name of the module that it is; None for one that is not
    quantized in a form that can be refined. One that lies packed in a file is made of what lies there."""
    module = model.get(linear.name)
    if isinstance(module, RotatedLinear) and isinstance(module.inner, QuantizedLayer):
        return f"{linear.name}.inner", module.inner
    if isinstance(module, QuantizedLayer | QuantizedTable):
        return linear.name, module
    if not isinstance(module._parameters.get("weight"), nn.Parameter):
        return None
    packed = model.packed(f"{linear.name}.weight", part)
    layer = None if packed is None else _from_packed(LinearLayer(model, linear), packed)
    return None if layer is None else (linear.name, layer)


def _from_packed(layer: LinearLayer, packed: PackedTensor) -> QuantizedModule | None:
    """The layer or embedding that is packed in a file; None if no quantized layer has its layout, or if the weight was
    changed since it was read."""
    linear = layer.linear
    if bool(packed.options.get("turned")) != linear.transposed:
        return None
    read = _READERS.get(packed.layout)
    tensors = {role: tensor.to(layer.device) for role, tensor in packed.tensors.items()}
    form = None if read is None else read(tensors, packed.options)
    if form is None:
        return None
    scheme, quantized = form
    module = _empty(layer, scheme)
    if module is None:
        return None
    module.set_quantized(quantized)
    return module if torch.equal(module.matrix(), layer.weight.float()) else None


def _empty(layer: LinearLayer, scheme: Scheme) -> QuantizedModule | None:
    """A module for the place of a dense layer or embedding; None for an embedding that does more than look up rows."""
    linear = layer.linear
    shape = linear.out_features, linear.in_features
    if linear.name not in layer.model.anatomy.embeddings:
        return packed_linear(scheme, *shape, bias=layer.stored_bias, transposed=linear.transposed)
    factor = PackedEmbedding.factor_of(layer.module)
    return None if factor is None else packed_embedding(scheme, *shape, factor)


# -- layouts -----------------------------------------------------------------------------------------------------------
def _ggml(roles: Roles, options: Mapping[str, Any]) -> SchemeAndWeight | None:
    return (Scheme(options["type"]), Quantized.of_blocks(roles["blocks"])) if options["type"] in FORMATS else None


def _gptq(roles: Roles, options: Mapping[str, Any]) -> SchemeAndWeight | None:
    bits, qweight = options["bits"], roles["qweight"]
    outputs, inputs = qweight.shape[1], qweight.shape[0] * 32 // bits
    scales = roles["scales"].t().contiguous()
    order = roles.get("g_idx")
    groups = torch.arange(inputs, device=scales.device) // -(-inputs // scales.shape[1])
    if order is not None and not torch.equal(order.long(), groups):
        return None  # groups of inputs that do not follow each other
    zeros = layouts.from_words(roles["qzeros"], bits, outputs).t().int() + int(options["plus_one"])
    return _integers(layouts.from_words(qweight.t().contiguous(), bits, inputs), scales, zeros, bits)


def _awq(roles: Roles, options: Mapping[str, Any]) -> SchemeAndWeight | None:
    codes, zeros = (layouts.awq_codes(roles[role]).t().contiguous() for role in ("qweight", "qzeros"))
    return _integers(codes, roles["scales"].t().contiguous(), zeros.int(), 4)


def _compressed_tensors(roles: Roles, options: Mapping[str, Any]) -> SchemeAndWeight | None:
    if "weight_g_idx" in roles or options.get("block"):
        return None
    scales, zeros = roles["weight_scale"], roles.get("weight_zero_point")
    if options["form"] == "float4":
        return _floats(roles["weight_packed"], scales, roles.get("weight_global_scale"))
    if options["form"] == "plain":
        codes = roles["weight"]
        if zeros is not None or scales.ndim != 2 or scales.shape[1] != 1 or len(scales) != len(codes):
            return None
        name = "float8_e4m3" if codes.is_floating_point() else "int8"
        return _scheme(name, scales, codes.shape[1]), Quantized(codes, scales)
    bits = options["bits"]
    codes = layouts.packed_integers(roles["weight_packed"], bits, options["inputs"])
    scheme = _scheme(f"int{bits}", scales, options["inputs"], symmetric=zeros is None)
    if zeros is not None:
        zeros = layouts.packed_integers(zeros.t().contiguous(), bits, options["outputs"]).t().contiguous()
    return scheme, Quantized(codes, scales, zeros)


def _floats(packed: torch.Tensor, scales: torch.Tensor, divisor: torch.Tensor | None) -> SchemeAndWeight:
    """NVFP4 with a scale of the tensor, MXFP4 without."""
    codes = torch.stack([packed & 15, packed >> 4], -1).flatten(-2)
    if divisor is None:
        return Scheme("mxfp4"), Quantized(codes, e8m0_values(scales))
    unit = 1 / divisor.float().view(())
    return Scheme("nvfp4"), Quantized(codes, scales.float() * unit, tensor_scale=unit)


def _integers(codes: torch.Tensor, scales: torch.Tensor, zeros: torch.Tensor, bits: int) -> SchemeAndWeight | None:
    """From unsigned codes (out, in) and zero points (out, groups): symmetric where every zero point is the middle."""
    number = NUMBER_FORMATS[f"int{bits}"]
    zeros = zeros + number.minimum
    symmetric = not bool(zeros.any())
    if int(zeros.min()) < number.minimum or int(zeros.max()) > number.maximum:
        return None  # one more than the bits of a zero point hold
    scheme = _scheme(f"int{bits}", scales, codes.shape[1], symmetric=symmetric)
    return scheme, Quantized(
        from_unsigned(codes, number), scales, None if symmetric else zeros.to(torch.int8).contiguous()
    )


def _scheme(name: str, scales: torch.Tensor, inputs: int, *, symmetric: bool = True) -> Scheme:
    dtype = str(scales.dtype).removeprefix("torch.")
    if scales.shape[1] == 1:
        return Scheme(name, symmetric, "channel", scale_dtype=dtype)
    return Scheme(name, symmetric, "group", inputs // scales.shape[1], dtype)


_READERS = {"ggml": _ggml, "gptq": _gptq, "awq": _awq, "compressed-tensors": _compressed_tensors}
"""Layouts of files whose layers can be refined: integers, short floats and blocks with scales of groups that follow
each other."""
