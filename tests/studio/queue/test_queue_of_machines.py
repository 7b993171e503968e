"""The queue of several machines: one run at a time on each, the others beside the one that is shown."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from fake_engine import FakeEngine
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.base.errors import RunFailed, StudioError
from engine.contracts.commands import Checked, CheckPipeline
from engine.contracts.events import Event, LinkChanged, Metric, Progress, RunChanged, StageChanged
from engine.contracts.problem import Problem
from engine.machines.records import MachineRecord, add_machine, remove_machine
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from engine.service.queue import read_queue
from studio.queue.dialog import QueueDialog
from studio.queue.queue import RunQueue
from studio.shell.assembly import Studio
from tests.engine.machines.simulated_machine import simulated

WAIT_MS = 120_000
ESTIMATES: dict[str, Checked | StudioError] = {
    "box": Checked((), {"model_1": (1, 1, 0.0), "b": (1, 3 << 30, 600.0)}, (), 80 << 30, 1 << 40, 120.0),
    "cluster": RunFailed("No engine could be started on cluster"),
}
"""What each machine says of every pipeline."""


class Follower:
    """Stands in for `FarFollower`: says what a test tells it to."""

    made: ClassVar[list[Follower]] = []

    def __init__(
        self, home: Home, record: MachineRecord, run: str, pipeline: Any, until: Any = None, *, begun: bool = False
    ) -> None:
        self.machine, self.run_id, self.pipeline, self.begun = record.name, run, pipeline, begun
        self.calls: list[str] = []
        self._events: list[Event] = []
        self.made.append(self)

    def say(self, *events: Event) -> None:
        self._events += events

    def end(self, state: Any) -> None:
        self.say(RunChanged(run=self.run_id, state=state))

    def start(self) -> None:
        self.say(RunChanged(run=self.run_id, state="running"))

    def drain(self, limit: int) -> list[Event]:
        events, self._events = self._events, []
        return events

    def close(self, timeout: float) -> bool:
        self.calls.append("close")
        return True

    def __getattr__(self, verb: str) -> Any:
        return lambda run: self.calls.append(verb)


@pytest.fixture
def followers(monkeypatch: pytest.MonkeyPatch) -> list[Follower]:
    monkeypatch.setattr(Follower, "made", [])
    for module in ("runs.controller", "queue.beside"):
        monkeypatch.setattr(f"studio.{module}.FarFollower", Follower)
    monkeypatch.setattr("studio.far_checks._answer", lambda session, machine, question: ESTIMATES[machine])
    return Follower.made


@pytest.fixture
def machines(studio: Studio, followers: list[Follower]) -> None:
    for name in ("box", "cluster"):
        add_machine(Home.default(), MachineRecord(name=name, destination="me@gpu"))
    studio.machines.choice.refresh()


def pipeline(name: str) -> Pipeline:
    steps = [("model", {"model": "sample"}), ("round_to_nearest", {})]
    return Pipeline.linear(steps, name=name, evaluation=Evaluation(when="never"))


def add(studio: Studio, name: str, machine: str) -> None:
    studio.machines.choice.choose(machine)
    studio.document.open(pipeline(name), None)
    studio.queue.add()


def begin(studio: Studio, *jobs: tuple[str, str]) -> None:
    """Queue (name, machine) after each other, then let the queue go on."""
    studio.queue.hold(True)
    for name, machine in jobs:
        add(studio, name, machine)
    studio.queue.hold(False)


def pump(studio: Studio, qtbot: QtBot) -> None:
    studio.bridge.pump()
    qtbot.wait(1)  # the next one begins when all that was told is shown


def where(studio: Studio) -> dict[str, str]:
    return {run.pipeline.name: run.machine for run in studio.queue.running()}


def waiting(studio: Studio) -> list[str]:
    return [entry.name for entry in studio.queue.waiting]


@pytest.mark.usefixtures("machines")
def test_each_machine_runs_one_at_a_time(studio: Studio, followers: list[Follower], qtbot: QtBot) -> None:
    begin(studio, ("a", "box"), ("b", "box"), ("c", "cluster"), ("d", "box"))
    assert where(studio) == {"a": "box", "c": "cluster"} and waiting(studio) == ["b", "d"]
    assert studio.queue.is_shown(followers[0].run_id) and studio.document.pipeline.name == "a"
    pump(studio, qtbot)
    followers[1].say(Progress(run=followers[1].run_id, fraction=0.5, total=0.4, text=""))
    pump(studio, qtbot)
    studio.beside.progressed.emit()
    assert studio.window.status._run_text.text().endswith("on box  ·  40% on cluster")
    studio.queue.move(studio.queue.waiting[1].id, -1)
    assert waiting(studio) == ["d", "b"]
    studio.queue.assign(studio.queue.waiting[1].id, "")
    assert where(studio) == {"a": "box", "c": "cluster", "b": ""}, "this computer was free"
    followers[1].end("done")
    pump(studio, qtbot)
    assert where(studio) == {"a": "box", "b": ""} and waiting(studio) == ["d"], "d waits for box"
    assert "“c” finished on cluster" in studio.window.status.message()
    followers[0].end("failed")
    pump(studio, qtbot)
    assert where(studio) == {"d": "box", "b": ""} and not waiting(studio)


@pytest.mark.usefixtures("machines")
def test_the_dialog_says_where_each_is(
    studio: Studio, followers: list[Follower], qtbot: QtBot, engine: FakeEngine
) -> None:
    begin(studio, ("a", "box"), ("b", "cluster"), ("c", "cluster"))
    pump(studio, qtbot)
    studio.queue.show()
    (dialog,) = studio.window.findChildren(QueueDialog)
    rows = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert [row.split("  ·  ")[:2] for row in rows] == [["a", "on box"], ["b", "on cluster"], ["1.  c", "on cluster"]]
    assert "shown" in rows[0] and not dialog.show_run.isEnabled() and dialog.cancel.isVisible()
    followers[1].say(LinkChanged(run=followers[1].run_id, machine="cluster", connected=False))
    pump(studio, qtbot)
    assert "reconnecting" in dialog.list.item(1).text()
    assert "reconnecting on cluster" in studio.window.status._run_text.text()
    dialog.list.setCurrentRow(2)
    assert dialog.where.isVisible() and not dialog.up.isEnabled() and not dialog.cancel.isVisible()
    dialog.where.menu().aboutToShow.emit()
    texts = {action.text(): action for action in dialog.where.menu().actions()}
    assert list(texts) == ["This computer", "box", "cluster"] and texts["cluster"].isChecked()
    texts["box"].trigger()
    assert studio.queue.waiting[0].machine == "box"
    dialog.list.setCurrentRow(1)
    dialog.cancel.click()
    assert followers[1].calls == ["cancel"] and not dialog.cancel.isEnabled()
    dialog.list.setCurrentRow(0)
    dialog.cancel.click()
    assert followers[0].calls == ["cancel"] and studio.runs.phase == "cancelling"
    dialog.close()


@pytest.mark.usefixtures("machines")
def test_a_run_beside_is_shown_and_the_other_goes_on(studio: Studio, followers: list[Follower], qtbot: QtBot) -> None:
    begin(studio, ("a", "box"), ("b", "cluster"))
    pump(studio, qtbot)
    block = "round_to_nearest_1"
    run = followers[1].run_id
    followers[1].say(
        StageChanged(run=run, block=block, state="running"),
        Metric(run=run, block=block, name="loss", value=2.0, step=1),
    )
    pump(studio, qtbot)
    drawn: list[Event] = []
    studio.runs.received.connect(drawn.extend)
    studio.queue.show_run(run)
    assert studio.queue.is_shown(run) and studio.document.pipeline.name == "b" and where(studio)["a"] == "box"
    assert [event.value for event in drawn if isinstance(event, Metric)] == [2.0]
    assert studio.runs.run is not None and studio.runs.run.blocks[block].state == "running"
    assert studio.runs.phase == "running" and studio.window.status._run_text.text().startswith("Running")
    followers[0].end("done")
    pump(studio, qtbot)
    assert where(studio) == {"b": "cluster"} and studio.runs.phase == "running"
    followers[1].end("done")
    pump(studio, qtbot)
    assert studio.runs.phase == "idle" and not studio.queue.running() and studio.runs.run.state == "done"


@pytest.mark.usefixtures("machines")
def test_a_run_of_another_machine_goes_on_while_something_else_is_opened(
    studio: Studio, followers: list[Follower], qtbot: QtBot
) -> None:
    begin(studio, ("a", "box"))
    pump(studio, qtbot)
    studio.window.table["file.new"].trigger()
    assert studio.runs.phase == "idle" and studio.runs.run is None and studio.document.pipeline.name != "a"
    pump(studio, qtbot)
    assert where(studio) == {"a": "box"} and "“a” continues" in studio.window.status.message()
    assert studio.window.status._run_text.text().endswith("0% on box")
    add(studio, "b", "box")
    assert waiting(studio) == ["b"]
    followers[0].end("done")
    pump(studio, qtbot)
    assert where(studio) == {"b": "box"} and studio.queue.is_shown(followers[1].run_id)


@pytest.mark.usefixtures("machines")
def test_runs_go_on_while_the_person_is_at_home(studio: Studio, followers: list[Follower], qtbot: QtBot) -> None:
    begin(studio, ("a", "box"), ("b", "cluster"), ("c", "cluster"))
    pump(studio, qtbot)
    studio.window.table["file.templates"].trigger()
    assert studio.window.on_welcome
    followers[0].say(Progress(run=followers[0].run_id, fraction=0.5, total=0.25, text=""))
    followers[1].end("done")
    pump(studio, qtbot)
    assert studio.window.on_welcome and where(studio) == {"a": "box", "c": "cluster"}
    assert studio.window.status._run_text.text().startswith("Running 25% on box")
    studio.window.table["file.back"].trigger()
    assert not studio.window.on_welcome and studio.queue.is_shown(followers[0].run_id)
    assert studio.document.pipeline.name == "a" and studio.runs.phase == "running"


@pytest.mark.usefixtures("machines")
def test_what_was_begun_is_followed_again_by_the_next_window(
    studio: Studio, followers: list[Follower], qtbot: QtBot
) -> None:
    begin(studio, ("a", "box"), ("b", "cluster"), ("c", "cluster"))
    begun = {entry.name: entry.run for entry in read_queue(Home.default())}
    assert begun == {"a": followers[0].run_id, "b": followers[1].run_id, "c": ""}
    studio.queue.leave()
    studio.bridge.close()
    assert [follower.calls for follower in followers] == [["close"] * 3] * 2, "nothing is cancelled"
    studio.runs._open = None
    studio.runs._set_phase("idle")
    studio.beside._open.clear()
    del followers[:]
    studio.beside.ended.disconnect(studio.queue._on_ended_beside)  # that window is gone
    again = RunQueue(QWidget(), studio.session, studio.bridge, studio.files, studio.runs, studio.beside)
    again.take_up()
    assert {follower.run_id: follower.begun for follower in followers} == {begun["a"]: True, begun["b"]: True}
    assert again.on_hold and [entry.name for entry in again.waiting] == ["c"]
    assert {run.pipeline.name: run.machine for run in again.running()} == {"a": "box", "b": "cluster"}
    followers[0].end("done")
    pump(studio, qtbot)
    assert {entry.name for entry in read_queue(Home.default())} == {"b", "c"}
    followers[1].end("cancelled")
    pump(studio, qtbot)


@pytest.mark.usefixtures("machines")
def test_a_machine_that_is_gone_holds_the_queue(studio: Studio, followers: list[Follower]) -> None:
    studio.queue.hold(True)
    add(studio, "a", "box")
    remove_machine(Home.default(), "box")
    studio.queue.hold(False)
    assert studio.queue.on_hold and waiting(studio) == ["a"] and "Unknown machine" in studio.window.status.message()


@pytest.mark.usefixtures("machines")
def test_closing_asks_about_no_run_of_another_machine_that_is_not_shown(
    studio: Studio, followers: list[Follower], qtbot: QtBot
) -> None:
    begin(studio, ("a", "box"), ("b", "cluster"))
    pump(studio, qtbot)
    followers[0].end("done")
    pump(studio, qtbot)
    assert studio.window.close(), "no question"
    assert set(followers[1].calls) == {"close"} and [entry.name for entry in read_queue(Home.default())] == ["b"]


def test_runs_of_two_machines_at_the_same_time(
    studio: Studio, qtbot: QtBot, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With engines that compute."""
    monkeypatch.setattr("engine.machines.session.EngineProcess", simulated(Home(tmp_path / "far")))
    for name in ("box", "cluster"):
        add_machine(Home.default(), MachineRecord(name=name, destination="me@gpu"))
    studio.machines.choice.refresh()
    begin(studio, ("a", "box"), ("b", "cluster"))
    runs = {run.pipeline.name: run for run in studio.queue.running()}
    assert {name: run.machine for name, run in runs.items()} == {"a": "box", "b": "cluster"}
    qtbot.waitUntil(lambda: not studio.queue.running(), timeout=WAIT_MS)
    assert {run.state for run in runs.values()} == {"done"}
    for name, run in runs.items():
        folder = Home.default().far / run.machine / run.id
        assert (folder / "report.json").is_file(), name
    assert read_queue(Home.default()) == []


