"""Confidence intervals of means over a few independent measurements. Torch-free."""

from __future__ import annotations

import math
from collections.abc import Sequence

_T95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120)
"""Student's t that 95 % lie within on both sides, by degrees of freedom from 1."""


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean and half width of its 95 % confidence interval (Student's t) of independent measurements; of a single one
    the interval is not known: NaN."""
    count = len(values)
    mean = math.fsum(values) / count
    if count < 2:
        return mean, math.nan
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1))
    t = _T95[count - 2] if count - 2 < len(_T95) else 1.96 + 2.4 / (count - 1)
    return mean, t * deviation / math.sqrt(count)
