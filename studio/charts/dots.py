"""Many points of one look, as one picture: ten thousand cost as little as ten."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPen, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from studio.charts.bounds import Values

SIZE = 6.0
"""Pixels across."""


class DotsItem(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no types
    """Round points in the coordinates of a plot."""

    def __init__(self) -> None:
        super().__init__()
        self._x, self._y = np.empty(0), np.empty(0)
        self._color = QColor()
        self._drawn: tuple[QTransform, QRect, QColor] | None = None
        self._picture = QImage()

    def show_dots(self, x: Values, y: Values, color: QColor) -> None:
        """Show points at these places, as they are plotted; those that are not finite are left out."""
        there = np.isfinite(x) & np.isfinite(y)
        self._x, self._y, self._color = x[there], y[there], color
        self._drawn = None
        self.update()

    def boundingRect(self) -> QRectF:
        """All that is in view: points at an edge are seen in part."""
        return QRectF(self.viewRect())

    def viewTransformChanged(self) -> None:
        """Another range is in view."""
        super().viewTransformChanged()
        self.prepareGeometryChange()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if painter.paintEngine().type() != QPaintEngine.Type.Raster:
            self._draw(painter)
            return
        ratio = painter.device().devicePixelRatioF()
        transform = painter.combinedTransform()  # to pixels of the device
        area = transform.mapRect(self.boundingRect()).toAlignedRect()
        look = transform, area, self._color
        if look != self._drawn:
            self._drawn = look
            self._picture = self._rendered(transform, area, SIZE * ratio)
            self._picture.setDevicePixelRatio(ratio)
        painter.save()
        painter.resetTransform()
        painter.drawImage(QPointF(area.topLeft()) / ratio, self._picture)
        painter.restore()

    def _draw(self, painter: QPainter) -> None:
        """One by one, for drawings that are files."""
        pen = QPen(self._color, SIZE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for x, y in zip(self._x, self._y, strict=True):
            painter.drawPoint(QPointF(x, y))

    def _rendered(self, transform: QTransform, area: QRect, size: float) -> QImage:
        """A picture of an area of the device: pixels that have points, and a disk around each."""
        edge = int(size / 2) + 1
        wide, high = area.width() + 2 * edge, area.height() + 2 * edge
        across = np.rint(transform.m11() * self._x + transform.dx() - area.left()).astype(np.int64) + edge
        down = np.rint(transform.m22() * self._y + transform.dy() - area.top()).astype(np.int64) + edge
        inside = (across >= 0) & (across < wide) & (down >= 0) & (down < high)
        hit = np.zeros((high, wide), dtype=bool)
        hit[down[inside], across[inside]] = True
        covered = np.zeros((area.height(), area.width()), dtype=np.uint8)
        for row, column in np.ndindex(2 * edge + 1, 2 * edge + 1):
            distance = np.hypot(row - edge, column - edge)
            strength = round(255 * min(1.0, max(0.0, size / 2 + 0.5 - distance)))  # soft at the edge
            if strength:
                near = hit[row : row + area.height(), column : column + area.width()]
                np.maximum(covered, near * np.uint8(strength), out=covered)
        alpha = covered * self._color.alphaF() / 255
        channels = (self._color.blueF(), self._color.greenF(), self._color.redF(), 1.0)
        pixels = np.stack([alpha * 255 * channel for channel in channels], axis=-1).round().astype(np.uint8)
        image = QImage(pixels.data, area.width(), area.height(), QImage.Format.Format_ARGB32_Premultiplied)
        return image.copy()  # the array goes
