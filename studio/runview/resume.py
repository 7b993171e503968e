"""The runs there were: to look at again, or to take up where they stopped."""

from __future__ import annotations

import os

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from engine.contracts.errors import StudioError
from engine.pipeline.document import Pipeline
from engine.run.folder import RunFolder
from engine.run.history import History, PastRun
from engine.run.home import Home
from studio.canvas.describe import STATE_LOOK
from studio.icons import icon
from studio.plaintext import as_plain
from studio.theme import SPACING
from studio.widgets import Banner, button, label

LIMIT = 50


def past_runs() -> list[PastRun]:
    """All runs whose folder is still there, the newest first."""
    history = History.open(Home.default())
    try:
        return [run for run in history.runs(LIMIT) if os.path.isdir(run.folder)]
    finally:
        history.close()


def interrupted() -> list[PastRun]:
    """Runs that are not done, the newest first."""
    return [run for run in past_runs() if run.status != "done"]


class RunsDialog(QDialog):
    """Choose a run: its results are shown again, or, if it did not finish, it goes on where it stopped."""

    run_chosen = Signal(str, object, str, object)
    """Go on: run id, its `Pipeline`, the block it was to run to or "", its folder."""
    open_chosen = Signal(str, object, str, object)
    """Show its results; the same of it."""

    def __init__(self, parent: QWidget, *, unfinished: bool = False) -> None:
        """``unfinished``: only runs that can be taken up."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Resume a run") if unfinished else self.tr("Past runs"))
        self._unfinished = unfinished
        self._banner = Banner(self)
        self._list = QListWidget(self)
        self._list.setIconSize(QSize(16, 16))
        self._list.setAccessibleName(self.tr("Runs"))
        self._resume = button(self.tr("Resume"), self, look="primary" if unfinished else "", picture="run")
        self._open = button(self.tr("Show results"), self, look="" if unfinished else "primary", picture="chart")
        close = button(self.tr("Close"), self)
        row = QHBoxLayout()
        row.addStretch(1)
        for widget in (close, self._open, self._resume) if unfinished else (close, self._resume, self._open):
            row.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACING, 2 * SPACING, 3 * SPACING, 2 * SPACING)
        layout.setSpacing(SPACING + 4)
        text = self.tr("Finished blocks are kept; a resumed run gives the same result as one that was never stopped.")
        layout.addWidget(label(text, self, look="muted"))
        layout.addWidget(self._banner)
        layout.addWidget(self._list, 1)
        layout.addLayout(row)
        self.resize(680, 420)
        self._fill()
        self._resume.clicked.connect(self._on_resume)
        self._open.clicked.connect(self._on_open)
        self._list.itemActivated.connect(self._on_resume if unfinished else self._on_open)
        self._list.currentItemChanged.connect(self._on_current)
        self._on_current()
        close.clicked.connect(self.close)

    def _fill(self) -> None:
        for run in interrupted() if self._unfinished else past_runs():
            state = run.status if run.status in STATE_LOOK and run.status != "running" else "cancelled"
            _, picture, token = STATE_LOOK[state]
            word = run.status
            if run.status == "running":
                goes_on = RunFolder(run.folder).executing_process() is not None
                word = self.tr("running in another process") if goes_on else self.tr("interrupted")
            started = run.started.replace("T", " ")[:16]
            item = QListWidgetItem(icon(picture, token), f"{run.name}  ·  {word}  ·  {started}", self._list)
            item.setToolTip(as_plain(f"{run.id}\n{run.folder}"))
            item.setData(Qt.ItemDataRole.UserRole, run)
        self._list.setCurrentRow(0)
        if not self._list.count():
            finished = self.tr("Every run is finished: there is nothing to resume.")
            self._banner.tell("info", finished if self._unfinished else self.tr("Nothing has run yet."))

    def _on_current(self) -> None:
        item = self._list.currentItem()
        self._open.setEnabled(item is not None)
        self._resume.setEnabled(item is not None and item.data(Qt.ItemDataRole.UserRole).status != "done")

    def _chosen(self) -> tuple[PastRun, Pipeline, str] | None:
        """The run, its pipeline and the block it was to run to."""
        item = self._list.currentItem()
        if item is None:
            return None
        run: PastRun = item.data(Qt.ItemDataRole.UserRole)
        try:
            folder = RunFolder.open(run.folder)
            return run, folder.pipeline(), str(folder.environment().get("until") or "")
        except StudioError as error:
            self._banner.tell("error", str(error))
            return None

    def _on_resume(self) -> None:
        chosen = self._chosen() if self._resume.isEnabled() else None
        if chosen is not None:
            self.run_chosen.emit(chosen[0].id, *chosen[1:], chosen[0].folder)
            self.close()

    def _on_open(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.open_chosen.emit(chosen[0].id, *chosen[1:], chosen[0].folder)
            self.close()
