"""One click compares no rotation, a random Hadamard and a learned one: branches, run, metrics, kurtosis."""

from __future__ import annotations

from pathlib import Path

import pytest
import studio_data
from fake_engine import FakeEngine
from pytestqt.qtbot import QtBot

from engine.contracts.commands import Checked, Inspect, InspectRotation, RunPipeline
from engine.contracts.events import Failure, Measured, RunChanged, StageChanged
from engine.pipeline.document import Pipeline
from engine.pipeline.variants import rotation_variants
from engine.record.comparison import Variant
from studio.bridge import Bridge
from studio.compare.rotations import RotationsComparison
from studio.kit import message_boxes
from studio.shell.assembly import Studio

SPIN = Pipeline.linear([("model", {"model": "sample"}), ("spinquant", {"rotation": "hadamard", "num_samples": 8})])
FREE = 10**12


# -- the page --------------------------------------------------------------------------------------------------------
def test_perplexity_stands_beside_kurtosis(qtbot: QtBot) -> None:
    page = RotationsComparison(None)  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.resize(900, 500)
    found = studio_data.rotation_inspection()
    variant = Variant("a", "Random Hadamard", {"perplexity": 31.25, "size_bytes": 2e6}, {}, "artifacts/a")
    page.show_rotations([(variant, found), (Variant("b", "None", {}, {}, "artifacts/b"), found)])
    titles = [page.table.horizontalHeaderItem(column).text() for column in range(page.table.columnCount())]
    assert titles[:4] == ["Rotation", "Perplexity", "KL divergence", "Size"]
    assert titles[4:] == ["Kurtosis,\nq, k, v input", "Kurtosis,\ndown input"]
    heads = [page.table.horizontalHeaderItem(column).textAlignment() for column in range(len(titles))]
    assert heads == [page.table.item(0, column).textAlignment() for column in range(len(titles))], (
        "above what they head"
    )
    assert page.table.item(0, 1).text() == "31.25" and page.table.item(1, 1).text() == "–"
    mean = sum(each.kurtosis for each in found.after if each.place == "down_input") / 2
    assert float(page.table.item(0, 5).text()) == pytest.approx(mean, rel=1e-2, abs=1e-2)
    assert set(page.map.sheets) == {"Random Hadamard", "None"}


# -- the click -------------------------------------------------------------------------------------------------------
@pytest.fixture
def studio(qtbot: QtBot, engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(message_boxes, "choose", lambda *args, **kwargs: "cancel")
    made = Studio(Bridge(make=lambda lane: engine))
    made.window.resize(1440, 900)
    made.window.show()
    made.document.open(SPIN, None)
    made.window.show_workspace()
    yield made
    made.document.undo_stack.setClean()
    made.closing._waiting = True
    made.window.close()
    made.window.deleteLater()


def run_comparison(studio: Studio, engine: FakeEngine) -> RunPipeline:
    studio.window.table["run.rotations"].trigger()
    engine.answer(Checked((), {b.id: (10, 10, 1.0) for b in studio.document.pipeline.blocks}, (), FREE, FREE))
    studio.bridge.pump()
    command = engine.commands[-1]
    assert isinstance(command, RunPipeline)
    engine.say(RunChanged(run=command.id, state="running"))
    for number, block in enumerate(studio.document.pipeline.blocks):
        artifact = f"artifacts/{block.id}"
        metrics = {"perplexity": 20.0 + number}
        engine.say(StageChanged(run=command.id, block=block.id, state="running"))
        engine.say(Measured(run=command.id, block=block.id, artifact=artifact, metrics=metrics, protocol={}))
        engine.say(StageChanged(run=command.id, block=block.id, state="done", artifact=artifact))
    engine.say(RunChanged(run=command.id, state="done"))
    studio.bridge.pump()
    return command


def test_one_click_makes_branches_runs_and_compares(studio: Studio, engine: FakeEngine) -> None:
    run_comparison(studio, engine)
    _, ids = rotation_variants(studio.document.pipeline, "spinquant_1")
    assert len(studio.document.pipeline.blocks) == 4
    for name in ids:
        command = engine.commands[-1]
        assert isinstance(command, InspectRotation) and command.model == f"artifacts/{name}"
        engine.answer(studio_data.rotation_inspection(reference=False))
        studio.bridge.pump()
    page = studio.window.workspace.panel("compare").rotations  # type: ignore[attr-defined]
    assert page.table.rowCount() == 3 and page.isVisible() and "compared" in studio.window.status.message()
    assert {page.table.item(row, 1).text() for row in range(3)} == {"21.00", "22.00", "23.00"}
    studio.document.undo_stack.undo()
    assert studio.document.pipeline == SPIN


def test_a_refused_look_is_said_and_ends_it(studio: Studio, engine: FakeEngine) -> None:
    run_comparison(studio, engine)
    asked = engine.commands[-1]
    engine.say(Failure(run=asked.id, what="The model can't be read", why="a file is missing"))
    studio.bridge.pump()
    assert engine.commands[-1] is asked and "can't be read" in studio.window.status.message()


def test_rotated_weights_are_not_measured_against_the_originals(studio: Studio, engine: FakeEngine) -> None:
    run_comparison(studio, engine)
    inspector = studio.window.workspace.panel("inspector")
    for name, original in (("spinquant_1", None), ("spinquant_2", "artifacts/model_1")):
        assert studio.document.pipeline.block(name).settings["rotation"] == ("hadamard" if original is None else "none")
        inspector.inspect_requested.emit(f"artifacts/{name}")  # type: ignore[attr-defined]
        command = engine.commands[-1]
        assert isinstance(command, Inspect) and command.reference == original
        engine.answer(studio_data.inspection())
        studio.bridge.pump()
        assert ("rotated" in inspector._summary.text()) == (original is None)  # type: ignore[attr-defined]


def test_the_action_is_there_only_where_something_rotates(studio: Studio) -> None:
    assert studio.window.table["run.rotations"].isEnabled()
    studio.document.open(Pipeline.linear([("model", {}), ("round_to_nearest", {})]), None)
    assert not studio.window.table["run.rotations"].isEnabled()
