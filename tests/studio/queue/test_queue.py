"""The queue of runs: one after the other, in an order that can be changed, held where work would be lost."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from engine.contracts.commands import Checked, CheckPipeline, RunPipeline
from engine.contracts.events import RunChanged
from engine.pipeline.document import Pipeline
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
    monkeypatch.setattr(studio.runs, "start", lambda until, machine: started.append(studio.document.pipeline.name))
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
