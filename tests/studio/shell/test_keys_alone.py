"""A walk through the whole window by keys: every page, dialog and menu is reached, shows its focus, and is left."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_engine import FakeEngine, finish_run
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu, QScrollArea
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from studio.kit.actions import PANEL_KEYS
from studio.shell.assembly import Studio
from tests.studio.keys import focus, press, tab_round, type_text

ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
LETTERS = {**{str(digit): Qt.Key(Qt.Key.Key_0 + digit) for digit in range(10)}, "B": Qt.Key.Key_B, "T": Qt.Key.Key_T}
DIALOGS = (
    "Survey", "Claims", "Machines", "Queue", "Past runs", "Resume a run", "Preferences", "Open model",
    "Keyboard shortcuts", "Responsiveness", "Methods and their settings", "About",
    "Updates and versions",
)  # fmt: skip
"""What the command palette finds for these opens a window."""


@pytest.fixture
def done(studio: Studio, engine: FakeEngine, tmp_path: Path, qtbot: QtBot) -> Studio:
    """The window after a run, the keyboard on the canvas."""
    finish_run(studio, engine, tmp_path)
    studio.window.workspace.make_panels()
    studio.window.workspace.lay_out("build")
    studio.window.activateWindow()
    studio.canvas.select(["round_to_nearest_1"])
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    press(LETTERS["1"], ALT)
    press(Qt.Key.Key_Escape)
    assert focus() is studio.canvas
    return studio


def test_the_home_page_goes_round(studio: Studio, qtbot: QtBot) -> None:
    studio.window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    seen, found = tab_round()
    assert not found and len(seen) > 20


def every_panel_is_reached_seen_and_left(done: Studio) -> None:
    wrong: dict[str, list[str]] = {}
    for name, keys in PANEL_KEYS.items():
        panel = done.window.workspace.panels[name]
        press(LETTERS[keys[-1]], ALT)
        assert panel.in_front and panel.has_focus, f"{keys} leads to {name}"
        _, wrong[name] = tab_round(lambda widget, panel=panel: not panel.isAncestorOf(widget))
        assert not panel.has_focus, f"Tab leaves {name}"
        press(LETTERS[keys[-1]], ALT)
        press(Qt.Key.Key_Escape)
        assert focus() is done.canvas, f"Esc leads from {name} back to the canvas"
    assert not {name: found for name, found in wrong.items() if found}


def tab_goes_through_the_whole_window_in_both_directions(done: Studio) -> None:
    """Tab has a meaning of its own on the canvas, so that it ends a walk; Shift+Tab leaves it."""
    press(LETTERS["3"], ALT)
    forward, found = tab_round(lambda widget: widget is done.canvas)
    assert not found and focus() is done.canvas and len(forward) > 15
    press(Qt.Key.Key_Backtab, SHIFT)
    assert focus() is forward[-1]


def esc_leads_back_from(done: Studio, layout: str) -> None:
    press(*((Qt.Key.Key_F4,) if layout == "watch" else (Qt.Key.Key_0, ALT)))
    assert done.window.workspace.mode == layout
    _, found = tab_round()
    assert not found
    press(Qt.Key.Key_Escape)
    assert done.window.workspace.mode == "build" and focus().isVisible()
    press(Qt.Key.Key_Escape)
    assert focus() is done.canvas


def arrows_go_through_the_rows_of_a_table_and_tab_leaves_it(done: Studio) -> None:
    press(LETTERS["4"], ALT)
    table = focus()
    first = table.currentIndex().row()
    press(Qt.Key.Key_Down)
    assert table.currentIndex().row() == first + 1 and focus() is table
    press(Qt.Key.Key_Tab)
    assert focus() is not table


def every_dialog_goes_round_and_esc_leads_back(done: Studio) -> None:
    wrong: dict[str, list[str]] = {}
    for name in DIALOGS:
        before = set(QApplication.topLevelWidgets())
        press(Qt.Key.Key_P, CONTROL | SHIFT)
        type_text(name)
        press(Qt.Key.Key_Return)
        opened = [w for w in QApplication.topLevelWidgets() if w not in before and w.isVisible()]
        assert len(opened) == 1, name
        opened[0].activateWindow()  # as a desktop does
        QApplication.processEvents()
        _, wrong[name] = tab_round()
        press(Qt.Key.Key_Escape)
        assert not isValid(opened[0]) or not opened[0].isVisible(), name
        done.window.activateWindow()
        QApplication.processEvents()
        assert focus() is done.canvas, f"back from {name}"
    assert not {name: found for name, found in wrong.items() if found}


def every_menu_is_walked_with_arrows_and_esc_leads_back(done: Studio) -> None:
    for letter in (Qt.Key.Key_F, Qt.Key.Key_E, Qt.Key.Key_R, Qt.Key.Key_V, Qt.Key.Key_H):
        press(letter, ALT)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        walked = []
        while menu.activeAction() not in walked:
            walked.append(menu.activeAction())
            press(Qt.Key.Key_Down)
        usable = [action for action in menu.actions() if action.isEnabled() and not action.isSeparator()]
        assert set(usable) <= set(walked), menu.title()
        press(Qt.Key.Key_Escape)  # closes the menu
        assert QApplication.activePopupWidget() is None
        press(Qt.Key.Key_Escape)  # leaves the menu bar
        assert focus() is done.canvas


def what_tab_leads_to_is_scrolled_into_view(done: Studio) -> None:
    press(LETTERS["3"], ALT)
    form = done.form
    assert isinstance(form, QScrollArea)
    form.verticalScrollBar().setValue(form.verticalScrollBar().maximum())
    press(LETTERS["1"], ALT)
    tab_round(lambda widget: form.isAncestorOf(widget))
    assert not focus().visibleRegion().isEmpty()


def test_the_whole_window_by_keys_alone(done: Studio) -> None:
    """One walk, since the window is what takes the time. Each part begins and ends on the canvas."""
    every_panel_is_reached_seen_and_left(done)
    every_menu_is_walked_with_arrows_and_esc_leads_back(done)
    every_dialog_goes_round_and_esc_leads_back(done)
    for part in (arrows_go_through_the_rows_of_a_table_and_tab_leaves_it, what_tab_leads_to_is_scrolled_into_view):
        part(done)
        press(Qt.Key.Key_Escape)
        assert focus() is done.canvas
    tab_goes_through_the_whole_window_in_both_directions(done)
    press(Qt.Key.Key_Escape)
    for layout in ("watch", "large"):
        esc_leads_back_from(done, layout)
