"""Weights to codes, scales and zero points, and back. A weight is (out, in); a group is a run of inputs of one row.

Rounded once, half to even, after the scale was rounded to the dtype that it is stored in: what is stored is exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch

from engine.numerics.formats import FORMATS, NumberFormat

BLOCK = 1 << 18
"""Weights worked on at once: 1 MiB in float32, so that temporaries stay small and in the cache."""


@dataclass(frozen=True)
class Scheme:
    """How a weight is written. ``format`` is one of `FORMATS`; ``scale_dtype`` a name such as "float16"."""

    format: str
    symmetric: bool = True
    granularity: Literal["tensor", "channel", "group"] = "group"
    group_size: int = 64
    scale_dtype: str = "float16"

    @property
    def number(self) -> NumberFormat:
        """The number format."""
        return FORMATS[self.format]

    @property
    def stored_scale(self) -> torch.dtype:
        """The dtype of the scales."""
        dtype = getattr(torch, self.scale_dtype)
        assert isinstance(dtype, torch.dtype)
        return dtype

    def scale_shape(self, outputs: int, inputs: int) -> tuple[int, int]:
        """Shape of the scales of an (outputs, inputs) weight; ValueError if the groups do not fit."""
        if self.granularity == "tensor":
            return 1, 1
        if self.granularity == "channel":
            return outputs, 1
        if inputs % self.group_size:
            raise ValueError(f"{inputs} inputs are not a multiple of the group size {self.group_size}")
        return outputs, inputs // self.group_size


@dataclass(frozen=True)
class Clip:
    """How the range of a group is chosen.

    "absmax": nothing is clipped. "percentile": the range holds that percentage of the magnitudes (asymmetric: of the
    values, from either end). "mse": the one of ``steps`` shrunk ranges that makes Σ|w − ŵ|^exponent smallest.
    """

    kind: Literal["absmax", "percentile", "mse"] = "absmax"
    percentile: float = 99.9
    exponent: float = 2.4
    steps: int = 40


@dataclass(frozen=True)
class Quantized:
    """``codes`` (out, in) in the format's `code_dtype`; ``scales`` and ``zero_points`` (int8) in `scale_shape`."""

    codes: torch.Tensor
    scales: torch.Tensor
    zero_points: torch.Tensor | None = None


