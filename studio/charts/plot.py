"""The area of a chart that is drawn by pyqtgraph, and what lies over it while there is nothing to draw."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.kit.theme import color
from studio.kit.widgets import EmptyState


class Plot(pg.PlotWidget):
    """A plot that takes little room."""

    def sizeHint(self) -> QSize:
        """Little: what is drawn must not make the panel scroll where it could shrink."""
        return QSize(200, 110)


class Cover(EmptyState):
    """Hides the plot below and says why there is nothing to see."""

    def __init__(self, texts: tuple[str, str], parent: QWidget) -> None:
        """``texts``: title and sentence."""
        super().__init__("chart", *texts, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), color("surface"))
        painter.end()
