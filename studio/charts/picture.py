"""Exported pictures of charts: title, legend or color scale, and the plot, as PNG or SVG."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from engine.base.files import whole_file
from studio.charts.plot import Plot
from studio.kit.theme import SPACING, color, font

EXPORT_SCALE = 2.0
"""Pixels of a PNG for each one on screen."""


class PaintableKey(Protocol):
    """A legend or a color scale."""

    def picture_height(self, width: int) -> int: ...
    def paint_to(self, painter: QPainter, corner: QPoint, width: int) -> None: ...


def write_picture(
    path: Path, title: str, subject: str, key: PaintableKey | None, plot: Plot, title_font: QFont, width: int
) -> None:
    """Write a .svg, or a .png of twice the size on screen. ``subject``: said beside the title; ``key``: legend or color
    scale below it; ``width``: of the chart, in pixels. Raises `StudioError`."""
    head = 34 if key is None else 38 + key.picture_height(width - 24)
    size = QSize(width, plot.height() + head)
    with whole_file(path) as temporary:
        if path.suffix == ".svg":
            drawing = QSvgGenerator()
            drawing.setFileName(str(temporary))
            drawing.setSize(size)
            drawing.setViewBox(QRect(QPoint(0, 0), size))
            drawing.setTitle(title)
            drawing.setResolution(plot.logicalDpiX())  # axes are replayed pictures, which scale with it
            _paint(drawing, size, head, title, subject, key, plot, title_font)
            return
        image = QImage(size * EXPORT_SCALE, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(EXPORT_SCALE)
        image.fill(color("surface"))
        _paint(image, size, head, title, subject, key, plot, title_font)
        if not image.save(str(temporary), "PNG"):  # type: ignore[call-overload]  # the stub is wrong
            raise OSError(f"the picture could not be written to {temporary}")


def _paint(
    device: QImage | QSvgGenerator,
    size: QSize,
    head: int,
    title: str,
    subject: str,
    key: PaintableKey | None,
    plot: Plot,
    title_font: QFont,
) -> None:
    """Title, legend and plot, without the tools."""
    painter = QPainter(device)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRect(QPoint(0, 0), size), color("surface"))
    painter.setPen(color("text"))
    painter.setFont(title_font)
    line = QRect(12, 8, size.width() - 24, 22)
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | middle, title)
    if subject:
        used = painter.fontMetrics().horizontalAdvance(title) + 2 * SPACING
        painter.setFont(font())
        painter.setPen(color("muted"))
        box = line.adjusted(used, 0, 0, 0)
        shown = painter.fontMetrics().elidedText(subject, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | middle, shown)
    if key is not None:
        key.paint_to(painter, QPoint(12, 34), size.width() - 24)
    target = QRectF(SPACING, head, plot.width(), plot.height())
    plot.render(painter, target, plot.viewport().rect())
    painter.end()
