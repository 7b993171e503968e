"""The window and its engine process: it is killed while it trains, left alone when the window closes, found again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from artifact_files import digests
from fake_engine import FakeEngine
from probe import PROBE

from engine.contracts.commands import RunPipeline
from engine.contracts.events import Failure, Log, Metric, RunChanged
from engine.methods.registry import methods
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.folder import HOLDER, RunFolder
from engine.record.home import Home
from engine.record.run_list import unfinished
from engine.service.buffer import EventBuffer
from engine.service.process import EngineProcess
from engine.service.worker import Engine
from studio.bridge import Bridge
from studio.kit import message_boxes
from studio.shell.assembly import Studio

WAIT_MS = 60_000
pytestmark = pytest.mark.usefixtures("warm_engines")
CHILD = [sys.executable, str(Path(__file__).resolve().parents[1] / "engine_child.py")]
LEARNING = {
    "steps": 100,  # seconds of work: it is killed in the middle of them
    "batch_size": 2,
    "micro_batch_size": 1,
    "sequence_length": 32,
    "eval_samples": 2,
    "eval_steps": 50,
    "top_k": 16,
}


@pytest.fixture
def open_studio(qtbot, qapp) -> Callable[..., Studio]:
    """Opens windows, each with an engine process of its own; those that a test left open are closed."""
    made: list[tuple[Studio, EngineProcess]] = []

    def make() -> Studio:
        process = EngineProcess(device="cpu", command=CHILD)
        studio = Studio(Bridge(qapp, process=process))
        studio.window.resize(1200, 800)
        studio.window.show()
        made.append((studio, process))
        return studio

    yield make
    for studio, process in made:
        studio.document.undo_stack.setClean()
        if studio.window.isVisible():
            studio.runs.phase = "idle"  # nobody is asked
            studio.window.close()
        process.kill()
        process.close(20)
        studio.window.deleteLater()


def training(model: Path, folder: Path) -> Pipeline:
    """A student that learns from its original, measured at no time."""
    text = folder / "text.txt"
    text.write_text("All happy families are alike; each unhappy family is unhappy in its own way. " * 20)
    settings = {**LEARNING, "text": str(text), "student": "incoming"}
    blocks = [("model", {"model": str(model)}), ("round_to_nearest", {"format": "int8", "group_size": 32})]
    return Pipeline.linear([*blocks, ("logit_distillation", settings)], evaluation=Evaluation(when="never"))


def kill(studio: Studio) -> None:
    os.kill(studio.bridge._process.pid, signal.SIGKILL)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_the_window_survives_the_death_of_a_training_and_resumes_to_the_same_bytes(
    open_studio, qtbot, tiny, tmp_path, own_home
):
    studio = open_studio()
    pipeline = training(tiny("llama"), tmp_path)
    studio.document.open(pipeline, None)
    studio.window.show_workspace()
    studio.window.table["run.start"].trigger()
    steps: list[Metric] = []
    studio.runs.received.connect(lambda events: steps.extend(e for e in events if isinstance(e, Metric)))
    qtbot.waitUntil(lambda: bool(steps) or studio.runs.phase == "idle", timeout=WAIT_MS)
    assert studio.runs.phase == "running", studio.window.status.message()
    kill(studio)
    qtbot.waitUntil(lambda: studio.runs.phase == "idle", timeout=WAIT_MS)
    run = studio.runs.run
    assert run.state == "interrupted" and studio.window.isVisible()
    assert "killed" in studio.window.banner.text() and "SIGKILL" in studio.window.banner.text()

    states = {block.shown_state for block in run.blocks.values()}
    assert "interrupted" in states and "cancelled" not in states
    assert "Interrupted" in studio.window.status._run_text.text() and "Interrupted" in studio.run_panel._title.whole()
    resume = studio.window.banner._buttons[0]
    assert resume.text() == "Resume"
    resume.click()
    qtbot.waitUntil(lambda: studio.runs.phase == "running", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: studio.runs.phase == "idle", timeout=WAIT_MS)
    assert studio.runs.run.id == run.id and studio.runs.run.state == "done", studio.run_panel.banner.text()

    undisturbed = Home(tmp_path / "undisturbed")
    engine = Engine(undisturbed, device="cpu")
    engine.start()
    engine.send(RunPipeline(id="r", pipeline=pipeline.to_json()))
    while engine.is_busy:
        time.sleep(0.01)
    assert engine.close(20)
    assert digests(own_home) == digests(undisturbed.root) and len(digests(own_home)) > 10


def test_a_run_goes_on_without_the_window_and_is_found_when_it_is_opened_again(
    open_studio, qtbot, tiny, monkeypatch, own_home
):
    monkeypatch.setitem(methods(), "probe", PROBE)
    slow = [("model", {"model": str(tiny("llama"))}), ("probe", {"seconds": 60.0})]
    first = open_studio()
    first.document.open(Pipeline.linear(slow, name="Slow", evaluation=Evaluation(when="never")), None)
    first.document.undo_stack.setClean()
    first.window.show_workspace()
    first.window.table["run.start"].trigger()
    qtbot.waitUntil(lambda: first.runs.run is not None and first.runs.run.current is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: len(unfinished(Home.default())) == 1, timeout=WAIT_MS)
    child = first.bridge._process.pid
    asked: list[object] = []
    monkeypatch.setattr(
        message_boxes, "choose", lambda parent, title, text, options, **more: asked.append(options) or "background"
    )
    first.window.close()
    assert not first.window.isVisible() and [key for key, _ in asked[0]] == ["stay", "cancel", "background"]

    second = open_studio()
    second.recovery.offer()
    banner = second.window.banner
    assert "“Slow” is running in the background" in banner.text() and psutil.pid_exists(child)
    banner._buttons[0].click()
    qtbot.waitUntil(lambda: getattr(getattr(second.runs.run, "current", None), "id", "") == "probe_1", timeout=WAIT_MS)
    assert second.runs.phase == "running"
    assert second.bridge.can_go_on_alone
    second.window.table["run.cancel"].trigger()
    qtbot.waitUntil(lambda: second.runs.phase == "idle", timeout=WAIT_MS)
    assert second.runs.run.state == "cancelled"
    qtbot.waitUntil(lambda: not psutil.pid_exists(child), timeout=WAIT_MS)


class FakeProcess:
    """An engine process that is as silent as a test says."""

    def __init__(self) -> None:
        self.silent_seconds = 0.0
        self.notices = EventBuffer()
        self.ended = 0
        self.engine = FakeEngine()

    def start(self) -> None:
        pass

    def lane(self, name: str) -> FakeEngine:
        return self.engine

    def end_unresponsive(self) -> None:
        self.ended += 1

    def close(self, timeout: float) -> bool:
        return True


@pytest.fixture
def quiet(qtbot, qapp):
    """A window with such a process."""
    process = FakeProcess()
    studio = Studio(Bridge(qapp, process=process))
    studio.window.show()
    yield studio, process
    studio.document.undo_stack.setClean()
    studio.runs.phase = "idle"
    studio.window.close()
    studio.window.deleteLater()


def test_an_engine_that_does_not_answer_is_told_and_can_be_ended(quiet):
    studio, process = quiet
    banner = studio.window.banner
    studio.bridge.run(RunPipeline(id="r"))
    process.silent_seconds = 30.0
    studio.bridge.pump()
    assert "is not responding" in banner.text()
    process.silent_seconds = 0.0
    studio.bridge.pump()
    assert not banner.text()
    process.silent_seconds = 30.0
    studio.bridge.pump()
    banner._buttons[0].click()
    assert process.ended == 1 and not banner.text()


def test_an_engine_process_that_cannot_start_is_told(quiet):
    studio, process = quiet
    process.notices.put(Log(run="", level="error", text="The engine could not start: no torch"))
    studio.bridge.pump()
    assert "no torch" in studio.window.banner.text()


def test_a_run_whose_process_died_is_offered_once(quiet, tmp_path, own_home, tiny):
    studio, _ = quiet
    pipeline = Pipeline.linear([("model", {"model": str(tiny("llama"))})], name="Lost")
    folder = RunFolder.create(own_home / "runs" / "r", pipeline, {"run": "r"})
    (folder.path / HOLDER).write_text('{"process": 1}')
    (own_home / "runs" / "broken").mkdir()
    (own_home / "runs" / "broken" / HOLDER).write_text("{")
    studio.recovery.offer()
    banner = studio.window.banner
    assert "“Lost” was interrupted" in banner.text()
    banner._buttons[1].click()
    assert not banner.text() and not unfinished(Home(own_home))
    folder.mark_interrupted()  # it was ended because its window had died
    studio.recovery.offer()
    assert "“Lost” was interrupted" in banner.text()


def test_resuming_what_was_offered_starts_it(quiet, qtbot, own_home, tiny):
    studio, process = quiet
    pipeline = Pipeline.linear([("model", {"model": str(tiny("llama"))})], name="Lost")
    folder = RunFolder.create(own_home / "runs" / "r", pipeline, {"run": "r", "until": "model_1"})
    (folder.path / HOLDER).write_text('{"process": 1}')
    studio.recovery.offer()
    studio.window.banner._buttons[0].click()

    def runs() -> list[RunPipeline]:
        return [command for command in process.engine.commands if isinstance(command, RunPipeline)]

    qtbot.waitUntil(lambda: bool(runs()), timeout=WAIT_MS)  # beside it the pipeline is checked in the background
    assert runs() == [RunPipeline(id="r", until="model_1", resume=True)]
    failure = Failure(run="r", what="The engine process was killed", why="SIGKILL", advice="resume the run")
    process.engine.say(failure, RunChanged(run="r", state="interrupted", message="killed"))
    studio.bridge.pump()
    assert studio.runs.phase == "idle" and studio.run_panel._title.whole().startswith("Interrupted")
    assert "SIGKILL" in studio.window.banner.text()


PROGRAM = """
import os, signal, sys
from PySide6.QtCore import QTimer
import studio.shell.app
from engine.service.process import EngineProcess
from studio.bridge import Bridge
started = EngineProcess.start
def start(self):
    started(self)
    EngineProcess.start = started  # every command asks for it: one interrupt is enough
    QTimer.singleShot(1500, lambda: os.kill(os.getpid(), signal.SIGINT))
EngineProcess.start = start
ended = Bridge.interrupt
Bridge.interrupt = lambda self: (ended(self), print("interrupted"))
sys.exit(studio.shell.app.main([]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_in_the_terminal_ends_both(own_home):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    window = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=120
    )
    assert window.returncode == 128 + signal.SIGINT, window.stderr
    assert "Traceback" not in window.stderr and "interrupted" in window.stdout  # what ran is offered again
    (log,) = (own_home / "logs").glob("engine-*.log")
    assert "Traceback" not in log.read_text()
    mine = [p for p in psutil.process_iter() if str(own_home) in " ".join(_words(p))]
    assert not mine


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
