"""Fit a model to a size: what the size means is said while it is typed; what is chosen becomes a pipeline."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.architecture.cache import cache_of_header
from engine.base.human import bytes_text
from engine.checkpoints.checkpoint import CheckpointHeader, read_header
from engine.checkpoints.headers import TensorInfo
from engine.contracts.commands import Checked, CheckPipeline, ReadStructure
from engine.contracts.events import Failure
from engine.contracts.problem import Problem
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.units import dense_bytes
from engine.models.source import open_model
from engine.pipeline.document import Pipeline
from studio.document.home import recents
from studio.models.dialog import ModelDialog
from studio.models.fit_dialog import FitDialog


@pytest.fixture
def dialog(qtbot, bridge):
    made = FitDialog(bridge)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def on_disk(tmp_path: Path) -> CheckpointHeader:
    """Headers of a model of 1,984 parameters in a file of 4,000 bytes."""
    (tmp_path / "model.safetensors").write_bytes(bytes(4000))
    shapes = {"model.embed_tokens.weight": (100, 16), "model.layers.0.mlp.up_proj.weight": (24, 16)}
    tensors = [
        TensorInfo(name, shape, "BF16", 2 * math.prod(shape), "model.safetensors") for name, shape in shapes.items()
    ]
    return CheckpointHeader(tmp_path, "safetensors", {"model_type": "llama", "hidden_size": 16}, tuple(tensors))


def show(dialog: FitDialog, bridge, engine, header: CheckpointHeader) -> None:
    dialog.look_at("/m")
    engine.answer(header)
    bridge.pump()


def test_who_has_opened_no_model_begins_with_the_sample(dialog, engine):
    assert engine.commands == [ReadStructure(id=engine.commands[0].id, model="sample")]
    assert not dialog._add.isEnabled()
    QTest.keyClicks(dialog._source, "/m")
    assert dialog._source.text() == "/m", "what is typed takes its place"


def test_names_and_choices_are_those_of_the_block(dialog):
    assert dialog.size_line.text() == FitToBudgetSettings().size
    assert [dialog.target.itemData(n) for n in range(dialog.target.count())] == [
        "gguf",
        "compressed-tensors",
        "container",
    ]
    assert dialog.target.value == FitToBudgetSettings().target


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("50%", "1.98 kB: 50% of the 3.97 kB in 16 bits. The model has 4.00 kB on disk."),
        ("1KB", "1.00 kB: 25% of the 3.97 kB in 16 bits. The model has 4.00 kB on disk."),
        ("3%", "119 B: 3% of the 3.97 kB in 16 bits. The model has 4.00 kB on disk. Parts of the model have to go"),
        ("5 kb", "It is that small already."),
    ],
)
def test_what_a_size_means_is_said_while_it_is_typed(dialog, bridge, engine, on_disk, text, said):
    show(dialog, bridge, engine, on_disk)
    dialog.size_line.setText(text)
    assert said in dialog.meaning.text() and dialog._add.isEnabled()


@pytest.mark.parametrize("text", ["", "10 furlongs", "101%", "0"])
def test_what_is_not_a_size_is_said_below_it_and_can_not_be_chosen(dialog, bridge, engine, on_disk, text):
    show(dialog, bridge, engine, on_disk)
    assert dialog._add.isEnabled()
    dialog.size_line.setText(text)
    assert not dialog._add.isEnabled() and "size" in dialog.meaning.text()
    assert dialog.meaning.property("look") == "error"
    dialog.size_line.setText("40%")
    assert dialog._add.isEnabled() and dialog.meaning.property("look") == "muted"


def test_a_model_that_can_not_be_read_can_not_be_fitted(dialog, bridge, engine):
    dialog.look_at("/m")
    engine.say(Failure(run=engine.commands[-1].id, what="This is a pickle file", where="/m", advice="convert it"))
    bridge.pump()
    assert not dialog._add.isEnabled() and "16 bits" in dialog.meaning.text()


def test_what_is_chosen_is_told_and_remembered(dialog, bridge, engine, on_disk, qtbot):
    show(dialog, bridge, engine, on_disk)
    dialog.size_line.setText(" 1.5KB ")
    dialog.target.choose("container")
    dialog.context.choose("8192")
    dialog.remove.setChecked(True)
    assert (
        "1.50 kB for the file and the keys and values of a context of 8\N{NO-BREAK SPACE}192." in dialog.meaning.text()
    )
    with qtbot.waitSignal(dialog.fit_chosen) as chosen:
        dialog._add.click()
    assert chosen.args == ["/m", "", "1.5KB", "container", {"context": 8192, "remove_layers": True}]
    assert recents("models") == ("/m",) and not dialog.isVisible()


def test_what_the_engine_would_refuse_is_said_before(dialog, bridge, engine, on_disk, qtbot) -> None:
    """The pipeline that would be made is checked from headers, once a choice rests."""
    show(dialog, bridge, engine, on_disk)
    dialog.size_line.setText("200")
    dialog.size_line.setText("300")

    def asked() -> list[CheckPipeline]:
        return [command for command in engine.commands if isinstance(command, CheckPipeline)]

    qtbot.waitUntil(lambda: bool(asked()))
    (command,) = asked()
    made = Pipeline.from_json(command.pipeline)
    assert command.quick and [block.method for block in made.blocks] == ["model", "fit_to_budget"]
    assert made.blocks[0].settings["model"] == "/m" and made.blocks[1].settings["size"] == "300"
    before = dialog.size_line.y()
    problem = Problem("error", "300 is 300 B, and the smallest formats take 676 B", advice="Allow more bytes")
    engine.answer(Checked((problem,), {}, (), 0, 0))
    bridge.pump()
    assert "smallest formats take 676 B. Allow more bytes. “Remove layers”" in dialog.meaning.text()
    assert "“Remove layers” reaches smaller sizes." in dialog.meaning.text()
    assert dialog.meaning.property("look") == "error" and dialog._add.isEnabled()
    QApplication.processEvents()
    assert dialog.size_line.y() == before, "nothing moves under the mouse"
    dialog.remove.setChecked(True)
    assert dialog.meaning.property("look") == "muted" and "smallest" not in dialog.meaning.text()
    qtbot.waitUntil(lambda: len(asked()) == 2)
    assert Pipeline.from_json(asked()[1].pipeline).blocks[1].settings["remove_layers"] is True
    engine.answer(Checked((), {}, (), 0, 0))
    bridge.pump()
    assert dialog.meaning.property("look") == "muted"


def test_keys_and_values_leave_less_for_the_file_or_nothing(dialog, bridge, engine, tiny) -> None:
    header = read_header(tiny("llama"))
    cache = cache_of_header(header)
    assert cache is not None
    beside, file = cache.bytes_at(2048), header.file_bytes // 3
    show(dialog, bridge, engine, header)
    dialog.context.choose("2048")
    dialog.size_line.setText(str(beside + file))
    said = dialog.meaning.text()
    assert f"take {bytes_text(beside)} of the {bytes_text(beside + file)}. For the file: {bytes_text(file)}:" in said
    assert dialog._add.isEnabled()
    dialog.size_line.setText(str(beside))
    assert f"alone take {bytes_text(beside)}." in dialog.meaning.text() and not dialog._add.isEnabled()
    assert dialog.meaning.property("look") == "error"
    dialog.context.choose("0")
    assert dialog._add.isEnabled()


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_the_bytes_in_16_bits_are_those_that_the_block_takes_a_share_of(tiny: Callable[[str], Path], kind: str) -> None:
    assert 2 * read_header(tiny(kind)).parameters == dense_bytes(open_model(str(tiny(kind))).anatomy)


def test_a_click_at_home_leads_to_a_pipeline_with_the_size(studio, bridge, engine, on_disk, qtbot):
    studio.window.show_welcome()
    studio.window.welcome.fit_chosen.emit()
    (dialog,) = studio.window.findChildren(FitDialog)
    studio.window.table["file.open_model"].trigger()
    assert len([each for each in studio.window.findChildren(ModelDialog) if each.isVisible()]) == 2, "each its own"
    show(dialog, studio.bridge, engine, on_disk)
    dialog.size_line.setText("60%")
    qtbot.mouseClick(dialog._add, Qt.MouseButton.LeftButton)
    pipeline = studio.document.pipeline
    assert [(block.method, block.settings) for block in pipeline.blocks] == [
        ("model", {"model": "/m"}),
        ("fit_to_budget", {"size": "60%", "target": "gguf"}),
    ]
    assert pipeline.name == "m: fit to 60%" and not studio.window.on_welcome
    assert studio.session.selection == [pipeline.blocks[1].id]
    assert {(link.source, link.target) for link in pipeline.links} == {tuple(block.id for block in pipeline.blocks)}
