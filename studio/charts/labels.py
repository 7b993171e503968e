"""Labels of points in a plot, placed so that they cover neither one another nor a point."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF

from studio.charts.bounds import Values

ANCHORS = ((0.0, 0.5, 9.0, 0.0), (1.0, 0.5, -9.0, 0.0), (0.5, 1.0, 0.0, -8.0), (0.5, 0.0, 0.0, 8.0))
"""Possible positions of a label: anchor in the label (x, y), distance from its point in pixels (x, y)."""
DIAGONAL = ((0.0, 1.0, 5.0, -3.0), (1.0, 0.0, -5.0, 3.0), (1.0, 1.0, -5.0, -3.0), (0.0, 0.0, 5.0, 3.0))
"""More of them, for labels beside a curve."""


AIR = 3
"""Pixels between two labels."""


class _Spot(NamedTuple):
    """A possible position of a label."""

    rank: int
    anchor: tuple[float, float, float, float]
    area: QRectF


def along(xs: np.ndarray, ys: np.ndarray, count: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """``count`` points on each straight piece of a line through these points, as plotted: what labels keep off."""
    numbers = np.arange(len(xs))
    between = np.linspace(0, max(0, len(xs) - 1), count * max(0, len(xs) - 1) + 1)
    return (np.interp(between, numbers, xs), np.interp(between, numbers, ys)) if len(xs) else (xs, ys)


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

    A label that has no such side is hidden: the mouse says it. ``first``: numbers of two at most that choose their
    places together before the others, at corners too, and are shown in any case, where they cover the fewest.
    ``beside_curve``: labels stand at the corners of their points too; the last of ``xs`` and ``ys`` are those of a
    curve."""
    across, up = view.viewPixelSize()
    if not (labels and across and up):
        return
    (left, right), (low, high) = view.viewRange()
    whole = QRectF(QPointF(left / across, -high / up), QPointF(right / across, -low / up))
    points = [QRectF(x / across - 6, -y / up - 6, 12, 12) for x, y in zip(xs, ys, strict=True) if np.isfinite(x + y)]
    seen = [number for number in range(len(labels)) if np.isfinite(xs[number] + ys[number])]

    def places(number: int, *, corners: bool) -> list[_Spot]:
        item = labels[number].textItem
        size, margin = item.boundingRect().size(), item.document().documentMargin()
        options = []
        for rank, (ax, ay, dx, dy) in enumerate((*ANCHORS, *DIAGONAL) if corners else ANCHORS):
            corner = QPointF(xs[number] / across + dx - ax * size.width(), -ys[number] / up + dy - ay * size.height())
            words = QRectF(corner, size).adjusted(margin, margin, -margin, -margin)
            options.append(_Spot(rank, (ax, ay, dx, dy), words))
        return options

    pair = [number for number in seen if number in first]
    ways = product(*(places(number, corners=True) for number in pair))
    best: tuple[_Spot, ...] = min(ways, key=lambda way: _cost(way, points, whole))
    chosen = dict(zip(pair, best, strict=True))
    for number in (number for number in seen if number not in chosen):
        occupied = [*points, *(spot.area.adjusted(-AIR, -AIR, AIR, AIR) for spot in chosen.values())]
        for spot in places(number, corners=beside_curve):
            if whole.contains(spot.area) and not any(spot.area.intersects(other) for other in occupied):
                chosen[number] = spot
                break
    for number, label in enumerate(labels):
        label.setVisible(number in chosen)
        if number in chosen:
            ax, ay, dx, dy = chosen[number].anchor
            label.setAnchor((ax, ay))
            label.setPos(xs[number] + dx * across, ys[number] - dy * up)


def _cost(way: Sequence[_Spot], points: Sequence[QRectF], whole: QRectF) -> tuple[int, int, int]:
    """Labels that touch or are cut, points that they cover, and how far these places are from the usual ones."""
    areas = [spot.area for spot in way]
    apart = [area.adjusted(-AIR, -AIR, AIR, AIR) for area in areas]
    touching = sum(one.intersects(other) for one, other in zip(apart, areas[1:], strict=False))
    cut = sum(not whole.contains(area) for area in areas)
    covered = sum(area.intersects(point) for area in areas for point in points)
    return touching + cut, covered, sum(spot.rank for spot in way)
