"""Lines that open an export in other programs: one program at a time, ready to be copied."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent, QTextOption
from PySide6.QtWidgets import QApplication, QFrame, QPlainTextEdit, QWidget

from engine.contracts.opening import OpenIn
from studio.kit.combo import Choice
from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING, keep_font, measured, set_font
from studio.kit.widgets import button, label, set_look


class Lines(QPlainTextEdit):
    """Lines to read and to copy, as high as they are long. A path that is wider than the widget goes on in the next
    line."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        set_look(self, "lines")
        set_font(self, -1, mono=True)
        measured(self, Lines._fit)

    def show_text(self, text: str) -> None:
        """Show these lines."""
        self.setPlainText(text)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            keep_font(self)  # the style sheet gives it another one before it is shown
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        lines = self.document().size().height()  # of a plain text it is counted in lines
        self.setFixedHeight(math.ceil(lines * self.fontMetrics().lineSpacing()) + 2)


class OpeningLinesView(QWidget):
    """Hidden while there are no lines."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._entries: dict[str, OpenIn] = {}
        self.program = Choice(self.tr("Program"), self)
        self.program.setMinimumWidth(90)  # it gives way before the card does
        self.program.currentIndexChanged.connect(self._show_lines)
        box = QFrame(self)
        set_look(box, "tools")
        self.lines = Lines(box)
        self.lines.setAccessibleName(self.tr("Lines"))
        box.setLayout(vbox(self.lines, margins=SPACING))
        self._copy = button(self.tr("Copy"), self, look="quiet", picture="copy", on=self._on_copy)
        self._copy.setAutoDefault(False)
        head = hbox(label(self.tr("Open in"), self, look="muted"), (self.program, 1), self._copy, gap=SPACING)
        self.setLayout(vbox(head, box, margins=0, gap=SPACING // 2))
        self.hide()

    def show_entries(self, entries: Sequence[OpenIn]) -> None:
        """Offer these programs; the one that was chosen stays where it is among them."""
        self._entries = {entry.program: entry for entry in entries}
        self.program.offer([(entry.program, entry.program) for entry in entries])
        self._show_lines()
        self.setVisible(bool(entries))

    def _show_lines(self) -> None:
        entry = self._entries.get(self.program.value)
        self.lines.show_text(entry.lines if entry is not None else "")

    def _on_copy(self) -> None:
        QApplication.clipboard().setText(self._entries[self.program.value].lines)
