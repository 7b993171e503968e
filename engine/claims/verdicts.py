"""Verdicts: means and intervals of comparisons over seeds, and what they say of a claim. Torch-free."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from engine.base.intervals import mean_interval
from engine.contracts.claims import ArmMean, Claim, Compared, Comparison, Row, Verdict

Values = Mapping[str, Mapping[int, float]]
"""Arm -> seed -> value."""
LAST_BITS = 1e-12
"""Distance of values from each other, as a share of the largest, up to which they are equal but for rounding."""


def values_of(claim: Claim, rows: Iterable[tuple[str, Row]]) -> dict[str, dict[int, float]]:
    """Values of each arm by seed, from pairs of an arm's name and its row."""
    values: dict[str, dict[int, float]] = {arm.name: {} for arm in claim.arms}
    for name, row in rows:
        value = row.values.get(claim.measure_of(claim.arm(name)))
        if value is not None:
            values[name][row.seed] = value
    return values


def arm_means(values: Values) -> tuple[ArmMean, ...]:
    """Mean and half width of each arm that has values."""
    means = []
    for name, by_seed in values.items():
        if by_seed:
            mean, half = _interval(list(by_seed.values()))
            means.append(ArmMean(name, mean, 0.0 if math.isnan(half) else half, tuple(by_seed.values())))
    return tuple(means)


def compared(comparison: Comparison, values: Values, deterministic: bool, seeds: int) -> Compared | None:
    """A comparison with the mean over the seeds that both arms have and its interval; None if these are fewer than
    ``seeds``. Pairs share a seed: the samples, their order and the random numbers of a step."""
    first, second = values[comparison.first], values.get(comparison.second, {})
    common = [seed for seed in first if not comparison.second or seed in second]
    if len(common) < seeds:
        return None
    numbers = [_number(comparison, first[seed], second.get(seed, math.nan)) for seed in common]
    if any(math.isnan(number) for number in numbers):
        return Compared(comparison, math.nan, -math.inf, math.inf, "not shown")
    mean, half = _interval(numbers)
    half = 0.0 if deterministic else half
    low, high = mean - half, mean + half
    if comparison.by == "ratio":
        mean, low, high = (math.exp(number) for number in (mean, low, high))
    return Compared(comparison, mean, low, high, verdict_within(low, high, comparison.at_least, comparison.at_most))


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """`mean_interval`; values that are equal but for their last bits have no interval around them."""
    mean, half = mean_interval(values)
    are_equal = len(values) > 1 and max(values) - min(values) <= LAST_BITS * max(map(abs, values))
    return mean, 0.0 if are_equal else half


def _number(comparison: Comparison, first: float, second: float) -> float:
    """The number that is averaged over seeds: of a ratio its logarithm, so that halves and doubles cancel. NaN where
    there is none."""
    if comparison.by == "value":
        return first
    if comparison.by == "difference":
        return first - second
    return math.log(first / second) if first > 0 and second > 0 else math.nan


def verdict_within(low: float, high: float, at_least: float, at_most: float) -> Verdict:
    """An interval inside the bounds shows a claim, one outside contradicts it, one across a bound leaves it open."""
    if at_least <= low and high <= at_most:
        return "shown"
    return "contradicted" if high < at_least or low > at_most else "not shown"


def verdict(comparisons: Sequence[Compared | None]) -> Verdict:
    """Of the whole claim: contradicted where one comparison is, shown where all are."""
    verdicts = [one.verdict for one in comparisons if one is not None]
    if "contradicted" in verdicts:
        return "contradicted"
    if len(verdicts) < len(comparisons):
        return "not measured"
    return "not shown" if "not shown" in verdicts else "shown"
