"""An engine that says what a test tells it to: for tests of views. Real runs are tested with the real engine."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from engine.contracts.commands import Checked, Command, RunPipeline
from engine.contracts.events import Event, JobDone, RunChanged

if TYPE_CHECKING:
    from studio.assembly import Studio

FREE = 10**12
"""Bytes of memory and disk that nobody runs out of."""


class FakeEngine:
    """Keeps the commands that were sent; `say` queues events for the next drain."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.calls: list[tuple[str, str]] = []
        self.closed = False
        self._events: deque[Event] = deque()

    def say(self, *events: Event) -> None:
        self._events.extend(events)

    def answer(self, result: object) -> None:
        """Answer the last command."""
        self.say(JobDone(run=self.commands[-1].id, result=result))

    def send(self, command: Command) -> None:
        self.commands.append(command)

    def drain(self, limit: int) -> list[Event]:
        return [self._events.popleft() for _ in range(min(limit, len(self._events)))]

    def pause(self, id: str) -> None:
        self.calls.append(("pause", id))

    def resume(self, id: str) -> None:
        self.calls.append(("resume", id))

    def stop(self, id: str) -> None:
        self.calls.append(("stop", id))

    def cancel(self, id: str) -> None:
        self.calls.append(("cancel", id))

    def close(self, timeout: float) -> bool:
        self.closed = True
        return True


def run_until_started(studio: Studio, engine: FakeEngine) -> RunPipeline:
    """Open the sample in a window and start it: checked without a problem, told as running."""
    studio.files.open_sample()
    studio.window.table["run.start"].trigger()
    blocks = {block.id: (10, 10, 1.0) for block in studio.document.pipeline.blocks}
    engine.answer(Checked((), blocks, (), FREE, FREE))
    studio.bridge.pump()
    command = engine.commands[-1]
    assert isinstance(command, RunPipeline)
    engine.say(RunChanged(run=command.id, state="running"))
    studio.bridge.pump()
    return command
