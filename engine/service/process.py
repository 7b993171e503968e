"""An engine in a process of its own: it can die without the window, and its memory goes back when it has ended.

`EngineProcess` keeps one child (`engine.service.child`) alive and hands out its lanes, each an `EngineProtocol`. A
thread per child starts it, reads what it tells and notices its end; another writes, so that nobody who calls waits for
a pipe. A child that dies is replaced at once, and what was open on it ends with the reason. One that is idle but keeps
much memory, holds an accelerator, or whose accelerator failed, is replaced too. Imports no torch.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from engine.base import children
from engine.base.errors import StudioError
from engine.contracts import transfers
from engine.contracts.commands import (
    CheckPipeline,
    Command,
    DescribeDevice,
    DescribeFormats,
    DescribeLayers,
    DescribeText,
    ReadReport,
    ReadStructure,
    RunPipeline,
    SearchDatasets,
)
from engine.contracts.events import Event, Failure, Log, RunChanged
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.service.buffer import EventBuffer
from engine.service.connection import Connection
from engine.service.exit_reason import RESUME, ProcessEnd, explain_end
from engine.service.protocol import (
    Ask,
    Ended,
    EventBatch,
    Follow,
    Leave,
    LogLines,
    Pulse,
    Send,
    UnknownRun,
    Verb,
    is_last,
    refuse,
)
from engine.service.remote import Machine, ReceivedEvents, delay_after
from engine.service.wire import FAR, NEAR, Greeting, Limits, code_hash

CHILD_WORD = "engine-process"
"""The argument by which a frozen program, whose executable is not Python, becomes the child."""
KEPT_BYTES = 192 << 20
"""So much more memory than when it was warm may an idle child keep."""
IDLE_SECONDS = 3.0
"""For how long nothing was asked before a child is replaced: a check is followed by its run, a run by looks at it."""
STARTS = 2
"""Children in a row that may die before they did anything; then the next command tries again."""


class Lane:
    """Commands of one kind, done one after the other in a thread of the child: see `EngineProtocol`."""

    def __init__(self, process: EngineProcess, name: str, capacity: int) -> None:
        self.name = name
        self._process = process
        self.events = EventBuffer(capacity)
        self.open: dict[str, _Open] = {}
        """Commands that the child has not ended; of `EngineProcess`, under its lock."""
        self.closing = False

    @property
    def ready(self) -> threading.Event:
        return self._process.ready

    @property
    def is_busy(self) -> bool:
        return self._process.has_open(self)

    def send(self, command: Command) -> None:
        self._process.send(self, command)

    def drain(self, limit: int = 1000) -> list[Event]:
        return self.events.drain(limit)

    def pause(self, id: str) -> None:
        self._process.ask(self, "pause", id)

    def resume(self, id: str) -> None:
        self._process.ask(self, "resume", id)

    def stop(self, id: str) -> None:
        self._process.ask(self, "stop", id)

    def cancel(self, id: str) -> None:
        self._process.ask(self, "cancel", id)

    def close(self, timeout: float = 5.0) -> bool:
        return self._process.close_lane(self, timeout)


_LOOKS = (
    *(
        CheckPipeline,
        DescribeDevice,
        DescribeFormats,
        DescribeLayers,
        DescribeText,
        ReadReport,
        ReadStructure,
        SearchDatasets,
    ),
    *transfers.COMMANDS,
)
"""Commands that leave nothing in the memory of an accelerator."""


class _Open:
    """A command that the child has not ended. ``computes``: it may leave much behind in the memory of an accelerator,
    as against a quick look."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.received = ReceivedEvents()
        """Of a run on another machine."""
        self.is_run = isinstance(command, RunPipeline)
        self.computes = not isinstance(command, _LOOKS)
        self.last: list[Event] = []
        """The event that ends it and what came behind it: they wait until its id is free."""

    def holds(self, event: Event) -> bool:
        """Hold an event back if it ends the command or comes behind that; False if it can be drained at once."""
        if self.last or is_last(event, self.command):
            self.last.append(event)
        return bool(self.last)


