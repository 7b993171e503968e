"""What a lane of an engine tells, as tests wait for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from engine.contracts.events import OVER, Event, RunChanged
from engine.service.process import Lane


def until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait for a condition; fails after so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


class Ear(list[Event]):
    """All that a lane told."""

    def __init__(self, lane: Lane) -> None:
        super().__init__()
        self.lane = lane

    def has(self, kind: type[Any], **values: Any) -> bool:
        """True if such an event was told by now."""
        self += self.lane.drain(10_000)
        return any(isinstance(e, kind) and all(getattr(e, k) == v for k, v in values.items()) for e in self)

    def wait(self, kind: type[Any], **values: Any) -> None:
        """Wait for such an event."""
        until(lambda: self.has(kind, **values))

    def wait_for_end(self, run: str) -> str:
        """Wait for the end of a run; gives its state."""
        until(lambda: any(self.has(RunChanged, run=run, state=state) for state in OVER))
        return next(e.state for e in self if isinstance(e, RunChanged) and e.run == run and e.state in OVER)
