"""Opening a model: structure first, refusals in words, downloads that stop and go on, code only when allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import resources
from engine.checkpoints.checkpoint import CheckpointHeader, read_header
from engine.checkpoints.headers import TensorInfo
from engine.contracts.commands import Download, ReadStructure
from engine.contracts.events import Failure, Progress, RunChanged
from studio.bridge import Bridge
from studio.document.home import add_recent, recents
from studio.kit.theme import theme
from studio.models.dialog import ModelDialog, is_hub_id
from studio.models.structureview import StructureView


@pytest.fixture
def dialog(qtbot, bridge):
    made = ModelDialog(bridge)
    qtbot.addWidget(made)
    made.show()
    return made


def header(**config: object) -> CheckpointHeader:
    tensors = [TensorInfo("model.embed_tokens.weight", (100, 8), "BF16", 1600)]
    tensors += [TensorInfo(f"model.layers.{n}.mlp.{p}.weight", (8, 8), "BF16", 128) for n in range(3) for p in "ab"]
    return CheckpointHeader(
        Path("/m"), "safetensors", {"model_type": "llama", "hidden_size": 8, **config}, tuple(tensors)
    )


def test_hub_ids_are_told_from_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert is_hub_id("owner/model-1.5")
    (tmp_path / "owner").mkdir()
    (tmp_path / "owner" / "here").mkdir()
    assert not is_hub_id("owner/here")
    assert not is_hub_id("/owner/model") and not is_hub_id("model.gguf") and not is_hub_id("a/b/c")


def test_the_headers_are_shown_before_any_weight(dialog, bridge, engine):
    dialog.look_at("/m")
    assert engine.commands == [ReadStructure(id=engine.commands[0].id, model="/m")]
    assert not dialog._add.isEnabled()
    engine.answer(header())
    bridge.pump()
    assert dialog.preview.isVisible() and dialog._add.isEnabled()


def test_what_is_chosen_is_told_and_remembered(dialog, bridge, engine, qtbot):
    dialog.look_at("/m")
    engine.answer(header())
    bridge.pump()
    with qtbot.waitSignal(dialog.model_chosen) as chosen:
        dialog._add.click()
    assert chosen.args == ["/m", ""] and recents("models") == ("/m",) and not dialog.isVisible()


def test_a_refusal_is_a_sentence_and_nothing_can_be_added(dialog, bridge, engine):
    dialog.look_at("/m")
    engine.say(Failure(run=engine.commands[0].id, what="This is a pickle file", where="/m", advice="convert it"))
    bridge.pump()
    assert dialog.wrong.text() == "This is a pickle file (/m). Convert it." and dialog.wrong.isVisible()
    below, field = dialog.wrong.geometry(), dialog._source.geometry()
    assert below.left() == field.left() and 0 <= below.top() - field.bottom() < 12, "beside the field"
    assert not dialog._add.isEnabled()


def test_an_answer_to_an_older_question_is_not_shown(dialog, bridge, engine):
    dialog.look_at("/first")
    first = engine.commands[0].id
    dialog.look_at("/second")
    from engine.contracts.events import JobDone

    engine.say(JobDone(run=first, result=header()))
    bridge.pump()
    assert ("cancel", first) in engine.calls and not dialog.preview.isVisible()


def test_a_download_has_progress_and_stops_and_goes_on(dialog, bridge, engine):
    dialog._source.setText("owner/model")
    assert dialog._fetch.isVisible()
    dialog._fetch.click()
    job = engine.commands[-1]
    assert isinstance(job, Download) and job.model == "owner/model"
    engine.say(Progress(run=job.id, fraction=0.25, total=0.25, text="model.safetensors, 12 MB/s", eta=30.0))
    bridge.pump()
    assert dialog.row.fraction == 0.25 and "12 MB/s" in dialog.row.text() and "30 s left" in dialog.row.text()
    dialog.row.stop.click()
    assert ("cancel", job.id) in engine.calls and "Stopping" in dialog.row.text()
    engine.say(RunChanged(run=job.id, state="cancelled"))
    bridge.pump()
    assert "continue where it stopped" in dialog.banner.text() and dialog._fetch.isVisible()
    dialog._fetch.click()
    assert isinstance(engine.commands[-1], Download) and engine.commands[-1].id != job.id
    engine.answer("/cache/model")
    bridge.pump()
    assert "/cache/model" in dialog.banner.text()


def test_closing_forgets_a_download(dialog, bridge, engine):
    dialog._source.setText("owner/model")
    dialog.start_download()
    dialog.close()
    assert engine.calls == [("cancel", engine.commands[-1].id)]


def test_tensors_are_grouped_by_layer_and_made_when_unfolded(qtbot):
    view = StructureView()
    qtbot.addWidget(view)
    view.show_structure(header())
    head, middle = view._tree.headerItem(), Qt.AlignmentFlag.AlignVCenter
    assert all(head.textAlignment(column) & middle for column in range(3, 5)), "beside the other words of the line"
    item = view._tree.topLevelItem(1)
    assert item.childCount() == 0
    item.setExpanded(True)
    assert [item.child(n).text(0) for n in range(2)] == ["mlp.a.weight", "mlp.b.weight"]
    view._filter.setText("embed")
    assert view._tree.topLevelItemCount() == 1


@pytest.mark.parametrize("larger", [0, 5])
def test_names_of_recent_models_are_whole(qtbot: QtBot, bridge: Bridge, larger: int) -> None:
    """A long one has several lines, the tooltip has the path."""
    name = "Mistral-Small-3.2-24B-Instruct-2506-UD-IQ2_XXS.gguf"
    add_recent("models", f"/a/folder/of/models/{name}")
    theme().enlarge(larger)
    try:
        made = ModelDialog(bridge)
        qtbot.addWidget(made)
        made.show()
        QApplication.processEvents()
        recent = made._recent
        item = recent.item(1)
        assert item.text().replace("\u200b", "") == item.data(Qt.ItemDataRole.AccessibleTextRole) == name
        place, lines = recent.visualItemRect(item), recent.fontMetrics()
        assert place.width() <= recent.viewport().width() and not recent.horizontalScrollBar().isVisible()
        assert place.height() >= recent.visualItemRect(recent.item(0)).height() + lines.height() - 2
        assert item.toolTip() == f"/a/folder/of/models/{name}"
    finally:
        theme().enlarge(0)


def test_names_of_tensors_have_the_room_that_others_leave(dialog: ModelDialog, qtbot: QtBot) -> None:
    theme().enlarge(5)
    try:
        dialog.resize(1260, 700)
        dialog.preview.show_structure(read_header(resources.path("sample", "model")))
        dialog._pages.setCurrentWidget(dialog.preview)
        QApplication.processEvents()
        tree = dialog.preview._tree
        names = [item for row in range(tree.topLevelItemCount()) if (item := tree.topLevelItem(row)) is not None]
        for item in names:
            need = tree.fontMetrics().horizontalAdvance(item.text(0)) + tree.indentation()
            assert need <= tree.columnWidth(0), item.text(0)
        assert "model.embed_tokens.weight" in {item.text(0) for item in names}
        assert tree.header().length() <= tree.viewport().width()
    finally:
        theme().enlarge(0)
