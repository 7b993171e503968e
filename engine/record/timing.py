"""Time as it is shown: seconds of a run and of its blocks, and the seconds that are left. Torch-free.

One clock counts: wall time without pauses. The engine's `Meter` reads it, events carry it, and `engine.record.state`
folds it from them, so that every place shows the same. All classes here are pure: they are given the time, and give
the same answers when a log is played again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from engine.base.human import duration_text

LARGEST_SHOWN = 1.5
"""Times the estimate that is shown at most: what was expected to take long, and does not, is not counted down."""
UNSURE = 1.5
"""Times what is shown that the estimate may be: beyond, what is shown is a lower bound, and said to be."""
WITHDRAWN = 3.0
"""The same: beyond, and for `DOUBT_SECONDS`, nothing is shown, until `DOUBT_SECONDS` later."""
DOUBT_SECONDS = 5.0
SETTLED = 1.02
"""Times the estimate before that one is at most which is shown again."""
OVERDUE = 0.35
"""Speed of counting down while a unit of work takes longer than expected."""
ON_TIME = 0.8
"""Share of what is left that is counted down at full speed, where nothing new is heard."""


class Ledger:
    """Charges the seconds of a run to its blocks: each to the block that began last, those before the first block to
    the first, so that the blocks always add up to the run."""

    def __init__(self) -> None:
        self._spent: dict[str, float] = {}
        self._since = 0.0
        self.owner = ""

    def enter(self, block: str, at: float) -> None:
        """Charge seconds from ``at`` on, in seconds of the run, to ``block``."""
        if block != self.owner:
            if self.owner:
                self._spent[self.owner] = self.seconds(self.owner, at)
                self._since = at
            self.owner = block

    def seconds(self, block: str, at: float) -> float:
        """Seconds that the block was charged with until ``at``."""
        return self._spent.get(block, 0.0) + (max(0.0, at - self._since) if block and block == self.owner else 0.0)


@dataclass
class Clock:
    """Seconds that passed, as events say them, ticking in between while work goes on."""

    elapsed: float = 0.0
    at: float = 0.0
    """Seconds as of time.time() when that was so."""
    ticks: bool = False

    def seconds(self, now: float) -> float:
        """Elapsed seconds at ``now``, as of time.time()."""
        return self.elapsed + (max(0.0, now - self.at) if self.ticks else 0.0)

    def set(self, elapsed: float, at: float, ticks: bool) -> None:
        """So many seconds had passed ``at`` that time."""
        self.elapsed, self.at, self.ticks = elapsed, at, ticks


class TimeLeft:
    """Seconds that are left, as they are shown. They never grow.

    While the estimate is larger than what is shown, this counts down slower than a clock, while it is smaller faster:
    both reach zero together. Between estimates it goes on counting, slower while a unit of work is overdue. An estimate
    that turns out far too small is withdrawn for some seconds, instead of being corrected upward.

    All times are seconds of the run's clock, which stands still while the run is paused.
    """

    def __init__(self) -> None:
        self._at = self._remaining = self._unit = 0.0
        self._shown: float | None = None
        self._doubted: float | None = None
        self._withdrawn = -math.inf

    def tell(self, at: float, left: float | None, unit: float = 0.0) -> None:
        """Take in an estimate. None: nothing can be said.

        Parameters
        ----------
        unit: expected seconds until more is known, 0 if that is not known.
        """
        if left is None:
            return
        shown = self.at(at)
        if shown is None:
            settled = at - self._withdrawn >= DOUBT_SECONDS and left <= SETTLED * self._remaining
            shown = left if settled or self._withdrawn < 0 else None
        elif self._doubts(at, left, shown):
            shown, self._withdrawn = None, at
        self._at, self._remaining, self._unit = at, left, min(unit or left, left)
        self._shown = None if shown is None else min(shown, LARGEST_SHOWN * left)

    def at(self, now: float) -> float | None:
        """Seconds left at ``now``."""
        if self._shown is None or self._remaining <= 0:
            return self._shown
        passed = max(0.0, now - self._at)
        on_time = min(passed, self._unit, ON_TIME * self._remaining)
        rest = self._remaining - on_time
        shown = self._shown * rest / self._remaining
        overdue = passed - on_time
        return shown * math.exp(-OVERDUE * overdue / rest) if overdue > 0 else shown

    def is_lower_bound(self) -> bool:
        """True if more is left, probably, than what is shown."""
        return self._shown is not None and self._remaining > UNSURE * self._shown + 1.0

    def _doubts(self, at: float, remaining: float, shown: float) -> bool:
        """True if the estimate has been far above what is shown for some seconds."""
        if remaining <= WITHDRAWN * shown + DOUBT_SECONDS:
            self._doubted = None
            return False
        self._doubted = at if self._doubted is None else self._doubted
        if at - self._doubted < DOUBT_SECONDS:
            return False
        self._doubted = None
        return True


@dataclass
class Timing:
    """Time that has passed and that is left."""

    clock: Clock = field(default_factory=Clock)
    left: TimeLeft = field(default_factory=TimeLeft)

    def seconds(self, now: float) -> float:
        """Elapsed seconds at ``now``, as of time.time(), without pauses."""
        return self.clock.seconds(now)

    def remaining_time(self, now: float) -> float | None:
        """Seconds left at ``now``, as of time.time(); None while nothing can be said."""
        return self.left.at(self.seconds(now))

    def tell(self, elapsed: float, at: float, left: float | None, unit: float, *, ticks: bool = True) -> None:
        """Take in what an event says: see `Clock.set` and `TimeLeft.tell`."""
        self.clock.set(max(elapsed, self.clock.elapsed), at, ticks)
        self.left.tell(self.clock.elapsed, left, unit)

    def is_lower_bound(self) -> bool:
        """True if more is left, probably, than `remaining_time` says."""
        return self.left.is_lower_bound()


REMAINING, LEAST_REMAINING = "{0} left", "more than {0} left"


def left_text(timing: Timing, now: float) -> str:
    """``"12 s left"``, or ``"more than 12 s left"`` where it takes longer than expected; "" for an unknown time."""
    remaining = timing.remaining_time(now)
    if remaining is None:
        return ""
    whole = duration_text(max(1.0, round(remaining)))
    whole = whole.replace(".0 s", " s")
    return (LEAST_REMAINING if timing.is_lower_bound() else REMAINING).format(whole)
