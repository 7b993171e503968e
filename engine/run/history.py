"""The index of all runs: a SQLite file that can be lost, for the run folders hold everything in it."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pydantic

from engine.contracts.files import file_mode, make_folder, parse_json
from engine.run.folder import PIPELINE, RunFolder
from engine.run.home import Home

SCHEMA = 2
WAIT_SECONDS = 10.0
MOST = 1_000_000
"""Runs that are listed at once."""
_TABLES = f"""
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, name TEXT, folder TEXT, status TEXT, started TEXT, finished TEXT, metrics TEXT
);
CREATE TABLE IF NOT EXISTS metrics (
    run TEXT, block TEXT, title TEXT, name TEXT, value REAL, PRIMARY KEY (run, block, name)
);
PRAGMA user_version = {SCHEMA};
"""
T = TypeVar("T")


@dataclass(frozen=True)
class PastRun:
    """One line of the history. ``metrics``: block id -> metrics by name."""

    id: str
    name: str
    folder: Path
    status: str
    started: str
    finished: str
    metrics: dict[str, dict[str, float]]


class History:
    """Many processes may read and write at once. A file that is missing or damaged is made anew from the run folders;
    one that can't be written at all disturbs no run."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._connection: sqlite3.Connection | None = None

    @classmethod
    def open(cls, home: Home) -> History:
        """The history of a workspace; the file is opened when first needed."""
        return cls(home)

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def record(self, folder: RunFolder, report: dict[str, Any]) -> None:
        """Write or renew the line of a run; ``report`` as in report.json."""
        self._safely(lambda connection: _insert(connection, folder, report), None)

    def runs(self, limit: int = 1000) -> tuple[PastRun, ...]:
        """The last runs, the newest first."""
        query = "SELECT id, name, folder, status, started, finished, metrics FROM runs ORDER BY id DESC LIMIT ?"
        rows: list[Any] = self._safely(lambda connection: connection.execute(query, (min(limit, MOST),)).fetchall(), [])
        return tuple(
            PastRun(run, name, Path(folder), _status(folder, status), started, finished, _metrics(metrics))
            for *words, metrics in rows
            for run, name, folder, status, started, finished in [map(_text, words)]
        )

    def folder_of(self, run: str) -> Path | None:
        """Where the files of a run lie, None if it is unknown."""
        query = "SELECT folder FROM runs WHERE id = ?"
        row = self._safely(lambda connection: connection.execute(query, (run,)).fetchone(), None)
        return Path(_text(row[0])) if row else None

    def metrics(self, run: str) -> dict[str, dict[str, float]]:
        """Metrics of a run: block id -> name -> value."""
        query = "SELECT block, name, value FROM metrics WHERE run = ?"
        rows: list[Any] = self._safely(lambda connection: connection.execute(query, (run,)).fetchall(), [])
        found: dict[str, dict[str, float]] = {}
        for block, name, value in rows:
            found.setdefault(block, {})[name] = value
        return found

    def forget(self, run: str) -> None:
        """Take a run off the list (its folder stays)."""

        def delete(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM runs WHERE id = ?", (run,))
            connection.execute("DELETE FROM metrics WHERE run = ?", (run,))

        self._safely(delete, None)

    def rebuild(self) -> None:
        """Make the index anew from the run folders."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self._home.history.with_name(self._home.history.name + suffix).unlink(missing_ok=True)
        self._connection = self._connect()
        with self._connection:
            for folder in _folders(self._home):
                _insert(self._connection, folder, folder.report())

    # -- inside ------------------------------------------------------------------------------------------------------
    def _safely(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        try:
            return self._attempt(work)
        except (sqlite3.OperationalError, OSError):
            return otherwise  # locked for too long, read-only or a full disk: the folders still hold everything
        except sqlite3.DatabaseError:
            with contextlib.suppress(sqlite3.Error, OSError):
                self.rebuild()
                return self._attempt(work)
            return otherwise

    def _attempt(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            if not self._home.history.exists():
                if not self._home.runs.is_dir():
                    make_folder(self._home.root)
                    self._connection = self._connect()
                else:
                    self.rebuild()
            else:
                self._connection = self._connect()
        assert self._connection is not None
        with self._connection:
            return work(self._connection)

    def _connect(self) -> sqlite3.Connection:
        os.close(os.open(self._home.history, os.O_RDWR | os.O_CREAT, file_mode(self._home.history)))
        connection = sqlite3.connect(self._home.history, timeout=WAIT_SECONDS)
        if connection.execute("PRAGMA user_version").fetchone()[0] not in (0, SCHEMA):
            connection.close()
            raise sqlite3.DatabaseError("another version")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_TABLES)
        return connection


def _status(folder: str, written: str) -> str:
    return RunFolder(Path(folder)).status_now(written)


def _metrics(text: Any) -> dict[str, dict[str, float]]:
    try:
        return _METRICS.validate_python(parse_json(_text(text)))
    except ValueError:
        return {}


_METRICS = pydantic.TypeAdapter(dict[str, dict[str, float]])


def _folders(home: Home) -> Iterator[RunFolder]:
    for path in sorted(home.runs.iterdir()) if home.runs.is_dir() else ():
        if (path / PIPELINE).is_file():
            yield RunFolder(path)


def _insert(connection: sqlite3.Connection, folder: RunFolder, report: dict[str, Any]) -> None:
    run = _text(report.get("run") or folder.id)
    stages = report.get("stages", [])
    metrics = {stage["block"]: stage["metrics"] for stage in stages}
    started = report.get("started") or folder.environment().get("started", "")
    line = (report.get("name", ""), str(folder.path), report.get("status", "interrupted"), started)
    connection.execute(
        "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)",
        (run, *map(_text, line), _text(report.get("finished")), json.dumps(metrics)),
    )
    connection.execute("DELETE FROM metrics WHERE run = ?", (run,))
    rows = [
        (run, _text(stage["block"]), _text(stage["title"]), _text(name), value)
        for stage in stages
        for name, value in stage["metrics"].items()
    ]
    connection.executemany("INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?, ?)", rows)


def _text(value: Any) -> str:
    """As a column of text takes it: a damaged file may say anything, in half characters too."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""
