"""LR-QAT: a low-rank term inside the rounding (Bondarenko et al. 2024, arXiv 2406.06385). A weight is (out, in).

    Ŵ = s · (clip(⌊Φ0 + (α/r) A B⌉, −2^(b−1), 2^(b−1) − 1) − z)        (eq. 8; z = 0 if symmetric)

Φ0 = φ(W0 / s0 + z) is frozen, s is learned apart from the s0 that made Φ0; rounding passes gradients as if it were not
there, clipping lets none through. Scales and zero points are (out, groups), a group being a run of inputs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch.nn import functional as F

from engine.numerics.quantization import packing
from engine.numerics.straight_through import straight_through

Base = Literal["float32", "bfloat16", "float16", "fixed8", "integer"]
"""Storage of Φ0; "fixed8": 8-bit fixed point with 8 − b bits after the point (Q4.4 for b = 4); "integer": the
rounded integers only, packed."""


@dataclass(frozen=True)
class Grid:
    """The integers of ``bits`` bits."""

    bits: int

    @property
    def low(self) -> int:
        """The smallest."""
        return -(1 << (self.bits - 1))

    @property
    def high(self) -> int:
        """The largest."""
        return (1 << (self.bits - 1)) - 1


def down_cast(
    weight: torch.Tensor, scales: torch.Tensor, zeros: torch.Tensor | None, base: Base, grid: Grid
) -> torch.Tensor:
    """Φ0 as it is stored, from a weight (out, in) and the scales that it starts with. ``zeros``: None if symmetric.

    "fixed8" and "integer" hold what lies inside the range only, as clipping gives it anyway. ValueError where the
    fixed point has no place (b = 8).
    """
    outputs, inputs = weight.shape
    grouped = weight.float().view(outputs, scales.shape[1], -1) / scales.float()[:, :, None]
    values = (grouped if zeros is None else grouped + zeros.float()[:, :, None]).view(outputs, inputs)
    if base == "fixed8":
        if grid.bits > 7:
            raise ValueError("8-bit fixed point has no bits left after the point of 8-bit integers")
        step = 1 << (8 - grid.bits)
        return (values.clamp_(grid.low, grid.high) * step).round_().to(torch.int8)
    if base == "integer":
        codes = values.round_().clamp_(grid.low, grid.high).sub_(grid.low).to(torch.uint8)
        return packing.pack(codes, grid.bits)
    dtype = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[base]
    return values.to(dtype)


def up_cast(stored: torch.Tensor, base: Base, grid: Grid, inputs: int) -> torch.Tensor:
    """Φ0 in float32, (out, in), a tensor of its own."""
    if base == "fixed8":
        return stored.to(torch.float32).mul_(1.0 / (1 << (8 - grid.bits)))
    if base == "integer":
        return packing.unpack(stored, grid.bits, inputs).to(torch.float32).add_(grid.low)
    return stored.to(torch.float32, copy=True)


@dataclass(frozen=True)
class Frozen:
    """The frozen part: Φ0 as it is stored, the zero points (out, groups), α/r, and the shape of the grid."""

    stored: torch.Tensor
    base: Base
    grid: Grid
    inputs: int
    groups: int
    ratio: float
    zeros: torch.Tensor | None = None

    def position(self, a: torch.Tensor | None, b: torch.Tensor | None) -> torch.Tensor:
        """Φ0 + (α/r) A B: where every weight lies on the grid, float32 (out, in)."""
        position = up_cast(self.stored, self.base, self.grid, self.inputs)
        return position if a is None or b is None else position.addmm_(a.float(), b.float(), alpha=self.ratio)

    def per_group(self, values: torch.Tensor) -> torch.Tensor:
        """(out, in) seen as (out, groups, size)."""
        return values.view(values.shape[0], self.groups, -1)

    def steps(self, position: torch.Tensor) -> torch.Tensor:
        """Integers minus zero points, (out, in), from positions, which are overwritten."""
        codes = position.round_().clamp_(self.grid.low, self.grid.high)
        if self.zeros is not None:
            self.per_group(codes).sub_(self.zeros.float()[:, :, None])
        return codes

    def inside(self, position: torch.Tensor) -> torch.Tensor:
        """True for weights that are not clipped, (out, in)."""
        rounded = position.round()
        return (rounded >= self.grid.low) & (rounded <= self.grid.high)


def codes(frozen: Frozen, a: torch.Tensor | None, b: torch.Tensor | None) -> torch.Tensor:
    """The integers, int8 (out, in): the merge."""
    return frozen.position(a, b).round_().clamp_(frozen.grid.low, frozen.grid.high).to(torch.int8)


def quantized_weight(
    frozen: Frozen, a: torch.Tensor | None, b: torch.Tensor | None, scales: torch.Tensor
) -> torch.Tensor:
    """Ŵ (out, in) by automatic differentiation, which saves every step of it. A (out, r), B (r, in)."""
    position = up_cast(frozen.stored, frozen.base, frozen.grid, frozen.inputs)
    if a is not None and b is not None:
        position = position + frozen.ratio * (a @ b)
    rounded = straight_through(position, position.detach().round())
    steps = rounded.clamp(frozen.grid.low, frozen.grid.high)
    grouped = frozen.per_group(steps)
    if frozen.zeros is not None:
        grouped = grouped - frozen.zeros.float()[:, :, None]
    return (grouped * scales[:, :, None]).view_as(steps)


class _Product(torch.autograd.Function):
    """x Ŵᵀ that saves x and the trained factors only: Ŵ is computed again in the backward pass."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        a: torch.Tensor | None,
        b: torch.Tensor | None,
        scales: torch.Tensor,
        frozen: Frozen,
    ) -> torch.Tensor:
        ctx.save_for_backward(x, a, b, scales)
        ctx.frozen = frozen
        return F.linear(x, _scaled(frozen, frozen.steps(frozen.position(a, b)), scales).to(x.dtype))

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, a, b, scales = ctx.saved_tensors
        frozen: Frozen = ctx.frozen
        (upper,) = gradients
        position = frozen.position(a, b)
        inside = frozen.inside(position) if ctx.needs_input_grad[1] or ctx.needs_input_grad[2] else None
        steps = frozen.steps(position)
        for_weight = (upper.flatten(0, -2).t() @ x.flatten(0, -2).to(upper.dtype)).float()
        for_scales = None
        if ctx.needs_input_grad[3]:
            for_scales = torch.linalg.vecdot(frozen.per_group(for_weight), frozen.per_group(steps)).to(scales.dtype)
        for_x = None
        if ctx.needs_input_grad[0]:
            for_x = (upper @ _scaled(frozen, steps, scales).to(upper.dtype)).to(x.dtype)
        for_a = for_b = None
        if inside is not None and a is not None and b is not None:
            low_rank = _scaled(frozen, for_weight.mul_(inside), scales)
            for_a = (low_rank @ b.float().t()).mul_(frozen.ratio).to(a.dtype)
            for_b = (a.float().t() @ low_rank).mul_(frozen.ratio).to(b.dtype)
        return for_x, for_a, for_b, for_scales, None


