"""Nothing is lost: unsaved changes lie in a recovery file two seconds after they were made."""

from __future__ import annotations

import itertools
import json
import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.base.errors import StudioError
from engine.base.files import home, parse_json, write_json
from engine.base.processes import is_alive, own_start
from engine.pipeline.document import Pipeline
from studio.document.document import Document

DELAY_MS = 2000
_numbers = itertools.count(1)


class Autosave(QObject):
    """Writes the document's recovery file while it has unsaved changes, and removes it when it has none.

    The file is written by a thread of its own (a slow disk must not hold the window up); pipelines are immutable, so
    nothing is shared. GUI thread only.
    """

    failed = Signal(str)
    """The recovery file could not be written, and why: the user should save by hand."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.path = _folder() / f"{os.getpid()}-{next(_numbers)}.json"
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="autosave")
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self.flush)
        document.changed.connect(self._on_changed)
        document.clean_changed.connect(self._on_changed)

    def flush(self) -> Future[None]:
        """Bring the recovery file up to date now; the future ends when it is."""
        self._timer.stop()
        if self._document.is_clean:
            return self._writer.submit(self._remove)
        return self._writer.submit(self._write, self._document.pipeline, self._document.path)

    def close(self) -> None:
        """The document was closed on purpose: no recovery file stays behind."""
        self._timer.stop()
        self._document.changed.disconnect(self._on_changed)
        self._document.clean_changed.disconnect(self._on_changed)
        self._writer.submit(self._remove)
        self._writer.shutdown()

    def _on_changed(self, *_: object) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _write(self, pipeline: Pipeline, path: Path | None) -> None:
        data = {"path": str(path) if path else None, "time": time.time(), "process": own_start()}
        try:
            write_json(self.path, {**data, "pipeline": pipeline.model_dump(mode="json")})
        except StudioError as error:
            self.failed.emit(str(error))

    def _remove(self) -> None:
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Recoverable:
    """Unsaved work of a process that is gone. ``path``: the file that it was opened from; ``time``: of the last
    change in seconds since 1970."""

    file: Path
    path: Path | None
    time: float
    pipeline: Pipeline

    def discard(self) -> None:
        """Remove the recovery file, once its pipeline was saved or is not wanted."""
        self.file.unlink(missing_ok=True)


def find_recoverable() -> list[Recoverable]:
    """Recovery files whose process is dead, the newest first. Damaged ones are left where they are."""
    recoverable = []
    for file in _folder().glob("*-*.json"):
        try:
            data = parse_json(file.read_text(encoding="utf-8"))
            if is_alive(int(file.stem.partition("-")[0]), float(data["process"])):
                continue
            pipeline = Pipeline.from_json(json.dumps(data["pipeline"]), where=str(file))
            recoverable.append(Recoverable(file, Path(data["path"]) if data["path"] else None, data["time"], pipeline))
        except (OSError, ValueError, KeyError, TypeError, StudioError):
            continue
    return sorted(recoverable, key=lambda item: item.time, reverse=True)


def _folder() -> Path:
    return home() / "recovery"
