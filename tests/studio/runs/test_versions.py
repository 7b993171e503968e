"""The runs of the open pipeline along the canvas."""

from __future__ import annotations

import shutil

from engine.contracts.events import RunChanged, StageChanged
from engine.pipeline.differences import differences
from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder
from engine.record.history import History
from engine.record.home import Home
from engine.record.run_list import interrupted
from studio.runs.recent_runs import recent_runs
from studio.runs.versions import VersionTile
from studio.shell.assembly import Studio

RTN = "round_to_nearest_1"
NOW = Pipeline.linear([("model", {}), ("round_to_nearest", {"group_size": 64})], name="mine")
BEFORE = NOW.with_settings(RTN, group_size=32, format="int8")


def ran(pipeline: Pipeline, run: str, state: str = "done", *, worked: bool = True) -> RunFolder:
    """A run as its folder and the history have it."""
    home = Home.default()
    folder = RunFolder.create(home.runs / run, pipeline, {"run": run, "started": f"2026-03-0{run}T14:03:00"})
    if worked:
        folder.append(StageChanged(run=run, block="model_1", state="done"))
    folder.append(RunChanged(run=run, state=state))
    metrics = {"perplexity": 9.0 + int(run), "size_bytes": 3.5e6} if worked and state == "done" else {}
    stage = {"block": RTN, "title": "Round to nearest", "method": "round_to_nearest", "settings": {}, "state": state}
    report = {"run": run, "name": pipeline.name, "status": state, "started": f"2026-03-0{run}T14:03:00"}
    report["stages"] = [{**stage, "metrics": metrics, "artifact": None}]
    folder.write_report(report)
    with History.open(home) as history:
        history.record(folder, report)
    return folder


def test_a_click_on_a_run_shows_it_and_undo_leads_back(studio: Studio, qtbot) -> None:
    for number, pipeline in enumerate((BEFORE, NOW, NOW.model_copy(update={"name": "another"})), 1):
        ran(pipeline, str(number))
    studio.document.open(NOW, None)
    studio.window.show_workspace()
    qtbot.waitUntil(lambda: len(studio.versions.versions) == 2)
    assert studio.versions.strip.isVisible() and studio.versions.toggle.text() == "2 runs"
    studio.versions.toggle.click()
    tiles = studio.versions.strip.findChildren(VersionTile)
    assert [tile.said for tile in tiles] == [[], differences(NOW, BEFORE)], "the newest first"
    tiles[1].click()
    assert studio.document.pipeline == BEFORE
    qtbot.waitUntil(lambda: studio.session.run is not None and studio.session.run.is_over)
    assert studio.session.run is not None and studio.session.run.id == "1"
    studio.document.undo_stack.undo()
    assert studio.document.pipeline == NOW


def test_a_run_that_was_cancelled_before_it_worked_is_not_taken_up(own_home) -> None:
    ran(NOW, "1", "cancelled", worked=False)
    assert interrupted() == []
    assert not recent_runs()[0].resumable
    shutil.rmtree(Home.default().runs / "1")
    ran(NOW, "2", "cancelled")
    assert [run.id for run in interrupted()] == ["2"] and recent_runs()[0].resumable
