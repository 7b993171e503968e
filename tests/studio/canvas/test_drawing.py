"""Kept drawings of cards: few are made while the view moves, all are sharp when it rests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.methods.base import MethodInfo
from engine.methods.registry import methods
from engine.pipeline.document import Block, Link, Pipeline
from studio.canvas import drawing
from studio.canvas.card import SUMMARY_PIXELS, SUMMARY_WIDTH, BlockItem, canvas_font, elided
from studio.canvas.describe import BlockState
from studio.canvas.interactions import pan
from studio.canvas.view import CanvasView
from studio.document.document import Document
from studio.kit.theme import color, theme

COUNT = 40


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the blocks that were drawn anew, in order."""
    found: list[str] = []
    real = BlockItem.paint_card

    def paint_card(self: BlockItem, *arguments: object) -> None:
        found.append(self.block.id)
        real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(BlockItem, "paint_card", paint_card)
    return found


@pytest.mark.parametrize("info", [info for info in methods().values() if "steps" in info.settings.model_fields])
@pytest.mark.usefixtures("qtbot")
def test_a_card_shows_how_many_steps_a_method_trains(info: MethodInfo) -> None:
    summary = info.settings().summary()
    shown = elided(summary, canvas_font(SUMMARY_PIXELS), SUMMARY_WIDTH)
    assert "steps" not in summary or f"{info.settings().steps} steps" in shown


