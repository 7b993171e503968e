"""An engine that may lose whoever drives it: it notes the runs that it has accepted, and reports those of others.

A file for each accepted run, ``accepted/<run>.json`` in the workspace, says which process has it, from where on its
event log is about this execution, and how it ended. A later engine reads the log by it. No run is executed twice, and
one that was sent but never arrived is asked for again. Torch-free.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.base.errors import BadInput, StudioError
from engine.base.files import read_object, write_json
from engine.base.processes import is_alive, own_start
from engine.contracts.commands import RunPipeline
from engine.contracts.events import Event, Failure, RunChanged, to_line
from engine.record.folder import EVENTS, PIPELINE, RunFolder
from engine.record.home import Home
from engine.run.requests import Request, RequestQueue
from engine.service.protocol import Ended, Follow, LogLines, UnknownRun
from engine.service.wire import encode, encode_events

LOOK_SECONDS = 0.25
"""Seconds between two looks at an event log."""
CHUNK = 256 << 10
"""Bytes of a log that are sent at once."""
RUN_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
"""An id is the name of files here."""
SIGN_SECONDS, SILENT_SECONDS = 10.0, 60.0
"""A sign of life is given this often; a process on another node that gave none for so long is gone."""
KEPT_SECONDS = 30 * 86_400.0
"""A note about a run is removed after so long."""


class Accepted:
    """The notes of a workspace about accepted runs. Its methods may be called from any thread."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._folder = home.root / "accepted"
        self._mine: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._signed = 0.0
        with contextlib.suppress(OSError):
            for path in self._folder.glob("*.json"):
                if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                    path.unlink()

    def accept(self, command: RunPipeline) -> bool:
        """Note that this process has the run; False if another that lives has it. Raises `StudioError` for a disk that
        is full, or an id that can't be the name of a file."""
        if not RUN_ID.fullmatch(command.id):
            raise BadInput("This can't be the id of a run", where=ascii(command.id)[:80])
        with self._lock:
            if command.id in self._mine and not self._mine[command.id]["ended"]:
                return False
            if (note := self.read(command.id)) is not None and not self.is_over(note):
                return False
            log = self._home.runs / command.id / EVENTS
            begins = log.stat().st_size if command.resume and log.is_file() else 0
            note = {"process": os.getpid(), "started": own_start(), "begins": begins}
            note["node"] = platform.node()
            self._mine[command.id] = {**note, "ended": False, "ending": []}
            write_json(self._path(command.id), self._mine[command.id])
            return True

    def note_event(self, event: Event) -> None:
        """Note how a run of this process ends: an event of any lane, in the thread that tells it."""
        note = self._mine.get(event.run)
        if note is None or note["ended"]:
            return
        if isinstance(event, Failure | RunChanged):
            note["ending"] = [*note["ending"], to_line(event)][-2:]
        elif isinstance(event, Ended):
            note["ended"] = True
            if (self._home.runs / event.run / PIPELINE).is_file():
                note["ending"] = []  # its log says it
            with contextlib.suppress(StudioError):
                write_json(self._path(event.run), note)

    def give_sign(self) -> None:
        """Let engines on other nodes see that the open runs of this process are executed; called every second."""
        if time.monotonic() - self._signed < SIGN_SECONDS:
            return
        self._signed = time.monotonic()
        for run in [run for run, note in list(self._mine.items()) if not note["ended"]]:
            with contextlib.suppress(OSError):
                os.utime(self._path(run))

    def read(self, run: str) -> dict[str, Any] | None:
        """The note about a run, None if there is none that can be read."""
        if not RUN_ID.fullmatch(run):
            return None
        try:
            note = read_object(self._path(run))
        except StudioError:
            return None
        with contextlib.suppress(OSError):
            note["seen"] = self._path(run).stat().st_mtime
        kinds = {"process": int, "started": float, "begins": int, "ended": bool, "ending": list}
        return note if all(isinstance(note.get(name), kind) for name, kind in kinds.items()) else None

    def is_over(self, note: dict[str, Any]) -> bool:
        """True if nobody executes that run any more. Of a process on another node of a cluster, which shares the
        workspace, the signs of life tell."""
        if note["ended"]:
            return True
        if note.get("node", platform.node()) != platform.node():
            return time.time() - float(note.get("seen", 0.0)) > SILENT_SECONDS
        return not is_alive(note["process"], note["started"])

    def _path(self, run: str) -> Path:
        return self._folder / f"{run}.json"


class LogReader(threading.Thread):
    """Sends what is written into the log of a run that another engine has accepted, then `Ended`.

    Parameters
    ----------
    post: takes frames for the window. done: called at the end.
    """

    def __init__(
        self,
        home: Home,
        accepted: Accepted,
        message: Follow,
        post: Callable[[list[bytes]], None],
        done: Callable[[LogReader], None],
    ) -> None:
        super().__init__(name="reading a log", daemon=True)
        self.lane, self.run_id = message.lane, message.run
        self._accepted, self._post, self._done = accepted, post, done
        self._is_id = RUN_ID.fullmatch(message.run) is not None
        self._folder = RunFolder(home.runs / message.run)
        self._read_bytes = message.read_bytes
        self._requests = RequestQueue(self._folder)

    def ask(self, what: Request) -> None:
        """Ask it of the process that executes the run, as soon as it has begun."""
        self._requests.add(what)

    def run(self) -> None:
        """Read until the run is over."""
        has_folder = self._is_id and (self._folder.path / PIPELINE).is_file()
        is_accepted = has_folder or self._accepted.read(self.run_id) is not None
        if is_accepted:
            self._follow()
        else:
            self._post([encode(UnknownRun(self.lane, self.run_id))])
        self._done(self)

    def _follow(self) -> None:
        while True:
            note = self._accepted.read(self.run_id)
            over = self._folder.executing_process() is None if note is None else self._accepted.is_over(note)
            if note is not None:
                self._read_bytes = max(self._read_bytes, note["begins"])
            self._send_lines()
            if over:
                self._end(note)
                return
            self._requests.send()
            time.sleep(LOOK_SECONDS)

    def _end(self, note: dict[str, Any] | None) -> None:
        """Send how it ended where the log does not say it."""
        died = self._folder.was_interrupted if note is None else not note["ended"]
        if died:
            what, advice = "The engine that executed the run has died", "resume the run: finished blocks are kept"
            lost = Failure(run=self.run_id, what=what, where=platform.node(), advice=advice)
            self._post(encode_events(self.lane, [lost, RunChanged(run=self.run_id, state="interrupted", message=what)]))
        elif note is not None:
            ending = tuple(line for line in note["ending"] if isinstance(line, str))
            self._post([encode(LogLines(self.lane, self.run_id, ending, self._read_bytes))])
        self._post(encode_events(self.lane, [Ended(run=self.run_id)]))

    def _send_lines(self) -> None:
        """Send the lines that are whole and new."""
        lines: list[str] = []
        size = 0
        with contextlib.suppress(OSError), open(self._folder.path / EVENTS, "rb") as file:
            file.seek(min(max(0, self._read_bytes), os.fstat(file.fileno()).st_size))
            for line in file:
                if not line.endswith(b"\n"):
                    break
                size += len(line)
                lines.append(line[:-1].decode("utf-8", "replace"))
                if size >= CHUNK:
                    self._send(lines, size)
                    lines, size = [], 0
        if lines:
            self._send(lines, size)

    def _send(self, lines: list[str], size: int) -> None:
        self._read_bytes += size
        self._post([encode(LogLines(self.lane, self.run_id, tuple(lines), self._read_bytes))])
