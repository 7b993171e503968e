"""Runs in several processes, here and on another machine: the same result, and nobody is left behind."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from artifact_files import digests
from run_fixtures import TOGETHER as TRAINING

from engine.base.errors import BadInput
from engine.cli.main import main
from engine.contracts.commands import RunPipeline
from engine.contracts.events import Failure, Log, Metric, RunChanged, StageChanged
from engine.contracts.processes import processes_text
from engine.machines.far_run import FarRun
from engine.machines.records import MachineRecord, add_machine, machine_record, replace_machine
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.run.control import Control
from engine.service.launched import LaunchedRun
from engine.service.process import EngineProcess
from engine.service.remote import Machine
from tests.engine.machines.loopback_ssh import loopback_ssh, ssh_with_options
from tests.engine.machines.simulated_machine import simulated
from tests.engine.service.ears import Ear, until

Chain = Callable[..., Pipeline]
TESTS = Path(__file__).resolve().parents[2]
CHILD = [sys.executable, str(TESTS / "engine_child.py")]
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals")
START_SECONDS = 600.0
"""Four processes load torch, on a machine that others use, too."""
BOX = MachineRecord(name="box", destination="127.0.0.1", processes=2)


def processes_of(home: Home) -> list[psutil.Process]:
    """The processes of runs of that home: the launcher, and those that it started."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if str(home.root) in words and "--run" in words:
            found.append(process)
    return found


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "far")
    yield home
    for process in processes_of(home):
        process.kill()


@pytest.fixture
def process(home: Home, far: Home) -> Iterator[EngineProcess]:
    made = EngineProcess(home, machine=Machine("box", (sys.executable, str(TESTS / "fake_ssh.py"), str(far.root))))
    yield made
    made.kill()
    assert made.close(20)


@pytest.fixture
def training(tiny: Callable[[str], Path]) -> Pipeline:
    settings = {**TRAINING, "text": str(TESTS.parent / "LICENSE")}
    steps = [("model", {"model": str(tiny("llama"))}), ("fine_tuning", settings)]
    return Pipeline.linear(steps, evaluation=Evaluation(when="never"))


