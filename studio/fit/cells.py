"""Places of a plan's units on a map of layers by roles, and the item that paints them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from engine.contracts.budget import Unit
from studio.kit.theme import color, font

LAST_ROLES = ("head",)
"""Roles outside of the layers that stand below them."""
WIDEST = "8.8"
"""Cells that are too narrow for this have no text: some with and some without would look as if it meant something."""
MARKED = 12
"""Pixels of width and height that a cell needs for the lock on it."""


@dataclass(frozen=True)
class Grid:
    """Roles from top to bottom, layers from left to right, a cell for each unit in units of a cell, whose middle has
    whole numbers. Units outside of the layers take the whole width; several of a role in a layer share its cell."""

    roles: tuple[str, ...]
    layers: tuple[int, ...]
    places: Mapping[str, QRectF]

    @classmethod
    def of(cls, units: Sequence[Unit]) -> Grid:
        """The grid of a problem."""
        outside = list(dict.fromkeys(unit.role for unit in units if unit.layer is None))
        inside = list(dict.fromkeys(unit.role for unit in units if unit.layer is not None))
        first = [role for role in outside if role not in LAST_ROLES]
        roles = [*first, *inside, *(role for role in outside if role in LAST_ROLES)]
        layers = sorted({unit.layer for unit in units if unit.layer is not None})
        columns = {layer: index for index, layer in enumerate(layers)}
        shared: dict[tuple[str, int | None], list[Unit]] = {}
        for unit in units:
            shared.setdefault((unit.role, unit.layer), []).append(unit)
        places = {}
        for (role, layer), members in shared.items():
            whole = float(max(len(layers), 1)) if layer is None else 1.0
            start, width = (0 if layer is None else columns[layer]) - 0.5, whole / len(members)
            row = roles.index(role) if layer is None or role not in outside else len(first) + inside.index(role)
            for number, unit in enumerate(members):
                places[unit.name] = QRectF(start + number * width, row - 0.5, width, 1.0)
        return cls(tuple(roles), tuple(layers), places)

    def unit_at(self, x: float, y: float) -> str | None:
        """The unit whose cell holds a point."""
        point = QPointF(x, y)
        return next((name for name, cell in self.places.items() if cell.contains(point)), None)


@dataclass
class Look:
    """Paint of each unit: its color and texts that fit cells of different widths, longest first."""

    colors: dict[str, QColor] = field(default_factory=dict)
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)


class CellsItem(pg.GraphicsObject):
    """All cells of a grid, painted at once: a change of every color is one repaint. Cells that are ``locked`` have a
    lock, the ``picked`` one a frame."""

    def __init__(self) -> None:
        super().__init__()
        self.grid = Grid((), (), {})
        self.look = Look()
        self.locked: frozenset[str] = frozenset()
        self.picked = ""

    def show_grid(self, grid: Grid) -> None:
        """Another problem."""
        self.prepareGeometryChange()
        self.grid, self.look, self.picked = grid, Look(), ""
        self.update()

    def show_look(self, look: Look, locked: frozenset[str]) -> None:
        """Another plan."""
        self.look, self.locked = look, locked
        self.update()

    def pick(self, unit: str) -> None:
        """Frame a cell, "" for none."""
        self.picked = unit
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(-0.5, -0.5, max(len(self.grid.layers), 1), len(self.grid.roles))

    def paint(self, p: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """In pixels, so that gaps, letters and locks have one size at every zoom."""
        transform = p.transform()
        p.resetTransform()
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        small = font(-1.5)
        p.setFont(small)
        metrics = QFontMetricsF(small)
        narrow = metrics.horizontalAdvance(WIDEST) + 4
        for name, cell in self.grid.places.items():
            ground = self.look.colors.get(name)
            if ground is None:
                continue
            box = transform.mapRect(cell).normalized()
            gap = 0.5 if box.width() > 4 else 0.0
            box = box.adjusted(gap, gap, -gap, -gap)
            p.fillRect(box, ground)
            ink = ink_on(ground)
            marked = name in self.locked
            if marked and min(box.width(), box.height()) >= MARKED:
                _paint_lock(p, QRectF(box.right() - 10, box.top() + 2, 8, 9), ink)
            elif marked:
                p.fillRect(QRectF(box.right() - 4, box.top(), 4, 4), ink)
            if box.width() < narrow or box.height() < metrics.height() - 2:
                continue
            room = box.width() - (20 if marked and box.height() < 28 else 4)
            text = next((t for t in self.look.texts.get(name, ()) if metrics.horizontalAdvance(t) <= room), "")
            if text:
                p.setPen(ink)
                p.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
        if self.picked in self.grid.places:
            box = transform.mapRect(self.grid.places[self.picked]).normalized()
            p.setPen(QPen(color("text"), 2))
            p.setBrush(Qt.BrushStyle.NoBrush)
            p.drawRect(box.adjusted(1, 1, -1, -1))
        p.setTransform(transform)


def ink_on(ground: QColor) -> QColor:
    """Letters that can be read on a color."""
    light = 0.299 * ground.redF() + 0.587 * ground.greenF() + 0.114 * ground.blueF()
    return QColor("#101010" if light > 0.5 else "#f4f4f4")


def _paint_lock(painter: QPainter, box: QRectF, ink: QColor) -> None:
    """A padlock."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    body = QRectF(box.left(), box.top() + 0.45 * box.height(), box.width(), 0.55 * box.height())
    shackle = QPainterPath()
    bow = QRectF(box.left() + 0.2 * box.width(), box.top() + 0.5, 0.6 * box.width(), 0.8 * box.height())
    shackle.arcMoveTo(bow, 0)
    shackle.arcTo(bow, 0, 180)
    painter.setPen(QPen(ink, 1.4))
    painter.drawPath(shackle)
    painter.fillRect(body, ink)
    painter.restore()
