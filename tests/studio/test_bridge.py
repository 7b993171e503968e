"""Commands go to the right thread, answers to whoever asked, events of old runs nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_engine import FakeEngine
from PySide6.QtWidgets import QWidget

from engine.contracts.commands import CheckPipeline, Download, Export, Inspect, ReadStructure, RunPipeline
from engine.contracts.errors import BadInput
from engine.contracts.events import Failure, JobDone, Log, Progress, RunChanged
from engine.pipeline.document import Pipeline
from engine.run.folder import RunFolder
from studio.bridge import Bridge


@pytest.fixture
def engines() -> dict[str, FakeEngine]:
    return {}


@pytest.fixture
def bridge(qapp, engines):
    made = Bridge(make=lambda lane: engines.setdefault(lane, FakeEngine()))
    yield made
    made.close()


class Answers:
    def __init__(self) -> None:
        self.done: list[object] = []
        self.failed: list[object] = []
        self.between: list[object] = []


def ask(bridge: Bridge, command, answers: Answers) -> str:
    return bridge.ask(command, answers.done.append, answers.failed.append, answers.between.append)


def test_every_kind_of_work_has_its_thread(bridge, engines):
    answers = Answers()
    for command in (
        RunPipeline(id="r"),
        CheckPipeline(id="c", pipeline="{}"),
        ReadStructure(id="s", model="m"),
        Download(id="d", model="a/b"),
        Inspect(id="i", model="m"),
        Export(id="e", artifact="m", format="dense", folder=Path("x")),
    ):
        bridge.run(command) if isinstance(command, RunPipeline) else ask(bridge, command, answers)
    sent = {lane: [command.id for command in engine.commands] for lane, engine in engines.items()}
    assert sent == {"run": ["r"], "look": ["c", "s"], "download": ["d"], "study": ["i", "e"]}


def test_an_answer_ends_a_job(bridge, engines):
    answers = Answers()
    ask(bridge, ReadStructure(id="s", model="m"), answers)
    engines["look"].say(
        Progress(run="s", fraction=0.5, total=0.5), JobDone(run="s", result=7), Log(run="s", level="info", text="late")
    )
    bridge.pump()
    assert answers.done == [7] and not answers.failed
    assert [type(event) for event in answers.between] == [Progress]


def test_failure_and_cancel_are_told_apart(bridge, engines):
    answers = Answers()
    ask(bridge, ReadStructure(id="a", model="m"), answers)
    ask(bridge, ReadStructure(id="b", model="m"), answers)
    failure = Failure(run="a", what="No")
    engines["look"].say(failure, RunChanged(run="b", state="cancelled"))
    bridge.pump()
    assert answers.failed == [failure, None]


def test_events_of_older_runs_are_dropped(bridge, engines, qtbot):
    heard: list[object] = []
    bridge.received.connect(heard.extend)
    bridge.run(RunPipeline(id="old"))
    bridge.run(RunPipeline(id="new"))
    late, now = RunChanged(run="old", state="done"), RunChanged(run="new", state="running")
    engines["run"].say(late, now)
    bridge.pump()
    assert heard == [now]


def test_the_timer_rests_when_nothing_is_awaited(bridge, engines):
    busy: list[bool] = []
    bridge.busy_changed.connect(busy.append)
    answers = Answers()
    ask(bridge, ReadStructure(id="s", model="m"), answers)
    assert busy == [True]
    engines["look"].answer(1)
    bridge.pump()
    bridge.pump()
    assert busy == [True, False]


def test_a_forgotten_job_is_cancelled_and_not_called_back(bridge, engines):
    answers = Answers()
    ask(bridge, ReadStructure(id="s", model="m"), answers)
    bridge.forget("s")
    engines["look"].say(JobDone(run="s", result=1))
    bridge.pump()
    assert engines["look"].calls == [("cancel", "s")] and not answers.done


def test_a_widget_that_is_gone_is_not_called(bridge, engines, qtbot):
    import shiboken6

    class Asker(QWidget):
        calls = 0

        def on_done(self, result: object) -> None:
            Asker.calls += 1

        def on_failed(self, failure: object) -> None:
            Asker.calls += 1

    asker = Asker()
    bridge.ask(ReadStructure(id="s", model="m"), asker.on_done, asker.on_failed)
    shiboken6.delete(asker)
    engines["look"].answer(1)
    bridge.pump()
    assert Asker.calls == 0


def test_a_flood_is_spread_over_ticks(bridge, engines):
    sizes: list[int] = []
    bridge.received.connect(lambda events: sizes.append(len(events)))
    bridge.run(RunPipeline(id="r"))
    engines["run"].say(*(Log(run="r", level="info", text=str(n)) for n in range(1200)))
    for _ in range(4):
        bridge.pump()
    assert sizes == [512, 512, 176]


def test_closing_cancels_what_goes_on(bridge, engines):
    bridge.run(RunPipeline(id="r"))
    bridge.close()
    assert engines["run"].calls == [("cancel", "r")] and engines["run"].closed


def test_a_run_that_ends_without_a_persons_wish_is_offered_again(bridge, engines, own_home):
    folders = {
        id: RunFolder.create(own_home / "runs" / id, Pipeline(name=id), {"run": id}) for id in ("wished", "not wished")
    }
    bridge.run(RunPipeline(id="wished"))
    bridge.close()
    bridge.run(RunPipeline(id="not wished"))
    bridge.interrupt()
    assert [name for name, folder in folders.items() if folder.was_interrupted] == ["not wished"]
    assert engines["run"].calls[-1] == ("cancel", "not wished") and engines["run"].closed


def test_a_refusal_to_take_a_command_is_a_failure_not_a_crash(bridge, engines, monkeypatch):
    def full(self: FakeEngine, command: object) -> None:
        raise BadInput("Too much is waiting", why="64 commands")

    monkeypatch.setattr(FakeEngine, "send", full)
    answers = Answers()
    ask(bridge, ReadStructure(id="s", model="m"), answers)
    assert answers.failed[0].what == "Too much is waiting"
    heard: list[object] = []
    bridge.received.connect(heard.extend)
    bridge.run(RunPipeline(id="r"))
    assert heard[-1].state == "failed"


def test_an_engine_that_could_not_start_is_heard(bridge, engines):
    said: list[object] = []
    bridge.said.connect(said.append)
    ask(bridge, ReadStructure(id="s", model="m"), Answers())
    line = Log(run="", level="error", text="The engine could not start")
    engines["look"].say(line)
    bridge.pump()
    assert said == [line]
