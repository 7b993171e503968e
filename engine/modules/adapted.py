"""Layers with a low-rank update beside them that was learned (LoRA, arXiv 2106.09685): the base stays as it is."""

from __future__ import annotations

from typing import Any, ClassVar, Self, cast

import torch
from torch import nn
from torch.nn import functional as F

from engine.modules.base import CompressedModule, kind
from engine.modules.plain import PlainLinear
from engine.modules.sparse import SparseLinear
from engine.numerics import adapters


class AdaptedLinear(CompressedModule):
    """y = f ⊙ (W x + s B A x) + bias, with A (r, in) in ``lora_A`` and B (out, r) in ``lora_B``; artifacts hold them
    as ``first`` and ``second``.

    base: W, a compressed module of any kind; its bias is taken over.
    factor: (out,), or None: what DoRA (arXiv 2402.09353) multiplies each output by.
    masked: where W is zero, the update is too: pruned weights stay pruned.
    transposed: it stands for a Conv1D, whose dense weight is (in, out); A and B are as ever.
    """

    KIND: ClassVar[str] = "adapted"
    first: nn.Parameter
    second: nn.Parameter
    factor: nn.Parameter | None
    bias: nn.Parameter | None

    def __init__(
        self,
        base: CompressedModule,
        lora_a: torch.Tensor,
        lora_b: torch.Tensor,
        scale: float,
        *,
        factor: torch.Tensor | None = None,
        bias: torch.Tensor | None = None,
        masked: bool = False,
        transposed: bool = False,
    ) -> None:
        super().__init__()
        self.base, self.scale, self.masked, self.transposed = base, scale, masked, transposed
        self.first = nn.Parameter(lora_a.detach(), requires_grad=False)
        self.second = nn.Parameter(lora_b.detach(), requires_grad=False)
        self.factor = None if factor is None else nn.Parameter(factor.detach(), requires_grad=False)
        if getattr(base, "bias", None) is not None:
            bias, base.bias = base.bias, None  # type: ignore[assignment]
        self.bias = None if bias is None else nn.Parameter(bias.detach(), requires_grad=False)

    @property
    def lora_A(self) -> nn.Parameter:
        """A, (r, in)."""
        return self.first

    @property
    def lora_B(self) -> nn.Parameter:
        """B, (out, r)."""
        return self.second

    @property
    def online(self) -> str:
        """The base's effect on activations."""
        return self.base.online

    @property
    def advice(self) -> str:
        """As the base says."""
        return self.base.advice

    def base_matrix(self) -> torch.Tensor:
        """W in float32, (out, in)."""
        weight = self.base.dense_weight()
        return weight.t() if getattr(self.base, "transposed", False) else weight

    def mask(self) -> torch.Tensor | None:
        """The mask of the update, (out, in) bool; None: it may be everywhere."""
        if not self.masked:
            return None
        return self.base.kept_mask() if isinstance(self.base, SparseLinear) else self.base_matrix() != 0

    def matrix(self) -> torch.Tensor:
        """f ⊙ (W + s B A) in float32, (out, in); added up in float64."""
        merged = adapters.merged(self.base_matrix(), self.lora_A, self.lora_B, self.scale, mask=self.mask())
        merged = merged if self.factor is None else merged * self.factor.double()[:, None]
        return merged.float()

    def dense_weight(self) -> torch.Tensor:
        """The merged weight in float32, oriented like that of the layer it replaced."""
        return self.matrix().t() if self.transposed else self.matrix()

    def cache_dense_weight(self, dtype: torch.dtype | None) -> None:
        """The base's weight is held, and the merged one where the update is masked."""
        self.base.cache_dense_weight(dtype)
        if self.masked:
            self._dense = None if dtype is None else self.matrix().to(dtype)

    def use_kernels(self, enabled: bool) -> tuple[str, ...]:
        """Those of the base, unless its weight is merged with the update."""
        return () if self.masked else self.base.use_kernels(enabled)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        if self.masked:
            weight = self.matrix() if self._dense is None else self._dense
            y = F.linear(x, weight.to(device=x.device, dtype=x.dtype))
        else:
            update = F.linear(F.linear(x, self.lora_A.to(x)), self.lora_B.to(x))
            y = self.base(x) + self.scale * update
            y = y if self.factor is None else y * self.factor.to(y)
        return y if self.bias is None else y + self.bias.to(y)

    def connect(self, root: nn.Module) -> None:
        """The base may need it."""
        self.base.connect(root)

    def trainable(self) -> AdaptedTraining:
        """The update, and of the base what can be trained."""
        return AdaptedTraining(self)

    def packed_tensors(self) -> dict[str, torch.Tensor]:
        """Those of the base under ``base.``; ``first``, ``second``, ``factor``, ``bias`` as far as they are there."""
        tensors = {f"base.{name}": tensor for name, tensor in self.base.packed_tensors().items()}
        return tensors | {name: tensor.detach() for name, tensor in self.named_parameters(recurse=False)}

    def spec(self) -> dict[str, Any]:
        """The base, shape, rank, scale, whether there are a factor and a bias, mask, orientation."""
        return {
            "kind": self.KIND,
            "base": self.base.spec(),
            "shape": [self.lora_B.shape[0], self.lora_A.shape[1]],
            "rank": self.lora_A.shape[0],
            "scale": self.scale,
            "factor": self.factor is not None,
            "bias": self.bias is not None,
            "masked": self.masked,
            "transposed": self.transposed,
        }

    @classmethod
    def from_spec(cls, spec: dict[str, Any], original: nn.Module) -> Self:
        """An equal on the meta device."""
        (outputs, inputs), rank = spec["shape"], spec["rank"]
        return cls(
            kind(spec["base"]["kind"]).from_spec(spec["base"], original),
            torch.empty(rank, inputs, device="meta"),
            torch.empty(outputs, rank, device="meta"),
            spec["scale"],
            factor=torch.empty(outputs, device="meta") if spec["factor"] else None,
            bias=torch.empty(outputs, device="meta") if spec["bias"] else None,
            masked=spec["masked"],
            transposed=spec["transposed"],
        )

    def extra_repr(self) -> str:
        return f"rank {self.lora_A.shape[0]}"


