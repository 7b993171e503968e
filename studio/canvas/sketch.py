"""A pipeline as a small picture: a card of its family's color for each block, and the links."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from engine.methods.registry import methods
from engine.pipeline.document import Pipeline
from engine.pipeline.layout import BLOCK_HEIGHT, BLOCK_WIDTH, COLUMN
from studio.kit.theme import color, theme

LARGEST = 0.13
"""Of the natural size: a single block does not fill the picture."""


@dataclass(frozen=True)
class Sketch:
    """``blocks``: place of the upper left corner and method id of each. ``links``: indices of source and target."""

    blocks: tuple[tuple[float, float, str], ...] = ()
    links: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of_pipeline(cls, pipeline: Pipeline) -> Sketch:
        """Of a document; blocks that all lie at one place are laid out as a chain."""
        places = [(block.x, block.y) for block in pipeline.blocks]
        if len(set(places)) < len(places):
            places = [(number * COLUMN, 0.0) for number in range(len(places))]
        index = {block.id: number for number, block in enumerate(pipeline.blocks)}
        links = tuple((index[link.source], index[link.target]) for link in pipeline.links)
        return cls(tuple((x, y, block.method) for (x, y), block in zip(places, pipeline.blocks, strict=True)), links)

    def paint(self, painter: QPainter, rect: QRectF) -> None:
        """Draw it into a rectangle: at its left, in the middle of its height, as large as it fits."""
        if not self.blocks:
            return
        left, top = min(b[0] for b in self.blocks), min(b[1] for b in self.blocks)
        width = max(b[0] for b in self.blocks) + BLOCK_WIDTH - left
        height = max(b[1] for b in self.blocks) + BLOCK_HEIGHT - top
        scale = min(LARGEST, rect.width() / width, rect.height() / height)
        start = QPointF(rect.left(), rect.center().y() - height * scale / 2)

        def at(x: float, y: float) -> QPointF:
            return start + QPointF((x - left) * scale, (y - top) * scale)

        painter.setPen(QPen(color("muted"), 1.2))
        for source, target in self.links:
            a, b = self.blocks[source], self.blocks[target]
            painter.drawLine(at(a[0] + BLOCK_WIDTH, a[1] + BLOCK_HEIGHT / 2), at(b[0], b[1] + BLOCK_HEIGHT / 2))
        for x, y, method in self.blocks:
            info = methods().get(method)
            tint = QColor(theme().tokens.family[info.family] if info else theme().tokens.muted)
            painter.setPen(QPen(tint, 1.2))
            fill = QColor(tint)
            fill.setAlphaF(0.35)
            painter.setBrush(fill)
            painter.drawRoundedRect(QRectF(at(x, y), at(x + BLOCK_WIDTH, y + BLOCK_HEIGHT)), 2.5, 2.5)
