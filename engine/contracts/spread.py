"""The spread of a measurement: values of each window, quantiles of the divergence, error bars made of them. Torch-free.

Windows follow each other in the text, so that neighbors are alike. Error bars are 95 % intervals of a circular block
bootstrap (Politis and Romano 1992) over blocks of about the cube root of the number of windows.
"""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

from engine.base.human import number_text

WINDOWS = "windows"
"""Name of the means of each window among the details of a block: metric -> values in nats, in the order of the text."""
KL_QUANTILES = "kl_quantiles"
"""Name of the quantiles of the divergence over all tokens: share -> nats."""
QUANTILES = (0.5, 0.9, 0.99, 0.999, 1.0)
QUANTILE_TITLES = {
    "0.5": "half below",
    "0.9": "90 % below",
    "0.99": "99 % below",
    "0.999": "99.9 % below",
    "1": "largest",
}
LEAST_WINDOWS = 8
"""Fewer say nothing of their spread."""
RESAMPLES = 1000
OF_WINDOWS = {"perplexity": "loss", "loss": "loss", "kl_divergence": "kl_divergence"}
"""Metric -> what its windows hold."""


def window_values(details: Mapping[str, Any], metric: str) -> tuple[float, ...]:
    """Means of each window for a metric, () where there are too few, none, or no numbers."""
    windows = details.get(WINDOWS)
    values = windows.get(OF_WINDOWS.get(metric, "")) if isinstance(windows, Mapping) else None
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) < LEAST_WINDOWS:
        return ()
    numbers = tuple(float(value) for value in values if isinstance(value, int | float) and math.isfinite(value))
    return numbers if len(numbers) == len(values) else ()


def error_bar(details: Mapping[str, Any], metric: str) -> tuple[float, float] | None:
    """The 95 % interval of a metric over texts like the one that it was measured on; None where it is not known."""
    values = window_values(details, metric)
    if not values:
        return None
    low, high = _interval(values)
    return (math.exp(low), math.exp(high)) if metric == "perplexity" else (low, high)


def paired_difference(first: Mapping[str, Any], second: Mapping[str, Any], metric: str) -> tuple[float, float] | None:
    """The 95 % interval of second - first over paired windows: how hard a window is cancels out.
    For perplexity it is the interval of the mean loss, in nats. None unless both have the same windows."""
    left, right = window_values(first, metric), window_values(second, metric)
    if not left or len(left) != len(right):
        return None
    return _interval(tuple(b - a for a, b in zip(left, right, strict=True)))


def spread_text(details: Mapping[str, Any], metric: str) -> str:
    """A sentence about a metric's spread: its error bar, and the quantiles of a divergence; "" for none."""
    bar = error_bar(details, metric)
    if bar is None:
        return ""
    text = f"95 % interval over windows of this text: {number_text(bar[0], 4)} to {number_text(bar[1], 4)}."
    quantiles = details.get(KL_QUANTILES)
    if metric != "kl_divergence" or not isinstance(quantiles, Mapping):
        return text
    named = [
        f"{QUANTILE_TITLES.get(share, share)} {number_text(value, 3)}"
        for share, value in quantiles.items()
        if isinstance(value, int | float)
    ]
    return f"{text} Tokens: {', '.join(named)}."


@functools.lru_cache(maxsize=512)
def _interval(values: tuple[float, ...]) -> tuple[float, float]:
    """The 2.5 and 97.5 % quantiles of the mean of resampled blocks; always the same for the same values."""
    count = len(values)
    size = max(1, round(count ** (1 / 3)))
    circle = (*values, *values[: size - 1])
    blocks = [math.fsum(circle[start : start + size]) / size for start in range(count)]
    draw, number = random.Random(0), math.ceil(count / size)
    means = sorted(math.fsum(draw.choices(blocks, k=number)) / number for _ in range(RESAMPLES))
    return means[round(0.025 * RESAMPLES)], means[round(0.975 * RESAMPLES) - 1]
