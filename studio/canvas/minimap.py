"""A small map of a pipeline that does not fit into view: where its blocks are, how they are, and what is seen."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from studio.canvas.card import BlockItem
from studio.canvas.describe import STATE_LOOK
from studio.theme import RADIUS, color, theme

SIZE = QSize(184, 112)
LEAST_BLOCKS = 8
"""With fewer a map tells nothing."""
PAD = 6.0
TOLD = ("running", "failed", "paused", "warning", "stale")
"""States that have a color on the map; else blocks have that of their family."""


class MiniMap(QWidget):
    """Over the lower right corner of the canvas. A click or a drag moves what is seen."""

    moved = Signal(QPointF)
    """The place of the scene that should be in the middle."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(SIZE)
        self.setAccessibleName(self.tr("Map of the pipeline"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._cards: list[BlockItem] = []
        self._area, self._seen = QRectF(), QRectF()
        self._picture: QPixmap | None = None
        """The blocks, until one of them is somewhere else or in another state."""
        theme().changed.connect(self._restyle)
        self.hide()

    def show_part(self, cards: list[BlockItem], seen: QRectF) -> None:
        """All cards, and the part of the scene that is in view; hidden while all are."""
        area = QRectF()
        for card in cards:
            area |= card.card().translated(card.pos())
        self._cards, self._area, self._picture = cards, area, None
        self.show_seen(seen)

    def show_seen(self, seen: QRectF) -> None:
        """Another part of the same cards, as they were, is in view: a step of a movement draws none of them."""
        self._seen = seen
        wanted = len(self._cards) >= LEAST_BLOCKS and not seen.contains(self._area)
        if wanted != self.isVisible():
            self.setVisible(wanted)
        if wanted:
            self.update()

    def _restyle(self) -> None:
        self._picture = None
        self.update()

    def _scale(self) -> float:
        room = QRectF(self.rect()).adjusted(PAD, PAD, -PAD, -PAD)
        return min(room.width() / max(1.0, self._area.width()), room.height() / max(1.0, self._area.height()))

    def on_map(self, place: QPointF) -> QPointF:
        """Where a place of the scene is on the map."""
        return QRectF(self.rect()).center() + (place - self._area.center()) * self._scale()

    def in_scene(self, place: QPointF) -> QPointF:
        """The other way round."""
        return self._area.center() + (place - QRectF(self.rect()).center()) / self._scale()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.moved.emit(self.in_scene(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.moved.emit(self.in_scene(event.position()))

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatioF() != ratio:
            self._picture = self._drawn(ratio)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, self._picture)
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
        for card in self._cards:
            whole = card.card().translated(card.pos())
            place = QRectF(self.on_map(whole.topLeft()), self.on_map(whole.bottomRight()))
            told = card.state.state in TOLD
            painter.fillRect(place, color(STATE_LOOK[card.state.state][2]) if told else QColor(card.family))
            if card.isSelected():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(color("text"), 1.0))
                painter.drawRect(place)
        painter.end()
        return picture
