"""Ways of links around cards: a calm curve where nothing is in the way, else straight pieces with round corners."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

Rect = tuple[float, float, float, float]
"""Left, top, right, bottom, in coordinates of the scene."""

Point = tuple[float, float]
CELL = 256.0
SAMPLES = 32
"""Points of a curve that are looked at: closer to each other than a card is wide or high."""
STUB = 16.0
"""Pixels from a port to the first corner, and from a card to a lane beside it."""
CLEAR = 5.0
"""Pixels between a lane and a card, at least."""
CORNER = 10.0
BEND = 60.0
"""Pixels that a link would rather be longer than have a corner more."""
AROUND = 480.0
"""Pixels around the ends of a link in which a lane is looked for."""
MOST_LANES = 8
"""Vertical lanes near each end that are tried."""


class Obstacles:
    """The cards that links keep clear of, found by place."""

    def __init__(self, rects: Mapping[str, Rect] | None = None) -> None:
        self.rects = dict(rects or {})
        self._cells: dict[tuple[int, int], list[str]] = defaultdict(list)
        for name, rect in self.rects.items():
            for cell in _cells(rect):
                self._cells[cell].append(name)

    def near(self, area: Rect, without: Collection[str] = ()) -> list[Rect]:
        """The cards that an area touches."""
        names = {name for cell in _cells(area) for name in self._cells.get(cell, ())}
        return [self.rects[name] for name in names if name not in without and _touch(self.rects[name], area)]


def _cells(rect: Rect) -> Iterable[tuple[int, int]]:
    left, top, right, bottom = (math.floor(side / CELL) for side in rect)
    return [(column, row) for column in range(left, right + 1) for row in range(top, bottom + 1)]


def _touch(one: Rect, other: Rect) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def link_path(start: QPointF, end: QPointF) -> QPainterPath:
    """A calm curve that leaves to the right and arrives from the left."""
    reach = _reach(end.x() - start.x())
    path = QPainterPath(start)
    path.cubicTo(start + QPointF(reach, 0), end - QPointF(reach, 0), end)
    return path


def _reach(dx: float) -> float:
    """Length of the handles of a curve; one that runs to the right never turns back."""
    return max(min(36.0, dx), 0.5 * dx) if dx > 0 else 90.0


def route(start: QPointF, end: QPointF, obstacles: Obstacles, linked: Mapping[str, Rect]) -> QPainterPath:
    """The way of a link that runs behind no card. ``linked``: the cards that it links. Where there is no room for one,
    the curve."""
    a, b = (start.x(), start.y()), (end.x(), end.y())
    reach = _reach(b[0] - a[0])
    spread = 0.0 if b[0] > a[0] else reach
    area = (min(a[0], b[0] - spread), min(a[1], b[1]), max(a[0] + spread, b[0]), max(a[1], b[1]))
    area = (area[0], area[1] - 1, area[2], area[3] + 1)
    near = obstacles.near(area, linked) + [rect for rect in linked.values() if _touch(rect, area)]
    if near and (b[0] <= a[0] or _covered(_points(a, b, reach), near)):  # one that turns back passes both ends
        around = (area[0] - AROUND, area[1] - AROUND, area[2] + AROUND, area[3] + AROUND)
        rects = [*obstacles.near(around, linked), *linked.values()]
        if corners := _detour(a, b, rects, around) or _maze(a, b, rects, around):
            return _rounded(corners)
    return link_path(start, end)


def _points(a: Point, b: Point, reach: float) -> list[Point]:
    points = []
    for step in range(1, SAMPLES):
        t = step / SAMPLES
        s = 1 - t
        first, second, third, last = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        x = first * a[0] + second * (a[0] + reach) + third * (b[0] - reach) + last * b[0]
        points.append((x, (first + second) * a[1] + (third + last) * b[1]))
    return points


def _covered(points: Iterable[Point], rects: list[Rect]) -> bool:
    return any(left < x < right and top < y < bottom for x, y in points for left, top, right, bottom in rects)


def _detour(a: Point, b: Point, rects: list[Rect], around: Rect) -> list[Point]:
    """Corners of the shortest way of at most five straight pieces that keeps clear of all cards, [] if there is none:
    to the right, up or down, along, up or down, to the right."""
    sides = [side for rect in rects for side in (rect[0] - STUB, rect[2] + STUB)]
    outs = [a[0] + STUB, a[0] + STUB / 2, *sorted({x for x in sides if x > a[0]})[:MOST_LANES]]
    outs = [x for x in outs if _free(a, (x, a[1]), rects)]
    ins = [b[0] - STUB, b[0] - STUB / 2, *sorted({x for x in sides if x < b[0]}, reverse=True)[:MOST_LANES]]
    ins = [x for x in ins if _free((x, b[1]), b, rects)]
    lanes = {a[1], b[1], *(lane for rect in rects for lane in (rect[1] - STUB / 2, rect[3] + STUB / 2))}
    lanes = {lane for lane in lanes if around[1] < lane < around[3]}
    for y in sorted(lanes, key=lambda lane: abs(lane - a[1]) + abs(lane - b[1])):
        ups = [x for x in outs if _free((x, a[1]), (x, y), rects)]
        downs = [x for x in ins if _free((x, y), (x, b[1]), rects)]
        pairs = sorted(((p, q) for p in ups for q in downs), key=lambda pair: _length(a, b, *pair))
        for p, q in pairs:
            if _free((p, y), (q, y), rects):
                return [a, (p, a[1]), (p, y), (q, y), (q, b[1]), b]
    return []


def _maze(a: Point, b: Point, rects: list[Rect], around: Rect) -> list[Point]:
    """Corners of a way through the lanes beside all cards, with few of them, [] if there is none: for links that no
    five pieces lead around all cards."""
    half = STUB / 2
    first, last = (a[0] + half, a[1]), (b[0] - half, b[1])
    if not (_free(a, first, rects) and _free(last, b, rects)):
        return []
    columns = {x for rect in rects for x in (rect[0] - half, rect[2] + half) if around[0] < x < around[2]}
    rows = {y for rect in rects for y in (rect[1] - half, rect[3] + half) if around[1] < y < around[3]}
    xs, ys = sorted(columns | {first[0], last[0]}), sorted(rows | {first[1], last[1]})
    by_x = {x: [rect for rect in rects if rect[0] - CLEAR < x < rect[2] + CLEAR] for x in xs}
    by_y = {y: [rect for rect in rects if rect[1] - CLEAR < y < rect[3] + CLEAR] for y in ys}
    start, goal = (xs.index(first[0]), ys.index(first[1]), 0), (xs.index(last[0]), ys.index(last[1]))
    came: dict[tuple[int, int, int], tuple[int, int, int] | None] = {}
    waiting: list[tuple[float, tuple[int, int, int], tuple[int, int, int] | None]] = [(0.0, start, None)]
    while waiting:
        cost, here, before = heapq.heappop(waiting)
        if here in came:
            continue
        came[here] = before
        column, row, way = here
        if (column, row) == goal:
            return [a, *_corners(came, here, xs, ys), b]
        for turn, (dx, dy) in enumerate(((1, 0), (0, 1), (-1, 0), (0, -1))):
            to = (column + dx, row + dy, turn % 2)
            if to in came or not (0 <= to[0] < len(xs) and 0 <= to[1] < len(ys)):
                continue
            one, other = (xs[column], ys[row]), (xs[to[0]], ys[to[1]])
            if _free(one, other, by_x[one[0]] if dy else by_y[one[1]]):
                heapq.heappush(waiting, (cost + math.dist(one, other) + (turn % 2 != way) * BEND, to, here))
    return []


def _corners(
    came: Mapping[tuple[int, int, int], tuple[int, int, int] | None],
    end: tuple[int, int, int],
    xs: list[float],
    ys: list[float],
) -> list[Point]:
    """The way to a place of the maze, without the points at which it goes straight on."""
    points: list[Point] = []
    here: tuple[int, int, int] | None = end
    while here is not None:
        points.append((xs[here[0]], ys[here[1]]))
        here = came[here]
    points.reverse()
    inner = zip(points, points[1:], points[2:], strict=False)
    bends = [mid for one, mid, other in inner if (one[0] == mid[0]) != (mid[0] == other[0])]
    return [points[0], *bends, points[-1]] if len(points) > 1 else points


def _length(a: Point, b: Point, p: float, q: float) -> float:
    return abs(p - a[0]) + abs(q - p) + abs(b[0] - q)


def _free(one: Point, other: Point, rects: list[Rect]) -> bool:
    """True if a straight piece keeps clear of all cards; ports lie on the edge of one."""
    along = one[1] == other[1]
    dx, dy = (0.0, CLEAR) if along else (CLEAR, 0.0)
    left, right = min(one[0], other[0]) - dx, max(one[0], other[0]) + dx
    top, bottom = min(one[1], other[1]) - dy, max(one[1], other[1]) + dy
    return not any(r[0] < right and left < r[2] and r[1] < bottom and top < r[3] for r in rects)


def _rounded(corners: list[Point]) -> QPainterPath:
    """A path through corners, each of them round."""
    points = [point for n, point in enumerate(corners) if n == 0 or point != corners[n - 1]]
    path = QPainterPath(QPointF(*points[0]))
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(CORNER, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        path.lineTo(_toward(corner, before, radius))
        path.quadTo(QPointF(*corner), _toward(corner, after, radius))
    path.lineTo(QPointF(*points[-1]))
    return path


def _toward(start: Point, end: Point, by: float) -> QPointF:
    share = by / math.dist(start, end)
    return QPointF(start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
