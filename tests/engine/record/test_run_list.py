"""Runs of a workspace: which can be taken up, which were earlier forms of a pipeline, what cached blocks had shown."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.contracts.events import Log, Metric, RunChanged, StageChanged
from engine.pipeline.document import Pipeline
from engine.record.folder import EVENTS, RunFolder
from engine.record.history import History
from engine.record.home import Home
from engine.record.run_list import (
    drawn_before,
    events_in_batches,
    executed_run,
    interrupted,
    past_runs,
    reused,
    run_bytes,
    unfinished,
    versions,
)

NOW = Pipeline.linear([("model", {}), ("round_to_nearest", {"group_size": 64})], name="mine")
BEFORE = NOW.with_settings("round_to_nearest_1", group_size=32)


@pytest.fixture(autouse=True)
def own_home(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(home.root))
    return home


def ran(home: Home, run: str, pipeline: Pipeline, state: str = "done", *, worked: bool = True) -> RunFolder:
    """A run as its folder and the history have it, with an artifact of its own."""
    folder = RunFolder.create(home.runs / run, pipeline, {"run": run, "started": "2026-03-01T14:03:00", "until": "b"})
    artifact = home.artifacts / run
    artifact.mkdir(parents=True)
    (artifact / "weights").write_bytes(b"0" * 4000)
    if worked:
        folder.append(StageChanged(run=run, block="b", state="done"))
        folder.append(Metric(run=run, block="b", name="loss", value=1.0, step=1))
        folder.append(Log(run=run, block="b", level="info", text="said"))
    folder.append(RunChanged(run=run, state=state))
    stage = {"block": "b", "title": "B", "method": "nf4", "settings": {}, "state": state, "metrics": {}}
    report = {"run": run, "name": pipeline.name, "status": state, "started": "2026-03-01T14:03:00"}
    report["stages"] = [{**stage, "artifact": str(artifact)}]
    folder.write_report(report)
    folder.close()
    with History.open(home) as history:
        history.record(folder, report)
    return folder


def test_runs_that_are_gone_or_never_began_are_not_offered(home: Home) -> None:
    for run, state, worked in (("1", "done", True), ("2", "cancelled", True), ("3", "cancelled", False)):
        ran(home, run, NOW, state, worked=worked)
    assert [run.id for run in past_runs()] == ["3", "2", "1"] and [run.id for run in interrupted()] == ["2"]
    shutil.rmtree(home.runs / "2")
    assert [run.id for run in past_runs()] == ["3", "1"]


def test_a_run_takes_its_folder_and_its_own_artifacts(home: Home) -> None:
    folder = ran(home, "1", NOW)
    alone = run_bytes("1", folder.path)
    assert alone > 4000
    shutil.rmtree(home.artifacts / "1")
    assert run_bytes("1", folder.path) <= alone - 4000


def test_versions_have_the_name_and_the_model_of_a_pipeline(home: Home) -> None:
    others = (NOW.model_copy(update={"name": "another"}), NOW.with_settings("model_1", model="another"))
    for number, pipeline in enumerate((BEFORE, NOW, *others), 1):
        ran(home, str(number), pipeline)
    assert [(each.run.id, each.pipeline) for each in versions(NOW)] == [("2", NOW), ("1", BEFORE)]


def test_a_run_that_nobody_ended_is_unfinished_until_it_is_forgotten(home: Home) -> None:
    folder = ran(home, "1", NOW, "cancelled")
    assert unfinished(home) == []
    folder.mark_interrupted()
    (found,) = unfinished(home)
    assert (found.folder.id, found.name, found.is_running) == ("1", "mine", False) and found.folder.until == "b"
    found.folder.forget_interruption()
    assert unfinished(home) == []


def test_cached_blocks_show_what_the_run_showed_that_computed_them(home: Home) -> None:
    ran(home, "1", NOW)
    (drawn,) = drawn_before("now", {"mine": str(home.artifacts / "1")})
    assert isinstance(drawn, Metric) and (drawn.run, drawn.block, drawn.value) == ("now", "mine", 1.0)
    assert drawn_before("now", {"mine": str(Path("nowhere"))}) == []


def test_the_run_that_computed_a_result_is_known_without_its_charts(home: Home) -> None:
    folder = ran(home, "1", NOW)
    cached = {"mine": str(home.artifacts / "1")}
    (folder.path / EVENTS).unlink()
    there = reused("now", cached)
    assert there.events == () and there.maker is not None and there.maker.path == folder.path
    assert (there.name, there.started) == ("mine", "2026-03-01T14:03:00")
    shutil.rmtree(folder.path)
    gone = reused("now", cached)
    assert (gone.events, gone.maker, gone.name, gone.started) == ((), None, "", "")


def test_events_come_in_batches_to_the_last_that_can_be_read(home: Home) -> None:
    folder = ran(home, "1", NOW)
    batches = list(events_in_batches(folder, 3))
    assert [len(batch) for batch in batches] == [3, 1] and batches[0] + batches[1] == list(folder.events())
    (folder.path / EVENTS).unlink()
    assert list(events_in_batches(folder, 3)) == [[]]


def test_a_run_that_was_ended_without_a_request_is_interrupted_whatever_it_wrote(home: Home) -> None:
    """Such as by the end of the desktop's session, while its engine still wrote that it was cancelled."""
    folder = ran(home, "1", NOW, "cancelled")
    assert folder.report()["status"] == "cancelled"
    folder.mark_interrupted()
    assert folder.report()["status"] == "interrupted"
    folder.forget_interruption()
    assert folder.report()["status"] == "cancelled"


def test_a_run_that_a_process_executes_is_found(home: Home) -> None:
    folder = RunFolder.create(home.runs / "r", NOW, {})
    RunFolder.create(home.runs / "over", NOW, {})
    assert executed_run(home) is None
    with folder.locked():
        found = executed_run(home)
        assert found is not None and found.id == "r" and executed_run(home, {"r"}) is None
    assert executed_run(home) is None
