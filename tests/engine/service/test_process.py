"""The engine process dies, freezes, grows, is left alone: whoever drives it goes on, and runs lose nothing."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from artifact_files import digests

from engine.base.errors import BadInput, OutOfMemory
from engine.contracts.commands import ReadStructure, RunPipeline
from engine.contracts.events import Event, Failure, JobDone, Log, RunChanged, StageChanged
from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.run.runner import start
from engine.service import child as child_module
from engine.service.child import Child
from engine.service.exit_reason import CLOSED, RESUME, ProcessEnd, device_fault, explain_end
from engine.service.process import EngineProcess
from engine.service.protocol import Ask, Ended, EventBatch, Send
from tests.engine.service.ears import Ear, until

Chain = Callable[..., Pipeline]
CHILD = [sys.executable, str(Path(__file__).resolve().parents[2] / "engine_child.py")]
ROOT = Path(__file__).resolve().parents[3]
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@pytest.fixture
def process(home: Home) -> Iterator[EngineProcess]:
    made = EngineProcess(home, device="cpu", command=CHILD)
    yield made
    made.kill()
    assert made.close(20)


@posix
def test_a_killed_child_is_told_replaced_and_its_run_resumed_to_the_same_bytes(
    process: EngineProcess, home: Home, chain: Chain, tmp_path: Path
) -> None:
    pipeline = chain({"noise": 0.01, "seconds": 0.15}, {"factor": 2.0})
    lane, look = process.lane("run"), process.lane("look")
    told = Ear(lane)
    lane.send(RunPipeline(id="r", pipeline=pipeline.to_json()))
    told.wait(StageChanged, block="probe_1", state="running")
    lane.send(RunPipeline(id="waits", pipeline=pipeline.to_json()))
    first = process.pid
    if sys.platform == "linux":
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, first or 0) == min(19, own + 5), "the window comes first"
    os.kill(first, signal.SIGKILL)  # type: ignore[arg-type]
    told.wait(RunChanged, run="r", state="interrupted")
    told.wait(RunChanged, run="waits", state="interrupted")
    why = next(event for event in told if isinstance(event, Failure) and event.run == "r")
    assert "killed" in why.what and "SIGKILL" in why.why and "resume" in why.advice
    until(lambda: not lane.is_busy)
    *_, noted, ended = RunFolder(home.runs / "r").events()
    assert isinstance(noted, Failure) and noted.why == why.why and isinstance(ended, RunChanged)
    assert ended.state == "interrupted" and not (home.runs / "waits").exists()

    lane.send(RunPipeline(id="r", resume=True))  # to the next child, which comes by itself
    told.wait(RunChanged, run="r", state="done")
    assert process.pid not in (None, first) and not process.notices.drain()
    look.send(ReadStructure(id="s", model="/nowhere"))
    Ear(look).wait(Failure, run="s")
    start(pipeline, home=Home(tmp_path / "undisturbed"), device="cpu")
    assert digests(home.root) == digests(tmp_path / "undisturbed") and digests(home.root)


def test_a_child_that_keeps_memory_is_replaced_when_it_is_idle(home: Home) -> None:
    process = EngineProcess(home, device="cpu", command=CHILD, kept_bytes=-(1 << 40))
    lane = process.lane("look")
    process.start()
    until(process.ready.is_set)
    first = process.pid
    if sys.platform == "linux":  # if memory runs out, the system ends it and not the window
        assert Path(f"/proc/{first}/oom_score_adj").read_text() == "100\n"
    lane.send(ReadStructure(id="a", model="/nowhere"))
    told = Ear(lane)
    told.wait(Failure, run="a")
    until(lambda: process.pid not in (None, first))
    lane.send(ReadStructure(id="b", model="/nowhere"))
    told.wait(Failure, run="b")
    assert all(failure.what != "The engine process was killed" for failure in told if isinstance(failure, Failure))
    assert process.close(20)
    until(lambda: not psutil.pid_exists(first or 0))


@posix
def test_a_frozen_child_is_noticed_and_can_be_ended(process: EngineProcess, chain: Chain) -> None:
    lane = process.lane("run")
    told = Ear(lane)
    lane.send(RunPipeline(id="r", pipeline=chain({"seconds": 60.0}).to_json()))
    told.wait(StageChanged, block="probe_1", state="running")
    until(process.ready.is_set)
    os.kill(process.pid or 0, signal.SIGSTOP)
    until(lambda: process.silent_seconds > 2.5)
    os.kill(process.pid or 0, signal.SIGCONT)
    until(lambda: process.silent_seconds < 1.0)
    os.kill(process.pid or 0, signal.SIGSTOP)
    process.end_unresponsive()
    told.wait(RunChanged, run="r", state="interrupted")
    assert any(isinstance(event, Failure) and "did not answer" in event.what for event in told)


def driving(home: Home, pipeline: Pipeline, then: str) -> subprocess.Popen[str]:
    """A process that drives an engine process with a run, says so, and does ``then``."""
    home.root.mkdir(parents=True)
    (home.root / "p.json").write_text(pipeline.to_json(), encoding="utf-8")
    program = f"""
