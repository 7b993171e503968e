"""Gestures of the mouse, one small class each: started by a press, fed by moves, finished or cancelled."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsView, QRubberBand

from engine.pipeline import edits
from engine.pipeline.document import Link
from engine.pipeline.layout import snapped
from studio.canvas.card import BlockItem
from studio.canvas.editor import CanvasEditor
from studio.canvas.groupcard import GroupItem
from studio.canvas.items import CommentItem, LinkItem
from studio.canvas.menus import CanvasMenus
from studio.canvas.overlay import Hint
from studio.canvas.routing import link_path
from studio.kit.theme import color

MINIMUM_COMMENT = QSize(96, 40)


@dataclass(frozen=True)
class Surface:
    """The interface that gestures need: mouse position, edits, messages."""

    view: QGraphicsView
    editor: CanvasEditor
    menus: CanvasMenus
    hint: Hint


class Gesture:
    """Base: ``press`` is where it began, in viewport pixels."""

    def __init__(self, surface: Surface, press: QPoint) -> None:
        self.surface = surface
        self.view, self.editor = surface.view, surface.editor
        self.scene = surface.editor.scene
        self.press = press
        self.start = self.view.mapToScene(press)

    def move(self, pos: QPoint) -> None:
        """The mouse is here now."""

    def finish(self, pos: QPoint) -> None:
        """The button was released: do it."""

    def cancel(self) -> None:
        """Escape, or the window lost the mouse: leave everything as it was."""


class Pan(Gesture):
    """Middle button, or space and left: shift what is seen."""

    def __init__(self, surface: Surface, press: QPoint) -> None:
        super().__init__(surface, press)
        self._last = press
        self.view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, pos: QPoint) -> None:
        pan(self.view, pos - self._last)
        self._last = pos

    def finish(self, pos: QPoint) -> None:
        self.cancel()

    def cancel(self) -> None:
        self.view.viewport().unsetCursor()


class RubberBand(Gesture):
    """Select all that a rectangle touches; with Ctrl or Shift in addition to what was selected."""

    def __init__(self, surface: Surface, press: QPoint, keep: bool) -> None:
        super().__init__(surface, press)
        self._selected_before = set(self.scene.selected_ids()) if keep else set()
        self._band = QRubberBand(QRubberBand.Shape.Rectangle, self.view.viewport())
        self.scene.select(self._selected_before)

    def move(self, pos: QPoint) -> None:
        area = QRect(self.press, pos).normalized()
        self._band.setGeometry(area)
        self._band.show()
        touched = self.scene.items(self.view.mapToScene(area).boundingRect())
        blocks = {name for item in touched if isinstance(item, BlockItem) for name in item.ids}
        inside = QRectF(self.view.mapToScene(area).boundingRect())
        notes = {name for name, item in self.scene.comments.items() if inside.contains(item.sceneBoundingRect())}
        self.scene.select(self._selected_before | blocks | notes)

    def finish(self, pos: QPoint) -> None:
        self.cancel()

    def cancel(self) -> None:
        self._band.hide()
        self._band.deleteLater()


class Move(Gesture):
    """Drag the selected blocks and comments, with a comment what lies in it. An unlinked block dropped on a link is put
    into it."""

    def __init__(
        self, surface: Surface, press: QPoint, grabbed: BlockItem | CommentItem, *, alone: bool = False
    ) -> None:
        """``alone``: a click without a move selects what was clicked and nothing else."""
        super().__init__(surface, press)
        self._alone = alone
        self._grabbed = grabbed
        ids = self.scene.selected_ids()
        if isinstance(grabbed, CommentItem):
            ids = list(dict.fromkeys((*ids, *self.scene.inside(grabbed))))
        items: dict[str, BlockItem | CommentItem] = {**self.scene.blocks, **self.scene.comments}
        self._items = {name: items[name] for name in ids}
        self._items |= {name: card for name, card in self.scene.groups.items() if self._items.keys() & set(card.ids)}
        for card in [item for item in self._items.values() if isinstance(item, GroupItem)]:
            self._items |= {name: items[name] for name in card.ids}  # all of them, whichever is selected
        self._origins = {name: item.pos() for name, item in self._items.items()}
        self._link: LinkItem | None = None
        self._moved = False

    def move(self, pos: QPoint) -> None:
        if not self._moved and (pos - self.press).manhattanLength() < 4:
            return
        self._moved = True
        shift = self._shift(pos)
        for name, item in self._items.items():
            item.setPos(self._origins[name] + shift)
        self.scene.follow(self._items)
        self._link = self._link_under()
        self.scene.light_link(self._link)

    def _shift(self, pos: QPoint) -> QPointF:
        delta = self.view.mapToScene(pos) - self.start
        return QPointF(snapped(delta.x()), snapped(delta.y()))

    def _link_under(self) -> LinkItem | None:
        """The link that the single unlinked block lies on."""
        if len(self._items) != 1 or not isinstance(self._grabbed, BlockItem) or not self._grabbed.ports:
            return None
        name = self._grabbed.block.id
        if any(name in (link.source, link.target) for link in self.scene.links):
            return None
        return self.scene.link_beneath(self._grabbed)

    def finish(self, pos: QPoint) -> None:
        if not self._moved:
            if self._alone:
                grabbed = self._grabbed
                self.scene.select(grabbed.chosen if isinstance(grabbed, GroupItem) else grabbed.ids)
            return
        shift, link = self._shift(pos), self._link
        self.cancel()
        if link is not None:
            self.editor.insert_existing(self._grabbed.ids[0], link.link)
        else:
            self.editor.move(self._items, shift.x(), shift.y())

    def cancel(self) -> None:
        self.scene.light_link(None)
        for item in self._items.values():
            original = item.block if isinstance(item, BlockItem) else item.comment
            item.setPos(original.x, original.y)
        self.scene.follow(self._items)


class ResizeComment(Gesture):
    """Drag the lower right corner of a comment."""

    def __init__(self, surface: Surface, press: QPoint, item: CommentItem) -> None:
        super().__init__(surface, press)
        self._item = item

    def _size(self, pos: QPoint) -> tuple[float, float]:
        delta = self.view.mapToScene(pos) - self.start
        comment = self._item.comment
        width = max(float(MINIMUM_COMMENT.width()), snapped(comment.width + delta.x()))
        return width, max(float(MINIMUM_COMMENT.height()), snapped(comment.height + delta.y()))

    def move(self, pos: QPoint) -> None:
        self._item.set_size(*self._size(pos))

    def finish(self, pos: QPoint) -> None:
        self.editor.resize_comment(self._item.comment, *self._size(pos))

    def cancel(self) -> None:
        self._item.set_size(self._item.comment.width, self._item.comment.height)


class DrawLink(Gesture):
    """Drag from a port to another; from an input that is linked, its link is taken up again.

    Dropped on a block it goes to the first free input, on nothing it opens the quick menu. ``port`` is "" for an
    output.
    """

    def __init__(self, surface: Surface, press: QPoint, item: BlockItem, port: str) -> None:
        super().__init__(surface, press)
        self._item, self._port = item, port
        pipeline = self.editor.document.pipeline
        source = pipeline.into(item.block.id).get(port) if port else None
        self._detached_link = Link(source=source, target=item.block.id, port=port) if source is not None else None
        if source is not None:
            self._item, self._port = self.scene.blocks[source], ""
            self.scene.links[Link(source=source, target=item.block.id, port=port)].hide()
        self._curve = QGraphicsPathItem()
        pen = QPen(color("accent"), 2.0)
        pen.setDashPattern([4, 3])
        self._curve.setPen(pen)
        self._curve.setZValue(10)
        self.scene.addItem(self._curve)
        self.move(press)

    def _proposal(self, pos: QPoint) -> tuple[BlockItem | None, str | None]:
        """The block under the mouse and the input that the link would take (of this block when drawn backwards)."""
        position = self.view.mapToScene(pos)
        end = self.scene.port_at(position)
        if end is not None and end[0] is not self._item:
            item, port = end
        else:
            hit = self.scene.thing_at(position)
            if not isinstance(hit, BlockItem) or hit is self._item:
                return None, None
            item, port = hit, ""
        if self._port:
            return item, self._port
        return item, port or edits.port_for(self.editor.document.pipeline, item.block.id)

    def _link_ends(self, item: BlockItem) -> tuple[str, str]:
        return (item.block.id, self._item.block.id) if self._port else (self._item.block.id, item.block.id)

    def move(self, pos: QPoint) -> None:
        item, port = self._proposal(pos)
        self.scene.light_port(item, "" if self._port else port)
        here = self.view.mapToScene(pos)
        if self._port:
            end = item.output_pos() if item else here
            self._curve.setPath(link_path(end, self._item.input_pos(self._port)))
        else:
            end = item.input_pos(port) if item and port else here
            self._curve.setPath(link_path(self._item.output_pos(), end))
        why = edits.refusal(self.editor.without(self._detached_link), *self._link_ends(item), port) if item else ""
        self._curve.setPen(QPen(color("error" if why else "accent"), 2.0, Qt.PenStyle.DashLine))
        self.surface.hint.show_at(why, pos)

    def finish(self, pos: QPoint) -> None:
        item, port = self._proposal(pos)
        self.cancel()
        if item is not None:
            source, target = self._link_ends(item)
            why = edits.refusal(self.editor.without(self._detached_link), source, target, port)
            if why:
                self.editor.refused.emit(why)
                self.surface.hint.refuse(why, pos)
            elif port is not None and (link := Link(source=source, target=target, port=port)) != self._detached_link:
                self.editor.link(link, instead_of=self._detached_link)
        elif self._detached_link is not None:
            self.editor.unlink(self._detached_link)
        elif (pos - self.press).manhattanLength() > 12:
            self.surface.menus.add_at_link_end(self._item.block.id, self._port, pos)

    def cancel(self) -> None:
        self.scene.light_port(None, None)
        self.surface.hint.show_at("", self.press)
        if self._curve.scene() is not None:
            self.scene.removeItem(self._curve)
        if self._detached_link is not None and self._detached_link in self.scene.links:
            self.scene.links[self._detached_link].show()


def pan(view: QGraphicsView, delta: QPoint) -> None:
    """Shift what is seen by pixels."""
    view.horizontalScrollBar().setValue(view.horizontalScrollBar().value() - delta.x())
    view.verticalScrollBar().setValue(view.verticalScrollBar().value() - delta.y())