class EngineProcess:
    """The engine process and, if it dies, the next one. All methods may be called from any thread; none waits but
    `close` and `detach`.

    Parameters
    ----------
    home: the workspace. ``device``: where models are computed, the best by default.
    machine: another machine on which the child is started; runs go on there when the connection is lost, and are
        followed over a new one.
    capacity: of the events of each lane that nobody took yet.
    command: what to start instead of this program's own child; ``--home``, ``--log`` and ``--device`` are added.
    kept_bytes: how much more memory than when it was warm an idle child may keep.
    """

    def __init__(
        self,
        home: Home | None = None,
        *,
        device: str | None = None,
        capacity: int = 20_000,
        command: Sequence[str] | None = None,
        machine: Machine | None = None,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        self._home = home or Home.default()
        self._device = device
        self._capacity = capacity
        self._machine = machine
        self._command = list(command or child_command())
        self._unreachable = 0
        """Connections in a row that reached nobody."""
        self.was_connected = False
        """True once a child on the other machine has answered."""
        self.losses = 0
        """Connections to the other machine that have ended, those that reached nobody too."""
        self._kept_bytes = kept_bytes
        self._lanes: dict[str, Lane] = {}
        self._child: Connection | None = None
        self._failed_starts = 0
        self._closing = False
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self.ready = threading.Event()
        """Set while the present child is warm."""
        self.notices = EventBuffer()
        """`Log` lines about the process itself, with an empty run id."""

    @property
    def machine(self) -> str:
        """Name of the other machine on which the child runs, "" for this one."""
        return self._machine.name if self._machine is not None else ""

    @property
    def greeting(self) -> Greeting:
        """The greeting of a child: on another machine, its sources have to be the same too."""
        return Greeting(code=code_hash() if self._machine is not None else "")

    @property
    def limits(self) -> Limits:
        """Limits of what a child may send."""
        return NEAR if self._machine is None else FAR

    def start(self) -> None:
        """Start the child now, so that it is warm when the first command comes."""
        with self._lock:
            if self._child is None and not self._closing:
                self._child = Connection(self)
                self._child.start()

    def lane(self, name: str) -> Lane:
        """The lane of this name; commands of different lanes are done at the same time."""
        with self._lock:
            if name not in self._lanes:
                self._lanes[name] = Lane(self, name, self._capacity)
            return self._lanes[name]

    @property
    def pid(self) -> int | None:
        """Of the child, None while there is none."""
        child = self._child
        return child.pid if child is not None else None

    @property
    def is_connected(self) -> bool:
        """True if a child of the same version has answered and is there."""
        child = self._child
        return child is not None and child.greeted

    @property
    def silent_seconds(self) -> float:
        """Seconds since the last sign of life of a warm child."""
        child = self._child
        return time.monotonic() - child.last_sign if child is not None and self.ready.is_set() else 0.0

    def end_unresponsive(self) -> None:
        """Kill a child that does not answer; what was open on it is interrupted, and another is started."""
        with self._lock:
            if self._child is not None:
                self._child.unresponsive = True
                self._child.kill()

    def detach(self, timeout: float = 2.0) -> bool:
        """Let runs go on without this process and end the rest; whether the child heard it within ``timeout``. Nothing
        is reported here any more: follow it by `engine.service.follow`."""
        with self._lock:
            self._closing = True
            child, self._child = self._child, None
        if child is None:
            return False
        child.post(Leave(finish_runs=True))
        return child.hang_up(timeout)

    def close(self, timeout: float = 5.0) -> bool:
        """Cancel everything and end the child; whether it ended within ``timeout`` seconds. It ends by itself soon
        after, or else when this process ends. One that is still loading torch has done nothing yet and is killed. May
        be called again."""
        with self._lock:
            self._closing = True
            child = self._child
        if child is None:
            return True
        if not self.ready.is_set():
            child.kill()
        child.post(Leave())
        child.join(timeout)
        return not child.is_alive()

    def kill(self) -> None:
        """End the child at once, at whatever it is: files are whole all the same."""
        with self._lock:
            self._closing = True
            if self._child is not None:
                self._child.kill()

    # -- of the lanes -------------------------------------------------------------------------------------------------
    def send(self, lane: Lane, command: Command) -> None:
        """See `EngineProtocol.send`."""
        with self._lock:
            refuse(command, lane.open, lane.closing or self._closing)
            self.start()
            assert self._child is not None
            self._child.post(Send(lane.name, command))
            lane.open[command.id] = _Open(command)

    def ask(self, lane: Lane, verb: Verb, id: str) -> None:
        """Pass on what is wished of an open command."""
        with self._lock:
            if self._child is not None and id in lane.open:
                self._child.post(Ask(lane.name, verb, id))

    def has_open(self, lane: Lane) -> bool:
        """See `EngineProtocol.is_busy`."""
        with self._lock:
            return bool(lane.open)

    def close_lane(self, lane: Lane, timeout: float) -> bool:
        """See `EngineProtocol.close`."""
        with self._changed:
            if not lane.closing:
                lane.closing = True
                if self._child is not None:
                    self._child.post(Ask(lane.name, "close"))
            return self._changed.wait_for(lambda: not lane.open, timeout)

    # -- of the child's thread ----------------------------------------------------------------------------------------
    def on_message(self, child: Connection, message: Any) -> None:
        """A message of the child."""
        if isinstance(message, EventBatch):
            child.worked = time.monotonic()
            self._on_events(child, message)
        elif isinstance(message, Pulse):
            self._pulse(child, message)
        elif isinstance(message, LogLines):
            child.worked = time.monotonic()
            self._on_lines(message)
        elif isinstance(message, UnknownRun):
            self._send_again(child, message)

    def _on_events(self, child: Connection, message: EventBatch) -> None:
        lane = self.lane(message.lane)
        for event in message.events:
            with self._changed:
                job = lane.open.get(event.run)
                if isinstance(event, Ended):
                    if job is not None:
                        child.computed |= job.computes
                        self._free(lane, event.run)
                    continue
                if job is not None and self._machine is not None:
                    job.received.note(event)
                if job is None or not job.holds(event):
                    lane.events.put(event)

    def _free(self, lane: Lane, id: str) -> None:
        """The id of a command that was ended is free; then its last events can be drained."""
        for event in lane.open.pop(id).last:
            lane.events.put(event)
        self._changed.notify_all()

    def _on_lines(self, message: LogLines) -> None:
        """Lines of the log of a run whose connection was lost: what is missing of it is told."""
        lane = self.lane(message.lane)
        with self._lock:
            followed = lane.open.get(message.run)
            missing = followed.received.missing(message.lines) if followed is not None else []
            for event in missing:
                assert followed is not None
                if not followed.holds(event):
                    lane.events.put(event)
            if followed is not None:
                followed.received.read_bytes = message.read_bytes

    def _send_again(self, child: Connection, message: UnknownRun) -> None:
        """A run was lost with the connection before it arrived."""
        with self._lock:
            lost = self.lane(message.lane).open.get(message.run)
            if lost is not None and child is self._child:
                child.post(Send(message.lane, lost.command))

    def _pulse(self, child: Connection, pulse: Pulse) -> None:
        with self._lock:
            if child is not self._child:
                return
            if pulse.ready and not self.ready.is_set():
                child.warm = pulse.resident
                self.ready.set()
            child.resident = pulse.resident
            fat = self.ready.is_set() and pulse.resident > child.warm + self._kept_bytes
            rests = child.worked is not None and time.monotonic() - child.worked > IDLE_SECONDS
            used = fat or (pulse.device and child.computed) or pulse.fault
            if used and rests and pulse.idle and not self._closing and not self._is_busy():
                self._replace(child)

    def _is_busy(self) -> bool:
        return any(lane.open for lane in self._lanes.values())

    def _replace(self, child: Connection | None) -> None:
        """Let this one end and start the next."""
        self.ready.clear()
        self._child = None
        if child is not None:
            child.post(Leave())
        self.start()

    def ended(self, child: Connection, ending: ProcessEnd) -> None:
        """The child is gone: what was open on it ends with the reason."""
        with self._changed:
            if child is not self._child:
                return
            was_ready = self.ready.is_set()
            self.ready.clear()
            self._child = None
            if self._machine is not None and ending.refusal is None and not self._closing:
                self._disconnected(child, ending, was_ready)
                return
            self._failed_starts = 0 if child.worked is not None else self._failed_starts + 1
            reason = explain_end(ending)
            self._end_open(reason, ending.lines, runs=True)
            if self._closing:
                return
            if self._failed_starts >= STARTS:
                what = "The engine ends as soon as it has started" if was_ready else "The engine could not start"
                self.notices.put(Log(run="", level="error", text=f"{what}: {reason}"))
                self._failed_starts = 0
                return
            self.start()

    def _disconnected(self, child: Connection, ending: ProcessEnd, was_ready: bool) -> None:
        """The connection to another machine is gone, or there was none: runs go on there, and are followed over the
        next connection. Where none ever was, they end with the reason."""
        has_worked = child.greeted and (was_ready or child.worked is not None)
        self.was_connected |= child.greeted
        self.losses += 1
        self._unreachable = 0 if has_worked else self._unreachable + 1
        reason = explain_end(ending)
        self._end_open(reason, ending.lines, runs=not self.was_connected)
        followed = [(lane, id) for lane in self._lanes.values() for id in lane.open]
        gives_up = not followed and self._unreachable >= STARTS
        if has_worked or gives_up:
            text = f"{reason.what}: {reason.why}." + (" The run goes on there; connecting again." if followed else "")
            self.notices.put(Log(run="", level="error" if gives_up else "warning", text=text))
            for lane, id in followed:
                lane.events.put(Log(run=id, level="warning", text=text))
        if gives_up:
            self._unreachable = 0
            return
        self._child = Connection(self, delay_after(self._unreachable))
        for lane, id in followed:
            self._child.post(Follow(lane.name, id, lane.open[id].received.read_bytes))
        self._child.start()

    def _end_open(self, reason: StudioError, lines: Sequence[str], runs: bool) -> None:
        """Report how commands that were open on a child ended; ``runs``: of runs, too."""
        for lane in self._lanes.values():
            unfinished = {id: job for id, job in lane.open.items() if runs or not job.is_run or job.last}
            for id, job in unfinished.items():
                self._free(lane, id)
                if not job.last:
                    _abandon(lane, id, job, reason, lines, RunFolder(self._home.runs / id))

    # -- how a child is started ---------------------------------------------------------------------------------------
    def popen(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a child whose standard error is ``log``."""
        command = [*self._command, "--home", str(self._home.root), "--log", log.name]
        command += ["--device", self._device] if self._device else []
        if self._machine is not None:
            command = list(self._machine.command)
        alone: dict[str, Any] = {"start_new_session": True}  # a Ctrl+C in the terminal is for the window
        if sys.platform == "win32":
            flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
            alone = {"creationflags": flags}
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=self._environment(), **alone
        )

    def _environment(self) -> dict[str, str]:
        """All that this process has (the engine downloads, with the person's token and proxy): the child finds the
        engine and the workspace, imports nothing from the folder where one stands, and what it prints never fails."""
        return {
            **os.environ,
            **children.spin_variables(),
            **children.search_paths(),
            "PYTHONIOENCODING": "utf-8:replace",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "COMPRESSION_STUDIO_HOME": str(self._home.root),
        }

    @property
    def logs(self) -> Path:
        """Folder in which children write what libraries print: one file for each process that drives one."""
        return self._home.root / "logs"


def child_command() -> list[str]:
    """Command that starts an engine process; ``-P``: nothing of the folder where one stands is imported."""
    if getattr(sys, "frozen", False):
        return [sys.executable, CHILD_WORD]
    return [sys.executable, "-P", "-m", "engine.service.child"]


def _abandon(lane: Lane, id: str, command: _Open, reason: StudioError, lines: Sequence[str], folder: RunFolder) -> None:
    """Tell how a command ended whose process is gone; of a run its log keeps it, too."""
    advice = reason.advice if command.is_run else reason.advice.replace(RESUME, "try again")
    events: list[Event] = [Failure(run=id, what=reason.what, why=reason.why, advice=advice, traceback="\n".join(lines))]
    if command.is_run:
        events.append(RunChanged(run=id, state="interrupted", message=str(reason)))
        if folder.was_interrupted:  # it had begun, and nobody has taken it up
            with contextlib.suppress(StudioError), contextlib.closing(folder):
                for event in events:
                    folder.append(event)
    for event in events:
        lane.events.put(event)
