"""Progress and remaining time of a run: the engine's side.

A block is a row of phases (load, work, store, measure, verify), each with the seconds that it is expected to take on
this machine. `Pace` says what is left of the present phase; phases to come are scaled by how wrong the expectation was
so far. Fractions are shares of time, and never go back. What is shown of all this is `engine.record.timing`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from engine.contracts.events import Progress
from engine.record.timing import Ledger
from engine.run.pace import HIDDEN, Kind, Pace, Phase
from engine.run.rates import Rates

SECONDS_BETWEEN = 0.1
SECONDS_OF_SILENCE = 1.0
FAINT = 3.0
"""Seconds of work that the plan counts for, against how wrong it was so far."""
TRUSTED = 3.0
"""Limit of the scale that other phases give to this one: at most so many times faster or slower."""
FOUND = 0.05
"""A phase that said nothing and took less than this share of its seconds was found done."""
ALMOST = 0.99
"""Fractions of what is not over yet."""

Phases = tuple[Phase, ...]
WORDS: dict[Kind, str] = {
    "load": "Loading the model",
    "work": "Working",
    "store": "Storing the result",
    "measure": "Measuring",
    "verify": "Verifying",
}


class Meter:
    """Turns fractions into `Progress` events, at most ten a second.

    Parameters
    ----------
    clock: seconds; time spent paused should not count.
    rates: what this machine has learned; plans count as they are without.
    """

    def __init__(
        self,
        run: str,
        emit: Callable[[Progress], None],
        clock: Callable[[], float] = time.monotonic,
        rates: Rates | None = None,
    ) -> None:
        self._run, self._emit, self._clock, self._rates = run, emit, clock, rates
        self._start = clock()
        self._thread = threading.get_ident()
        self._plan: dict[str, Phases] = {}
        self._finished: set[str] = set()
        self._worked: dict[str, tuple[float, float]] = {}
        """Key, or kind, of phases that are over -> spent and expected seconds of what was worked on."""
        self._ledger = Ledger()
        self._block, self._index = "", -1
        self._phase: Phase | None = None
        self._pace = Pace(0.0, self._start)
        self._text = ""
        self._emitted = float("-inf")
        self._moved = 0.0
        self._total = self._credit = 0.0
        self._shares: dict[str, float] = {}

    # -- the clock ---------------------------------------------------------------------------------------------------
    def seconds(self) -> float:
        """Of the run so far, without pauses."""
        return self._clock() - self._start

    def block_seconds(self, block: str) -> float:
        """Of a block so far, with all its phases: the blocks add up to the run."""
        return self._ledger.seconds(block, self.seconds())

    def start(self) -> None:
        """The run begins now."""
        self._start = self._clock()

    # -- what is done ------------------------------------------------------------------------------------------------
    def plan(self, blocks: Mapping[str, Phases]) -> None:
        """Set the phases of each block. May be called again when more is known."""
        phases = {block: tuple(known_phases) for block, known_phases in blocks.items()}
        self._plan = self._rates.planned(phases) if self._rates is not None else phases

    def say(self, text: str) -> None:
        """Name what is done that is of no block."""
        self._emit(self._event(text, None))

    def begin(self, block: str) -> None:
        """A block starts, or goes on."""
        self._leave(finished=False)
        self._block, self._index = block, -1
        self._ledger.enter(block, self.seconds())

    def phase(self, kind: Kind, text: str = "") -> None:
        """The next phase of the block starts; phases before it that did not come are left out."""
        self._leave(finished=True)
        phases = self._plan.get(self._block, ())
        later = (i for i in range(max(0, self._index), len(phases)) if phases[i].kind == kind)
        following = next(later, None)
        if following is not None:
            self._index = following
        self._phase = Phase(kind, 0.0) if following is None else phases[following]
        self._pace = Pace(self._phase.seconds, self.seconds())
        self._text = text or WORDS[kind]
        self._emit_progress()

    def end(self) -> None:
        """The block is over, or was found in the cache."""
        self._leave(finished=True)
        self._finished.add(self._block)
        if self._finished >= self._plan.keys():
            self._total = 1.0
        if self._rates is not None:
            self._rates.learn(self._learned())

    def update(self, fraction: float, text: str = "") -> None:
        """``fraction`` (0..1) of the present phase is done."""
        now = self.seconds()
        fraction = min(1.0, max(0.0, fraction))
        new = self._pace.first is None
        self._pace.update(fraction, now)
        if new and fraction > 0.0:  # an interrupted run had done it
            self._advance(self._pace.expected * fraction)
        self._text = text or self._text
        if now - self._emitted >= SECONDS_BETWEEN or fraction >= 1.0:
            self._emit_progress()

    def beat(self) -> None:
        """Work goes on: say once a second that time passes, however long its present unit takes."""
        silent = self.seconds() - self._emitted
        if silent >= SECONDS_OF_SILENCE and self._phase is not None and threading.get_ident() == self._thread:
            self._emit_progress()

    # -- inside ------------------------------------------------------------------------------------------------------
    def _emit_progress(self) -> None:
        self._emitted = self.seconds()
        self._emit(self._event(self._text, self._block))

    def _event(self, text: str, block: str | None) -> Progress:
        now = self.seconds()
        here = self._here(now)
        later, others = self._later(), self._others()
        total = None if here is None else here[0] + later + others
        self._advance(now - self._moved)
        self._moved = now
        said = total is not None and self._is_sure()
        return Progress(
            run=self._run,
            block=block,
            fraction=self._shares.get(self._block, 0.0) if block is not None else 0.0,
            total=self._total,
            text=text,
            elapsed=self._ledger.seconds(self._block, now) if block is not None else 0.0,
            eta=None if here is None or block is None or not said else here[0] + later,
            total_elapsed=now,
            total_eta=total if said else None,
            phase=self._phase.kind if self._phase is not None and block is not None else "",
            unit=0.0 if here is None else here[1],
        )

    def _advance(self, seconds: float) -> None:
        """So many seconds of work were done: fractions come closer to 1 by their share of what was left.

        Until that is known well enough they are shares of the plan; then all that was done until then counts at once.
        """
        now = self.seconds()
        here = self._here(now)
        block = self._shares.get(self._block, 0.0)
        if here is None or not self._plan:
            block = max(block, self._pace.done)
            self._total = max(self._total, self._pace.done if not self._plan else 0.0)
        elif not self._is_sure():
            self._credit += seconds
            share = min(HIDDEN, self._done() / max(1e-9, self._planned()))
            block, self._total = max(block, share), max(self._total, share)
        else:
            remaining = here[0] + self._later()
            everything = remaining + self._others()
            if self._credit:
                block = max(block, _closer(0.0, self._ledger.seconds(self._block, now), remaining))
                self._total = max(self._total, _closer(0.0, self._credit + seconds, everything))
                self._credit = 0.0
            else:
                block, self._total = _closer(block, seconds, remaining), _closer(self._total, seconds, everything)
        self._shares[self._block] = block

    def _done(self) -> float:
        """Expected seconds of what was done."""
        return self._pace.seen()[1] + sum(worked[1] for worked in self._worked.values())

    def _planned(self) -> float:
        return sum(phase.seconds for phases in self._plan.values() for phase in phases)

    def _here(self, now: float) -> tuple[float, float] | None:
        if self._phase is None:
            return (0.0, 0.0) if self._plan else None
        return self._pace.left(self._correction(self._phase), now)

    def _later(self) -> float:
        """Seconds of the phases of this block that have not begun."""
        phases = self._plan.get(self._block, ())
        return sum(phase.seconds * self._correction(phase) for phase in phases[self._index + 1 :])

    def _others(self) -> float:
        waiting = [b for b in self._plan if b != self._block and b not in self._finished]
        return sum(phase.seconds * self._correction(phase) for block in waiting for phase in self._plan[block])

    def _correction(self, phase: Phase) -> float:
        """Times its expected seconds that a phase takes, by what was worked on so far: the like of it, else all."""
        if phase.key in self._worked:
            spent, expected = self._worked[phase.key]
            return spent / expected
        spent, expected = self._pace.seen() if self._phase is not None else (0.0, 0.0)
        if self._phase is not None and phase is not self._phase and phase.key and phase.key == self._phase.key:
            return (spent + FAINT) / (expected + FAINT)
        spent += sum(worked[0] for worked in self._worked.values())
        expected += sum(worked_seconds[1] for worked_seconds in self._worked.values())
        return min(TRUSTED, max(1.0 / TRUSTED, (spent + FAINT) / (expected + FAINT)))

    def _is_sure(self) -> bool:
        """True if enough was done, or is known of this machine, to say what is left."""
        if not self._plan:
            return True
        every = [phase for phases in self._plan.values() for phase in phases if phase.seconds > 0]
        if all(phase.learned for phase in every):
            return True
        return self._done() >= HIDDEN * self._planned()

    def _leave(self, *, finished: bool) -> None:
        phase, self._phase = self._phase, None
        if phase is None or not finished or phase.seconds <= 0:
            return
        spent = self.seconds() - self._pace.start
        expected = (1.0 - (self._pace.first or 0.0)) * phase.seconds
        if expected <= 0 or (self._pace.first is None and spent < FOUND * phase.seconds):
            return
        key = phase.key or phase.kind
        before = self._worked.get(key, (0.0, 0.0))
        self._worked[key] = before[0] + spent, before[1] + expected

    def _learned(self) -> dict[str, float]:
        """Factors of what this block did."""
        keys = {phase.key for phase in self._plan.get(self._block, ())}
        return {key: spent / expected for key, (spent, expected) in self._worked.items() if key in keys and spent > 0}


def _closer(fraction: float, seconds: float, remaining: float) -> float:
    if seconds <= 0:
        return fraction
    return max(fraction, min(ALMOST, fraction + (1.0 - fraction) * seconds / (seconds + max(0.0, remaining))))
