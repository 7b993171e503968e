"""Blocks at a low zoom: whole names in letters that can be read, or the icons of their methods; states that differ."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.methods.registry import methods
from engine.pipeline.document import Block
from engine.pipeline.layout import BLOCK_HEIGHT, BLOCK_WIDTH
from studio import catalogs
from studio.canvas.card import BlockItem
from studio.canvas.describe import BlockState
from studio.canvas.far import LEGIBLE, SPACING, bold_font, name_lines
from studio.kit.marking import ENGINE
from studio.kit.theme import color
from studio.states import State

ROOM = BLOCK_WIDTH - 16 - 43, BLOCK_HEIGHT - 8
"""The place of a name on a card with a state."""


def titles(language: str) -> list[str]:
    every = {info.title for info in methods().values() if not info.origin}
    if language == "en":
        return sorted(every)
    texts = catalogs.texts(catalogs.FOLDER / f"{language}.ts")
    return [text.translation[0] for text in texts if text.context == ENGINE and text.source in every]


@pytest.mark.parametrize("language", ["en", "de", "zh_CN"])
def test_names_of_methods_are_whole_and_can_be_read(language: str, qapp: QApplication) -> None:
    names = titles(language)
    assert len(names) > 25
    for name in names:
        lines = name_lines(name, *ROOM, 0.45)
        assert lines is not None, name
        assert "".join(lines.texts).replace(" ", "") == name.replace(" ", "")
        metrics = QFontMetricsF(bold_font(lines.pixels))
        assert all(metrics.horizontalAdvance(text) <= ROOM[0] for text in lines.texts)
        assert len(lines.texts) * lines.pixels * SPACING <= ROOM[1] and lines.pixels * 0.45 >= LEGIBLE


def test_letters_that_nobody_can_read_are_not_written(qapp: QApplication) -> None:
    assert name_lines("Sequence-level distillation", *ROOM, 0.2) is None
    short = name_lines("SVD", *ROOM, 0.2)
    assert short is not None and short.pixels * 0.2 >= LEGIBLE
    assert name_lines("SVD", *ROOM, 0.05) is None


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> list[str]:
    """The icons that cards draw."""
    names: list[str] = []
    monkeypatch.setattr(BlockItem, "_icon", lambda item, painter, name, box, token: names.append(name))
    return names


def picture(item: BlockItem, zoom: float, monkeypatch: pytest.MonkeyPatch) -> QImage:
    image = QImage(round(BLOCK_WIDTH), round(BLOCK_HEIGHT), QImage.Format.Format_RGB32)
    image.fill(0)
    monkeypatch.setattr(BlockItem, "_view_zoom", lambda item: zoom)
    painter = QPainter(image)
    item.paint_card(painter, zoom)
    painter.end()
    return image


def test_a_name_gives_way_to_the_icon_of_its_method(drawn: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    item = BlockItem(Block(id="one", method="one_shot_pruning"))
    picture(item, 0.45, monkeypatch)
    assert drawn == []
    picture(item, 0.2, monkeypatch)
    assert len(drawn) == 1


@pytest.mark.parametrize("zoom", [0.45, 0.3, 0.2, 0.1])
def test_errors_and_warnings_differ_without_their_colors(
    zoom: float, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    item = BlockItem(Block(id="one", method="svd"))
    looks = []
    states: tuple[State, ...] = ("failed", "warning")
    for state in states:
        drawn.clear()
        item.state = BlockState(state)
        image = picture(item, zoom, monkeypatch)
        bar = [
            image.pixelColor(x, round(BLOCK_HEIGHT) // 2) for x in range(round(BLOCK_WIDTH) - 30, round(BLOCK_WIDTH))
        ]
        looks.append((tuple(drawn), sum(pixel == color(item.state.look.token) for pixel in bar)))
    assert looks[0] != looks[1]
