"""Quantizing a low-rank layer: each of its two factors by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import torch

from engine.models.layer import Report, compared
from engine.modules.low_rank import LowRankLinear
from engine.modules.packed import PackedLinear, packed_linear
from engine.modules.quantized import Activations
from engine.numerics.quantization.scheme import Quantized, Scheme

SMALLEST = 8
"""A group below this costs more in scales than it saves."""


def quantized_factors(
    layer: LowRankLinear,
    scheme: Scheme,
    solve: Callable[[torch.Tensor, Scheme, torch.Tensor | None], Quantized],
    *,
    gram: torch.Tensor | None = None,
    activations: Activations | None = None,
) -> LowRankLinear:
    """The same layer with quantized factors.

    ``solve`` quantizes a weight (out, in) by a scheme and, with ``gram`` (that of the layer's inputs), the Gram matrix
    of its inputs: behind the quantized first factor A that is A G Aᵀ.
    """
    packed_factors: list[PackedLinear] = []
    for factor in (layer.first, layer.second):
        weight = factor.dense_weight()
        fitted = fitting(scheme, weight.shape[1])
        packed = packed_linear(fitted, *weight.shape, activations=activations)
        packed.set_quantized(solve(weight, fitted, gram))
        packed_factors.append(packed)
        if gram is not None:
            rounded = packed.matrix()
            gram = rounded @ gram @ rounded.T
    return LowRankLinear(*packed_factors, bias=layer.bias, order=layer.order, transposed=layer.transposed)


def fitting(scheme: Scheme, inputs: int) -> Scheme:
    """The scheme for a factor, whose rank the group size need not divide: the largest group that does."""
    if scheme.granularity != "group" or inputs % scheme.group_size == 0:
        return scheme
    scheme = scheme.free()
    size = next((size for size in range(scheme.group_size, SMALLEST - 1, -1) if inputs % size == 0), None)
    if size is None:
        return dataclasses.replace(scheme, granularity="channel")
    return dataclasses.replace(scheme, group_size=size)


def factor_hessians(layer: LowRankLinear, matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Hessians of the outputs of both factors, from that of the layer's outputs H, (out, out): Bᵀ H B of the first one,
    since B brings its outputs to the layer's, and of the second one H of the rows that it makes. Where rows of the
    layer are stored as they are, B has an identity for them, and the second factor makes the others."""
    second = layer.matrices()[1].to(matrix)
    inner = second.T @ matrix @ second
    if layer.order is None:
        return inner, matrix
    others = torch.argsort(layer.order)[second.shape[1] :].to(matrix.device)
    return inner, matrix[others][:, others]


def report(before: LowRankLinear, after: LowRankLinear) -> Report:
    """Statistics of the product of the new factors against that of the old ones."""
    (first, second), (new_first, new_second) = before.matrices(), after.matrices()
    weight = second @ first
    metrics, old, new = compared(weight, new_second @ new_first)
    return {**metrics, "bits_per_weight": after.bits() / weight.numel()}, old, new
