"""A person without a mouse: presses keys where the focus is, and looks whether it can be seen and where it goes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTextBrowser, QWidget

from tests.looks import _name

CONTRAST = 3.0
"""Least contrast of the pixels that show the focus, with it and without it (WCAG 2.2, 2.4.13)."""
PIXELS = 16
"""So many of these pixels at least."""
FAR_TOO_MANY = 200
"""Presses of Tab after which nobody believes that it goes round."""
_WEIGHTS = np.array([0.0722, 0.7152, 0.2126])


def focus() -> QWidget:
    """What has the focus: keys go there, or to the window while nothing in it has the focus."""
    widget = QApplication.focusWidget() or QApplication.activeWindow()
    assert widget is not None, "no window is active"
    return widget


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the focus is, or in the menu that is open."""
    QTest.keyClick(QApplication.activePopupWidget() or focus(), key, modifiers)
    QApplication.processEvents()


def type_text(text: str) -> None:
    """Type a text where the focus is."""
    QTest.keyClicks(QApplication.activePopupWidget() or focus(), text)
    QApplication.processEvents()


def tab_round(ends: Callable[[QWidget], bool] = lambda widget: False) -> tuple[list[QWidget], list[str]]:
    """Press Tab until the focus comes back to where it began, or to a widget that ``ends`` the walk. All that had it,
    and what is wrong, a sentence each: the focus is not seen, stays where it is, or goes round beside the beginning."""
    seen, found = [focus()], []
    for _ in range(FAR_TOO_MANY):
        here = seen[-1]
        with_focus = _pixels(here)
        press(Qt.Key.Key_Tab)
        links = 0
        while focus() is here and isinstance(here, QTextBrowser) and links < FAR_TOO_MANY:  # from link to link
            links += 1
            press(Qt.Key.Key_Tab)
        if focus() is here:
            return seen, found if len(seen) == 1 else [*found, f"{_name(here)}: Tab does not leave it"]
        if not _differs(with_focus, _pixels(here)):
            found.append(f"{_name(here)}: nothing shows that it has the focus")
        if focus() is seen[0] or ends(focus()):
            return seen, found
        if focus() in seen:
            return seen, [*found, f"{_name(focus())} comes again before {_name(seen[0])}"]
        seen.append(focus())
    return seen, [*found, "Tab never comes back"]


def _pixels(widget: QWidget) -> NDArray[np.int64]:
    """A widget and three pixels around it as (height, width, 3): blue, green, red. Nothing of one outside of its
    window."""
    window = widget.window()
    place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size()).adjusted(-3, -3, 3, 3) & window.rect()
    if place.isEmpty():
        return np.zeros((0, 0, 3), np.int64)
    image = window.grab(place).toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[:, :, :3].astype(np.int64)


def _differs(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    """True if enough pixels have enough contrast."""
    if one.shape != other.shape:
        return True
    changed = (one != other).any(axis=2)
    first, second = _luminance(one[changed]), _luminance(other[changed])
    contrast = (np.maximum(first, second) + 0.05) / (np.minimum(first, second) + 0.05)
    return bool((contrast >= CONTRAST).sum() >= PIXELS)


def _luminance(pixels: NDArray[np.int64]) -> NDArray[np.float64]:
    channels = pixels / 255
    linear: NDArray[np.float64] = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ _WEIGHTS
