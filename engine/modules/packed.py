"""The layer that holds a quantized weight of a scheme, whichever kind of format that has."""

from __future__ import annotations

import torch

from engine.modules.ggml import GgmlEmbedding, GgmlLinear
from engine.modules.quantized import Activations, QuantizedLinear
from engine.modules.quantized_embedding import QuantizedEmbedding
from engine.numerics.quantization.scheme import Scheme

PackedLinear = QuantizedLinear | GgmlLinear


def packed_linear(
    scheme: Scheme,
    outputs: int,
    inputs: int,
    *,
    bias: torch.Tensor | None = None,
    transposed: bool = False,
    activations: Activations | None = None,
) -> PackedLinear:
    """An empty linear layer on the meta device; `set_quantized` fills it. ValueError for groups that do not fit."""
    if scheme.number.kind == "block":
        return GgmlLinear(scheme.format, outputs, inputs, bias=bias, transposed=transposed, activations=activations)
    return QuantizedLinear(scheme, outputs, inputs, bias=bias, transposed=transposed, activations=activations)


def packed_embedding(scheme: Scheme, outputs: int, inputs: int, factor: float) -> QuantizedEmbedding | GgmlEmbedding:
    """The same of a token embedding (tokens, features)."""
    if scheme.number.kind == "block":
        return GgmlEmbedding(scheme.format, outputs, inputs, factor=factor)
    return QuantizedEmbedding(scheme, outputs, inputs, factor=factor)
