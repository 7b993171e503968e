"""The index of all runs: a SQLite file that can be lost, for the run folders hold everything in it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import pydantic
from filelock import FileLock

from engine.base.errors import BadInput, StudioError
from engine.base.files import file_mode, make_folder, parse_json, write_text
from engine.contracts.grading import GRADES, Grade, grade_result
from engine.pipeline.document import Pipeline
from engine.pipeline.legality import roots
from engine.record.folder import GOING_ON, NOTE, PIPELINE, RunFolder
from engine.record.home import Home

SCHEMA = 4
WAIT_SECONDS = 10.0
MOST = 1_000_000
"""Runs that are listed at once."""
_TABLES = f"""
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, name TEXT, folder TEXT, status TEXT, started TEXT, finished TEXT, metrics TEXT,
    grade TEXT
);
CREATE TABLE IF NOT EXISTS metrics (
    run TEXT, block TEXT, title TEXT, name TEXT, value REAL, PRIMARY KEY (run, block, name)
);
CREATE TABLE IF NOT EXISTS results (
    run TEXT, block TEXT, artifact TEXT, entry TEXT, PRIMARY KEY (run, block)
);
CREATE TABLE IF NOT EXISTS notes (run TEXT PRIMARY KEY, note TEXT);
PRAGMA user_version = {SCHEMA};
"""
T = TypeVar("T")


@dataclass(frozen=True)
class PastRun:
    """One line of the history; ``written``: its metrics as JSON. ``grade``: of its last measured result against the
    source, None where nothing can be compared."""

    id: str
    name: str
    folder: Path
    status: str
    started: str
    finished: str
    written: str
    grade: Grade | None = None

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        """Metrics by name, by block id; read when asked for: most of thousands of runs are never looked at."""
        return _metrics(self.written)

    @property
    def last_metrics(self) -> dict[str, float]:
        """Those of the last block that has any."""
        return next((metrics for metrics in reversed(list(self.metrics.values())) if metrics), {})

    @property
    def can_resume(self) -> bool:
        """True if it stopped after it had begun to work."""
        return self.status != "done" and RunFolder(self.folder).has_begun()


@dataclass(frozen=True)
class Result:
    """Result of a block of a run, with the source that it was made of.

    Attributes
    ----------
    source: id of the source's block in the same run; its own of a source.
    model: what that source loads, as it is written in its settings.
    device: what computed it, e.g. "cpu" or "cuda".
    """

    run: str
    run_name: str
    status: str
    started: str
    folder: Path
    note: str
    block: str
    title: str
    method: str
    settings: dict[str, Any]
    metrics: dict[str, float]
    protocol: dict[str, Any]
    seconds: float
    artifact: str
    cached: bool
    source: str
    model: str
    device: str


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

    @classmethod
    def readable(cls, home: Home) -> History:
        """The same for whoever lists runs: raises `BadInput` where the index can be neither read nor made, since an
        empty list would say that there are no runs."""
        history = cls(home)
        try:
            history._attempt(lambda connection: None)
        except sqlite3.DatabaseError:
            history.runs(1)  # a damaged one is made anew
        except OSError as error:
            raise BadInput(
                "The workspace can't be opened",
                where=str(home.root),
                why=error.strerror or str(error),
                advice="choose another folder: COMPRESSION_STUDIO_HOME=/some/folder",
            ) from None
        return history

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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
        query = "SELECT id, name, folder, status, started, finished, metrics, grade FROM runs ORDER BY id DESC LIMIT ?"
        rows: list[Any] = self._safely(lambda connection: connection.execute(query, (min(limit, MOST),)).fetchall(), [])
        return tuple(
            PastRun(run, name, Path(folder), _status(folder, status), started, finished, written, _grade(grade))
            for words in rows
            for run, name, folder, status, started, finished, written, grade in [map(_text, words)]
        )

    def folder_of(self, run: str) -> Path | None:
        """Folder of the files of a run, None if it is unknown."""
        query = "SELECT folder FROM runs WHERE id = ?"
        row = self._safely(lambda connection: connection.execute(query, (run,)).fetchone(), None)
        return Path(_text(row[0])) if row else None

    def metrics(self, run: str) -> dict[str, dict[str, float]]:
        """Metrics of a run: block id -> name -> value."""
        query = "SELECT block, name, value FROM metrics WHERE run = ?"
        rows: list[Any] = self._safely(lambda connection: connection.execute(query, (run,)).fetchall(), [])
        metrics: dict[str, dict[str, float]] = {}
        for block, name, value in rows:
            metrics.setdefault(block, {})[name] = value
        return metrics

    def results(self) -> tuple[Result, ...]:
        """Every artifact of every run, the newest run first and its blocks in order."""
        query = (
            "SELECT runs.id, runs.name, runs.folder, runs.status, runs.started, notes.note, results.entry FROM results "
            "JOIN runs ON runs.id = results.run LEFT JOIN notes ON notes.run = results.run "
            "ORDER BY results.run DESC, results.rowid"
        )
        rows: list[Any] = self._safely(lambda connection: connection.execute(query).fetchall(), [])
        folders: dict[str, tuple[str, Path]] = {}
        results = []
        for *words, entry in rows:
            run, name, folder, status, started, note = map(_text, words)
            if run not in folders:
                folders[run] = _status(folder, status), Path(folder)
            with contextlib.suppress(ValueError, TypeError):
                more = json.loads(entry)
                results.append(Result(run, name, folders[run][0], started, folders[run][1], note, **more))
        return tuple(results)

    def maker(self, artifact: str) -> tuple[Path, str] | None:
        """Folder of the run that computed an artifact, and its block there; None where it is not known any more."""
        query = (
            "SELECT runs.folder, results.block, results.entry FROM results JOIN runs ON runs.id = results.run "
            "WHERE results.artifact = ? ORDER BY results.run"
        )
        rows: list[Any] = self._safely(lambda connection: connection.execute(query, (artifact,)).fetchall(), [])
        for folder, block, entry in rows:
            with contextlib.suppress(ValueError, AttributeError):
                if not json.loads(entry).get("cached"):
                    return Path(_text(folder)), _text(block)
        return None

    def annotate(self, run: str, note: str) -> None:
        """Write down what a person says of a run, in its folder too; "" takes it away. Raises `StudioError`."""
        folder = self.folder_of(run)
        if folder is not None:
            write_text(folder / NOTE, note)
            self._safely(lambda connection: _note(connection, run, note), None)

    def notes(self) -> dict[str, str]:
        """Notes of a person on runs, by their ids."""
        query = "SELECT run, note FROM notes WHERE note != ''"
        rows: list[Any] = self._safely(lambda connection: connection.execute(query).fetchall(), [])
        return {_text(run): _text(note) for run, note in rows}

    def own_artifacts(self, run: str) -> tuple[Path, ...]:
        """The artifacts that this run alone refers to: what is freed when it is deleted."""
        query = (
            "SELECT DISTINCT artifact FROM results WHERE run = ? AND artifact != '' "
            "AND artifact NOT IN (SELECT artifact FROM results WHERE run != ?)"
        )
        rows: list[Any] = self._safely(lambda connection: connection.execute(query, (run, run)).fetchall(), [])
        root = self._home.artifacts
        return tuple(path for (name,) in rows if (path := Path(_text(name))).parent == root)

    def delete(self, run: str) -> None:
        """Remove a run with its folder and the artifacts that no other run has. Raises `BadInput` while a process
        executes it."""
        folder = self.folder_of(run)
        if folder is None:
            return
        if RunFolder(folder).executing_process() is not None:
            raise BadInput("This run is going on", where=str(folder), advice="cancel it before you delete it")
        for path in (*self.own_artifacts(run), folder):
            shutil.rmtree(path, ignore_errors=True)
        self.forget(run)

    def forget(self, run: str) -> None:
        """Take a run off the list (its folder stays)."""

        def delete(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM runs WHERE id = ?", (run,))
            for table in ("metrics", "results", "notes"):
                connection.execute(f"DELETE FROM {table} WHERE run = ?", (run,))

        self._safely(delete, None)

    def rebuild(self) -> None:
        """Make the index anew from the run folders."""
        with self._alone():
            self._rebuild()

    # -- inside ------------------------------------------------------------------------------------------------------
    def _alone(self) -> FileLock:
        """Held while the index is made or opened: a process that makes it anew removes the file of another."""
        file = self._home.history.with_name(f"{self._home.history.name}.lock")
        return FileLock(file, timeout=WAIT_SECONDS, mode=file_mode(self._home.history))

    def _rebuild(self) -> None:
        self.close()
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self._home.history.with_name(self._home.history.name + suffix).unlink(missing_ok=True)
        self._connection = self._connect()
        with self._connection:
            for folder in _folders(self._home):
                _insert(self._connection, folder, folder.report())

    def _safely(self, query: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        try:
            return self._attempt(query)
        except (sqlite3.OperationalError, OSError):
            return otherwise  # locked for too long, read-only or a full disk: the folders still hold everything
        except sqlite3.DatabaseError:
            with contextlib.suppress(sqlite3.Error, OSError):
                self.rebuild()
                return self._attempt(query)
            return otherwise

    def _attempt(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Do it in a transaction. SQLite's own messages quote what a damaged file has as names, in whatever bytes."""
        try:
            return self._transaction(query)
        except UnicodeDecodeError as error:
            raise sqlite3.DatabaseError("it holds a name that is not UTF-8") from error

    def _transaction(self, query: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            make_folder(self._home.root)
            with self._alone():
                if self._home.history.exists() or not self._home.runs.is_dir():
                    self._connection = self._connect()
                else:
                    self._rebuild()
        assert self._connection is not None
        with self._connection:
            return query(self._connection)

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
    return RunFolder(Path(folder)).status_now(written) if written in GOING_ON else written


def _metrics(text: str) -> dict[str, dict[str, float]]:
    try:
        return _METRICS.validate_python(parse_json(text))
    except ValueError:
        return {}


_METRICS = pydantic.TypeAdapter(dict[str, dict[str, float]])


def _folders(home: Home) -> Iterator[RunFolder]:
    here = sorted(home.runs.iterdir()) if home.runs.is_dir() else []
    for path in (*here, *sorted(home.far.glob("*/*"))):
        if (path / PIPELINE).is_file():
            yield RunFolder(path)


def _insert(connection: sqlite3.Connection, folder: RunFolder, report: dict[str, Any]) -> None:
    run = _text(report.get("run") or folder.id)
    stages = report.get("stages", [])
    metrics = {stage["block"]: stage["metrics"] for stage in stages}
    started = report.get("started") or folder.environment().get("started", "")
    line = (report.get("name", ""), str(folder.path), report.get("status", "interrupted"), started)
    connection.execute(
        "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (run, *map(_text, line), _text(report.get("finished")), json.dumps(metrics), _last_grade(report) or ""),
    )
    connection.execute("DELETE FROM metrics WHERE run = ?", (run,))
    rows = [
        (run, _text(stage["block"]), _text(stage["title"]), _text(name), value)
        for stage in stages
        for name, value in stage["metrics"].items()
    ]
    connection.executemany("INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?, ?)", rows)
    connection.execute("DELETE FROM results WHERE run = ?", (run,))
    connection.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?)", _results(run, report))
    with contextlib.suppress(OSError):
        _note(connection, run, (folder.path / NOTE).read_text(encoding="utf-8", errors="replace"))


