"""Engines on another machine: lost connections cost nothing, and what is told is told once."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shlex
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from artifact_files import digests
from engine_child import engines_of

from engine.base.errors import BadInput
from engine.contracts.commands import ReadStructure, RunPipeline
from engine.contracts.events import OVER, Failure, JobDone, Log, Metric, RunChanged, StageChanged, to_line
from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.run.runner import start
from engine.service.detached import Accepted
from engine.service.process import EngineProcess
from engine.service.remote import FIRST_DELAY, LONGEST_DELAY, Machine, ReceivedEvents, delay_after
from tests.engine.machines.loopback_ssh import loopback_ssh
from tests.engine.service.ears import Ear, until

Chain = Callable[..., Pipeline]
ROOT = Path(__file__).resolve().parents[3]
FAKE_SSH = ROOT / "tests" / "fake_ssh.py"
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@pytest.fixture
def far(tmp_path: Path) -> Home:
    return Home(tmp_path / "far")


@pytest.fixture
def process(home: Home, far: Home) -> Iterator[EngineProcess]:
    made = EngineProcess(home, machine=Machine("box", (sys.executable, str(FAKE_SSH), str(far.root))))
    yield made
    made.kill()
    assert made.close(20)
    for engine in engines(far):
        engine.kill()


def engines(far: Home) -> list[psutil.Process]:
    """Engines that serve that home now."""
    found = []
    for number in engines_of(far.root).glob("*"):
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(int(number.name))
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def cut(process: EngineProcess) -> None:
    """Let the connection end as it is."""
    if process.pid is not None:
        os.kill(process.pid, signal.SIGKILL)


def assert_told_once(told: Ear, far: Home, run: str) -> None:
    """All that stands in the log of the run was told, and nothing twice."""
    logged = [to_line(event) for event in RunFolder(far.runs / run).events()]
    heard = Counter(to_line(event) for event in told if event.run == run)
    assert logged and not [line for line in logged if heard[line] != logged.count(line)]
    assert max(heard.values()) == 1 or all(logged.count(line) > 1 for line in heard if heard[line] > 1)


@posix
def test_a_run_goes_on_when_the_connection_is_lost_and_is_followed_over_the_next(
    process: EngineProcess, far: Home, home: Home, chain: Chain, tmp_path: Path
) -> None:
    pipeline = chain({"noise": 0.01, "seconds": 0.4}, {"factor": 2.0, "seconds": 0.2})
    lane, look = process.lane("run"), process.lane("look")
    told = Ear(lane)
    lane.send(RunPipeline(id="r", pipeline=pipeline.to_json()))
    told.wait(StageChanged, block="probe_1", state="running")
    executing = RunFolder(far.runs / "r").executing_process()
    look.send(ReadStructure(id="s", model="sample"))
    cut(process)
    asked = Ear(look)
    until(lambda: asked.has(JobDone, run="s") or asked.has(Failure, run="s"))
    for failure in [event for event in asked if isinstance(event, Failure)]:
        assert failure.what == "The connection to box was lost" and "memory" not in str(failure).lower()
    assert told.wait_for_end("r") == "done"
    assert executing is not None and not any(isinstance(event, Failure) for event in told)
    assert any(isinstance(e, Log) and "goes on there" in e.text for e in told)
    assert_told_once(told, far, "r")
    until(lambda: not lane.is_busy)
    assert not (home.runs / "r").exists()
    start(pipeline, home=Home(tmp_path / "undisturbed"), device="cpu")
    assert digests(far.root) == digests(tmp_path / "undisturbed") and digests(far.root)

    lane.send(RunPipeline(id="next", pipeline=chain({"factor": 3.0}).to_json()))  # over the new connection
    assert told.wait_for_end("next") == "done"


@posix
def test_wishes_reach_a_run_that_another_engine_executes_and_runs_wait_for_it(
    process: EngineProcess, far: Home, chain: Chain
) -> None:
    lane = process.lane("run")
    told = Ear(lane)
    lane.send(RunPipeline(id="r", pipeline=chain({"seconds": 60.0}).to_json()))
    told.wait(StageChanged, block="probe_1", state="running")
    cut(process)
    until(lambda: process.ready.is_set() and len(engines(far)) == 2)
    lane.send(RunPipeline(id="second", pipeline=chain({"factor": 0.5}).to_json()))
    lane.send(RunPipeline(id="third", pipeline=chain({"factor": 0.25}).to_json()))
    lane.cancel("third")
    assert told.wait_for_end("third") == "cancelled"
    assert not (far.runs / "second").exists(), "one run at a time"
    lane.cancel("r")
    assert told.wait_for_end("r") == "cancelled"
    assert told.wait_for_end("second") == "done"
    assert_told_once(told, far, "r")
    until(lambda: len(engines(far)) == 1)


@posix
def test_a_run_whose_machine_dies_is_interrupted(process: EngineProcess, far: Home, chain: Chain) -> None:
    lane = process.lane("run")
    told = Ear(lane)
    lane.send(RunPipeline(id="r", pipeline=chain({"seconds": 60.0}).to_json()))
    told.wait(StageChanged, block="probe_1", state="running")
    for engine in engines(far):
        engine.kill()
    assert told.wait_for_end("r") == "interrupted"
    assert any(isinstance(event, Failure) and "has died" in event.what for event in told)
    lane.send(RunPipeline(id="r", resume=True))
    lane.cancel("r")  # at once: what was read of its first execution may not be over there
    until(lambda: told.has(RunChanged, run="r", state="cancelled"))


@posix
def test_a_run_that_is_refused_while_nobody_listens_says_why(process: EngineProcess, far: Home) -> None:
    """It leaves no folder: the note about it says how it ended."""
    lane = process.lane("run")
    told = Ear(lane)
    process.start()
    until(process.ready.is_set)
    lane.send(RunPipeline(id="r", pipeline=Pipeline.linear([("model", {"model": "/nowhere"})]).to_json()))
    cut(process)
    assert told.wait_for_end("r") == "failed"
    assert sum(isinstance(event, Failure) and event.run == "r" for event in told) == 1


@posix
@pytest.mark.slow
def test_cuts_at_random_moments_lose_nothing(
    process: EngineProcess, far: Home, chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as CUTS says, over as many runs as it takes."""
    cuts = int(os.environ.get("CUTS", "1"))
    draw = random.Random(int(os.environ.get("CUTS_SEED", "0")))
    lane, done, number = process.lane("run"), 0, 0
    told = Ear(lane)
    monkeypatch.setattr("engine.service.remote.LONGEST_DELAY", 0.5)
    process.start()
    until(process.ready.is_set)
    while done < cuts:
        number += 1
        pipeline = chain({"noise": 0.01, "seconds": 0.3}, {"factor": 2.0, "seconds": 0.2})
        seeded = pipeline.model_copy(update={"seed": number})
        lane.send(RunPipeline(id=f"r{number}", pipeline=seeded.to_json()))
        ends = time.monotonic() + 900
        again = time.monotonic() + draw.uniform(0.0, 8.0)
        while not any(told.has(RunChanged, run=f"r{number}", state=state) for state in OVER):
            assert time.monotonic() < ends, (done, told[-5:], process.notices.drain())
            if time.monotonic() > again and process.pid is not None and done < cuts:
                cut(process)
                done += 1
                print("cut", done, "during run", number, flush=True)
                again = time.monotonic() + draw.uniform(0.0, 8.0)
            time.sleep(0.005)
        assert told.wait_for_end(f"r{number}") == "done", [e for e in told if isinstance(e, Failure)]
        assert_told_once(told, far, f"r{number}")
        start(seeded, home=Home(tmp_path / "undisturbed"), device="cpu")
    assert digests(far.root) == digests(tmp_path / "undisturbed") and digests(far.root)
    print(f"{done} cuts, {number} runs")


