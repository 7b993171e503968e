"""Forms made from Settings classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from engine.contracts.problem import Problem
from engine.methods.registry import methods
from engine.pipeline.document import Block, Evaluation, Pipeline, PipelineSettings
from studio.document.document import Document
from studio.document.home import add_recent
from studio.forms.form import SettingsForm
from studio.forms.section import FieldRow
from studio.kit.theme import theme

START = Pipeline.linear([("model", {}), ("toy", {})])


@pytest.fixture
def document(qapp: QApplication, toys: None) -> Document:
    document = Document(qapp)
    document.open(START, None)
    return document


@pytest.fixture
def form(qtbot: QtBot, document: Document) -> SettingsForm:
    form = SettingsForm()
    qtbot.addWidget(form)
    form.resize(340, 900)
    form.show()
    form.show_selection(document, ["toy_1"])
    return form


def row(form: SettingsForm, name: str, section: int = 0) -> FieldRow:
    return form.sections[section].rows[name]


def stored(document: Document) -> dict[str, Any]:
    return document.pipeline.block("toy_1").settings


def type_number(form: SettingsForm, name: str, text: str) -> None:
    line = row(form, name).editor.box.lineEdit()
    line.selectAll()
    QTest.keyClicks(line, text)


def test_every_registered_method_has_a_form(form: SettingsForm, document: Document) -> None:
    for name in methods():
        document.change("Add", document.pipeline.with_block(Block(id=f"x_{name}", method=name)))
        form.show_selection(document, [f"x_{name}"])
        assert set(form.sections[0].rows) == set(methods()[name].settings.model_fields)
        for shown in form.sections[0].rows.values():
            assert shown.editor.focusProxy().accessibleName()


def test_each_editor_writes_its_value(form: SettingsForm, document: Document) -> None:
    row(form, "format").editor.buttons[0].click()
    row(form, "symmetric").editor.box.click()
    combo = row(form, "style").editor.combo
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    type_number(form, "group_size", "128")
    type_number(form, "ratio", "2.5e-1")
    QTest.keyClicks(row(form, "note").editor.line, "hello")
    row(form, "ignore").editor.text.setPlainText("lm_head\n\n *.down_proj ")
    assert stored(document) == {
        "format": "int8",
        "symmetric": False,
        "style": "another long choice",
        "group_size": 128,
        "ratio": 0.25,
        "note": "hello",
        "ignore": ["lm_head", "*.down_proj"],
    }
    assert methods()["toy"].settings.problems(stored(document)) == {}


def test_typing_is_one_undo_step_and_undo_updates_the_editor(form: SettingsForm, document: Document) -> None:
    type_number(form, "group_size", "128")
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == "Change group size of Toy"
    document.undo_stack.undo()
    assert row(form, "group_size").editor.box.lineEdit().text() == "64"
    document.undo_stack.redo()
    assert row(form, "group_size").editor.box.lineEdit().text() == "128"
    assert document.undo_stack.count() == 1, "showing a value is no edit"


def test_the_cursor_stays_while_typing(form: SettingsForm) -> None:
    line = row(form, "note").editor.line
    line.setFocus()
    QTest.keyClicks(line, "ac")
    line.setCursorPosition(1)
    QTest.keyClicks(line, "b")
    assert (line.text(), line.cursorPosition()) == ("abc", 2)


def test_what_is_wrong_stays_and_is_explained(form: SettingsForm, document: Document) -> None:
    type_number(form, "group_size", "12x")
    assert stored(document)["group_size"] == "12x"
    assert "Group size can't be '12x': it must be a whole number, at least 8" in row(form, "group_size").error.text()
    assert row(form, "group_size").error.isVisible()
    type_number(form, "group_size", "7")
    assert "at least 8, at most 256 weights" in row(form, "group_size").error.text()
    type_number(form, "group_size", "16")
    assert not row(form, "group_size").error.isVisible()


def test_wrong_values_of_a_file_are_shown_as_they_are(form: SettingsForm, document: Document) -> None:
    wrong = {"group_size": "many", "format": "int77", "ratio": 9, "symmetric": "perhaps", "old_name": 1}
    document.change("Open", START.with_settings("toy_1", **wrong))
    assert row(form, "group_size").editor.box.lineEdit().text() == "many"
    assert row(form, "format").error.isVisible()
    assert row(form, "ratio").error.isVisible()
    assert row(form, "symmetric").error.isVisible()
    assert any("no setting 'old_name'" in note.text() for note in form._notes)
    assert stored(document) == wrong


def test_reset_removes_the_value(form: SettingsForm, document: Document) -> None:
    assert not row(form, "group_size").reset_button.isVisible()
    type_number(form, "group_size", "128")
    assert row(form, "group_size").reset_button.isVisible()
    row(form, "group_size").reset_button.click()
    assert stored(document) == {}
    assert row(form, "group_size").editor.box.lineEdit().text() == "64"
    type_number(form, "group_size", "12")
    type_number(form, "group_size", "64")
    assert stored(document) == {}, "the default need not be stored"


def test_a_field_goes_back_to_its_default_by_keys(form: SettingsForm, document: Document) -> None:
    type_number(form, "group_size", "32\t")
    assert stored(document) == {"group_size": 32}
    line = row(form, "group_size").editor.box.lineEdit()
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Backspace, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert stored(document) == {}


def test_rows_are_shown_when_an_exception_needs_them(form: SettingsForm, document: Document) -> None:
    """Zero points mean nothing to bfloat16, and something to a layer of 8-bit integers in it."""
    chain = Pipeline.linear([("model", {}), ("round_to_nearest", {"format": "bfloat16"})])
    document.open(chain, None)
    form.show_selection(document, ["round_to_nearest_1"])
    assert not row(form, "symmetric").isVisible()
    document.change("Formats", chain.with_settings("round_to_nearest_1", layer_formats=["down=int8"]))
    assert row(form, "symmetric").isVisible()


def test_rows_are_shown_when_they_mean_something(form: SettingsForm) -> None:
    assert row(form, "group_size").isVisible()
    row(form, "format").editor.buttons[2].click()
    assert not row(form, "group_size").isVisible()


def test_more_settings_stay_open_for_the_method(form: SettingsForm, document: Document) -> None:
    assert not row(form, "rate").isVisible()
    form.sections[0].groups[0].more.click()
    assert row(form, "rate").isVisible()
    assert row(form, "rate").editor.box.lineEdit().text() == "0.0001"
    form.show_selection(document, ["model_1"])
    form.show_selection(document, ["toy_1"])
    assert row(form, "rate").isVisible()


def test_an_advanced_setting_that_is_wrong_is_not_hidden(form: SettingsForm, document: Document) -> None:
    document.change("Open", START.with_settings("toy_1", rate=-1.0))
    assert row(form, "rate").isVisible() and row(form, "rate").error.isVisible()


def test_an_optional_number_is_automatic_or_set(form: SettingsForm, document: Document) -> None:
    form.sections[0].groups[0].more.click()
    editor = row(form, "limit").editor
    assert editor.box.isChecked() and not editor.inner.isVisible()
    editor.box.click()
    assert stored(document) == {"limit": 1}
    assert editor.inner.isVisible()
    editor.box.click()
    assert stored(document) == {}


def test_arrows_step_within_the_bounds(form: SettingsForm) -> None:
    box = row(form, "group_size").editor.box
    box.stepBy(1)
    assert box.value() == 72
    box.stepBy(1000)
    assert box.value() == 256
    form.sections[0].groups[0].more.click()
    rate = row(form, "rate").editor.box
    rate.stepBy(1)
    assert rate.value() == pytest.approx(1.1e-4)
    ratio = row(form, "ratio").editor.box
    ratio.stepBy(100)
    assert ratio.value() == 0.5, "1.0 is not allowed, so nothing happens"


@pytest.mark.parametrize("name", ["group_size", "style"])
def test_the_wheel_never_changes_a_value(form: SettingsForm, document: Document, name: str) -> None:
    editor = row(form, name).editor.focusProxy()
    editor.setFocus()
    pos = QPointF(editor.rect().center())
    none = Qt.MouseButton.NoButton
    turn = QWheelEvent(
        pos, pos, QPoint(), QPoint(0, 120), none, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(editor, turn)
    assert stored(document) == {}


def test_help_opens_in_place(form: SettingsForm) -> None:
    shown = row(form, "symmetric")
    assert not shown.help.isVisible()
    shown.help_button.click()
    assert shown.help.isVisible() and "zero point" in shown.help.text()


def test_the_range_of_a_number_is_told_before_it_is_wrong(form: SettingsForm) -> None:
    assert "At least 8, at most 256 weights." in row(form, "group_size").help.text()
    assert "More than 0, less than 1." in row(form, "ratio").title.toolTip()
    assert "More than 0" in row(form, "ratio").help_button.toolTip()  # what it is for, without a click


def test_tab_goes_from_field_to_field_and_help_has_a_key(form: SettingsForm, qtbot: QtBot) -> None:
    form.show()
    first, second = row(form, "group_size"), row(form, "ratio")
    first.editor.setFocus(Qt.FocusReason.TabFocusReason)
    assert form.toggle_help() and first.help.isVisible()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert second.isAncestorOf(QApplication.focusWidget())


def test_files_and_models_are_chosen(
    form: SettingsForm, document: Document, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "a.txt"), ""))
    row(form, "text").editor._on_browse()
    assert stored(document)["text"] == str(tmp_path / "a.txt")
    add_recent("models", "org/recent")
    form.show_selection(document, ["model_1"])
    combo = row(form, "model").editor.combo
    assert [combo.itemText(i) for i in range(2)] == ["sample", "org/recent"]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    row(form, "model").editor._on_folder()
    assert document.pipeline.block("model_1").settings == {"model": str(tmp_path)}
    QTest.keyClicks(combo.lineEdit(), "x")
    assert document.pipeline.block("model_1").settings["model"].endswith("x")


def test_problems_of_a_check_are_shown_with_their_block(form: SettingsForm, document: Document) -> None:
    form.set_problems("toy_1", [Problem("error", "1000 inputs are not a multiple of 64", "layer 3", "Choose 125.")])
    assert "Choose 125" in form._notes[0].text()
    form.show_selection(document, ["model_1"])
    assert form._notes == []
    form.show_selection(document, ["toy_1"])
    assert len(form._notes) == 1
    form.clear_problems()
    assert form._notes == []


def test_a_deleted_block_gives_way_to_the_pipeline(form: SettingsForm, document: Document) -> None:
    document.change("Delete", START.without(["toy_1"]))
    assert form.block_id is None
    assert list(form.sections[0].rows) == list(PipelineSettings.model_fields)


def test_an_unknown_method_keeps_its_settings(form: SettingsForm, document: Document) -> None:
    strange = Block(id="s", method="from_the_future", settings={"a": 1})
    document.change("Add", document.pipeline.with_block(strange))
    form.show_selection(document, ["s"])
    assert form.sections == []
    assert document.pipeline.block("s") == strange


def test_the_pipeline_and_what_is_measured(form: SettingsForm, document: Document) -> None:
    form.show_selection(document)
    QTest.keyClicks(row(form, "name").editor.line, "!")
    row(form, "description").editor.text.setPlainText("two\nlines")
    row(form, "speed", 1).editor.box.click()
    pipeline = document.pipeline
    assert (pipeline.name, pipeline.description, pipeline.evaluation.speed) == ("Untitled!", "two\nlines", True)
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert document.pipeline == START
    assert row(form, "name").editor.line.text() == "Untitled"


def test_an_evaluation_that_is_not_valid_stays_in_the_editor(form: SettingsForm, document: Document) -> None:
    form.show_selection(document)
    box = row(form, "window_size", 1).editor.box
    box.lineEdit().selectAll()
    QTest.keyClicks(box.lineEdit(), "4")
    assert box.value() == 4 and row(form, "window_size", 1).error.isVisible()
    assert document.pipeline.evaluation == Evaluation()
    QTest.keyClicks(box.lineEdit(), "0")
    assert document.pipeline.evaluation.window_size == 40
    assert not row(form, "window_size", 1).error.isVisible()


def test_a_block_is_renamed(form: SettingsForm, document: Document) -> None:
    assert form._name is not None
    QTest.keyClicks(form._name, "Small one")
    assert document.pipeline.block("toy_1").title == "Small one"
    document.undo_stack.undo()
    assert form._name.text() == ""


def test_any_settings_class_can_be_edited(qtbot: QtBot) -> None:
    form = SettingsForm()
    qtbot.addWidget(form)
    told: list[dict[str, Any]] = []
    form.edit("Measure", Evaluation, {"num_windows": 4}, told.append)
    row(form, "speed").editor.box.click()
    row(form, "num_windows").reset_button.click()
    assert told == [{"num_windows": 4, "speed": True}, {"speed": True}]


def test_enter_focuses_the_first_editor(form: SettingsForm) -> None:
    form.focus_editor()
    assert row(form, "format").isAncestorOf(QApplication.focusWidget())


def test_the_icon_takes_the_color_of_the_theme(form: SettingsForm) -> None:
    before = form._heading._token
    theme().apply("light")
    assert form._heading._token != before and form._heading._token == theme().tokens.family["quantization"]
    theme().apply("dark")
    assert form._heading._token == before


def test_a_preset_sets_what_presets_speak_of_and_nothing_else(qtbot: QtBot) -> None:
    document = Document(QApplication.instance())
    document.open(Pipeline.linear([("model", {}), ("gptq", {"format": "int3", "num_samples": 7})]), None)
    form = SettingsForm()
    qtbot.addWidget(form)
    form.show_selection(document, ["gptq_1"])
    form._presets["As published"].click()
    settings = document.pipeline.block("gptq_1").settings
    assert settings["format"] == "int3" and settings["sequence_length"] == 2048 and settings["act_order"] is False
    assert "num_samples" not in settings, "128 is the default"
    assert [name for name, made in form._presets.items() if made.isChecked()] == ["As published"]
    form._presets["Balanced"].click()
    assert document.pipeline.block("gptq_1").settings == {"format": "int3"}
    document.undo_stack.undo()
    assert form._presets["As published"].isChecked() or form._presets["Balanced"].isChecked() is False


@pytest.mark.parametrize("method", sorted(methods()))
def test_every_preset_is_valid(method: str) -> None:
    info = methods()[method]
    for name, values in info.settings.presets().items():
        assert info.settings.problems(values) == {}, name
    tried = [tuple(sorted(map(repr, values.items()))) for values in info.settings.presets().values()]
    assert len(set(tried)) == len(tried), "each differs from the others"


def test_search_finds_settings_in_closed_sections(qtbot: QtBot) -> None:
    document = Document(QApplication.instance())
    document.open(Pipeline.linear([("model", {}), ("gptq", {})]), None)
    form = SettingsForm()
    qtbot.addWidget(form)
    form.show_selection(document, ["gptq_1"])
    rows = form.sections[0].rows
    assert rows["damping"].isHidden()
    form.search.setText("damping")
    assert [name for name, row in rows.items() if not row.isHidden()] == ["damping"]
    form.search.setText("no such thing")
    assert not form._nothing.isHidden()
    form.search.clear()
    assert rows["damping"].isHidden() and not rows["format"].isHidden() and form._nothing.isHidden()
