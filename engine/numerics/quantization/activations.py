"""Quantization of activations. Dynamic: every token, or every group of its features, has a scale of its own; static: a
fixed scale."""

from __future__ import annotations

from typing import Any

import torch

from engine.numerics.quantization.formats import FORMATS
from engine.numerics.quantization.ranges import power_of_two
from engine.numerics.straight_through import straight_through


def fake_quantize(
    x: torch.Tensor, bits: int, symmetric: bool, clip: float | torch.Tensor = 1.0, group: int = 0
) -> torch.Tensor:
    """Round every token of ``x`` (…, features) to ``bits``-bit integers of its own range, and back.

    Symmetric: scale absmax / ((2^b − 1) / 2). Asymmetric: the range from the smallest to the largest value, zero
    always in it, with an integer zero point. ``clip``: the share of the range that is used, values beyond it are
    clipped. ``group``: features that share a scale, 0 for all. Worked in float32; the dtype of ``x`` comes back.
    """
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    values = _grouped(x, group)
    scale, zero = ranges(values, bits, symmetric, clip)
    if zero is None:
        rounded = (values / scale).round_().clamp_(low, high)
    else:
        rounded = (values / scale).add_(zero).round_().clamp_(low, high).sub_(zero)
    return rounded.mul_(scale).to(x.dtype).view(x.shape)


def fake_quantize_floats(x: torch.Tensor, form: str, scale: float = 0.0) -> torch.Tensor:
    """Round every token of ``x`` (…, features) to short floats and back, as compressed-tensors does.

    form: "float8_e4m3": with ``scale``, or with absmax / 448 of each token where that is 0. "mxfp4": E2M1 in groups of
    32 with a power of two each. "nvfp4": E2M1 in groups of 16 with scales that are E4M3 times ``scale``, the unit of
    the whole tensor. Worked in float32; the dtype of ``x`` comes back.
    """
    values = _grouped(x, FORMATS[form].group_size)
    largest = values.abs().amax(-1, keepdim=True)
    tiny = torch.finfo(torch.float32).tiny
    if form == "float8_e4m3":
        end = torch.finfo(torch.float8_e4m3fn).max
        step = (largest / end).clamp_min(tiny) if scale == 0 else torch.full_like(largest, scale)
        rounded = (values / step).clamp_(-end, end).to(torch.float8_e4m3fn).float()
    else:
        if form == "mxfp4":
            step = power_of_two(largest / 6, 6.0, 4.0)
        else:
            finest = torch.finfo(torch.float8_e4m3fn)
            step = (largest / 6 / scale).clamp(finest.smallest_normal * finest.eps, finest.max)
            step = step.to(torch.float8_e4m3fn).float() * scale
        rounded = round_e2m1((values / step).clamp_(-6, 6))
    return rounded.mul_(step).to(x.dtype).view(x.shape)


def soft_quantize_floats(x: torch.Tensor, form: str, scale: float = 0.0) -> torch.Tensor:
    """`fake_quantize_floats` that passes gradients straight through the rounding. Values beyond a range that is fixed,
    that of "float8_e4m3" with ``scale``, get none."""
    rounded = fake_quantize_floats(x.detach(), form, scale)
    if form == "float8_e4m3" and scale:
        x = torch.where(x.detach().abs() <= scale * torch.finfo(torch.float8_e4m3fn).max, x, x.detach())
    return straight_through(x, rounded)


def round_e2m1(values: torch.Tensor) -> torch.Tensor:
    """Values in [−6, 6] to the nearest of E2M1, half to even."""
    size = values.abs()
    step = torch.where(size < 2, 0.5, torch.where(size < 4, 1.0, 2.0))
    return (values / step).round_().mul_(step)


