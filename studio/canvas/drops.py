"""Drops of methods and saved groups on the canvas: previewed and done by the same edit, so that a block lands where its
preview is, with the links that were shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF

from engine.base.errors import StudioError
from engine.methods.registry import methods
from engine.pipeline import dropping, edits, folding, layout
from engine.pipeline.document import Pipeline
from engine.pipeline.dropping import Landing
from engine.record import saved_groups
from studio.canvas.card import BlockItem
from studio.canvas.groupcard import GroupItem
from studio.canvas.scene import PipelineScene
from studio.document.settings import defaults_of

Edit = Callable[[Pipeline], tuple[Pipeline, list[str]]]
BESIDE, ABOVE = 8.0, 40.0
"""Pixels around the pointer in which a link is met: one that the dropped block would cover."""
ON = 6.0
"""The same for blocks that can't stand in a link: they are refused on it, and only there."""


class Drops:
    """Edits of drops at places of the scene, as previews and in the document. GUI thread only."""

    def __init__(self, scene: PipelineScene, selected: Callable[[], list[str]], add: Callable[[Edit], None]) -> None:
        """``selected``: ids of the selected blocks. ``add``: does an edit that adds blocks."""
        self._document, self._scene = scene.document, scene
        self._selected_ids, self._add = selected, add

    def preview(self, position: QPointF | None, method_id: str) -> None:
        """Show what a drop at a position of the scene would do; None, or where it would be refused: nothing."""
        preview = self._scene.drop_preview
        landing = self.landing(position, method_id) if position is not None else None
        if landing is not None and landing == preview.landing:
            return
        preview.dismiss()
        link = self._scene.links.get(landing.link) if landing is not None and landing.link is not None else None
        self._scene.light_link(link)
        if landing is None:
            return
        try:
            after, new = self.dropped(landing, method_id)
        except StudioError:
            return
        preview.show_edit(self._scene, landing, after, new, link.shape() if link is not None else None)

    def drop(self, position: QPointF, method_id: str) -> None:
        """Do it."""
        landing = self.landing(position, method_id)
        self._scene.drop_preview.dismiss()
        self._scene.light_link(None)
        self._add(lambda _: self.dropped(landing, method_id))

    def landing(self, position: QPointF, method_id: str) -> Landing:
        """Place and link of a method that is dropped at a position of the scene."""
        preview, linked = self._scene.drop_preview, _takes_input(method_id)
        area = QRectF(position.x() - BESIDE, position.y() - ABOVE, 2 * BESIDE, 2 * ABOVE)
        if not linked:
            area = QRectF(position.x() - ON, position.y() - ON, 2 * ON, 2 * ON)
        if preview.landing is not None and preview.holds(area):
            return preview.landing
        preview.dismiss()  # places and links as they are
        under = self._scene.thing_at(position)
        over = self._stands_for(under) if isinstance(under, BlockItem) else None
        if over is None and (link := self._scene.link_near(position, area)) is not None:
            return Landing(position.x(), position.y(), link=link.link)
        return dropping.landing(
            self._document.pipeline, position.x(), position.y(), selected=self._selected(), over=over, linked=linked
        )

    def dropped(self, landing: Landing, method_id: str) -> tuple[Pipeline, list[str]]:
        """The pipeline after a drop, and the ids of the new blocks. Raises `StudioError` where it is refused."""
        pipeline = self._document.pipeline
        if method_id.startswith(saved_groups.PREFIX):
            x, y = landing.x, landing.y
            if landing.link is not None:
                before = pipeline.block(landing.link.source)
                x, y = before.x + layout.COLUMN, before.y
            text = saved_groups.text_of(method_id)
            pipeline, new = edits.add_saved(pipeline, text, x, y, source=landing.source, link=landing.link)
            return (layout.tidy(pipeline) if edits.covers(pipeline, new) else pipeline), new
        if landing.link is not None:
            block = edits.new_block(pipeline, method_id, defaults_of(method_id))
            pipeline, name = edits.insert(pipeline, block, landing.link)
        else:
            pipeline, name = edits.add_linked(
                pipeline, method_id, landing.x, landing.y, landing.source, defaults_of(method_id)
            )
        return pipeline, [name]

    def _selected(self) -> str | None:
        """The card that is selected, if it is a single one: the block at whose place it stands."""
        stands = folding.stand_ins(self._document.pipeline)
        selected = {stands.get(name, name) for name in self._selected_ids()}
        return selected.pop() if len(selected) == 1 else None

    def _stands_for(self, card: BlockItem) -> str:
        return folding.lead_of(self._document.pipeline, card.grouped).id if isinstance(card, GroupItem) else card.name


def _takes_input(method_id: str) -> bool:
    info = methods().get(method_id)
    return info is None or not info.is_source
