"""Runs on another machine as scripts start them, and answers that no machine of ours gives."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

import engine
from engine.base.errors import BadInput, Cancelled, RunFailed
from engine.contracts.commands import CheckPipeline, Command, RunPipeline
from engine.contracts.events import Event, JobDone, LayerDone, LinkChanged, RunChanged, StageChanged
from engine.contracts.transfers import PlaceContent, RunLine, UseHubToken
from engine.machines.far_run import FarRun, far_runs
from engine.machines.records import MachineRecord, add_machine
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from tests.engine.machines.simulated_machine import SimulatedProcess, simulated

BOX = MachineRecord(name="box", destination="me@gpu")
PIPELINE = Pipeline.linear([("model", {"model": "sample"}), ("round_to_nearest", {"format": "int4", "group_size": 64})])


@pytest.fixture
def here(tmp_path: Path) -> Home:
    home = Home(tmp_path / "here")
    add_machine(home, BOX)
    return home


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[SimulatedProcess]:
    made = simulated(Home(tmp_path / "far"))
    monkeypatch.setattr("engine.machines.session.EngineProcess", made)
    return made


def test_a_script_computes_on_another_machine(here: Home, machine: type[SimulatedProcess], tmp_path: Path) -> None:
    events: list[Event] = []
    settings = {"evaluation": None, "home": here, "progress": False, "machine": "box"}
    result = engine.compress("sample", "round_to_nearest", format="int4", on_event=events.append, **settings)
    assert result.folder.is_relative_to(here.far / "box") and not (here.root / "artifacts").exists()
    assert any(isinstance(event, LayerDone) for event in events) and len(result.layers) > 0
    assert all(
        str(machine.far.root) not in (event.artifact or "") for event in events if isinstance(event, StageChanged)
    )
    assert result.blocks["model_1"].artifact.is_dir() and not result.artifact.exists()
    assert engine.history(home=here).run[0] == result.run
    assert type(result.model()).__name__ == "LlamaForCausalLM" and result.artifact.is_relative_to(here.fetched / "box")
    again = engine.resume(result.run, home=here, progress=False)
    assert again.metrics["size_bytes"] == result.metrics["size_bytes"]
    with pytest.raises(BadInput, match="folder"):
        engine.compress("sample", "round_to_nearest", folder=tmp_path / "f", **settings)
    with pytest.raises(BadInput, match="Unknown machine"):
        engine.compress("sample", "round_to_nearest", **{**settings, "machine": "bix"})

    def cancel(event: Event) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        engine.compress("sample", "round_to_nearest", format="int3", on_event=cancel, **settings)


def sent_runs(machine: type[SimulatedProcess]) -> list[RunPipeline]:
    return [command for each in machine.made for command in each.sent if isinstance(command, RunPipeline)]


def test_a_run_that_was_begun_before_is_followed_and_no_more(here: Home, machine: type[SimulatedProcess]) -> None:
    """One that never arrived is begun; one that has ended is fetched, however it ended."""
    pipeline = PIPELINE.model_copy(update={"evaluation": Evaluation(when="never")})
    with FarRun(here, BOX, run="r") as far:
        assert far.follow(pipeline, None)["status"] == "done"
    assert [command.resume for command in sent_runs(machine)] == [False]
    told: list[Event] = []
    with FarRun(here, BOX, run="r", sink=told.append) as far:
        assert far.follow(pipeline, None)["status"] == "done"
    assert len(sent_runs(machine)) == 1, "it was not taken up"
    assert any(isinstance(event, LayerDone) for event in told)
    assert (
        isinstance(told[-1], RunChanged)
        and told[-1].state == "done"
        and told[-1].report == str(far.folder / "report.json")
    )
    there = machine.far.runs / "r" / "report.json"
    there.write_text(json.dumps({**json.loads(there.read_text()), "status": "cancelled"}))
    with FarRun(here, BOX, run="r", sink=told.append) as far:
        assert far.follow(pipeline, None)["status"] == "cancelled"
    assert len(sent_runs(machine)) == 1 and isinstance(told[-1], RunChanged) and told[-1].state == "cancelled"


def test_a_machine_out_of_reach_is_waited_for(
    here: Home, machine: type[SimulatedProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run may go on there: it is neither given up nor begun a second time."""
    monkeypatch.setattr("engine.machines.far_run.delay_after", lambda failures: 0.01)
    pipeline = PIPELINE.model_copy(update={"evaluation": Evaluation(when="never")})
    with FarRun(here, BOX, run="r") as far:
        far.execute(pipeline, None)
    attempts: list[Command] = []

    def loses(command: Command) -> bool:
        attempts.append(command)
        machine.made[-1].was_connected = machine.made[-1].is_connected = len(attempts) > 3
        return len(attempts) <= 3

    machine.loses = staticmethod(loses)
    told: list[Event] = []
    with FarRun(here, BOX, run="r", sink=told.append, is_cancelled=lambda: bool(attempts)) as far:
        assert far.follow(pipeline, None)["status"] == "done", "it ended before the cancel could be heard there"
    assert [event.connected for event in told if isinstance(event, LinkChanged)] == [False, True]
    assert len(sent_runs(machine)) == 1
    with FarRun(here, BOX, run="r", is_left=lambda: True) as far:
        attempts.clear()
        with pytest.raises(Cancelled):
            far.follow(pipeline, None)


