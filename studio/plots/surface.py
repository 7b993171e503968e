"""A table of numbers as a landscape: a ridge for each row, the first one at the back, colored by height.

Painted by the processor, with a horizon that rises from the front to the back: it looks the same on every screen and
in every exported picture, and needs no graphics driver.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from studio.kit.theme import color, theme
from studio.plots.sheet import Values, pooled

ROWS, COLUMNS = 64, 320
"""A larger table is reduced to this before it is drawn; peaks stay."""
SKEW, TILT = 0.28, 0.5
RIDGE = 1.3
"""Thickness of a ridge's bright edge in pixels; what is below it is dimmed."""
DIMMED = 0.55
DARKEST = {"dark": 0.14, "light": 0.0, "contrast": 0.14}
"""Position of the ground on the color map, chosen so that it stays visible."""


class SurfaceItem(pg.GraphicsObject):
    """One landscape in the box (``left``, 0) … (``left`` + 1, 1) of the plot. Dragging turns it."""

    turned = Signal(float, float)
    """Drag distance to the right and up, as a fraction of the box."""

    def __init__(self, places: Values, first_x: float, colors: pg.ColorMap) -> None:
        """``places`` (rows, columns) in 0..1, NaN where there is nothing (drawn as 0)."""
        super().__init__()
        self.shape_of_data = places.shape
        self._heights = np.nan_to_num(pooled(places, ROWS, COLUMNS))
        self._first_x = first_x
        self._colors = colors
        self.skew, self.tilt = SKEW, TILT
        self._picture: tuple[tuple[int, int], QImage] | None = None

    def turn_to(self, skew: float, tilt: float) -> None:
        """``skew``: how far the back is shifted to the right; ``tilt``: how far from above it is seen. Shares."""
        self.skew, self.tilt = skew, tilt
        self._picture = None
        self.update()

    def _depths(self) -> Values:
        """Of each row, 1 at the back and 0 in front."""
        rows = self._heights.shape[0]
        return np.linspace(1.0, 0.0, rows) if rows > 1 else np.zeros(1)

    def _starts(self) -> Values:
        """Left end of each row, as a fraction of the box."""
        depth = self._depths()
        return max(self.skew, 0.0) * depth + max(-self.skew, 0.0) * (1 - depth)

    def points(self) -> tuple[Values, Values]:
        """x and y of every drawn cell, each (rows, columns)."""
        across = np.linspace(0.0, 1.0, self._heights.shape[1])[None, :]
        x = self._first_x + across * (1 - abs(self.skew)) + self._starts()[:, None]
        return x, self.tilt * self._depths()[:, None] + self._heights * (1 - self.tilt)

    def nearest(self, x: float, y: float, aspect: float) -> tuple[int, int, float, float] | None:
        """The cell of the table that is drawn nearest to a place, and where it is drawn; None if it is far away.
        ``aspect``: pixels of a unit of y, divided by those of a unit of x."""
        xs, ys = self.points()
        distance = (xs - x) ** 2 + ((ys - y) * aspect) ** 2
        row, column = np.unravel_index(int(distance.argmin()), distance.shape)
        if distance[row, column] > 0.05**2:
            return None
        rows, columns = self.shape_of_data
        cell = int(row * rows / self._heights.shape[0]), int(column * columns / self._heights.shape[1])
        return *cell, float(xs[row, column]), float(ys[row, column])

    def pixels(self, width: int, height: int) -> NDArray[np.uint8]:
        """The picture (height, width, 4) as RGBA, its first line at the bottom.

        In each column of pixels a row covers what lies between the highest point of all rows before it and its own.
        """
        places = (np.arange(width) + 0.5) / width
        cells = pooled(self._heights, ROWS, max(2, width // 3))[::-1]  # front to back
        starts, bases = self._starts()[::-1], (self.tilt * self._depths())[::-1] * height
        span, scale = 1 - abs(self.skew), (1 - self.tilt) * height
        across = np.linspace(0.0, span, cells.shape[1])
        tops = np.stack(
            [
                np.interp(places - start, across, base + row * scale, left=-1.0, right=-1.0)
                for row, start, base in zip(cells, starts, bases, strict=True)
            ]
        )
        horizon = np.clip(np.maximum.accumulate(tops, axis=0), -1, height - 1)
        above = np.floor(horizon).astype(np.intp) + 1  # the first line above; 0: nothing of any row so far
        counts = np.bincount((above * width + np.arange(width)).ravel(), minlength=(height + 1) * width)
        owner = np.cumsum(counts.reshape(height + 1, width)[:height], axis=0)  # rows that end at or below each pixel
        lines = np.arange(height)[:, None] + 0.5
        sky = owner == len(cells)
        owner = np.minimum(owner, len(cells) - 1)
        sky |= lines < bases[owner] - bases[-1] / max(len(cells) - 1, 1) - 1  # beside the rows that stand before it
        low = DARKEST[theme().tokens.name]
        level = np.clip((lines - bases[owner]) / max(scale, 1.0), 0.0, 1.0) * (1 - low) + low
        table = self._colors.getLookupTable(0.0, 1.0, 256, alpha=True).astype(np.float32)
        ground = np.array(color("surface").getRgb(), dtype=np.float32)
        under = np.take_along_axis(tops, owner, axis=0) - lines > RIDGE
        share = np.where(under, DIMMED, 1.0).astype(np.float32)[:, :, None]
        painted: NDArray[np.float32] = table[(level * 255).astype(np.intp)] * share + ground * (1 - share)
        painted[sky] = 0.0
        return painted.astype(np.uint8)

    def boundingRect(self) -> QRectF:
        return QRectF(self._first_x, 0.0, 1.0, 1.0)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        area = painter.combinedTransform().mapRect(self.boundingRect())
        size = max(2, min(round(area.width()), 4000)), max(2, min(round(area.height()), 4000))
        if self._picture is None or self._picture[0] != size:
            pixels = np.ascontiguousarray(self.pixels(*size))
            image = QImage(pixels.data, *size, 4 * size[0], QImage.Format.Format_RGBA8888).copy()
            self._picture = (size, image)
        painter.drawImage(self.boundingRect(), self._picture[1])

    def mouseDragEvent(self, event: Any) -> None:
        """Tell how far it was dragged."""
        event.accept()
        delta = self.mapFromScene(event.scenePos()) - self.mapFromScene(event.lastScenePos())
        self.turned.emit(delta.x(), delta.y())
