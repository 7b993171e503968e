"""Preview of a drop: the outline of the block where it will land, and the link that it will get."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from engine.pipeline.layout import BLOCK_HEIGHT, BLOCK_WIDTH, PORT_Y
from studio.canvas.items import link_path
from studio.kit.theme import color

CORNER = 8.0


class DropPreview(QGraphicsPathItem):
    """In the scene only while something is dragged over the canvas."""

    def __init__(self) -> None:
        super().__init__()
        self.source: str | None = None
        """Id of the block that the dropped one will follow."""
        self.setZValue(2)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def dismiss(self) -> None:
        """Take it off the scene."""
        if (scene := self.scene()) is not None:
            scene.removeItem(self)

    def show_at(self, corner: QPointF, output: QPointF | None) -> None:
        """Draw the outline of a block, and its link from the output of another; all in coordinates of the scene."""
        path = QPainterPath()
        path.addRoundedRect(QRectF(corner.x(), corner.y(), BLOCK_WIDTH, BLOCK_HEIGHT), CORNER, CORNER)
        if output is not None:
            path.addPath(link_path(output, corner + QPointF(0, PORT_Y)))
        self.setPen(QPen(color("accent"), 1.5, Qt.PenStyle.DashLine))
        self.setPath(path)
