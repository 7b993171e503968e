"""The queue of runs: one after the other, in an order that can be changed, held where work would be lost."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from engine.contracts.commands import Checked, CheckPipeline, RunPipeline
from engine.contracts.events import RunChanged
from engine.contracts.problem import Problem
from engine.pipeline.document import Pipeline
from engine.record.folder import HOLDER, RunFolder
from engine.record.home import Home
from engine.service.queue import read_queue
from studio.queue.dialog import QueueDialog
from studio.queue.queue import RunQueue, tell_end

FIRST, SECOND, THIRD = (Pipeline.linear([("model", {}), ("nf4", {})], name=name) for name in "abc")


@pytest.fixture
def queue(studio):
    return studio.queue


@pytest.fixture
def busy(studio, monkeypatch):
    """A run that goes on until it is over."""
    state = SimpleNamespace(active=True)
    monkeypatch.setattr(type(studio.runs), "is_active", property(lambda self: state.active))
    return state


def add(studio, pipeline):
    studio.document.open(pipeline, None)
    studio.queue.add()


def names(queue):
    return [each.name for each in queue.waiting]


def test_what_is_queued_while_a_run_goes_on_waits_its_turn(studio, queue, busy, qtbot, monkeypatch):
    started = []
    monkeypatch.setattr(studio.runs, "start", lambda until, machine, run: started.append(studio.document.pipeline.name))
    for pipeline in (FIRST, SECOND, THIRD):
        add(studio, pipeline)
    assert names(queue) == ["a", "b", "c"] and not started
    queue.move(queue.waiting[2].id, -2)
    queue.remove(queue.waiting[2].id)
    assert names(queue) == ["c", "a"]
    busy.active = False
    studio.runs.ended.emit(SimpleNamespace(id="r", seconds=lambda now: 1.0, state="done", pipeline=FIRST))
    qtbot.waitUntil(lambda: started == ["c"])
    assert names(queue) == ["a"]


def test_estimates_say_when_all_will_be_done(studio, queue, busy, engine):
    add(studio, FIRST)
    asked = engine.commands[-1]
    assert isinstance(asked, CheckPipeline) and Pipeline.from_json(asked.pipeline) == FIRST
    assert queue.remaining_seconds() is None
    engine.answer(Checked((), {"model_1": (1, 1, 0.0), "nf4_1": (1, 1, 50.0)}, (), 1, 1, measuring=70.0))
    studio.bridge.pump()
    assert queue.waiting[0].seconds == 120.0
    queue.show()
    (dialog,) = studio.window.findChildren(QueueDialog)
    assert "2 min" in dialog.list.item(0).text()
    queue.hold(True)
    assert dialog.hold.isChecked()
    dialog.close()


def test_unsaved_work_is_not_put_aside(studio, queue, busy, engine, monkeypatch):
    """The run goes on beside it."""
    queue.on_hold = True
    add(studio, FIRST)
    studio.document.open(SECOND, None)
    studio.document.change("Name", SECOND.model_copy(update={"name": "mine"}))
    busy.active = False
    queue.hold(False)
    assert studio.document.pipeline.name == "mine" and not queue.waiting
    (run,) = queue.running()
    assert run.pipeline.name == "a" and isinstance(engine.commands[-1], RunPipeline)
    assert engine.commands[-1].id == run.id
    engine.say(RunChanged(run=run.id, state="done"))
    studio.bridge.pump()
    assert not queue.running() and "finished on this computer" in studio.window.status.message()
    studio.document.undo_stack.setClean()


def test_what_waited_when_the_window_was_closed_waits_held(studio, queue, busy):
    add(studio, FIRST)
    again = RunQueue(QWidget(), studio.session, studio.bridge, studio.files, studio.runs, studio.beside)
    assert names(again) == ["a"] and again.on_hold
    Home.default().queue.write_text("[{]")
    assert read_queue(Home.default()) == []


def second_window(studio) -> RunQueue:
    """The queue of another window of the workspace."""
    return RunQueue(studio.window, studio.session, studio.bridge, studio.files, studio.runs, studio.beside)


def test_two_windows_have_one_queue(studio, queue, busy, qtbot, monkeypatch):
    started = []
    monkeypatch.setattr(studio.runs, "start", lambda until, machine, run: started.append(run))
    other = second_window(studio)
    queue.on_hold = True
    add(studio, FIRST)
    add(studio, SECOND)
    other.hold(True)
    other._look()
    assert names(other) == ["a", "b"]
    other.move(other.waiting[1].id, -1)
    queue._look()
    assert names(queue) == ["b", "a"]
    other.remove(other.waiting[0].id)
    add(studio, THIRD)
    assert names(queue) == ["a", "c"], "what the other removed does not come back"
    other._look()
    assert names(other) == ["a", "c"], "what this one added is not lost"


def test_two_windows_begin_an_entry_once(studio, queue, busy, monkeypatch):
    started = []
    monkeypatch.setattr(studio.runs, "start", lambda until, machine, run: started.append(run))
    queue.on_hold = True
    add(studio, FIRST)
    other = second_window(studio)
    assert names(other) == ["a"]
    busy.active = False
    queue.hold(False)
    assert len(started) == 1 and names(queue) == []
    assert names(other) == ["a"], "it has not looked yet"
    other.hold(False)
    assert len(started) == 1 and names(other) == []


def test_a_run_of_another_process_keeps_this_computer_busy(studio, queue, qtbot, monkeypatch):
    """Until it is over: then the queue goes on by itself."""
    started = []
    monkeypatch.setattr(studio.runs, "start", lambda until, machine, run: started.append(run))
    folder = RunFolder.create(Home.default().runs / "r", FIRST, {})
    monkeypatch.setattr(RunFolder, "executing_process", lambda self: 7 if self.id == "r" and going.on else None)
    going = SimpleNamespace(on=True)
    (folder.path / HOLDER).write_text("{}")
    add(studio, SECOND)
    assert names(queue) == ["b"] and not started
    queue._look()
    assert not started
    going.on = False
    queue._look()
    assert len(started) == 1 and names(queue) == []


def test_what_another_window_queued_is_not_opened_in_this_one(studio, queue, busy, engine):
    other = second_window(studio)
    other.on_hold = True
    studio.document.open(FIRST, None)
    other.add()
    studio.document.open(SECOND, None)
    busy.active = False
    queue._look()
    assert studio.document.pipeline.name == "b" and [run.pipeline.name for run in queue.running()] == ["a"]
    engine.say(RunChanged(run=queue.running()[0].id, state="done"))
    studio.bridge.pump()


def test_one_that_is_refused_holds_the_others_until_it_was_seen(studio, queue, engine, qtbot):
    queue.on_hold = True
    add(studio, FIRST)
    add(studio, SECOND)
    queue.hold(False)
    assert studio.runs.phase == "checking" and names(queue) == ["b"]
    engine.answer(Checked((Problem("error", "Too few bits", block="nf4_1"),), {}, (), 1, 1))
    studio.bridge.pump()
    qtbot.waitUntil(lambda: queue.on_hold)
    assert names(queue) == ["b"] and read_queue(Home.default())[0].name == "b"
    assert "Too few bits" in studio.window.status.message() and studio.document.pipeline.name == "a"


def test_the_end_of_a_long_run_is_told_to_who_has_gone_away(qtbot, monkeypatch):
    window, alerts = QWidget(), []
    qtbot.addWidget(window)
    monkeypatch.setattr(QApplication, "alert", lambda *words: alerts.append(words))
    run = SimpleNamespace(seconds=lambda now: 59.0, state="done", pipeline=FIRST)
    tell_end(window, run)
    assert not alerts
    run.seconds = lambda now: 61.0
    tell_end(window, run)
    assert len(alerts) == 1
