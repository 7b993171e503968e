"""Plans: within the budget, locks, reasons; sizes as people write them; predictions."""

import math

import numpy as np
import pytest

from engine.base.errors import BadInput
from engine.contracts.budget import BudgetProblem, Measurement, Option, Unit
from engine.fit.prediction import predict
from engine.fit.size import bytes_of, rounded_up, size_text
from engine.fit.solver import Solver
from tests.engine.fit.problems import realistic


def problem(units=12, seed=0, measured=()):
    """Units whose losses fall by about four for each bit."""
    rng = np.random.default_rng(seed)
    return BudgetProblem(
        target="gguf",
        model="fingerprint",
        text="sample",
        tokens=1024,
        fixed_bytes=5000,
        units=tuple(
            Unit(
                name=f"{i}.q",
                layers=(f"model.layers.{i}.self_attn.q_proj",),
                layer=i,
                role="q",
                parameters=4096,
                options=tuple(
                    Option(id=f"int{bits}", bytes=512 * bits, loss=float(np.exp(rng.normal()) * 4.0**-bits))
                    for bits in (2, 3, 4, 6, 8)
                ),
            )
            for i in range(units)
        ),
        measured=measured,
    )


def test_a_plan_fits_and_says_its_bytes():
    of_model = problem()
    solver = Solver(of_model, {})
    for budget in range(solver.smallest, solver.largest + 1000, 1777):
        for plan in (solver.plan(budget), solver.quick(budget)):
            assert plan.bytes <= budget
            assert plan.bytes == of_model.bytes_of(plan.choices)
            assert plan.loss == pytest.approx(of_model.loss_of(plan.choices))
        assert solver.plan(budget).loss <= solver.quick(budget).loss


def test_one_byte_less_than_the_smallest_file_is_refused_with_its_size():
    solver = Solver(problem(), {})
    assert solver.plan(solver.smallest).bytes == solver.smallest
    with pytest.raises(BadInput, match="Nothing fits"):
        solver.plan(solver.smallest - 1)


def test_a_locked_unit_keeps_its_option_and_the_others_pay_for_it():
    free, locked = Solver(problem(), {}), Solver(problem(), {"3.q": "int8"})
    budget = free.smallest + 6 * 512
    plan = locked.plan(budget)
    assert plan.choices["3.q"] == "int8"
    assert plan.loss >= free.plan(budget).loss
    row = next(row for row in locked.rows(plan) if row.unit == "3.q")
    assert row.reason == "locked"


@pytest.mark.parametrize("locks", [{"99.q": "int4"}, {"3.q": "int5"}])
def test_a_lock_that_means_nothing_is_refused(locks):
    with pytest.raises(BadInput):
        Solver(problem(), locks).plan(10**6)


def test_every_row_says_why_and_what_one_step_up_and_down_costs():
    solver = Solver(problem(), {})
    plan = solver.plan((solver.smallest + solver.largest) // 2)
    for row, unit in zip(solver.rows(plan), solver.problem.units, strict=True):
        now = unit.option(row.option)
        for step in filter(None, (row.up, row.down)):
            other = unit.option(step.option)
            assert (step.bytes, step.loss) == (other.bytes - now.bytes, other.loss - now.loss)
        assert row.up is None or (row.up.bytes > 0 and row.up.loss < 0)
        assert row.down is None or (row.down.bytes < 0 and row.down.loss > 0)
        assert row.reason == ("best" if row.up is None else "smallest" if row.down is None else "budget")


def test_problems_come_back_from_json_as_they_were():
    of_model = problem(measured=(Measurement(label="uniform", bytes=1, predicted=0.1, measured=0.12),))
    assert BudgetProblem.parse(of_model.to_json()) == of_model


@pytest.mark.parametrize("text", ["", "[]", '{"version": 9}', "{" * 9999, '{"target": "gguf"}'])
def test_a_file_that_is_no_problem_is_refused(text):
    with pytest.raises(BadInput, match="not a sensitivity analysis"):
        BudgetProblem.parse(text, where="fit.json")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("60MB", 60_000_000), ("1.5 GB", 1_500_000_000), ("40%", 400), ("64MiB", 2**26), ("123", 123), ("10 kb", 10_000)],
)
def test_sizes_as_people_write_them(text, expected):
    assert bytes_of(text, 1000) == expected


@pytest.mark.parametrize("text", ["", "MB", "-3MB", "0", "101%", "1e9", "60 MBs", "nan"])
def test_words_that_are_no_sizes_are_refused(text):
    with pytest.raises(BadInput, match=r"not a size|can.t have the size"):
        bytes_of(text, 1000)


def test_without_measurements_a_prediction_is_the_sum_with_a_wide_band():
    prediction = predict(0.1, ())
    assert prediction.kl == pytest.approx(0.1)
    assert prediction.low < 0.05
    assert prediction.high > 0.2


def test_the_band_holds_19_of_20_plans_and_narrows_as_more_are_measured():
    rng = np.random.default_rng(0)

    def measure(loss):
        return 1.6 * loss**0.95 * math.exp(0.1 * rng.normal())

    def points(count):
        losses = np.geomspace(0.02, 1.0, count)
        return [Measurement(label="", bytes=0, predicted=x, measured=measure(x)) for x in losses.tolist()]

    inside = []
    for _ in range(60):
        known = points(6)
        loss = float(np.exp(rng.uniform(np.log(0.03), 0)))
        prediction = predict(loss, known)
        inside.append(prediction.low <= measure(loss) <= prediction.high)
    assert np.mean(inside) >= 0.95
    few, many = predict(0.2, points(3)), predict(0.2, points(30))
    assert many.high / many.low < few.high / few.low


@pytest.mark.parametrize(
    ("count", "text"),
    [(60_000_000, "60MB"), (60_500_000, "60.5MB"), (1_234_567_000, "1234.57MB"), (123_457, "123.457KB"), (7, "7")],
)
def test_sizes_are_written_as_they_are_read(count, text):
    assert bytes_of(size_text(count), 1) == count
    if count != 1_234_567_000:
        assert size_text(count) == text


@pytest.mark.parametrize(
    ("count", "expected"), [(45_926_208, 45_930_000), (60_000_000, 60_000_000), (99_999.5, 100_000), (7, 7), (0, 0)]
)
def test_sizes_are_rounded_up_to_four_digits(count, expected):
    assert rounded_up(count) == expected


def test_plans_that_were_rounded_otherwise_are_not_on_the_front():
    points = (
        Measurement(label="front", bytes=1, predicted=0.2, measured=0.3),
        Measurement(label="built", bytes=1, predicted=0.1, measured=0.12, rounding="gptq"),
    )
    problem = realistic(1, measured=points)
    assert problem.measured_points == points, "prices are those of the nearest weights"
    first, *others = problem.units
    option = first.options[0].model_copy(update={"nearest_loss": first.options[0].loss * 2})
    solved = first.model_copy(update={"options": (option, *first.options[1:])})
    assert problem.model_copy(update={"units": (solved, *others)}).measured_points == points[1:]
