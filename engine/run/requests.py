"""Requests to a run that another process executes: a file in its folder, taken from there within a second.

None is lost: one is written only while a process that lives says in the folder that it executes the run, and what
stood there before was removed until then; and the next one only when the last was taken.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, get_args

from engine.base.errors import StudioError
from engine.base.files import write_json
from engine.record.folder import REQUEST, RunFolder
from engine.run.control import Control

Request = Literal["pause", "resume", "stop", "cancel"]
SECONDS = 0.5
"""Seconds between two looks of the process that executes a run."""


def request(folder: RunFolder, what: Request) -> bool:
    """Ask it of the process that executes the run; False while no process does, or while it has not taken an earlier
    request yet: try again. Raises `StudioError` if the folder can't be written."""
    path = folder.path / REQUEST
    if path.exists() or not folder.takes_requests():
        return False
    unique = path.with_name(f".{REQUEST}.{os.getpid()}.{threading.get_ident()}.part")
    write_json(unique, {"request": what})
    try:
        os.link(unique, path)
    except FileExistsError:  # of another process, this very moment
        return False
    except OSError:  # a disk that has no links
        os.replace(unique, path)
    finally:
        unique.unlink(missing_ok=True)
    return True


class RequestQueue:
    """Requests of this process to a run that another executes, in their order. Its methods may be called from any
    thread."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._waiting: deque[Request] = deque()
        self._lock = threading.Lock()

    def add(self, what: Request) -> None:
        """Ask it, now or as soon as the process takes it: see `send`."""
        with self._lock:
            self._waiting.append(what)
        self.send()

    def send(self) -> None:
        """Send the next one that waits, if the process takes one now. Call it again and again while the run goes on."""
        with self._lock, contextlib.suppress(StudioError):
            if self._waiting and request(self._folder, self._waiting[0]):
                self._waiting.popleft()


class Requests:
    """A context, in the process that executes a run and has locked its folder: obeys what others ask. The lock has
    removed what was asked of an earlier execution."""

    def __init__(self, folder: Path, control: Control) -> None:
        self._path = folder / REQUEST
        self._control = control
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="requests", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._pop_request()

    def _listen(self) -> None:
        while not self._over.wait(SECONDS):
            request = self._pop_request()
            if request == "cancel":
                self._control.cancel()
            elif request == "stop":
                self._control.stop()
            elif request == "pause":
                self._control.pause()
            elif request == "resume":
                self._control.resume()

    def _pop_request(self) -> str | None:
        """The request, which is gone then; None if there is none or it is not a request."""
        if not self._path.exists():
            return None
        request = None
        with contextlib.suppress(OSError, ValueError, RecursionError):
            data = json.loads(self._path.read_text("utf-8"))
            request = data.get("request") if isinstance(data, dict) else None
        with contextlib.suppress(OSError):
            self._path.unlink()
        return request if request in get_args(Request) else None