def _results(run: str, report: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """The rows of a run: one for each block that left a model."""
    stages = {stage["block"]: stage for stage in report.get("stages", [])}
    sources = _sources(report)
    device = report.get("environment", {}).get("device", "")
    for block, stage in stages.items():
        source = sources[block] or block
        if not stage.get("artifact"):
            continue
        entry = {
            "block": _text(block),
            "title": _text(stage["title"]),
            "method": _text(stage.get("method")),
            "settings": stage.get("settings", {}),
            "metrics": stage["metrics"],
            "protocol": stage.get("protocol", {}),
            "seconds": stage.get("seconds", 0.0),
            "artifact": _text(stage["artifact"]),
            "cached": bool(stage.get("cached")),
            "source": _text(source),
            "model": _text(stages.get(source, {}).get("settings", {}).get("model", "")),
            "device": _text(stage.get("protocol", {}).get("device") or device),
        }
        yield run, entry["block"], entry["artifact"], json.dumps(entry)


def _sources(report: dict[str, Any]) -> dict[str, str]:
    """Block -> the source that it was made of, "" where the pipeline does not say."""
    sources = dict.fromkeys((stage["block"] for stage in report.get("stages", [])), "")
    with contextlib.suppress(pydantic.ValidationError, StudioError):
        sources |= roots(Pipeline.model_validate(report.get("pipeline", {})).active())
    return sources


def _last_grade(report: dict[str, Any]) -> Grade | None:
    """The grade of the last result that was measured; None for a source, and for what can't be compared."""
    stages = {stage["block"]: stage for stage in report.get("stages", [])}
    measured = [stage for stage in stages.values() if stage["metrics"]]
    source = stages.get(_sources(report).get(measured[-1]["block"], "")) if measured else None
    if source is None or source is measured[-1] or not source["metrics"]:
        return None
    last = measured[-1]
    graded = grade_result(last["metrics"], last.get("protocol") or {}, source["metrics"], source.get("protocol") or {})
    return None if graded is None else graded.grade


def _grade(word: str) -> Grade | None:
    """A grade as it is stored."""
    return next((grade for grade in GRADES if grade == word), None)


def _note(connection: sqlite3.Connection, run: str, note: str) -> None:
    connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (run, _text(note)))


def _text(value: Any) -> str:
    """As a column of text takes it: a damaged file may say anything, in half characters too."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""
