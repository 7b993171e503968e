"""Progress and ETA with a clock that the test turns."""

from __future__ import annotations

import pytest

from engine.contracts.events import Progress
from engine.run.progress import Meter


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def meter() -> tuple[Meter, list[Progress], Clock]:
    told: list[Progress] = []
    clock = Clock()
    made = Meter("r", told.append, clock)
    made.plan({"a": (("work", 10.0), ("measure", 10.0)), "b": (("work", 20.0),)})
    return made, told, clock


def test_nothing_is_claimed_in_the_first_twentieth() -> None:
    made, told, clock = meter()
    made.begin("a")
    clock.now += 1.0
    made.update(0.04)
    assert told[-1].eta is None and told[-1].total_eta is None
    clock.now += 1.0
    made.update(0.08)
    assert told[-1].eta == pytest.approx(0.92 / 0.04 + 10.0)
    assert told[-1].total_eta == pytest.approx(0.92 / 0.04 + 10.0 + 20.0)


def test_fractions_are_weighted_by_expected_seconds() -> None:
    made, told, clock = meter()
    made.begin("a")
    clock.now += 5.0
    made.update(0.5)
    assert told[-1].fraction == pytest.approx(0.25) and told[-1].total == pytest.approx(0.125)
    made.phase("measure")
    clock.now += 5.0
    made.update(0.5)
    assert told[-1].fraction == pytest.approx(0.75) and told[-1].total == pytest.approx(0.375)
    made.end()
    made.begin("b")
    clock.now += 1.0
    made.update(1.0)
    assert told[-1].total == pytest.approx(1.0)


def test_what_is_to_come_is_scaled_by_how_wrong_the_plan_was() -> None:
    made, told, clock = meter()
    made.begin("a")
    made.update(0.0)
    clock.now += 40.0  # planned: 10
    made.update(1.0)
    made.phase("measure")
    made.update(0.0)
    clock.now += 10.0
    made.update(0.5)
    assert told[-1].eta == pytest.approx(10.0)
    assert told[-1].total_eta == pytest.approx(10.0 + 20.0 * 4)


def test_one_slow_step_does_not_disturb_the_median() -> None:
    made, told, clock = meter()
    made.begin("b")
    for step in range(8):
        clock.now += 30.0 if step == 4 else 1.0
        made.update(step / 10)
    assert told[-1].eta == pytest.approx(3.0)


def test_what_is_left_follows_from_the_median_and_not_from_the_last_step() -> None:
    made, told, clock = meter()
    made.begin("b")
    made.update(0.0)
    for step in range(1, 6):
        clock.now += 30.0 if step == 5 else 1.0
        made.update(step / 10)
        assert told[-1].eta == pytest.approx(10.0 - step)
    for step, seconds in ((6, 0.5), (7, 0.5), (8, 4.0)):  # rates so far: 1 four times, 1/30, 2, 2, 1/4
        clock.now += seconds
        made.update(step / 10)
    assert told[-1].eta == pytest.approx(2.0)


def test_what_was_found_done_says_nothing_about_how_long_work_takes() -> None:
    """A block from the cache with known metrics takes no time: the others take what they were expected to take."""
    made, told, clock = meter()
    made.plan({"cached": (("work", 0.0), ("measure", 10.0)), "a": (("work", 10.0),), "b": (("work", 20.0),)})
    made.begin("cached")
    clock.now += 0.01
    made.phase("measure")
    clock.now += 0.01
    made.end()
    made.begin("a")
    for step in range(6):
        made.update(step / 10)
        clock.now += 1.0
    assert told[-1].eta == pytest.approx(5.0) and told[-1].total_eta == pytest.approx(5.0 + 20.0)


def test_what_an_interrupted_run_had_done_is_not_taken_for_speed() -> None:
    made, told, clock = meter()
    made.begin("a")
    clock.now += 0.5  # a checkpoint is loaded: step 4 of 10
    made.update(0.4)
    assert told[-1].eta is None and told[-1].fraction == pytest.approx(0.2)
    for step in (5, 6):
        clock.now += 3.0  # planned: 1 s a step
        made.update(step / 10)
    assert told[-1].eta == pytest.approx(4 * 3.0 + 10.0)
    for step in (7, 8, 9, 10):
        clock.now += 3.0
        made.update(step / 10)
    made.phase("measure")
    made.update(0.0)
    clock.now += 15.0
    made.update(0.5)
    assert told[-1].total_eta == pytest.approx(15.0 + 20.0 * 3)  # 6 of 10 expected seconds took 18


def test_at_most_ten_events_a_second() -> None:
    made, told, clock = meter()
    made.begin("a")
    for step in range(1000):
        clock.now += 0.001
        made.update(step / 1000)
    assert 9 <= len(told) <= 11


def test_fractions_never_leave_their_range() -> None:
    made, told, clock = meter()
    made.begin("a")
    for fraction in (-1.0, 0.5, 0.2, 7.0):
        clock.now += 1.0
        made.update(fraction)
    assert all(0.0 <= event.fraction <= 1.0 and 0.0 <= event.total <= 1.0 for event in told)


def test_a_run_without_a_plan_counts_the_block() -> None:
    told: list[Progress] = []
    clock = Clock()
    made = Meter("r", told.append, clock)
    made.begin("x")
    clock.now += 1
    made.update(0.3)
    assert told[-1].fraction == told[-1].total == pytest.approx(0.3)
