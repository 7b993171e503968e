"""Following a run that another process executes, by the files in its folder. Imports no torch."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import NoReturn

from engine.base.errors import BadInput
from engine.contracts.commands import Command
from engine.contracts.events import OVER, Event, RunChanged, from_line
from engine.record.folder import EVENTS, RunFolder
from engine.run.requests import Request, RequestQueue
from engine.service.buffer import EventBuffer

SECONDS = 0.25
"""Seconds between two looks at the folder."""


class RunFollower(threading.Thread):
    """An `engine.service.protocol.EngineProtocol` of a run that is executed elsewhere. It takes no commands, gives the
    events of the run and passes requests on. Start it with `start`; closing it does not end the run.

    elsewhere: the place, for the sentence that refuses a command."""

    def __init__(self, name: str, run: str, elsewhere: str, capacity: int = 20_000) -> None:
        super().__init__(name=name, daemon=True)
        self.run_id = run
        self._elsewhere = elsewhere
        self._events = EventBuffer(capacity)
        self._over = threading.Event()
        self.ready = threading.Event()
        self.ready.set()

    @property
    def is_busy(self) -> bool:
        """True while it is followed."""
        return self.is_alive()

    def send(self, command: Command) -> NoReturn:
        """Raises `BadInput`."""
        raise BadInput(f"A run {self._elsewhere} is being followed", where=self.run_id)

    def drain(self, limit: int = 1000) -> list[Event]:
        """The events since the last call."""
        return self._events.drain(limit)

    def pause(self, id: str) -> None:
        """Hold it at the next safe point."""
        self.request("pause")

    def resume(self, id: str) -> None:
        """Let it go on."""
        self.request("resume")

    def stop(self, id: str) -> None:
        """Let the block at work end early and keep what it has."""
        self.request("stop")

    def cancel(self, id: str) -> None:
        """End it at its next safe point."""
        self.request("cancel")

    def request(self, what: Request) -> None:
        """Pass it on to what executes the run."""
        raise NotImplementedError

    def close(self, timeout: float = 5.0) -> bool:
        """Follow no longer; the run goes on."""
        self._over.set()
        if self.ident is not None:
            self.join(timeout)
        return not self.is_alive()


class Follower(RunFollower):
    """Follows a run of this machine from its first event on, as they are written. When nobody executes it any more, its
    last event is `RunChanged` with how it ended, and the thread ends."""

    def __init__(self, folder: RunFolder, *, capacity: int = 20_000) -> None:
        super().__init__("following a run", folder.id, "of another process", capacity)
        self._folder = folder
        self._requests = RequestQueue(folder)
        self._read_bytes = 0

    def run(self) -> None:
        """Read until the run is over."""
        last: RunChanged | None = None
        while True:
            executed = self._folder.executing_process() is not None
            self._requests.send()
            for event in self._read():
                if isinstance(event, RunChanged) and event.state in OVER:
                    last = event  # how it ended, unless it was taken up again
                    continue
                last = None if isinstance(event, RunChanged) else last
                self._events.put(event)
            if not executed:
                lost = RunChanged(run=self.run_id, state="interrupted", message="The process that executed it has died")
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

    def request(self, what: Request) -> None:
        """By a file in its folder, which the process that executes it reads."""
        self._requests.add(what)
