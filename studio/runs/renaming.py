"""A renamed pipeline's run gets the new name on disk too: record, report and history."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.record.home import Home
from studio.document.session import Session
from studio.kit.background import BackgroundTask
from studio.runs.controller import RunController

DELAY_MS = 800
"""Milliseconds after the last edit of the name: it is typed letter by letter."""


class RunRenaming(QObject):
    """Writes the name of the session's run once the run is over. GUI thread only."""

    renamed = Signal()
    """The files of a run have another name now."""

    def __init__(self, session: Session, runs: RunController, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._runs = session, runs
        self._timer = QTimer(self, interval=DELAY_MS, singleShot=True)
        self._timer.timeout.connect(self._write)
        session.run_renamed.connect(self._start)
        runs.ended.connect(self._start)

    def _start(self, *_: object) -> None:
        self._timer.start()

    def _write(self) -> None:
        run, folder = self._session.run, self._runs.folder
        if run is None or folder is None or not run.is_over:
            return
        task = BackgroundTask(partial(_rename, folder, run.pipeline.name), self)
        task.done.connect(self._on_done)

    def _on_done(self, changed: object) -> None:
        if changed:
            self.renamed.emit()


def _rename(folder: Path, name: str) -> bool:
    from engine.record.renaming import rename_run  # imports numpy, for which the first paint must not wait

    return rename_run(Home.default(), folder, name)
