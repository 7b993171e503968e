"""Blocks at a low zoom: their names in large letters on several lines, as far as these can be read; else the icons of
their methods."""

from __future__ import annotations

import functools
import math
import re
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QApplication

from studio.kit.theme import color

LEGIBLE = 9.0
"""Pixels on screen below which a name can't be read."""
LARGEST = 30
"""Size of letters, in the scene."""
SPACING = 1.16
"""Height of a line, of that of its letters."""
_PARTS = re.compile(r"[\u2e80-\u9fff]\s*|[^\s\u2e80-\u9fff-]*-?\s*")
"""Parts of a name that a line may end behind: words, halves of compounds, Chinese characters."""


class Lines(NamedTuple):
    """A name in lines, and the size of its letters in the scene."""

    texts: tuple[str, ...]
    pixels: int


def bold_font(pixels: int) -> QFont:
    """The application's font in scene units, heavy."""
    font = QFont(QApplication.font())
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight.DemiBold)
    return font


def legible(zoom: float) -> int:
    """The smallest size of letters in the scene that can be read at a zoom."""
    return math.ceil(LEGIBLE / max(zoom, 1e-3))


def name_lines(name: str, width: float, height: float, zoom: float) -> Lines | None:
    """A name that is whole within a place, in the largest letters that it has room for; None where these could not be
    read at this zoom."""
    return _name_lines(name, round(width), round(height), legible(zoom), QApplication.font().family())


@functools.lru_cache(4096)
def _name_lines(name: str, width: int, height: int, least: int, _family: str) -> Lines | None:
    for pixels in range(max(LARGEST, least), least - 1, -2):
        metrics = QFontMetricsF(bold_font(pixels))
        texts = _broken(name, width, metrics)
        if texts is not None and len(texts) * pixels * SPACING <= height:
            return Lines(texts, pixels)
    return None


def _broken(name: str, width: int, metrics: QFontMetricsF) -> tuple[str, ...] | None:
    """A name broken into as few lines as it needs; None where a part of it is too wide."""
    lines = [""]
    for part in filter(None, _PARTS.findall(name)):
        if metrics.horizontalAdvance((lines[-1] + part).rstrip()) <= width:
            lines[-1] += part
            continue
        if metrics.horizontalAdvance(part.rstrip()) > width:
            return None
        lines.append(part)
    return tuple(line.rstrip() for line in lines if line.strip())


def write_lines(painter: QPainter, box: QRectF, lines: Lines) -> None:
    """Write a name, in the middle of the height of a place."""
    painter.setFont(bold_font(lines.pixels))
    painter.setPen(color("text"))
    step = lines.pixels * SPACING
    top = box.center().y() - step * len(lines.texts) / 2
    for number, text in enumerate(lines.texts):
        line = QRectF(box.left(), top + number * step, box.width(), step)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
