"""Colors and fonts: one set of tokens per theme, used by the palette, the canvas, the charts and the badges.

Fusion with two palettes of our own: under some platforms `QStyleHints.setColorScheme` does nothing, and a theme that
relies on it could not be tested. Every state has a word and a shape beside its color.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from studio.kit.stylesheet import style_sheet
from studio.kit.tokens import DARK, LIGHT, THEMES, ThemeName, Tokens

SPACING = 8
"""The unit of all margins and gaps, in device-independent pixels."""
RADIUS = 8
_LETTERS = "letters"
"""Property of widgets whose font `set_font` gave them: points more, bold, monospace."""


class _Theme(QObject):
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tokens = DARK
        self._follows = False
        self._fusion = False
        self._points: float | None = None
        self._applied: ThemeName | None = None

    def choose(self, choice: Literal["system", "dark", "light", "contrast"]) -> None:
        """Apply a theme, or the one the desktop has now and will have (dark where the desktop does not say)."""
        hints = QGuiApplication.styleHints()
        if self._follows:
            hints.colorSchemeChanged.disconnect(self._on_scheme)
        self._follows = choice == "system"
        if choice == "system":
            hints.unsetColorScheme()
            hints.colorSchemeChanged.connect(self._on_scheme)
            self._on_scheme()
        else:
            self.apply(choice)

    def text_points(self, points: int = 0) -> float:
        """The size of texts that are larger than the desktop's font by so many points, in points."""
        if self._points is None:
            self._points = QApplication.font().pointSizeF()
        return max(6.0, self._points + points)

    @property
    def scale(self) -> float:
        """Size of texts, relative to the desktop's."""
        return QApplication.font().pointSizeF() / self.text_points()

    def enlarge(self, points: int) -> None:
        """Make all texts larger than the desktop's font by so many points (smaller by negative ones)."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        larger = app.font()
        larger.setPointSizeF(self.text_points(points))
        if larger != app.font():
            app.setFont(larger)
            self._applied = None  # every widget is styled anew
            self._color(self.tokens.name)

    @contextlib.contextmanager
    def on_paper(self) -> Iterator[None]:
        """The light colors for whoever draws by hand, without a change of the window: for pictures that leave it."""
        before, self.tokens = self.tokens, LIGHT
        try:
            yield
        finally:
            self.tokens = before

    def _on_scheme(self) -> None:
        light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
        self._color("light" if light else "dark")

    def apply(self, name: ThemeName) -> None:
        """Color the whole application and tell everybody who draws by hand."""
        scheme = Qt.ColorScheme.Light if name == "light" else Qt.ColorScheme.Dark
        QGuiApplication.styleHints().setColorScheme(scheme)
        self._color(name)

    def _color(self, name: ThemeName) -> None:
        if name == self._applied:
            return
        self.tokens, self._applied = THEMES[name], name
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        if not self._fusion:
            app.setStyle(QStyleFactory.create("Fusion"))
            self._fusion = True
        app.setPalette(_palette(self.tokens))
        for editor in ("QLineEdit", "QAbstractSpinBox", "QComboBox", "QCheckBox", "QRadioButton"):
            app.setPalette(_editor_palette(self.tokens), editor)  # type: ignore[arg-type]  # it takes str only
        app.setStyleSheet(style_sheet(self.tokens))
        for widget in app.allWidgets():  # after the style sheet, which gives them the fonts that they had before
            keep_font(widget)
        self.changed.emit()


_instance: _Theme | None = None


def theme() -> _Theme:
    """The one theme: ``theme().tokens`` now, ``theme().changed`` when it changes. GUI thread only."""
    global _instance
    if _instance is None:
        _instance = _Theme()
    return _instance


def color(name: str, alpha: float = 1.0) -> QColor:
    """A token of the current theme as a color, e.g. ``color("accent", 0.3)``."""
    result = QColor(getattr(theme().tokens, name))
    result.setAlphaF(alpha)
    return result


def blended(upper: QColor, lower: QColor, share: float) -> QColor:
    """The opaque color of ``upper`` drawn over ``lower`` with opacity ``share``."""
    mixed = (share * a + (1 - share) * b for a, b in zip(upper.getRgbF()[:3], lower.getRgbF()[:3], strict=True))  # type: ignore[index]
    return QColor.fromRgbF(*mixed)


def font(size: float = 0.0, *, bold: bool = False, mono: bool = False) -> QFont:
    """The application's font, ``size`` points larger or smaller."""
    result = QFont(QApplication.font())
    if mono:
        result.setFamilies(["DejaVu Sans Mono", "Menlo", "Consolas", "monospace"])
    result.setPointSizeF(result.pointSizeF() + size)
    result.setBold(bold)
    return result


def set_font(widget: QWidget, size: float = 0.0, *, bold: bool = False, mono: bool = False) -> None:
    """Give a widget the application's font, ``size`` points larger or smaller, whichever size texts get later."""
    widget.setProperty(_LETTERS, [size, bold, mono])
    widget.setFont(font(size, bold=bold, mono=mono))


def keep_font(widget: QWidget) -> None:
    """Give it the font of `set_font` again: a style that is put on anew brings back the one that it had at first."""
    if (letters := widget.property(_LETTERS)) is not None:
        widget.setFont(font(letters[0], bold=letters[1], mono=letters[2]))


def scaled(pixels: float) -> int:
    """Pixels that hold texts of the desktop's size, for texts as large as they are now."""
    return round(pixels * theme().scale)


class _Follower(QObject):
    """Calls a function with its parent when theme or text size change. It holds no reference to the parent: a widget
    that nobody has any more must go at once, not in the midst of a paint event."""

    def __init__(self, owner: QObject, measure: Callable[[Any], object]) -> None:
        super().__init__(owner)
        self._measure = measure
        theme().changed.connect(self._on_changed)

    def _on_changed(self) -> None:
        self._measure(self.parent())


W = TypeVar("W", bound=QWidget)


def measured(widget: W, measure: Callable[[W], object]) -> None:
    """Call a function that sets a size of a widget by that of the texts: now, and whenever theme or text size change.
    It gets the widget and must not hold it itself."""
    measure(widget)
    _Follower(widget, measure)


def _editor_palette(t: Tokens) -> QPalette:
    """Fusion draws the outline of an editor in the window's color, 1.4 times darker: on a dark window nobody sees
    it. Editors don't paint their window, so that its color is free to be the one that gives our border."""
    palette = _palette(t)
    palette.setColor(QPalette.ColorRole.Window, QColor(t.border).lighter(140))
    return palette


def _palette(t: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    plain = {
        role.Window: t.window,
        role.WindowText: t.text,
        role.Base: t.field,
        role.AlternateBase: t.surface,
        role.ToolTipBase: t.raised,
        role.ToolTipText: t.text,
        role.PlaceholderText: t.muted,
        role.Text: t.text,
        role.Button: t.surface,
        role.ButtonText: t.text,
        role.BrightText: t.error,
        role.Link: t.accent,
        role.LinkVisited: t.cached,
        role.Highlight: t.accent,
        role.HighlightedText: t.on_accent,
        role.Accent: t.accent,
        role.Light: t.raised,
        role.Midlight: t.raised,
        role.Mid: t.border,
        role.Dark: t.border,
        role.Shadow: t.canvas,
    }
    for key, value in plain.items():
        palette.setColor(key, QColor(value))
    faded = QColor(t.muted)
    faded.setAlphaF(0.6)
    for key in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText, role.PlaceholderText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, faded)
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(t.border))
    return palette
