"""A linear layer with ternary weights, packed."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import torch
from torch import nn
from torch.nn import functional as F

from engine.plugin import CompressedModule, pack, packed_width, unpack

BITS = 2


class TernaryLinear(CompressedModule):
    """y = x (α ⊙ T)ᵀ + bias with T in {−1, 0, 1}.

    Tensors: ``codes`` uint8 (out, ⌈in/4⌉), T + 1 in two bits; ``scale`` float16 (out), the α; ``bias`` as it was.
    transposed: it stands for a Conv1D, whose dense weight is (in, out).
    """

    KIND: ClassVar[str] = "ternary"
    codes: torch.Tensor
    scale: torch.Tensor
    bias: torch.Tensor | None

    def __init__(self, rows: int, columns: int, bias: torch.Tensor | None = None, transposed: bool = False) -> None:
        super().__init__()
        self.rows, self.columns, self.transposed = rows, columns, transposed
        shape = (rows, packed_width(columns, BITS))
        self.register_buffer("codes", torch.empty(shape, dtype=torch.uint8, device="meta"))
        self.register_buffer("scale", torch.empty(rows, dtype=torch.float16, device="meta"))
        self.register_buffer("bias", None if bias is None else bias.detach())

    @classmethod
    def of(cls, weight: torch.Tensor, threshold: float, bias: torch.Tensor | None, transposed: bool) -> Self:
        """From a dense weight (out, in). Δ = threshold · mean|w| of the row, T = sign(w) where |w| > Δ, α = the mean
        |w| there (equations 5 and 6 of the paper)."""
        layer = cls(*weight.shape, bias, transposed)
        size = weight.float().abs()
        is_large = size > threshold * size.mean(1, keepdim=True)
        layer.scale = ((size * is_large).sum(1) / is_large.sum(1).clamp(min=1)).to(torch.float16)
        layer.codes = pack((torch.sign(weight.float()) * is_large + 1).to(torch.uint8), BITS)
        return layer

    def dense_weight(self) -> torch.Tensor:
        """α ⊙ T in float32, oriented like the weight of the layer that it replaced."""
        ternary = unpack(self.codes, BITS, self.columns).float() - 1
        dense = ternary * self.scale.float()[:, None]
        return dense.t() if self.transposed else dense

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        weight = self.weight_for(x)
        bias = None if self.bias is None else self.bias.to(device=x.device, dtype=x.dtype)
        return F.linear(x, weight.t() if self.transposed else weight, bias)

    def packed_tensors(self) -> dict[str, torch.Tensor]:
        """``codes``, ``scale`` and, if there is one, ``bias``."""
        return dict(self.named_buffers(recurse=False))

    def bits(self) -> int:
        """All bits of the packed tensors."""
        return sum(8 * tensor.numel() * tensor.element_size() for tensor in self.packed_tensors().values())

    def spec(self) -> dict[str, Any]:
        """Shape, bias, orientation."""
        shape = {"rows": self.rows, "columns": self.columns}
        return {"kind": self.KIND, **shape, "bias": self.bias is not None, "transposed": self.transposed}

    @classmethod
    def from_spec(cls, spec: dict[str, Any], original: nn.Module) -> Self:
        """An equal on the meta device."""
        bias = torch.empty(spec["rows"], device="meta") if spec["bias"] else None
        return cls(spec["rows"], spec["columns"], bias, spec["transposed"])
