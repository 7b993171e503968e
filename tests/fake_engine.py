"""An engine that says what a test tells it to: for tests of views. Real runs are tested with the real engine."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from engine.contracts.commands import Checked, Command, RunPipeline
from engine.contracts.events import Event, JobDone, LayerDone, Measured, Metric, RunChanged, StageChanged
from engine.pipeline.document import Pipeline

if TYPE_CHECKING:
    from studio.shell.assembly import Studio

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


STARTED = time.mktime((2026, 3, 1, 14, 3, 0, 0, 0, -1))
PIPELINE = Pipeline.linear([("model", {"model": "sample"}), ("round_to_nearest", {"group_size": 32})])
BLOCKS = ("model_1", "round_to_nearest_1")


def finish_run(studio: Studio, engine: FakeEngine, folder: Path) -> None:
    """A run of both blocks, with a result, a curve and a layer each."""
    studio.document.open(PIPELINE, None)
    studio.window.show_workspace()
    studio.window.table["run.start"].trigger()
    engine.answer(Checked((), dict.fromkeys(BLOCKS, (10, 10, 1.0)), (), FREE, FREE))
    studio.bridge.pump()
    command = engine.commands[-1]
    assert isinstance(command, RunPipeline)
    run = command.id
    engine.say(RunChanged(run=run, state="running", time=STARTED))
    for name, value in zip(BLOCKS, (20.0, 30.0), strict=True):
        artifact = folder / name
        artifact.mkdir()
        metrics = {"perplexity": value, "size_bytes": 1e6}
        engine.say(
            Metric(run=run, block=name, name=f"curve of {name}", value=1.0, step=1),
            LayerDone(run=run, block=name, layer="layers.0.up", index=0, count=1, metrics={"sparsity": 0.5}),
            Measured(run=run, block=name, artifact=str(artifact), metrics=metrics, protocol={"text": "sample"}),
            StageChanged(run=run, block=name, state="done", seconds=1.0, artifact=str(artifact)),
        )
    engine.say(RunChanged(run=run, state="done"))
    studio.bridge.pump()
    studio.results.show_now()
