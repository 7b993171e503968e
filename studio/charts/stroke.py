"""The look of one series: its color and whether its line is dashed. Curve, legend and readout all draw with it."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen


class Stroke(NamedTuple):
    """``color`` as "#rrggbb", "" for a series without a color of its own (a map)."""

    color: str = ""
    dashed: bool = False

    def pen(self, width: float = 1.0) -> QPen:
        """The pen of its line in a plot; widths in pixels, whatever the zoom. More than 1 takes a far slower path."""
        pen = QPen(QColor(self.color), width, Qt.PenStyle.DashLine if self.dashed else Qt.PenStyle.SolidLine)
        pen.setCosmetic(True)
        return pen

    def swatch_pen(self) -> QPen:
        """The pen of the short piece of line that a legend shows, thick enough to tell colors apart."""
        pen = QPen(QColor(self.color), 3)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if self.dashed:
            pen.setDashPattern([1.2, 1.0])
        return pen
