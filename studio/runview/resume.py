"""The runs there were: to look at again, or to take up where they stopped."""

from __future__ import annotations

import contextlib
import os
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from engine.contracts.errors import StudioError
from engine.contracts.human import bytes_text
from engine.pipeline.document import Pipeline
from engine.run.folder import RunFolder
from engine.run.history import MOST, History, PastRun
from engine.run.home import Home
from studio.icons import icon
from studio.runview.deleting import delete_run, run_bytes
from studio.runview.runlist import run_list
from studio.theme import SPACING
from studio.widgets import Banner, button, label
from studio.work import Work


def past_runs(limit: int = MOST) -> list[PastRun]:
    """The last runs whose folder is still there, the newest first."""
    with contextlib.closing(History.open(Home.default())) as history:
        return [run for run in history.runs(limit) if os.path.isdir(run.folder)]


def interrupted() -> list[PastRun]:
    """Runs that can be taken up, the newest first."""
    return [run for run in past_runs() if can_resume(run)]


def can_resume(run: PastRun) -> bool:
    """Whether a run stopped after it had begun to work."""
    return run.status != "done" and RunFolder(run.folder).has_begun()


def _notes() -> dict[str, str]:
    """What a person said of runs, by their ids."""
    with contextlib.closing(History.open(Home.default())) as history:
        return history.notes()


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
        self._list, self._model = run_list(self)
        self._list.setAccessibleName(self.tr("Runs"))
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search: name, state, date, notes"))
        self.search.setAccessibleName(self.tr("Search past runs"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self._fill)
        self._facts = label("", self, look="muted")
        self.note = QPlainTextEdit(self)
        self.note.setPlaceholderText(self.tr("Notes on this run"))
        self.note.setAccessibleName(self.tr("Notes on this run"))
        self.note.setTabChangesFocus(True)
        self.note.setMaximumHeight(self.note.fontMetrics().lineSpacing() * 3 + 14)
        self._delete = button(self.tr("Delete…"), self, look="danger", picture="delete")
        self._delete.setAutoDefault(False)
        self._delete.clicked.connect(self._on_delete)
        self._noted: PastRun | None = None
        self._runs: list[PastRun] = []
        self._notes: dict[str, str] = {}
        self._resume = button(self.tr("Resume"), self, look="primary" if unfinished else "", picture="run")
        self._open = button(self.tr("Show results"), self, look="" if unfinished else "primary", picture="chart")
        close = button(self.tr("Close"), self)
        row = QHBoxLayout()
        row.addWidget(self._delete)
        row.addStretch(1)
        for widget in (close, self._open, self._resume) if unfinished else (close, self._resume, self._open):
            row.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACING, 2 * SPACING, 3 * SPACING, 2 * SPACING)
        layout.setSpacing(SPACING + 4)
        text = self.tr("Finished blocks are kept; a resumed run gives the same result as one that was never stopped.")
        layout.addWidget(label(text, self, look="muted"))
        layout.addWidget(self._banner)
        layout.addWidget(self.search)
        layout.addWidget(self._list, 1)
        layout.addWidget(self._facts)
        layout.addWidget(self.note)
        layout.addLayout(row)
        self.resize(760, 600)
        self._read()
        self._fill()
        self._resume.clicked.connect(self._on_resume)
        self._open.clicked.connect(self._on_open)
        self._list.activated.connect(self._on_resume if unfinished else self._on_open)
        self._list.selectionModel().currentChanged.connect(self._on_current)
        self._on_current()
        close.clicked.connect(self.close)

    def _read(self) -> None:
        self._keep_note()
        self._notes = _notes()
        self._runs = interrupted() if self._unfinished else past_runs()

    def _fill(self) -> None:
        """Those of the runs that were read that have all the words."""
        self._keep_note()
        self._banner.clear()
        words = self.search.text().lower().split()
        self._model.show_runs([run for run in self._runs if all(word in self._said(run) for word in words)])
        self._list.setCurrentIndex(self._model.index(0, 0))
        if not self._model.rowCount():
            self._on_current()
            finished = self.tr("Every run is finished: there is nothing to resume.")
            nothing = finished if self._unfinished else self.tr("Nothing has run yet.")
            self._banner.tell("info", self.tr("No run has these words.") if words else nothing)

    def _said(self, run: PastRun) -> str:
        return f"{run.name} {run.status} {run.started} {run.id} {self._notes.get(run.id, '')}".lower()

    def _on_current(self) -> None:
        self._keep_note()
        self._noted = self._model.run(self._list.currentIndex().row())
        self.note.setPlainText("" if self._noted is None else self._notes.get(self._noted.id, ""))
        for widget in (self.note, self._delete, self._open):
            widget.setEnabled(self._noted is not None)
        self._facts.setText("")
        if self._noted is not None:
            size = Work(partial(run_bytes, self._noted.id, self._noted.folder), self)
            size.done.connect(partial(self._show_size, self._noted))
        self._resume.setEnabled(self._noted is not None and can_resume(self._noted))

    def _show_size(self, run: PastRun, size: int | None) -> None:
        if run is self._noted and size is not None:
            text = self.tr("{0} on disk, with the models that no other run has  ·  {1}")
            self._facts.setText(text.format(bytes_text(size), run.folder))

    def _keep_note(self) -> None:
        """Write down what was typed, before another run is shown."""
        text = self.note.toPlainText().strip()
        if self._noted is None or text == self._notes.get(self._noted.id, "").strip():
            return
        self._notes[self._noted.id] = text
        try:
            with contextlib.closing(History.open(Home.default())) as history:
                history.annotate(self._noted.id, text)
        except StudioError as error:
            self._banner.tell("error", str(error))

    def _on_delete(self) -> None:
        run = self._noted
        if run is None:
            return
        why = delete_run(self, run.id, run.name, run.started, run.folder)
        if why == "":
            self._noted = None
            self._read()
            self._fill()
        elif why:
            self._banner.tell("error", why)

    def done(self, result: int) -> None:
        """A note that was typed is kept."""
        self._keep_note()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The same."""
        self._keep_note()
        super().closeEvent(event)

    def _chosen(self) -> tuple[PastRun, Pipeline, str] | None:
        """The run, its pipeline and the block it was to run to."""
        run = self._model.run(self._list.currentIndex().row())
        if run is None:
            return None
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
