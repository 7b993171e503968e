"""The picture on a model card: quality over size of this result among what was measured with it.

Plain SVG, made of nothing but its arguments: the same numbers are the same bytes. Model cards of the hub and of other
sites show it by its relative path. Words in it are those of whoever named a step, and are escaped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeGuard
from xml.sax.saxutils import escape

from engine.base.human import bytes_text, number_text, printable
from engine.base.pareto import front
from engine.contracts.metrics import BY_NAME, is_collapsed, quality_of
from engine.export.measured import Stage, measured, protocol_of, text_words

PICTURE = "quality_and_size.svg"
"""The file, in the export and in the repository."""
WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 76, 30, 64, 60
MOST = 200
"""Siblings that are drawn: the nearest in size."""
MOST_LABELS = 12
LONGEST = 36
"""Characters of a name."""
LETTER = 6.4
"""Pixels of a letter, on average."""
WIDE = 20.0
"""A larger ratio of the ends of an axis has decades at its ticks."""
Kind = Literal["this", "step", "sibling"]
_COLORS: dict[Kind, str] = {"this": "#1a63d8", "step": "#374151", "sibling": "#9aa3b0"}
_DASHED = 'stroke="#1a63d8" stroke-dasharray="5 4"'
_KINDS: dict[Kind, str] = {"this": "this result", "step": "on the way to it", "sibling": "other results"}
_RADII: dict[Kind, float] = {"this": 7.0, "step": 4.5, "sibling": 3.5}
_WAY = ("text", "sha256", "window", "windows")
"""Entries of a protocol that two numbers must share to stand in one picture."""


@dataclass(frozen=True)
class Point:
    """A result. ``value``: of the metric that is shown."""

    name: str
    size: float
    value: float
    kind: Kind


def picture(stages: Sequence[Stage], siblings: Sequence[Stage] = ()) -> str:
    """The picture as SVG, "" where there is nothing to compare with. ``stages``: the steps that led to the export, the
    last one its own; ``siblings``: other results of the same model."""
    every = measured(stages)
    metric = quality_of(every[-1]["metrics"]) if every else None
    if metric is None:
        return ""
    way = every[-1].get("protocol") or {}
    points = [*_points(every[:-1], metric, way, "step"), *_points(every[-1:], metric, way, "this")]
    if not points or points[-1].kind != "this":
        return ""
    own = points[-1].size
    others = sorted(_points(siblings, metric, way, "sibling"), key=lambda point: (point.size, point.value, point.name))
    others = sorted(others, key=lambda point: abs(math.log(point.size / own)))[:MOST]
    points = [*others, *points]
    return _Drawing(points, metric, text_words(protocol_of(every[-1:]))).svg() if len(points) > 1 else ""


def title(stages: Sequence[Stage]) -> str:
    """Text in the place of the picture, for who can't see it."""
    name = quality_of(measured(stages)[-1]["metrics"]) or ""
    return f"{BY_NAME[name].title} over size of this result and of others of the same model"


def _points(stages: Sequence[Stage], metric: str, way: Stage, kind: Kind) -> list[Point]:
    points = []
    for stage in stages:
        protocol, metrics = stage.get("protocol") or {}, stage.get("metrics") or {}
        size, value = metrics.get("size_bytes"), metrics.get(metric)
        if any(protocol.get(name) != way.get(name) for name in _WAY) or is_collapsed(metric, protocol):
            continue
        if _is_drawn(size) and _is_drawn(value):
            points.append(Point(str(stage.get("title") or stage.get("method") or ""), float(size), float(value), kind))
    return points