@pytest.fixture
def over_ssh(tmp_path: Path, far: Home) -> Iterator[Machine]:
    """This machine, through a server of ssh on the loopback address."""
    child = [sys.executable, str(ROOT / "tests" / "engine_child.py"), "--detached", "--home", str(far.root)]
    command = list(Machine.over_ssh("box", "127.0.0.1").command)
    with loopback_ssh(tmp_path) as options:
        last = f"exec {shlex.join([*child, '--device', 'cpu'])}"
        yield Machine("box", (command[0], *options, *command[1:-1], last))


@posix
def test_a_run_over_ssh_survives_the_end_of_the_connection(
    over_ssh: Machine, home: Home, far: Home, chain: Chain, tmp_path: Path
) -> None:
    pipeline = chain({"noise": 0.01, "seconds": 0.4}, {"factor": 2.0, "seconds": 0.2})
    process = EngineProcess(home, machine=over_ssh)
    lane = process.lane("run")
    told = Ear(lane)
    lane.send(RunPipeline(id="r", pipeline=pipeline.to_json()))
    told.wait(StageChanged, block="probe_1", state="running")
    cut(process)
    assert told.wait_for_end("r") == "done"
    assert_told_once(told, far, "r")
    start(pipeline, home=Home(tmp_path / "undisturbed"), device="cpu")
    assert digests(far.root) == digests(tmp_path / "undisturbed") and digests(far.root)
    assert process.close(20)


