"""Panels float, and where they are is saved by name, chosen again and deleted."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTabBar
from pytestqt.qtbot import QtBot

from studio.kit import message_boxes
from studio.shell.assembly import Studio
from studio.shell.commandpalette import CommandPalette
from studio.shell.workspace import LAYOUT_VERSION, TASKS


def settle() -> None:
    for _ in range(3):
        QCoreApplication.processEvents()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """What is answered to "Layout name", in order."""
    given: list[str | None] = []
    monkeypatch.setattr(message_boxes, "text", lambda *words: given.pop(0))
    return given


def test_a_panel_floats_and_comes_back_by_its_key(studio: Studio, qtbot: QtBot) -> None:
    studio.window.show_workspace()
    space = studio.window.workspace
    space.bring("charts")
    settle()
    space.panels["charts"].focus_content()
    QTest.keyClick(studio.window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    settle()
    charts = space.panels["charts"]
    assert charts.isFloating() and charts.isVisible() and not space.panels["run"].isFloating()
    space.panels["charts"].setGeometry(40, 60, 700, 500)
    space.lay_out("watch")
    space.lay_out("build")
    settle()
    assert charts.isFloating() and charts.isVisible() and charts.width() == 700, "neither layout takes it back"
    charts.focus_content()
    space.float_panel()
    assert not charts.isFloating() and charts.isVisible()


def test_the_menu_of_a_tab_is_about_its_panel(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.window.show_workspace()
    settle()
    space = studio.window.workspace
    bars = space.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    bar, tab = next((b, t) for b in bars for t in range(b.count()) if b.isVisible() and b.tabText(t) == "Compare")
    at = bar.mapToGlobal(bar.tabRect(tab).center())
    monkeypatch.setattr(QCursor, "pos", lambda: QPoint(at))
    menu = space.createPopupMenu()
    first = menu.actions()[0]
    assert "Compare" in first.text()
    first.trigger()
    assert space.panels["compare"].isFloating() and not space.panels["run"].isFloating()
    assert studio.window.table["view.charts"] in menu.actions()
    space.panels["compare"].setFloating(False)


def test_a_layout_is_saved_chosen_and_deleted(
    studio: Studio, names: list[str | None], answers: list[str], qtbot: QtBot
) -> None:
    window, space, table = studio.window, studio.window.workspace, studio.window.table
    window.show_workspace()
    settle()
    space.panels["outline"].hide()
    space.float_panel(space.panels["charts"])
    names.append("Two / screens & more")
    table["view.save_layout"].trigger()
    assert "View menu" in window.status.message()
    window.workspace.arrange()
    settle()
    assert not space.panels["charts"].isFloating() and not space.panels["outline"].isHidden()
    palette = CommandPalette(table, window)
    assert [title for title in palette.titles() if "screens" in title] == [
        "Layout: Two / screens & more",
        "Delete layout: Two / screens & more",
    ]
    palette.close()
    space.lay_out("watch")
    table["layout.choose.Two / screens & more"].trigger()
    settle()
    assert space.mode == "build" and space.panels["charts"].isFloating() and space.panels["outline"].isHidden()
    assert studio.layouts.names() == ["Two / screens & more"]
    names.append("Two / screens & more")
    answers.append("keep")
    window.workspace.arrange()
    table["view.save_layout"].trigger()
    assert not answers, "a name that is there is not taken without a question"
    table["layout.choose.Two / screens & more"].trigger()
    assert space.panels["charts"].isFloating()
    table["layout.delete.Two / screens & more"].trigger()
    assert not studio.layouts.names() and len(studio.layouts.actions()) == len(TASKS)
    assert "layout.choose.Two / screens & more" not in table.specs
    names.append(None)
    table["view.save_layout"].trigger()
    assert not studio.layouts.names()


def test_a_layout_knows_its_mode(studio: Studio, names: list[str | None]) -> None:
    space, table = studio.window.workspace, studio.window.table
    studio.window.show_workspace()
    space.lay_out("watch")
    settle()
    space.bring("inspector")
    settle()
    names.append("Watching")
    table["view.save_layout"].trigger()
    space.lay_out("build")
    table["layout.choose.Watching"].trigger()
    settle()
    assert space.mode == "watch" and table["view.watch"].isChecked() and space.panels["settings"].isHidden()
    assert space.panels["inspector"].in_front
    space.lay_out("build")
    settle()
    assert not space.panels["settings"].isHidden(), "building is as it was"


def test_a_panel_that_a_stored_layout_does_not_know_joins_the_others(studio: Studio) -> None:
    space = studio.window.workspace
    space.panels["fit"].setObjectName("panel.of_a_later_version")
    former = space.saveState(LAYOUT_VERSION)
    space.panels["fit"].setObjectName("panel.fit")
    space.restore(former)
    assert space.panels["fit"] in space.tabifiedDockWidgets(space.panels["run"])
    assert not space.panels["fit"].isHidden() and not space.panels["fit"].isFloating()
    assert space.panels["run"] in space.tabifiedDockWidgets(space.panels["compare"])


@pytest.mark.parametrize("width", [1280, 1600])
@pytest.mark.parametrize("task", list(TASKS))
def test_a_task_has_its_panels_in_all_the_room_and_gives_it_back(studio: Studio, width: int, task: str) -> None:
    """Charts beside the Inspector where the window is wide."""
    window, space = studio.window, studio.window.workspace
    window.resize(width, 720 if width == 1280 else 1000)
    window.show_workspace()
    settle()
    before = {name: panel.isVisible() for name, panel in space.panels.items()}
    window.table[f"layout.task.{task}"].trigger()
    settle()
    main, *others = (space.panels[name] for name in TASKS[task])
    assert main.in_front and main.height() > 0.8 * space.height() and not space.panels["palette"].isVisible()
    for beside in others:
        assert beside.in_front == (width == 1600)
    for beside in others if width == 1600 else ():
        assert main.geometry().right() < beside.geometry().left() and main.width() > beside.width() > 400
    window.table[f"layout.task.{'export' if task == 'inspect' else 'inspect'}"].trigger()  # from one to another
    settle()
    window.table["view.build"].trigger()
    settle()
    assert space.mode == "build"
    assert {name: panel.isVisible() for name, panel in space.panels.items()} == before
