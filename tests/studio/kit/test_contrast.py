"""Colors that carry meaning can be told from what is behind them: 4.5:1, as WCAG asks of text (level AA)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSlider
from pytestqt.qtbot import QtBot

from studio.kit.theme import theme
from studio.kit.tokens import DARK, LIGHT, THEMES, ThemeName, Tokens
from tests.looks import contrast

LEAST = 4.5
BEHIND = ("window", "canvas", "surface", "raised", "field")
WORDS = ("text", "muted", "accent", "success", "warning", "error", "running", "cached")


def test_the_formula_is_that_of_the_recommendation() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0) and contrast("#777777", "#777777") == 1.0
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)
def test_words_and_curves_can_be_read(tokens: Tokens) -> None:
    pairs = [(getattr(tokens, word), getattr(tokens, behind)) for word in WORDS for behind in BEHIND]
    pairs += [(tokens.on_accent, behind) for behind in (tokens.accent, tokens.a, tokens.b)]
    pairs += [(curve, behind) for curve in tokens.chart for behind in (tokens.surface, tokens.canvas)]
    low = [f"{front} on {behind}: {contrast(front, behind):.2f}" for front, behind in pairs]
    assert not [line for line, pair in zip(low, pairs, strict=True) if contrast(*pair) < LEAST]


@pytest.mark.parametrize("name", list(THEMES))
def test_the_handle_of_a_slider_stands_out(qtbot: QtBot, name: ThemeName) -> None:
    """3:1, as WCAG asks of controls."""
    theme().apply(name)
    slider = QSlider(Qt.Orientation.Horizontal)
    qtbot.addWidget(slider)
    slider.setRange(0, 100)
    slider.setValue(50)
    slider.resize(300, 24)
    slider.show()
    picture, behind = slider.grab().toImage(), THEMES[name].window
    row = [picture.pixelColor(x, picture.height() // 2) for x in range(picture.width())]
    middle = range(len(row) // 2 - 4, len(row) // 2 + 4)
    assert max(contrast(row[x], behind) for x in middle) >= 3.0
    assert max(contrast(row[x], row[len(row) // 4]) for x in middle) >= 1.2, "other than the part before it"
    theme().apply("dark")
