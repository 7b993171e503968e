"""The outline: the same pipeline by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.pipeline.document import Pipeline
from engine.pipeline.layout import branches
from studio.canvas.describe import BlockState
from studio.canvas.outline import Outline
from studio.canvas.quickmenu import QuickMenu
from studio.canvas.view import CanvasView
from studio.document.document import Document

RTN = "round_to_nearest"
CHAIN = Pipeline.linear([("model", {}), (RTN, {}), (RTN, {"format": "int8"}), (RTN, {"format": "int2"})])
A, B, C, D = "model_1", f"{RTN}_1", f"{RTN}_2", f"{RTN}_3"
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def outline(qtbot: QtBot) -> Iterator[Outline]:
    document = Document()
    view = CanvasView(document)
    document.setParent(view)
    outline = Outline(view.editor)
    view.setParent(outline)
    view.hide()
    view.selection_changed.connect(outline.select)
    outline.selection_changed.connect(view.select)
    document.open(CHAIN, None)
    qtbot.addWidget(outline)
    outline.resize(300, 400)
    outline.show()
    yield outline
    for menu in outline.findChildren(QuickMenu):
        menu.close()


def view_of(outline: Outline) -> CanvasView:
    return outline.findChild(CanvasView)


def document_of(outline: Outline) -> Document:
    return view_of(outline).document


def test_reorder_by_keys(outline: Outline) -> None:
    outline.select([C])
    QTest.keyClick(outline, Qt.Key.Key_Up, CONTROL)
    assert branches(document_of(outline).pipeline)[A] == [C, B, D]
    assert outline.selected_ids() == [C], "the moved block stays selected"
    QTest.keyClick(outline, Qt.Key.Key_Down, CONTROL)
    assert branches(document_of(outline).pipeline)[A] == [B, C, D]


def test_what_cannot_move_says_why(outline: Outline, qtbot: QtBot) -> None:
    for name, by, why in ((B, -1, "starts with"), (D, 1, "nothing follows"), (A, -1, "nothing stands before")):
        outline.select([name])
        with qtbot.waitSignal(view_of(outline).editor.refused) as told:
            outline.move_current(by)
        assert why in told.args[0]
    assert document_of(outline).pipeline == CHAIN


def test_delete_and_locked(outline: Outline, qtbot: QtBot) -> None:
    view_of(outline).set_locked([B])
    outline.select([B])
    with qtbot.waitSignal(view_of(outline).editor.refused):
        QTest.keyClick(outline, Qt.Key.Key_Delete)
    view_of(outline).set_locked([])
    QTest.keyClick(outline, Qt.Key.Key_Delete)
    assert branches(document_of(outline).pipeline)[A] == [C, D]


def test_insert_adds_after_the_current_block(outline: Outline, qtbot: QtBot) -> None:
    outline.select([B])
    QTest.keyClick(outline, Qt.Key.Key_Insert)
    (menu,) = outline.findChildren(QuickMenu)
    with qtbot.waitSignal(view_of(outline).selection_changed) as told:
        QTest.keyClicks(menu.picker.search, "round")
        QTest.keyClick(menu.picker.search, Qt.Key.Key_Return)
    (new,) = told.args[0]
    assert branches(document_of(outline).pipeline)[A] == [B, new, C, D]


def test_enter_activates_and_selection_is_told_once(outline: Outline, qtbot: QtBot) -> None:
    told: list[list[str]] = []
    outline.selection_changed.connect(told.append)
    outline.select([B])
    assert told == [], "set from outside"
    QTest.keyClick(outline, Qt.Key.Key_Down)
    assert told[-1] == [C]
    with qtbot.waitSignal(view_of(outline).editor.block_activated) as activated:
        QTest.keyClick(outline, Qt.Key.Key_Return)
    assert activated.args == [C]


def test_a_screen_reader_hears_title_state_and_metrics(outline: Outline) -> None:
    view_of(outline).set_block_state(B, BlockState("running", 0.43, "12 s left"))
    view_of(outline).set_block_state(C, BlockState("done", metrics="ppl 28.9 · 92 MB"))
    view_of(outline).set_block_state("gone", BlockState("done"))
    table = QAccessible.queryAccessibleInterface(outline)
    assert table.text(QAccessible.Text.Name) == "Pipeline outline"
    said = [table.child(i).text(QAccessible.Text.Name) for i in range(table.childCount())]
    assert "Round to nearest, Running 43% · 12 s left" in said
    assert "Round to nearest, Done, ppl 28.9 · 92 MB" in said


def test_states_survive_other_edits_and_end_with_the_document(outline: Outline) -> None:
    view_of(outline).set_block_state(B, BlockState("done"))
    document_of(outline).change("Delete", CHAIN.without([D]))
    assert "Done" in outline._items[B].data(0, Qt.ItemDataRole.AccessibleTextRole)
    document_of(outline).open(CHAIN, None)
    assert "Ready" in outline._items[B].data(0, Qt.ItemDataRole.AccessibleTextRole)


def test_the_menu_names_what_can_be_done(outline: Outline, qtbot: QtBot) -> None:
    view_of(outline).select([B])
    texts = {action.text().partition("\t")[0]: action for action in outline.context_menu().actions()}
    assert list(texts)[:6] == ["Run to here", "Settings", "Add after…", "Bypass", "Duplicate as branch", "Swap method…"]
    assert list(texts)[-4:] == ["Move up", "Move down", "Delete", "Input: model"]
    with qtbot.waitSignal(view_of(outline).editor.run_to_here_requested) as told:
        texts["Run to here"].trigger()
    assert told.args == [B]
    texts["Bypass"].trigger()
    assert document_of(outline).pipeline.block(B).bypassed
    outline.grab()


def test_a_second_input_is_told_and_linked_from_the_menu(outline: Outline) -> None:
    pipeline = Pipeline.linear([("model", {}), (RTN, {}), ("logit_distillation", {})])
    document_of(outline).open(pipeline, None)
    item = outline._items["logit_distillation_1"]

    def said() -> str:
        return str(item.data(0, Qt.ItemDataRole.AccessibleTextRole))

    assert "teacher (optional): the original" in said() and "teacher" in item.toolTip(0)
    outline.select(["logit_distillation_1"])
    menus = {action.text(): action.menu() for action in outline.context_menu().actions()}
    entries = {action.text().partition("  ·")[0]: action for action in menus["Input: teacher"].actions()}
    assert entries["The original model (not linked)"].isChecked()
    entries["Model"].trigger()
    assert document_of(outline).pipeline.into("logit_distillation_1")["teacher"] == A
    item = outline._items["logit_distillation_1"]
    assert "teacher: Model" in said()
    titled = pipeline.block(A).model_copy(update={"title": "Big one"})
    document_of(outline).change("Edit", document_of(outline).pipeline.with_block(titled))
    assert "teacher: Big one" in said()
    outline.grab()
