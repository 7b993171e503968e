"""The frame of a group that is not folded: around the cards of its blocks, wherever they are, with its title."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import QCoreApplication, QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from engine.pipeline.document import Group, Pipeline
from engine.pipeline.layout import FRAME_AROUND, FRAME_TITLE
from studio.canvas.card import BlockItem, write
from studio.canvas.groupcard import title_of
from studio.kit.plaintext import as_plain
from studio.kit.theme import RADIUS, color

BAR = 24.0
"""Height of the line with the title, by which the frame is grabbed."""
BEHIND = -3.0


def stack(frames: Collection[GroupFrame]) -> None:
    """Frames over each other: the smaller in front, and no title over another."""
    placed: list[GroupFrame] = []
    for frame in frames:
        frame.lift(0.0)
    for frame in sorted(frames, key=lambda item: item.bar.width() * item.boundingRect().height()):
        height = 0.0
        while any(frame.bar.intersects(other.bar) for other in placed):
            height += BAR
            frame.lift(height)
        frame.setZValue(BEHIND - len(placed) / 1000)
        placed.append(frame)


class GroupFrame(QGraphicsItem):
    """Follows the cards of ``group``. Only its title is there for the mouse: what lies inside can be reached."""

    def __init__(self, group: Group, pipeline: Pipeline, cards: Mapping[str, BlockItem]) -> None:
        super().__init__()
        self.grouped, self._cards = group, cards
        self.title = ""
        self._area = QRectF()
        self._lift = 0.0
        self.setZValue(BEHIND)
        self.show_group(group, pipeline)

    @property
    def ids(self) -> tuple[str, ...]:
        """Its blocks."""
        return self.grouped.blocks

    def show_group(self, group: Group, pipeline: Pipeline) -> None:
        """Another version of the group, or of one of its blocks."""
        self.grouped, self.title = group, title_of(pipeline, group)
        text = QCoreApplication.translate("Canvas", "{0}: drag the title to move all blocks; double-click to fold them")
        self.setToolTip(as_plain(text.format(self.title)))
        self.follow()
        self.update()

    def follow(self) -> None:
        """Around the present places of the cards."""
        area = QRectF()
        for name in self.ids:
            card = self._cards[name]
            area |= card.card().translated(card.pos())
        self._show_area(area.adjusted(-FRAME_AROUND, -FRAME_TITLE - self._lift, FRAME_AROUND, FRAME_AROUND))

    def lift(self, height: float) -> None:
        """So much higher than its blocks need: room for the title above that of another frame."""
        if height != self._lift:
            area = self._area.adjusted(0, self._lift - height, 0, 0)
            self._lift = height
            self._show_area(area)

    def _show_area(self, area: QRectF) -> None:
        if area != self._area:
            self.prepareGeometryChange()
            self._area = area

    @property
    def bar(self) -> QRectF:
        """The rectangle of the title, in scene coordinates."""
        return QRectF(self._area.left(), self._area.top(), self._area.width(), BAR)

    def boundingRect(self) -> QRectF:
        return self._area.adjusted(-2, -2, 2, 2)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.bar)
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = all(self._cards[name].isSelected() for name in self.ids)
        pen = QPen(color("accent") if chosen else color("muted", 0.6), 1.5)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.setBrush(color("raised", 0.35))
        painter.drawRoundedRect(self._area, RADIUS + 4, RADIUS + 4)
        box = self.bar.adjusted(FRAME_AROUND, 2, -FRAME_AROUND, 0)
        write(painter, box, self.title, 12, "text" if chosen else "muted", bold=True)
