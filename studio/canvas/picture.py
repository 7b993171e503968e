"""The small picture on a block's card: what happened in it, at a glance. Drawn by hand: a chart would be too slow."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from engine.record.block_digest import Glance, Kind
from studio.kit.marking import QT_TRANSLATE_NOOP
from studio.kit.theme import color

MARGIN = 3.0
TITLES: dict[Kind, str] = {
    "loss": QT_TRANSLATE_NOOP("Card", "Loss"),
    "histogram": QT_TRANSLATE_NOOP("Card", "Weights before (gray) and after"),
    "density": QT_TRANSLATE_NOOP("Card", "Share of weights that stay, by layer"),
    "spectrum": QT_TRANSLATE_NOOP("Card", "Singular values, logarithm"),
    "kurtosis": QT_TRANSLATE_NOOP("Card", "Kurtosis before (gray) and after, by layer"),
}


def picture_title(glance: Glance) -> str:
    """A picture's content in words."""
    return QCoreApplication.translate("Card", TITLES[glance.kind])


def paint_picture(painter: QPainter, box: QRectF, picture: Glance, hue: QColor) -> None:
    """Draw a picture into a place, in the color of the method's family; what was before in gray."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color("canvas"))
    painter.drawRoundedRect(box, 4, 4)
    inside = box.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
    gray = color("muted", 0.55)
    if picture.kind in ("loss", "spectrum"):
        _paint_line(painter, inside, picture.values, hue)
    elif picture.kind == "histogram":
        top = max((*picture.values, *picture.before), default=0.0)
        _paint_area(painter, inside, picture.before, top, gray)
        _paint_area(painter, inside, picture.values, top, QColor(hue.red(), hue.green(), hue.blue(), 170))
    else:
        top = 1.0 if picture.kind == "density" else max((*picture.values, *picture.before), default=0.0)
        _paint_bars(
            painter, inside, (picture.before, picture.values) if picture.before else (picture.values,), top, hue
        )


def _points(box: QRectF, values: tuple[float, ...], low: float, high: float) -> list[QPointF]:
    across = box.width() / max(1, len(values) - 1)
    up = box.height() / (high - low) if high > low else 0.0
    level = box.bottom() if up else box.center().y()
    return [QPointF(box.left() + index * across, level - (value - low) * up) for index, value in enumerate(values)]


def _paint_line(painter: QPainter, box: QRectF, values: tuple[float, ...], hue: QColor) -> None:
    if not values:
        return
    points = _points(box, values, min(values), max(values))
    painter.setPen(QPen(hue, 1.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(points)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(hue)
    painter.drawEllipse(points[-1], 2.0, 2.0)


def _paint_area(painter: QPainter, box: QRectF, values: tuple[float, ...], top: float, hue: QColor) -> None:
    if not values or top <= 0:
        return
    step = box.width() / len(values)
    outline = [box.bottomLeft()]
    for index, value in enumerate(values):
        y = box.bottom() - box.height() * value / top
        outline += [QPointF(box.left() + index * step, y), QPointF(box.left() + (index + 1) * step, y)]
    painter.setBrush(hue)
    painter.drawPolygon(QPolygonF([*outline, box.bottomRight()]))


def _paint_bars(painter: QPainter, box: QRectF, series: tuple[tuple[float, ...], ...], top: float, hue: QColor) -> None:
    """Groups of bars; of several series the last one is in color."""
    count = max(len(values) for values in series)
    if not count or top <= 0:
        return
    step = box.width() / count
    wide = max(1.0, (step - min(2.0, step / 4)) / len(series))
    for number, values in enumerate(series):
        painter.setBrush(hue if number == len(series) - 1 else color("muted", 0.55))
        for index, value in enumerate(values):
            tall = box.height() * max(0.0, min(1.0, value / top))
            painter.drawRect(QRectF(box.left() + index * step + number * wide, box.bottom() - tall, wide, tall))
