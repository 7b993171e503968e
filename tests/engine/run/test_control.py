"""Pause, resume and cancel."""

from __future__ import annotations

import threading
import time

import pytest

from engine.base.errors import Cancelled
from engine.run.control import Control, Request


def test_cancel_is_told_at_once_and_obeyed_at_the_next_safe_point() -> None:
    told: list[str] = []
    control = Control(told.append)
    control.checkpoint()
    control.cancel()
    assert told == ["cancelling"]
    with pytest.raises(Cancelled):
        control.checkpoint()
    control.cancel()
    assert told == ["cancelling"]


def test_nothing_is_cancelling_that_is_over() -> None:
    """A cancel that comes while the last state is told would be the last word on the run."""
    told: list[str] = []
    control = Control(told.append)
    control.end()
    control.cancel()
    assert told == [] and not control.is_cancelled


def test_pause_holds_until_resumed_and_the_clock_stands_still() -> None:
    told: list[str] = []
    control = Control(told.append)
    control.pause()
    passed = threading.Event()

    def work() -> None:
        control.checkpoint()
        passed.set()

    thread = threading.Thread(target=work)
    before = control.working_clock()
    thread.start()
    assert not passed.wait(0.15)
    assert told == ["paused"]
    control.resume()
    assert passed.wait(1.0)
    thread.join()
    assert told == ["paused", "running"]
    assert 0.0 <= control.working_clock() - before < 0.1


def test_every_safe_point_is_a_beat_until_it_is_cancelled() -> None:
    beats: list[bool] = []
    control = Control()
    control.beat = lambda: beats.append(control.is_paused)
    control.checkpoint()
    control.checkpoint()
    assert beats == [False, False]
    control.cancel()
    with pytest.raises(Cancelled):
        control.checkpoint()
    assert len(beats) == 2


def test_a_stop_is_for_one_block_and_ends_a_pause() -> None:
    control = Control()
    control.pause()
    control.stop()
    assert control.is_stopping and not control.is_paused
    control.checkpoint()
    control.next_block()
    assert not control.is_stopping and not control.is_cancelled


def test_cancel_ends_a_pause() -> None:
    control = Control()
    control.pause()
    ended: list[type[BaseException]] = []

    def work() -> None:
        try:
            control.checkpoint()
        except Cancelled as error:
            ended.append(type(error))

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.05)
    control.cancel()
    thread.join(1.0)
    assert ended == [Cancelled]


@pytest.mark.timeout(20)
def test_whoever_hears_of_a_cancel_may_cancel_too() -> None:
    told: list[str] = []

    def hear(request: Request) -> None:
        told.append(request)
        control.cancel()
        other = threading.Thread(target=control.cancel)
        other.start()
        other.join()

    control = Control(hear)
    control.cancel()
    assert told == ["cancelling"]


@pytest.mark.timeout(20)
def test_the_end_waits_until_a_cancel_is_told() -> None:
    begun, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def hear(request: Request) -> None:
        begun.set()
        go_on.wait()
        order.append(request)

    def end() -> None:
        control.end()
        order.append("ended")

    control = Control(hear)
    asking, ending = threading.Thread(target=control.cancel), threading.Thread(target=end)
    asking.start()
    begun.wait()
    ending.start()
    ending.join(0.05)
    go_on.set()
    asking.join()
    ending.join()
    assert order == ["cancelling", "ended"]
