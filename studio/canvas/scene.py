"""The scene: one item for every block, link and comment of the document, kept in step by difference."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QBrush, QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from engine.pipeline.document import Link, Pipeline
from engine.pipeline.edits import movables
from engine.pipeline.folding import hidden
from studio.canvas.card import BlockItem
from studio.canvas.describe import READY, BlockState
from studio.canvas.drawing import Drawings
from studio.canvas.drop_preview import DropPreview
from studio.canvas.groupcard import GroupItem
from studio.canvas.groupframe import GroupFrame, stack
from studio.canvas.items import CommentItem, LinkItem
from studio.canvas.routing import Obstacles, Rect
from studio.document.document import Document
from studio.kit.theme import color, theme
from studio.kit.widgets import single_shot

DOT_STEP = 32.0
DOT = 2.0
LEAST_STEP = 15.0
"""Pixels between dots: seen from far there are fewer."""
EXTENT = 50_000.0
MANY = 60
"""New links from which on they are made in turns of the event loop of their own."""
FIRST_LINKS_MS = 80
"""Until the first of these turns: the cards are painted before it."""
AT_ONCE = 40
"""Links that one of these turns makes."""
FEW = 20
"""So many cards at another place are looked at link by link; with more all links are found a way."""


class PipelineScene(QGraphicsScene):
    """Follows ``document.changed``; unchanged items are not touched. GUI thread only."""

    state_changed = Signal(str)
    """Id of a block that a run says something else of; "" for all of them."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(-EXTENT, -EXTENT, 2 * EXTENT, 2 * EXTENT, parent)
        self.document = document
        self.drawings = Drawings(self)
        self.drop_preview = DropPreview()
        self.obstacles = Obstacles()
        """The cards where they are now: links run around them."""
        self._settled: dict[str, Rect] = {}
        """The cards that all links run around; those that are dragged get there when they are dropped."""
        self._displaced: set[str] = set()
        self.blocks: dict[str, BlockItem] = {}
        self.links: dict[Link, LinkItem] = {}
        self.comments: dict[str, CommentItem] = {}
        self.groups: dict[str, GroupItem] = {}
        """The cards of folded groups; the items of their blocks are there, but not shown."""
        self.frames: dict[str, GroupFrame] = {}
        """Around the blocks of groups that are not folded."""
        self._states: dict[str, BlockState] = {}
        self._more_links = single_shot(self._add_more_links, self)
        document.changed.connect(self._on_changed)
        theme().changed.connect(self._on_theme_changed)
        self.selectionChanged.connect(self._on_selection_changed)
        self._show(Pipeline(), document.pipeline)

    # -- states ----------------------------------------------------------------------------------------------------
    def set_block_state(self, block_id: str, state: BlockState) -> None:
        """Show the state of a block; late events of blocks that are gone are ignored."""
        item = self.blocks.get(block_id)
        if item is not None and state != self._states.get(block_id, READY):
            self._states[block_id] = state
            item.set_state(state)
            self._update_link_tooltips(block_id)
            card = self.shown(block_id)
            if isinstance(card, GroupItem):
                card.set_states(self._states)
            self._follow_frames((block_id,))  # a card with a result is higher
            if card.rect() != self._settled.get(card.name):
                self._route()
            self.state_changed.emit(block_id)

    def block_state(self, block_id: str) -> BlockState:
        """The state last set."""
        return self._states.get(block_id, READY)

    def clear_states(self) -> None:
        """All blocks are as new."""
        if not self._states:
            return
        self._states.clear()
        for item in self.blocks.values():
            item.set_state(READY)
        self._follow_frames(self.blocks)
        for card in self.groups.values():
            card.set_states({})
        self._route()
        for link in self.links.values():
            link.update_tooltip()
        self.state_changed.emit("")

    def set_pause_points(self, ids: Collection[str]) -> None:
        """Runs hold after these blocks."""
        for name, item in self.blocks.items():
            item.set_pause_point(name in ids)

    def set_marks(self, marks: Mapping[str, str]) -> None:
        """A and B by block."""
        for name, item in self.blocks.items():
            item.set_mark(marks.get(name, ""))
        for card in self.groups.values():
            card.set_marks(marks)

    def _update_link_tooltips(self, block_id: str) -> None:
        """Update the tooltips of a block's links."""
        for link, item in self.links.items():
            if link.source == block_id:
                item.update_tooltip()

    # -- finding ---------------------------------------------------------------------------------------------------
    def shown(self, block_id: str) -> BlockItem:
        """The card of a block, or of the folded group that it is in."""
        return next((card for card in self.groups.values() if block_id in card.ids), self.blocks[block_id])

    def thing_at(self, pos: QPointF, reach: float = 0.0) -> BlockItem | CommentItem | LinkItem | GroupFrame | None:
        """The uppermost block, link, comment or title of a frame at a place."""
        area = QRectF(pos.x() - reach, pos.y() - reach, 2 * reach + 0.1, 2 * reach + 0.1)
        mode = Qt.ItemSelectionMode.IntersectsItemShape
        for item in self.items(area, mode, Qt.SortOrder.DescendingOrder, QTransform()):
            if isinstance(item, (BlockItem, CommentItem, LinkItem, GroupFrame)):
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
        cards = [item for item in (*self.blocks.values(), *self.groups.values()) if item.isVisible()]
        names = [name for item in cards if area.contains(item.pos() + item.card().center()) for name in item.ids]
        return names + [
            name
            for name, item in self.comments.items()
            if item is not comment and area.contains(item.sceneBoundingRect())
        ]

    def link_near(self, pos: QPointF, area: QRectF) -> LinkItem | None:
        """Of the links in an area the one that is nearest to a place."""
        near = [item for item in self.items(area) if isinstance(item, LinkItem) and item.isVisible()]
        return min(near, key=lambda item: item.distance(pos), default=None)

    def link_beneath(self, block: BlockItem) -> LinkItem | None:
        """The link that runs under the middle of a block."""
        middle = block.card().translated(block.pos()).adjusted(60, 20, -60, -20)
        return next((item for item in self.items(middle) if isinstance(item, LinkItem)), None)

    def selected_ids(self) -> list[str]:
        """Ids of the selected blocks and comments, in the order of the document."""
        items: dict[str, QGraphicsItem] = {**self.blocks, **self.comments}
        selected = {name for name, item in items.items() if item.isSelected()}
        selected |= {name for card in self.groups.values() if card.isSelected() for name in card.chosen}
        return [entry.id for entry in movables(self.document.pipeline) if entry.id in selected]

    def selected_links(self) -> list[Link]:
        """The selected links."""
        return [link for link, item in self.links.items() if item.isSelected()]

    def select(self, ids: Iterable[str]) -> None:
        """Select these blocks and comments and nothing else; of a folded group that is its card."""
        chosen, before = set(ids), self.selected_ids()
        for card in self.groups.values():
            card.choose(frozenset(chosen.intersection(card.ids) or card.ids))
            if chosen.intersection(card.ids):
                chosen = chosen.difference(card.ids) | {card.grouped.id}
        named: list[tuple[str | None, QGraphicsItem]] = [*self.blocks.items(), *self.comments.items()]
        named += [*self.groups.items(), *((None, item) for item in self.links.values())]
        wrong = [(item, name in chosen) for name, item in named if item.isSelected() != (name in chosen)]
        with QSignalBlocker(self):  # one signal for all
            for item, selected in wrong:
                item.setSelected(selected)
        if wrong or before != self.selected_ids():
            self.selectionChanged.emit()

    def select_item(self, item: BlockItem | CommentItem | LinkItem | GroupFrame) -> None:
        """Select what an item stands for and nothing else, unless it is selected already."""
        if isinstance(item, GroupFrame) or (isinstance(item, GroupItem) and not item.isSelected()):
            self.select(item.ids)
        elif not item.isSelected():
            self.clearSelection()
            item.setSelected(True)

    def light_link(self, link: LinkItem | None) -> None:
        """Highlight a link that something would be dropped into, and no other."""
        for item in self.links.values():
            item.set_hot(item is link)

    def light_port(self, item: BlockItem | None, port: str | None) -> None:
        """Highlight a port of a block, and no other."""
        for card in (*self.blocks.values(), *self.groups.values()):
            card.set_hot_port(port if card is item else None)

    def content_rect(self) -> QRectF:
        """The area of all blocks, frames and comments."""
        area = QRectF()
        frames = self.frames.values()
        for item in (*self.blocks.values(), *self.groups.values(), *frames, *self.comments.values()):
            if item.isVisible():
                area |= item.sceneBoundingRect()
        return area

    def cards(self) -> list[BlockItem]:
        """The cards that are shown, of blocks and of folded groups."""
        return [item for item in (*self.blocks.values(), *self.groups.values()) if item.isVisible()]

    def displace(self, places: Mapping[str, tuple[float, float]]) -> None:
        """Show blocks at other places than the document has; those that are not named go back. Nothing is edited."""
        moved: set[str] = set()
        for name, item in self.blocks.items():
            x, y = places.get(name, (item.block.x, item.block.y))
            if (name in places or name in self._displaced) and (item.x(), item.y()) != (x, y):
                item.setPos(x, y)
                moved.add(name)
        self._displaced = moved if places else set()
        for card in self.groups.values():
            lead = self.blocks[card.block.id]
            card.setPos(lead.pos())
        if moved:
            self.follow(moved)

    def _route(self) -> set[Link]:
        """Let links run around the cards as they are now, and give those that did; those that are far from what changed
        stay as they are."""
        rects, old = {card.name: card.rect() for card in self.cards()}, self._settled
        self._settled, self.obstacles = rects, Obstacles(rects)
        names = [name for name in rects.keys() | old.keys() if rects.get(name) != old.get(name)]
        changed = [rect for name in names for rect in (rects.get(name), old.get(name)) if rect is not None]
        followed = set()
        for link, item in self.links.items() if changed else ():
            if len(changed) > FEW or any(item.passes(rect) for rect in changed):
                item.follow()
                followed.add(link)
        return followed

    def follow(self, block_ids: Iterable[str]) -> None:
        """Let the links and frames of moved blocks follow."""
        moved = set(block_ids)
        self.obstacles = Obstacles({card.name: card.rect() for card in self.cards()})
        for link, item in self.links.items():
            if link.source in moved or link.target in moved:
                item.follow()
        self._follow_frames(moved)

    def _follow_frames(self, block_ids: Iterable[str]) -> None:
        moved = set(block_ids)
        for frame in self.frames.values():
            if not moved.isdisjoint(frame.ids):
                frame.follow()
        stack(self.frames.values())

    # -- following the document ------------------------------------------------------------------------------------
    def _on_changed(self, old: Pipeline, new: Pipeline) -> None:
        self._show(old, new)

    def _show(self, old: Pipeline, new: Pipeline) -> None:
        links = set(new.links)
        for link in [link for link in self.links if link not in links]:
            self.removeItem(self.links.pop(link))
        moved = self._show_blocks(new)
        self._show_comments(new)
        fresh = [link for link in new.links if link not in self.links]
        waits = len(fresh) > MANY  # the cards are seen first
        if waits:
            fresh = []
            self._more_links.start(FIRST_LINKS_MS)
        self._add_links(fresh)
        ports: dict[str, set[str]] = {}
        for link in new.links:
            ports.setdefault(link.target, set()).add(link.port)
        for name, block in self.blocks.items():
            block.set_linked(frozenset(ports.get(name, ())))
        self._show_groups(new)
        if moved:
            self.follow(moved)
        followed = self._route() if not waits else set()
        for link in fresh:
            if link not in followed:
                self.links[link].follow()

    def _add_links(self, links: Iterable[Link]) -> None:
        for link in links:
            self.links[link] = LinkItem(link, self.blocks[link.source], self.blocks[link.target])
            self.addItem(self.links[link])

    def _add_more_links(self) -> None:
        """Some of the links that wait, the others in the next turn of the event loop."""
        pipeline = self.document.pipeline
        waiting = [link for link in pipeline.links if link not in self.links]
        self._route()
        self._add_links(waiting[:AT_ONCE])
        for link in waiting[:AT_ONCE]:
            self.links[link].follow()
        if len(waiting) > AT_ONCE:
            self._more_links.start(0)
        else:
            self._show_groups(pipeline)

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
                self._update_link_tooltips(block.id)
                moved.add(block.id)
        return moved

    def _show_groups(self, new: Pipeline) -> None:
        """Cards for folded groups, in the place of their blocks; links run to their inputs, one for all to the same."""
        folded = {group.id: group for group in new.groups if group.folded}
        for name in [name for name in self.groups if name not in folded]:
            gone = self.groups.pop(name)
            self.drawings.forget(gone)
            self.removeItem(gone)
        for name, group in folded.items():
            if name not in self.groups:
                self.groups[name] = GroupItem(group, new)
                self.addItem(self.groups[name])
            else:
                self.groups[name].show_group(group, new)
            self.groups[name].set_states(self._states)
        self._show_frames(new)
        inside = hidden(new)
        for block_id, item in self.blocks.items():
            item.setVisible(block_id not in inside)
        joined: set[tuple[BlockItem, BlockItem, str]] = set()
        for link, line in self.links.items():
            source, target = self.shown(link.source), self.shown(link.target)
            line.join(source, target)
            line.setVisible(source is not target and (source, target, link.port) not in joined)
            if isinstance(source, GroupItem) or isinstance(target, GroupItem):
                joined.add((source, target, link.port))
                line.follow()  # the card may have other inputs now

    def _show_frames(self, new: Pipeline) -> None:
        """Around the blocks of groups that are not folded."""
        unfolded = {group.id: group for group in new.groups if not group.folded}
        for name in [name for name in self.frames if name not in unfolded]:
            self.removeItem(self.frames.pop(name))
        for name, group in unfolded.items():
            if name not in self.frames:
                self.frames[name] = GroupFrame(group, new, self.blocks)
                self.addItem(self.frames[name])
            else:
                self.frames[name].show_group(group, new)
        stack(self.frames.values())

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

    def _on_selection_changed(self) -> None:
        for frame in self.frames.values():
            frame.update()

    def _on_theme_changed(self) -> None:
        for block in (*self.blocks.values(), *self.groups.values()):
            block.refresh()
        for comment in self.comments.values():
            comment.refresh()
        for link in self.links.values():
            link.refresh()
        self.update()

    # -- background ------------------------------------------------------------------------------------------------
    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Dots that show how far things are moved: a row of them is drawn once, and put down for every line."""
        painter.fillRect(rect, QBrush(color("canvas")))
        transform, ratio = painter.worldTransform(), painter.device().devicePixelRatioF()
        step = DOT_STEP * 2 ** max(0, math.ceil(math.log2(LEAST_STEP / (DOT_STEP * transform.m11()))))
        area = transform.mapRect(QRectF(rect)).toAlignedRect()
        row = QPixmap(round(area.width() * ratio), round(DOT * ratio))
        row.fill(Qt.GlobalColor.transparent)
        row.setDevicePixelRatio(ratio)
        dots, tint = QPainter(row), color("border", 0.6)
        for column in range(int(rect.left() // step), int(rect.right() // step) + 1):
            x = transform.map(QPointF(column * step, 0.0)).x() - area.left()
            dots.fillRect(QRectF(round(x * ratio) / ratio - DOT / 2, 0, DOT, DOT), tint)
        dots.end()
        painter.save()
        painter.setWorldTransform(QTransform())
        for line in range(int(rect.top() // step), int(rect.bottom() // step) + 1):
            y = transform.map(QPointF(0.0, line * step)).y()
            painter.drawPixmap(QPointF(area.left(), round(y * ratio) / ratio - DOT / 2), row)
        painter.restore()
