"""The window's side of the engine: signals, a timer that rests, widgets that are gone, one question at a time."""

from __future__ import annotations

import pytest
from fake_engine import FakeEngine
from PySide6.QtWidgets import QWidget

from engine.contracts.commands import ReadStructure, RunPipeline
from engine.contracts.events import Event, Failure, JobDone, Log, RunChanged
from studio.bridge import Bridge, Question


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def bridge(qapp, engine):
    made = Bridge(make=lambda lane: engine)
    yield made
    made.close()


def test_runs_and_lines_are_heard_as_signals(bridge, engine):
    heard: list[Event] = []
    bridge.received.connect(heard.extend)
    bridge.said.connect(heard.append)
    bridge.run(RunPipeline(id="r"))
    told = [RunChanged(run="r", state="running"), Log(run="", level="error", text="The engine could not start")]
    engine.say(*told)
    bridge.pump()
    assert sorted(map(repr, heard)) == sorted(map(repr, told))


def test_the_timer_rests_when_nothing_is_awaited(bridge, engine):
    bridge.ask(ReadStructure(model="m"), print, print)
    assert bridge.timer.isActive()
    engine.answer(1)
    bridge.pump()
    bridge.pump()
    assert not bridge.timer.isActive()


def test_a_widget_that_is_gone_is_not_called(bridge, engine, qtbot):
    import shiboken6

    class Asker(QWidget):
        calls = 0

        def on_done(self, result: object) -> None:
            Asker.calls += 1

        def on_failed(self, failure: object) -> None:
            Asker.calls += 1

    asker, other = Asker(), Asker()
    bridge.ask(ReadStructure(model="m"), asker.on_done, asker.on_failed)
    Question(bridge, other, other.on_done, other.on_failed).ask(ReadStructure(model="m"))
    for each in (asker, other):
        shiboken6.delete(each)
    engine.say(*(JobDone(run=command.id, result=1) for command in engine.commands))
    bridge.pump()
    assert Asker.calls == 0


def test_another_question_takes_the_place_of_the_former(bridge, engine):
    done: list[object] = []
    question = Question(bridge, bridge, done.append, done.append)
    question.ask(ReadStructure(model="first"))
    question.ask(ReadStructure(model="second"))
    first, second = engine.commands
    assert engine.calls == [("cancel", first.id)]
    engine.say(JobDone(run=first.id, result=1), JobDone(run=second.id, result=2))
    bridge.pump()
    assert done == [2] and not question.is_open


def test_a_question_can_be_dropped_or_cancelled(bridge, engine):
    answers: list[object] = []
    question = Question(bridge, bridge, answers.append, answers.append)
    question.ask(ReadStructure(model="m"))
    assert question.drop() and not question.is_open and not question.drop()
    question.ask(ReadStructure(model="m"))
    question.cancel()
    assert question.is_open
    engine.say(JobDone(run=engine.commands[0].id, result=1), RunChanged(run=engine.commands[1].id, state="cancelled"))
    bridge.pump()
    assert answers == [None] and not question.is_open
    question.ask(ReadStructure(model="m"))
    failure = Failure(run=engine.commands[2].id, what="No")
    engine.say(failure)
    bridge.pump()
    assert answers == [None, failure]
