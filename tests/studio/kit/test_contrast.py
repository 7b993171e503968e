"""Colors that carry meaning can be told from what is behind them: 4.5:1, as WCAG asks of text (level AA)."""

from __future__ import annotations

import pytest

from studio.kit.tokens import DARK, LIGHT, Tokens
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
