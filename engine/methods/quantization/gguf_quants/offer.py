"""ggml's block types as formats that a budget can be spread over."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from engine.architecture.anatomy import Linear
from engine.contracts.budget import Target
from engine.methods.base import LayerSolver
from engine.methods.quantization.gguf_quants.plan import fitting_types
from engine.modules import CompressedModule
from engine.modules.ggml import GgmlEmbedding, GgmlLinear
from engine.modules.quantized_embedding import PackedEmbedding
from engine.numerics.column_walk import SharedWalks
from engine.numerics.ggml.gptq import gptq
from engine.numerics.ggml.layouts import FORMATS, dequantize
from engine.numerics.ggml.quantize import quantize


@dataclass(frozen=True)
class GgmlOffer:
    """See `engine.methods.base.FormatOffer`. ``damping``: of GPTQ; None for blocks that are searched for alone."""

    damping: float | None = None

    def formats(self, linear: Linear, target: Target) -> tuple[str, ...]:
        """The types whose blocks divide a row."""
        return fitting_types(linear.in_features) if target in ("gguf", "container") else ()

    def module(self, linear: Linear, option: str, bias: torch.Tensor | None = None) -> CompressedModule:
        """A layer of this type."""
        shape = linear.out_features, linear.in_features
        return GgmlLinear(option, *shape, bias=bias, transposed=linear.transposed)

    def embedding(self, linear: Linear, option: str, factor: float) -> PackedEmbedding:
        """The token embedding in this type."""
        return GgmlEmbedding(option, linear.out_features, linear.in_features, factor=factor)

    def rounded(self, weight: torch.Tensor, option: str, energy: torch.Tensor | None) -> torch.Tensor:
        """Blocks with the smallest weighted error that the search finds, unpacked."""
        return dequantize(quantize(weight, option, energy), FORMATS[option])

    def solver(self, gram: torch.Tensor) -> LayerSolver | None:
        """See `engine.methods.base.SolvedFormats`."""
        damping = self.damping
        if damping is None:
            return None
        walks = SharedWalks(gram, damping, act_order=True)

        def solved(weight: torch.Tensor, option: str) -> torch.Tensor | None:
            if option not in FORMATS or len(gram) % FORMATS[option].size:
                return None
            layout = FORMATS[option]
            return dequantize(gptq(weight, gram, layout, damping=damping, along=walks).quantized.codes, layout)

        return solved
