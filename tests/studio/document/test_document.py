"""The document: undo, merge, clean state, file, recovery, recents."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.pipeline.document import Block, Pipeline
from studio.document import home
from studio.document.autosave import Autosave, find_recoverable
from studio.document.document import Document

CHAIN = Pipeline.linear([("model", {}), ("round_to_nearest", {})])


@pytest.fixture
def document(qapp: QApplication) -> Document:
    document = Document(qapp)
    document.open(CHAIN, None)
    return document


def test_a_change_is_undone_and_redone(document: Document) -> None:
    changed = CHAIN.with_settings("round_to_nearest_1", format="int8")
    document.change("Change format", changed)
    assert document.undo_stack.undoText() == "Change format"
    document.undo_stack.undo()
    assert document.pipeline == CHAIN
    document.undo_stack.redo()
    assert document.pipeline == changed


def test_changes_with_the_same_key_are_one_step(document: Document) -> None:
    for size in (3, 32):
        document.change("Size", CHAIN.with_settings("round_to_nearest_1", group_size=size), merge="size")
    document.change("Seed", document.pipeline.model_copy(update={"seed": 1}), merge="seed")
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.pipeline == CHAIN


def test_a_merged_step_that_changes_nothing_is_no_step(document: Document) -> None:
    document.change("Size", CHAIN.with_settings("round_to_nearest_1", group_size=3), merge="size")
    document.change("Size", CHAIN, merge="size")
    assert document.undo_stack.count() == 0
    assert document.is_clean


def test_saving_ends_a_merge(document: Document, tmp_path: Path) -> None:
    first = CHAIN.model_copy(update={"name": "a"})
    document.change("Name", first, merge="name")
    document.save(tmp_path / "a.json")
    document.change("Name", CHAIN.model_copy(update={"name": "ab"}), merge="name")
    assert not document.is_clean
    document.undo_stack.undo()
    assert document.pipeline == first
    assert document.is_clean


def test_save_and_open(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    document.change("Add", CHAIN.with_block(Block(id="x", method="model")))
    document.save(path)
    assert Pipeline.read(path) == document.pipeline and document.is_clean
    assert document.path == path


def test_a_pipeline_without_a_name_gets_that_of_its_file(document: Document, tmp_path: Path) -> None:
    document.change("Add", CHAIN.with_block(Block(id="x", method="model")))
    assert document.pipeline.name == "Untitled"
    document.save(tmp_path / "smol.json")
    assert document.pipeline.name == "smol" == Pipeline.read(tmp_path / "smol.json").name and document.is_clean
    document.save(tmp_path / "other.json")
    assert document.pipeline.name == "smol", "a name stays"


def test_a_recovered_pipeline_counts_as_unsaved(document: Document) -> None:
    document.open(CHAIN, None, saved=False)
    assert not document.is_clean


def test_changes_reach_the_recovery_file_and_saving_removes_it(document: Document, tmp_path: Path) -> None:
    autosave = Autosave(document, document)
    document.change("Add", CHAIN.with_block(Block(id="x", method="model")))
    autosave.flush().result()
    stored = json.loads(autosave.path.read_text())
    assert Pipeline.from_json(json.dumps(stored["pipeline"])) == document.pipeline
    assert find_recoverable() == [], "the process lives: there is nothing to recover"
    document.save(tmp_path / "p.json")
    autosave.flush().result()
    assert not autosave.path.exists()
    autosave.close()


def test_the_recovery_file_is_written_by_itself(
    document: Document, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.document.autosave.DELAY_MS", 20)
    autosave = Autosave(document, document)
    document.change("Add", CHAIN.with_block(Block(id="x", method="model")))
    qtbot.waitUntil(autosave.path.exists, timeout=3000)
    autosave.close()
    assert not autosave.path.exists()


def test_a_full_or_forbidden_disk_is_told(document: Document, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    autosave = Autosave(document, document)
    document.change("Add", CHAIN.with_block(Block(id="x", method="model")))
    with qtbot.waitSignal(autosave.failed) as told:
        autosave.flush()
    assert "failed" in told.args[0] or "written" in told.args[0]
    autosave.close()


def test_work_of_a_killed_process_is_found(tmp_path: Path) -> None:
    script = """
import os, signal
from PySide6.QtCore import QCoreApplication
from engine.pipeline.document import Block, Pipeline
from studio.document.autosave import Autosave
from studio.document.document import Document
app = QCoreApplication([])
document = Document()
autosave = Autosave(document)
document.change("Add", Pipeline(name="Lost").with_block(Block(id="x", method="model")))
autosave.flush().result()
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script], env=dict(os.environ), check=False)
    assert done.returncode != 0
    (home.home() / "recovery" / "1-1.json").write_text("{ damaged")
    found = find_recoverable()
    assert [item.pipeline.name for item in found] == ["Lost"]
    assert found[0].path is None
    found[0].discard()
    assert find_recoverable() == []


def test_recents_are_short_unique_and_newest_first() -> None:
    for number in range(20):
        home.add_recent("pipelines", f"{number}.json")
    home.add_recent("pipelines", "15.json")
    home.add_recent("models", "sample")
    assert home.recents("pipelines")[:3] == ("15.json", "19.json", "18.json")
    assert len(home.recents("pipelines")) == home.LIMIT
    home.forget_recent("pipelines", "15.json")
    assert home.recents("pipelines")[0] == "19.json"
    assert home.recents("models") == ("sample",)


def test_damaged_recents_count_as_none() -> None:
    home.home().mkdir()
    (home.home() / "recents.json").write_text("[1, 2")
    assert home.recents("models") == ()
    home.add_recent("models", "sample")
    assert home.recents("models") == ("sample",)
