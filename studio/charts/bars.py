"""Filled rectangles in a plot."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget


class Bars(pg.GraphicsObject):
    """Plain rectangles in one color: painted several times as fast as one filled path, and their bounds are known,
    where `BarGraphItem` computes them anew for every question of the scene."""

    def __init__(self) -> None:
        super().__init__()
        self._fill = QColor()
        self._rects: list[QRectF] = []
        self._drawn: tuple[QColor, float, NDArray[np.float64]] = (self._fill, 0.0, np.empty((3, 0)))
        self._bounds = QRectF()

    def show_bars(
        self,
        left: NDArray[np.float64],
        right: NDArray[np.float64],
        top: NDArray[np.float64],
        floor: float,
        fill: QColor,
    ) -> None:
        """Bars between ``left`` and ``right`` from ``floor`` to ``top``, all (bars,), in the plot's coordinates; those
        without height are not drawn. Bars that were there before, and come first, are not made anew."""
        edges = np.stack([left, right, top])
        color, level, drawn = self._drawn
        count = drawn.shape[1]
        if level != floor or not np.array_equal(drawn, edges[:, :count]):
            self._rects, count = [], 0
        elif count == edges.shape[1] and color == fill:
            return
        self._drawn = fill, floor, edges
        self.prepareGeometryChange()
        self._fill = fill
        self._rects += [
            QRectF(a, min(floor, y), b - a, abs(y - floor)) for a, b, y in edges[:, count:].T.tolist() if y != floor
        ]
        low, high = float(top.min(initial=floor)), float(top.max(initial=floor))
        begin, end = (float(left.min()), float(right.max())) if len(left) else (0.0, 0.0)
        self._bounds = QRectF(begin, low, end - begin, high - low)
        self.update()

    @property
    def rects(self) -> tuple[QRectF, ...]:
        """Rectangles of the bars."""
        return tuple(self._rects)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # smooth borders would show between them
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._fill)
        painter.drawRects(self._rects)