def _scaled(frozen: Frozen, values: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    """Values (out, in) times the scale of their group, in place."""
    frozen.per_group(values).mul_(scales.float()[:, :, None])
    return values


def quantized_product(
    x: torch.Tensor, frozen: Frozen, a: torch.Tensor | None, b: torch.Tensor | None, scales: torch.Tensor
) -> torch.Tensor:
    """x · Ŵᵀ, (…, in) -> (…, out): as with `quantized_weight`, in less memory."""
    product = _Product.apply(x, a, b, scales, frozen)  # type: ignore[no-untyped-call]
    assert isinstance(product, torch.Tensor)
    return product


class _StepSize(torch.autograd.Function):
    """Fake quantization with a learned scale (LSQ, Esser et al. 2020, arXiv 1902.08153, eq. 3)."""

    @staticmethod
    def forward(
        ctx: Any, weight: torch.Tensor, scales: torch.Tensor, zeros: torch.Tensor | None, grid: Grid
    ) -> torch.Tensor:
        ctx.save_for_backward(weight, scales, zeros)
        ctx.grid = grid
        return _fake(weight, scales, zeros, grid)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        weight, scales, zeros = ctx.saved_tensors
        grid: Grid = ctx.grid
        outputs, groups = scales.shape
        shift = 0 if zeros is None else zeros.float()[:, :, None]
        position = weight.view(outputs, groups, -1) / scales[:, :, None] + shift
        rounded = position.round()
        inside = (rounded >= grid.low) & (rounded <= grid.high)
        difference = rounded.clamp_(grid.low, grid.high).sub_(shift).sub_((position - shift) * inside)
        upper = gradients[0].view_as(position)
        for_scales = torch.linalg.vecdot(upper, difference)
        return (upper * inside).view_as(weight), for_scales, None, None


def step_size_codes(weight: torch.Tensor, scales: torch.Tensor, zeros: torch.Tensor | None, grid: Grid) -> torch.Tensor:
    """The integers of full quantization-aware training, int8 (out, in)."""
    return _nearest(weight, scales, zeros, grid).to(torch.int8).view_as(weight)


def _nearest(weight: torch.Tensor, scales: torch.Tensor, zeros: torch.Tensor | None, grid: Grid) -> torch.Tensor:
    """Integers in float32, (out, groups, size)."""
    outputs, groups = scales.shape
    position = weight.detach().view(outputs, groups, -1) / scales.detach()[:, :, None]
    if zeros is not None:
        position += zeros.float()[:, :, None]
    return position.round_().clamp_(grid.low, grid.high)


def _fake(weight: torch.Tensor, scales: torch.Tensor, zeros: torch.Tensor | None, grid: Grid) -> torch.Tensor:
    steps = _nearest(weight, scales, zeros, grid)
    if zeros is not None:
        steps -= zeros.float()[:, :, None]
    return steps.mul_(scales[:, :, None]).view_as(weight)


def step_size_weight(
    weight: torch.Tensor, scales: torch.Tensor, zeros: torch.Tensor | None, grid: Grid
) -> torch.Tensor:
    """Ŵ of full quantization-aware training: every weight is trained, and the scales as in LSQ."""
    weight_q = _StepSize.apply(weight, scales, zeros, grid)  # type: ignore[no-untyped-call]
    assert isinstance(weight_q, torch.Tensor)
    return weight_q


def factor(rank: int, inputs: int, generator: torch.Generator) -> torch.Tensor:
    """B (rank, inputs) as it starts: uniform as kaiming_uniform with a = √5 makes it; A starts at zero."""
    bound = 1.0 / math.sqrt(inputs)
    return torch.empty(rank, inputs).uniform_(-bound, bound, generator=generator)
