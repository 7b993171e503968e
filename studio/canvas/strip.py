"""The part of a pipeline that a low canvas shows: whole rows of readable cards, the running one among them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF

from engine.pipeline.layout import ROOM, ROW

LEAST = 0.62
"""Below this zoom the metrics on a card can't be read."""
LEAST_OF_ALL = 0.5
"""For a card that is higher than the canvas, such as that of many variants."""
MARGIN = 40.0
"""Around a pipeline that is shown as a whole."""
GAP = ROW - ROOM
"""Between one row of cards and the next, with their results."""


def shown(area: QRectF, card: QRectF, room: QSizeF) -> tuple[float, QPointF]:
    """(zoom, center) for a canvas of so many pixels.

    area: of all blocks. card: the one that has to be seen. All of the pipeline where it can be read then; else as many
    whole rows as there is room for.
    """
    wide = room.width() / (area.width() + 2 * MARGIN)
    whole = min(wide, room.height() / (area.height() + 2 * MARGIN))
    if whole >= LEAST:
        return min(1.0, whole), area.center()
    row = max(ROW, card.height() + GAP)
    rows = max(1, int(room.height() / LEAST // row))
    zoom = min(1.0, room.height() / (rows * row), max(wide, LEAST))
    zoom = max(zoom, LEAST if row == ROW else LEAST_OF_ALL)
    seen = room / zoom
    top = card.top() - GAP / 2 - (rows - 1) // 2 * row
    x = _within(card.center().x(), area.left() - MARGIN, area.right() + MARGIN, seen.width())
    y = _within(top + seen.height() / 2, area.top() - GAP / 2, area.bottom() + GAP / 2, seen.height())
    return zoom, QPointF(x, y)


def _within(middle: float, first: float, last: float, seen: float) -> float:
    """The middle of what is seen, without more empty room beyond the ends than there has to be."""
    if last - first <= seen:
        return (first + last) / 2
    return max(first + seen / 2, min(last - seen / 2, middle))
