"""The dialog of layers: ticks become the shortest patterns, which mean the same layers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from engine.architecture.anatomy import Anatomy, Layer, Linear
from engine.contracts.commands import DescribeLayers
from engine.contracts.settings import FieldInfo, Settings, field_of, fields
from engine.methods.low_rank.svd.settings import SvdSettings
from engine.methods.pruning.depth_pruning.settings import DepthPruningSettings
from engine.methods.pruning.one_shot_pruning.settings import OneShotPruningSettings
from engine.methods.quantization.awq.settings import AwqSettings
from engine.methods.quantization.gguf_quants.mixes import TYPES, linear_types, type_patterns
from engine.methods.quantization.gguf_quants.settings import GgufQuantsSettings
from engine.methods.quantization.gptq.settings import GptqSettings
from engine.methods.quantization.round_to_nearest.settings import RoundToNearestSettings
from engine.methods.shared.layers import quantized_ends
from engine.methods.shared.patterns import linear_values
from engine.pipeline.document import Pipeline
from studio.choosers.layers import LayerDialog
from studio.choosers.values import Notation, ValuesDialog

ROLES = ("q", "v", "down")


def linear(layer: int, role: str) -> Linear:
    return Linear(f"model.layers.{layer}.{role}_proj", role, layer, 8, 4, False, False, role)


def field(settings: type[Settings], name: str) -> FieldInfo:
    found = field_of(settings, name)
    assert found is not None
    return found


@pytest.fixture
def anatomy():
    layers = tuple(Layer(n, f"model.layers.{n}", tuple(linear(n, r) for r in ROLES), {}) for n in range(12))
    return Anatomy("decoder", layers, (), None, True, None, 8, 1, 1, 8, 8, 100)


@pytest.fixture
def dialog(qtbot, anatomy):
    parent = QWidget()
    qtbot.addWidget(parent)
    made = LayerDialog(anatomy, field(SvdSettings, "ignore"), ["down", "lm_head"], parent)
    made.show()
    made.owner = parent  # lives as long as the dialog
    return made


def test_a_whole_layer_and_a_role_are_ticked_at_once(dialog):
    assert "12 of 36" in dialog.said.text() and "33.3 %" in dialog.said.text()
    first = dialog.tree.topLevelItem(0)
    assert dialog.tree.headerItem().textAlignment(3) == first.textAlignment(3) == first.child(0).textAlignment(3)
    dialog.tree.topLevelItem(1).setCheckState(0, Qt.CheckState.Checked)
    assert dialog.value() == ["down", "model.layers.1.*", "lm_head"]
    dialog.groups.button(1).click()
    assert [dialog.tree.topLevelItem(i).text(0) for i in range(3)] == list(ROLES)
    dialog.tree.topLevelItem(2).setCheckState(0, Qt.CheckState.Unchecked)
    assert dialog.value() == ["model.layers.1.q_proj", "model.layers.1.v_proj", "lm_head"]
    told = []
    dialog.chosen.connect(told.append)
    dialog._on_use()
    assert told == [["model.layers.1.q_proj", "model.layers.1.v_proj", "lm_head"]]


def test_what_the_filter_leaves_out_keeps_its_tick(dialog):
    dialog.filter.setText("layers.11 q")
    assert dialog.tree.topLevelItemCount() == 1
    dialog.tree.topLevelItem(0).setCheckState(0, Qt.CheckState.Checked)
    assert dialog.value() == ["down", "model.layers.11.q_proj", "lm_head"]


def test_decoder_layers_by_number(qtbot, anatomy):
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = LayerDialog(anatomy, field(DepthPruningSettings, "layers"), ["3", "8-9"], parent)
    assert dialog.value() == ["3", "8", "9"]
    dialog.tree.topLevelItem(0).setCheckState(0, Qt.CheckState.Checked)
    assert dialog.value() == ["0", "3", "8", "9"]


def test_types_are_set_for_what_is_ticked_and_the_settings_take_them(qtbot, anatomy):
    parent = QWidget()
    qtbot.addWidget(parent)
    notation = Notation(linear_types, type_patterns, "As in the mix", [(name, name) for name in TYPES], "Q8_0")
    given = ["token_embd=Q8_0", r"ffn_down=Q6_K"]
    dialog = ValuesDialog(anatomy, field(GgufQuantsSettings, "tensor_types"), given, parent, notation)
    assert dialog.kind.currentData() == "Q8_0"
    dialog.tree.topLevelItem(3).setCheckState(0, Qt.CheckState.Checked)
    dialog.kind.setCurrentIndex(dialog.kind.findData("Q4_K"))
    dialog.set.click()
    assert dialog.tree.topLevelItem(3).text(4) == "Q4_K" and dialog.tree.topLevelItem(0).text(4) == "mixed"
    types = linear_types(anatomy, dialog.value())[0]
    assert types["model.layers.3.down_proj"] == "Q4_K" and types["model.layers.2.down_proj"] == "Q6_K"
    assert "token_embd=Q8_0" in dialog.value()
    assert GgufQuantsSettings.problems({"tensor_types": dialog.value()}) == {}
    dialog._on_none()
    assert dialog.value() == []


def test_values_are_set_for_what_is_ticked_and_the_settings_take_them(qtbot, anatomy):
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = ValuesDialog(
        anatomy, field(OneShotPruningSettings, "layer_sparsity"), ["nothing_here=0.1", "down=0.3"], parent
    )
    dialog.tree.topLevelItem(3).setCheckState(0, Qt.CheckState.Checked)
    dialog.typed.setText("20 %")
    dialog.set.click()
    assert dialog.tree.topLevelItem(3).text(4) == "20%" and dialog.tree.topLevelItem(0).text(4) == "mixed"
    values = linear_values(anatomy, dialog.value())[0]
    assert values["model.layers.3.down_proj"] == "20%" and values["model.layers.2.down_proj"] == "0.3"
    assert "nothing_here=0.1" in dialog.value()
    assert OneShotPruningSettings.problems({"layer_sparsity": dialog.value()}) == {}
    assert "layer_sparsity" in OneShotPruningSettings.problems({"layer_sparsity": ["down=120%"]})
    assert "layer_sparsity" in OneShotPruningSettings.problems({"layer_sparsity": ["down"]})


def press(dialog: ValuesDialog, row: int) -> None:
    """Tick a row of the tree with the keyboard."""
    dialog.tree.setCurrentItem(dialog.tree.topLevelItem(row))
    QTest.keyClick(dialog.tree, Qt.Key.Key_Space)


@pytest.mark.parametrize("settings", [RoundToNearestSettings, GptqSettings, AwqSettings])
def test_formats_of_layers_are_chosen_from_those_of_the_method(qtbot, anatomy, settings):
    parent = QWidget()
    qtbot.addWidget(parent)
    given = ["lm_head=int8", "down=int3"]
    dialog = ValuesDialog(anatomy, field(settings, "layer_formats"), given, parent)
    dialog.show()
    assert dialog.kind.isVisible() and not dialog.typed.isVisible()
    offered = {dialog.kind.itemData(i) for i in range(1, dialog.kind.count())}
    assert offered == {value for f in fields(settings) if f.name == "format" for value, _ in f.choices}
    press(dialog, 3)
    QTest.keyClick(dialog.kind, Qt.Key.Key_End)
    assert dialog.kind.currentData() == dialog.kind.itemData(dialog.kind.count() - 1) != "int8"
    dialog.kind.setCurrentIndex(dialog.kind.findText("8 bit integer"))
    QTest.mouseClick(dialog.set, Qt.MouseButton.LeftButton)
    values = linear_values(anatomy, dialog.value())[0]
    found = [values.get(f"model.layers.{n}.{r}_proj") for n in (2, 3) for r in ROLES]
    assert found == [None, None, "int3", "int8", "int8", "int8"]
    assert "lm_head=int8" in dialog.value() and settings.problems({"layer_formats": dialog.value()}) == {}
    press(dialog, 3)  # back to the block's own
    dialog.kind.setCurrentIndex(0)
    QTest.mouseClick(dialog.set, Qt.MouseButton.LeftButton)
    assert "model.layers.3.q_proj" not in linear_values(anatomy, dialog.value())[0]


@pytest.mark.parametrize(
    ("method", "setting", "expected"),
    [("gptq", "layer_formats", ["down=int8"]), ("svd", "layer_ranks", ["down=6"])],
)
def test_in_the_window_the_document_takes_what_the_tree_says(studio, engine, anatomy, method, setting, expected):
    """From the button beside the setting to the document, and undone in one step."""
    studio.files.open_sample()
    chain = Pipeline.linear([("model", {"model": "sample"}), (method, {})])
    studio.document.change("Method", chain)
    studio.canvas.select([f"{method}_1"])
    (row,) = [section.rows[setting] for section in studio.form.sections if setting in section.rows]
    QTest.mouseClick(row.editor.choose, Qt.MouseButton.LeftButton)
    assert isinstance(engine.commands[-1], DescribeLayers) and engine.commands[-1].model == "sample"
    engine.answer(anatomy)
    studio.bridge.pump()
    dialog = studio.choosers.dialog
    assert isinstance(dialog, ValuesDialog)
    dialog.groups.button(1).click()
    press(dialog, ROLES.index("down"))
    if dialog.kind.isVisible():
        dialog.kind.setCurrentIndex(dialog.kind.findData("int8"))
    else:
        QTest.keyClicks(dialog.typed, "6")
    QTest.mouseClick(dialog.set, Qt.MouseButton.LeftButton)
    use = next(each for each in dialog.findChildren(QPushButton) if each.text() == "Use selected layers")
    QTest.mouseClick(use, Qt.MouseButton.LeftButton)
    assert studio.document.pipeline.block(f"{method}_1").settings == {setting: expected}
    assert row.editor.shown() == expected
    studio.document.undo_stack.undo()
    assert studio.document.pipeline.block(f"{method}_1").settings == {}


@pytest.mark.parametrize("settings", [{"quantize_embeddings": True, "quantize_head": True}, {}])
def test_embedding_and_head_have_formats_where_they_are_quantized(studio, engine, anatomy, settings):
    whole = replace(anatomy, embeddings=("model.embed_tokens",), head="lm_head", tied=False)
    chain = Pipeline.linear([("model", {"model": "sample"}), ("round_to_nearest", settings)])
    studio.document.open(chain, None)
    studio.window.show_workspace()
    studio.canvas.select(["round_to_nearest_1"])
    (row,) = [section.rows["layer_formats"] for section in studio.form.sections if "layer_formats" in section.rows]
    QTest.mouseClick(row.editor.choose, Qt.MouseButton.LeftButton)
    engine.answer(whole)
    studio.bridge.pump()
    dialog = studio.choosers.dialog
    last = dialog.tree.topLevelItem(dialog.tree.topLevelItemCount() - 1)
    assert (last.text(0) == "Outside the layers") == bool(settings)
    if settings:
        press(dialog, dialog.tree.topLevelItemCount() - 1)
        dialog.kind.setCurrentIndex(dialog.kind.findData("int8"))
        QTest.mouseClick(dialog.set, Qt.MouseButton.LeftButton)
        assert dialog.value() == ["model.embed_tokens=int8", "lm_head=int8"]
        parsed = RoundToNearestSettings.parse({**settings, "layer_formats": dialog.value()})
        assert [parsed.format_of(end) for end in quantized_ends(whole, parsed)] == ["int8", "int8"]
    dialog.reject()


def test_ranks_of_layers_are_typed(qtbot, anatomy):
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = ValuesDialog(anatomy, field(SvdSettings, "layer_ranks"), ["half typed", "="], parent)
    dialog.show()
    assert dialog.typed.isVisible() and not dialog.kind.isVisible() and dialog.value() == ["half typed", "="]
    press(dialog, 0)
    QTest.keyClicks(dialog.typed, "3")
    QTest.keyClick(dialog.typed, Qt.Key.Key_Return)
    assert dialog.isVisible() and dialog.value() == ["model.layers.0.*=3", "half typed", "="]
    QTest.mouseClick(dialog.findChildren(QPushButton)[0], Qt.MouseButton.LeftButton)
    assert dialog.value() == []
    press(dialog, 0)
    dialog.typed.clear()
    QTest.keyClicks(dialog.typed, "4")
    QTest.mouseClick(dialog.set, Qt.MouseButton.LeftButton)
    assert dialog.value() == ["model.layers.0.*=4"]
    assert SvdSettings.problems({"layer_ranks": dialog.value()}) == {}
