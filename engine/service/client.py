"""Client of engines in one thread: commands go down to their lanes, events come up to whoever asked.

A window, a notebook or a service calls `Client.pump` from time to time; nothing here waits but `Client.close`. Imports
no torch.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from engine.base.errors import StudioError
from engine.contracts.commands import (
    CheckPipeline,
    Command,
    Download,
    Export,
    Generate,
    Inspect,
    InspectRotation,
    RunClaims,
    RunPipeline,
)
from engine.contracts.events import OVER, Event, Failure, JobDone, Log, RunChanged, StageChanged
from engine.contracts.publishing import Push
from engine.contracts.replay import ReadCard, ReplayExport
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.service.follow import Follower
from engine.service.protocol import EngineProtocol

if TYPE_CHECKING:
    from engine.service.process import EngineProcess

CLOSE_SECONDS = 5.0
BATCH = 512
"""Events taken from one engine at once: a flood is spread over several calls."""
SILENT_SECONDS = 20.0
"""An engine process that gives no sign of life for so long is frozen, as far as a person can tell."""
FOLLOWED = "followed "
"""The lane of a run that another process executes begins with this; its id follows."""
LANES: dict[type[Command], str] = {
    RunPipeline: "run",
    Download: "download",
    Inspect: "study",
    InspectRotation: "study",
    Generate: "study",
    Export: "study",
    CheckPipeline: "check",
    RunClaims: "run",
    Push: "download",
    ReadCard: "cards",
    ReplayExport: "run",
}
"""Lane of each command; all others go to "look", so that a quick look never waits for long work. What trains shares the
lane of runs: libraries have one state of a training in a process."""


class Follows(EngineProtocol, Protocol):
    """An engine of one run."""

    def start(self) -> None:
        """Begin."""


Events = Callable[[list[Event]], None]


@dataclass
class _Beside:
    lane: str
    on_events: Events


@dataclass
class _Job:
    lane: str
    on_done: Callable[[object], None]
    on_failed: Callable[[Failure | None], None]
    on_progress: Callable[[Event], None] | None


class Client:
    """Drives an engine process, or engine threads made when first needed. One thread only.

    A subclass gets the events of the present run by `on_events`. Runs beside it, on other machines, call back, and so
    does every other job. Events of other runs, and of jobs that nobody waits for any more, are dropped here.
    """

    def __init__(
        self, *, make: Callable[[str], EngineProtocol] | None = None, process: EngineProcess | None = None
    ) -> None:
        """``process``: what to drive, not started yet; or ``make``: an engine for a lane, a thread by default."""
        self._process = process
        self._make = make or (_engine if process is None else process.lane)
        self._engines: dict[str, EngineProtocol] = {}
        self._jobs: dict[str, _Job] = {}
        self._run: str | None = None
        self._run_open = False
        self._run_lane = "run"
        self._beside: dict[str, _Beside] = {}
        """Open runs other than the present one, by id."""
        self._silent = False

    # -- what a subclass hears ----------------------------------------------------------------------------------------
    def on_events(self, events: list[Event]) -> None:
        """Events of the present run, in order."""

    def on_log(self, line: Log) -> None:
        """A line of an engine that belongs to no run, such as that it could not start."""

    def on_silence(self, silent: bool) -> None:
        """True if the engine process has not answered for `SILENT_SECONDS` while something was being waited for."""

    def set_polling(self, something: bool) -> None:
        """True if there is anything to pump for; may be told again."""

    # -- what it does -------------------------------------------------------------------------------------------------
    def warm_up(self) -> None:
        """Let torch be loaded before anything is asked."""
        if self._process is not None:
            self._process.start()
        else:
            self._engine("look")

    def run(self, command: RunPipeline) -> None:
        """Start a run; its events come through `on_events`."""
        self._run, self._run_open, self._run_lane = command.id, True, "run"
        refused = self._send("run", command)
        if refused is not None:
            self._run_open = False
            self.on_events([refused, RunChanged(run=command.id, state="failed", message=refused.what)])

    def follow(self, folder: RunFolder) -> None:
        """Follow a run that another process executes, from its first event on, as if it had been started here."""
        self.attend(Follower(folder), folder.id)

    def attend(self, follower: Follows, run: str) -> None:
        """Follow a run by an engine of its own, which is started; the run does not end with this process."""
        self._drop_follower(run)
        self._beside.pop(run, None)
        self._run, self._run_open, self._run_lane = run, True, self._started(follower, run)

    def run_beside(self, command: RunPipeline, on_events: Events) -> None:
        """Start a run on this computer beside the present one; its events go to ``on_events``."""
        self._beside[command.id] = _Beside("run", on_events)
        refused = self._send("run", command)
        if refused is not None:
            del self._beside[command.id]
            on_events([refused, RunChanged(run=command.id, state="failed", message=refused.what)])

    def attend_beside(self, follower: Follows, run: str, on_events: Events) -> None:
        """`attend` beside the present run."""
        self._beside[run] = _Beside(self._started(follower, run), on_events)

    def put_beside(self, on_events: Events) -> None:
        """Let the present run, which is open, go on beside the next one."""
        if self._run is not None and self._run_open:
            self._beside[self._run] = _Beside(self._run_lane, on_events)
        self._run, self._run_open, self._run_lane = None, False, "run"

    def bring_forward(self, run: str) -> None:
        """Make a run beside the present one, which has ended or was put beside, the present one."""
        entry = self._beside.pop(run)
        self._run, self._run_open, self._run_lane = run, True, entry.lane

    @property
    def can_go_on_alone(self) -> bool:
        """True if the open runs would go on if this process ended."""
        lanes = self._open_lanes()
        return bool(lanes) and (self._process is not None or "run" not in lanes)

    def leave_alone(self) -> bool:
        """Let the open runs go on without this process and end all else; nothing is called back after this. False if
        those of this computer could not be handed over and end too."""
        for job in [name for name, job in self._jobs.items() if job.lane == "run"]:
            self.cancel(job)  # what waits or works beside the run would go on behind it
        self._jobs.clear()
        is_here = "run" in self._open_lanes()
        if not is_here or self._process is None:
            return self.close() and not is_here
        self._run_open = False
        self._beside.clear()
        self.set_polling(False)
        for lane in [lane for lane in self._engines if lane.startswith(FOLLOWED)]:
            self._engines[lane].close(0.0)
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
        None if it was cancelled; ``on_progress`` every event in between."""
        lane = LANES.get(type(command), "look")
        self._jobs[command.id] = _Job(lane, on_done, on_failed, on_progress)
        refused = self._send(lane, command)
        if refused is not None:
            del self._jobs[command.id]
            self.call(on_failed, refused)
        return command.id

    def call(self, callback: Callable[..., None], answer: object) -> None:
        """Call back who asked; a subclass knows who is not there any more."""
        callback(answer)

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
        """`close` without a person's wish, such as a signal or the end of the desktop's session: the run that ends with
        it is offered to be taken up."""
        runs = self._open_here()
        self.close()
        for run in runs:
            with contextlib.suppress(StudioError):
                RunFolder(Home.default().runs / run).mark_interrupted()

    def close(self, seconds: float = CLOSE_SECONDS) -> bool:
        """Cancel everything and end the engine; nothing is called back after this. Whether it ended in time; a process
        that did not is killed, a run that is followed goes on."""
        self.set_polling(False)
        for job in list(self._jobs):
            self.cancel(job)
        for run in self._open_here():
            self.cancel(run)
        self._jobs.clear()
        self._beside.clear()
        self._run_open = False
        deadline = time.monotonic() + seconds
        engines = list(self._engines.values()) if self._process is None else [self._process]
        for lane in [lane for lane in self._engines if lane.startswith(FOLLOWED)]:
            self._engines.pop(lane).close(0.0)
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
        of_run: list[Event] = []
        beside: dict[str, list[Event]] = {}
        for event in events:
            if event.run == self._run:
                of_run.append(event)
                if isinstance(event, RunChanged) and event.state in OVER:
                    self._run_open = False
                    if self._run_lane != "run":
                        self._engines.pop(self._run_lane, None)
            elif event.run in self._beside:
                beside.setdefault(event.run, []).append(event)
            elif event.run in self._jobs:
                self._deliver(self._jobs[event.run], event)
            elif not event.run and isinstance(event, Log):
                self.on_log(event)
        if of_run:
            self.on_events(of_run)
        for run, of_it in beside.items():
            self._deliver_beside(run, of_it)
        if not self._jobs and not self._run_open and not self._beside and not events:
            self._hear_silence(False)
            self.set_polling(False)

    def _deliver_beside(self, run: str, events: list[Event]) -> None:
        entry = self._beside.get(run)
        if entry is None:
            if run == self._run:  # it was brought forward by earlier events
                self.on_events(events)
            return
        if any(isinstance(event, RunChanged) and event.state in OVER for event in events):
            del self._beside[run]
            if entry.lane != "run":
                self._engines.pop(entry.lane, None)
        entry.on_events(events)

    # -- inside -------------------------------------------------------------------------------------------------------
    def _hear_silence(self, silent: bool) -> None:
        if silent != self._silent:
            self._silent = silent
            self.on_silence(silent)

    def _deliver(self, job: _Job, event: Event) -> None:
        if isinstance(event, JobDone):
            del self._jobs[event.run]
            self.call(job.on_done, event.result)
        elif isinstance(event, Failure):
            del self._jobs[event.run]
            self.call(job.on_failed, event)
        elif isinstance(event, RunChanged | StageChanged) and event.state == "cancelled":
            del self._jobs[event.run]
            self.call(job.on_failed, None)
        elif job.on_progress is not None:
            self.call(job.on_progress, event)

    def _send(self, lane: str, command: Command) -> Failure | None:
        """Queue a command; the refusal if the engine takes no more."""
        try:
            self._engine(lane).send(command)
        except StudioError as error:
            return Failure(run=command.id, what=error.what, where=error.where, why=error.why, advice=error.advice)
        self.set_polling(True)
        return None

    def _started(self, follower: Follows, run: str) -> str:
        """Begin to follow; gives the lane."""
        follower.start()
        lane = f"{FOLLOWED}{run}"
        self._engines[lane] = follower
        self.set_polling(True)
        return lane

    def _drop_follower(self, run: str) -> None:
        if former := self._engines.pop(f"{FOLLOWED}{run}", None):
            former.close(0.0)

    def _open_lanes(self) -> list[str]:
        return [entry.lane for entry in self._beside.values()] + ([self._run_lane] if self._run_open else [])

    def _open_here(self) -> list[str]:
        """Ids of the open runs that an engine of this process executes."""
        runs = [run for run, entry in self._beside.items() if entry.lane == "run"]
        present = self._run if self._run_open and self._run_lane == "run" else None
        return runs + ([present] if present is not None else [])

    def _lane(self, job: str) -> str:
        if job in self._beside:
            return self._beside[job].lane
        return self._jobs[job].lane if job in self._jobs else self._run_lane

    def _engine(self, lane: str) -> EngineProtocol:
        if lane not in self._engines:
            self._engines[lane] = self._make(lane)
        return self._engines[lane]


def _engine(lane: str) -> EngineProtocol:
    from engine.service.worker import Engine

    engine = Engine()
    engine.name = f"engine-{lane}"
    engine.start()
    return engine
