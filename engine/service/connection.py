"""One child of an `EngineProcess`: its pipes, a thread that reads and one that writes. Imports no torch."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import threading
import time
from pathlib import Path
from typing import IO, Any, Protocol

import psutil

from engine.base.codec import CodecError
from engine.base.errors import BadInput
from engine.base.files import make_folder, open_for_writing, restrict
from engine.service.exit_reason import ProcessEnd, memory_kills
from engine.service.wire import NOISE_BYTES, Greeting, Limits, Refused, encode, read_greeting, receive

REAP_SECONDS = 5.0
"""From the end of the pipe to the end of the process; then it is killed."""
LOG_LINES, LOG_TAIL = 60, 64 << 10
KEPT_LOGS = 5


class Owner(Protocol):
    """The part of an `EngineProcess` that its connections use."""

    @property
    def machine(self) -> str:
        """Name of another machine, "" for this one."""

    @property
    def greeting(self) -> Greeting:
        """The greeting of this side."""

    @property
    def limits(self) -> Limits:
        """Limits of what the child may send."""

    @property
    def logs(self) -> Path:
        """Folder of logs."""

    def popen(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start the process; raises OSError."""

    def on_message(self, child: Any, message: Any) -> None:
        """Take a message of the child."""

    def ended(self, child: Any, ending: ProcessEnd) -> None:
        """Take notice of its end."""


class Connection(threading.Thread):
    """One child from its start to its end. ``delay``: seconds before it is started."""

    def __init__(self, owner: Owner, delay: float = 0.0) -> None:
        super().__init__(name="engine process", daemon=True)
        self._owner = owner
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._killing = False
        self._refusal: Refused | None = None
        self._delay = delay
        self._ended_early = threading.Event()
        self._greeting = owner.greeting
        self.greeted = False
        """True once the other side has said that it is the same version."""
        self._outbox.put(self._greeting.to_line())
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
        self._ended_early.set()
        if self._process is not None:
            self._process.kill()

    def run(self) -> None:
        kills = memory_kills()
        if self._ended_early.wait(self._delay):
            self._owner.ended(self, ProcessEnd(None))
            return
        try:
            log = open_log(self._owner.logs)
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
        self._greeting.refuse_other(greeting)
        self.greeted = True
        while (message := receive(pipe, self._owner.limits)) is not None:
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
            self._owner.machine,
            self.greeted,
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


def open_log(folder: Path) -> IO[bytes]:
    """The log of this process in a folder, opened for appending; the oldest logs of processes that are gone are
    removed. Raises OSError and `StudioError`."""
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
