"""Links and comments, drawn between and behind the cards of the canvas. They follow the document, read only."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsTextItem,
    QStyle,
    QStyleOptionGraphicsItem,
    QWidget,
)

from engine.pipeline.document import Comment, Link
from studio.canvas import describe
from studio.canvas.card import BlockItem, canvas_font
from studio.canvas.routing import Obstacles, Rect, route
from studio.kit.plaintext import as_plain
from studio.kit.theme import RADIUS, color

NOTHING = Obstacles()
POINTS = 24
"""Of a link, for its distance from a place."""


class LinkItem(QGraphicsItem):
    """A curve from an output to an input; the main model solid, other inputs (a teacher) dashed.

    It has no way before it is in a scene and told to `follow`. Qt draws the curve, an item of its own: a call of Python
    for each of hundreds takes a third of a frame.
    """

    def __init__(self, link: Link, source: BlockItem, target: BlockItem) -> None:
        super().__init__()
        self.link = link
        self.source = source
        self.target = target
        self.hot = False
        self._path = QPainterPath()
        self._curve = QGraphicsPathItem(self)
        self._curve.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._shape: QPainterPath | None = None
        self._bounds = QRectF()
        flags = QGraphicsItem.GraphicsItemFlag
        self.setFlags(flags.ItemIsSelectable | flags.ItemHasNoContents)
        self.setAcceptHoverEvents(True)
        self.setZValue(-1)
        self.update_tooltip()

    def join(self, source: BlockItem, target: BlockItem) -> None:
        """Run between other cards: the blocks themselves, or what stands for them."""
        if (source, target) != (self.source, self.target):
            self.source, self.target = source, target
            self.follow()

    def follow(self) -> None:
        """Run between the present places of the blocks, around the others."""
        scene = self.scene()
        obstacles = getattr(scene, "obstacles", None) or NOTHING
        rects = {card.name: card.rect() for card in (self.source, self.target)}
        path = route(self.source.output_pos(), self.target.input_pos(self.link.port), obstacles, rects)
        if path != self._path:
            self.prepareGeometryChange()
            self._path = path
            self._bounds = path.boundingRect().adjusted(-8, -8, 8, 8)
            self._shape = None
            self._curve.setPath(path)
        self.refresh()

    def distance(self, position: QPointF) -> float:
        """Pixels to the nearest of some points along it."""
        points = (self._path.pointAtPercent(step / POINTS) - position for step in range(POINTS + 1))
        return min(math.hypot(point.x(), point.y()) for point in points)

    def passes(self, rect: Rect) -> bool:
        """True if it comes near a card, or did before it went around one."""
        start, end = self.source.output_pos(), self.target.input_pos(self.link.port)
        direct = QRectF(start, end).normalized().adjusted(-8, -8, 8, 8)
        left, top, right, bottom = rect
        return direct.united(self._bounds).intersects(QRectF(left, top, right - left, bottom - top))

    def refresh(self) -> None:
        """Take the pen that belongs to theme, state and input."""
        lit = self.hot or self.isSelected()
        pen = QPen(color("accent") if lit else color("muted", 0.75), 3.0 if self.hot else 2.0)
        if self.target.ports and self.link.port != self.target.ports[0]:
            pen.setDashPattern([4, 3])
        self._curve.setPen(pen)

    def update_tooltip(self) -> None:
        """Say in the tooltip what flows."""
        self.setToolTip(as_plain(describe.flow_text(self.source.block, self.source.state)))

    def set_hot(self, hot: bool) -> None:
        """Highlight: something would be dropped here."""
        if hot != self.hot:
            self.hot = hot
            self.refresh()

    def itemChange(self, change: QGraphicsItem.GraphicsItemChange, value: Any) -> Any:
        if change == QGraphicsItem.GraphicsItemChange.ItemSelectedHasChanged:
            self.refresh()
        return super().itemChange(change, value)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def shape(self) -> QPainterPath:
        if self._shape is None:
            stroker = QPainterPathStroker()
            stroker.setWidth(14)
            self._shape = stroker.createStroke(self._path)
        return self._shape

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Nothing: the curve is drawn by itself."""

    def hoverEnterEvent(self, event: object) -> None:
        self.set_hot(True)

    def hoverLeaveEvent(self, event: object) -> None:
        self.set_hot(False)


class CommentText(QGraphicsTextItem):
    """The text of a comment: read only until it is double-clicked, handed over when the focus leaves."""

    edited = Signal(str, str)
    """(id of the comment, text)"""

    def __init__(self, parent: CommentItem) -> None:
        super().__init__(parent)
        self._comment = parent

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Without Qt's dashed frame: the cursor shows that it is edited."""
        option.state &= ~(QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_Selected)
        super().paint(painter, option, widget)  # type: ignore[arg-type]  # it takes None too

    def start(self) -> None:
        """Let the user type."""
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextEditorInteraction)
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        cursor = self.textCursor()
        cursor.select(cursor.SelectionType.Document)
        self.setTextCursor(cursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() == Qt.Key.Key_Escape or (control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)):
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() == Qt.FocusReason.PopupFocusReason:
            return
        cursor = self.textCursor()
        cursor.clearSelection()
        self.setTextCursor(cursor)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.edited.emit(self._comment.comment.id, self.toPlainText())


class CommentItem(QGraphicsItem):
    """A note behind the blocks; it can also frame a group of them."""

    HANDLE = 16.0

    def __init__(self, comment: Comment) -> None:
        super().__init__()
        self.comment = comment
        self.text = CommentText(self)
        self._size = QRectF()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape)
        self.setZValue(-2)
        self.set_comment(comment)

    @property
    def ids(self) -> tuple[str]:
        """Its id, as blocks have them."""
        return (self.comment.id,)

    def set_comment(self, comment: Comment) -> None:
        """Show another version of the comment."""
        self.comment = comment
        self.setPos(comment.x, comment.y)
        self.set_size(comment.width, comment.height)
        if self.text.toPlainText() != comment.text:
            self.text.setPlainText(comment.text)
        self.refresh()

    def refresh(self) -> None:
        """Take colors and font of the theme."""
        self.text.setFont(canvas_font(12))
        self.text.setDefaultTextColor(color("text"))
        self.setToolTip(QCoreApplication.translate("Canvas", "Double-click to edit"))
        self.update()

    def set_size(self, width: float, height: float) -> None:
        """Show it this large (while it is being resized)."""
        self.prepareGeometryChange()
        self._size = QRectF(0, 0, width, height)
        self.text.setPos(8, 6)
        self.text.setTextWidth(width - 16)

    def on_handle(self, scene_pos: QPointF) -> bool:
        """True if a position is on the resize handle."""
        corner = self.pos() + self._size.bottomRight()
        delta = corner - scene_pos
        return 0 <= delta.x() <= self.HANDLE and 0 <= delta.y() <= self.HANDLE

    def boundingRect(self) -> QRectF:
        return self._size

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color("accent") if self.isSelected() else color("warning", 0.45), 1.5))
        painter.setBrush(color("warning", 0.10))
        painter.drawRoundedRect(self._size.adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        painter.setPen(QPen(color("muted", 0.8), 1.2))
        corner = self._size.bottomRight() - QPointF(5, 5)
        for reach in (4.0, 8.0):
            painter.drawLine(corner - QPointF(reach, 0), corner - QPointF(0, reach))
