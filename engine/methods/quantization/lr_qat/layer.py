"""The layers of LR-QAT while they are trained; ``compressed()`` merges them into plain integers."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F

from engine.modules.quantized import Activations, QuantizedLinear
from engine.numerics.quantization import lr_qat
from engine.numerics.quantization.scheme import Quantized, Scheme
from engine.numerics.straight_through import as_stored


@dataclass(frozen=True)
class Form:
    """Options that the layers of one training share."""

    scheme: Scheme
    domain: Literal["log", "linear"]
    activations: Activations | None = None

    @property
    def grid(self) -> lr_qat.Grid:
        """The integers."""
        return lr_qat.Grid(self.scheme.number.bits)


class LearnedLinear(nn.Module, abc.ABC):
    """y = x Ŵᵀ + bias with learned scales (out, groups), which are rounded on the way as they will be stored. Their
    magnitudes learn; their signs stay as they started."""

    zeros: torch.Tensor | None
    signs: torch.Tensor
    bias: torch.Tensor | None

    def __init__(self, form: Form, start: Quantized, bias: torch.Tensor | None, transposed: bool) -> None:
        super().__init__()
        self.form, self.transposed = form, transposed
        self.out_features, self.in_features = start.codes.shape
        scales = start.scales.float().abs()
        self.scale = nn.Parameter(scales.log() if form.domain == "log" else scales)
        self.register_buffer("signs", start.scales.float().sign(), persistent=False)
        self.register_buffer("zeros", start.zero_points, persistent=False)
        self.register_buffer("bias", None if bias is None else bias.detach(), persistent=False)

    @abc.abstractmethod
    def product(self, x: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
        """x · Ŵᵀ."""

    @abc.abstractmethod
    def codes(self) -> torch.Tensor:
        """The integers as they are now, int8 (out, in)."""

    @abc.abstractmethod
    def first_codes(self) -> torch.Tensor:
        """The integers that training started with, int8 (out, in)."""

    @abc.abstractmethod
    def weight_parameters(self) -> list[nn.Parameter]:
        """Parameters that are trained beside the scales."""

    def scales(self) -> torch.Tensor:
        """(out, groups) float32, as they will be stored."""
        dtype = self.form.scheme.stored_scale
        values = self.scale.exp() if self.form.domain == "log" else self.scale
        return as_stored(values.clamp_min(1e-7), dtype) * self.signs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        if self.form.activations is not None:
            x = self.form.activations.rounded(x)
        output = self.product(x, self.scales())
        return output if self.bias is None else output + self.bias.to(output.dtype)

    @torch.no_grad()
    def watched_weight(self) -> torch.Tensor:
        """Ŵ as it is now, for `engine.training.weight_watch`."""
        return self.compressed().dense_weight()

    @torch.no_grad()
    def compressed(self) -> QuantizedLinear:
        """Plain integers: nothing is rounded that was not rounded before."""
        integers = QuantizedLinear(
            self.form.scheme,
            self.out_features,
            self.in_features,
            bias=self.bias,
            transposed=self.transposed,
            activations=self.form.activations,
        )
        integers.set_quantized(Quantized(self.codes(), self.scales().to(self.form.scheme.stored_scale), self.zeros))
        return integers


class LrQatLinear(LearnedLinear):
    """Ŵ = s · (clip(⌊Φ0 + (α/r) A B⌉) − z) with Φ0 frozen; without A and B only the scales are learned.

    factors: A (out, r) and B (r, in). keep: whether Ŵ is kept for the backward pass.
    """

    a: nn.Parameter | None
    b: nn.Parameter | None
    stored: torch.Tensor

    def __init__(
        self,
        form: Form,
        start: Quantized,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        *,
        base: lr_qat.Base,
        factors: tuple[torch.Tensor, torch.Tensor] | None,
        ratio: float = 1.0,
        transposed: bool = False,
        keep: bool = False,
    ) -> None:
        super().__init__(form, start, bias, transposed)
        self.base, self.ratio, self.keep = base, ratio, keep
        stored = lr_qat.down_cast(weight, start.scales, start.zero_points, base, form.grid)
        self.register_buffer("stored", stored, persistent=False)
        for index, name in enumerate(("a", "b")):
            self.register_parameter(name, None if factors is None else nn.Parameter(factors[index]))

    @property
    def frozen(self) -> lr_qat.Frozen:
        """The frozen part of the weight."""
        groups = self.scale.shape[1]
        return lr_qat.Frozen(self.stored, self.base, self.form.grid, self.in_features, groups, self.ratio, self.zeros)

    def product(self, x: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
        """x · Ŵᵀ."""
        if self.keep:
            return F.linear(x, lr_qat.quantized_weight(self.frozen, self.a, self.b, scales))
        return lr_qat.quantized_product(x, self.frozen, self.a, self.b, scales)

    def codes(self) -> torch.Tensor:
        """The integers as they are now."""
        return lr_qat.codes(self.frozen, self.a, self.b)

    def first_codes(self) -> torch.Tensor:
        """Those of the frozen weights alone."""
        return lr_qat.codes(self.frozen, None, None)

    def weight_parameters(self) -> list[nn.Parameter]:
        """A and B."""
        return [factor for factor in (self.a, self.b) if factor is not None]


class FullQatLinear(LearnedLinear):
    """Ŵ = s · (clip(⌊W / s + z⌉) − z): every weight is trained, scales as in LSQ."""

    first: torch.Tensor

    def __init__(
        self,
        form: Form,
        start: Quantized,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        *,
        transposed: bool = False,
    ) -> None:
        super().__init__(form, start, bias, transposed)
        self.weight = nn.Parameter(weight.float().contiguous())
        self.register_buffer("first", start.codes, persistent=False)

    def product(self, x: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
        """x · Ŵᵀ."""
        return F.linear(x, lr_qat.step_size_weight(self.weight, scales, self.zeros, self.form.grid))

    def codes(self) -> torch.Tensor:
        """The integers as they are now."""
        return lr_qat.step_size_codes(self.weight, self.scales(), self.zeros, self.form.grid)

    def first_codes(self) -> torch.Tensor:
        """Those of rounding to nearest."""
        return self.first

    def weight_parameters(self) -> list[nn.Parameter]:
        """All weights."""
        return [self.weight]
