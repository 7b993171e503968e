"""Linear layers whose input is transformed at run time: rotated by a Hadamard transform, rounded token by token."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Self

import torch
from torch import nn

from engine.modules.base import CompressedModule, kind
from engine.modules.quantized import Activations
from engine.numerics.hadamard import Hadamard, hadamard


class RotatedLinear(CompressedModule):
    """y = Q(H x) Wᵀ + bias: H a Hadamard transform (or nothing), Q the rounding of activations (or nothing), W the
    weight of ``inner``, a compressed module with an (out, in) weight and without a bias.

    rotate: whether H is there; W then stands in rotated inputs, and its dense equal is W H. block: H rotates each so
        many inputs, 0: all together.
    transposed: it stands for a Conv1D, whose dense weight is (in, out).
    """

    KIND: ClassVar[str] = "rotated"
    ONLINE: ClassVar[str] = "rotates or rounds its input at run time"
    ADVICE: ClassVar[str] = "run SpinQuant in its variant 'no-had' with 16-bit keys and values"
    bias: nn.Parameter | None

    def __init__(
        self,
        inner: CompressedModule,
        in_features: int,
        *,
        rotate: bool,
        block: int = 0,
        activations: Activations | None = None,
        bias: torch.Tensor | None = None,
        transposed: bool = False,
    ) -> None:
        super().__init__()
        self.inner = inner
        self.block = block
        self.in_features = in_features
        self.rotate = rotate
        self.activations = activations
        self.bias = None if bias is None else nn.Parameter(bias.detach(), requires_grad=False)
        self.transposed = transposed

    @property
    def transform(self) -> Hadamard:
        """H."""
        return hadamard(self.in_features, self.block)

    def rotated(self, x: torch.Tensor) -> torch.Tensor:
        """The input (…, in) rotated, not rounded yet."""
        if not self.rotate:
            return x
        wide = x.float() if x.dtype.itemsize < 4 else x
        return self.transform.apply(wide).to(x.dtype)

    def transform_input(self, x: torch.Tensor) -> torch.Tensor:
        """The input that the weight is multiplied with: (…, in) rotated and rounded."""
        x = self.rotated(x)
        return x if self.activations is None else self.activations.rounded(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        y: torch.Tensor = self.inner(self.transform_input(x))
        return y if self.bias is None else y + self.bias.to(y)

    def dense_weight(self) -> torch.Tensor:
        """W H in float32, oriented like the weight of the layer it replaced."""
        weight = self.inner.dense_weight()
        if self.rotate:  # rows of W H are Hᵀ times rows of W
            weight = self.transform.undo(weight.double()).float()
        return weight.t() if self.transposed else weight

    def cache_dense_weight(self, dtype: torch.dtype | None) -> None:
        """The inner weight is held."""
        self.inner.cache_dense_weight(dtype)

    def use_kernels(self, enabled: bool) -> tuple[str, ...]:
        """Those of the inner module."""
        return self.inner.use_kernels(enabled)

    def connect(self, root: nn.Module) -> None:
        """The inner module may need it."""
        self.inner.connect(root)

    def packed_tensors(self) -> dict[str, torch.Tensor]:
        """Those of the inner module under ``inner.``, and ``bias`` if there is one."""
        tensors = {f"inner.{name}": tensor for name, tensor in self.inner.packed_tensors().items()}
        return tensors if self.bias is None else {**tensors, "bias": self.bias.detach()}

    def spec(self) -> dict[str, Any]:
        """The inner module, what is done to the input, whether there is a bias, orientation."""
        return {
            "kind": self.KIND,
            "inner": self.inner.spec(),
            "inputs": self.in_features,
            "rotate": self.rotate,
            "block": self.block,
            "activations": None if self.activations is None else dataclasses.asdict(self.activations),
            "bias": None if self.bias is None else len(self.bias),
            "transposed": self.transposed,
        }

    @classmethod
    def from_spec(cls, spec: dict[str, Any], original: nn.Module) -> Self:
        """An equal on the meta device."""
        activations, bias = spec["activations"], spec["bias"]
        return cls(
            kind(spec["inner"]["kind"]).from_spec(spec["inner"], original),
            spec["inputs"],
            rotate=spec["rotate"],
            block=spec.get("block", 0),
            activations=None if activations is None else Activations(**activations),
            bias=None if bias is None else torch.empty(bias, device="meta"),
            transposed=spec["transposed"],
        )

    def extra_repr(self) -> str:
        return "rotated" if self.rotate else "rounded"
