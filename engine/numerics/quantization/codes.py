"""Codes of numbers in units of their scale, and back."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch

from engine.numerics.quantization.formats import NumberFormat


def encode(
    groups: torch.Tensor, scales: torch.Tensor, zeros: torch.Tensor | None, number: NumberFormat
) -> torch.Tensor:
    """Codes of ``groups`` (n, size) under float32 ``scales`` and ``zeros`` (n, 1), in the `code_dtype`. Floating zeros
    are minima, which the smallest integer stands for."""
    return rounded_codes(groups, scales, zeros, number).to(number.code_dtype)


def rounded_codes(
    groups: torch.Tensor, scales: torch.Tensor, zeros: torch.Tensor | None, number: NumberFormat
) -> torch.Tensor:
    """The same before they are cast: integers are floating."""
    if zeros is not None and zeros.is_floating_point():
        return scaled_codes((groups - zeros).div_(scales).add_(number.minimum), None, number)
    return scaled_codes(groups / scales, zeros, number)


def restore(
    codes: torch.Tensor, scales: torch.Tensor, zeros: torch.Tensor | None, number: NumberFormat
) -> torch.Tensor:
    """Dequantize codes, float32: the inverse of `encode`. Those of `rounded_codes` are overwritten."""
    if zeros is not None and zeros.is_floating_point():
        return (codes.float() - number.minimum).mul_(scales).add_(zeros)
    return decode(codes, zeros, number).mul_(scales)


def decode(codes: torch.Tensor, zeros: torch.Tensor | None, number: NumberFormat) -> torch.Tensor:
    """Values of codes in units of the scale, float32; those of `rounded_codes` are overwritten."""
    if number.kind == "sign":
        return codes.float().mul_(2).sub_(1)
    if number.kind == "codebook":
        return _look_up(_levels(number, codes.device), codes)
    values = codes.float()
    return values if zeros is None else values.sub_(zeros)


def to_unsigned(codes: torch.Tensor, number: NumberFormat) -> torch.Tensor:
    """Codes as uint8 from 0, as they are packed: integers are shifted by 2^(b−1). Not for floats."""
    return (codes - number.minimum).view(torch.uint8) if number.kind == "integer" else codes


def from_unsigned(codes: torch.Tensor, number: NumberFormat) -> torch.Tensor:
    """The inverse of `to_unsigned`."""
    return codes.view(torch.int8) + number.minimum if number.kind == "integer" else codes


def scaled_codes(scaled: torch.Tensor, zeros: torch.Tensor | None, number: NumberFormat) -> torch.Tensor:
    """Codes of weights in units of the scale, which are overwritten; integers come back floating."""
    if number.kind == "sign":
        return (scaled >= 0).to(torch.uint8)
    if number.kind == "codebook":
        return _nearest(scaled, number)
    if number.kind == "float":
        return scaled.clamp_(-number.largest, number.largest).to(number.code_dtype)
    if zeros is not None:
        scaled += zeros
    return scaled.round_().clamp_(number.minimum, number.maximum)


def _nearest(scaled: torch.Tensor, number: NumberFormat) -> torch.Tensor:
    """Code of the nearest level."""
    below = count_below(scaled, _middles(number))
    order = _order(number, scaled.device)
    return below if order is None else _look_up(order, below)


def count_below(values: torch.Tensor, middles: Sequence[float]) -> torch.Tensor:
    """Number of the at most 255 ``middles`` below each value, uint8 (for 16 faster than a binary search)."""
    below = torch.zeros(values.shape, dtype=torch.uint8, device=values.device)
    for middle in middles:
        below += values > middle
    return below


@functools.cache
def _levels(number: NumberFormat, device: torch.device) -> torch.Tensor:
    """Of a codebook, in the order of their codes, float32; brought to a device once."""
    return torch.tensor(number.levels, dtype=torch.float32, device=device)


@functools.cache
def _middles(number: NumberFormat) -> tuple[float, ...]:
    """Between neighboring levels, rising."""
    ordered = torch.tensor(number.levels, dtype=torch.float32).sort().values
    return tuple(((ordered[1:] + ordered[:-1]) / 2).tolist())


@functools.cache
def _order(number: NumberFormat, device: torch.device) -> torch.Tensor | None:
    """The code of each level in rising order, uint8; None if codes rise with their levels."""
    order = torch.tensor(number.levels, dtype=torch.float32).sort(stable=True).indices
    return None if torch.equal(order, torch.arange(len(order))) else order.to(device, torch.uint8)


def _look_up(table: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """``table[index]``, in the form that is fastest."""
    return table.index_select(0, index.int().view(-1)).view(index.shape)