import os, signal, sys, time
from pathlib import Path
from engine.contracts.commands import RunPipeline
from engine.contracts.events import StageChanged
from engine.record.home import Home
from engine.service.process import EngineProcess
process = EngineProcess(Home(Path({str(home.root)!r})), device="cpu", command={CHILD!r})
lane = process.lane("run")
lane.send(RunPipeline(id="r", pipeline=Path({str(home.root / "p.json")!r}).read_text(encoding="utf-8")))
while not any(isinstance(e, StageChanged) and e.block == "probe_1" for e in lane.drain()):
    time.sleep(0.01)
print(process.pid, flush=True)
{then}
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment)


@posix
def test_the_death_of_the_parent_ends_the_child(home: Home, chain: Chain) -> None:
    parent = driving(home, chain({"seconds": 60.0}), "os.kill(os.getpid(), signal.SIGKILL)")
    child = int(parent.communicate()[0])
    until(lambda: not psutil.pid_exists(child))
    assert json.loads((home.runs / "r" / "report.json").read_text())["status"] == "cancelled"
    folder = RunFolder.open(home.runs / "r")
    assert folder.was_interrupted  # the next window offers to resume it
    with folder.locked():
        assert not folder.was_interrupted
    assert not folder.was_interrupted


def test_a_run_that_was_let_go_on_is_finished_without_the_parent(home: Home, chain: Chain) -> None:
    parent = driving(home, chain({"seconds": 0.3}), "assert process.detach()")
    child = int(parent.communicate()[0])
    assert parent.returncode == 0 and psutil.pid_exists(child)
    until(lambda: not psutil.pid_exists(child))
    assert json.loads((home.runs / "r" / "report.json").read_text())["status"] == "done"
    assert not RunFolder.open(home.runs / "r").was_interrupted


@posix
def test_a_termination_cancels_at_the_next_safe_point(process: EngineProcess, home: Home, chain: Chain) -> None:
    lane = process.lane("run")
    told = Ear(lane)
    lane.send(RunPipeline(id="r", pipeline=chain({"seconds": 60.0}).to_json()))
    told.wait(StageChanged, block="probe_1", state="running")
    os.kill(process.pid or 0, signal.SIGTERM)
    told.wait(RunChanged, run="r", state="cancelled")
    until(lambda: RunFolder(home.runs / "r").was_interrupted)  # nobody wished it: the next window offers to resume it


