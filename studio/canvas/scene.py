"""The scene: one item for every block, link and comment of the document, kept in step by difference."""

from __future__ import annotations

import math
from collections.abc import Iterable

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSignalBlocker, Qt
from PySide6.QtGui import QBrush, QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from engine.pipeline.document import Link, Pipeline
from studio.canvas.card import BlockItem
from studio.canvas.describe import READY, BlockState
from studio.canvas.drawing import Drawings
from studio.canvas.edits import things
from studio.canvas.items import CommentItem, LinkItem
from studio.document import Document
from studio.theme import color, theme

DOT_STEP = 32.0
DOT = 2.0
LEAST_STEP = 15.0
"""Pixels between dots: seen from far there are fewer."""
EXTENT = 50_000.0


class PipelineScene(QGraphicsScene):
    """Follows ``document.changed``; unchanged items are not touched. GUI thread only."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(-EXTENT, -EXTENT, 2 * EXTENT, 2 * EXTENT, parent)
        self.document = document
        self.drawings = Drawings(self)
        self.blocks: dict[str, BlockItem] = {}
        self.links: dict[Link, LinkItem] = {}
        self.comments: dict[str, CommentItem] = {}
        self._states: dict[str, BlockState] = {}
        document.changed.connect(self._on_changed)
        theme().changed.connect(self._on_theme_changed)
        self._show(Pipeline(), document.pipeline)

    # -- states ----------------------------------------------------------------------------------------------------
    def set_block_state(self, block_id: str, state: BlockState) -> None:
        """Show the state of a block; late events of blocks that are gone are ignored."""
        item = self.blocks.get(block_id)
        if item is not None:
            self._states[block_id] = state
            item.set_state(state)
            self._tell(block_id)

    def block_state(self, block_id: str) -> BlockState:
        """The state last set."""
        return self._states.get(block_id, READY)

    def clear_states(self) -> None:
        """All blocks are as new."""
        self._states.clear()
        for item in self.blocks.values():
            item.set_state(READY)
        for link in self.links.values():
            link.tell()

    def _tell(self, block_id: str) -> None:
        """What its links say follows a block."""
        for link, item in self.links.items():
            if link.source == block_id:
                item.tell()

    # -- finding ---------------------------------------------------------------------------------------------------
    def thing_at(self, pos: QPointF, reach: float = 0.0) -> BlockItem | CommentItem | LinkItem | None:
        """The uppermost block, link or comment at a place."""
        area = QRectF(pos.x() - reach, pos.y() - reach, 2 * reach + 0.1, 2 * reach + 0.1)
        mode = Qt.ItemSelectionMode.IntersectsItemShape
        for item in self.items(area, mode, Qt.SortOrder.DescendingOrder, QTransform()):
            if isinstance(item, (BlockItem, CommentItem, LinkItem)):
                return item
        return None

    def port_at(self, pos: QPointF) -> tuple[BlockItem, str] | None:
        """The block and its port ("" for the output) at a place."""
        for item in self.items(QRectF(pos.x() - 14, pos.y() - 14, 28, 28)):
            if isinstance(item, BlockItem) and (port := item.port_at(pos)) is not None:
                return item, port
        return None

    def inside(self, comment: CommentItem) -> list[str]:
        """Ids of the blocks and comments that lie in a comment."""
        area = comment.sceneBoundingRect()
        found = [name for name, item in self.blocks.items() if area.contains(item.pos() + item.card().center())]
        return found + [
            name
            for name, item in self.comments.items()
            if item is not comment and area.contains(item.sceneBoundingRect())
        ]

    def link_at(self, pos: QPointF) -> LinkItem | None:
        """The link at a place, if no block covers it."""
        item = self.thing_at(pos, 6.0)
        return item if isinstance(item, LinkItem) else None

    def link_beneath(self, block: BlockItem) -> LinkItem | None:
        """The link that runs under the middle of a block."""
        middle = block.card().translated(block.pos()).adjusted(60, 20, -60, -20)
        return next((item for item in self.items(middle) if isinstance(item, LinkItem)), None)

    def selected_ids(self) -> list[str]:
        """Ids of the selected blocks and comments, in the order of the document."""
        items: dict[str, QGraphicsItem] = {**self.blocks, **self.comments}
        present = [
            thing.id for thing in things(self.document.pipeline) if thing.id in items
        ]  # not all while it changes
        return [name for name in present if items[name].isSelected()]

    def selected_links(self) -> list[Link]:
        """The selected links."""
        return [link for link, item in self.links.items() if item.isSelected()]

    def select(self, ids: Iterable[str]) -> None:
        """Select these blocks and comments and nothing else."""
        wanted = set(ids)
        named: list[tuple[str | None, QGraphicsItem]] = [*self.blocks.items(), *self.comments.items()]
        named += [(None, item) for item in self.links.values()]
        wrong = [(item, name in wanted) for name, item in named if item.isSelected() != (name in wanted)]
        with QSignalBlocker(self):  # one signal for all
            for item, selected in wrong:
                item.setSelected(selected)
        if wrong:
            self.selectionChanged.emit()

    def content_rect(self) -> QRectF:
        """The area of all blocks and comments."""
        area = QRectF()
        for item in (*self.blocks.values(), *self.comments.values()):
            area |= item.sceneBoundingRect()
        return area

    def follow_links(self, block_ids: Iterable[str]) -> None:
        """Let the links of moved blocks follow."""
        moved = set(block_ids)
        for link, item in self.links.items():
            if link.source in moved or link.target in moved:
                item.follow()

    # -- following the document ------------------------------------------------------------------------------------
    def _on_changed(self, old: Pipeline, new: Pipeline) -> None:
        self._show(old, new)

    def _show(self, old: Pipeline, new: Pipeline) -> None:
        links = set(new.links)
        for link in [link for link in self.links if link not in links]:
            self.removeItem(self.links.pop(link))
        moved = self._show_blocks(new)
        self._show_comments(new)
        for link in new.links:
            if link not in self.links:
                self.links[link] = LinkItem(link, self.blocks[link.source], self.blocks[link.target])
                self.addItem(self.links[link])
        for name, block in self.blocks.items():
            block.set_linked(frozenset(link.port for link in new.links if link.target == name))
        self.follow_links(moved)

    def _show_blocks(self, new: Pipeline) -> set[str]:
        present = {block.id for block in new.blocks}
        for block_id in [name for name in self.blocks if name not in present]:
            gone = self.blocks.pop(block_id)
            for link in [k for k in self.links if block_id in (k.source, k.target)]:
                self.removeItem(self.links.pop(link))
            self.drawings.forget(gone)
            self.removeItem(gone)
        moved = set()
        for block in new.blocks:
            item = self.blocks.get(block.id)
            if item is None:
                item = self.blocks[block.id] = BlockItem(block)
                item.set_state(self.block_state(block.id))
                self.addItem(item)
            elif item.block is not block:
                item.set_block(block)
                self._tell(block.id)
                moved.add(block.id)
        return moved

    def _show_comments(self, new: Pipeline) -> None:
        present = {comment.id for comment in new.comments}
        for name in [name for name in self.comments if name not in present]:
            self.removeItem(self.comments.pop(name))
        for comment in new.comments:
            item = self.comments.get(comment.id)
            if item is None:
                item = self.comments[comment.id] = CommentItem(comment)
                item.text.edited.connect(self._on_comment_edited)
                self.addItem(item)
            elif item.comment is not comment:
                item.set_comment(comment)

    def _on_comment_edited(self, comment_id: str, text: str) -> None:
        pipeline = self.document.pipeline
        comment = next((c for c in pipeline.comments if c.id == comment_id), None)
        if comment is not None and comment.text != text:
            changed = pipeline.with_comment(comment.model_copy(update={"text": text}))
            self.document.change(self.tr("Edit comment"), changed)

    def _on_theme_changed(self) -> None:
        for block in self.blocks.values():
            block.refresh()
        for comment in self.comments.values():
            comment.refresh()
        self.update()

    # -- background ------------------------------------------------------------------------------------------------
    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Dots that show how far things are moved: a row of them is drawn once, and put down for every line."""
        painter.fillRect(rect, QBrush(color("canvas")))
        place, ratio = painter.worldTransform(), painter.device().devicePixelRatioF()
        step = DOT_STEP * 2 ** max(0, math.ceil(math.log2(LEAST_STEP / (DOT_STEP * place.m11()))))
        area = place.mapRect(QRectF(rect)).toAlignedRect()
        row = QPixmap(round(area.width() * ratio), round(DOT * ratio))
        row.fill(Qt.GlobalColor.transparent)
        row.setDevicePixelRatio(ratio)
        dots, tint = QPainter(row), color("border", 0.6)
        for column in range(int(rect.left() // step), int(rect.right() // step) + 1):
            x = place.map(QPointF(column * step, 0.0)).x() - area.left()
            dots.fillRect(QRectF(round(x * ratio) / ratio - DOT / 2, 0, DOT, DOT), tint)
        dots.end()
        painter.save()
        painter.setWorldTransform(QTransform())
        for line in range(int(rect.top() // step), int(rect.bottom() // step) + 1):
            y = place.map(QPointF(0.0, line * step)).y()
            painter.drawPixmap(QPointF(area.left(), round(y * ratio) / ratio - DOT / 2), row)
        painter.restore()
