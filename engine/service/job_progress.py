"""Progress and remaining time of a job (an export, a check of one, a download). Torch-free."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.contracts.commands import READ, WRITTEN, Command, Export
from engine.contracts.events import Progress
from engine.run.pace import Phase
from engine.run.progress import Meter
from engine.run.rates import Rates

JOB = "job"
BYTES_PER_SECOND = 4e7
"""Of an artifact that is exported, on a machine that has told nothing yet; each phase."""
STARTING = 3.0
"""Seconds that a fresh process takes until it reads."""

PhaseEnds = Sequence[tuple[Phase, float]]
"""Phases, and the fraction of the job at which each ends."""


class JobMeter:
    """Call it with fractions of the job and a text; it emits `Progress`, at most ten times a second.

    Parameters
    ----------
    ends: the phases; without any, the job is one of unknown length.
    rates: what this machine has learned. block: of the events.
    """

    def __init__(
        self,
        run: str,
        emit: Callable[[Progress], None],
        phases: PhaseEnds = (),
        *,
        clock: Callable[[], float] = time.monotonic,
        rates: Rates | None = None,
        block: str | None = None,
    ) -> None:
        self._emit, self._block = emit, block
        self._meter = Meter(run, self._on_progress, clock, rates)
        self._phase_ends = phases or ((Phase("work", 0.0), 1.0),)
        if phases:
            self._meter.plan({JOB: tuple(phase for phase, _ in phases)})
        self._meter.begin(JOB)
        self._number = -1
        self._over = False

    def beat(self) -> None:
        """Time passes: see `Meter.beat`."""
        self._meter.beat()

    def __call__(self, fraction: float, text: str = "") -> None:
        """``fraction`` (0..1) of the job is done."""
        last = len(self._phase_ends) - 1
        number = next((i for i, (_, end) in enumerate(self._phase_ends) if fraction < end), last)
        while self._number < number:
            self._number += 1
            self._meter.phase(self._phase_ends[self._number][0].kind, text)
        start = self._phase_ends[self._number - 1][1] if self._number else 0.0
        end = self._phase_ends[self._number][1]
        self._meter.update((fraction - start) / (end - start), text)
        if fraction >= 1.0 and not self._over:
            self._over = True
            self._meter.end()
            self._meter.say(text)

    def _on_progress(self, event: Progress) -> None:
        """A job is a run of one block."""
        mine = {"block": self._block, "fraction": event.total, "elapsed": event.total_elapsed, "eta": event.total_eta}
        self._emit(dataclasses.replace(event, **mine))  # type: ignore[arg-type]


def export_ends(artifact: Path, format_id: str) -> PhaseEnds:
    """The phases of an export: what the artifact gives is read, the folder is written, and loaded in a fresh
    process."""
    seconds = 0.5 + _bytes(artifact) / BYTES_PER_SECOND
    return (
        (Phase("load", seconds, f"export {format_id}: read"), READ),
        (Phase("store", seconds, f"export {format_id}: write"), WRITTEN),
        (Phase("verify", STARTING + seconds, f"export {format_id}: verify"), 1.0),
    )


def verify_ends(folder: Path) -> PhaseEnds:
    """The phases of a check of an export: its files are hashed, and loaded in a fresh process."""
    size = _bytes(folder)
    return (
        (Phase("load", 0.1 + size / (20 * BYTES_PER_SECOND), "verify: hash"), READ),
        (Phase("verify", STARTING + size / BYTES_PER_SECOND, "verify: load"), 1.0),
    )


def ends_of(command: Command) -> PhaseEnds:
    """The phases of what a command asks for, as far as they are known."""
    return export_ends(Path(command.artifact), command.format) if isinstance(command, Export) else ()


def _bytes(path: Path) -> int:
    try:
        if path.is_file():
            return path.stat().st_size
        return sum(file.stat().st_size for file in path.iterdir() if file.is_file())
    except OSError:
        return 0
