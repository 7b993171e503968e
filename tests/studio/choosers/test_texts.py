"""The dialog of texts: bundled ones are looked at at once, those of the hub only when asked; what is used is told."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.contracts.commands import DescribeText, FoundDataset, SearchDatasets, TextDescription
from engine.contracts.events import Failure
from studio.choosers.texts import NAME, TextDialog, text_title
from studio.document.home import recents


@pytest.fixture
def dialog(qtbot, bridge):
    parent = QWidget()
    qtbot.addWidget(parent)
    made = TextDialog(bridge, "Calibration text", "pipeline", "mixed", "some/model", "train", parent)
    made.show()
    made.owner = parent  # lives as long as the dialog
    made.told = []
    made.chosen.connect(made.told.append)
    return made


def names(dialog):
    return [dialog.list.item(row).data(NAME) for row in range(dialog.list.count()) if dialog.list.item(row).data(NAME)]


def pick(dialog, name):
    dialog.list.setCurrentRow(
        next(row for row in range(dialog.list.count()) if dialog.list.item(row).data(NAME) == name)
    )


def test_titles_say_what_is_meant():
    assert text_title("pipeline", "mixed") == "Same as the pipeline: Mixed texts"
    assert text_title("mixed:code") == "Mixed texts: code" and text_title("/a/wiki.txt") == "wiki.txt"


def test_what_the_pipeline_says_is_looked_at_with_the_tokenizer_of_the_model(dialog, bridge, engine):
    (command,) = engine.commands
    assert command == DescribeText(id=command.id, text="mixed", part="train", model="some/model")
    engine.answer(TextDescription("mixed", "0" * 64, None, 2_200_000, 561_000, "It begins so", True))
    bridge.pump()
    assert "561" in dialog.facts.text() and "training split" in dialog.facts.text()
    assert dialog.preview.toPlainText() == "It begins so"
    assert {"pipeline", "mixed", "mixed:code", "sample", "model"} <= set(names(dialog))


def test_records_say_whether_a_chat_template_is_there(dialog, bridge, engine):
    engine.answer(TextDescription("x", "0" * 64, 12, 900, 300, "", False))
    bridge.pump()
    assert "12 records" in dialog.facts.text() and "no chat template" in dialog.facts.text()


def test_the_hub_is_searched_and_nothing_is_brought_unasked(dialog, bridge, engine):
    dialog.hub.setText("wiki")
    dialog._on_search()
    assert engine.commands[-1] == SearchDatasets(id=engine.commands[-1].id, words="wiki")
    engine.answer((FoundDataset("Salesforce/wikitext", 1_000_000, "cc-by-sa-3.0", False),))
    bridge.pump()
    asked = len(engine.commands)
    pick(dialog, "hub:Salesforce/wikitext")
    assert len(engine.commands) == asked and "cc-by-sa-3.0" in dialog.facts.text()
    dialog.look.click()
    assert engine.commands[-1].text == "hub:Salesforce/wikitext"
    dialog.use.click()
    assert dialog.told == ["hub:Salesforce/wikitext"] and recents("texts") == ("hub:Salesforce/wikitext",)


def test_without_a_network_the_reason_is_told(dialog, bridge, engine):
    dialog.hub.setText("wiki")
    dialog._on_search()
    why = Failure(run=engine.commands[-1].id, what="The hub can't be searched", why="no route", advice="choose a file")
    engine.say(why)
    bridge.pump()
    assert "can't be searched" in dialog.banner.text() and dialog.use.isEnabled()


def test_a_file_is_chosen_and_looked_at(dialog, engine, monkeypatch, tmp_path):
    file = tmp_path / "own.txt"
    file.write_text("mine")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    dialog.file.click()
    assert engine.commands[-1].text == str(file)
    dialog.use.click()
    assert dialog.told == [str(file)] and recents("texts") == (str(file),)


def test_a_folder_is_chosen_and_looked_at(dialog, engine, monkeypatch, tmp_path):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    dialog.folder.click()
    assert engine.commands[-1].text == str(tmp_path)
    dialog.use.click()
    assert dialog.told == [str(tmp_path)] and recents("texts") == (str(tmp_path),)


def test_measuring_has_the_held_out_part_and_no_texts_of_the_model(qtbot, bridge, engine):
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = TextDialog(bridge, "Text", "sample:stories", "sample", "sample", "validation", parent)
    assert engine.commands[-1].part == "validation" and dialog.name == "sample:stories"
    assert "model" not in names(dialog)
