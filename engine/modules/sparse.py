"""Pruned layers: one bit per weight that says whether it is kept, and the kept weights in order."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import torch
from torch import nn
from torch.nn import functional as F

from engine.modules.base import CompressedLinear
from engine.numerics.quantization import packing


class SparseLinear(CompressedLinear):
    """A linear layer of whose weights (out, in) only some are there; the others are exactly zero.

    ``mask`` uint8 (out, ⌈in/8⌉), bit i of a row for input i; ``values`` (kept,) row by row, in the dtype that the
    weight was stored in; the bias as it is. ``transposed``: it stands for a Conv1D, whose dense weight is (in, out).
    """

    KIND: ClassVar[str] = "sparse"
    mask: torch.Tensor
    values: torch.Tensor
    bias: torch.Tensor | None

    def __init__(
        self,
        out_features: int,
        in_features: int,
        kept: int,
        *,
        bias: torch.Tensor | None = None,
        transposed: bool = False,
    ) -> None:
        super().__init__()
        self.out_features = out_features
        self.in_features = in_features
        self.kept = kept
        self.transposed = transposed
        width = packing.packed_width(in_features, 1)
        self.register_buffer("mask", torch.empty(out_features, width, dtype=torch.uint8, device="meta"))
        self.register_buffer("values", torch.empty(kept, device="meta"))
        self.register_buffer("bias", None if bias is None else bias.detach())

    @classmethod
    def of(
        cls,
        weight: torch.Tensor,
        mask: torch.Tensor,
        *,
        dtype: torch.dtype | None = None,
        bias: torch.Tensor | None = None,
        transposed: bool = False,
    ) -> Self:
        """The layer that keeps the weights (out, in) where ``mask`` (out, in, bool) is true, stored in ``dtype`` (their
        own if it is missing)."""
        out_features, in_features = weight.shape
        layer = cls(out_features, in_features, int(mask.sum()), bias=bias, transposed=transposed)
        layer.mask = packing.pack(mask.to(torch.uint8), 1)
        layer.values = weight.detach()[mask].to(dtype or weight.dtype)
        return layer

    def kept_mask(self) -> torch.Tensor:
        """(out, in) bool: which weights are there."""
        return packing.unpack(self.mask, 1, self.in_features).bool()

    def matrix(self) -> torch.Tensor:
        """The weight as float32 (out, in)."""
        weight = torch.zeros(self.out_features, self.in_features, device=self.values.device)
        return weight.masked_scatter_(self.kept_mask(), self.values.float())

    @property
    def exact_dtype(self) -> torch.dtype:
        """The dtype of the nonzero weights."""
        return self.values.dtype

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        weight = self.weight_for(x)
        return F.linear(x, weight.t() if self.transposed else weight, None if self.bias is None else self.bias.to(x))

    def trainable(self) -> nn.Module:
        """The same with a dense parameter; what is not kept stays zero."""
        return MaskedLinear(self)

    def form_spec(self) -> dict[str, Any]:
        """The number of nonzero weights."""
        return {"kept": self.kept}

    @classmethod
    def form_arguments(cls, spec: dict[str, Any]) -> dict[str, Any]:
        """The number of nonzero weights."""
        return {"kept": spec["kept"]}

    def extra_repr(self) -> str:
        return f"{self.out_features}, {self.in_features}, {self.kept} kept"


class MaskedLinear(nn.Module):
    """A linear layer in training: ``weight`` (out, in) is a float32 parameter, ``mask`` a constant. The product with
    the mask is what computes, so that no optimizer, decay or noise brings a weight back."""

    weight: nn.Parameter
    bias: nn.Parameter | None
    mask: torch.Tensor

    def __init__(self, sparse: SparseLinear) -> None:
        super().__init__()
        self.transposed = sparse.transposed
        self._dtypes = (sparse.values.dtype, None if sparse.bias is None else sparse.bias.dtype)
        self.weight = nn.Parameter(sparse.matrix())
        self.register_buffer("mask", sparse.kept_mask(), persistent=False)
        self.bias = None if sparse.bias is None else nn.Parameter(sparse.bias.float())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        return F.linear(x, self.weight * self.mask, self.bias)

    def compressed(self) -> SparseLinear:
        """The packed layer with the weights as they are now, in the dtypes that it had."""
        bias = None if self.bias is None else self.bias.detach().to(self._dtypes[1])
        dtype = self._dtypes[0]
        return SparseLinear.of(self.weight, self.mask, dtype=dtype, bias=bias, transposed=self.transposed)
