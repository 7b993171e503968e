"""Grades of a loss of quality: good, noticeable or broken, with the reason in words. Torch-free.

One rule holds for all metrics: a change by a factor of at most 1.05 for the worse is good, a factor of 2 or more is
broken. Perplexities are such factors; losses and divergences, in nats, are their logarithms; decibels are 20 log10 of
them. For a cosine or an agreement of tokens, bounded by 1, the difference counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.base.human import number_text
from engine.contracts.generation import DAMAGED
from engine.contracts.metrics import BY_NAME, COLLAPSED, OF_ITSELF, info_of, title_of, value_text

Grade = Literal["good", "noticeable", "broken"]
GRADES: tuple[Grade, ...] = ("good", "noticeable", "broken")
"""From the smallest loss to the largest."""
GOOD, BROKEN = 1.05, 2.0
"""Factors for the worse: up to the first a result is good, from the second on it is broken."""
Way = Literal["factor", "nats", "decibels", "cosine", "share"]
WAYS: dict[str, Way] = {
    "loss": "nats",
    "masked_loss": "nats",
    "kl_divergence": "nats",
    "sqnr_db": "decibels",
    "hidden_cosine": "cosine",
    "pooled_cosine": "cosine",
    "top1_agreement": "share",
    "loops": "share",
    "token_flips": "share",
}
"""The scale of a metric; all others are compared by their ratio."""
LIMITS: dict[Way, tuple[float, float]] = {
    "factor": (math.log(GOOD), math.log(BROKEN)),
    "nats": (math.log(GOOD), math.log(BROKEN)),
    "decibels": (20 * math.log10(GOOD), 20 * math.log10(BROKEN)),
    "cosine": (0.01, 0.1),
    "share": (0.05, 0.5),
}
"""The largest loss that is good and the smallest that is broken, in the unit of each scale."""
DIFFERENT = ("generation_agreement", "generation_distance")
"""Metrics of answers that differ early between good models too: they have no grade."""
JUDGED = ("perplexity", "masked_loss", "kl_divergence", "hidden_cosine", "pooled_cosine", "top1_agreement")
"""The metrics that grade a model, the first one that is known on both sides."""


@dataclass(frozen=True)
class Graded:
    """A grade and its reason, for example "Perplexity 509.04 against 19.87 of the original (× 25.6)"."""

    grade: Grade
    reason: str
    metric: str = "perplexity"
    """The metric that decided it."""


def grade_of(name: str, before: float, after: float) -> Grade | None:
    """The grade of a metric that went from ``before`` to ``after``; None for one without a better direction or if
    ``before`` is not finite. An improvement is good."""
    info = info_of(name)
    if info is None or info.better is None or name in DIFFERENT or not math.isfinite(before):
        return None
    if not math.isfinite(after):
        return "good" if after == (math.inf if info.better == "higher" else -math.inf) else "broken"
    way = WAYS.get(name, "factor")
    low, high = (before, after) if info.better == "lower" else (after, before)
    if way != "factor":
        lost = high - low
    elif low > 0 and high > 0:
        lost = math.log(high / low)
    else:
        return "good" if high <= low else "noticeable"
    good, broken = LIMITS[way]
    return "good" if lost <= good * (1 + 1e-9) else "noticeable" if lost < broken * (1 - 1e-9) else "broken"


def grade_result(
    metrics: Mapping[str, float],
    protocol: Mapping[str, Any],
    original: Mapping[str, float],
    original_protocol: Mapping[str, Any],
) -> Graded | None:
    """The grade of a result against the model that it was made of; None where nothing can be compared: neither has a
    metric of quality, or the original itself is worse than guessing."""
    if COLLAPSED in original_protocol:
        return None
    if COLLAPSED in protocol:
        return Graded("broken", str(protocol[COLLAPSED]).strip().capitalize())
    if DAMAGED in protocol:
        return Graded("broken", f"It {str(protocol[DAMAGED]).strip()}", "loops")
    for name in JUDGED:
        before = original.get(name, OF_ITSELF.get(name))
        if name in metrics and before is not None and (grade := grade_of(name, before, metrics[name])) is not None:
            return Graded(grade, _reason(name, before, metrics[name]), name)
    return None


def worst(grades: list[Grade]) -> Grade | None:
    """The largest loss among several, None for none."""
    return max(grades, key=GRADES.index, default=None)


def _reason(name: str, before: float, after: float) -> str:
    values = f"{title_of(name)} {value_text(name, after)}"
    if name in OF_ITSELF:
        return f"{values} against the original"
    of = f"{values} against {value_text(name, before)} of the original"
    if name in BY_NAME and WAYS.get(name, "factor") == "factor" and before > 0 and math.isfinite(after):
        return f"{of} (× {number_text(after / before, 3)})"
    return of
