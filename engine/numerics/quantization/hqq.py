"""Half-quadratic quantization (HQQ): zero points that make a norm below 1 of the weights' errors small, without data.

Badri and Shaji 2023, "Half-Quadratic Quantization of Large Machine Learning Models" (Mobius Labs). The problem
min_z φ(W − Q_z⁻¹(Q_z(W))) with φ = ‖·‖ₚᵖ, p < 1, is split with a slack E (equation 2 there) and solved in turns:

- E ← shrink(W − Ŵ, β), the generalized soft threshold sign(x)·max(0, |x| − |x|^(p−1)/β) (equation 4);
- z ← the mean over a group of W_q − (W − E)/s (equation 6);
- β ← κ·β.
"""

from __future__ import annotations

import torch

from engine.numerics.quantization.codes import restore, rounded_codes
from engine.numerics.quantization.quantize import quantize_unchecked
from engine.numerics.quantization.ranges import refuse_infinite, rows_at_once
from engine.numerics.quantization.scheme import Quantized, Scheme


def shrink(errors: torch.Tensor, slope: torch.Tensor, beta: float) -> torch.Tensor:
    """The generalized soft threshold of `errors`, elementwise: 0 where |x| ≤ |x|^(p−1)/β. ``slope``: see `slope_of`."""
    return (errors.abs() - slope / beta).clamp_(min=0).copysign_(errors)


def slope_of(errors: torch.Tensor, p: float) -> torch.Tensor:
    """|x|^(p−1), elementwise: the one power of a step, which takes most of its time."""
    return errors.abs().clamp_(min=1e-12).pow_(p - 1)


def half_quadratic(
    weight: torch.Tensor, scheme: Scheme, *, p: float = 0.7, beta: float = 10.0, kappa: float = 1.01, steps: int = 20
) -> Quantized:
    """Quantize a floating (out, in) weight to asymmetric integers with floating minima.

    The scale of a group is that of its whole range; its minimum is optimized, in units of the scale, so that the result
    does not depend on the size of the weights. Of all minima that the iteration gives, each as it is stored, a group
    keeps the one with the smallest Σ|w − ŵ|ᵖ: never worse than its whole range.

    Parameters
    ----------
    scheme: integers, not symmetric, ``zero_point`` "float".
    p: of the norm, 0 < p ≤ 1. beta: β of the first step. kappa: factor of β after each step. steps: at most so many.

    Raises ValueError for another scheme, a NaN, an infinity, or scales beyond their dtype.
    """
    if scheme.number.kind != "integer" or scheme.zero_point != "float":
        raise ValueError("half-quadratic quantization optimizes floating minima of asymmetric integers")
    if not 0 < p <= 1:
        raise ValueError(f"p is {p}, not in (0, 1]")
    start = quantize_unchecked(weight, scheme)
    refuse_infinite(weight, start.scales, scheme)
    assert start.zero_points is not None
    outputs, inputs = weight.shape
    rows = outputs if scheme.granularity == "tensor" else rows_at_once(weight)
    scales, minima, codes = start.scales, start.zero_points.clone(), start.codes
    for first in range(0, outputs, rows):
        here = slice(first, first + rows)
        groups = weight[here].float().reshape(-1, weight[here].numel() // scales[here].numel())
        scale = scales[here].float().reshape(-1, 1)
        best = _best_minima(groups, scale, minima[here].reshape(-1, 1), scheme, p, beta, kappa, steps)
        minima[here] = best.view(minima[here].shape)
        block = rounded_codes(groups, scale, best.float(), scheme.number)
        codes[here] = block.view(-1, inputs).to(codes.dtype)
    return Quantized(codes, scales, minima)


def _best_minima(
    groups: torch.Tensor,
    scale: torch.Tensor,
    minimum: torch.Tensor,
    scheme: Scheme,
    p: float,
    beta: float,
    kappa: float,
    steps: int,
) -> torch.Tensor:
    """The minimum (n, 1) of each of ``groups`` (n, size), in the dtype in which it is stored."""
    number = scheme.number
    best, smallest = minimum, None
    for step in range(steps + 1):
        codes = rounded_codes(groups, scale, minimum.float(), number)
        errors = (groups - restore(codes, scale, minimum.float(), number)) / scale
        slope = slope_of(errors, p)
        loss = (slope * errors.abs()).sum(1, keepdim=True)
        if smallest is None:
            smallest = loss
        else:
            best = torch.where(loss < smallest, minimum, best)
            smallest = torch.minimum(loss, smallest)
        if step < steps:
            levels = (codes - number.minimum) * scale
            slack = shrink(errors, slope, beta).mul_(scale)
            minimum = (groups - slack).sub_(levels).mean(1, keepdim=True).to(minimum.dtype)
            beta *= kappa
    return best