@posix
@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["ddp", "fsdp2"])
def test_two_processes_over_ssh_leave_what_two_leave_here(
    strategy: str, training: Pipeline, far: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    python = tmp_path / "python"  # knows the methods of the tests, and splits weights on the CPU
    python.write_text(f'#!/bin/sh\nshift 3\nOMP_NUM_THREADS=1 exec {shlex.join(CHILD)} "$@"\n')
    python.chmod(0o755)
    update = {"python": str(python), "home": str(far.root), "strategy": strategy}
    heard = list[object]()
    with loopback_ssh(tmp_path) as options:
        folder = ssh_with_options(tmp_path / "bin", options)
        monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
        with FarRun(Home(tmp_path / "here"), BOX.model_copy(update=update), device="cpu", sink=heard.append) as run:
            report = run.execute(training, None)
    assert report["status"] == "done", report
    assert any(isinstance(event, Log) and "splits weights on GPUs only" in event.text for event in heard) == (
        strategy == "fsdp2"
    )
    losses = {event.step for event in heard if isinstance(event, Metric) and event.name == "loss/eval"}
    assert losses == {3, 6} and not processes_of(far)

    home = Home(tmp_path / "two")
    local = EngineProcess(home, command=CHILD, device="cpu")
    told = Ear(local.lane("run"))
    command = RunPipeline(id="r", pipeline=training.to_json(), processes=2, strategy=strategy)
    local.lane("run").send(command)
    until(lambda: told.has(RunChanged, run="r", state="done"), START_SECONDS)
    assert local.close(20) and not processes_of(home)
    here = [digest for path, digest in digests(home.root).items() if path.endswith(".safetensors")]
    there = [digest for path, digest in digests(far.root).items() if path.endswith(".safetensors")]
    assert here and here == there
    environment = RunFolder(home.runs / "r").environment()
    assert environment["run"] == "r" and RunFolder(home.runs / "r").report()["status"] == "done"


@posix
@pytest.mark.slow
def test_processes_go_on_when_the_connection_is_lost_and_end_when_they_are_cancelled(
    process: EngineProcess, far: Home, chain: Chain
) -> None:
    lane = process.lane("run")
    told = Ear(lane)
    lane.send(RunPipeline(id="r", pipeline=chain({"seconds": 300.0}).to_json(), processes=2))
    until(lambda: told.has(StageChanged, block="probe_1", state="running"), START_SECONDS)
    ranks = {each.pid for each in processes_of(far)}
    assert len(ranks) == 3, "a launcher and two processes"
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    until(lambda: process.losses > 0 and process.ready.is_set())
    assert {each.pid for each in processes_of(far)} == ranks
    lane.pause("r")
    told.wait(RunChanged, run="r", state="paused")
    lane.resume("r")
    told.wait(RunChanged, run="r", state="running")
    lane.cancel("r")
    assert told.wait_for_end("r") == "cancelled"
    until(lambda: not processes_of(far), 60)
    lane.send(RunPipeline(id="next", pipeline=chain({"factor": 0.5}).to_json(), processes=2))
    until(lambda: told.has(RunChanged, run="next", state="done"), START_SECONDS)
    until(lambda: not processes_of(far), 60)


def _kill(whom: str, far: Home) -> None:
    """Kill the engine, the launcher that it started, or one of the two processes that compute."""
    launcher = next(each for each in processes_of(far) if "accelerate.commands.launch" in each.cmdline())
    ranks = {int(each.environ()["RANK"]): each for each in launcher.children()}
    chosen = {"engine": launcher.parent(), "launcher": launcher, "first": ranks[0], "second": ranks[1]}[whom]
    assert chosen is not None
    chosen.kill()


@posix
@pytest.mark.slow
def test_whoever_is_killed_takes_all_along_and_the_run_can_be_taken_up(
    process: EngineProcess, far: Home, chain: Chain
) -> None:
    """Each of the four in turn, of one run that is taken up between them."""
    lane = process.lane("run")
    told = Ear(lane)
    lane.send(RunPipeline(id="r", pipeline=chain({"seconds": 300.0}).to_json(), processes=2))
    for whom in ("engine", "second", "first", "launcher"):
        if whom != "engine":
            lane.send(RunPipeline(id="r", resume=True, processes=2))
        until(lambda: told.has(StageChanged, block="probe_1", state="running"), START_SECONDS)
        _kill(whom, far)
        state = told.wait_for_end("r")
        failures = [event for event in told if isinstance(event, Failure) and event.run == "r"]
        assert failures and not any("should not" in str(failure) for failure in failures), failures
        until(lambda: not processes_of(far) and not lane.is_busy, 60)
        if whom == "second":  # the first one is told by a library, or by the launcher
            assert state in ("failed", "interrupted")
        else:
            assert state == "interrupted" and RunFolder(far.runs / "r").was_interrupted, whom
        assert RunFolder(far.runs / "r").report()["status"] == state
        del told[:]


@pytest.mark.slow
def test_the_command_line_runs_in_two_processes_of_this_computer(
    training: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "here")
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(home.root))
    (tmp_path / "p.json").write_text(training.to_json())
    words = ["--processes", "2", "--device", "cpu", "--json"]
    assert main(["run", str(tmp_path / "p.json"), *words]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["status"] == "done" and [stage["state"] for stage in shown["stages"]] == ["done", "done"]
    assert not processes_of(home)
    assert main(["run", str(tmp_path / "p.json"), *words, "--out", str(tmp_path / "out")]) == 2
    assert "can't be used with --processes" in capsys.readouterr().err
    refused = tmp_path / "refused.json"
    refused.write_text(Pipeline.linear([("model", {"model": "/nowhere"}), ("nf4", {})]).to_json())
    assert main(["run", str(refused), *words]) != 0
    assert "/nowhere" in capsys.readouterr().err


@pytest.mark.slow
def test_what_can_not_be_started_is_a_sentence(far: Home, tmp_path: Path) -> None:
    heard = list[object]()
    steps = [("model", {"model": "/nowhere"}), ("nf4", {})]
    command = RunPipeline(id="r", pipeline=Pipeline.linear(steps).to_json(), processes=2)
    LaunchedRun(command, far, "cpu", heard.append, Control()).execute()
    last = heard[-1]
    assert isinstance(last, RunChanged) and last.state == "failed"
    assert any(isinstance(event, Failure) and "/nowhere" in str(event) for event in heard)
    for count, strategy in ((0, "ddp"), (65, "ddp"), (2, "fsdp1")):
        with pytest.raises(BadInput):
            LaunchedRun(RunPipeline(processes=count, strategy=strategy), far, "cpu", heard.append, Control()).execute()


def test_a_machine_keeps_how_many_processes_its_runs_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "here"))
    home = Home(tmp_path / "here")
    assert main(["machines", "add", "box", "me@gpu", "--processes", "4", "--strategy", "fsdp2"]) == 0
    record = machine_record(home, "box")
    assert (record.processes, record.strategy) == (4, "fsdp2")
    assert main(["machines", "list"]) == 0
    assert processes_text(4, "fsdp2") in capsys.readouterr().out
    assert main(["machines", "add", "other", "me@gpu", "--processes", "0"]) == 2
    with pytest.raises(BadInput):
        replace_machine(home, record.model_copy(update={"processes": 1000}))
    entries = json.loads((home.root / "machines.json").read_text())
    old = [{name: value for name, value in entries[0].items() if name not in ("processes", "strategy")}]
    (home.root / "machines.json").write_text(json.dumps(old))
    assert machine_record(home, "box").processes == 1, "a list of before"


def test_the_command_line_says_how_many_processes_a_run_there_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = simulated(Home(tmp_path / "far"))
    sent = list[RunPipeline]()

    def loses(command: object) -> bool:
        if isinstance(command, RunPipeline):
            sent.append(command)
        return False

    far.loses = staticmethod(loses)
    monkeypatch.setattr("engine.machines.session.EngineProcess", far)
    monkeypatch.setattr(
        LaunchedRun, "execute", lambda self: self._on_event(RunChanged(run=sent[-1].id, state="cancelled"))
    )
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "here"))
    add_machine(Home(tmp_path / "here"), BOX)
    steps = [("model", {"model": "sample"}), ("round_to_nearest", {})]
    (tmp_path / "p.json").write_text(Pipeline.linear(steps, evaluation=Evaluation(when="never")).to_json())
    main(["run", str(tmp_path / "p.json"), "--on", "box", "--quiet"])
    main(["run", str(tmp_path / "p.json"), "--on", "box", "--quiet", "--processes", "3", "--strategy", "fsdp2"])
    assert [(command.processes, command.strategy) for command in sent] == [(2, "ddp"), (3, "fsdp2")]
    assert machine_record(Home(tmp_path / "here"), "box").processes == 2
