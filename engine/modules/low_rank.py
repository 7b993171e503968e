"""Low-rank layers: two skinny matrices in the place of one, each plain or quantized, and their trainable form."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import torch
from torch import nn

from engine.modules.base import CompressedModule, kind
from engine.modules.plain import PlainLinear


class LowRankLinear(CompressedModule):
    """y = B A x + bias, with A (r, in) called ``first`` and B (out, r) called ``second``.

    Both are compressed modules of any kind with (out, in) weights and without a bias: plain matrices, or quantized ones
    where a method put them in their place.

    order: int32 (out,), or None. With it ``first`` holds r of the layer's own rows and ``second`` (out − r, r) what
        the others are made of: y = cat(A x, B A x)[order] ("pivoted", see `engine.numerics.svd.pivoted`).
    transposed: it stands for a Conv1D, whose dense weight is (in, out).
    """

    KIND: ClassVar[str] = "low_rank"
    order: torch.Tensor | None
    bias: nn.Parameter | None

    def __init__(
        self,
        first: CompressedModule,
        second: CompressedModule,
        *,
        bias: torch.Tensor | None = None,
        order: torch.Tensor | None = None,
        transposed: bool = False,
    ) -> None:
        super().__init__()
        self.first, self.second = first, second
        self.register_buffer("order", order)
        self.bias = None if bias is None else nn.Parameter(bias.detach(), requires_grad=False)
        self.transposed = transposed

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        inner = self.first(x)
        y: torch.Tensor = self.second(inner)
        if self.order is not None:
            y = torch.cat([inner, y], -1).index_select(-1, self.order)
        return y if self.bias is None else y + self.bias.to(y)

    def matrices(self) -> tuple[torch.Tensor, torch.Tensor]:
        """A (r, in) and B (out, r) in float32, so that the weight is B A; unfolded where they are pivoted."""
        first, second = self.first.dense_weight(), self.second.dense_weight()
        if self.order is not None:
            identity = torch.eye(len(first), dtype=first.dtype, device=first.device)
            second = torch.cat([identity, second]).index_select(0, self.order)
        return first, second

    def dense_weight(self) -> torch.Tensor:
        """B A in float32, oriented like the weight of the layer it replaced."""
        first, second = self.matrices()
        return (second @ first).t() if self.transposed else second @ first

    def cache_dense_weight(self, dtype: torch.dtype | None) -> None:
        """Each factor holds its own: two skinny products are faster than one with the product of both."""
        self.first.cache_dense_weight(dtype)
        self.second.cache_dense_weight(dtype)

    def use_kernels(self, enabled: bool) -> tuple[str, ...]:
        """Those of both factors."""
        return *self.first.use_kernels(enabled), *self.second.use_kernels(enabled)

    def trainable(self) -> LowRankTraining | None:
        """Both factors and the bias as float32 parameters; None where one of them is quantized."""
        plain = isinstance(self.first, PlainLinear) and isinstance(self.second, PlainLinear)
        return LowRankTraining(self) if plain else None

    def packed_tensors(self) -> dict[str, torch.Tensor]:
        """Those of both factors under ``first.`` and ``second.``; ``order`` and ``bias`` as far as they are there."""
        tensors = {
            f"{part}.{name}": tensor
            for part in ("first", "second")
            for name, tensor in getattr(self, part).packed_tensors().items()
        }
        if self.order is not None:
            tensors["order"] = self.order
        if self.bias is not None:
            tensors["bias"] = self.bias.detach()
        return tensors

    def spec(self) -> dict[str, Any]:
        """A description: both factors, the outputs if they are reordered, bias, orientation."""
        return {
            "kind": self.KIND,
            "first": self.first.spec(),
            "second": self.second.spec(),
            "order": None if self.order is None else len(self.order),
            "bias": None if self.bias is None else len(self.bias),
            "transposed": self.transposed,
        }

    @classmethod
    def from_spec(cls, spec: dict[str, Any], original: nn.Module) -> Self:
        """An equal on the meta device."""
        first, second = (kind(spec[part]["kind"]).from_spec(spec[part], original) for part in ("first", "second"))
        order, bias = spec["order"], spec["bias"]
        return cls(
            first,
            second,
            bias=None if bias is None else torch.empty(bias, device="meta"),
            order=None if order is None else torch.empty(order, dtype=torch.int32, device="meta"),
            transposed=spec["transposed"],
        )


class LowRankTraining(nn.Module):
    """A low-rank layer whose factors are trained in float32; the rank stays."""

    def __init__(self, layer: LowRankLinear) -> None:
        super().__init__()
        self.layer = layer
        self._stored = {name: parameter.dtype for name, parameter in layer.named_parameters()}
        for parameter in layer.parameters():
            parameter.data = parameter.data.float()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        y: torch.Tensor = self.layer(x)
        return y

    def compressed(self) -> LowRankLinear:
        """The layer, in the dtypes that it was stored in."""
        for name, parameter in self.layer.named_parameters():
            parameter.data = parameter.data.to(self._stored[name])
        return self.layer
