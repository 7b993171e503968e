"""Icons exist, are drawn in the color asked for, and follow the theme."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon

from studio.kit import icons
from studio.kit.theme import color, theme


def colors(image) -> set[str]:
    found = set()
    for x in range(image.width()):
        for y in range(image.height()):
            pixel = image.pixelColor(x, y)
            if pixel.alpha() == 255:
                found.add(pixel.name())
    return found


@pytest.mark.parametrize("name", icons.names())
def test_every_drawing_renders(qapp, name):
    picture = icons.pixmap(name, 24, "accent", 2.0)
    assert picture.width() == 48 and picture.devicePixelRatio() == 2.0
    assert icons.icon(name).pixmap(QSize(24, 24), 2.0).width() == 48
    assert color("accent").name() in colors(picture.toImage())


def test_an_icon_follows_the_theme(qapp):
    picture = icons.icon("run")
    dark = colors(picture.pixmap(QSize(32, 32)).toImage())
    theme().apply("light")
    light = colors(picture.pixmap(QSize(32, 32)).toImage())
    theme().apply("dark")
    assert QColor(color("text")).name() in dark and dark != light


def test_a_disabled_icon_is_fainter(qapp):
    image = icons.icon("run").pixmap(QSize(32, 32), QIcon.Mode.Disabled).toImage()
    assert max(image.pixelColor(x, y).alpha() for x in range(32) for y in range(32)) < 160


def test_an_unknown_name_is_an_error(qapp):
    with pytest.raises(FileNotFoundError):
        icons.icon("no_such_icon")
