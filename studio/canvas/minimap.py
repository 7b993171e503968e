"""A small map of a pipeline that does not fit into view: where its blocks are, how they are, and what is seen."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from engine.pipeline.layout import BLOCK_WIDTH
from studio.canvas.card import BlockItem
from studio.kit.theme import RADIUS, color, theme

QWIDGETSIZE_MAX = (1 << 24) - 1
"""Qt's size of a widget that has no largest one."""
SIZE = QSize(184, 112)
LEAST_BLOCKS = 8
"""With fewer a map tells nothing."""
PAD = 6.0
MARKED_STATES = ("running", "failed", "interrupted", "unconfigured", "paused", "warning", "stale")
"""States that have a color on the map; else blocks have that of their family."""


class Look(NamedTuple):
    """A card as the map shows it: corner and height in the scene, color, whether it is selected."""

    x: float
    y: float
    height: float
    tint: str
    selected: bool

    @property
    def rect(self) -> QRectF:
        """Rectangle in the scene."""
        return QRectF(self.x, self.y, BLOCK_WIDTH, self.height)


class MiniMap(QWidget):
    """Over the lower right corner of the canvas. A click or a drag moves what is seen."""

    moved = Signal(QPointF)
    """The place of the scene that should be in the middle."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(SIZE)
        self.setAccessibleName(self.tr("Map of the pipeline"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._looks: list[Look] = []
        self._area, self._seen = QRectF(), QRectF()
        self._picture: QPixmap | None = None
        """The blocks, until one of them is somewhere else or in another state."""
        theme().changed.connect(self._restyle)
        self.hide()

    def show_part(self, cards: list[BlockItem], seen: QRectF) -> None:
        """All cards, and the part of the scene that is in view; hidden while all are."""
        looks = [_look(card) for card in cards]
        if looks != self._looks:
            self._looks, self._picture = looks, None
            self._area = _around(looks)
        self.show_seen(seen)

    def show_seen(self, seen: QRectF) -> None:
        """Another part of the same cards, as they were, is in view: a step of a movement draws none of them. Where
        nothing changed nothing is drawn: the canvas below would be drawn with it, and tell this again."""
        changed = seen != self._seen or self._picture is None
        self._seen = seen
        needed = len(self._looks) >= LEAST_BLOCKS and not seen.contains(self._area)
        if needed != self.isVisible():
            self.setVisible(needed)
        if needed and changed:
            self.update()

    def _restyle(self) -> None:
        self._picture = None
        self.update()

    def _scale(self) -> float:
        room = QRectF(self.rect()).adjusted(PAD, PAD, -PAD, -PAD)
        return min(room.width() / max(1.0, self._area.width()), room.height() / max(1.0, self._area.height()))

    def on_map(self, point: QPointF) -> QPointF:
        """Scene position to map position."""
        return QRectF(self.rect()).center() + (point - self._area.center()) * self._scale()

    def in_scene(self, point: QPointF) -> QPointF:
        """The other way round."""
        return self._area.center() + (point - QRectF(self.rect()).center()) / self._scale()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.moved.emit(self.in_scene(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.moved.emit(self.in_scene(event.position()))

    def _sharp(self) -> QPixmap:
        """The blocks, drawn for the screen that the map is on."""
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatioF() != ratio:
            self._picture = self._drawn(ratio)
        return self._picture

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, self._sharp())
        frame = QRectF(self.on_map(self._seen.topLeft()), self.on_map(self._seen.bottomRight()))
        painter.setClipRect(self.rect().adjusted(1, 1, -1, -1))
        painter.setPen(QPen(color("accent"), 1.5))
        painter.setBrush(color("accent", 0.12))
        painter.drawRect(frame)
        painter.end()

    def _drawn(self, ratio: float) -> QPixmap:
        """The map without what is seen."""
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color("border"), 1.0))
        painter.setBrush(color("raised", 0.94))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        corner, scale = self.on_map(QPointF(0, 0)), self._scale()
        painter.translate(corner)
        painter.scale(scale, scale)
        for look in self._looks:
            painter.fillRect(look.rect, QColor(look.tint))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        edge = QPen(color("text"), 1.0)
        edge.setCosmetic(True)  # a pixel at every scale
        painter.setPen(edge)
        for look in self._looks:
            if look.selected:
                painter.drawRect(look.rect)
        painter.end()
        return picture


class WholeMap(MiniMap):
    """The whole pipeline in the place of the canvas, as large as there is room."""

    opened = Signal()
    """A double click: the canvas itself is wanted."""
    pressed = Signal(QPointF)
    """The place of the scene that was clicked."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setMinimumSize(0, 0)
        self.setMaximumSize(QWIDGETSIZE_MAX, QWIDGETSIZE_MAX)
        self.show()

    def show_all(self, cards: list[BlockItem]) -> None:
        """Show these cards."""
        self.show_part(cards, QRectF())

    def show_seen(self, seen: QRectF) -> None:
        """All of it is in view: there is no frame."""
        if self._picture is None:
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(self.in_scene(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Nothing moves."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._picture = None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._sharp())
        painter.end()


def _look(card: BlockItem) -> Look:
    state, corner = card.state, card.pos()
    marked = state.state in MARKED_STATES or state.grade == "broken"
    tint = str(getattr(theme().tokens, state.look.token)) if marked else card.family
    return Look(corner.x(), corner.y(), card.height, tint, card.isSelected())


def _around(looks: list[Look]) -> QRectF:
    """The part of the scene that holds all of them."""
    if not looks:
        return QRectF()
    left, top = min(look.x for look in looks), min(look.y for look in looks)
    right, bottom = max(look.x for look in looks) + BLOCK_WIDTH, max(look.y + look.height for look in looks)
    return QRectF(left, top, right - left, bottom - top)
