"""How far a run is and how long it will still take.

A block is a row of phases (work, measuring), each with the seconds that it is expected to take. What is left of the
present phase follows from the median of its last rates; phases to come are scaled by how wrong the expectation was so
far. The first fraction that a phase tells is where it begins: not at 0 where an interrupted run had done a part of it
before. Only what was worked on in this run counts: a phase that tells no fraction was found done. Nothing is claimed
in the first 5 % of a phase.
"""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable, Mapping

from engine.contracts.events import Progress

HIDDEN = 0.05
RATES = 9
SECONDS_BETWEEN = 0.1

Phases = tuple[tuple[str, float], ...]
"""Name and expected seconds of each phase of a block."""


class Meter:
    """Turns fractions into `Progress` events, at most ten a second.

    Parameters
    ----------
    clock: seconds; time spent paused should not count.
    """

    def __init__(self, run: str, emit: Callable[[Progress], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._run = run
        self._emit = emit
        self._clock = clock
        self._start = clock()
        self._plan: dict[str, dict[str, float]] = {}
        self._finished: dict[str, float] = {}
        self._worked: list[tuple[float, float]] = []
        """Spent and expected seconds of what was worked on in the phases that are over."""
        self._block = self._phase = ""
        self._block_start = self._start
        self._rates: deque[float] = deque(maxlen=RATES)
        self._first: tuple[float, float] | None = None
        self._last = (0.0, self._start)
        self._emitted = float("-inf")

    def plan(self, blocks: Mapping[str, Phases]) -> None:
        """What is to come: expected seconds of each phase of each block. May be called again when more is known."""
        self._plan = {block: dict(phases) for block, phases in blocks.items()}

    def begin(self, block: str) -> None:
        """A block starts."""
        self._block = block
        self._block_start = self._clock()
        self.phase(next(iter(self._plan.get(block, {})), ""))

    def phase(self, name: str) -> None:
        """The next phase of the block starts."""
        self._leave()
        self._phase = name
        self._rates.clear()
        self._first = None
        self._emitted = float("-inf")

    def end(self) -> None:
        """The block is over, or was found in the cache."""
        self._leave()
        self._finished[self._block] = self._clock() - self._block_start
        self._block = self._phase = ""

    def update(self, fraction: float, text: str = "") -> None:
        """``fraction`` (0..1) of the present phase is done."""
        now = self._clock()
        fraction = min(1.0, max(0.0, fraction))
        if self._first is None:
            self._first = self._last = (fraction, now)
        done, then = self._last
        if fraction > done and now > then:
            self._rates.append((fraction - done) / (now - then))
            self._last = (fraction, now)
        if now - self._emitted < SECONDS_BETWEEN and fraction < 1.0:
            return
        self._emitted = now
        self._emit(self._event(fraction, text, now))

    def _leave(self) -> None:
        if self._phase and self._first is not None:
            share = self._last[0] - self._first[0]
            expected = share * self._plan.get(self._block, {}).get(self._phase, 0.0)
            if expected > 0:
                self._worked.append((self._last[1] - self._first[1], expected))

    def _event(self, fraction: float, text: str, now: float) -> Progress:
        left = self._left_in_phase(fraction)
        later = self._later() * self._correction()
        others = self._others() * self._correction()
        return Progress(
            run=self._run,
            block=self._block,
            fraction=self._fraction(fraction),
            total=self._total(fraction),
            text=text,
            elapsed=now - self._block_start,
            eta=None if left is None else left + later,
            total_elapsed=now - self._start,
            total_eta=None if left is None else left + later + others,
        )

    def _left_in_phase(self, fraction: float) -> float | None:
        if fraction >= 1.0:
            return 0.0
        if fraction < HIDDEN or not self._rates:
            return None
        return (1.0 - fraction) / statistics.median(self._rates)

    def _later(self) -> float:
        """Expected seconds of the phases of this block that have not begun."""
        names = list(self._plan.get(self._block, {}))
        after = names[names.index(self._phase) + 1 :] if self._phase in names else []
        return sum(self._plan[self._block][name] for name in after)

    def _others(self) -> float:
        waiting = [b for b in self._plan if b != self._block and b not in self._finished]
        return sum(sum(self._plan[block].values()) for block in waiting)

    def _correction(self) -> float:
        """Spent by expected seconds of what was worked on in the phases that are over."""
        spent, expected = (sum(column) for column in zip(*self._worked, strict=True)) if self._worked else (0.0, 0.0)
        return spent / expected if spent > 0 else 1.0

    def _fraction(self, fraction: float) -> float:
        phases = self._plan.get(self._block, {})
        whole = sum(phases.values())
        if whole <= 0:
            return fraction
        names = list(phases)
        before = names[: names.index(self._phase)] if self._phase in names else []
        here = phases.get(self._phase, 0.0) * fraction
        return min(1.0, (sum(phases[name] for name in before) + here) / whole)

    def _total(self, fraction: float) -> float:
        weights = {block: sum(phases.values()) for block, phases in self._plan.items()}
        whole = sum(weights.values())
        if whole <= 0:
            return fraction
        done = sum(weights.get(block, 0.0) for block in self._finished)
        return min(1.0, (done + weights.get(self._block, 0.0) * self._fraction(fraction)) / whole)
