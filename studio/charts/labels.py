"""Labels of points in a plot, placed so that they cover neither one another nor a point."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF

from studio.charts.bounds import Values
from studio.kit.theme import font

ANCHORS = ((0.0, 0.5, 9.0, 0.0), (1.0, 0.5, -9.0, 0.0), (0.5, 1.0, 0.0, -8.0), (0.5, 0.0, 0.0, 8.0))
"""Possible positions of a label: anchor in the label (x, y), distance from its point in pixels (x, y)."""
DIAGONAL = ((0.0, 1.0, 5.0, -3.0), (1.0, 0.0, -5.0, 3.0), (1.0, 1.0, -5.0, -3.0), (0.0, 0.0, 5.0, 3.0))
"""More of them, for labels beside a curve."""


def place_labels(
    view: pg.ViewBox,
    labels: Sequence[pg.TextItem],
    xs: Values,
    ys: Values,
    *,
    beside_curve: bool = False,
    first: Collection[int] = (),
) -> None:
    """Put each label on the first side of its point where it is whole and covers no other label and no point.

    A label that has no such side is hidden: the mouse says it. ``first``: numbers of those that choose their place
    before the others, and are shown in any case, where they cover the fewest. ``beside_curve``: labels stand at the
    corners of their points too; the last of ``xs`` and ``ys`` are those of a curve."""
    across, up = view.viewPixelSize()
    if not (labels and across and up):
        return
    (left, right), (low, high) = view.viewRange()
    whole = QRectF(QPointF(left / across, -high / up), QPointF(right / across, -low / up))
    occupied = [QRectF(x / across - 6, -y / up - 6, 12, 12) for x, y in zip(xs, ys, strict=True) if np.isfinite(x + y)]
    metrics = QFontMetricsF(font(-1, bold=True))
    anchors = (*ANCHORS, *DIAGONAL) if beside_curve else ANCHORS
    for number in sorted(range(len(labels)), key=lambda number: number not in first):
        label, x, y = labels[number], xs[number], ys[number]
        label.setVisible(bool(np.isfinite(x + y)))
        if not label.isVisible():
            continue
        size = metrics.size(0, label.toPlainText()) * 1.0
        places: list[tuple[int, int, tuple[float, float, float, float], QRectF]] = []
        for ax, ay, dx, dy in anchors:
            corner = QPointF(x / across + dx - ax * size.width(), -y / up + dy - ay * size.height())
            rect = QRectF(corner, size)
            covered = sum(rect.intersects(other) for other in occupied) + (0 if whole.contains(rect) else len(occupied))
            places.append((covered, len(places), (ax, ay, dx, dy), rect))
        covered, _, (ax, ay, dx, dy), rect = min(places, key=lambda candidate: candidate[:2])
        if covered and number not in first:
            label.hide()
            continue
        occupied.append(rect)
        label.setAnchor((ax, ay))
        label.setPos(x + dx * across, y - dy * up)
