"""Integers of several widths as formats that a budget can be spread over."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from engine.architecture.anatomy import Linear
from engine.contracts.budget import Target
from engine.methods.base import LayerSolver
from engine.methods.quantization.common.factors import fitting
from engine.methods.quantization.common.plan import READ_BY
from engine.methods.quantization.common.rounding_settings import RoundingSettings
from engine.modules import CompressedModule
from engine.modules.low_rank import LowRankLinear
from engine.modules.packed import packed_embedding, packed_linear
from engine.modules.quantized_embedding import PackedEmbedding
from engine.numerics.column_walk import SharedWalks
from engine.numerics.quantization.gptq import gptq
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Clip, Scheme

SEARCH = Clip("mse", steps=20)
"""Choice of ranges, weighted by the energy of the inputs, as GPTQ's."""


@dataclass(frozen=True)
class IntegerOffer:
    """See `engine.methods.base.FormatOffer`. ``scheme``: of all layers, but for the number of bits; ``widths``:
    integers that the method rounds to; ``damping`` and ``act_order`` of its GPTQ, without damping it rounds to
    nearest."""

    scheme: Scheme
    widths: tuple[str, ...]
    damping: float | None = None
    act_order: bool = True

    def formats(self, linear: Linear, target: Target) -> tuple[str, ...]:
        """The integers that the target reads, where the groups divide a row."""
        if self.scheme.granularity == "group" and linear.in_features % self.scheme.group_size:
            return ()
        if target == "compressed-tensors" and linear.transposed:
            return ()
        return tuple(name for name in self.widths if name in READ_BY.get(target, ()))

    def module(self, linear: Linear, option: str, bias: torch.Tensor | None = None) -> CompressedModule:
        """A layer of these integers."""
        scheme = replace(self.scheme, format=option)
        shape = linear.out_features, linear.in_features
        return packed_linear(scheme, *shape, bias=bias, transposed=linear.transposed)

    def embedding(self, linear: Linear, option: str, factor: float) -> PackedEmbedding:
        """The token embedding in these integers."""
        scheme = replace(self.scheme, format=option)
        return packed_embedding(scheme, linear.out_features, linear.in_features, factor)

    def factored(self, linear: Linear, option: str, rank: int, bias: torch.Tensor | None = None) -> LowRankLinear:
        """A layer of two factors of these integers, as `quantized_factors` makes it."""
        scheme = replace(self.scheme, format=option)
        shapes = (rank, linear.in_features), (linear.out_features, rank)
        first, second = (packed_linear(fitting(scheme, shape[1]), *shape) for shape in shapes)
        return LowRankLinear(first, second, bias=bias, transposed=linear.transposed)

    def rounded(self, weight: torch.Tensor, option: str, energy: torch.Tensor | None) -> torch.Tensor:
        """Each weight rounded to the nearest, in ranges with the smallest weighted error. The weight may be a factor,
        whose rows the groups need not divide."""
        scheme = fitting(replace(self.scheme, format=option), weight.shape[1])
        return dequantize(quantize(weight.float(), scheme, SEARCH, energy=energy), scheme)

    def solver(self, gram: torch.Tensor) -> LayerSolver | None:
        """See `engine.methods.base.SolvedFormats`."""
        damping, order = self.damping, self.act_order
        if damping is None:
            return None
        walks = SharedWalks(gram, damping, act_order=order)

        def solved(weight: torch.Tensor, option: str) -> torch.Tensor | None:
            if option not in self.widths:
                return None
            scheme = fitting(replace(self.scheme, format=option), len(gram))
            solution = gptq(weight, gram, scheme, SEARCH, damping=damping, act_order=order, along=walks)
            return dequantize(solution.quantized, scheme)

        return solved


def integer_offer(settings: RoundingSettings, widths: tuple[str, ...]) -> IntegerOffer:
    """Integers of these widths: symmetric ones, with the groups and scales of the block."""
    scheme = Scheme("int4", True, settings.granularity, settings.group_size, settings.scale_dtype)
    return IntegerOffer(scheme, widths)
