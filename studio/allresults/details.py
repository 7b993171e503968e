"""Beside the table of results: what differs between rows, and the run that a result belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from engine.base.human import duration_text
from engine.record.history import Result
from engine.record.results import differences
from studio.engine_words import engine_word, result_name
from studio.kit.layouts import Pages, hbox, vbox
from studio.kit.tables import Cell, CellsTable
from studio.kit.theme import SPACING
from studio.kit.widgets import EmptyState, button, label
from studio.states import run_state, state_word

MOST = 8
"""Results whose differences are shown beside each other."""


class Differences(QWidget):
    """Settings that several results do not have in common, a column each."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.table = CellsTable(self.tr("Differences in settings"), self)
        self._empty = EmptyState("compare", "", "", self)
        self._pages = Pages(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.table)
        self.show_rows(())

    def show_rows(self, rows: Sequence[Result]) -> None:
        """Show what differs between these, the first `MOST` of them."""
        rows = rows[:MOST]
        differing = differences(rows) if len(rows) > 1 else []
        if not differing:
            chosen = len(rows) > 1
            self._empty.set_text(
                self.tr("The same settings") if chosen else self.tr("Select two results or more"),
                self.tr("The blocks before them differ.") if chosen else self.tr("Ctrl+click adds a result."),
            )
            self._pages.setCurrentIndex(0)
            return
        heads = [self.tr("Setting"), *(result_name(row.title) for row in rows)]
        cells = [[Cell(text, text) for text in map(engine_word, (title, *texts))] for title, texts in differing]
        self.table.show_cells(heads, cells, words=range(len(heads)))
        self.table.resizeColumnToContents(0)
        self._pages.setCurrentIndex(1)


class RunPage(QWidget):
    """Name, date and note of a run; show it again, delete it."""

    note_edited = Signal(str, str)
    """(run, note)"""
    delete_requested = Signal(object)
    open_requested = Signal(object)
    """`Result`"""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._result: Result | None = None
        page = QWidget(self)
        self._title = label("", page, bold=True, size=1)
        self._words = label("", page, look="muted")
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.note = QPlainTextEdit(page)
        self.note.setPlaceholderText(self.tr("Notes on this run"))
        self.note.setAccessibleName(self.tr("Notes on this run"))
        self.note.setTabChangesFocus(True)
        self.note.installEventFilter(self)
        show = button(self.tr("Show this run"), page, look="primary", picture="chart", on=self._on_open)
        delete = button(self.tr("Delete run…"), page, picture="delete", on=self._on_delete)
        row = hbox(show, delete, None)
        page.setLayout(vbox(self._title, self._words, (self.note, 1), row, margins=SPACING, gap=SPACING))
        self._pages = Pages(self)
        self._pages.addWidget(
            EmptyState("recent", self.tr("Select a result"), self.tr("Details of its run appear here."), self)
        )
        self._pages.addWidget(page)

    def show_result(self, result: Result | None) -> None:
        """Show the run of a result; a note that was typed is kept first."""
        if result is not None and self._result is not None and result.run == self._result.run:
            self._result = result
            return
        self.keep_note()
        self._result = result
        self._pages.setCurrentIndex(0 if result is None else 1)
        if result is not None:
            self._title.setText(result.run_name)
            state = state_word(run_state(result.status))
            words = (result.started.replace("T", " ")[:16], state, result.device, duration_text(result.seconds))
            self._words.setText("  ·  ".join(filter(None, words)) + f"\n{result.folder}")
            self.note.setPlainText(result.note)

    def keep_note(self) -> None:
        """Hand the note over if it was changed."""
        text = self.note.toPlainText().strip()
        if self._result is not None and text != self._result.note.strip():
            self.note_edited.emit(self._result.run, text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A note is kept when the focus leaves it."""
        if event.type() == QEvent.Type.FocusOut:
            self.keep_note()
        return super().eventFilter(watched, event)

    def _on_open(self) -> None:
        self.open_requested.emit(self._result)

    def _on_delete(self) -> None:
        self.delete_requested.emit(self._result)