class AdaptedTraining(nn.Module):
    """An adapted layer in training: A, B, the factor and the bias in float32, and the base in its own trainable form,
    if it has one."""

    first: nn.Parameter
    second: nn.Parameter
    factor: nn.Parameter | None
    bias: nn.Parameter | None
    mask: torch.Tensor | None

    def __init__(self, layer: AdaptedLinear) -> None:
        super().__init__()
        self.scale, self.transposed, self.masked = layer.scale, layer.transposed, layer.masked
        self._stored = {name: parameter.dtype for name, parameter in layer.named_parameters(recurse=False)}
        self.register_buffer("mask", layer.mask(), persistent=False)
        for name in ("first", "second", "factor", "bias"):
            value = getattr(layer, name)
            self.register_parameter(name, None if value is None else nn.Parameter(value.detach().float()))
        self._plain = layer.base.weight.dtype if isinstance(layer.base, PlainLinear) else None
        if isinstance(layer.base, PlainLinear):
            layer.base.weight.data = layer.base.weight.data.float()
        self.base = layer.base.trainable() or layer.base

    @property
    def lora_A(self) -> nn.Parameter:
        """A, (r, in)."""
        return self.first

    @property
    def lora_B(self) -> nn.Parameter:
        """B, (out, r)."""
        return self.second

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        if self.mask is None:
            update = F.linear(F.linear(x, self.lora_A), self.lora_B)
        else:
            update = F.linear(x, (self.lora_B @ self.lora_A) * self.mask)
        y: torch.Tensor = self.base(x) + self.scale * update
        y = y if self.factor is None else y * self.factor
        return y if self.bias is None else y + self.bias

    def compressed(self) -> AdaptedLinear:
        """The layer, in the dtypes that it was stored in."""
        base: nn.Module = self.base
        if not isinstance(base, CompressedModule):
            base = cast(Any, base).compressed()
        if isinstance(base, PlainLinear) and self._plain is not None:
            base.weight.data = base.weight.data.to(self._plain)
        assert isinstance(base, CompressedModule)
        base.cache_dense_weight(None)
        own = {
            name: None if value is None else value.detach().to(self._stored[name])
            for name, value in ((name, getattr(self, name)) for name in ("first", "second", "factor", "bias"))
        }
        lora_a, lora_b = own["first"], own["second"]
        assert lora_a is not None and lora_b is not None
        return AdaptedLinear(
            base,
            lora_a,
            lora_b,
            self.scale,
            factor=own["factor"],
            bias=own["bias"],
            masked=self.masked,
            transposed=self.transposed,
        )
