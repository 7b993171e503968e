"""Several blocks edited together, and settings that are picked in dialogs."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel

from engine.pipeline.document import Pipeline
from studio.document.document import Document
from studio.forms.form import SettingsForm

START = Pipeline.linear(
    [
        ("model", {"model": "sample"}),
        ("gptq", {"group_size": 32}),
        ("round_to_nearest", {"group_size": 64, "ignore": ["down"]}),
    ]
)
BOTH = ["gptq_1", "round_to_nearest_1"]


@pytest.fixture
def document(qapp):
    made = Document()
    made.open(START, None)
    return made


@pytest.fixture
def form(qtbot, document):
    made = SettingsForm()
    qtbot.addWidget(made)
    made.show_selection(document, BOTH)
    return made


def stored(document, name):
    return [document.pipeline.block(block).settings.get(name) for block in BOTH]


def test_what_both_have_is_shown_with_where_they_differ(form):
    rows = form.sections[0].rows
    assert {"group_size", "ignore", "text"} <= set(rows) and "damping" not in rows
    assert rows["group_size"].note.text() == "Different: 32 weights; 64 weights"
    assert rows["ignore"].note.text() == "Different: none; down"
    assert not rows["text"].note.text()


def test_blocks_of_one_method_are_counted(form, document):
    pipeline = document.pipeline
    document.change("Add", pipeline.with_block(pipeline.block("gptq_1").model_copy(update={"id": "gptq_2"})))
    form.show_selection(document, [*BOTH, "gptq_2"])
    assert any(shown.text() == "GPTQ × 2, Round to nearest" for shown in form.findChildren(QLabel))


def test_one_edit_is_one_step_for_all_and_can_be_undone(form, document):
    form.sections[0].rows["group_size"].editor.edited.emit(16)
    assert stored(document, "group_size") == [16, 16]
    assert not form.sections[0].rows["group_size"].note.text()
    document.undo_stack.undo()
    assert stored(document, "group_size") == [32, 64]
    form.sections[0].rows["ignore"].reset.emit("ignore")
    assert stored(document, "ignore") == [None, None]


def test_a_deleted_block_leaves_the_form_of_the_other(form, document):
    document.change("Delete", document.pipeline.without(["gptq_1"]))
    assert form.block_id == "round_to_nearest_1"


def test_blocks_without_a_common_setting_say_so(form, document):
    form.show_selection(document, ["model_1", "gptq_1"])
    assert not form.sections


def test_a_text_is_picked_for_all_and_says_what_the_pipeline_means(form, document):
    asked = []
    form.choice_requested.connect(asked.append)
    row = form.sections[0].rows["text"]
    assert row.editor.button.accessibleName() == "Calibration text: Same as the pipeline: Sample texts"
    row.editor.button.click()
    (choice,) = asked
    assert (choice.scope, choice.value, choice.info.kind) == ("gptq_1", "pipeline", "dataset")
    choice.on_picked("mixed:code")
    assert stored(document, "text") == ["mixed:code", "mixed:code"]
    form.show_selection(document)
    choice.on_picked("sample")
    assert stored(document, "text") == ["mixed:code", "mixed:code"]


def test_the_texts_of_the_pipeline_are_chosen_once(form, document):
    form.show_selection(document)
    asked = []
    form.choice_requested.connect(asked.append)
    form.sections[0].rows["text"].editor.pick_requested.emit()
    assert asked[0].scope == "pipeline" and asked[0].value == "bundled"
    asked[0].on_picked("wiki.txt")
    assert document.pipeline.text == "wiki.txt"
    form.show_selection(document, ["gptq_1"])
    assert (
        form.sections[0].rows["text"].editor.button.accessibleName()
        == "Calibration text: Same as the pipeline: wiki.txt"
    )


def test_another_model_changes_what_is_shown(form, document):
    document.change("Model", document.pipeline.with_settings("model_1", model="some/model"))
    assert (
        form.sections[0].rows["text"].editor.button.accessibleName()
        == "Calibration text: Same as the pipeline: Mixed texts"
    )


def test_usual_values_are_told(form):
    told = {name: row.title.toolTip() for name, row in form.sections[0].rows.items()}
    assert "Default: 128" in told["num_samples"] and "Quick: 16" in told["num_samples"]
    assert "Default" not in told["ignore"]
