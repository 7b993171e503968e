"""A run that goes on, with all that it has told: shown, or beside the one that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine.contracts.events import Event, Progress
from engine.pipeline.document import Pipeline
from engine.record.state import RunState


@dataclass
class OpenRun:
    """``pipeline``: the document that was run, with blocks that are off. ``listener``: told of events while it is not
    shown."""

    state: RunState
    pipeline: Pipeline
    events: list[Event] = field(default_factory=list)
    """What charts are drawn from when it is shown."""
    listener: Callable[[OpenRun, list[Event]], None] | None = None

    def keep(self, events: Sequence[Event]) -> None:
        """Remember what was told; progress is in the state."""
        self.events += [event for event in events if not isinstance(event, Progress)]

    def hear(self, events: list[Event]) -> None:
        """Take in events while it is not shown."""
        for event in events:
            self.state.apply(event)
        self.keep(events)
        if self.listener is not None:
            self.listener(self, events)
