"""Opening a model card: what it says, what is sent to the engine, the verdict, its pipeline, an end before its time."""

from __future__ import annotations

import dataclasses

import pytest
from fake_engine import PIPELINE
from PySide6.QtCore import QMimeData, Qt, QUrl

from engine.contracts.events import Failure, Progress, RunChanged
from engine.contracts.replay import Card, CardFile, CardStep, ReadCard, Replay, ReplayExport, TensorReplay
from studio.models.card_dialog import LAYERS, CardDialog

CARD = Card(
    export="/out/small.gguf",
    name="small.gguf",
    program="0.1.0",
    format="GGUF",
    options="dtype = float16",
    base="owner/base",
    revision="abc",
    base_is_here=False,
    steps=(CardStep("GPTQ", "format = int4, group_size = 32"), CardStep("<b>Refine</b>", "")),
    files=(CardFile("GPTQ", "text", "fox.txt", "1" * 64, False),),
    environment=(("device", "cpu"), ("threads", "8")),
    other_environment=("threads 2 instead of 8",),
    tensors=290,
    why_not="",
    remark="",
    pipeline=PIPELINE.to_json(),
)
EQUAL = TensorReplay("model.layers.0.mlp.up_proj.weight", 1.0)
OTHER = TensorReplay("model.layers.1.mlp.up_proj.weight", 0.75)


@pytest.fixture
def dialog(qtbot, bridge):
    made = CardDialog(bridge, None)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def read(dialog, bridge, engine):
    dialog.open_for("/out/small.gguf")
    engine.answer(CARD)
    bridge.pump()
    return dialog


def test_what_the_record_says_is_shown(read, engine):
    (command,) = engine.commands
    assert isinstance(command, ReadCard) and command.export == "/out/small.gguf"
    shown = read.view.texts()
    for words in (
        *("small.gguf", "290 tensors", "owner/base, revision abc", "fetches it from the hub", "format = int4"),
        *("<b>Refine</b>", "fox.txt: not on this machine", "1" * 16, "threads 8", "threads 2 instead of 8", "float16"),
    ):
        assert words in shown
    assert read.go.isEnabled() and not read.layers.isVisible()


def test_a_name_that_leads_nowhere(dialog, bridge, engine, qtbot):
    assert not dialog.go.isEnabled() and not dialog._pipeline.isEnabled()
    dialog.source.setText("owner/name")
    assert dialog.revision.isVisible()
    dialog.revision.setText("main")
    qtbot.keyClick(dialog.source, Qt.Key.Key_Return)
    assert engine.commands[-1].revision == "main"
    engine.say(Failure(run=engine.commands[-1].id, what="owner/name has no replay.json"))
    bridge.pump()
    assert "no replay.json" in dialog.wrong.text() and not dialog.go.isEnabled()


def test_the_form_becomes_a_command(read, engine, qtbot, monkeypatch):
    monkeypatch.setattr("studio.models.card_dialog.QFileDialog.getOpenFileNames", lambda *_: (["/t/fox.txt"], ""))
    qtbot.mouseClick(read._add, Qt.MouseButton.LeftButton)
    read.what.choose(LAYERS)
    read.layers.setValue(3)
    read.base.setText("/models/base")
    qtbot.mouseClick(read.go, Qt.MouseButton.LeftButton)
    command = engine.commands[-1]
    assert isinstance(command, ReplayExport)
    assert (command.export, command.base, command.files, command.layers) == (
        "/out/small.gguf", "/models/base", ("/t/fox.txt",), 3,
    )  # fmt: skip
    assert not read.go.isVisible() and not read.source.isEnabled() and read.row.isVisible()


@pytest.mark.parametrize(
    ("result", "title", "words"),
    [
        (Replay("a", "exact", (EQUAL,)), "Exact", "all 1 tensors are equal"),
        (Replay("a", "partial", (EQUAL,)), "as far as it was made again", "weights of layers"),
        (Replay("a", "near", (EQUAL, OTHER), ("threads 2 instead of 8",), 0.1, 0.2), "Near", "threads 2 instead of 8"),
        (Replay("a", "near", (EQUAL, OTHER), (), 0.1, 0.2), "It differs", OTHER.name),
        (Replay("a", "exact", (EQUAL,), remark="Another says otherwise."), "Exact", "Another says otherwise."),
    ],
)
def test_the_verdict(read, bridge, engine, result, title, words):
    read.replay()
    engine.say(Progress(run=engine.commands[-1].id, fraction=0.5, total=0.5, text="GPTQ: layer 3"))
    bridge.pump()
    assert "GPTQ: layer 3" in read.row.text()
    engine.answer(result)
    bridge.pump()
    assert title in read.verdict.title.text() and words in read.verdict.sentences.text()
    assert read.go.isVisible() and not read.row.isVisible()


def test_stopped_or_failed(read, bridge, engine, qtbot):
    read.replay()
    qtbot.mouseClick(read.row.stop, Qt.MouseButton.LeftButton)
    assert engine.calls[-1] == ("cancel", engine.commands[-1].id)
    engine.say(RunChanged(run=engine.commands[-1].id, state="cancelled"))
    bridge.pump()
    assert "stopped" in read.banner.text() and read.go.isVisible() and read.focusWidget() is read.go
    read.replay()
    engine.say(Failure(run=engine.commands[-1].id, what="This is not the model that it was made from"))
    bridge.pump()
    assert "not the model" in read.banner.text()


def test_a_replay_goes_on_while_the_dialog_is_closed(read, bridge, engine):
    read.replay()
    read.close()
    read.open_for("/out/other")
    assert read.source.text() == "/out/small.gguf" and read.row.isVisible()
    engine.answer(Replay("a", "exact", (EQUAL,)))
    bridge.pump()
    assert read.verdict.isVisible()
    read.open_for("/out/other")
    assert not read.verdict.isVisible() and engine.commands[-1].export == "/out/other"


def test_what_cant_be_made_again(dialog, bridge, engine):
    dialog.open_for("/out/small")
    engine.answer(dataclasses.replace(CARD, why_not="GPTQ: a person ended this step early", remark="Two records."))
    bridge.pump()
    assert not dialog.go.isEnabled() and dialog._pipeline.isEnabled()
    assert "ended this step early" in dialog.view.texts() and "Two records." in dialog.view.texts()


def test_from_the_menu_and_from_a_drop(studio, engine, tmp_path, qtbot):
    studio.window.table["file.card"].trigger()
    assert studio.cards.isVisible() and studio.cards.source.text() == ""
    (tmp_path / "replay.json").write_text("{}")
    card = tmp_path / "README.md"
    card.write_text("# Small")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(card))])
    assert studio.files.droppable(data) == [card]
    studio.files.drop([card])
    assert engine.commands[-1].export == str(card)
    engine.answer(CARD)
    studio.bridge.pump()
    qtbot.mouseClick(studio.cards._pipeline, Qt.MouseButton.LeftButton)
    assert studio.document.pipeline == PIPELINE and studio.document.path is None
    assert "These steps made “small.gguf”" in studio.window.status.message()


def test_a_dropped_export_may_be_checked(studio, engine, tmp_path, answers):
    (tmp_path / "replay.json").write_text("{}")
    answers[:] = ["card"]
    studio.files.drop([tmp_path])
    assert studio.cards.isVisible() and engine.commands[-1].export == str(tmp_path)
