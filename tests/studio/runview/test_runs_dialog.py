"""Past runs: found by words of their name, date and notes; annotated; deleted with what they take on disk."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from engine.contracts.events import Metric
from engine.pipeline.document import Pipeline
from engine.record.folder import EVENTS, RunFolder
from engine.record.history import History
from engine.record.home import Home
from studio.runs.resume import RunsDialog
from studio.runs.run_list import RUN


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
    with History.open(home) as history:
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
    return [dialog._model.index(row).data() for row in range(dialog._model.rowCount())]


def test_runs_are_found_by_their_words(dialog):
    assert shown(dialog) == ["pruned", "int4 of mine"]
    dialog.search.setText("int4 2026-03")
    assert shown(dialog) == ["int4 of mine"]
    dialog.search.setText("nothing of it")
    assert shown(dialog) == [] and "No matching runs" in dialog._banner.text()


def test_notes_are_kept_and_searched(dialog, folders):
    dialog.note.setPlainText("the good one")
    dialog._list.setCurrentIndex(dialog._model.index(1))
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


def test_a_run_has_a_picture_of_what_it_showed(dialog, folders, qtbot):
    loss = [Metric(run="2", block="model_1", name="loss/train", value=9.0 - step, step=step) for step in range(5)]
    for event in loss[:4]:
        folders[1].append(event)
    row = dialog._model.index(0)
    assert row.data(RUN).folder == folders[1].path
    dialog._list.viewport().repaint()
    qtbot.waitUntil(lambda: dialog._model.thumbnails.of(folders[1].path) is not None, timeout=20_000)
    found = dialog._model.thumbnails.of(folders[1].path)
    assert found.picture.kind == "loss" and found.picture.values == (9.0, 8.0, 7.0, 6.0)
    folders[1].append(loss[4])  # it goes on: the picture follows
    os.utime(folders[1].path / EVENTS, (1, 1))
    qtbot.waitUntil(lambda: dialog._model.thumbnails.of(folders[1].path).picture.values[-1] == 5.0, timeout=20_000)
    assert dialog._model.thumbnails.of(folders[0].path) is None, "it showed nothing"


def test_all_runs_are_listed_and_say_what_came_of_them(qtbot, own_home):
    home = Home.default()
    with History.open(home) as history:
        for number in range(1203):
            path = home.runs / f"{number:04d}"
            path.mkdir(parents=True)
            stage = {"block": "a", "title": "A", "metrics": {"perplexity": 12.5, "size_bytes": 2e6}}
            report = {"run": path.name, "name": f"run {number}", "status": "done", "stages": [stage]}
            history.record(RunFolder(path), report | {"started": "2026-03-01T14:03:00"})
    made = RunsDialog(None)
    qtbot.addWidget(made)
    assert made._model.rowCount() == 1203 and shown(made)[0] == "run 1202"
    said = made._model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "run 1202, Done  ·  ppl 12.50 · 2.00 MB  ·  2026-03-01 14:03"
    made.search.setText("run 7")
    assert shown(made)[-1] == "run 7"
