"""An engine in a process of its own: it can die without the window, and its memory goes back when it has ended.

`EngineProcess` keeps one child (`engine.service.child`) alive and hands out its lanes, each an `EngineProtocol`. A
thread per child starts it, reads what it tells and notices its end; another writes, so that nobody who calls waits for
a pipe. A child that dies is replaced at once, and what was open on it ends with the reason. One that is idle but keeps
much memory, holds an accelerator, or whose accelerator failed, is replaced too. Imports no torch.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import psutil

from engine.base import children
from engine.base.codec import CodecError
from engine.base.errors import BadInput, StudioError
from engine.base.files import make_folder, open_for_writing, restrict
from engine.contracts.commands import (
    CheckPipeline,
    Command,
    DescribeDevice,
    DescribeFormats,
    DescribeLayers,
    DescribeText,
    ReadStructure,
    RunPipeline,
    SearchDatasets,
)
from engine.contracts.events import OVER, Event, Failure, JobDone, Log, RunChanged
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.service.buffer import EventBuffer
from engine.service.exit_reason import RESUME, ProcessEnd, explain_end, memory_kills
from engine.service.protocol import Ask, Ended, EventBatch, Leave, Pulse, Send, Verb, refuse
from engine.service.wire import NEAR, NOISE_BYTES, Greeting, Refused, encode, read_greeting, receive

CHILD_WORD = "engine-process"
"""The argument by which a frozen program, whose executable is not Python, becomes the child."""
KEPT_BYTES = 192 << 20
"""So much more memory than when it was warm may an idle child keep."""
IDLE_SECONDS = 3.0
"""For how long nothing was asked before a child is replaced: a check is followed by its run, a run by looks at it."""
STARTS = 2
"""Children in a row that may die before they did anything; then the next command tries again."""
REAP_SECONDS = 5.0
"""From the end of the pipe to the end of the process; then it is killed."""
LOG_LINES, LOG_TAIL = 60, 64 << 10
KEPT_LOGS = 5


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
        return bool(self.open)

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
    *(CheckPipeline, DescribeDevice, DescribeFormats, DescribeLayers, DescribeText, ReadStructure, SearchDatasets),
)
"""Commands that leave nothing in the memory of an accelerator."""


class _Open:
    """A command that the child has not ended. ``answered``: its last event was told. ``computes``: it may leave much
    behind in the memory of an accelerator, as against a quick look."""

    def __init__(self, command: Command) -> None:
        self.is_run = isinstance(command, RunPipeline)
        self.computes = not isinstance(command, _LOOKS)
        self.answered = False

    def note(self, event: Event) -> None:
        if isinstance(event, RunChanged):
            self.answered |= event.state in OVER
        elif not self.is_run:
            self.answered |= isinstance(event, JobDone | Failure)


class EngineProcess:
    """The engine process and, if it dies, the next one. All methods may be called from any thread; none waits but
    `close` and `detach`.

    Parameters
    ----------
    home: the workspace. ``device``: where models are computed, the best by default.
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
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        self._home = home or Home.default()
        self._device = device
        self._capacity = capacity
        self._command = list(command or child_command())
        self._kept_bytes = kept_bytes
        self._lanes: dict[str, Lane] = {}
        self._child: _Child | None = None
        self._failed_starts = 0
        self._closing = False
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self.ready = threading.Event()
        """Set while the present child is warm."""
        self.notices = EventBuffer()
        """`Log` lines about the process itself, with an empty run id."""

    def start(self) -> None:
        """Start the child now, so that it is warm when the first command comes."""
        with self._lock:
            if self._child is None and not self._closing:
                self._child = _Child(self)
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

    def close_lane(self, lane: Lane, timeout: float) -> bool:
        """See `EngineProtocol.close`."""
        with self._changed:
            if not lane.closing:
                lane.closing = True
                if self._child is not None:
                    self._child.post(Ask(lane.name, "close"))
            return self._changed.wait_for(lambda: not lane.open, timeout)

    # -- of the child's thread ----------------------------------------------------------------------------------------
    def on_message(self, child: _Child, message: Any) -> None:
        """A message of the child."""
        if isinstance(message, EventBatch):
            child.worked = time.monotonic()
            self._on_events(child, message)
        elif isinstance(message, Pulse):
            self._pulse(child, message)

    def _on_events(self, child: _Child, message: EventBatch) -> None:
        lane = self.lane(message.lane)
        for event in message.events:
            with self._changed:
                if isinstance(event, Ended):
                    ended = lane.open.pop(event.run, None)
                    child.computed |= ended is not None and ended.computes
                    self._changed.notify_all()
                    continue
                if event.run in lane.open:
                    lane.open[event.run].note(event)
            lane.events.put(event)

    def _pulse(self, child: _Child, pulse: Pulse) -> None:
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

    def _replace(self, child: _Child | None) -> None:
        """Let this one end and start the next."""
        self.ready.clear()
        self._child = None
        if child is not None:
            child.post(Leave())
        self.start()

    def ended(self, child: _Child, ending: ProcessEnd) -> None:
        """The child is gone: what was open on it ends with the reason."""
        with self._changed:
            if child is not self._child:
                return
            was_ready = self.ready.is_set()
            self.ready.clear()
            self._child = None
            self._failed_starts = 0 if child.worked is not None else self._failed_starts + 1
            reason = explain_end(ending)
            unfinished = [(lane, id, job) for lane in self._lanes.values() for id, job in lane.open.items()]
            for lane in self._lanes.values():
                lane.open.clear()
            for lane, id, open_job in unfinished:
                if not open_job.answered:
                    _abandon(lane, id, open_job, reason, ending.lines, RunFolder(self._home.runs / id))
            self._changed.notify_all()
            if self._closing:
                return
            if self._failed_starts >= STARTS:
                what = "The engine ends as soon as it has started" if was_ready else "The engine could not start"
                self.notices.put(Log(run="", level="error", text=f"{what}: {reason}"))
                self._failed_starts = 0
                return
            self.start()

    # -- how a child is started ---------------------------------------------------------------------------------------
    def popen(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a child whose standard error is ``log``."""
        command = [*self._command, "--home", str(self._home.root), "--log", log.name]
        command += ["--device", self._device] if self._device else []
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


class _Child(threading.Thread):
    """One child from its start to its end."""

    def __init__(self, owner: EngineProcess) -> None:
        super().__init__(name="engine process", daemon=True)
        self._owner = owner
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._killing = False
        self._refusal: Refused | None = None
        self._outbox.put(Greeting().to_line())
        self._writer = threading.Thread(target=self._write, name="engine process, writing", daemon=True)
        self._started = threading.Event()
        self.last_sign = time.monotonic()
        self.warm = self.resident = 0
        self.worked: float | None = None
        """Time of its last event, None if there was none."""
        self.unresponsive = self.computed = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def post(self, message: object) -> None:
        """Send a message; it waits here until the child takes it. Raises `BadInput` for what can't be sent."""
        try:
            self._outbox.put(encode(message))
        except CodecError as error:
            raise BadInput("The engine can't be given this", why=str(error)) from None

    def hang_up(self, timeout: float) -> bool:
        """Close the pipe behind what was posted; whether all of it was taken in time."""
        self._outbox.put(None)
        deadline = time.monotonic() + timeout
        if not self._started.wait(timeout):
            return False
        self._writer.join(max(0.0, deadline - time.monotonic()))
        return not self._writer.is_alive()

    def kill(self) -> None:
        self._killing = True
        if self._process is not None:
            self._process.kill()

    def run(self) -> None:
        kills = memory_kills()
        try:
            log = self._open_log()
            with log:
                begins = log.tell()
                self._process = self._owner.popen(log)
        except OSError as error:
            self._owner.ended(self, ProcessEnd(None, (str(error),)))
            return
        if self._killing:
            self._process.kill()
        self._writer.start()
        self._started.set()
        assert self._process.stdout is not None
        try:
            self._read(self._process.stdout)
        except Refused as error:
            self._refusal = error
            self._process.kill()
        except (OSError, ValueError):
            pass  # the pipe was closed
        status = self._reap(self._process)
        self._outbox.put(None)
        self._owner.ended(self, self._ending(status, kills, Path(log.name), begins))

    def _read(self, pipe: IO[bytes]) -> None:
        """Hand on what the child says until the pipe ends; raises `Refused`."""
        greeting = read_greeting(pipe, NOISE_BYTES)
        if greeting is None:
            return
        Greeting().refuse_other(greeting)
        while (message := receive(pipe, NEAR)) is not None:
            self.last_sign = time.monotonic()
            self._owner.on_message(self, message)

    def _ending(self, status: int, kills: int | None, log: Path, begins: int) -> ProcessEnd:
        now = memory_kills()
        return ProcessEnd(
            status,
            _last_lines(log, begins),
            self.resident,
            psutil.virtual_memory().total,
            None if kills is None or now is None else now > kills,
            self.unresponsive,
            self._refusal,
        )

    def _write(self) -> None:
        process = self._process
        assert process is not None and process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            while (frame := self._outbox.get()) is not None:
                process.stdin.write(frame)
                process.stdin.flush()
        with contextlib.suppress(OSError):
            process.stdin.close()

    def _reap(self, process: subprocess.Popen[bytes]) -> int:
        with contextlib.suppress(OSError):
            assert process.stdout is not None
            process.stdout.close()
        try:
            return process.wait(REAP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def _open_log(self) -> IO[bytes]:
        folder = self._owner.logs
        make_folder(folder)
        mine = folder / f"engine-{os.getpid()}.log"
        others = sorted((path for path in folder.glob("engine-*.log") if path != mine), key=_age)
        for path in others[KEPT_LOGS - 1 :]:
            if not _is_alive(path):
                with contextlib.suppress(OSError):
                    path.unlink()
        log = open(mine, "ab", opener=lambda _, flags: open_for_writing(mine, flags))  # noqa: SIM115 - the child keeps it
        restrict(mine)
        return log


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


def _last_lines(log: Path, begins: int) -> tuple[str, ...]:
    """The end of what a child wrote; ``begins``: where it stands in the log, unless that was cut meanwhile."""
    try:
        with open(log, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - LOG_TAIL, begins if begins <= size else 0))
            return tuple(file.read().decode("utf-8", "replace").splitlines()[-LOG_LINES:])
    except OSError:
        return ()


def _age(path: Path) -> float:
    with contextlib.suppress(OSError):
        return -path.stat().st_mtime
    return 0.0


def _is_alive(log: Path) -> bool:
    process = log.stem.rpartition("-")[2]
    return process.isdigit() and psutil.pid_exists(int(process))
