"""Preview of a drop: outlines of the new blocks where they will land, their links, and blocks that make room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QStyleOptionGraphicsItem, QWidget

from engine.pipeline.document import Block, Pipeline
from engine.pipeline.dropping import Landing
from engine.pipeline.layout import BLOCK_WIDTH, PORT_Y
from studio.canvas.card import PORT_STEP, BlockItem, card_height, write
from studio.canvas.routing import Obstacles, Rect, route
from studio.engine_words import block_name
from studio.kit.theme import RADIUS, color


class Canvas(Protocol):
    """The scene that a drop is shown in."""

    obstacles: Obstacles

    def displace(self, places: Mapping[str, tuple[float, float]]) -> None:
        """Show blocks at other places than the document has, the others at theirs."""

    def shown(self, block_id: str) -> BlockItem:
        """The card of a block."""
        ...

    def addItem(self, item: QGraphicsItem) -> None: ...
    def removeItem(self, item: QGraphicsItem) -> None: ...


class DropPreview(QGraphicsPathItem):
    """In the scene only while something is dragged over the canvas."""

    def __init__(self) -> None:
        super().__init__()
        self.landing: Landing | None = None
        """The landing that is shown."""
        self.links: set[tuple[str, str, str]] = set()
        """The links of the new blocks: source, target, port."""
        self.ghosts: list[QRectF] = []
        """The cards of the new blocks."""
        self._titles: list[str] = []
        self._canvas: Canvas | None = None
        self._reach = QPainterPath()
        self._links = QGraphicsPathItem(self)
        self._links.setFlag(QGraphicsPathItem.GraphicsItemFlag.ItemStacksBehindParent)
        self.setZValue(2)
        for item in (self, self._links):
            item.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def dismiss(self) -> None:
        """Take it off the scene; what made room goes back."""
        self.landing, self.links, self.ghosts = None, set(), []
        self._reach = QPainterPath()
        if self._canvas is not None:
            canvas, self._canvas = self._canvas, None
            canvas.removeItem(self)
            canvas.displace({})

    def holds(self, area: QRectF) -> bool:
        """True while the pointer is still near the link that was met, wherever that runs now."""
        return self._reach.intersects(area)

    def show_edit(
        self, scene: Canvas, landing: Landing, after: Pipeline, new: list[str], link: QPainterPath | None
    ) -> None:
        """Show the pipeline as it will be: its new blocks, their links, and all others at their places in it. ``link``:
        the outline of the link that they go into."""
        self.landing, self._reach = landing, link if link is not None else QPainterPath()
        blocks = {name: after.block(name) for name in new if after.has(name)}
        scene.displace({block.id: (block.x, block.y) for block in after.blocks if block.id not in blocks})
        self.ghosts = [_card(block) for block in blocks.values()]
        self._titles = [block_name(block) for block in blocks.values()]
        cards = QPainterPath()
        for ghost in self.ghosts:
            cards.addRoundedRect(ghost, RADIUS, RADIUS)
        self.setPen(QPen(color("accent"), 1.5, Qt.PenStyle.DashLine))
        self.setBrush(color("surface", 0.85))
        self.setPath(cards)
        of_new = [link for link in after.links if link.source in blocks or link.target in blocks]
        self.links = {(link.source, link.target, link.port) for link in of_new}
        ways = QPainterPath()
        for source, target, port in self.links:
            ways.addPath(self._way(scene, blocks, source, target, port))
        self._links.setPen(QPen(color("accent"), 2.0, Qt.PenStyle.DashLine))
        self._links.setPath(ways)
        if self._canvas is None:
            self._canvas = scene
            scene.addItem(self)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """The outlines, and the names of the blocks in them."""
        super().paint(painter, option, widget)
        for ghost, title in zip(self.ghosts, self._titles, strict=True):
            write(painter, QRectF(ghost.left() + 50, ghost.top() + 11, BLOCK_WIDTH - 62, 20), title, 13, bold=True)

    def _way(self, scene: Canvas, new: dict[str, Block], source: str, target: str, port: str) -> QPainterPath:
        rects: dict[str, Rect] = {}
        for name in (source, target):
            rects[name] = _rect(_card(new[name])) if name in new else scene.shown(name).rect()
        start = _output(new[source]) if source in new else scene.shown(source).output_pos()
        end = _input(new[target], port) if target in new else scene.shown(target).input_pos(port)
        return route(start, end, scene.obstacles, rects)


def _card(block: Block) -> QRectF:
    return QRectF(block.x, block.y, BLOCK_WIDTH, card_height(len(block.inputs)))


def _rect(card: QRectF) -> Rect:
    return card.left(), card.top(), card.right(), card.bottom()


def _output(block: Block) -> QPointF:
    return QPointF(block.x + BLOCK_WIDTH, block.y + PORT_Y)


def _input(block: Block, port: str) -> QPointF:
    number = block.inputs.index(port) if port in block.inputs else 0
    return QPointF(block.x, block.y + PORT_Y + PORT_STEP * number)
