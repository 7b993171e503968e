"""Layers whose weight is packed in one of ggml's block formats, as a GGUF file has it."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from engine.modules.base import CompressedModule
from engine.modules.quantized import Activations, RoundedLinear
from engine.modules.quantized_embedding import PackedEmbedding
from engine.numerics.ggml.layouts import FORMATS, dequantize
from engine.numerics.ggml.packed_products import packed_product
from engine.numerics.quantization.packed_products import PackedProduct
from engine.numerics.quantization.scheme import Quantized, Scheme


class GgmlWeight(CompressedModule):
    """A weight (out, in) as ``blocks`` (out, bytes) of the format ``type_name``, e.g. "Q4_K"."""

    blocks: torch.Tensor

    def __init__(self, type_name: str, out_features: int, in_features: int) -> None:
        super().__init__()
        self.layout = FORMATS[type_name]
        self.out_features, self.in_features = out_features, in_features
        if in_features % self.layout.size:
            raise ValueError(f"{in_features} inputs can't be cut into blocks of {self.layout.size}")
        width = in_features // self.layout.size * self.layout.nbytes
        self.register_buffer("blocks", torch.empty(out_features, width, dtype=torch.uint8, device="meta"))

    @property
    def scheme(self) -> Scheme:
        """The format as that of any other quantized weight."""
        return Scheme(self.layout.name)

    def set_quantized(self, quantized: Quantized) -> None:
        """Take over blocks."""
        self.blocks = quantized.codes

    def matrix(self, rows: torch.Tensor | None = None) -> torch.Tensor:
        """The weight, or some rows of it, as float32 (out, in): what llama.cpp computes, to the bit."""
        return dequantize(self.blocks if rows is None else self.blocks.index_select(0, rows), self.layout)

    def weight_spec(self) -> dict[str, Any]:
        """The type."""
        return {"type": self.layout.name}

    @classmethod
    def weight_arguments(cls, spec: dict[str, Any]) -> dict[str, Any]:
        """The type."""
        return {"type_name": spec["type"]}

    def extra_repr(self) -> str:
        return f"{self.out_features}, {self.in_features}, {self.layout.name}"


class GgmlLinear(GgmlWeight, RoundedLinear):
    """A linear layer with such a weight. ``transposed``: it stands for a Conv1D, whose dense weight is (in, out)."""

    KIND: ClassVar[str] = "ggml"
    bias: torch.Tensor | None

    def __init__(
        self,
        type_name: str,
        out_features: int,
        in_features: int,
        *,
        bias: torch.Tensor | None = None,
        transposed: bool = False,
        activations: Activations | None = None,
    ) -> None:
        super().__init__(type_name, out_features, in_features)
        self._surround(bias, transposed, activations)

    def kernel(self) -> PackedProduct | None:
        """See the base."""
        return packed_product(self.blocks, self.layout)


class GgmlEmbedding(GgmlWeight, PackedEmbedding):
    """A token embedding (tokens, features). ``factor`` multiplies what comes out, as in Gemma's."""

    KIND: ClassVar[str] = "ggml_embedding"

    def __init__(self, type_name: str, out_features: int, in_features: int, *, factor: float = 1.0) -> None:
        super().__init__(type_name, out_features, in_features)
        self.factor = factor
