"""The table of actions is complete, consistent, and what menus, palette and sheet are made from."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtWidgets import QLabel, QWidget

from studio.kit import icons
from studio.kit.actions import MENUS, Actions
from studio.shell.commandpalette import CommandPalette, ShortcutSheet, score


@pytest.fixture
def window(qtbot):
    widget = QWidget()
    widget.resize(900, 700)
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def actions(window):
    return Actions(window)


def test_every_action_has_text_help_icon_and_a_menu(actions):
    for spec, action in actions:
        assert spec.text and spec.help.endswith((".", "!")), spec.id
        assert spec.icon in icons.names(), spec.id
        assert spec.menu in MENUS and not action.icon().isNull(), spec.id
        assert spec.plain_text in action.toolTip() and spec.help in action.toolTip()


def test_no_key_is_given_twice(actions):
    keys = Counter(key.toString() for _, action in actions for key in action.shortcuts())
    assert [key for key, count in keys.items() if count > 1] == []
    assert all(keys)


def test_mnemonics_are_unique_in_every_menu(actions):
    for menu in MENUS:
        letters = Counter(s.text[s.text.index("&") + 1].lower() for s, _ in actions.in_menu(menu) if "&" in s.text)
        assert [letter for letter, count in letters.items() if count > 1] == [], menu


def test_enabled_states_follow_the_context(actions):
    assert not actions["run.start"].isEnabled() and actions["file.new"].isEnabled()
    actions.set_context(has_blocks=True, running=False)
    assert actions["run.start"].isEnabled() and not actions["run.pause"].isEnabled()
    actions.set_context(running=True)
    assert not actions["run.start"].isEnabled() and actions["run.pause"].isEnabled()
    actions.set_context(paused=True)
    assert actions["run.continue"].isEnabled() and not actions["run.pause"].isEnabled()


def test_the_palette_finds_by_words_of_title_and_aliases(actions, window, qtbot):
    palette = CommandPalette(actions, window)
    palette._query.setText("theme dark")
    assert palette.titles()[0] == "Theme: dark"
    palette._query.setText("download")
    assert palette.titles() == ["Open model", "Fetch weights"]
    palette._query.setText("no such thing at all")
    assert palette.titles() == []
    palette.close()


def test_the_palette_triggers_what_is_chosen(actions, window, qtbot):
    with qtbot.waitSignal(actions["file.new"].triggered):
        palette = CommandPalette(actions, window)
        palette._query.setText("new pipeline")
        palette._trigger(palette._list.currentItem())


def test_what_is_not_possible_now_is_listed_last_and_not_triggered(actions, window, qtbot):
    palette = CommandPalette(actions, window)
    palette._query.setText("run")
    fired: list[bool] = []
    actions["run.start"].triggered.connect(fired.append)
    item = palette._list.findItems("Run", palette_flag())[0]
    palette._trigger(item)
    assert not fired
    palette.close()


def palette_flag():
    from PySide6.QtCore import Qt

    return Qt.MatchFlag.MatchExactly


def test_a_title_counts_more_than_a_help_text(actions):
    assert score("run", actions.specs["run.start"]) > score("run", actions.specs["edit.tidy"])
    assert score("zzz", actions.specs["run.start"]) == 0


def test_the_sheet_shows_every_key(actions, window, qtbot):
    sheet = ShortcutSheet(actions, window)
    shown = {label.text() for label in sheet.findChildren(QLabel)}
    for _, action in actions:
        if not action.shortcut().isEmpty():
            assert action.shortcut().toString() in shown
    assert {"Tab or /", "Ctrl+Arrows", "F or Home", "F1 in its field"} <= shown, "keys that are no actions"
    sheet.close()