def test_the_token_is_used_after_a_yes_only(here: Home, machine: type[SimulatedProcess]) -> None:
    machine.answer = staticmethod(lambda event: event)
    with FarRun(here, BOX) as far:
        with pytest.raises(BadInput, match="box refuses the pipeline"):
            far.execute(Pipeline.linear([("model", {"model": "/nowhere"}), ("nf4", {})]), None)
        sent = machine.made[-1].sent
        assert not any(isinstance(command, UseHubToken) for command in sent)
        assert "secret" not in repr(UseHubToken(token="secret"))


@pytest.mark.parametrize(
    ("kind", "result", "sentence"),
    [
        (CheckPipeline, {"problems": []}, "did not return the result"),
        (PlaceContent, "/a\nb", "did not return a valid path"),
    ],
)
def test_answers_of_a_hostile_machine_are_sentences(
    here: Home, machine: type[SimulatedProcess], tmp_path: Path, kind: type, result: object, sentence: str
) -> None:
    (tmp_path / "a.txt").write_text("a text")
    pipeline = PIPELINE.model_copy(update={"text": str(tmp_path / "a.txt")})

    def answer(event: Event) -> Event:
        of = {command.id for process in machine.made for command in process.sent if isinstance(command, kind)}
        return dataclasses.replace(event, result=result) if isinstance(event, JobDone) and event.run in of else event

    machine.answer = staticmethod(answer)
    with FarRun(here, BOX) as far, pytest.raises(RunFailed, match=sentence):
        far.execute(pipeline, None)
    assert not any(isinstance(command, RunPipeline) for process in machine.made for command in process.sent)


def test_a_hostile_copy_of_a_run_has_paths_of_this_machine(
    here: Home, machine: type[SimulatedProcess], tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    folder = machine.far.runs / "r"
    folder.mkdir(parents=True)
    (folder / "pipeline.json").write_text(PIPELINE.to_json())
    (folder / "environment.json").write_text('{"run": "other", "machine": ""}')
    stage = {
        "block": "../../x",
        "method": "nf4",
        "title": "T",
        "settings": {},
        "artifact": str(secret),
        "state": "done",
    }
    report = {"status": "done", "run": "other", "folder": "/etc", "stages": [stage]}
    (folder / "report.json").write_text(json.dumps(report))
    (folder / "events.jsonl").write_text('{"type": "Unknown"}\n[1]\n\xff\n')
    with FarRun(here, BOX, run="r") as far:
        report = far.fetch()
        lines = far_runs(far.session, "box")
    assert (report["run"], report["folder"]) == ("r", str(far.folder))
    assert report["stages"][0]["artifact"] == str(here.fetched / "box" / "secret")
    for there in ("..", "/", "a\\..", "\0", ""):
        assert far._fetched(there).parent == here.fetched / "box"
    assert json.loads((far.folder / "environment.json").read_text()) == {"run": "r", "machine": "box"}
    assert all(isinstance(line, RunLine) for line in lines)
    for run in ("../r", "", "a/b"):
        if run:
            with pytest.raises(BadInput, match="can't be the id"):
                FarRun(here, BOX, run=run)
