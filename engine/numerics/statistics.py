"""Statistics of tensors that may be larger than the spare memory: one pass, in chunks, accumulated in float64."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from engine import devices

CHUNK = 1 << 16
"""Elements worked on at once on a CPU: 512 KiB in float64, which stays in a core's cache."""
BINS = 256
NORMAL = 3.0
"""Kurtosis of a normal distribution; a constant, which has none, counts as such."""


@dataclass(frozen=True)
class Moments:
    """Of all elements of a tensor. ``kurtosis`` is E(x − m)⁴ / (E(x − m)²)²: `NORMAL` for a normal distribution.

    ``zeros`` counts exact zeros, ``finite`` is False if there is a NaN or an infinity: the others are then NaN.
    """

    count: int
    minimum: float
    maximum: float
    mean: float
    standard_deviation: float
    kurtosis: float
    zeros: int
    finite: bool = True

    @property
    def sparsity(self) -> float:
        """Share of exact zeros, 0..1."""
        return self.zeros / self.count if self.count else 0.0


def moments(x: torch.Tensor) -> Moments:
    """Moments of a floating tensor of any shape. The sums are taken about the mean of the first chunk, so that a
    large mean costs no digits."""
    count = x.numel()
    if count == 0:
        return Moments(0, math.nan, math.nan, math.nan, math.nan, math.nan, 0)
    # everything is summed where it is: each number that is fetched lets the host wait for the device
    shift = low = high = finite = sums = None
    for chunk in _chunks(x):
        smallest, largest = torch.aminmax(chunk)
        bounded = torch.isfinite(largest - smallest)
        d = chunk.double()
        shift = d.mean() if shift is None else shift
        d = d - shift
        d2 = d * d
        nonzero = torch.count_nonzero(chunk).double()
        sums_of_chunk = torch.stack([d.sum(), d2.sum(), torch.dot(d, d2), torch.dot(d2, d2), nonzero])
        sums = sums_of_chunk if sums is None else sums + sums_of_chunk
        low = smallest if low is None else torch.minimum(low, smallest)
        high = largest if high is None else torch.maximum(high, largest)
        finite = bounded if finite is None else finite & bounded
    assert shift is not None and sums is not None and low is not None and high is not None and finite is not None
    fetched = torch.cat([sums, torch.stack([shift, low.double(), high.double(), finite.double()])]).tolist()
    return _moments(count, *fetched)


def _moments(
    count: int,
    s1: float,
    s2: float,
    s3: float,
    s4: float,
    nonzero: float,
    shift: float,
    low: float,
    high: float,
    finite: float,
) -> Moments:
    """From the sums of the powers of x - ``shift``."""
    if not finite:
        return Moments(count, math.nan, math.nan, math.nan, math.nan, math.nan, 0, finite=False)
    m = s1 / count
    variance = max(s2 / count - m**2, 0.0)
    fourth = s4 / count - 4 * m * s3 / count + 6 * m**2 * s2 / count - 3 * m**4
    kurtosis = fourth / variance**2 if high > low and variance**2 > 0 else NORMAL
    return Moments(count, low, high, shift + m, math.sqrt(variance), kurtosis, count - int(nonzero))


def row_kurtosis(x: torch.Tensor) -> torch.Tensor:
    """Kurtosis of each row: (rows, n) -> (rows,) float64; `NORMAL` for a constant row. For activations the rows are
    tokens: a few large channels show here, a few large tokens only in the `moments` of all."""
    d = x.double()
    d = d - d.mean(-1, keepdim=True)
    d2 = d * d
    variance = d2.mean(-1)
    return torch.where(variance > 0, (d2 * d2).mean(-1) / (variance * variance).clamp_min(1e-300), NORMAL)


def squares(reference: torch.Tensor, other: torch.Tensor) -> tuple[float, float]:
    """Sum of squares of ``reference``, and of its difference from ``other`` (the same shape)."""
    signal, noise = squares_on_device(reference, other).tolist()
    return signal, noise


def squares_on_device(reference: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """The same as a tensor (2,) float64 where the weights are: nothing waits for their device."""
    total = torch.zeros(2, dtype=torch.float64, device=reference.device)
    for a, b in zip(_chunks(reference), _chunks(other), strict=True):
        a64 = a.double()
        difference = a64 - b.double()
        total += torch.stack([torch.dot(a64, a64), torch.dot(difference, difference)])
    return total


def sqnr_db(reference: torch.Tensor, other: torch.Tensor) -> float:
    """Signal to quantization noise ratio in dB: 10 log10(‖w‖² / ‖w − ŵ‖²); infinite if they are equal."""
    return decibels(*squares(reference, other))


def relative_error(reference: torch.Tensor, other: torch.Tensor) -> float:
    """‖w − ŵ‖ / ‖w‖ in the Frobenius norm; 0 if both are zero."""
    return relative(*squares(reference, other))


def relative(signal: float, noise: float) -> float:
    """The relative error that two sums of squares mean."""
    return math.sqrt(noise / signal) if signal else (math.inf if noise else 0.0)


def decibels(signal: float, noise: float) -> float:
    """10 log10(signal / noise); infinite without noise."""
    return math.inf if noise == 0 else -math.inf if signal == 0 else 10 * math.log10(signal / noise)


def histogram(x: torch.Tensor, low: float, high: float, bins: int = BINS, limit: int | None = None) -> tuple[int, ...]:
    """Counts in ``bins`` equal bins between ``low`` and ``high``; values outside are counted in the edge bins.

    ``limit``: at most about this many elements are counted, evenly spread over the tensor.
    """
    flat = x.detach().reshape(-1)
    if limit is not None and flat.numel() > limit:
        flat = flat[:: -(-flat.numel() // limit)]
    if high <= low:
        high = low + max(abs(low), 1.0) * 1e-6
    counts = torch.zeros(bins, dtype=torch.int64, device=flat.device)
    one = torch.ones((), dtype=torch.int32, device=flat.device)
    for chunk in _chunks(flat):  # four times as fast as torch.histc
        bin_indices = chunk.float().sub(low).mul_(bins / (high - low)).clamp_(0, bins - 1).int()
        bin_indices.clamp_(0, bins - 1)  # NaN becomes any integer
        counts += torch.zeros(bins, dtype=torch.int32, device=flat.device).index_add_(
            0, bin_indices, one.expand_as(bin_indices)
        )
    return tuple(counts.tolist())


def _chunks(x: torch.Tensor) -> Iterator[torch.Tensor]:
    """The elements in order, flat, some at a time; float8 as float32, on which arithmetic works."""
    for chunk in torch.split(x.detach().reshape(-1), devices.at_once(x.device, CHUNK)):
        yield chunk.float() if chunk.dtype.itemsize == 1 else chunk
