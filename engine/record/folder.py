"""The folder of one run: its pipeline, environment, events and report. Nothing in it is ever half written."""

from __future__ import annotations

import contextlib
import os
import platform
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine.base.errors import BadInput, RunFailed, StudioError
from engine.base.files import disk_error, file_mode, open_for_writing, read_object, write_json, write_text
from engine.base.processes import is_alive, own_start
from engine.contracts.events import (
    Curve,
    Event,
    Failure,
    Grid,
    Progress,
    RunChanged,
    StageChanged,
    from_line,
    to_line,
)
from engine.pipeline.document import Pipeline
from engine.record.report import read_report

PIPELINE, ENVIRONMENT, EVENTS, REPORT = "pipeline.json", "environment.json", "events.jsonl", "report.json"
PAGE = "report.html"

GOING_ON = ("queued", "running", "paused", "cancelling")
"""Statuses of a run that a process executes."""
PLOT_SECONDS = 5.0
"""A curve or grid that is drawn again and again is written this often, and as it was last when its block ends."""
PROGRESS_SECONDS = 5.0
"""Seconds between two lines of progress in the log, for processes that follow the run."""
HOLDER, LOCK, NOTE = "holder.json", "lock", "note.txt"
REQUEST = "request.json"
"""A request of another process to the one that executes the run, see `engine.run.requests`."""
INTERRUPTED = "interrupted"
"""A file that says that nobody ended this run on purpose, and that it was not taken up again yet."""
PATIENCE = 0.2
"""Seconds to wait for the lock: others hold it for a moment to see whether a process has the run."""


