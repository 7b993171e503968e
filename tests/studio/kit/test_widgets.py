"""Small parts that several screens share: boxes of parts, the line to search in, the banner."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMargins, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING, theme
from studio.kit.widgets import Banner, EmptyState, button, search_line
from tests.looks import faults


def test_a_box_has_its_parts_in_order(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    first, second, last = QLabel("first", holder), QLabel("second", holder), QLabel("last", holder)
    right = Qt.AlignmentFlag.AlignRight
    holder.setLayout(vbox((first, 2), hbox(second, None), (last, right), 5, margins=(1, 2, 3, 4), gap=7))
    box = holder.layout()
    assert isinstance(box, type(vbox()))
    items = [box.itemAt(number) for number in range(box.count())]
    assert [item.widget() for item in items if item is not None] == [first, None, last, None]
    assert (box.stretch(0), box.stretch(1), box.spacing()) == (2, 0, 7)
    assert box.contentsMargins() == QMargins(1, 2, 3, 4)
    assert items[2] is not None and items[2].alignment() == right
    assert second.parentWidget() is holder


def test_all_margins_may_be_one_number(qtbot: QtBot) -> None:
    assert hbox(margins=6).contentsMargins() == QMargins(6, 6, 6, 6)
    assert hbox().spacing() == type(hbox())().spacing()  # as the style has it


def test_a_click_calls_what_a_button_is_for(qtbot: QtBot) -> None:
    holder, heard = QWidget(), []
    qtbot.addWidget(holder)
    button("Go", holder, on=lambda: heard.append("go")).click()
    assert heard == ["go"]


def test_a_line_to_search_in_has_a_name(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    assert search_line("Find a template", holder).accessibleName() == "Find a template"
    named = search_line("Search: name, date", holder, "Search past runs")
    assert (named.placeholderText(), named.accessibleName()) == ("Search: name, date", "Search past runs")


def test_a_banner_can_be_dismissed(qtbot: QtBot) -> None:
    banner = Banner(holder := QWidget())
    qtbot.addWidget(holder)
    banner.show_message("error", "It failed.", button("Details", holder), dismissable=True)
    (cross,) = (each for each in banner.findChildren(QPushButton) if each.toolTip() == "Dismiss")
    assert banner.text() == "It failed."
    cross.click()
    assert banner.text() == ""


def test_empty_fields_that_are_disabled_are_as_faint_as_others(qtbot: QtBot) -> None:
    theme().choose("dark")
    role, group = QPalette.ColorRole, QPalette.ColorGroup.Disabled
    palette = QApplication.palette()
    assert palette.color(group, role.PlaceholderText) == palette.color(group, role.Text)
    assert palette.color(group, role.Text) != palette.color(QPalette.ColorGroup.Active, role.PlaceholderText)


@pytest.mark.parametrize("larger", [0, 5])
def test_an_empty_state_gives_up_its_icon_where_the_words_need_the_room(qtbot: QtBot, larger: int) -> None:
    theme().enlarge(larger)
    try:
        window = QWidget()
        qtbot.addWidget(window)
        empty = EmptyState("run", "Nothing has run yet", "Add a model and a method to the canvas. " * 4, window)
        window.resize(580, 600)
        window.show()
        seen = []
        for height in range(320, 60, -3):
            empty.setGeometry(0, 0, 580, height)
            QApplication.processEvents()
            need = sum(text.heightForWidth(text.width()) for text in (empty._title, empty._text))
            fits = need + 4 * SPACING + SPACING <= height
            assert not fits or not faults(window), height
            seen.append(empty.icon.isVisible())
        assert seen[0] and not seen[-1] and seen == sorted(seen, reverse=True)
    finally:
        theme().enlarge(0)
