"""Following a run that another process executes, by the files in its folder. Imports no torch."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import NoReturn

from engine.base.errors import BadInput, StudioError
from engine.contracts.commands import Command
from engine.contracts.events import Event, RunChanged, from_line
from engine.record.folder import EVENTS, RunFolder
from engine.run.requests import Request, request
from engine.service.buffer import EventBuffer

SECONDS = 0.25
"""Seconds between two looks at the folder."""
_OVER = ("done", "failed", "cancelled")


class Follower(threading.Thread):
    """An `engine.service.protocol.EngineProtocol` that takes no commands: it tells the events of one run from the
    first on, as they are written, and hands on what is asked of it. When nobody executes the run any more, its last
    event is `RunChanged` with how it ended, and the thread ends. Start it with `start`."""

    def __init__(self, folder: RunFolder, *, capacity: int = 20_000) -> None:
        super().__init__(name="following a run", daemon=True)
        self._folder = folder
        self._id = folder.id
        self._events = EventBuffer(capacity)
        self._over = threading.Event()
        self._read_bytes = 0
        self.ready = threading.Event()
        self.ready.set()

    @property
    def is_busy(self) -> bool:
        """True if the run goes on."""
        return self.is_alive()

    def send(self, command: Command) -> NoReturn:
        """Raises `BadInput`."""
        raise BadInput("A run is being followed, which another process executes", where=self._id)

    def drain(self, limit: int = 1000) -> list[Event]:
        """The events since the last call."""
        return self._events.drain(limit)

    def pause(self, id: str) -> None:
        """Ask the process for it; so do the others."""
        self._request("pause")

    def resume(self, id: str) -> None:
        """Let it go on."""
        self._request("resume")

    def stop(self, id: str) -> None:
        """Let the block at work end early and keep what it has."""
        self._request("stop")

    def cancel(self, id: str) -> None:
        """End it at its next safe point."""
        self._request("cancel")

    def close(self, timeout: float = 5.0) -> bool:
        """Follow no longer; the run goes on."""
        self._over.set()
        if self.ident is not None:
            self.join(timeout)
        return not self.is_alive()

    def run(self) -> None:
        """Read until the run is over."""
        last: RunChanged | None = None
        while True:
            executed = self._folder.executing_process() is not None
            for event in self._read():
                if isinstance(event, RunChanged) and event.state in _OVER:
                    last = event  # how it ended, unless it was taken up again
                    continue
                last = None if isinstance(event, RunChanged) else last
                self._events.put(event)
            if not executed:
                lost = RunChanged(run=self._id, state="interrupted", message="The process that executed it has died")
                self._events.put(last or lost)
                return
            if self._over.wait(SECONDS):
                return

    def _read(self) -> Iterator[Event]:
        """Events since the last look, of lines that are whole."""
        with contextlib.suppress(OSError), open(self._folder.path / EVENTS, "rb") as file:
            file.seek(self._read_bytes)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._read_bytes += len(line)
                with contextlib.suppress(ValueError):
                    yield from_line(line)

    def _request(self, what: Request) -> None:
        with contextlib.suppress(StudioError):
            request(self._folder.path, what)
