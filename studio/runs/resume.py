"""The runs there were: to look at again, or to take up where they stopped."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QWidget

from engine.base.errors import StudioError
from engine.base.human import bytes_text
from engine.record.folder import RunFolder
from engine.record.history import History, PastRun
from engine.record.home import Home
from engine.record.run_list import interrupted, past_runs, run_bytes
from studio.kit.background import BackgroundTask
from studio.kit.dialogs import room_for
from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING, measured
from studio.kit.widgets import Banner, button, label, search_line
from studio.runs.deleting import delete_run
from studio.runs.run_list import run_list


class RunsDialog(QDialog):
    """Choose a run: its results are shown again, or, if it did not finish, it goes on where it stopped."""

    run_chosen = Signal(object)
    """Go on with the run in this `RunFolder`."""
    open_chosen = Signal(object)
    """Show its results."""

    def __init__(self, parent: QWidget, *, unfinished: bool = False) -> None:
        """``unfinished``: only runs that can be taken up."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Resume a run") if unfinished else self.tr("Past runs"))
        self._unfinished = unfinished
        self._noted: PastRun | None = None
        self._banner = Banner(self)
        self._list, self._model = run_list(self)
        self._list.setAccessibleName(self.tr("Runs"))
        self.search = search_line(self.tr("Search by name, state, date or notes"), self, self.tr("Search past runs"))
        self.search.textChanged.connect(self._fill)
        self._facts = label("", self, look="muted")
        self.note = QPlainTextEdit(self, placeholderText=self.tr("Notes on this run"), tabChangesFocus=True)
        self.note.setAccessibleName(self.tr("Notes on this run"))
        measured(self.note, lambda note: note.setMaximumHeight(note.fontMetrics().lineSpacing() * 3 + 14))
        self._delete = button(self.tr("Delete…"), self, look="danger", picture="delete", on=self._on_delete)
        self._delete.setAutoDefault(False)
        first, second = ("primary", "") if unfinished else ("", "primary")
        self._resume = button(self.tr("Resume"), self, look=first, picture="run", on=self._on_resume)
        self._open = button(self.tr("Show results"), self, look=second, picture="chart", on=self._on_open)
        close = button(self.tr("Close"), self, on=self.close)
        ways = (self._open, self._resume) if unfinished else (self._resume, self._open)
        text = self.tr("Finished blocks are saved. A resumed run gives the same result as one that was never stopped.")
        self.setLayout(
            vbox(
                label(text, self, look="muted"),
                self._banner,
                self.search,
                (self._list, 1),
                self._facts,
                self.note,
                hbox(self._delete, None, close, *ways),
                margins=(3 * SPACING, 2 * SPACING, 3 * SPACING, 2 * SPACING),
                gap=SPACING + 4,
            )
        )
        self.resize(*room_for(self, 760, 600))
        self._read()
        self._fill()
        self._list.activated.connect(self._on_resume if unfinished else self._on_open)
        self._list.selectionModel().currentChanged.connect(self._on_current)
        self._on_current()

    def _read(self) -> None:
        self._keep_note()
        with History.open(Home.default()) as history:
            self._notes = history.notes()
        self._runs = interrupted() if self._unfinished else past_runs()
        self._said = {run.id: self._words_of(run) for run in self._runs}

    def _fill(self) -> None:
        """Those of the runs that were read that have all the words."""
        self._keep_note()
        self._banner.clear()
        words = self.search.text().lower().split()
        shown = self._runs
        for word in words:
            shown = [run for run in shown if word in self._said[run.id]]
        self._model.show_runs(shown)
        self._list.setCurrentIndex(self._model.index(0, 0))
        if not self._model.rowCount():
            self._on_current()
            finished = self.tr("All runs are finished. There is nothing to resume.")
            nothing = finished if self._unfinished else self.tr("Nothing has run yet.")
            self._banner.show_message("info", self.tr("No matching runs.") if words else nothing)

    def _words_of(self, run: PastRun) -> str:
        return f"{run.name} {run.status} {run.started} {run.id} {self._notes.get(run.id, '')}".lower()

    def _on_current(self) -> None:
        self._keep_note()
        run = self._noted = self._model.run(self._list.currentIndex().row())
        self.note.setPlainText("" if run is None else self._notes.get(run.id, ""))
        for widget in (self.note, self._delete, self._open):
            widget.setEnabled(run is not None)
        self._facts.setText("")
        if run is not None:
            BackgroundTask(partial(run_bytes, run.id, run.folder), self).done.connect(partial(self._show_size, run))
        self._resume.setEnabled(run is not None and run.can_resume)

    def _show_size(self, run: PastRun, size: int | None) -> None:
        if run is self._noted and size is not None:
            text = self.tr("{0} on disk, including models that only this run uses  ·  {1}")
            self._facts.setText(text.format(bytes_text(size), run.folder))

    def _keep_note(self) -> None:
        """Write down what was typed, before another run is shown."""
        text = self.note.toPlainText().strip()
        if self._noted is None or text == self._notes.get(self._noted.id, "").strip():
            return
        self._notes[self._noted.id] = text
        self._said[self._noted.id] = self._words_of(self._noted)
        try:
            with History.open(Home.default()) as history:
                history.annotate(self._noted.id, text)
        except StudioError as error:
            self._banner.show_message("error", str(error))

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
            self._banner.show_message("error", why)

    def done(self, result: int) -> None:
        """A note that was typed is kept."""
        self._keep_note()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The same."""
        self._keep_note()
        super().closeEvent(event)

    def _chosen(self) -> RunFolder | None:
        """The folder of the run, if it can be read."""
        try:
            folder = None if self._noted is None else RunFolder.open(self._noted.folder)
            return folder if folder is not None and folder.pipeline() else None
        except StudioError as error:
            self._banner.show_message("error", str(error))
            return None

    def _on_resume(self) -> None:
        if self._resume.isEnabled() and (folder := self._chosen()):
            self.run_chosen.emit(folder)
            self.close()

    def _on_open(self) -> None:
        if folder := self._chosen():
            self.open_chosen.emit(folder)
            self.close()
