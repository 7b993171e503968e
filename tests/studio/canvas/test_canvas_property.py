"""Whatever the user does: undo comes back to the start, redo to the end, the file is the same, the items match."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from engine.base.errors import BadInput
from engine.pipeline import edits
from engine.pipeline.document import Link, Pipeline
from studio.canvas.outline import Outline
from studio.canvas.view import CanvasView
from studio.document.document import Document

VERBS = (
    "add",
    "drop",
    "insert",
    "link",
    "unlink",
    "delete",
    "move",
    "settings",
    "duplicate",
    "comment",
    "tidy",
    "swap",
)


def act(view: CanvasView, verb: str, first: int, second: int) -> None:
    """One command; numbers choose what it works on."""
    document = view.document
    pipeline = document.pipeline
    names = [b.id for b in pipeline.blocks]
    one = names[first % len(names)] if names else None
    two = names[second % len(names)] if names else None
    method = ("model", "round_to_nearest")[second % 2]
    if verb == "add":
        view.select([one] if one else [])
        view.editor.add_method(method)
    elif verb == "drop":
        view.editor.add_method_at(QPointF(first * 10, second * 10), method)
    elif verb == "comment":
        view.editor.add_comment(QPointF(first, second))
    elif verb == "tidy":
        view.editor.tidy()
    elif verb in ("insert", "unlink") and pipeline.links:
        link = pipeline.links[first % len(pipeline.links)]
        if verb == "insert":
            view.editor.insert_method(link, method)
        else:
            document.change("Unlink", pipeline.without_link(link))
    elif verb == "link" and one and two and not edits.refusal(pipeline, one, two, "model"):
        document.change("Link", pipeline.with_link(Link(source=one, target=two)))
    elif verb in ("delete", "duplicate") and one and two:
        view.select([one, two])
        view.editor.delete_selected() if verb == "delete" else view.editor.duplicate()
    elif verb == "move" and one:
        document.change("Move", edits.move(pipeline, [one], first, second), merge=f"move {one}")
    elif verb == "settings" and one:
        document.change("Set", pipeline.with_settings(one, value=second), merge=f"set {one}")
    elif verb == "swap" and one:
        try:
            document.change("Swap", edits.swap_with_previous(pipeline, one))
        except BadInput:
            return


def check(view: CanvasView, outline: Outline) -> None:
    """The drawing and the tree show the document."""
    pipeline, scene = view.document.pipeline, view.pipeline_scene
    assert list(map(str, sorted(scene.blocks))) == sorted(b.id for b in pipeline.blocks)
    for block in pipeline.blocks:
        item = scene.blocks[block.id]
        assert item.block == block and item.pos() == QPointF(block.x, block.y)
    assert set(scene.links) == set(pipeline.links)
    for link, line in scene.links.items():
        assert line.source is scene.blocks[link.source] and line.target is scene.blocks[link.target]
        assert line._path.currentPosition() == line.target.input_pos(link.port)
    assert {name: item.comment for name, item in scene.comments.items()} == {c.id: c for c in pipeline.comments}
    # a link has its curve and a comment its text in it
    assert len(scene.items()) == len(pipeline.blocks) + 2 * (len(pipeline.links) + len(pipeline.comments))
    assert sorted(outline._items) == sorted(b.id for b in pipeline.blocks)
    pipeline.order()


@pytest.fixture
def pair(qtbot: QtBot) -> tuple[CanvasView, Outline]:
    document = Document()
    view = CanvasView(document)
    document.setParent(view)
    outline = Outline(view.editor, view)
    qtbot.addWidget(view)
    return view, outline


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 60), st.integers(0, 60)), max_size=14))
def test_any_sequence_of_commands(pair: tuple[CanvasView, Outline], commands: list[tuple[str, int, int]]) -> None:
    view, outline = pair
    document = view.document
    start = Pipeline.linear([("model", {}), ("round_to_nearest", {})])
    document.open(start, None)
    for command in commands:
        act(view, *command)
        check(view, outline)
    end = document.pipeline
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
        check(view, outline)
    assert document.pipeline == start
    while document.undo_stack.canRedo():
        document.undo_stack.redo()
        check(view, outline)
    assert document.pipeline == end
    assert Pipeline.from_json(end.to_json()) == end


def test_three_hundred_blocks_are_made_once(pair: tuple[CanvasView, Outline], qtbot: QtBot) -> None:
    view, outline = pair
    view.document.open(Pipeline.linear([("model", {})] + [("round_to_nearest", {})] * 299), None)
    scene = view.pipeline_scene
    qtbot.waitUntil(lambda: len(outline._items) == 300 and outline._rows is None and len(scene.links) == 299)
    check(view, outline)
    items = dict(view.pipeline_scene.blocks)
    view.document.change("One", view.document.pipeline.with_settings("round_to_nearest_7", format="int8"))
    assert view.pipeline_scene.blocks == items
