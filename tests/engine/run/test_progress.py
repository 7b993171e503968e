"""Progress and what is left with a clock that the test turns."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.contracts.events import Progress
from engine.record.timing import Ledger, TimeLeft, Timing, left_text
from engine.run.pace import Phase
from engine.run.progress import FAINT, TRUSTED, Meter
from engine.run.rates import Rates
from engine.service.job_progress import JobMeter


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def meter(rates: Rates | None = None) -> tuple[Meter, list[Progress], Clock]:
    told: list[Progress] = []
    clock = Clock()
    made = Meter("r", told.append, clock, rates)
    work, measure = Phase("work", 10.0, "work gptq"), Phase("measure", 10.0, "measure")
    made.plan({"a": (work, measure), "b": (Phase("work", 20.0, "work awq"),)})
    return made, told, clock


def go(made: Meter, clock: Clock, steps: int, seconds: float, first: int = 0, count: int = 10) -> None:
    """So many of ``count`` steps of the present phase, from ``first`` on."""
    made.update(first / count)
    for step in range(first + 1, first + steps + 1):
        clock.now += seconds
        made.update(step / count)


def test_nothing_is_said_of_what_is_left_in_the_first_twentieth() -> None:
    made, told, clock = meter()
    made.begin("a")
    made.phase("work")
    made.update(0.0)
    clock.now += 1.0
    made.update(0.1)
    assert told[-1].eta is None and told[-1].total_eta is None and told[-1].phase == "work"
    clock.now += 1.0
    made.update(0.2)
    assert told[-1].eta == pytest.approx(8.0 + 10.0)
    assert told[-1].total_eta == pytest.approx(8.0 + 10.0 + 20.0)


def test_a_machine_that_has_done_the_like_before_says_it_at_once(tmp_path: Path) -> None:
    rates = Rates(tmp_path / "phases.json", "cpu")
    rates.learn({"work gptq": 2.0, "measure": 0.5, "work awq": 1.0})
    made, told, _ = meter(rates)
    made.begin("a")
    made.phase("work")
    assert told[-1].total_eta == pytest.approx(20.0 + 5.0 + 20.0) and told[-1].unit == pytest.approx(20.0)


def learned(tmp_path: Path) -> Rates:
    """Of a machine that takes 20 s for the work of "a", 5 for its measuring, 20 for "b"."""
    rates = Rates(tmp_path / "phases.json", "cpu")
    rates.learn({"work gptq": 2.0, "measure": 0.5, "work awq": 1.0})
    return rates


def test_what_is_left_is_known_before_the_first_phase_and_between_blocks(tmp_path: Path) -> None:
    made, told, clock = meter(learned(tmp_path))
    made.say("Loading")
    assert told[-1].total_eta == pytest.approx(45.0) and told[-1].eta is None
    made.begin("a")
    made.say("Loading")
    assert told[-1].total_eta == pytest.approx(45.0), "all phases of the block too"
    made.phase("work")
    go(made, clock, 10, 2.0)
    made.phase("measure")
    go(made, clock, 10, 0.5)
    made.end()
    made.say("Between them")
    assert told[-1].total_eta == pytest.approx(20.0) and told[-1].unit == 0.0


def test_what_an_interrupted_run_had_done_counts_at_once_where_the_machine_knows_the_like(tmp_path: Path) -> None:
    made, told, clock = meter(learned(tmp_path))
    made.begin("a")
    made.phase("work")
    made.update(0.4)  # 8 of 20 s
    clock.now += 0.2
    made.update(0.4)
    assert told[-1].fraction == pytest.approx(8.0 / 25.0, abs=0.01)
    assert told[-1].total == pytest.approx(8.0 / 45.0, abs=0.01)


def test_a_phase_that_nobody_planned_is_no_fault_and_tells_nothing_of_what_is_left(tmp_path: Path) -> None:
    made, told, clock = meter(learned(tmp_path))
    made.begin("a")
    made.phase("verify")
    clock.now += 1.0
    made.update(0.01)
    assert told[-1].phase == "verify" and told[-1].eta is None and told[-1].total_eta is None


def test_one_short_phase_that_the_machine_never_did_is_enough_to_be_unsure(tmp_path: Path) -> None:
    made, told, _ = meter(learned(tmp_path))
    for seconds, is_sure in ((0.5, False), (0.0, True)):
        made.plan({"a": (Phase("work", 10.0, "work gptq"), Phase("store", seconds))})
        made.say("Planned")
        assert (told[-1].total_eta is not None) == is_sure


def test_short_phases_are_learned_too(tmp_path: Path) -> None:
    made, _, clock = meter(Rates(tmp_path / "phases.json"))
    made.plan({"a": (Phase("work", 0.5, "work gptq"),)})
    made.begin("a")
    made.phase("work")
    go(made, clock, 10, 0.1)
    made.end()
    assert Rates(tmp_path / "phases.json").planned({"x": (Phase("work", 1.0, "work gptq"),)})["x"][0].learned


def test_each_block_is_learned_from_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[dict[str, float]] = []
    monkeypatch.setattr(Rates, "learn", lambda self, measured: taken.append(dict(measured)))
    made, _, clock = meter(Rates(tmp_path / "phases.json"))
    for block, seconds in (("a", 0.8), ("b", 40.0)):
        made.begin(block)
        made.phase("work")
        made.update(0.0)
        clock.now += seconds
        made.update(1.0)
        if block == "a":
            made.phase("measure")
            made.update(0.0)
            made.update(1.0)  # in no time at all
        made.end()
    assert taken == [{"work gptq": pytest.approx(0.08)}, {"work awq": pytest.approx(2.0)}]


def test_what_was_learned_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "cache" / "phases.json"
    made, _, clock = meter(Rates(file, "cpu"))
    made.begin("a")
    made.phase("work")
    go(made, clock, 10, 3.0)
    made.phase("measure")
    go(made, clock, 10, 0.5)
    made.end()
    plan = {"x": (Phase("work", 1.0, "work gptq"), Phase("measure", 1.0, "measure"), Phase("load", 1.0, "load"))}
    work, measure, load = Rates(file, "cpu").planned(plan)["x"]
    assert (work.seconds, work.learned) == (pytest.approx(3.0), True)
    assert (measure.seconds, load) == (pytest.approx(0.5), Phase("load", 1.0, "load"))
    assert Rates(file, "cuda").planned(plan)["x"] == plan["x"]
    Rates(file, "cpu").learn({"work gptq": 2.0})  # twice as long as planned, once
    assert 3.0 < Rates(file, "cpu").planned(plan)["x"][0].seconds < 6.0
    file.write_text('{"work gptq, cpu": "fast", "measure, cpu": -1, "load, cpu": 1e300}', encoding="utf-8")
    assert Rates(file, "cpu").planned(plan)["x"] == plan["x"]
    file.write_text("{", encoding="utf-8")
    assert Rates(file, "cpu").planned(plan)["x"] == plan["x"]


def test_fractions_are_shares_of_time() -> None:
    made, told, clock = meter()
    made.begin("a")
    made.phase("work")
    go(made, clock, 5, 1.0)
    assert told[-1].fraction == pytest.approx(0.25, abs=0.01) and told[-1].total == pytest.approx(0.125, abs=0.01)
    go(made, clock, 5, 1.0, first=5)
    made.phase("measure")
    go(made, clock, 5, 1.0)
    assert told[-1].fraction == pytest.approx(0.75, abs=0.01) and told[-1].total == pytest.approx(0.375, abs=0.01)
    go(made, clock, 5, 1.0, first=5)
    made.end()
    made.begin("b")
    made.phase("work")
    go(made, clock, 10, 2.0)
    made.end()
    made.say("Writing the report")
    assert told[-1].total == 1.0 and told[-1].block is None and told[-1].text == "Writing the report"


def test_what_is_to_come_is_scaled_by_how_wrong_the_plan_was_and_most_by_the_like_of_it() -> None:
    made, told, clock = meter()
    made.plan({b: (Phase("work", 10.0, "work gptq"), Phase("measure", 10.0, "measure")) for b in ("a", "b")})
    made.begin("a")
    made.phase("work")
    go(made, clock, 10, 8.0)  # planned: 1 s a step
    made.phase("measure")
    go(made, clock, 10, 1.0)
    made.end()
    made.begin("b")
    made.phase("work")
    assert told[-1].total_eta == pytest.approx(80.0 + 10.0)


def test_the_like_of_the_present_phase_is_scaled_by_it_at_once_and_without_a_limit() -> None:
    """Phases of another kind are scaled too, but by no more than `TRUSTED`."""
    made, told, clock = meter()
    made.plan(
        {
            "a": (Phase("work", 100.0, "work gptq"),),
            "b": (Phase("work", 50.0, "work gptq"),),
            "c": (Phase("work", 10.0, "work awq"),),
        }
    )
    made.begin("a")
    made.phase("work")
    go(made, clock, 5, 100.0)  # planned: 10 s a step
    here, alike = told[-1].eta, (500.0 + FAINT) / (50.0 + FAINT)
    assert here is not None and here == pytest.approx(500.0, rel=0.25)
    assert told[-1].total_eta == pytest.approx(here + 50.0 * alike + 10.0 * TRUSTED)


def test_a_fast_phase_does_not_promise_that_others_take_no_time() -> None:
    made, told, clock = meter()
    made.begin("a")
    made.phase("work")
    go(made, clock, 10, 0.01)  # planned: 1 s a step
    made.phase("measure")
    here = told[-1].eta
    assert here is not None and told[-1].total_eta == pytest.approx(here + 20.0 / TRUSTED)


def test_the_like_of_several_phases_takes_their_mean_also_where_none_said_how_far_it_was() -> None:
    made, told, clock = meter()
    made.plan({block: (Phase("work", 10.0, "work gptq"),) for block in ("a", "b", "c")})
    for block, seconds in (("a", 80.0), ("b", 10.0)):
        made.begin(block)
        made.phase("work")
        clock.now += seconds
        made.end()
    made.begin("c")
    made.phase("work")
    assert told[-1].total_eta == pytest.approx(45.0)


def test_one_slow_step_does_not_count_for_all_that_come() -> None:
    made, told, clock = meter()
    made.plan({"b": (Phase("work", 100.0),)})
    made.begin("b")
    made.phase("work")
    go(made, clock, 20, 1.0, count=100)
    go(made, clock, 1, 10.0, first=20, count=100)
    go(made, clock, 20, 1.0, first=21, count=100)
    assert told[-1].eta == pytest.approx(59.0, rel=0.25) and told[-1].unit == pytest.approx(1.0)


def test_what_was_found_done_says_nothing_about_how_long_work_takes() -> None:
    """A block from the cache with known metrics takes no time: the others take what they were expected to take."""
    made, told, clock = meter()
    made.plan({"cached": (Phase("measure", 10.0),), "a": (Phase("work", 10.0),), "b": (Phase("work", 20.0),)})
    made.begin("cached")
    made.phase("measure")
    clock.now += 0.01
    made.end()
    made.begin("a")
    made.phase("work")
    go(made, clock, 5, 1.0)
    assert told[-1].eta == pytest.approx(5.0) and told[-1].total_eta == pytest.approx(5.0 + 20.0)


def test_what_an_interrupted_run_had_done_is_not_taken_for_speed() -> None:
    made, told, clock = meter()
    made.begin("a")
    made.phase("work")
    made.update(0.4)  # a checkpoint was loaded: step 4 of 10
    go(made, clock, 3, 3.0, first=4)  # planned: 1 s a step
    assert told[-1].eta is not None and told[-1].eta > 3 * 2.0 + 10.0
    assert told[-1].fraction > 0.2, "what was done before counts"


def test_the_like_of_a_resumed_phase_takes_as_long_for_its_share() -> None:
    made, told, clock = meter()
    made.plan({block: (Phase("work", 10.0, "work gptq"),) for block in ("a", "b")})
    made.begin("a")
    made.phase("work")
    go(made, clock, 6, 3.0, first=4)  # planned: 1 s a step
    made.end()
    made.begin("b")
    made.phase("work")
    assert told[-1].total_eta == pytest.approx(30.0)


def test_a_clock_that_is_slow_between_steps_counts_down_on_its_own() -> None:
    made, told, clock = meter()
    made.begin("b")
    made.phase("work")
    go(made, clock, 5, 2.0)
    clock.now += 1.0
    made.update(0.5, "still at it")
    assert told[-1].eta == pytest.approx(9.0) and told[-1].unit == pytest.approx(1.0)
    clock.now += 50.0
    made.update(0.5, "still at it")
    assert told[-1].eta is not None and told[-1].eta > 9.0, "a unit that takes 50 s says that others may as well"


def test_time_that_passes_is_said_once_a_second_however_long_a_unit_takes() -> None:
    made, told, clock = meter()
    made.begin("b")
    made.phase("work")
    go(made, clock, 5, 2.0)
    count = len(told)
    for _ in range(100):
        clock.now += 0.1
        made.beat()
    assert 9 <= len(told) - count <= 10 and told[-1].total_elapsed == pytest.approx(20.0, abs=0.5)
    totals = [event.total for event in told]
    assert totals == sorted(totals)


def test_the_words_of_a_step_stay_until_there_are_others_and_the_end_is_said_at_once() -> None:
    made, told, clock = meter()
    made.begin("a")
    made.phase("work", "Reading")
    clock.now += 1.0
    made.update(0.2)
    assert told[-1].text == "Reading"
    clock.now += 1.0
    made.update(0.5, "Layer 5 of 10")
    made.update(0.6)
    count = len(told)
    made.update(0.999)
    assert len(told) == count, "ten times a second is enough"
    made.update(1.0)
    assert len(told) == count + 1 and told[-1].text == "Layer 5 of 10"


def test_the_first_twentieth_is_a_share_of_the_plan() -> None:
    made, told, clock = meter()
    made.begin("a")
    made.phase("work")
    go(made, clock, 5, 0.2, count=100)  # 0.5 of 40 s
    assert told[-1].total == pytest.approx(0.5 / 40.0) and told[-1].total_eta is None


def test_more_than_all_is_all() -> None:
    made, told, clock = meter()
    made.plan({block: (Phase("work", 10.0, "work gptq"),) for block in ("a", "b")})
    made.begin("a")
    made.phase("work")
    go(made, clock, 9, 1.0)
    clock.now += 1.0
    made.update(7.0)
    assert told[-1].eta == 0.0 and told[-1].total_eta == pytest.approx(10.0), "as long as planned"


def test_at_most_ten_events_a_second() -> None:
    made, told, clock = meter()
    made.begin("a")
    made.phase("work")
    for step in range(1000):
        clock.now += 0.001
        made.update(step / 1000)
    assert 9 <= len(told) <= 12


def test_fractions_never_leave_their_range_and_never_go_back() -> None:
    made, told, clock = meter()
    made.begin("a")
    made.phase("work")
    for fraction in (-1.0, 0.5, 0.2, 7.0, 0.0):
        clock.now += 1.0
        made.update(fraction)
    made.phase("measure")
    made.plan({"a": (Phase("work", 1.0), Phase("measure", 500.0)), "b": (Phase("work", 500.0),)})
    clock.now += 1.0
    made.update(0.1)
    for shares in ([event.fraction for event in told], [event.total for event in told]):
        assert shares == sorted(shares) and min(shares) >= 0.0 and max(shares) <= 1.0


def test_a_run_without_a_plan_counts_the_block() -> None:
    told: list[Progress] = []
    clock = Clock()
    made = Meter("r", told.append, clock)
    made.begin("x")
    made.phase("work")
    made.update(0.0)
    clock.now += 3
    made.update(0.3)
    assert told[-1].fraction == told[-1].total == pytest.approx(0.3) and told[-1].eta == pytest.approx(7.0)


def test_every_phase_is_named_when_it_begins() -> None:
    made, told, _ = meter()
    made.begin("a")
    for kind in ("load", "work", "store", "measure", "verify"):
        made.phase(kind)
        assert told[-1].phase == kind and told[-1].text and told[-1].block == "a"


def test_the_blocks_add_up_to_the_run() -> None:
    made, told, clock = meter()
    clock.now += 2.0
    made.begin("a")
    clock.now += 3.0
    made.phase("work")
    assert told[-1].elapsed == told[-1].total_elapsed == 5.0
    made.end()
    clock.now += 1.0
    made.begin("b")
    made.phase("work")
    clock.now += 4.0
    assert (made.block_seconds("a"), made.block_seconds("b"), made.seconds()) == (6.0, 4.0, 10.0)


def test_a_job_goes_from_phase_to_phase_by_its_fractions() -> None:
    told: list[Progress] = []
    clock = Clock()
    ends = ((Phase("load", 10.0), 0.2), (Phase("store", 10.0), 0.75), (Phase("verify", 20.0), 1.0))
    job = JobMeter("j", told.append, ends, clock=clock)
    job(0.0, "Reading")
    clock.now += 10.0
    job(0.2, "Writing layer 1 of 2")
    clock.now += 10.0
    job(0.75, "Loading it in a fresh process")
    assert [event.phase for event in told if event.text == told[-1].text] == ["verify"]
    assert told[-1].eta == pytest.approx(20.0) and told[-1].total == pytest.approx(0.5, abs=0.02)
    shown = Timing()
    for event in told:
        shown.tell(event.elapsed, event.time, event.eta, event.unit)
    then = told[-1].time
    assert shown.remaining_time(then + 5.0) == pytest.approx(15.0) and shown.remaining_time(
        then + 10.0
    ) == pytest.approx(10.0)
    late = [shown.remaining_time(then + seconds) for seconds in (19.0, 25.0, 40.0)]
    assert late[0] is not None and late[0] > late[1] > late[2] > 0.0, "it goes on, slower"  # type: ignore[operator]
    clock.now += 60.0
    job(1.0, "Verified")
    job(1.0, "Verified")
    assert told[-1].total == 1.0 and told[-1].block is None


# -- what is shown -----------------------------------------------------------------------------------------------
def test_an_estimate_that_is_right_counts_down_like_a_clock() -> None:
    left = TimeLeft()
    assert left.at(0.0) is None
    left.tell(0.0, 100.0, 10.0)
    assert left.at(5.0) == pytest.approx(95.0)
    left.tell(10.0, 90.0, 10.0)
    assert left.at(15.0) == pytest.approx(85.0) and not left.is_lower_bound()


def test_an_estimate_that_grows_is_counted_down_slower_and_said_to_be_a_lower_bound() -> None:
    left = TimeLeft()
    left.tell(0.0, 50.0, 10.0)
    left.tell(10.0, 100.0, 10.0)
    assert left.at(10.0) == pytest.approx(40.0) and left.is_lower_bound()
    assert left.at(18.0) == pytest.approx(40.0 * 0.92)
    left.tell(60.0, 50.0, 10.0)
    left.tell(100.0, 10.0, 10.0)
    assert left.at(100.0) == pytest.approx(10.0, rel=0.6)


def test_an_estimate_that_shrinks_is_counted_down_faster() -> None:
    left = TimeLeft()
    left.tell(0.0, 100.0, 10.0)
    left.tell(10.0, 20.0, 10.0)
    assert left.at(10.0) == pytest.approx(30.0) and left.at(15.0) == pytest.approx(22.5)


def test_an_estimate_that_was_far_too_small_is_withdrawn_and_not_corrected_upward() -> None:
    left = TimeLeft()
    left.tell(0.0, 60.0, 10.0)
    shown = []
    for second in range(2, 30):
        left.tell(float(second), 2400.0, 10.0)
        shown.append(left.at(float(second)))
    first = shown.index(None)
    assert 3 <= first <= 7 and shown[:first] == sorted((s for s in shown[:first] if s is not None), reverse=True)
    assert shown[-1] == pytest.approx(2400.0, rel=0.05), "some seconds later it is said anew"


def test_words_of_what_is_left() -> None:
    timing = Timing()
    assert left_text(timing, 0.0) == ""
    timing.tell(0.0, 100.0, 80.0, 10.0)
    assert left_text(timing, 105.0) == "1 min 15 s left"
    timing.tell(10.0, 110.0, 140.0, 10.0)
    assert left_text(timing, 110.0) == "more than 1 min 10 s left"
    timing.tell(10.0, 110.0, 0.2, 0.2)
    assert left_text(timing, 110.1) == "1 s left"


def test_a_ledger_charges_every_second_once() -> None:
    ledger = Ledger()
    assert ledger.seconds("", 5.0) == 0.0
    ledger.enter("a", 2.0)
    ledger.enter("b", 5.0)
    ledger.enter("a", 6.0)
    ledger.enter("a", 7.0)
    assert (ledger.seconds("a", 10.0), ledger.seconds("b", 10.0)) == (9.0, 1.0)
