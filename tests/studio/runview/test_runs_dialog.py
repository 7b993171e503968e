"""Past runs: found by words of their name, date and notes; annotated; deleted with what they take on disk."""

from __future__ import annotations

import contextlib

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from engine.pipeline.document import Pipeline
from engine.run.folder import RunFolder
from engine.run.history import History
from engine.run.home import Home
from studio.runview.resume import RunsDialog


def made(home: Home, run: str, name: str) -> RunFolder:
    """A finished run with an artifact of its own."""
    pipeline = Pipeline.linear([("model", {})], name=name)
    folder = RunFolder.create(home.runs / run, pipeline, {"run": run, "started": "2026-03-01T14:03:00"})
    artifact = home.artifacts / run
    artifact.mkdir(parents=True)
    (artifact / "weights").write_bytes(b"0" * 40_000)
    stage = {
        "block": "model_1",
        "title": "Model",
        "method": "model",
        "settings": {},
        "metrics": {},
        "artifact": str(artifact),
        "state": "done",
    }
    report = {"run": run, "name": name, "status": "done", "started": "2026-03-01T14:03:00", "stages": [stage]}
    folder.write_report(report)
    with contextlib.closing(History.open(home)) as history:
        history.record(folder, report)
    return folder


@pytest.fixture
def folders(own_home):
    home = Home.default()
    return [made(home, "1", "int4 of mine"), made(home, "2", "pruned")]


@pytest.fixture
def dialog(qtbot, folders):
    parent = QWidget()
    qtbot.addWidget(parent)
    made = RunsDialog(parent)
    made.owner = parent
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.show()
    yield made
    made.close()


def shown(dialog):
    return [dialog._list.item(row).text().split("  ")[0] for row in range(dialog._list.count())]


def test_runs_are_found_by_their_words(dialog):
    assert shown(dialog) == ["pruned", "int4 of mine"]
    dialog.search.setText("int4 2026-03")
    assert shown(dialog) == ["int4 of mine"]
    dialog.search.setText("nothing of it")
    assert shown(dialog) == [] and "No run" in dialog._banner.text()


def test_notes_are_kept_and_searched(dialog, folders):
    dialog.note.setPlainText("the good one")
    dialog._list.setCurrentRow(1)
    assert (folders[1].path / "note.txt").read_text() == "the good one"
    dialog.search.setText("good")
    assert shown(dialog) == ["pruned"]


def test_a_run_is_deleted_after_a_question_that_says_its_size(dialog, folders, answers, qtbot):
    qtbot.waitUntil(lambda: "on disk" in dialog._facts.text(), timeout=20_000)
    assert "4" in dialog._facts.text()
    answers[:] = ["cancel", "delete"]
    dialog._delete.click()
    assert folders[1].path.is_dir()
    dialog._delete.click()
    assert not folders[1].path.exists() and shown(dialog) == ["int4 of mine"]
    assert not (Home.default().artifacts / "2").exists()
