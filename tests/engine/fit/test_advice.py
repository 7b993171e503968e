"""Advice: what would help most for its bytes, and what would cost least."""

import pytest

from engine.base.errors import BadInput
from engine.contracts.budget import BudgetProblem, Option, Unit
from engine.fit.advice import NEAR, advice
from engine.fit.solver import Solver
from tests.engine.fit.problems import realistic


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


def test_a_plan_of_another_problem_is_refused():
    plan = Solver(realistic(2), {}).plan(10**9)
    with pytest.raises(BadInput, match="another sensitivity analysis"):
        advice(by_hand(("v", 0, 0.1, 0.0)), plan)
