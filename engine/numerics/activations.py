"""Dynamic quantization of activations: every token, or every group of its features, has a scale of its own."""

from __future__ import annotations

import torch

from engine.numerics.straight_through import through


def fake_quantize(x: torch.Tensor, bits: int, symmetric: bool, clip: float = 1.0, group: int = 0) -> torch.Tensor:
    """Round every token of ``x`` (…, features) to ``bits``-bit integers of its own range, and back.

    Symmetric: scale absmax / ((2^b − 1) / 2). Asymmetric: the range from the smallest to the largest value, zero
    always in it, with an integer zero point. ``clip``: the share of the range that is used, what lies beyond is
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


def ranges(
    values: torch.Tensor, bits: int, symmetric: bool, clip: float = 1.0
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Scale and integer zero point (None if symmetric) of each row of ``values`` (…, n) float32, both (…, 1)."""
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    smallest, largest = values.amin(-1, keepdim=True).clamp_max(0), values.amax(-1, keepdim=True).clamp_min(0)
    if clip != 1.0:
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
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    values = _grouped(x, group)
    smallest = values.amin(-1, keepdim=True).clamp_max(0) * clip
    largest = values.amax(-1, keepdim=True).clamp_min(0) * clip
    tiny = torch.finfo(torch.float32).tiny
    if symmetric:
        scale = (torch.maximum(-smallest, largest) / ((high - low) / 2)).clamp_min(tiny)
        rounded = _rounded(values / scale).clamp(low, high)
    else:
        scale = ((largest - smallest) / (high - low)).clamp_min(tiny)
        zero = _rounded(low - smallest / scale)
        rounded = _rounded(values / scale + zero).clamp(low, high) - zero
    return (rounded * scale).to(x.dtype).view(x.shape)


def _grouped(x: torch.Tensor, group: int) -> torch.Tensor:
    return (x.view(*x.shape[:-1], -1, group) if group else x).float()


def _rounded(x: torch.Tensor) -> torch.Tensor:
    return through(x, x.round())
