"""Remaining time of one phase of work, by expectation and by its pace. Pure, torch-free."""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass
from typing import Literal

Kind = Literal["load", "work", "store", "measure", "verify"]

PRIOR = 0.1
"""Share of a phase that its expected seconds count for, against what was seen."""
FORGOTTEN = 0.3
"""Share of a phase after which what was seen counts half."""
UNITS = 9
UNIT_SHARE = 0.25
"""Share of a phase that its first unit of work is taken for, while it is overdue and nobody knows."""
HIDDEN = 0.05
"""Share of a phase without expected seconds in which nothing can be said."""
ON_TIME = 0.8
"""Share of what is left of a phase that is counted down while nothing new is done."""
LEAST = 0.05
"""Share of a unit's usual seconds that it takes at least, from wherever it is."""


@dataclass(frozen=True)
class Phase:
    """A stretch of work with units and a rate of its own.

    seconds: expected on this machine. key: what its rate is learned under, "" for not at all. learned: whether the
    machine has done the like before.
    """

    kind: Kind
    seconds: float
    key: str = ""
    learned: bool = False


class Pace:
    """The present phase. All times are seconds of one clock; fractions are shares of the phase."""

    def __init__(self, expected: float, now: float) -> None:
        self.expected = expected
        self.start = self._last = now
        self.first: float | None = None
        """The fraction that it began with: not 0 where an interrupted run had done a part of it."""
        self.done = 0.0
        self._seconds = self._share = 0.0
        self._units: deque[float] = deque(maxlen=UNITS)
        self._shares: deque[float] = deque(maxlen=UNITS)

    def update(self, fraction: float, now: float) -> None:
        """``fraction`` of the phase is done."""
        if self.first is None:
            self.first = self.done = fraction
            self._last = now
        elif fraction > self.done:
            share, seconds = fraction - self.done, now - self._last
            weight = 0.5 ** (share / FORGOTTEN)
            self._seconds = weight * self._seconds + seconds
            self._share = weight * self._share + share
            self._units.append(seconds)
            self._shares.append(share)
            self.done, self._last = fraction, now

    def seen(self) -> tuple[float, float]:
        """Spent and expected seconds of what was done so far."""
        if self.first is None:
            return 0.0, 0.0
        return self._last - self.start, (self.done - self.first) * self.expected

    def left(self, correction: float, now: float) -> tuple[float, float] | None:
        """Seconds left of the phase and, of them, those until its present unit is done; None if nothing can be said.

        ``correction``: times its expected seconds that it takes, by what was done before it.
        """
        prior = PRIOR if self.expected > 0 else 0.0
        if not prior and self._share < HIDDEN:
            return (0.0, 0.0) if self.done >= 1.0 else None
        waited = max(0.0, now - self._last)
        before = self._seconds + prior * correction * self.expected
        unit_share = statistics.median(self._shares) if self._shares else UNIT_SHARE
        overdue = (before + waited) / (self._share + prior + unit_share)  # as if the unit were done right now
        whole = max(before / (self._share + prior), overdue)
        rest = (1.0 - self.done) * whole
        unit = min(statistics.median(self._units), rest) if self._units else rest
        if overdue >= whole:
            unit = min(rest, max(unit, waited))
        pending = min(waited, unit, ON_TIME * rest)
        return rest - pending, max(unit - pending, LEAST * unit)
