"""A matrix as it is: a part of a layer that is made of several."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import torch
from torch import nn
from torch.nn import functional as F

from engine.modules.base import CompressedModule


class PlainLinear(CompressedModule):
    """y = x Wᵀ with a weight (out, in) that keeps its stored dtype while the numbers that reach it have another."""

    KIND: ClassVar[str] = "plain"
    weight: nn.Parameter

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.detach(), requires_grad=False)

    def dense_weight(self) -> torch.Tensor:
        """The weight in float32."""
        return self.weight.float()

    def cache_dense_weight(self, dtype: torch.dtype | None) -> None:
        """Nothing to unpack."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        return F.linear(x, self.weight.to(device=x.device, dtype=x.dtype))

    def packed_tensors(self) -> dict[str, torch.Tensor]:
        """``weight``."""
        return {"weight": self.weight.detach()}

    def spec(self) -> dict[str, Any]:
        """Shape."""
        return {"kind": self.KIND, "shape": list(self.weight.shape)}

    @classmethod
    def from_spec(cls, spec: dict[str, Any], original: nn.Module) -> Self:
        """An equal on the meta device."""
        return cls(torch.empty(spec["shape"], device="meta"))
