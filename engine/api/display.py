"""Progress of a call on standard error, and who hears the events of a run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping

from engine.contracts.events import Event
from engine.record.home import Home
from engine.run.rates import Rates
from engine.service.job_progress import JobMeter, PhaseEnds
from engine.service.terminal import Terminal


@contextlib.contextmanager
def terminal_of(titles: Mapping[str, str], progress: bool) -> Iterator[Terminal]:
    """Yield a terminal that shows events, or nothing without ``progress``. ``titles``: by the id of a block."""
    terminal = Terminal(titles, show="all" if progress else "nothing")
    try:
        yield terminal
    finally:
        terminal.close()


def both(first: Callable[[Event], None], second: Callable[[Event], None]) -> Callable[[Event], None]:
    """A listener that hands each event to two others."""

    def hand_on(event: Event) -> None:
        first(event)
        second(event)

    return hand_on


def meter(terminal: Terminal, phases: PhaseEnds = ()) -> JobMeter:
    """Progress of a job outside a run; ``phases``: with their ends (`engine.service.job_progress`)."""
    return JobMeter("local", terminal, phases, rates=Rates(Home.default().cache / "phases.json"), block="local")
