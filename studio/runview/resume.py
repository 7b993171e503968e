"""Runs that did not finish, to take up again."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from engine.contracts.errors import StudioError
from engine.pipeline.document import Pipeline
from engine.run.folder import RunFolder
from engine.run.history import History, PastRun
from engine.run.home import Home
from studio.canvas.describe import STATE_LOOK
from studio.icons import icon
from studio.theme import SPACING
from studio.widgets import Banner, button, label

LIMIT = 50


def interrupted() -> list[PastRun]:
    """Runs that are not done, the newest first."""
    history = History.open(Home.default())
    try:
        return [run for run in history.runs(LIMIT) if run.status != "done" and run.folder.is_dir()]
    finally:
        history.close()


class ResumeDialog(QDialog):
    """Choose one; its finished blocks are not computed again."""

    run_chosen = Signal(str, object, str)
    """Run id, its `Pipeline`, the block it was to run to or ""."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Resume a run"))
        self._banner = Banner(self)
        self._list = QListWidget(self)
        self._list.setIconSize(QSize(16, 16))
        self._list.setAccessibleName(self.tr("Interrupted runs"))
        self._resume = button(self.tr("Resume"), self, look="primary", picture="run")
        close = button(self.tr("Close"), self)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(self._resume)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACING, 2 * SPACING, 3 * SPACING, 2 * SPACING)
        layout.setSpacing(SPACING + 4)
        text = self.tr("Finished blocks are kept; a resumed run gives the same result as one that was never stopped.")
        layout.addWidget(label(text, self, look="muted"))
        layout.addWidget(self._banner)
        layout.addWidget(self._list, 1)
        layout.addLayout(row)
        self.resize(620, 380)
        self._fill()
        self._resume.clicked.connect(self._on_resume)
        self._list.itemActivated.connect(self._on_resume)
        close.clicked.connect(self.close)

    def _fill(self) -> None:
        for run in interrupted():
            state = run.status if run.status in STATE_LOOK and run.status != "running" else "cancelled"
            _, picture, token = STATE_LOOK[state]  # type: ignore[index]
            word = run.status if run.status != "running" else self.tr("interrupted")
            item = QListWidgetItem(icon(picture, token), f"{run.name}  ·  {word}  ·  {run.started}", self._list)
            item.setToolTip(f"{run.id}\n{run.folder}")
            item.setData(Qt.ItemDataRole.UserRole, run)
        self._list.setCurrentRow(0)
        self._resume.setEnabled(self._list.count() > 0)
        if not self._list.count():
            self._banner.tell("info", self.tr("Every run is finished: there is nothing to resume."))

    def _on_resume(self) -> None:
        item = self._list.currentItem()
        if item is None:
            return
        run: PastRun = item.data(Qt.ItemDataRole.UserRole)
        try:
            folder = RunFolder.open(run.folder)
            pipeline: Pipeline = folder.pipeline()
        except StudioError as error:
            self._banner.tell("error", str(error))
            return
        self.run_chosen.emit(run.id, pipeline, str(folder.environment().get("until") or ""))
        self.close()
