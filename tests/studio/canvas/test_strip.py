"""The low canvas beside large charts: what it shows of tall pipelines."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.pipeline import layout
from engine.pipeline.document import Block, Link, Pipeline
from engine.pipeline.layout import BLOCK_HEIGHT, BLOCK_WIDTH, COLUMN, ROW
from studio.canvas import strip
from studio.canvas.describe import BlockState
from studio.canvas.view import CanvasView
from studio.document.document import Document

BRANCHES = 9


def tall() -> Pipeline:
    """A model with two blocks in each of its branches."""
    blocks, links = [Block(id="model_1", method="model")], []
    for n in range(BRANCHES):
        blocks += [Block(id=f"first_{n}", method="toy"), Block(id=f"second_{n}", method="toy")]
        links += [Link(source="model_1", target=f"first_{n}"), Link(source=f"first_{n}", target=f"second_{n}")]
    return layout.tidy(Pipeline(blocks=tuple(blocks), links=tuple(links)))


@pytest.fixture
def view(qtbot: QtBot, qapp: QApplication, toys: None) -> CanvasView:
    document = Document(qapp)
    document.open(tall(), None)
    made = CanvasView(document)
    qtbot.addWidget(made)
    made.resize(1280, 158)
    made.show()
    return made


def seen(view: CanvasView) -> QRectF:
    return view.mapToScene(view.viewport().rect()).boundingRect()


@pytest.mark.parametrize("size", [(1280, 158), (1600, 231), (900, 150), (1280, 420)])
def test_the_card_at_work_is_whole_and_so_are_the_others_in_view(view: CanvasView, size: tuple[int, int]) -> None:
    view.resize(*size)
    view.set_strip_mode(True)
    for n in range(BRANCHES):
        for name in (f"first_{n}", f"second_{n}"):
            view.set_block_state(name, BlockState("running", 0.5))
            item = view.pipeline_scene.blocks[name]
            assert seen(view).contains(item.card().translated(item.pos())), name
            view.set_block_state(name, BlockState("done"))
            assert view.zoom >= strip.LEAST
            rows = [view.pipeline_scene.blocks[f"first_{m}"] for m in range(BRANCHES)]
            for card in (row.card().translated(row.pos()) for row in rows):
                inside = card.intersected(seen(view)).height()
                assert inside in (0.0, pytest.approx(card.height())) or size[1] == 420  # limited by its width there


def test_a_card_that_is_higher_than_the_others_is_whole_too() -> None:
    card = QRectF(0, 2000, BLOCK_WIDTH, BLOCK_HEIGHT + 190)
    zoom, center = strip.shown(QRectF(0, 0, 3 * COLUMN, 20 * ROW), card, QSizeF(1280, 158))
    assert strip.LEAST_OF_ALL <= zoom < strip.LEAST
    assert abs(center.y() - card.center().y()) + card.height() / 2 <= 158 / zoom / 2


def test_what_can_be_read_as_a_whole_is_shown_as_a_whole() -> None:
    area = QRectF(0, 0, COLUMN, BLOCK_HEIGHT)
    assert strip.shown(area, area, QSizeF(1280, 158)) == (158 / (BLOCK_HEIGHT + 2 * strip.MARGIN), area.center())
    assert strip.shown(area, area, QSizeF(2000, 2000)) == (1.0, area.center())


def test_behind_the_strip_the_canvas_shows_what_it_showed(view: CanvasView) -> None:
    view.resize(1280, 700)
    view.fit()
    whole = view.zoom
    view.set_strip_mode(True)
    assert view.zoom > whole
    view.set_strip_mode(False)
    assert view.zoom == pytest.approx(whole)
    view.zoom_in()
    view.centerOn(QPointF(300, 900))
    zoom, place = view.zoom, seen(view).center()
    view.set_strip_mode(True)
    assert view.zoom != zoom
    view.set_strip_mode(False)
    assert view.zoom == pytest.approx(zoom) and (seen(view).center() - place).manhattanLength() < 8


def test_who_chose_how_large_cards_are_keeps_that_while_the_work_goes_on(view: CanvasView) -> None:
    view.set_strip_mode(True)
    view.zoom_out()
    zoom = view.zoom
    view.set_block_state("second_8", BlockState("running"))
    item = view.pipeline_scene.blocks["second_8"]
    assert view.zoom == zoom and seen(view).contains(item.card().translated(item.pos()))