def test_a_machine_that_cannot_be_reached_is_said_so(home: Home, tmp_path: Path) -> None:
    script = tmp_path / "ssh.py"
    script.write_text("import sys\nsys.exit('ssh: connect to host box port 22: Connection refused')")
    process = EngineProcess(home, machine=Machine("box", (sys.executable, str(script))))
    lane = process.lane("run")
    lane.send(RunPipeline(id="r", pipeline="{}"))
    told = Ear(lane)
    assert told.wait_for_end("r") == "interrupted"
    (failure,) = [event for event in told if isinstance(event, Failure)]
    assert failure.what == "No engine could be started on box" and "Connection refused" in failure.why
    until(lambda: len(process.notices) > 0)
    process.kill()
    assert process.close(20)


def test_the_command_for_ssh() -> None:
    machine = Machine.over_ssh("box", "me@box", python="/opt/my env/bin/python", home="/data/a b")
    assert machine.command[0] == "ssh" and machine.command[-2] == "me@box" and machine.command[-3] == "--"
    assert shlex.split(machine.command[-1])[1:] == [
        *("/opt/my env/bin/python", "-P", "-m", "engine.service.child", "--detached", "--home", "/data/a b")
    ]
    for wrong in ("", "-oProxyCommand=x", "a b"):
        with pytest.raises(BadInput):
            Machine.over_ssh("box", wrong)


def test_what_was_told_live_is_not_told_again() -> None:
    events = [Metric(run="r", name="loss", value=0.1 * step, step=step, time=float(step)) for step in range(5)]
    told = ReceivedEvents()
    for event in events[:3]:
        told.note(event)
    lines = [to_line(event) for event in events]
    assert told.missing([*lines[:4], "damaged", "{}"]) == events[3:4]
    assert told.missing(lines[4:]) == events[4:]
    assert delay_after(0) == FIRST_DELAY and delay_after(100) == LONGEST_DELAY


def test_a_run_is_accepted_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first, second = Accepted(home), Accepted(home)
    command = RunPipeline(id="r", pipeline="{}")
    assert first.accept(command) and not second.accept(command) and not first.accept(command)
    note = first.read("r")
    assert note is not None and not first.is_over(note) and note["begins"] == 0
    note["started"] -= 100.0  # the number of a process that ended was given to another
    (tmp_path / "accepted" / "r.json").write_text(json.dumps(note))
    assert second.is_over(note) and second.accept(command)
    (tmp_path / "accepted" / "r.json").write_text("{")
    assert second.read("r") is None
    for wrong in ("../r", "", "a\0b", "\ud800", ".", "x" * 101):
        with pytest.raises(BadInput, match="can't be the id of a run"):
            first.accept(RunPipeline(id=wrong, pipeline="{}"))
        assert first.read(wrong) is None
