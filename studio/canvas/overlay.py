"""Sentences above the canvas: what to do with an empty one, why a link can't be, why something was refused."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QWidget

from studio.kit.widgets import PlainLabel

REFUSAL_MS = 3500
"""Milliseconds for which a refused edit's reason is shown."""


class Overlay(PlainLabel):
    """A sentence above the canvas that lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMargin(10)
        self.setMaximumWidth(420)
        self.hide()

    def say(self, text: str) -> None:
        """Show a sentence, or nothing."""
        self.setText(text)
        wide = max(self.fontMetrics().horizontalAdvance(line) for line in text.splitlines() or [""])
        self.setWordWrap(wide > self.maximumWidth() - 40)
        self.adjustSize()
        self.setVisible(bool(text))
        self.raise_()


class Hint(Overlay):
    """A sentence beside the mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = parent
        self._timer = QTimer(self, singleShot=True, interval=REFUSAL_MS)
        self._timer.timeout.connect(self.hide)

    def show_at(self, text: str, pos: QPoint) -> None:
        """Say something beside a place of the canvas until something else is said; "" takes it away."""
        self._timer.stop()
        self.say(text)
        if text:
            room = self._canvas.rect().bottomRight() - QPoint(self.width() + 8, self.height() + 8)
            corner = pos + QPoint(16, 20)
            self.move(max(8, min(corner.x(), room.x())), max(8, min(corner.y(), room.y())))

    def refuse(self, text: str, pos: QPoint) -> None:
        """Say for a moment why something was not done."""
        self.show_at(text, pos)
        self._timer.start()
