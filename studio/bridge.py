"""Between the window and the engine: commands go down to the engine's lanes, events come up through ONE timer.

The program's window drives an engine process (`engine.run.process`); without one, each lane is a thread of this
process.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal

from engine.contracts.commands import Command, Download, Export, Generate, Inspect, InspectRotation, RunPipeline
from engine.contracts.errors import StudioError
from engine.contracts.events import Event, Failure, JobDone, Log, RunChanged, StageChanged
from engine.run.home import Home
from engine.run.protocol import EngineProtocol

if TYPE_CHECKING:
    from engine.run.folder import RunFolder
    from engine.run.process import EngineProcess

PERIOD_MS = 33
CLOSE_SECONDS = 5.0
BATCH = 512
"""Events taken from one engine per tick: a flood is spread over several frames."""
SILENT_SECONDS = 20.0
"""An engine process that gives no sign of life for so long is frozen, as far as a person can tell."""
FINAL = ("done", "failed", "cancelled", "interrupted")
FOLLOWED = "followed"
"""The lane of a run that another process executes."""
LANES: dict[type[Command], str] = {
    RunPipeline: "run",
    Download: "download",
    Inspect: "study",
    InspectRotation: "study",
    Generate: "study",
    Export: "study",
}
"""Which lane a command goes to; all others go to "look", so that a quick look never waits for long work."""


@dataclass
class _Job:
    lane: str
    on_done: Callable[[object], None]
    on_failed: Callable[[Failure | None], None]
    on_progress: Callable[[Event], None] | None


class Bridge(QObject):
    """Owns the engine process, or engine threads made when first needed. GUI thread only.

    Runs are followed by the signal `received`; every other job by the callbacks given to `ask`. Events of runs other
    than the last one started, and of jobs that nobody waits for any more, are dropped here.
    """

    received = Signal(list)
    """Events of the present run, in order."""
    said = Signal(object)
    """A `Log` line of an engine that belongs to no run, such as that it could not start."""
    busy_changed = Signal(bool)
    silence_changed = Signal(bool)
    """Whether the engine process has not answered for `SILENT_SECONDS` while something was being waited for."""

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        make: Callable[[str], EngineProtocol] | None = None,
        process: EngineProcess | None = None,
    ) -> None:
        """``process``: what to drive, not started yet; or ``make``: an engine for a lane, a thread by default."""
        super().__init__(parent)
        self._process = process
        self._make = make or (_engine if process is None else process.lane)
        self._engines: dict[str, EngineProtocol] = {}
        self._jobs: dict[str, _Job] = {}
        self._run: str | None = None
        self._run_open = False
        self._run_lane = "run"
        self._silent = False
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self.pump)

    @property
    def run_id(self) -> str | None:
        """The id of the last run started."""
        return self._run

    def warm_up(self) -> None:
        """Let torch be loaded while the user reads the welcome page."""
        if self._process is not None:
            self._process.start()
        else:
            self._engine("look")

    def run(self, command: RunPipeline) -> None:
        """Start a run; its events come through `received`."""
        self._run, self._run_open, self._run_lane = command.id, True, "run"
        refused = self._send("run", command)
        if refused is not None:
            self._run_open = False
            self.received.emit([refused, RunChanged(run=command.id, state="failed", message=refused.what)])

    def follow(self, folder: RunFolder) -> None:
        """Follow a run that another process executes, from its first event on, as if it had been started here."""
        from engine.run.follow import Follower

        follower = Follower(folder)
        follower.start()
        self._engines[FOLLOWED] = follower
        self._run, self._run_open, self._run_lane = folder.id, True, FOLLOWED
        self._begin_pumping()

    @property
    def can_go_on_alone(self) -> bool:
        """Whether the present run would go on without the window."""
        return self._run_open and (self._process is not None or self._run_lane == FOLLOWED)

    def leave_alone(self) -> bool:
        """Let the present run go on without the window and end all else; nothing is called back after this. False if it
        could not be handed over and ends with the window."""
        self._timer.stop()
        self._jobs.clear()
        if self._run_lane == FOLLOWED:
            self._run_open = False
            return self.close()
        assert self._process is not None
        self._run_open = False
        self._engines.clear()
        return self._process.detach()

    def end_silent_engine(self) -> None:
        """End an engine process that does not answer; what it did is interrupted, and another is started."""
        if self._process is not None:
            self._process.end_unresponsive()

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

    def interrupt(self) -> None:
        """`close` without a person's wish, such as a signal or the end of the desktop's session: the next window offers
        to take up the run that ends with it."""
        run = self._run if self._run_open and self._run_lane != FOLLOWED else None
        self.close()
        if run is not None:
            from engine.run.folder import RunFolder

            with contextlib.suppress(StudioError):
                RunFolder(Home.default().runs / run).mark_interrupted()

    def close(self, seconds: float = CLOSE_SECONDS) -> bool:
        """Cancel everything and end the engine; nothing is called back after this. Whether it ended in time; a process
        that did not is killed, a run that is followed goes on."""
        self._timer.stop()
        for job in list(self._jobs):
            self.cancel(job)
        if self._run_open and self._run is not None and self._run_lane != FOLLOWED:
            self.cancel(self._run)
        self._jobs.clear()
        self._run_open = False
        deadline = time.monotonic() + seconds
        engines = list(self._engines.values()) if self._process is None else [self._process]
        if follower := self._engines.pop(FOLLOWED, None):
            follower.close(0.0)
        self._engines.clear()
        for engine in engines:
            engine.close(0.0)
        ended = [engine.close(max(0.0, deadline - time.monotonic())) for engine in engines]
        if self._process is not None and not all(ended):
            self._process.kill()
        return all(ended)

    def pump(self) -> None:
        """Take what the engines have to say and hand it on."""
        events: list[Event] = []
        for engine in list(self._engines.values()):
            events += engine.drain(BATCH)
        if self._process is not None:
            events += self._process.notices.drain()
            self._hear_silence(self._process.silent_seconds > SILENT_SECONDS)
        run_events: list[Event] = []
        for event in events:
            if event.run == self._run:
                run_events.append(event)
                if isinstance(event, RunChanged) and event.state in FINAL:
                    self._run_open = False
                    self._engines.pop(FOLLOWED, None)
            elif event.run in self._jobs:
                self._deliver(self._jobs[event.run], event)
            elif not event.run and isinstance(event, Log):
                self.said.emit(event)
        if run_events:
            self.received.emit(run_events)
        if not self._jobs and not self._run_open and not events:
            self._timer.stop()
            self._hear_silence(False)
            self.busy_changed.emit(False)

    def _hear_silence(self, silent: bool) -> None:
        if silent != self._silent:
            self._silent = silent
            self.silence_changed.emit(silent)

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
        self._begin_pumping()
        return None

    def _begin_pumping(self) -> None:
        if not self._timer.isActive():
            self._timer.start()
            self.busy_changed.emit(True)

    def _lane(self, job: str) -> str:
        return self._jobs[job].lane if job in self._jobs else self._run_lane

    def _engine(self, lane: str) -> EngineProtocol:
        if lane not in self._engines:
            self._engines[lane] = self._make(lane)
        return self._engines[lane]


def new_id() -> str:
    """A fresh id for a job."""
    return uuid.uuid4().hex[:12]


def _alive(callback: Callable[..., None]) -> bool:
    owner = getattr(callback, "__self__", None)
    return not isinstance(owner, QObject) or shiboken6.isValid(owner)


def _engine(lane: str) -> EngineProtocol:
    from engine.run.worker import Engine

    engine = Engine()
    engine.name = f"engine-{lane}"
    engine.start()
    return engine
