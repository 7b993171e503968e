"""Advice: what would help most for its bytes, and what would cost least."""

import pytest

from engine.base.errors import BadInput
from engine.contracts.budget import BudgetProblem, Option, Unit
from engine.fit.advice import NEAR, advice
from engine.fit.solver import Solver
from tests.engine.fit.problems import realistic, timed


def by_hand(*units):
    """Units (role, layer, loss at 4 bits, loss at 8 bits), 1 MB at 4 bits and 2 at 8."""
    return BudgetProblem(
        target="gguf",
        model="",
        text="",
        tokens=1,
        fixed_bytes=0,
        units=tuple(
            Unit(
                name=f"{layer}.{role}",
                layers=(f"{layer}.{role}",),
                layer=layer,
                role=role,
                parameters=2_000_000,
                options=(Option(id="4", bytes=1_000_000, loss=low), Option(id="8", bytes=2_000_000, loss=high)),
            )
            for role, layer, low, high in units
        ),
    )


def test_layers_of_a_role_that_gain_alike_are_one_piece_of_advice():
    problem = by_hand(("v", 0, 0.05, 0.0), ("v", 1, 0.04, 0.0), ("v", 2, 0.001, 0.0), ("q", 0, 0.002, 0.0))
    plan = Solver(problem, {}).plan(4_000_000)
    first, second = advice(problem, plan)
    assert first.units == ("0.v", "1.v")
    assert first.text == "v of layers 0–1 at 8: +2.00 MB, −0.090 nats"
    assert (first.bytes, first.loss) == (2_000_000, pytest.approx(-0.09))
    assert second.text == "q of layer 0 at 8: +1.00 MB, −0.0020 nats"


def test_ways_down_are_the_cheapest_first_and_locked_units_stay():
    problem = by_hand(("v", 0, 0.05, 0.0), ("q", 1, 0.001, 0.0), ("k", 2, 0.0001, 0.0))
    plan = Solver(problem, {"2.k": "8"}).plan(6_000_000)
    assert [(one.way, one.units) for one in advice(problem, plan)] == [("down", ("1.q",)), ("down", ("0.v",))]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
def test_no_other_step_helps_more(share):
    problem = realistic(8)
    solver = Solver(problem, {})
    plan = solver.plan(round(solver.smallest + share * (solver.largest - solver.smallest)))
    given = advice(problem, plan)
    rows = {row.unit: row for row in solver.rows(plan)}
    ups = [one for one in given if one.way == "up"]
    downs = [one for one in given if one.way == "down"]
    assert len(ups) <= 3
    assert len(downs) <= 3
    gains = [-row.up.loss / row.up.bytes for row in rows.values() if row.up]
    costs = [row.down.loss / -row.down.bytes for row in rows.values() if row.down]
    assert bool(ups) == bool(gains)
    assert bool(downs) == bool(costs)
    if ups:
        best = rows[ups[0].units[0]].up
        assert -best.loss / best.bytes == max(gains)
    if downs:
        best = rows[downs[0].units[0]].down
        assert best.loss / -best.bytes == min(costs)
    for one in given:
        changed = plan.choices | dict.fromkeys(one.units, one.option)
        assert problem.bytes_of(changed) - plan.bytes == one.bytes
        assert problem.loss_of(changed) - plan.loss == pytest.approx(one.loss)
        rates = [abs(step.loss / step.bytes) for unit in one.units for step in (rows[unit].up, rows[unit].down) if step
                 and step.option == one.option]  # fmt: skip
        assert max(rates) <= NEAR * min(rates)


def test_where_a_speed_is_required_what_helps_is_counted_in_the_time_of_a_token():
    problem = timed(realistic(8))
    solver = Solver(problem, {})
    plan = solver.plan(solver.most, (solver.slowest + solver.fastest) / 2)
    rows = solver.rows(plan)
    spare = 1e3 / plan.speed - problem.milliseconds_of(plan.choices)
    assert spare >= 0
    too_slow = [row for row in rows if row.reason == "speed"]
    assert too_slow
    assert all(row.up.milliseconds > spare for row in too_slow)
    assert not any(row.up and row.reason == "budget" and row.up.milliseconds > spare for row in rows)
    ups = [row.up for row in rows if row.up]
    best = next(one for one in advice(problem, plan) if one.way == "up")
    of_best = next(row.up for row in rows if row.unit == best.units[0])
    assert -of_best.loss / of_best.milliseconds == max(-step.loss / step.milliseconds for step in ups)
    for one in advice(problem, plan):
        changed = plan.choices | dict.fromkeys(one.units, one.option)
        longer = problem.milliseconds_of(changed) - problem.milliseconds_of(plan.choices)
        assert one.milliseconds == pytest.approx(longer)
        assert "ms a token" in one.text
        assert (longer > 0) == (one.way == "up")


def test_a_step_that_makes_nothing_faster_is_no_advice_where_a_speed_is_required():
    problem = timed(by_hand(("v", 0, 0.05, 0.0), ("q", 1, 0.001, 0.0)))
    slow_when_small = problem.units[0].options[0].model_copy(update={"milliseconds": 9.0})
    slow = problem.units[0].model_copy(update={"options": (slow_when_small, problem.units[0].options[1])})
    problem = problem.model_copy(update={"units": (slow, problem.units[1])})
    plan = Solver(problem, {}).plan(4_000_000, 100.0)
    assert [one.units for one in advice(problem, plan)] == [("1.q",)]


def test_a_plan_of_another_problem_is_refused():
    plan = Solver(realistic(2), {}).plan(10**9)
    with pytest.raises(BadInput, match="another sensitivity analysis"):
        advice(by_hand(("v", 0, 0.1, 0.0)), plan)
