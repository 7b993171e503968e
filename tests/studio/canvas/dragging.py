"""A hand that drags methods over the canvas by Qt's events, and says what was previewed and what came of it."""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import NamedTuple

from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from engine.pipeline.document import Pipeline
from engine.pipeline.layout import BLOCK_HEIGHT, BLOCK_WIDTH, COLUMN, ROW
from studio.canvas.palette import method_mime
from studio.canvas.view import CanvasView

LEFT, PLAIN, COPY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
METHODS = ("round_to_nearest", "gptq", "one_shot_pruning", "logit_distillation")
Rect = tuple[float, float, float, float]


class Seen(NamedTuple):
    """The canvas in a moment of a drag: outlines of new cards, links of new blocks without their own ids, places of
    all others."""

    ghosts: list[Rect]
    links: set[tuple[str, str, str]]
    places: dict[str, tuple[float, float]]


def enter(view: CanvasView, data: QMimeData, pos: QPoint) -> bool:
    """Begin to drag over the canvas; True if it takes what is dragged."""
    event = QDragEnterEvent(pos, COPY, data, LEFT, PLAIN)
    QApplication.sendEvent(view.viewport(), event)
    return event.isAccepted()


def move(view: CanvasView, data: QMimeData, pos: QPoint) -> None:
    """Go on dragging."""
    QApplication.sendEvent(view.viewport(), QDragMoveEvent(pos, COPY, data, LEFT, PLAIN))


def let_go(view: CanvasView, data: QMimeData, pos: QPoint) -> bool:
    """Drop it; True if the canvas took it."""
    event = QDropEvent(QPointF(pos), COPY, data, LEFT, PLAIN)
    QApplication.sendEvent(view.viewport(), event)
    return event.isAccepted()


def leave(view: CanvasView) -> None:
    """Drag it off the canvas."""
    QApplication.sendEvent(view.viewport(), QDragLeaveEvent())


def hover(view: CanvasView, method: str, place: QPointF, start: QPointF | None = None) -> Seen:
    """Drag a method to a place of the scene, in steps from where the drag came in, and look."""
    data, end = method_mime(method), view.mapFromScene(place)
    begin = view.mapFromScene(start) if start is not None else QPoint(2, 200)
    assert enter(view, data, begin)
    for step in range(1, 9):
        move(view, data, begin + (end - begin) * step / 8)
    return previewed(view)


def previewed(view: CanvasView) -> Seen:
    """What the canvas shows of the drop."""
    scene, pipeline = view.pipeline_scene, view.document.pipeline
    preview = scene.drop_preview
    shown = preview.scene() is scene
    new = {end for ends in preview.links for end in ends[:2] if not pipeline.has(end)}
    links = {(_named(source, new), _named(target, new), port) for source, target, port in preview.links}
    return Seen(
        [_sides(ghost) for ghost in preview.ghosts] if shown else [],
        links if shown else set(),
        {name: (item.x(), item.y()) for name, item in scene.blocks.items()},
    )


def came_of(view: CanvasView, before: Pipeline) -> Seen:
    """What the drop made of the pipeline."""
    after, scene = view.document.pipeline, view.pipeline_scene
    new = [block.id for block in after.blocks if not before.has(block.id)]
    mine = [link for link in after.links if link.source in new or link.target in new]
    links = {(_named(link.source, new), _named(link.target, new), link.port) for link in mine}
    cards = [scene.blocks[name].rect() for name in new]
    return Seen(cards, links, {block.id: (block.x, block.y) for block in after.blocks if block.id not in new})


def dropped_as_previewed(view: CanvasView, method: str, place: QPointF, start: QPointF | None = None) -> str:
    """Drag and drop a method; a sentence if it did not become what was shown, else ""."""
    before = view.document.pipeline
    seen = hover(view, method, place, start)
    let_go(view, method_mime(method), view.mapFromScene(place))
    became = came_of(view, before)
    return "" if seen == became else f"{method} at ({place.x():.0f}, {place.y():.0f}): {seen} became {became}"


def three_branches(view: CanvasView, draw: random.Random) -> list[str]:
    """Begin with a model and drag three methods near it, at random places below each other, at a random zoom. What is
    wrong, a sentence each."""
    view.document.open(Pipeline.linear([("model", {})]), None)
    view.zoom_actual()
    if draw.random() < 0.5:
        view.zoom_out()
    view.centerOn(COLUMN, ROW)
    wrong = []
    for row in draw.sample(range(3), 3):
        view.select(["model_1"] if draw.random() < 0.5 else [])
        x = COLUMN + BLOCK_WIDTH / 2 + draw.uniform(-48, 48)
        y = row * ROW + BLOCK_HEIGHT / 2 + draw.uniform(-24, 24)
        start = QPointF(draw.uniform(-200, 900), draw.uniform(-200, 600))
        wrong.append(dropped_as_previewed(view, draw.choice(METHODS), QPointF(x, y), start))
    links = view.document.pipeline.links
    if [link.source for link in links] != ["model_1"] * 3:
        wrong.append(f"not three branches: {links}")
    return [sentence for sentence in wrong if sentence]


def anywhere(view: CanvasView, draw: random.Random) -> str:
    """Drag a method to a random place of what is seen; a sentence if it did not become what was shown."""
    place = view.mapToScene(QPoint(draw.randrange(view.width()), draw.randrange(view.height())))
    names = [block.id for block in view.document.pipeline.blocks]
    view.select(draw.sample(names, draw.choice((0, 1, 1, 2))))
    return dropped_as_previewed(view, draw.choice(METHODS), place)


def _named(block: str, new: Collection[str]) -> str:
    return "new" if block in new else block


def _sides(rect: QRectF) -> Rect:
    return rect.left(), rect.top(), rect.right(), rect.bottom()