def quantize(
    weight: torch.Tensor, scheme: Scheme, clip: Clip | None = None, *, ratios: torch.Tensor | None = None
) -> Quantized:
    """Quantize a floating (out, in) weight. ValueError for a NaN, an infinity, or scales beyond their dtype.

    ratios: the share of each range that is used, in `Scheme.scale_shape`, where it was chosen before; None: as ``clip``
    chooses it. Without a meaning for signs.
    """
    clip = clip or Clip()
    outputs, inputs = weight.shape
    columns = scheme.scale_shape(outputs, inputs)[1]
    number = scheme.number
    codes = torch.empty(outputs, inputs, dtype=number.code_dtype, device=weight.device)
    whole = fit(weight.reshape(1, -1), scheme, clip, ratios) if scheme.granularity == "tensor" else None
    scales: list[torch.Tensor] = []
    zeros: list[torch.Tensor] = []
    step = max(1, BLOCK // max(inputs, 1))
    for start in range(0, outputs, step):
        block = weight[start : start + step].float()
        groups = block.reshape(-1, inputs // columns)
        rows = None if ratios is None or whole is not None else ratios[start : start + step].reshape(-1, 1)
        scale, zero = whole or fit(groups, scheme, clip, rows)
        codes[start : start + step] = encode(groups, scale.float(), zero, number).view(block.shape)
        if whole is None or not scales:
            scales.append(scale.view(-1, columns))
            if zero is not None:
                zeros.append(zero.view(-1, columns))
    return Quantized(codes, torch.cat(scales), torch.cat(zeros) if zeros else None)


def dequantize(quantized: Quantized, scheme: Scheme) -> torch.Tensor:
    """The (out, in) weight in float32: (code − zero point) · scale."""
    outputs, inputs = quantized.codes.shape
    columns = quantized.scales.shape[1]
    groups = quantized.codes.reshape(outputs, columns, inputs // columns)
    zeros = quantized.zero_points
    values = decode(groups, None if zeros is None else zeros.unsqueeze(-1), scheme.number)
    return values.mul_(quantized.scales.float().unsqueeze(-1)).view(outputs, inputs)


def fit(
    groups: torch.Tensor, scheme: Scheme, clip: Clip, ratios: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Scale (in its stored dtype) and zero point (int8, None if symmetric) of each row of ``groups`` (n, size),
    both (n, 1). ``ratios`` (n, 1): the share of each range that is used, if it is known. ValueError for a NaN, an
    infinity, or scales beyond their dtype."""
    number = scheme.number
    if number.kind == "sign":
        return _stored(_mean_magnitude(groups), scheme), None
    low, high = _range(groups, scheme.symmetric, clip)
    if ratios is not None:
        return _parameters(low, high, scheme, ratios)
    ratio = _best_ratio(groups, low, high, scheme, clip) if clip.kind == "mse" else 1.0
    return _parameters(low, high, scheme, ratio)


def encode(
    groups: torch.Tensor, scales: torch.Tensor, zeros: torch.Tensor | None, number: NumberFormat
) -> torch.Tensor:
    """Codes of ``groups`` (n, size) under float32 ``scales`` and integer ``zeros`` (n, 1), in the `code_dtype`."""
    return _codes(groups / scales, zeros, number).to(number.code_dtype)


def decode(codes: torch.Tensor, zeros: torch.Tensor | None, number: NumberFormat) -> torch.Tensor:
    """What the codes mean in units of the scale, float32, a tensor of its own."""
    if number.kind == "sign":
        return codes.float().mul_(2).sub_(1)
    if number.kind == "codebook":
        return _look_up(torch.tensor(number.levels, dtype=torch.float32, device=codes.device), codes)
    values = codes.to(torch.float32, copy=True)
    return values if zeros is None else values.sub_(zeros)


def to_unsigned(codes: torch.Tensor, number: NumberFormat) -> torch.Tensor:
    """Codes as uint8 from 0, as they are packed: integers are shifted by 2^(b−1). Not for floats."""
    return (codes - number.minimum).view(torch.uint8) if number.kind == "integer" else codes


def from_unsigned(codes: torch.Tensor, number: NumberFormat) -> torch.Tensor:
    """The inverse of `to_unsigned`."""
    return codes.view(torch.int8) + number.minimum if number.kind == "integer" else codes


def _codes(scaled: torch.Tensor, zeros: torch.Tensor | None, number: NumberFormat) -> torch.Tensor:
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
    """Code of the nearest level: how many middles between levels lie below (faster than a binary search for 16)."""
    ordered, order = torch.tensor(number.levels, dtype=torch.float32).sort(stable=True)
    below = torch.zeros(scaled.shape, dtype=torch.uint8, device=scaled.device)
    for middle in ((ordered[1:] + ordered[:-1]) / 2).tolist():
        below += scaled > middle
    if torch.equal(order, torch.arange(len(order))):
        return below
    return _look_up(order.to(scaled.device, torch.uint8), below)


def _look_up(table: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """``table[index]``, in the form that is fastest."""
    return table.index_select(0, index.int().view(-1)).view(index.shape)


def _mean_magnitude(groups: torch.Tensor) -> torch.Tensor:
    """The scale that is best for signs in the squared error; summed in chunks, since a group may be a whole tensor."""
    total = sum(
        chunk.float().abs().sum(1, keepdim=True, dtype=torch.float64) for chunk in torch.split(groups, BLOCK, dim=1)
    )
    assert isinstance(total, torch.Tensor)
    return (total / groups.shape[1]).float()


def _range(groups: torch.Tensor, symmetric: bool, clip: Clip) -> tuple[torch.Tensor, torch.Tensor]:
    """Lowest and highest value (n, 1) in float32, zero between them; symmetric: −m and m."""
    if clip.kind == "percentile" and symmetric:
        high = _kth(groups.float().abs(), clip.percentile)
        return -high, high
    if clip.kind == "percentile":
        low, high = -_kth(-groups.float(), clip.percentile), _kth(groups.float(), clip.percentile)
    else:
        # two plain reductions are faster than aminmax over a short dimension
        low, high = groups.amin(1, keepdim=True).float(), groups.amax(1, keepdim=True).float()
    if symmetric:
        high = torch.maximum(-low, high)
        return -high, high
    return low.clamp_max(0), high.clamp_min(0)


def _kth(values: torch.Tensor, percentile: float) -> torch.Tensor:
    """The smallest value (n, 1) that at least ``percentile`` % of each row do not exceed."""
    if not torch.isfinite(values).all():  # kthvalue hides a NaN among the largest
        raise ValueError("a weight is NaN or infinite")
    k = max(1, math.ceil(percentile / 100 * values.shape[1]))
    return values.kthvalue(k, dim=1, keepdim=True).values


def _parameters(
    low: torch.Tensor, high: torch.Tensor, scheme: Scheme, ratio: torch.Tensor | float
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Scale and zero point of ranges of which the share ``ratio`` is used; nothing overflows on the way."""
    number = scheme.number
    if scheme.symmetric:
        return _stored(high / number.largest * ratio, scheme), None
    span = number.maximum - number.minimum
    scale = _stored((high / span - low / span) * ratio, scheme)
    zero = (number.minimum - low / scale.float() * ratio).round_().clamp_(number.minimum, number.maximum)
    return scale, zero.to(torch.int8)


def _stored(scale: torch.Tensor, scheme: Scheme) -> torch.Tensor:
    """The scale rounded to its dtype, never zero.

    float16 scales of symmetric integers are rounded down: the most negative weight lies halfway between two integers,
    and stays −2^(b−1) then, as it is with a float32 scale, instead of falling to either side at random.
    """
    dtype = scheme.stored_scale
    if not torch.isfinite(scale).all():
        raise ValueError("a weight is NaN or infinite")
    stored = scale.to(dtype)
    if torch.isinf(stored).any():
        raise ValueError(f"a scale of {float(scale.max()):.3g} is beyond {scheme.scale_dtype}")
    if dtype == torch.float16 and scheme.symmetric and scheme.number.kind == "integer":
        stored = (stored.view(torch.int16) - (stored.float() > scale).to(torch.int16)).view(dtype)
    smallest = torch.finfo(dtype).tiny * (torch.finfo(dtype).eps if dtype == torch.float16 else 1)
    return stored.masked_fill_(stored == 0, smallest)


def _best_ratio(
    groups: torch.Tensor, low: torch.Tensor, high: torch.Tensor, scheme: Scheme, clip: Clip
) -> torch.Tensor:
    """For each group the share of its range (see `shares`) with the smallest error; never worse than the whole one."""
    number = scheme.number
    unit = torch.maximum(-low, high).clamp_min(torch.finfo(torch.float32).tiny)
    best = torch.full_like(high, math.inf)
    chosen = torch.ones_like(high)
    for ratio in shares(scheme, clip.steps):
        scale, zero = _parameters(low, high, scheme, ratio)
        error = torch.zeros_like(high)
        for chunk in torch.split(groups, max(1, BLOCK // len(groups)), dim=1):
            error += _error(chunk.float() / scale.float(), zero, number, clip.exponent)
        error *= (scale.float() / unit) ** clip.exponent
        better = error < best
        best = torch.where(better, error, best)
        chosen.masked_fill_(better, ratio)
    return chosen


def shares(scheme: Scheme, steps: int, smallest: float = 0.2) -> tuple[float, ...]:
    """The shares of a range that a search tries: the whole one, then ``steps`` of them down to ``smallest``. Symmetric
    integers start above 1, where the largest weight is an exact multiple of the scale instead of clipped."""
    number = scheme.number
    start = number.largest / number.maximum if number.kind == "integer" and scheme.symmetric else 1.0
    return (1.0, *torch.linspace(start, smallest, steps).tolist())


def _error(scaled: torch.Tensor, zero: torch.Tensor | None, number: NumberFormat, exponent: float) -> torch.Tensor:
    """Σ|ŵ − w|^exponent of each row (n, 1), in units of the scale."""
    difference = decode(_codes(scaled.clone(), zero, number), zero, number).sub_(scaled)
    powers = difference.square_() if exponent == 2 else difference.abs_().pow_(exponent)
    return powers.sum(1, keepdim=True)
