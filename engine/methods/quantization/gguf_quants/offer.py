"""ggml's block types as formats that a budget can be spread over."""

from __future__ import annotations

import torch

from engine.architecture.anatomy import Linear
from engine.contracts.budget import Target
from engine.methods.quantization.gguf_quants.plan import fitting_types
from engine.modules import CompressedModule
from engine.modules.ggml import GgmlLinear
from engine.numerics.ggml.layouts import FORMATS, dequantize
from engine.numerics.ggml.quantize import quantize


class GgmlOffer:
    """See `engine.methods.base.FormatOffer`."""

    def formats(self, linear: Linear, target: Target) -> tuple[str, ...]:
        """The types whose blocks divide a row."""
        return fitting_types(linear.in_features) if target in ("gguf", "container") else ()

    def module(self, linear: Linear, option: str, bias: torch.Tensor | None = None) -> CompressedModule:
        """A layer of this type."""
        shape = linear.out_features, linear.in_features
        return GgmlLinear(option, *shape, bias=bias, transposed=linear.transposed)

    def rounded(self, weight: torch.Tensor, option: str, energy: torch.Tensor | None) -> torch.Tensor:
        """Blocks with the smallest weighted error that the search finds, unpacked."""
        return dequantize(quantize(weight, option, energy), FORMATS[option])