@pytest.fixture
def view(qtbot: QtBot, drawn: list[str]) -> Iterator[CanvasView]:
    document = Document()
    view = CanvasView(document)
    document.setParent(view)
    blocks = [Block(id=f"b{n}", method="model", x=n % 8 * 300.0, y=n // 8 * 160.0) for n in range(COUNT)]
    document.open(Pipeline(blocks=tuple(blocks)), None)
    qtbot.addWidget(view)
    view.resize(1200, 700)
    view.show()
    qtbot.waitUntil(lambda: not view.pipeline_scene.drawings.moving)
    view.grab()
    qtbot.waitUntil(lambda: view.pipeline_scene.drawings.all_sharp)
    view.grab()
    yield view


def test_while_the_view_moves_a_frame_draws_few_cards_and_at_rest_all_are_sharp(
    view: CanvasView, drawn: list[str], qtbot: QtBot
) -> None:
    assert set(drawn) == {f"b{n}" for n in range(COUNT)}
    for _ in range(3):
        drawn.clear()
        view.zoom_in()
        view.centerOn(900, 300)
        view.viewport().repaint()
        assert len(drawn) <= drawing.PER_FRAME
    assert not view.pipeline_scene.drawings.all_sharp
    qtbot.waitUntil(lambda: view.pipeline_scene.drawings.all_sharp)
    view.viewport().repaint()
    seen = {item.block.id for item in view.items(view.viewport().rect()) if isinstance(item, BlockItem)}
    ratios = {kept.ratio for card, kept in view.pipeline_scene.drawings._cache.items() if card.block.id in seen}
    assert ratios == {view.zoom * view.devicePixelRatioF()}


def test_at_rest_a_frame_draws_as_many_as_it_has_time_for(view: CanvasView, drawn: list[str], qtbot: QtBot) -> None:
    """The whole view may be painted anew before all cards are sharp; a picture beside frames has all of them."""
    kept = view.pipeline_scene.drawings
    view.zoom_out()
    view.viewport().repaint()
    kept._rest.stop()
    drawn.clear()
    view.viewport().repaint()
    assert 0 < len(drawn) <= drawing.PER_TURN and not kept.all_sharp
    image = QImage(1200, 700, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    view.scene().render(painter)
    painter.end()
    assert set(drawn) == {f"b{n}" for n in range(COUNT)}
    view.viewport().repaint()
    qtbot.waitUntil(lambda: kept.all_sharp)
    assert {each.ratio for each in kept._cache.values()} == {view.zoom * view.devicePixelRatioF()}


def test_what_was_drawn_is_shown_again_until_it_looks_otherwise(view: CanvasView, drawn: list[str]) -> None:
    drawn.clear()
    pan(view, QPoint(30, 10))
    view.viewport().repaint()
    assert drawn == []
    view.set_block_state("b3", BlockState("done", None, "1 s"))
    view.viewport().repaint()
    assert drawn == ["b3"]
    view.select(["b4"])
    view.viewport().repaint()
    assert drawn == ["b3", "b4"]


def test_old_drawings_make_room(view: CanvasView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "MOST_BYTES", 200_000)
    view.zoom_actual()
    view.pipeline_scene.drawings._rest.stop()
    view.grab()
    kept = view.pipeline_scene.drawings
    assert 0 < kept._bytes == sum(each.size for each in kept._cache.values()) <= 200_000


def test_a_map_shows_what_does_not_fit_and_moves_the_view(view: CanvasView, qtbot: QtBot) -> None:
    view.fit()
    view.viewport().repaint()
    assert view.map.isHidden(), "all is in view"
    view.zoom_actual()
    view.viewport().repaint()
    qtbot.waitUntil(view.map.isVisible, timeout=2000)
    card = view.pipeline_scene.blocks[f"b{COUNT - 1}"]
    assert not view.mapToScene(view.viewport().rect()).boundingRect().contains(card.sceneBoundingRect())
    place = view.map.on_map(card.pos() + card.card().center())
    assert (view.map.in_scene(place) - card.pos() - card.card().center()).manhattanLength() < 1e-6
    QTest.mouseClick(view.map, Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert view.mapToScene(view.viewport().rect()).boundingRect().contains(card.pos() + card.card().center())


def test_the_map_is_drawn_again_only_for_cards_that_changed(view: CanvasView, qtbot: QtBot) -> None:
    view.zoom_actual()
    qtbot.waitUntil(view.map.isVisible, timeout=2000)
    qtbot.waitUntil(lambda: not view._settling.isActive() and view.pipeline_scene.drawings.all_sharp, timeout=2000)
    view.viewport().repaint()
    view.map.repaint()
    picture = view.map._picture
    view.viewport().repaint()
    view.map.repaint()
    assert picture is not None and view.map._picture is picture
    view.set_block_state("b3", BlockState("running", 0.5, "1 s"))
    view.viewport().repaint()
    view.map.repaint()
    assert view.map._picture is not picture


def test_links_are_drawn_by_qt_and_show_what_would_be_dropped_on_them(qtbot: QtBot) -> None:
    document = Document()
    view = CanvasView(document)
    document.setParent(view)
    qtbot.addWidget(view)
    blocks = (Block(id="a", method="model"), Block(id="b", method="gptq", x=400.0))
    document.open(Pipeline(blocks=blocks, links=(Link(source="a", target="b"),)), None)
    view.resize(900, 400)
    view.show()
    view.zoom_actual()
    qtbot.waitUntil(lambda: not view.pipeline_scene.drawings.moving, timeout=2000)
    (link,) = view.pipeline_scene.links.values()
    assert link.flags() & link.GraphicsItemFlag.ItemHasNoContents

    def shown() -> str:
        seen = view.viewport().grab().toImage()
        middle = view.mapFromScene(link._path.pointAtPercent(0.5)) * seen.devicePixelRatio()
        around = [seen.pixelColor(middle.x(), middle.y() + n) for n in range(-2, 3)]
        near = {name: min(_far(pixel, color(name)) for pixel in around) for name in ("accent", "muted")}
        return min(near, key=lambda name: near[name])

    assert shown() == "muted"
    link.set_hot(True)
    assert shown() == "accent"
    link.set_hot(False)
    assert shown() == "muted"
    link.setSelected(True)
    assert shown() == "accent"
    theme().apply("light")
    assert link._curve.pen().color() == color("accent")


def _far(one: QColor, other: QColor) -> int:
    return sum(abs(a - b) for a, b in zip(one.getRgb(), other.getRgb(), strict=True))


def test_while_the_view_moves_the_map_looks_at_no_card(
    view: CanvasView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.zoom_actual()
    qtbot.waitUntil(view.map.isVisible, timeout=2000)
    qtbot.waitUntil(lambda: not view._settling.isActive(), timeout=2000)
    view.map.repaint()
    told: list[int] = []
    show_part = view.map.show_part
    monkeypatch.setattr(view.map, "show_part", lambda cards, seen: (told.append(len(cards)), show_part(cards, seen)))
    picture, seen = view.map._picture, view.map._seen
    for _ in range(5):
        pan(view, QPoint(-20, -10))
        view.viewport().repaint()
    assert told == [] and view.map._picture is picture and view.map._seen != seen
    qtbot.waitUntil(lambda: told[:1] == [COUNT], timeout=2000)  # painting it may tell it again


def test_a_canvas_with_its_map_rests_when_nothing_changes(view: CanvasView, qtbot: QtBot) -> None:
    """The map lies over the canvas: who updates it whenever the canvas is drawn draws both without end."""
    view.zoom_actual()
    qtbot.waitUntil(view.map.isVisible, timeout=2000)
    qtbot.waitUntil(lambda: not view._settling.isActive() and view.pipeline_scene.drawings.all_sharp, timeout=2000)
    qtbot.wait(300)
    seen = PaintCounter()
    view.map.installEventFilter(seen)
    qtbot.wait(300)
    assert seen.count < 3
    view.horizontalScrollBar().setValue(view.horizontalScrollBar().value() + 40)
    qtbot.waitUntil(lambda: seen.count > 0)


class PaintCounter(QObject):
    """Counts how often a widget is drawn."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


@pytest.mark.parametrize("zoom", [0.15, 0.3, 0.49, 0.51, 1.0, 2.0])
@pytest.mark.parametrize("frame", ["rest", "moving"])
def test_errors_and_warnings_differ_at_every_zoom(view: CanvasView, zoom: float, frame: str) -> None:
    """By their colors, each over at least so many pixels that it is seen; far away also by the shape of the icon."""
    card = view.pipeline_scene.blocks["b9"]
    for state, token in (("warning", "warning"), ("unconfigured", "error"), ("failed", "error")):
        view.set_block_state("b9", BlockState(state, badge="a reason"))
        view._zoom_by(zoom / view.zoom, view.ViewportAnchor.AnchorViewCenter)
        picture = QImage(round(240 * zoom), round(card.height * zoom), QImage.Format.Format_RGB32)
        picture.fill(color("canvas"))
        painter = QPainter(picture)
        painter.scale(zoom, zoom)
        if frame == "moving":
            card.paint_outline(painter)
        else:
            card.paint_card(painter, zoom)
        painter.end()
        pixels = [picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height())]
        near = {name: sum(_far(pixel, color(name)) < 60 for pixel in pixels) for name in ("warning", "error")}
        assert near[token] >= 12 and near[token] > 4 * near["error" if token == "warning" else "warning"], (state, near)
