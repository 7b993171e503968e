"""Requests to a run that another process executes: a file in its folder, found there within a second."""

from __future__ import annotations

import contextlib
import json
import threading
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, get_args

from engine.base.files import write_json
from engine.run.control import Control

Request = Literal["pause", "resume", "stop", "cancel"]
FILE = "request.json"
SECONDS = 0.5
"""Seconds between two looks of the process that executes a run."""


def request(folder: Path, what: Request) -> None:
    """Ask it of whoever executes the run in this folder; a later request takes the place of one that was not heard yet.
    Raises `StudioError` if the folder can't be written."""
    write_json(folder / FILE, {"request": what})


class Requests:
    """A context, in the process that executes a run: obeys what others ask. What was asked before is not meant."""

    def __init__(self, folder: Path, control: Control) -> None:
        self._path = folder / FILE
        self._control = control
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="requests", daemon=True)

    def __enter__(self) -> Self:
        self._pop_request()
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
