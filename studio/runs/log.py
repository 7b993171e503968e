"""The log of the run: bounded, filtered by level, block and words."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit, QPlainTextEdit, QWidget

from engine.base.errors import StudioError
from engine.base.files import write_text
from engine.contracts.events import Log
from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING, set_font, theme
from studio.kit.widgets import button, set_look

MAX_LINES = 20_000
SHOWN = 5_000
LEVELS = ("info", "warning", "error")


class LogView(QWidget):
    """Lines come in batches with `add`; the newest are kept in view unless the user scrolled up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: deque[Log] = deque(maxlen=MAX_LINES)
        self._titles: dict[str, str] = {}
        self._level = QComboBox(self)
        for text in (self.tr("All"), self.tr("Warnings and errors"), self.tr("Errors")):
            self._level.addItem(text)
        self._level.setAccessibleName(self.tr("Level"))
        self._words = QLineEdit(self, placeholderText=self.tr("Filter"), clearButtonEnabled=True)
        tip = self.tr("Save the log as text")
        save = button("", self, look="quiet", picture="save", tip=tip, on=self._on_save)
        said = self.tr("Messages from the engine appear here.")
        self._text = QPlainTextEdit(self, readOnly=True, maximumBlockCount=SHOWN, placeholderText=said)
        set_font(self._text, -1, mono=True)
        set_look(self._text, "plain")
        bar = hbox(self._level, (self._words, 1), save, margins=(SPACING, SPACING, SPACING, 0))
        self.setLayout(vbox(bar, (self._text, 1), margins=0, gap=SPACING // 2))
        self._level.currentIndexChanged.connect(self._refill)
        self._words.textChanged.connect(self._refill)
        theme().changed.connect(self._refill)

    def clear(self, titles: dict[str, str]) -> None:
        """Begin a new log; ``titles`` are the names of the blocks by id."""
        self._lines.clear()
        self._titles = titles
        self._text.clear()

    def add(self, lines: list[Log]) -> None:
        """Append lines, as many as came since the last frame."""
        self._lines.extend(lines)
        self._append([line for line in lines if self._fits(line)])

    def text(self) -> str:
        """The shown lines."""
        return self._text.toPlainText()

    def _fits(self, line: Log) -> bool:
        words = self._words.text().lower()
        return LEVELS.index(line.level) >= self._level.currentIndex() and words in self._line(line).lower()

    def _line(self, line: Log) -> str:
        block = f"{self._titles.get(line.block, line.block)}: " if line.block else ""
        return f"{time.strftime('%H:%M:%S', time.localtime(line.time))}  {block}{line.text}"

    def _refill(self) -> None:
        self._text.clear()
        self._append([line for line in self._lines if self._fits(line)][-SHOWN:])

    def _append(self, lines: list[Log]) -> None:
        if not lines:
            return
        bar = self._text.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 2
        cursor = QTextCursor(self._text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        for line in lines:
            style = QTextCharFormat()
            style.setForeground(QColor(self._color(line)))
            if not self._text.document().isEmpty():
                cursor.insertBlock()
            cursor.insertText(self._line(line), style)
        cursor.endEditBlock()
        if at_end:
            bar.setValue(bar.maximum())

    def _color(self, line: Log) -> str:
        tokens = theme().tokens
        return {"info": tokens.text, "warning": tokens.warning, "error": tokens.error}[line.level]

    def _on_save(self) -> None:
        day = QLocale.c().toString(QDateTime.currentDateTime(), "yyyy-MM-dd-HHmm")
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Save the log"), f"log-{day}.txt", self.tr("Text (*.txt)"))
        if not name:
            return
        try:
            write_text(Path(name), "\n".join(self._line(line) for line in self._lines) + "\n")
        except StudioError as error:
            self.add([Log(run="", level="error", text=str(error))])
