"""Layers whose weight is packed in one of ggml's block formats, as a GGUF file has it."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import torch
from torch import nn
from torch.nn import functional as F

from engine.models.modules.base import CompressedModule
from engine.models.modules.quantized_embedding import PackedEmbedding
from engine.numerics.ggml.layouts import LAYOUTS, dequantize


class GgmlWeight(CompressedModule):
    """A weight (out, in) as ``blocks`` (out, bytes) of the format ``type_name``, e.g. "Q4_K"."""

    blocks: torch.Tensor

    def __init__(self, type_name: str, out_features: int, in_features: int) -> None:
        super().__init__()
        self.layout = LAYOUTS[type_name]
        self.out_features, self.in_features = out_features, in_features
        if in_features % self.layout.size:
            raise ValueError(f"{in_features} inputs can't be cut into blocks of {self.layout.size}")
        width = in_features // self.layout.size * self.layout.nbytes
        self.register_buffer("blocks", torch.empty(out_features, width, dtype=torch.uint8, device="meta"))

    def matrix(self, rows: torch.Tensor | None = None) -> torch.Tensor:
        """The weight, or some rows of it, as float32 (out, in): what llama.cpp computes, to the bit."""
        return dequantize(self.blocks if rows is None else self.blocks.index_select(0, rows), self.layout)

    def spec(self) -> dict[str, Any]:
        """Type and shape."""
        return {
            "kind": self.KIND,
            "type": self.layout.name,
            "outputs": self.out_features,
            "inputs": self.in_features,
        }

    def extra_repr(self) -> str:
        return f"{self.out_features}, {self.in_features}, {self.layout.name}"


class GgmlLinear(GgmlWeight):
    """A linear layer with such a weight; its bias stays as it is. ``transposed``: it stands for a Conv1D, whose dense
    weight is (in, out)."""

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
    ) -> None:
        super().__init__(type_name, out_features, in_features)
        self.register_buffer("bias", None if bias is None else bias.detach())
        self.transposed = transposed

    def dense_weight(self) -> torch.Tensor:
        """The weight in float32, oriented like that of the layer it replaced."""
        return self.matrix().t() if self.transposed else self.matrix()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        weight = self.weight_for(x)
        return F.linear(x, weight.t() if self.transposed else weight, None if self.bias is None else self.bias.to(x))

    def spec(self) -> dict[str, Any]:
        """Type, shape, whether there is a bias, orientation."""
        return {**super().spec(), "bias": self.bias is not None, "transposed": self.transposed}

    @classmethod
    def from_spec(cls, spec: dict[str, Any], original: nn.Module) -> Self:
        """An equal on the meta device."""
        bias = torch.empty(spec["outputs"], device="meta") if spec["bias"] else None
        return cls(spec["type"], spec["outputs"], spec["inputs"], bias=bias, transposed=spec["transposed"])


class GgmlEmbedding(GgmlWeight, PackedEmbedding):
    """A token embedding (tokens, features). ``factor`` multiplies what comes out, as in Gemma's."""

    KIND: ClassVar[str] = "ggml_embedding"

    def __init__(self, type_name: str, out_features: int, in_features: int, *, factor: float = 1.0) -> None:
        super().__init__(type_name, out_features, in_features)
        self.factor = factor

    def spec(self) -> dict[str, Any]:
        """Type, shape, factor."""
        return {**super().spec(), "factor": self.factor}

    @classmethod
    def from_spec(cls, spec: dict[str, Any], original: nn.Module) -> Self:
        """An equal on the meta device."""
        return cls(spec["type"], spec["outputs"], spec["inputs"], factor=spec["factor"])
