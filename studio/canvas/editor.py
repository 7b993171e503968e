"""The verbs of the canvas: add, insert, move, link, copy, paste, comment, tidy, delete. No widgets.

Gestures, menus, keys and the window's actions all end here; what they have in common is the document that is changed
and the scene in which things are selected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from engine.base.errors import StudioError
from engine.pipeline import edits, folding, layout, variants
from engine.pipeline.document import Comment, Face, Link, Pipeline
from engine.record import saved_groups
from studio.canvas.drops import Drops, Edit
from studio.canvas.scene import PipelineScene
from studio.document.document import Document
from studio.document.settings import defaults_of
from studio.engine_words import block_name
from studio.kit import message_boxes


class CanvasEditor(QObject):
    """Every change goes through ``document.change``, so that each verb is one step to undo. GUI thread only."""

    refused = Signal(str)
    """A sentence: why something was not done."""
    added = Signal(str)
    """A block that is new, and selected: it should come into view."""
    saved = Signal(str)
    """A group is a block of the palette now; its title."""
    tidied = Signal()
    """All blocks have other places now."""

    # what menus, keys and gestures of the canvas and the outline ask of others
    block_activated = Signal(str)
    """Show the settings of this block."""
    run_to_here_requested = Signal(str)
    rotations_requested = Signal(str)
    """Compare no rotation, a random Hadamard one and a learned one for this block."""
    link_activated = Signal(str)
    """Look into what flows out of this block."""
    compared_as = Signal(str)
    """Make the selected block "A" or "B"."""
    swap_requested = Signal()
    """A becomes B, and B becomes A."""
    hold_requested = Signal(str)
    """Let runs hold after this block, or no longer."""

    def __init__(self, document: Document, scene: PipelineScene, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = parent
        self.document = document
        self.scene = scene
        self.locked: frozenset[str] = frozenset()
        """Blocks that are being run: they can't be deleted."""
        self.drops = Drops(scene, self.selected_ids, self.add_dropped)

    def selected_ids(self) -> list[str]:
        """Ids of the selected blocks, without comments."""
        return [name for name in self.scene.selected_ids() if name in self.scene.blocks]

    # -- new blocks ------------------------------------------------------------------------------------------------
    def add_method(self, method_id: str) -> None:
        """Add a block after the selected one, or a saved group of blocks."""
        selected = self.selected_ids()
        self.add_method_after(selected[-1] if selected else None, method_id)

    def add_method_after(self, after: str | None, method_id: str) -> None:
        """Add a block after this one, at the end of the pipeline without one: in its link if one block follows, else
        as its end or a new branch."""
        pipeline = self.document.pipeline
        after = after if after is not None and pipeline.has(after) else edits.last(pipeline)
        if not method_id.startswith(saved_groups.PREFIX):
            self._add(*edits.add_after(pipeline, method_id, after, defaults_of(method_id)))
            return
        following = [link for link in pipeline.links if link.source == after]
        if after is None:
            self._add_saved(method_id, *edits.below(pipeline))
        elif len(following) == 1:
            self.insert_method(following[0], method_id)
        else:
            before = pipeline.block(after)
            self._add_saved(method_id, *edits.nearest_free(pipeline, before.x + layout.COLUMN, before.y), source=after)

    def add_method_at(self, center: QPointF, method_id: str) -> None:
        """Add a block around a place, linked to what is near, as a drop there does."""
        self.drops.drop(center, method_id)

    def add_dropped(self, edit: Edit) -> None:
        """Add the blocks of a drop; a refusal becomes a sentence."""
        if new := self._do(self.tr("Add block"), edit):
            self.added.emit(new[0])

    def add_method_at_port(self, block_id: str, port: str, position: QPointF, method_id: str) -> None:
        """Add a block at the other end of a link that was drawn to a place; ``port`` "" is the output."""
        pipeline, settings = self.document.pipeline, defaults_of(method_id)
        if not pipeline.has(block_id):
            return
        x, y = layout.snapped(position.x()), layout.snapped(position.y() - layout.PORT_Y)
        if port:
            pipeline, new = edits.add(pipeline, method_id, x - layout.BLOCK_WIDTH, y, settings)
            pipeline = pipeline.with_link(Link(source=new, target=block_id, port=port))
        else:
            pipeline, new = edits.add_linked(pipeline, method_id, x, y, block_id, settings)
        self._add(pipeline, new)

    def insert_method(self, link: Link, method_id: str) -> None:
        """Put a block into a link."""
        pipeline = self.document.pipeline
        if link not in pipeline.links:
            return
        if method_id.startswith(saved_groups.PREFIX):
            before = pipeline.block(link.source)
            self._add_saved(method_id, before.x + layout.COLUMN, before.y, link=link)
        else:
            block = edits.new_block(pipeline, method_id, defaults_of(method_id))
            self._do(self.tr("Add blocks"), edits.insert, block, link)

    def _add_saved(self, name: str, x: float, y: float, *, source: str | None = None, link: Link | None = None) -> None:
        def add(pipeline: Pipeline) -> tuple[Pipeline, list[str]]:
            pipeline, new = edits.add_saved(pipeline, saved_groups.text_of(name), x, y, source=source, link=link)
            return (layout.tidy(pipeline) if edits.covers(pipeline, new) else pipeline), new

        if new := self._do(self.tr("Add blocks"), add):
            self.added.emit(new[0])

    def _add(self, pipeline: Pipeline, block_id: str) -> None:
        self.document.change(self.tr("Add block"), pipeline)
        self.scene.select([block_id])
        self.added.emit(block_id)

    # -- what is there ---------------------------------------------------------------------------------------------
    def move(self, ids: Iterable[str], dx: float, dy: float, *, merge: str | None = None) -> None:
        """Shift blocks and comments; steps with the same ``merge`` key that follow each other quickly become one."""
        names = list(ids)
        label = self.tr("Move %n blocks", "", len(names))
        self.document.change(label, edits.move(self.document.pipeline, names, dx, dy), merge=merge)

    def insert_existing(self, block_id: str, link: Link) -> None:
        """Put an unlinked block into a link."""
        self._do(self.tr("Insert block"), edits.insert, self.document.pipeline.block(block_id), link)

    def link(self, link: Link, instead_of: Link | None = None) -> None:
        """Link two blocks; a link that is given up for it goes in the same step."""
        self.document.change(self.tr("Link blocks"), self.without(instead_of).with_link(link))

    def unlink(self, link: Link | None) -> None:
        """Remove a link; None where there is none."""
        self.document.change(self.tr("Remove link"), self.without(link))

    def without(self, link: Link | None) -> Pipeline:
        """The pipeline as it would be without a link."""
        pipeline = self.document.pipeline
        return pipeline.without_link(link) if link is not None else pipeline

    def delete_selected(self) -> None:
        """Remove the selected blocks (their neighbors are linked), comments and links; not what is being run."""
        self.delete(self.scene.selected_ids(), self.scene.selected_links())

    def delete(self, names: list[str], links: Iterable[Link] = ()) -> None:
        """The same for these blocks, comments and links."""
        pipeline = self.document.pipeline
        if running := [name for name in names if name in self.locked]:
            text = self.tr("“{0}” is running. Cancel the run before you delete it.")
            self.refused.emit(text.format(block_name(pipeline.block(running[0]))))
            return
        for link in links:
            pipeline = pipeline.without_link(link)
        self.document.change(self.tr("Delete"), pipeline.without(names, bridge=True))

    def move_in_chain(self, block_id: str, by: int) -> None:
        """Let a block change places with the one before (-1) or after (+1) it in its chain."""
        self._do(self.tr("Reorder blocks"), edits.move_in_chain, block_id, by)

    def tidy(self) -> None:
        """Lay the blocks out from left to right."""
        self.document.change(self.tr("Tidy up"), layout.tidy(self.document.pipeline))
        self.tidied.emit()

    def select_all(self) -> None:
        """Select all blocks and comments."""
        self.scene.select([*self.scene.blocks, *self.scene.comments])

    # -- clipboard -------------------------------------------------------------------------------------------------
    def copy(self) -> None:
        """Put the selected blocks and comments on the clipboard, as JSON."""
        names = self.scene.selected_ids()
        if names:
            # as text: an object of ours on the clipboard would outlive the interpreter, and end it with a fault
            QGuiApplication.clipboard().setText(edits.to_clipboard(self.document.pipeline, names))

    def cut(self) -> None:
        """Copy, then delete."""
        self.copy()
        self.delete_selected()

    def can_paste(self) -> bool:
        """True if the clipboard holds blocks."""
        return edits.can_paste(QGuiApplication.clipboard().text())

    def paste(self, position: QPointF | None = None) -> None:
        """Add the clipboard's blocks beside their originals, or at a place of the scene."""
        text = QGuiApplication.clipboard().text()
        at = () if position is None else (layout.snapped(position.x()), layout.snapped(position.y()))
        self._do(self.tr("Add blocks"), edits.paste, text, *at)

    def duplicate(self) -> None:
        """Copies of the selected blocks, fed by the same blocks."""
        self._do(self.tr("Add blocks"), edits.duplicate, self.scene.selected_ids())

    # -- variants --------------------------------------------------------------------------------------------------
    def bypass(self) -> None:
        """Leave the selected blocks out, or take them in again."""
        names = self.selected_ids()
        if names:
            self._do(self.tr("Bypass"), variants.toggle_bypass, names)

    def branch(self) -> None:
        """A copy of the selected block and of all that follows it."""
        names = self.selected_ids()
        if len(names) == 1:
            self._do(self.tr("Add blocks"), variants.branch, names[0])

    def swap(self, block_id: str, method_id: str) -> None:
        """Another method in the place of a block."""
        if self.document.pipeline.has(block_id):
            self._do(self.tr("Swap method"), variants.swap, block_id, method_id)

    def sweep(self, block_id: str, name: str, values: list[Any], *, keep: bool = False) -> None:
        """A branch for every value of a setting, all of them as one card; ``keep``: and for the value that it has."""
        self._do(self.tr("Add blocks"), partial(variants.sweep, keep=keep), block_id, name, values)
        self.tidied.emit()

    # -- groups ----------------------------------------------------------------------------------------------------
    def fold(self) -> None:
        """One card for the selected blocks, or for the groups that they are in."""
        if names := self.selected_ids():
            self._do(self.tr("Fold"), edits.fold, names)
            self.scene.select(names)

    def unfold(self) -> None:
        """The blocks of the selected card; of blocks that are shown, no group any more."""
        before, names = self.document.pipeline, self.selected_ids()
        self._do(self.tr("Unfold"), edits.unfold, names)
        if self.document.pipeline is not before:
            self.scene.select(names)
            self.tidied.emit()

    def toggle_face(self, group_id: str, face: Face) -> None:
        """Show a setting on the card of a group, or no longer."""
        self._do(self.tr("Change settings shown on a card"), folding.toggle_face, group_id, face)

    def save_group(self, group_id: str) -> None:
        """Keep a group as a block of the palette, under the name of its card; without one it is asked for, and nothing
        is kept if none is given."""
        if not self.document.pipeline.group(group_id).title.strip():
            self.rename_group(group_id)
        group = self.document.pipeline.group(group_id)
        if not group.title.strip():
            return
        try:
            saved_groups.save(group.title, edits.to_clipboard(self.document.pipeline, group.blocks))
        except StudioError as error:
            self.refused.emit(str(error))
            return
        self.saved.emit(group.title)

    def rename_group(self, group_id: str) -> None:
        """Ask what a group is called."""
        group = self.document.pipeline.group(group_id)
        title = message_boxes.text(self._view, self.tr("Rename"), self.tr("Name of the card"), group.title)
        if title is not None and title != group.title:
            renamed = group.model_copy(update={"title": title})
            self.document.change(self.tr("Rename"), self.document.pipeline.with_group(renamed))

    def _do(
        self, label: str, edit: Callable[..., Pipeline | tuple[Pipeline, str | list[str]]], *arguments: object
    ) -> list[str]:
        """Let an edit change the pipeline, as one step to undo. What it made is selected and given back; a refusal
        becomes a sentence."""
        try:
            done = edit(self.document.pipeline, *arguments)
        except StudioError as error:
            self.refused.emit(str(error))
            return []
        pipeline, new = done if isinstance(done, tuple) else (done, [])
        names = [new] if isinstance(new, str) else new
        self.document.change(label, pipeline)
        if names:
            self.scene.select(names)
        return names

    # -- comments --------------------------------------------------------------------------------------------------
    def add_comment(self, position: QPointF) -> None:
        """A new comment, ready to type into."""
        x, y = layout.snapped(position.x()), layout.snapped(position.y())
        self._write(self._do(self.tr("Add comment"), edits.add_comment, x, y))

    def frame(self) -> None:
        """A comment around the selected blocks, ready to type its title: what lies in it moves with it."""
        if names := self.selected_ids():
            self._write(self._do(self.tr("Frame blocks"), edits.frame, names))

    def _write(self, new: list[str]) -> None:
        self.scene.comments[new[0]].text.start()

    def resize_comment(self, comment: Comment, width: float, height: float) -> None:
        """Give a comment another size."""
        changed = comment.model_copy(update={"width": width, "height": height})
        self.document.change(self.tr("Resize comment"), self.document.pipeline.with_comment(changed))
