"""Quantized layers of a model, wherever they come from: blocks before this one, or the file that it was opened from."""

from __future__ import annotations

import torch
from torch import nn

from engine.architecture.anatomy import Linear
from engine.checkpoints.packed import PackedTensor
from engine.models.layer import LinearLayer
from engine.models.model import Model, Part
from engine.modules.ggml import GgmlLinear
from engine.modules.quantized import QuantizedLinear
from engine.modules.rotated import RotatedLinear
from engine.numerics.ggml.layouts import FORMATS

Quantized = QuantizedLinear | GgmlLinear


def quantized_layer(model: Model, part: Part, linear: Linear) -> tuple[str, Quantized] | None:
    """The quantized layer of a loaded part and the name of the module that it is; None for a layer that is not
    quantized in a form that can be refined. One that lies packed in a file is made of what lies there."""
    module = model.get(linear.name)
    if isinstance(module, RotatedLinear) and isinstance(module.inner, Quantized):
        return f"{linear.name}.inner", module.inner
    if isinstance(module, Quantized):
        return linear.name, module
    if not isinstance(module, nn.Module) or not _is_dense(module):
        return None
    packed = model.packed(f"{linear.name}.weight", part)
    layer = None if packed is None else _from_packed(LinearLayer(model, linear), packed)
    return None if layer is None else (linear.name, layer)


def _is_dense(module: nn.Module) -> bool:
    return isinstance(module._parameters.get("weight"), nn.Parameter)


def _from_packed(layer: LinearLayer, packed: PackedTensor) -> Quantized | None:
    linear = layer.linear
    if packed.layout != "ggml" or packed.options["type"] not in FORMATS:
        return None
    if bool(packed.options.get("turned")) != linear.transposed:
        return None
    module = GgmlLinear(
        packed.options["type"],
        linear.out_features,
        linear.in_features,
        bias=layer.stored_bias,
        transposed=linear.transposed,
    )
    module.blocks = packed.tensors["blocks"].to(layer.device)
    same = torch.equal(module.matrix(), layer.weight.float())
    return module if same else None  # what another block changed is no longer what lies in the file