def _is_drawn(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and math.isfinite(value) and value > 0


class _Axis:
    """Logarithmic, between two ends in pixels, with room beside the outermost values."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        low, high = math.log(min(values)), math.log(max(values))
        room = max(0.08 * (high - low), 0.02)
        self.low, self.high, self.start, self.end = low - room, high + room, start, end

    def at(self, value: float) -> float:
        return self.start + (math.log(value) - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Round values: a few, however far the ends are apart."""
        low, high = math.exp(self.low), math.exp(self.high)
        if high / low > WIDE:
            decades = range(math.floor(self.low / math.log(10)), math.ceil(self.high / math.log(10)) + 1)
            factors = (1, 2, 5) if len(decades) < 5 else (1,)
            every = [factor * 10.0**decade for decade in decades for factor in factors]
            return [tick for tick in every if low <= tick <= high]
        step = 10.0 ** math.floor(math.log10((high - low) / 3))
        step = next(factor * step for factor in (5, 2, 1) if (high - low) / (factor * step) >= 3)
        return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


class _Drawing:
    def __init__(self, points: Sequence[Point], metric: str, text: str) -> None:
        self.points, self.info, self.text = points, BY_NAME[metric], text
        self.x = _Axis([point.size for point in points], LEFT, WIDTH - RIGHT)
        self.y = _Axis([point.value for point in points], HEIGHT - BOTTOM, TOP)
        self.front = front([(p.size, p.value) for p in points], higher=self.info.better == "higher")
        self.covered: list[tuple[float, float, float, float]] = []

    def svg(self) -> str:
        """All of it."""
        parts = [*self._frame(), *self._legend(), *self._front_line(), *self._dots(), *self._names()]
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
            f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" fill="#1f2937" role="img">'
        )
        return "\n".join([head, *parts, "</svg>"]) + "\n"

    def _frame(self) -> list[str]:
        better = self.info.better
        note = f" ({better} is better)" if better in ("higher", "lower") else ""
        parts = [
            f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#ffffff"/>',
            _text(LEFT, 24, f"{self.info.title} over size{note}", size=15, bold=True),
            _text(LEFT, 43, f"Measured on {self.text}", color="#6b7280"),
            _text(LEFT, HEIGHT - 16, "Size on disk", color="#6b7280"),
        ]
        for tick in self.x.ticks():
            x = self.x.at(tick)
            parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#e5e7eb"/>')
            parts.append(_text(x, HEIGHT - BOTTOM + 18, bytes_text(tick), anchor="middle", color="#6b7280"))
        for tick in self.y.ticks():
            y = self.y.at(tick)
            parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e5e7eb"/>')
            parts.append(_text(LEFT - 8, y + 4, number_text(tick), anchor="end", color="#6b7280"))
        return parts

    def _legend(self) -> list[str]:
        """Meaning of the looks, at the bottom right, as far as they occur."""
        kinds, base = {point.kind for point in self.points}, HEIGHT - 16
        looks = [
            (words, f'stroke="{_COLORS[kind]}" stroke-width="8"') for kind, words in _KINDS.items() if kind in kinds
        ]
        looks += [("Pareto front", _DASHED)] if len(self.front) > 1 else []
        parts, x = [], float(WIDTH - RIGHT)
        for words, look in reversed(looks):
            x -= LETTER * len(words)
            length = 22 if look == _DASHED else 0
            parts.append(_text(x, base, words, color="#6b7280"))
            parts.append(f'<path d="M{x - 10 - length:.1f} {base - 4}h{length}" stroke-linecap="round" {look}/>')
            x -= 30 + length
        return parts

    def _front_line(self) -> list[str]:
        places = [(self.x.at(self.points[i].size), self.y.at(self.points[i].value)) for i in self.front]
        if len(places) < 2:
            return []
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        return [f'<polyline points="{line}" fill="none" {_DASHED}/>']

    def _dots(self) -> list[str]:
        parts = []
        for point in self.points:
            x, y, radius = self.x.at(point.size), self.y.at(point.value), _RADII[point.kind]
            said = escape(f"{_name(point)}: {bytes_text(point.size)}, {number_text(point.value)}")
            circle = f'cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{_COLORS[point.kind]}"'
            parts.append(f"<circle {circle}><title>{said}</title></circle>")
            self.covered.append((x - radius, y - radius, x + radius, y + radius))
        return parts

    def _names(self) -> list[str]:
        """Names: of this result, its steps, and siblings on the front, as far as none covers another."""
        parts: list[str] = []
        order: dict[Kind, int] = {"this": 0, "step": 1, "sibling": 2}
        named = [i for i, point in enumerate(self.points) if point.kind != "sibling" or i in self.front]
        for index in sorted(named, key=lambda i: (order[self.points[i].kind], i))[:MOST_LABELS]:
            point = self.points[index]
            words = _name(point)
            if point.kind == "this":
                words += f" · {bytes_text(point.size)} · {number_text(point.value)}"
            parts += self._label(point, words)
        return parts

    def _label(self, point: Point, words: str) -> list[str]:
        x, y = self.x.at(point.size), self.y.at(point.value)
        width, bold = LETTER * len(words) * (1.08 if point.kind == "this" else 1.0), point.kind == "this"
        for left, base in ((x + 10, y - 6), (x - 10 - width, y - 6), (x + 10, y + 16), (x - 10 - width, y + 16)):
            box = (left, base - 11, left + width, base + 3)
            inside = box[0] > 4 and box[2] < WIDTH - 4 and box[1] > TOP - 14
            free = all(box[2] < a or box[0] > c or box[3] < b or box[1] > d for a, b, c, d in self.covered)
            if inside and (free or point.kind == "this"):
                self.covered.append(box)
                return [_text(left, base, words, bold=bold, color=_COLORS["this" if bold else "step"])]
        return []


def _name(point: Point) -> str:
    words = printable(" ".join(point.name.split()))
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", size: int = 12, bold: bool = False, color: str = "#1f2937"
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{color}"{weight}>'
        f"{escape(printable(words))}</text>"
    )