def ranges(
    values: torch.Tensor, bits: int, symmetric: bool, clip: float | torch.Tensor = 1.0
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Scale and integer zero point (None if symmetric) of each row of ``values`` (…, n) float32, both (…, 1). ``clip``:
    a number, or a scalar tensor on their device, which is not brought to the host."""
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    smallest, largest = values.amin(-1, keepdim=True).clamp_max(0), values.amax(-1, keepdim=True).clamp_min(0)
    if isinstance(clip, torch.Tensor) or clip != 1.0:
        smallest, largest = smallest * clip, largest * clip
    tiny = torch.finfo(torch.float32).tiny
    if symmetric:
        return (torch.maximum(-smallest, largest) / ((high - low) / 2)).clamp_min(tiny), None
    scale = (largest / (high - low) - smallest / (high - low)).clamp_min(tiny)
    return scale, (low - smallest / scale).round_().clamp_(low, high)


def quantize_rows(values: torch.Tensor, bits: int, clip: float = 1.0) -> tuple[torch.Tensor, ...]:
    """Codes from 0 (uint8, the shape of ``values``), scales and zero points from 0 (both (…, 1), float32 and uint8),
    asymmetric: what `fake_quantize` rounds to. For up to 8 bits."""
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    values = values.float()
    scale, zero = ranges(values, bits, False, clip)
    assert zero is not None
    codes = (values / scale).add_(zero).round_().clamp_(low, high)
    return (codes - low).to(torch.uint8), scale, (zero - low).to(torch.uint8)


def restore_rows(codes: torch.Tensor, scale: torch.Tensor, zero: torch.Tensor) -> torch.Tensor:
    """The float32 values of `quantize_rows`."""
    return (codes.float() - zero.float()) * scale


def soft_quantize(x: torch.Tensor, bits: int, symmetric: bool, clip: torch.Tensor, group: int = 0) -> torch.Tensor:
    """`fake_quantize` that passes gradients: straight through the rounding, and through the range, to its smallest and
    largest value and to ``clip`` (a scalar tensor)."""
    rounded: torch.Tensor = _Soft.apply(x, clip, bits, symmetric, group)  # type: ignore[no-untyped-call]
    return rounded


class _Soft(torch.autograd.Function):
    """With q = round(x / s + z), the output s (q − z) moves with x where x is in the range, with the end of the range
    where it is not; with s it moves by (q − z) − x / s in the range, by what the ends of the range leave otherwise."""

    @staticmethod
    def forward(
        context: Any, x: torch.Tensor, clip: torch.Tensor, bits: int, symmetric: bool, group: int
    ) -> torch.Tensor:
        values = _grouped(x, group)
        low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
        scale, zero = ranges(values, bits, symmetric, clip)
        steps = (values / scale).round_() if zero is None else (values / scale).add_(zero).round_()
        codes = steps.clamp(low, high)
        context.save_for_backward(x, clip, codes.to(torch.int8 if bits <= 8 else torch.int16), steps == codes)
        context.how = bits, symmetric, group
        codes = codes if zero is None else codes.sub_(zero)
        return codes.mul_(scale).to(x.dtype).view(x.shape)

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, clip, codes, inside = context.saved_tensors
        bits, symmetric, group = context.how
        values, upper = _grouped(x, group), _grouped(gradients[0], group)
        scale, zero = ranges(values, bits, symmetric, clip)
        smallest, lowest = values.min(-1, keepdim=True)
        largest, highest = values.max(-1, keepdim=True)
        passed = upper * inside
        integers = codes.float() if zero is None else codes.float().sub_(zero)
        by_scale = (upper * integers).sum(-1, keepdim=True) - (passed * values).sum(-1, keepdim=True) / scale
        count = (1 << bits) - 1
        if symmetric:
            upper = largest >= -smallest
            to_high = torch.where(upper, by_scale, 0) / (count / 2)
            to_low = -torch.where(upper, 0, by_scale) / (count / 2)
        else:  # codes outside stand at an end of the range, which moves with its smallest value and with the scale
            outside = upper.sum(-1, keepdim=True) - passed.sum(-1, keepdim=True)
            by_scale -= outside * (smallest.clamp_max(0) * clip / scale)
            to_high = by_scale / count
            to_low = outside - by_scale / count
        to_high, to_low = to_high * (largest > 0), to_low * (smallest < 0)
        to_clip = (to_high * largest + to_low * smallest).sum().to(clip.dtype).view(clip.shape)
        passed.scatter_add_(-1, highest, to_high * clip).scatter_add_(-1, lowest, to_low * clip)
        return passed.to(x.dtype).view(x.shape), to_clip, None, None, None


def _grouped(x: torch.Tensor, group: int) -> torch.Tensor:
    return (x.view(*x.shape[:-1], -1, group) if group else x).float()
