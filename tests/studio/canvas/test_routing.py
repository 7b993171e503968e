"""Links run behind no card, wherever the cards are."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF
from pytestqt.qtbot import QtBot

from engine.pipeline.document import Block, Link, Pipeline
from engine.pipeline.edits import nearest_free
from engine.pipeline.layout import COLUMN, ROW
from studio.canvas.describe import BlockState, Fact
from studio.canvas.items import LinkItem
from studio.canvas.routing import link_path
from studio.canvas.view import CanvasView
from tests.studio.canvas.test_canvas import drag, middle

RTN = "round_to_nearest"
POINTS = 200


def behind(view: CanvasView) -> list[str]:
    """Links that run behind a card, and which."""
    cards = view.pipeline_scene.cards()
    found = []
    for link, item in view.pipeline_scene.links.items():
        points = _points(item) if item.isVisible() else []
        for card in cards if points else ():
            left, top, right, bottom = card.rect()
            inside = (left + 1 < p.x() < right - 1 and top + 1 < p.y() < bottom - 1 for p in points)
            if any(inside):
                found.append(f"{link.source} to {link.target} behind {card.name}")
    return found


def _points(item: LinkItem) -> list[QPointF]:
    return [item._path.pointAtPercent(step / POINTS) for step in range(POINTS + 1)]


def scattered(seed: int, count: int = 14) -> Pipeline:
    """Blocks at random places, as a drop puts them, with random links."""
    draw = random.Random(seed)
    pipeline = Pipeline()
    for number in range(count):
        method = "model" if number == 0 else draw.choice((RTN, "logit_distillation"))
        x, y = nearest_free(pipeline, 8.0 * draw.randrange(150), 8.0 * draw.randrange(80))
        pipeline = pipeline.with_block(Block(id=f"b{number}", method=method, x=x, y=y))
        for port in pipeline.block(f"b{number}").inputs:
            pipeline = pipeline.with_link(Link(source=f"b{draw.randrange(number)}", target=f"b{number}", port=port))
    return pipeline


@pytest.mark.parametrize("seed", range(12))
def test_no_link_runs_behind_a_card(shown: Callable[[Pipeline], CanvasView], seed: int) -> None:
    view = shown(scattered(seed))
    assert view.pipeline_scene.links and behind(view) == []
    for name in view.pipeline_scene.blocks:
        view.set_block_state(name, BlockState("done", facts=(Fact("92 MB"),)))
    assert behind(view) == [], "cards with a result are higher"


def test_without_a_way_around_a_link_would_run_behind_cards(shown: Callable[[Pipeline], CanvasView]) -> None:
    """The pipelines of the test above are such that plain curves would fail it."""
    view = shown(scattered(0))
    for link, item in view.pipeline_scene.links.items():
        item._path = link_path(item.source.output_pos(), item.target.input_pos(link.port))
    assert len(behind(view)) > 5


def test_a_link_over_a_block_of_the_same_row_goes_around_it_and_back(shown: Callable[[Pipeline], CanvasView]) -> None:
    view = shown(Pipeline.linear([("model", {}), (RTN, {}), (RTN, {})]))
    a, b, c = view.pipeline_scene.blocks
    skip = Link(source=a, target=c)
    view.editor.link(skip)
    item = view.pipeline_scene.links[skip]
    assert behind(view) == [] and item._path.boundingRect().height() > 40
    view.centerOn(400, 100)
    drag(view, middle(view, b), middle(view, b) + QPoint(0, 200))
    assert item._path.boundingRect().height() < 1, "nothing is in its way any more"
    view.document.undo_stack.undo()
    assert behind(view) == [] and item._path.boundingRect().height() > 40


def test_links_far_from_what_changed_are_not_looked_at(
    shown: Callable[[Pipeline], CanvasView], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    blocks = [
        Block(id=f"b{n}", method=RTN if n % 10 else "model", x=n % 10 * COLUMN, y=n // 10 * ROW) for n in range(300)
    ]
    links = [Link(source=f"b{n - 1}", target=f"b{n}") for n in range(300) if n % 10]
    view = shown(Pipeline(blocks=tuple(blocks), links=tuple(links)))
    qtbot.waitUntil(lambda: len(view.pipeline_scene.links) == len(links))
    followed: list[Link] = []
    follow = LinkItem.follow
    monkeypatch.setattr(LinkItem, "follow", lambda item: (followed.append(item.link), follow(item))[1])
    view.set_block_state("b155", BlockState("running", 0.5))
    assert followed == [], "no card has another size"
    view.set_block_state("b155", BlockState("done", facts=(Fact("92 MB"),)))
    assert 0 < len(followed) <= 8
    followed.clear()
    view.document.change("Format", view.document.pipeline.with_settings("b155", format="int8"))
    assert len(followed) <= 8
