"""Advice in the window: what would help most, and what would cost least; a click follows a piece of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QScrollArea, QVBoxLayout, QWidget

from engine.fit.advice import Advice
from engine.fit.factored import option_title
from studio.kit.layouts import clear_layout, hbox, vbox
from studio.kit.theme import SPACING
from studio.kit.widgets import label, tool

BESIDE = 720
"""Pixels of width from which both lists stand beside each other."""


class AdviceList(QScrollArea):
    """Two short lists. GUI thread only."""

    followed = Signal(object)
    """`Advice` to follow."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._page = QWidget(self)
        self._columns = {"up": vbox(margins=0, gap=2), "down": vbox(margins=0, gap=2)}
        self._layout = hbox(*((column, 1) for column in self._columns.values()), margins=SPACING, gap=2 * SPACING)
        self._page.setLayout(self._layout)
        self.setWidget(self._page)
        self._of_speed = False
        self.texts: list[str] = []
        """The sentences that are shown."""

    def show_advice(self, pieces: Sequence[Advice], *, of_speed: bool) -> None:
        """Show these. ``of_speed``: the plan has a speed that is required."""
        least = self.tr("Nothing can be faster.") if of_speed else self.tr("Nothing can be smaller.")
        none = self.tr("Nothing loses less: every layer has its best format."), least
        self._of_speed = of_speed
        self.texts = [piece.text for piece in pieces]
        heads = self.tr("What would help most"), self.tr("What would cost least")
        for (way, column), head, nothing in zip(self._columns.items(), heads, none, strict=True):
            self._fill(column, head, [piece for piece in pieces if piece.way == way], nothing)

    def _fill(self, column: QVBoxLayout, head: str, pieces: Sequence[Advice], nothing: str) -> None:
        clear_layout(column)
        column.addWidget(label(head, self._page, bold=True))
        if not pieces:
            column.addWidget(label(nothing, self._page, look="muted"))
        for piece in pieces:
            column.addWidget(self._line(piece))
        column.addStretch(1)

    def _line(self, piece: Advice) -> QWidget:
        line = QWidget(self._page)
        size = self.tr("Lock these layers at {0}, and change the file size by as much")
        speed = self.tr("Lock these layers at {0}, and change the tokens per second by as much")
        tip = (speed if self._of_speed else size).format(option_title(piece.option))
        picture = "move_up" if piece.way == "up" else "move_down"
        follow = tool(
            "", tip, line, picture=picture, on=partial(self.followed.emit, piece), name=f"{tip}: {piece.text}"
        )
        line.setLayout(hbox(follow, (label(piece.text, line), 1), margins=0, gap=SPACING))
        return line

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        ways = QBoxLayout.Direction
        self._layout.setDirection(ways.LeftToRight if event.size().width() >= BESIDE else ways.TopToBottom)
