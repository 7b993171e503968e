"""The keyboard reaches what can be seen, and nothing else."""

from __future__ import annotations

import pytest
from fake_engine import FakeEngine, finish_run
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from studio.shell.assembly import Studio


@pytest.fixture
def open_studio(studio: Studio, engine: FakeEngine, tmp_path, qtbot: QtBot) -> Studio:
    finish_run(studio, engine, tmp_path)
    studio.window.workspace.make_panels()
    studio.window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    return studio


def test_tab_never_lands_in_a_panel_that_lies_behind_another(open_studio: Studio) -> None:
    workspace, seen = open_studio.window.workspace, set[QWidget]()
    workspace.bring("run")
    QApplication.processEvents()
    for _ in range(120):
        open_studio.window.focusNextPrevChild(True)  # what a Tab does; the canvas has a meaning of its own for the key
        focus = QApplication.focusWidget()
        assert focus is not None
        behind = [name for name, panel in workspace.panels.items() if not panel.in_front and panel.isAncestorOf(focus)]
        assert not behind, f"{type(focus).__name__} in {behind} has the focus and can't be seen"
        if isinstance(focus, QPlainTextEdit):
            assert focus.isReadOnly() or focus.tabChangesFocus(), "a Tab would be typed"
        seen.add(focus)
    assert len(seen) > 6, "it goes round"


@pytest.mark.parametrize("name", ["palette", "outline", "settings", "run", "charts", "results", "export", "tryit"])
def test_the_key_of_a_panel_gives_the_focus_to_something_seen(open_studio: Studio, name: str) -> None:
    action, panel = open_studio.window.table[f"view.{name}"], open_studio.window.workspace.panels[name]
    open_studio.canvas.setFocus()
    action.trigger()
    focus = QApplication.focusWidget()
    assert focus is not None and panel.isAncestorOf(focus) and focus.isVisible()
    assert not focus.visibleRegion().isEmpty(), type(focus).__name__
    action.trigger()
    center, focus = open_studio.window.workspace.center(), QApplication.focusWidget()
    assert panel.isHidden() and (focus is center or center.isAncestorOf(focus)), "back to the canvas or the cards"


def test_a_prompt_is_left_with_tab(open_studio: Studio) -> None:
    prompt = open_studio.tryit._prompt
    open_studio.window.workspace.bring("tryit")
    prompt.setFocus()
    before = prompt.toPlainText()
    QTest.keyClick(prompt, Qt.Key.Key_Tab)
    assert prompt.toPlainText() == before and QApplication.focusWidget() is not prompt