class RunFolder:
    """``path`` holds pipeline.json, environment.json, events.jsonl, report.json and the lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._log: int | None = None
        self._writing = threading.RLock()
        self._pending: dict[tuple[str | None, str, str], Event] = {}
        self._written: dict[tuple[str | None, str, str], float] = {}
        self._progressed = -PROGRESS_SECONDS

    @classmethod
    def create(cls, path: Path, pipeline: Pipeline, environment: dict[str, Any]) -> RunFolder:
        """A new folder; raises `BadInput` if a run is already in it or it can't be written."""
        if (path / PIPELINE).exists():
            raise BadInput(
                "There is already a run in this folder", where=str(path), advice="choose another, or resume that run"
            )
        write_json(path / ENVIRONMENT, environment)
        write_text(path / PIPELINE, pipeline.to_json())
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """An existing run; raises `BadInput`."""
        if not (path / PIPELINE).is_file():
            raise BadInput("This folder contains no run", where=str(path), advice="see the list of runs: history")
        return cls(path)

    # -- reading -----------------------------------------------------------------------------------------------------
    @property
    def id(self) -> str:
        """The id of the run."""
        return self.environment().get("run") or self.path.name

    @property
    def report_path(self) -> Path:
        """report.json."""
        return self.path / REPORT

    def pipeline(self) -> Pipeline:
        """The pipeline of the run."""
        return Pipeline.read(self.path / PIPELINE)

    def environment(self) -> dict[str, Any]:
        """Versions, device, seed and what was asked for when the run was made; what is damaged of it is left out."""
        data = _read(self.path / ENVIRONMENT)
        words = ("run", "until", "started", "device", "machine")
        return {name: value for name, value in data.items() if name not in words or isinstance(value, str)}

    @property
    def until(self) -> str | None:
        """The block that the run was to end with, None for all."""
        return self.environment().get("until") or None

    def report(self) -> dict[str, Any]:
        """The report as it is now, {} if there is none yet; what is damaged of it is left out. A run that says it is
        going on while no process has it was killed: its status is "interrupted"."""
        report = read_report(_read(self.report_path))
        if report:
            report["status"] = self.status_now(report["status"])
        return report

    @property
    def machine(self) -> str:
        """Name of the other machine that executes the run, of which this folder is a copy; "" for this one."""
        return str(self.environment().get("machine", ""))

    def executed_here(self) -> RunFolder:
        """The folder itself; raises `BadInput` for the copy of a run on another machine, which can't be taken up
        here."""
        if machine := self.machine:
            advice = f"resume it there: resume {self.id} --on {machine}"
            raise BadInput("This run is on another machine", where=self.id, why=f"it is on {machine}", advice=advice)
        return self

    def status_now(self, written: str) -> str:
        """The status of a run that wrote this one last; of one on another machine, as it was at the last look. One that
        was ended without a request is interrupted, whatever it wrote."""
        if written in GOING_ON and self.machine:
            return written
        if written == "cancelled" and (self.path / INTERRUPTED).exists():
            return "interrupted"
        return "interrupted" if written in GOING_ON and self.executing_process() is None else written

    def events(self) -> Iterator[Event]:
        """All events so far. A torn last line and events of kinds that this version does not know are left out."""
        path = self.path / EVENTS
        if not path.is_file():
            return
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                if not line.endswith("\n"):
                    return
                with contextlib.suppress(ValueError):
                    yield from_line(line)

    def has_begun(self) -> bool:
        """True if any block was worked on: else there is nothing to take up, and a resumed run would be a new one."""
        began = ("running", "done", "cached")
        return any(isinstance(event, StageChanged) and event.state in began for event in self.events())

    def executing_process(self) -> int | None:
        """The process that executes this run now, None if there is none. 0: one that does not say who it is."""
        if not (self.path / HOLDER).exists():
            return None
        lock = FileLock(self.path / LOCK, mode=file_mode(self.path))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            process = _read(self.path / HOLDER).get("process", 0)
            return process if isinstance(process, int) else 0
        except OSError:
            return None
        lock.release()
        return None

    def takes_requests(self) -> bool:
        """True if a process executes this run and has removed what was asked of an earlier execution. A holder that is
        gone was an earlier one's: whoever has the lock now has not written its own yet."""
        if not self.executing_process():
            return False
        holder = _read(self.path / HOLDER)
        started, node = holder.get("started"), holder.get("node", platform.node())
        if not isinstance(started, float) or node != platform.node():
            return True  # of an earlier version, or on another machine that shares the folder
        return is_alive(holder.get("process", 0), started)

    @property
    def was_interrupted(self) -> bool:
        """True if nobody ended it on purpose: whoever executed it died, or ended because its window had died."""
        dead = (self.path / HOLDER).exists() or (self.path / INTERRUPTED).exists()
        return dead and self.executing_process() is None

    # -- writing -----------------------------------------------------------------------------------------------------
    def mark_interrupted(self) -> None:
        """Record that the run ends without a person having asked for it."""
        if self.path.is_dir():
            write_text(self.path / INTERRUPTED, "")

    def withdraw(self) -> None:
        """Remove what a run has written here that was refused before it began, and the folder if nothing else is in
        it."""
        self.close()
        for name in (PIPELINE, ENVIRONMENT, EVENTS, REPORT, PAGE, HOLDER, INTERRUPTED, REQUEST, LOCK):
            with contextlib.suppress(OSError):
                (self.path / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.path.rmdir()

    def forget_interruption(self) -> None:
        """It was taken up again, or nobody wants to."""
        for name in (HOLDER, INTERRUPTED):
            with contextlib.suppress(OSError):
                (self.path / name).unlink(missing_ok=True)

    def append(self, event: Event) -> None:
        """Write one line to events.jsonl, in one go; raises `StudioError` for a full disk or a folder that is gone."""
        with self._writing:
            if isinstance(event, Curve | Grid):
                key = (event.block, event.chart, event.series)
                if time.monotonic() - self._written.get(key, -PLOT_SECONDS) < PLOT_SECONDS:
                    self._pending[key] = event
                    return
                self._pending.pop(key, None)
                self._written[key] = time.monotonic()
            elif isinstance(event, Progress):
                if time.monotonic() - self._progressed < PROGRESS_SECONDS:
                    return
                self._progressed = time.monotonic()
            elif isinstance(event, StageChanged | RunChanged | Failure):
                self._write_held()
            self._write(event)

    def _write_held(self) -> None:
        """Write the plots that wait, as they were drawn last."""
        pending, self._pending = self._pending, {}
        for event in pending.values():
            self._write(event)

    def _write(self, event: Event) -> None:
        line = f"{to_line(event)}\n".encode("utf-8", "replace")
        self._still_there()
        try:
            if self._log is None:
                self._log = _open_log(self.path / EVENTS)
            os.write(self._log, line)
        except OSError as error:
            raise disk_error(error, self.path / EVENTS) from error

    def write_report(self, report: dict[str, Any]) -> None:
        """Write report.json, whole or not at all."""
        self._still_there()
        write_json(self.report_path, report)

    def close(self) -> None:
        """Close the event log."""
        with self._writing:
            with contextlib.suppress(StudioError):
                self._write_held()
            if self._log is not None:
                os.close(self._log)
                self._log = None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep all others from running this folder; raises `BadInput` saying which process runs it already."""
        lock = FileLock(self.path / LOCK, mode=file_mode(self.path))
        holder = self.path / HOLDER
        try:
            lock.acquire(timeout=PATIENCE)
        except Timeout:
            process = _read(holder).get("process", "unknown")
            raise BadInput(
                "This run is being executed already",
                where=str(self.path),
                why=f"process {process} holds it",
                advice="wait for it, or cancel it there",
            ) from None
        except OSError as error:
            raise disk_error(error, self.path) from error
        try:
            self.forget_interruption()
            (self.path / REQUEST).unlink(missing_ok=True)  # before the holder: see `takes_requests`
            write_json(holder, {"process": os.getpid(), "started": own_start(), "node": platform.node()})
            yield
        finally:
            self.close()
            with contextlib.suppress(OSError):
                holder.unlink(missing_ok=True)
            lock.release()

    def _still_there(self) -> None:
        if not self.path.is_dir():
            raise RunFailed(
                "The folder of the run is gone",
                where=str(self.path),
                why="it was deleted or moved while the run was going on",
                advice="run the pipeline again: finished blocks are kept and not computed again",
            )


def _open_log(path: Path) -> int:
    """Open for appending, without the torn line that a killed process may have left."""
    handle = open_for_writing(path, os.O_RDWR | os.O_APPEND)
    size = end = os.lseek(handle, 0, os.SEEK_END)
    while end > 0:
        start = max(0, end - 4096)
        os.lseek(handle, start, os.SEEK_SET)
        newline = os.read(handle, end - start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end < size:
        os.ftruncate(handle, end)
    return handle


def _read(path: Path) -> dict[str, Any]:
    try:
        return read_object(path)
    except StudioError:
        return {}