@pytest.mark.usefixtures("machines")
def test_closing_asks_about_a_run_of_this_computer_beside_a_far_one(
    studio: Studio, followers: list[Follower], qtbot: QtBot, engine: FakeEngine, answers: list[str]
) -> None:
    begin(studio, ("a", "box"), ("b", ""))
    pump(studio, qtbot)
    near = next(run for run in studio.queue.running() if not run.machine)
    answers[:] = ["stay"]
    assert not studio.window.close() and ("cancel", near.id) not in engine.calls
    answers[:] = ["cancel"]
    assert not studio.window.close() and ("cancel", near.id) in engine.calls and "cancel" in followers[0].calls
    followers[0].end("cancelled")
    engine.say(RunChanged(run=near.id, state="cancelled"))
    studio.bridge.pump()
    qtbot.waitUntil(lambda: not studio.window.isVisible())


@pytest.mark.usefixtures("machines")
def test_no_artifact_is_removed_while_a_run_goes_on_beside(
    studio: Studio, followers: list[Follower], qtbot: QtBot, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    freed: list[bool] = []
    monkeypatch.setattr(studio.housekeeping, "after_run", lambda: freed.append(True))
    begin(studio, ("a", "box"), ("b", ""))
    pump(studio, qtbot)
    near = next(run for run in studio.queue.running() if not run.machine)
    followers[0].end("done")
    pump(studio, qtbot)
    assert not freed
    engine.say(RunChanged(run=near.id, state="done"))
    pump(studio, qtbot)
    assert freed == [True]


@pytest.mark.usefixtures("machines")
def test_what_waits_is_estimated_for_the_machine_that_it_waits_for(
    studio: Studio, qtbot: QtBot, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, cluster = studio.queue, "cluster"
    queue.hold(True)
    add(studio, "a", "box")
    add(studio, "b", cluster)
    qtbot.waitUntil(lambda: queue.waiting[0].seconds is not None and queue.why_unknown(queue.waiting[1].id) != "")
    assert (queue.waiting[0].seconds, queue.waiting[0].memory) == (720.0, 3 << 30)
    assert not any(isinstance(command, CheckPipeline) for command in engine.commands), "this computer was not asked"
    with monkeypatch.context() as nothing_new:
        nothing_new.setattr(type(queue), "estimate_missing", lambda self: None)
        queue.show()
    (dialog,) = studio.window.findChildren(QueueDialog)
    assert dialog.list.item(0).text().endswith("12 min 0 s  ·  3.22 GB of memory")
    assert dialog.list.item(1).text().endswith("no estimate: No engine could be started on cluster")
    assert queue.remaining_seconds() is None
    dialog.close()
    monkeypatch.setitem(ESTIMATES, cluster, ESTIMATES["box"])
    queue.show()  # it is asked again
    qtbot.waitUntil(lambda: queue.waiting[1].seconds == 720.0)
    queue.assign(queue.waiting[1].id, "box")
    assert queue.waiting[1].seconds is None, "the numbers were those of the cluster"
    qtbot.waitUntil(lambda: queue.remaining_seconds() == 1440.0)
    studio.window.findChildren(QueueDialog)[0].close()


@pytest.mark.usefixtures("machines")
def test_no_job_of_a_scheduler_is_started_for_an_estimate(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(studio.runs.far_checks, "ask", lambda machine, *more: asked.append(machine))
    add_machine(Home.default(), MachineRecord(name="slurm", destination="me@login", launcher="srun --gres=gpu:1"))
    studio.machines.choice.refresh()
    studio.queue.hold(True)
    add(studio, "a", "slurm")
    studio.queue.show()
    (dialog,) = studio.window.findChildren(QueueDialog)
    assert dialog.list.item(0).text().endswith("estimated when it starts") and not asked
    add(studio, "b", "box")
    assert asked == ["box"]
    dialog.close()


@pytest.mark.usefixtures("machines")
def test_an_answer_that_comes_too_late_is_not_believed(studio: Studio, engine: FakeEngine) -> None:
    studio.queue.hold(True)
    add(studio, "a", "")
    entry = studio.queue.waiting[0]
    studio.queue.assign(entry.id, "cluster")
    studio.queue._on_estimate(entry, ESTIMATES["box"])
    assert studio.queue.waiting[0].seconds is None


def test_one_that_can_not_run_there_says_why(studio: Studio) -> None:
    studio.queue.hold(True)
    add(studio, "a", "")
    (entry,) = studio.queue.waiting
    no = Problem("error", "The text does not exist", where="x.txt")
    studio.queue._on_estimate(entry, Checked((no,), {"a": (1, 1, 5.0)}, (), 1, 1))
    assert studio.queue.waiting[0].seconds is None and studio.queue.why_unknown(entry.id) == "The text does not exist"
    studio.queue._on_estimate(entry, Checked((), {}, (), 1, 1))
    assert studio.queue.waiting[0].seconds is None and "not there yet" in studio.queue.why_unknown(entry.id)
