"""Between the window and the engine: commands go down to engine threads, events come up through ONE timer."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal

from engine.contracts.commands import Command, Download, Export, Generate, Inspect, InspectRotation, RunPipeline
from engine.contracts.errors import StudioError
from engine.contracts.events import Event, Failure, JobDone, Log, RunChanged, StageChanged

PERIOD_MS = 33
CLOSE_SECONDS = 5.0
BATCH = 512
"""Events taken from one engine per tick: a flood is spread over several frames."""
FINAL = ("done", "failed", "cancelled")
LANES: dict[type[Command], str] = {
    RunPipeline: "run",
    Download: "download",
    Inspect: "study",
    InspectRotation: "study",
    Generate: "study",
    Export: "study",
}
"""Which engine thread a command goes to; all others go to "look", so that a quick look never waits for long work."""


class EngineLike(Protocol):
    """What the bridge needs of `engine.run.worker.Engine`."""

    def send(self, command: Command) -> None: ...
    def drain(self, limit: int) -> list[Event]: ...
    def pause(self, id: str) -> None: ...
    def resume(self, id: str) -> None: ...
    def stop(self, id: str) -> None: ...
    def cancel(self, id: str) -> None: ...
    def close(self, timeout: float) -> bool: ...


@dataclass
class _Job:
    lane: str
    on_done: Callable[[object], None]
    on_failed: Callable[[Failure | None], None]
    on_progress: Callable[[Event], None] | None


class Bridge(QObject):
    """Owns the engine threads (made when first needed). GUI thread only.

    Runs are followed by the signal `received`; every other job by the callbacks given to `ask`. Events of runs other
    than the last one started, and of jobs that nobody waits for any more, are dropped here.
    """

    received = Signal(list)
    """Events of the present run, in order."""
    said = Signal(object)
    """A `Log` line of an engine that belongs to no run, such as that it could not start."""
    busy_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None, *, make: Callable[[str], EngineLike] | None = None) -> None:
        super().__init__(parent)
        self._make = make or _engine
        self._engines: dict[str, EngineLike] = {}
        self._jobs: dict[str, _Job] = {}
        self._run: str | None = None
        self._run_open = False
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self.pump)

    @property
    def run_id(self) -> str | None:
        """The id of the last run started."""
        return self._run

    @property
    def is_running(self) -> bool:
        """Whether that run is not over yet."""
        return self._run_open

    @property
    def is_pumping(self) -> bool:
        """Whether anything is being waited for."""
        return self._timer.isActive()

    def warm_up(self) -> None:
        """Start the thread for looking, so that it loads torch while the user reads the welcome page."""
        self._engine("look")

    def run(self, command: RunPipeline) -> None:
        """Start a run; its events come through `received`."""
        self._run, self._run_open = command.id, True
        refused = self._send("run", command)
        if refused is not None:
            self._run_open = False
            self.received.emit([refused, RunChanged(run=command.id, state="failed", message=refused.what)])

    def ask(
        self,
        command: Command,
        on_done: Callable[[object], None],
        on_failed: Callable[[Failure | None], None],
        on_progress: Callable[[Event], None] | None = None,
    ) -> str:
        """Send a command other than a run; returns its id. ``on_done`` gets the result, ``on_failed`` the failure, or
        None if it was cancelled; ``on_progress`` every event in between. Methods of widgets that are gone meanwhile
        are not called."""
        lane = LANES.get(type(command), "look")
        self._jobs[command.id] = _Job(lane, on_done, on_failed, on_progress)
        refused = self._send(lane, command)
        if refused is not None:
            self._finish(command.id, on_failed, refused)
        return command.id

    def pause(self, job: str) -> None:
        """Hold at the next safe point."""
        self._engine(self._lane(job)).pause(job)

    def resume(self, job: str) -> None:
        """Go on."""
        self._engine(self._lane(job)).resume(job)

    def stop(self, job: str) -> None:
        """Let the block at work end early and keep what it has."""
        self._engine(self._lane(job)).stop(job)

    def cancel(self, job: str) -> None:
        """Stop at the next safe point."""
        self._engine(self._lane(job)).cancel(job)

    def forget(self, job: str) -> None:
        """Cancel a job whose answer is not wanted any more."""
        if job in self._jobs:
            self.cancel(job)
            del self._jobs[job]

    def close(self, seconds: float = CLOSE_SECONDS) -> bool:
        """Cancel everything and end the threads; nothing is called back after this. Whether all ended in time."""
        self._timer.stop()
        for job in list(self._jobs):
            self.cancel(job)
        if self._run_open and self._run is not None:
            self.cancel(self._run)
        self._jobs.clear()
        self._run_open = False
        deadline = time.monotonic() + seconds
        for engine in self._engines.values():
            engine.close(0.0)
        ended = [engine.close(max(0.0, deadline - time.monotonic())) for engine in self._engines.values()]
        self._engines.clear()
        return all(ended)

    def pump(self) -> None:
        """Take what the engines have to say and hand it on."""
        events: list[Event] = []
        for engine in list(self._engines.values()):
            events += engine.drain(BATCH)
        run_events: list[Event] = []
        for event in events:
            if event.run == self._run:
                run_events.append(event)
                if isinstance(event, RunChanged) and event.state in FINAL:
                    self._run_open = False
            elif event.run in self._jobs:
                self._deliver(self._jobs[event.run], event)
            elif not event.run and isinstance(event, Log):
                self.said.emit(event)
        if run_events:
            self.received.emit(run_events)
        if not self._jobs and not self._run_open and not events:
            self._timer.stop()
            self.busy_changed.emit(False)

    def _deliver(self, job: _Job, event: Event) -> None:
        if isinstance(event, JobDone):
            self._finish(event.run, job.on_done, event.result)
        elif isinstance(event, Failure):
            self._finish(event.run, job.on_failed, event)
        elif isinstance(event, RunChanged | StageChanged) and event.state == "cancelled":
            self._finish(event.run, job.on_failed, None)
        elif job.on_progress is not None and _alive(job.on_progress):
            job.on_progress(event)

    def _finish(self, job: str, callback: Callable[..., None], answer: object) -> None:
        del self._jobs[job]
        if _alive(callback):
            callback(answer)

    def _send(self, lane: str, command: Command) -> Failure | None:
        """Queue a command; the refusal if the engine takes no more."""
        try:
            self._engine(lane).send(command)
        except StudioError as error:
            return Failure(run=command.id, what=error.what, where=error.where, why=error.why, advice=error.advice)
        if not self._timer.isActive():
            self._timer.start()
            self.busy_changed.emit(True)
        return None

    def _lane(self, job: str) -> str:
        return self._jobs[job].lane if job in self._jobs else "run"

    def _engine(self, lane: str) -> EngineLike:
        if lane not in self._engines:
            self._engines[lane] = self._make(lane)
        return self._engines[lane]


def new_id() -> str:
    """A fresh id for a job."""
    return uuid.uuid4().hex[:12]


def _alive(callback: Callable[..., None]) -> bool:
    owner = getattr(callback, "__self__", None)
    return not isinstance(owner, QObject) or shiboken6.isValid(owner)


def _engine(lane: str) -> EngineLike:
    from engine.run.worker import Engine

    engine = Engine()
    engine.name = f"engine-{lane}"
    engine.start()
    return engine
