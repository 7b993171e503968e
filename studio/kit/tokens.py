"""Colors of the themes, by what they are for, from resources/themes.json. No Qt: the theme, the style sheet and
whoever draws read them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from engine import resources

ThemeName = Literal["dark", "light", "contrast"]


@dataclass(frozen=True)
class Tokens:
    """Colors of a theme as "#rrggbb"."""

    name: ThemeName
    window: str
    """Behind everything."""
    canvas: str
    grid: str
    surface: str
    """Cards, blocks, lists."""
    raised: str
    """Hovered or selected surfaces, headers."""
    field: str
    """Inside of editors."""
    border: str
    text: str
    muted: str
    """Secondary text; still 4.5:1 against window and surface."""
    accent: str
    on_accent: str
    success: str
    warning: str
    error: str
    running: str
    cached: str
    family: dict[str, str]
    """Method family -> color of its stripe."""
    chart: tuple[str, ...]
    """Colors of curves, in order."""

    @property
    def a(self) -> str:
        """Of the first of two that are held against each other, in every view."""
        return self.chart[0]

    @property
    def b(self) -> str:
        """Of the second."""
        return self.chart[1]


def _read() -> dict[ThemeName, Tokens]:
    written = json.loads(resources.path("themes.json").read_text(encoding="utf-8"))
    return {name: Tokens(name=name, **{**colors, "chart": tuple(colors["chart"])}) for name, colors in written.items()}


THEMES = _read()
DARK, LIGHT, CONTRAST = THEMES["dark"], THEMES["light"], THEMES["contrast"]
"""The last one is white on black, with borders in the color of the text: every text has 7:1 and more."""
