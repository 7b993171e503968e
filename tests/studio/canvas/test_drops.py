"""Drags onto the canvas: what is shown before the drop is what comes of it."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QPointF

from engine.pipeline import edits
from engine.pipeline.document import Block, Link, Pipeline
from engine.pipeline.layout import BLOCK_WIDTH, COLUMN, overlapping
from studio.canvas.palette import drag_picture, method_mime
from studio.canvas.view import CanvasView
from tests.studio.canvas.dragging import anywhere, came_of, hover, leave, let_go, previewed, three_branches

RTN = "round_to_nearest"
CHAIN = Pipeline.linear([("model", {}), (RTN, {}), (RTN, {"format": "int8"})])
A, B, C = "model_1", f"{RTN}_1", f"{RTN}_2"


@pytest.mark.parametrize(
    ("selected", "place", "source"),
    [
        pytest.param([], QPointF(900, 300), C, id="near the last"),
        pytest.param([A], QPointF(500, 400), A, id="the selected one first"),
        pytest.param([], QPointF(420, 200), A, id="beside its follower: a branch"),
        pytest.param([], QPointF(120, 220), A, id="below it: a branch"),
        pytest.param([B], QPointF(424, 240), B, id="below the selected one: a branch"),
        pytest.param([], QPointF(700, 40), C, id="on a block: it follows"),
        pytest.param([], QPointF(3000, 2000), None, id="far from everything"),
        pytest.param([A], QPointF(3000, 2000), None, id="far from the selected one too"),
        pytest.param([], QPointF(-600, 40), None, id="before everything"),
    ],
)
def test_a_drop_is_previewed_and_lands_as_shown(
    view: CanvasView, selected: list[str], place: QPointF, source: str | None
) -> None:
    view.select(selected)
    seen = hover(view, RTN, place, place)
    assert seen.links == ({(source, "new", "model")} if source else set()) and len(seen.ghosts) == 1
    assert view.document.pipeline == CHAIN, "nothing is edited before the drop"
    assert let_go(view, method_mime(RTN), view.mapFromScene(place))
    assert came_of(view, CHAIN) == seen
    assert view.document.undo_stack.count() == 1 and view.pipeline_scene.drop_preview.scene() is None


def test_dropped_between_two_it_makes_room(view: CanvasView) -> None:
    """Wherever the pointer is in the gap: the new block would cover the link there."""
    for above in (-38, 0, 38):
        place = QPointF(240 + 32, 46 + above)
        seen = hover(view, RTN, place, place)
        assert seen.links == {(A, "new", "model"), ("new", B, "model")}
        assert seen.places == {A: (0, 0), B: (2 * COLUMN, 0), C: (3 * COLUMN, 0)}, "they make room before the drop"
        assert [ghost[:2] for ghost in seen.ghosts] == [(COLUMN, 0)]
        let_go(view, method_mime(RTN), view.mapFromScene(place))
        assert came_of(view, CHAIN) == seen
        view.document.undo_stack.undo()


def test_room_that_was_made_is_given_back(view: CanvasView) -> None:
    hover(view, RTN, QPointF(272, 46), QPointF(272, 46))
    assert view.pipeline_scene.blocks[C].x() == 3 * COLUMN
    hover(view, RTN, QPointF(272, 500), QPointF(272, 500))
    assert view.pipeline_scene.blocks[C].x() == 2 * COLUMN
    hover(view, RTN, QPointF(272, 46), QPointF(272, 46))
    leave(view)
    assert previewed(view).ghosts == [] and view.pipeline_scene.blocks[C].x() == 2 * COLUMN
    assert not any(item.hot for item in view.pipeline_scene.links.values())
    assert view.document.pipeline == CHAIN and view.document.undo_stack.count() == 0


def test_room_is_made_without_covering_other_branches() -> None:
    """B moves a column to the right, where a block of another branch is: that one moves too."""
    other = Block(id="other", method=RTN, x=2 * COLUMN, y=40.0)
    pipeline = Pipeline.linear([("model", {}), (RTN, {})]).with_block(other).with_link(Link(source=A, target="other"))
    block = edits.new_block(pipeline, RTN)
    after, new = edits.insert(pipeline, block, Link(source=A, target=B))
    assert (after.block(new).x, after.block(B).x, after.block("other").x) == (COLUMN, 2 * COLUMN, 3 * COLUMN)
    blocks = after.blocks
    assert not any(overlapping(a.x, a.y, b) for a in blocks for b in blocks if a is not b)


def test_three_branches_by_dragging_alone(view: CanvasView) -> None:
    """All hundred are dragged by tests/benchmarks/window/dragging.py."""
    for seed in range(8):
        assert three_branches(view, random.Random(seed)) == []


def test_any_drop_becomes_what_was_shown(view: CanvasView) -> None:
    draw = random.Random(0)
    for _ in range(30):
        assert anywhere(view, draw) == ""
        if len(view.document.pipeline.blocks) > 12:
            view.document.open(CHAIN, None)


def test_what_hangs_on_the_mouse_is_as_large_as_the_block(view: CanvasView) -> None:
    seen = hover(view, RTN, QPointF(700, 400))
    (ghost,) = seen.ghosts
    for zoom in (0.5, 1.0):
        size = drag_picture("Round to nearest", "quantization", "text", 2.0, zoom).deviceIndependentSize()
        assert (size.width(), size.height()) == (zoom * BLOCK_WIDTH, zoom * (ghost[3] - ghost[1]))