def test_a_child_that_never_starts_is_told_once_and_tried_again_later(home: Home, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit('Error: no torch here')")
    process = EngineProcess(home, command=[sys.executable, str(broken)])
    lane = process.lane("look")
    lane.send(ReadStructure(id="a", model="x"))
    told = Ear(lane)
    told.wait(Failure, run="a")
    until(lambda: len(process.notices) > 0)
    (notice,) = process.notices.drain()
    assert isinstance(notice, Log) and notice.level == "error" and "no torch here" in notice.text
    assert process.pid is None
    lane.send(ReadStructure(id="b", model="x"))
    told.wait(Failure, run="b")
    assert not any(isinstance(event, JobDone) for event in told)
    process.kill()
    process.close(20)


def test_why_a_process_ended_in_a_sentence() -> None:
    gigabyte = 1 << 30
    memory = explain_end(ProcessEnd(-9, (), 5 * gigabyte, 6 * gigabyte, True))
    assert isinstance(memory, OutOfMemory) and "5.37 GB of 6.44 GB" in memory.why and RESUME in memory.advice
    assert isinstance(explain_end(ProcessEnd(-9, (), 5 * gigabyte, 6 * gigabyte, None)), OutOfMemory)
    assert not isinstance(explain_end(ProcessEnd(-9, (), 5 * gigabyte, 6 * gigabyte, False)), OutOfMemory)
    assert isinstance(explain_end(ProcessEnd(0xC0000017)), OutOfMemory)
    lines = ("step 7", "RuntimeError: CUDA error: an illegal memory access was encountered", "frame #0")
    device = explain_end(ProcessEnd(-6, lines))
    assert "accelerator" in device.what and "illegal memory access" in device.why
    assert not device_fault(("CUDA error: out of memory",))
    assert "access violation" in explain_end(ProcessEnd(0xC0000005)).why
    fatal = explain_end(ProcessEnd(-11, ("Fatal Python error: Segmentation fault", "Thread 1")))
    assert "SIGSEGV" in fatal.why and "Segmentation fault" in fatal.why
    assert "exit status 3" in explain_end(ProcessEnd(3)).why
    closed = explain_end(ProcessEnd(CLOSED))
    assert "was closed while the run went on" in closed.what and "exit status" not in closed.why
    assert "could not be started" in explain_end(ProcessEnd(None)).why
    assert "did not answer" in explain_end(ProcessEnd(-9, unresponsive=True)).what


def test_a_process_that_reaches_no_safe_point_says_that_it_was_closed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its status is one of its own, which is no failure of the engine's."""
    ended: list[int] = []
    monkeypatch.setattr(child_module, "EXIT_SECONDS", 0.05)
    monkeypatch.setattr(child_module.os, "_exit", ended.append)
    made = child_module.Child(io.BytesIO(), io.BytesIO(), home, "cpu", None)
    lane: Any = types.SimpleNamespace(close=lambda seconds: time.sleep(0.2), drain=lambda _: [], is_busy=False)
    made._lanes["run"] = lane
    made._sender.start()
    made.end()
    assert ended == [CLOSED]


class _Slow:
    """A lane that takes a moment to accept a command, and another to do it."""

    def __init__(self) -> None:
        self.begun, self.done = False, threading.Event()

    @property
    def is_busy(self) -> bool:
        return self.begun and not self.done.is_set()

    def send(self, command: object) -> None:
        time.sleep(0.1)
        self.begun = True
        threading.Timer(0.1, self.done.set).start()

    def drain(self, most: int) -> list[Event]:
        return []


def test_memory_is_given_back_when_a_command_has_ended_and_not_while_it_is_sent(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(tmp_path / "up", "wb") as writing, open(os.devnull, "rb") as reading:
        child, lane = Child(reading, writing, home, "cpu", None), _Slow()
        child._lanes["look"] = lane  # type: ignore[assignment]
        given_back, real = list[bool](), child._give_back

        def give_back() -> None:
            given_back.append(lane.done.is_set())
            real()

        monkeypatch.setattr(child, "_give_back", give_back)
        monkeypatch.setattr("engine.service.child.PULSE_SECONDS", 0.01)
        child._sender.start()
        child._send(Send("look", ReadStructure(model="sample")))
        assert lane.done.wait(5)
        until(lambda: bool(given_back), 5)
        child._ending.set()
        child._wake.set()
        child._sender.join()
    assert given_back == [True]


@pytest.mark.parametrize("lost", [False, True], ids=["ended", "the process dies"])
def test_the_end_of_a_run_is_told_when_its_id_is_free(home: Home, lost: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last event may come long before the child has closed it."""
    process, posted = EngineProcess(home, device="cpu", command=CHILD), list[Any]()
    child: Any = types.SimpleNamespace(post=posted.append, worked=None, computed=False)
    monkeypatch.setattr(process, "start", lambda: setattr(process, "_child", child))
    lane, done = process.lane("run"), RunChanged(run="r", state="done")
    lane.send(RunPipeline(id="r", pipeline="{}"))
    process.on_message(child, EventBatch("run", (RunChanged(run="r", state="running"), done)))
    assert [event.state for event in lane.drain() if isinstance(event, RunChanged)] == ["running"] and lane.is_busy
    with pytest.raises(BadInput, match="already"):
        lane.send(RunPipeline(id="r", resume=True))
    if lost:
        process.ended(child, ProcessEnd(status=-9))
    else:
        process.on_message(child, EventBatch("run", (Ended(run="r"),)))
    assert lane.drain() == [done] and not lane.is_busy
    lane.send(RunPipeline(id="r", resume=True))
    assert [message.command.id for message in posted] == ["r", "r"]


def test_a_wish_is_for_the_run_that_waits_and_not_for_the_end_of_its_earlier_execution(home: Home) -> None:
    """A run that was taken up may wait for the reader of its own end."""
    child = Child(io.BytesIO(), io.BytesIO(), home, "cpu", None)
    asked, sent, told = list[str](), list[str](), list[Event]()
    reader: Any = types.SimpleNamespace(run_id="r", ask=asked.append)
    lane: Any = types.SimpleNamespace(send=lambda command: sent.append(command.id), tell=told.append, pause=sent.append)
    child._lanes["run"] = lane
    for verb in ("cancel", "pause"):
        child._readers["r"] = reader
        child._waiting.append(Send("run", RunPipeline(id="r", resume=True)))
        child._ask(Ask("run", verb, "r"))  # type: ignore[arg-type]
        child._read_out(reader)
    assert told == [RunChanged(run="r", state="cancelled", time=told[0].time), Ended(run="r", time=told[1].time)]
    assert sent == ["r", "r"] and not asked, "begun, then paused"
