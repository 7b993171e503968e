"""Colors of the themes, by what they are for. No Qt: the theme, the style sheet and whoever draws read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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


DARK = Tokens(
    name="dark",
    window="#16181d",
    canvas="#121418",
    grid="#22262e",
    surface="#1f232b",
    raised="#2a303b",
    field="#181b21",
    border="#3a414d",
    text="#e8ebf0",
    muted="#a0a9b8",
    accent="#5b9dff",
    on_accent="#0b1220",
    success="#4cc38a",
    warning="#f0b429",
    error="#ff7a70",
    running="#5b9dff",
    cached="#9d8cff",
    family={
        "source": "#9aa4b5",
        "training": "#3fd0d6",
        "quantization": "#5b9dff",
        "pruning": "#4cc38a",
        "distillation": "#f0b429",
        "low_rank": "#d17bff",
    },
    chart=("#5b9dff", "#f0b429", "#4cc38a", "#ff7a70", "#d17bff", "#3fd0d6", "#ff9e5e", "#b5bdc9"),
)
LIGHT = Tokens(
    name="light",
    window="#f4f5f8",
    canvas="#fafbfc",
    grid="#e6e9ee",
    surface="#ffffff",
    raised="#eaeef5",
    field="#ffffff",
    border="#c6cdd8",
    text="#1a1e26",
    muted="#586174",
    accent="#1f66d6",
    on_accent="#ffffff",
    success="#13794a",
    warning="#8f5b00",
    error="#c0271d",
    running="#1f66d6",
    cached="#6346d8",
    family={
        "source": "#5d6879",
        "training": "#0a7d86",
        "quantization": "#1f66d6",
        "pruning": "#13794a",
        "distillation": "#a86a00",
        "low_rank": "#9134c4",
    },
    chart=("#1f66d6", "#a36000", "#13794a", "#c0271d", "#9134c4", "#0a7d86", "#b9501a", "#586174"),
)
CONTRAST = Tokens(
    name="contrast",
    window="#000000",
    canvas="#000000",
    grid="#3a3a3a",
    surface="#000000",
    raised="#1f1f3d",
    field="#000000",
    border="#ffffff",
    text="#ffffff",
    muted="#e0e0e0",
    accent="#5fd7ff",
    on_accent="#000000",
    success="#6dff9c",
    warning="#ffd84d",
    error="#ff9a94",
    running="#5fd7ff",
    cached="#c9bcff",
    family={
        "source": "#ffffff",
        "training": "#5ff4fa",
        "quantization": "#8fc4ff",
        "pruning": "#6dff9c",
        "distillation": "#ffd84d",
        "low_rank": "#eaa6ff",
    },
    chart=("#8fc4ff", "#ffd84d", "#6dff9c", "#ff9a94", "#eaa6ff", "#5ff4fa", "#ffc08a", "#ffffff"),
)
"""White on black, with borders in the color of the text: every text has 7:1 and more."""
THEMES = {tokens.name: tokens for tokens in (DARK, LIGHT, CONTRAST)}
