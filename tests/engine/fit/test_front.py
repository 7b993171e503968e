"""Points for a plot of size against predicted loss."""

import pytest

from engine.fit.front import front_points, uniform_points
from engine.fit.solver import Solver
from engine.fit.words import bits_per_weight
from tests.engine.fit.problems import realistic


def test_the_front_begins_at_the_smallest_file_and_ends_at_the_largest():
    solver = Solver(realistic(6), {})
    points = front_points(solver, 50)
    assert len(points) <= 50
    assert points[0].bytes == solver.smallest
    assert points[-1].bytes == solver.largest
    sizes, losses = [p.bytes for p in points], [p.loss for p in points]
    assert sizes == sorted(set(sizes))
    assert losses == sorted(losses, reverse=True)
    for point in points[::7]:
        assert solver.quick(point.bytes).loss == pytest.approx(point.loss, abs=1e-9)


def test_uniform_formats_are_points_of_their_own_bytes_and_above_the_front():
    problem = realistic(6)
    solver = Solver(problem, {})
    points = uniform_points(problem)
    assert {point.label for point in points} == {uniform.label for uniform in problem.uniform}
    for point in points:
        assert point.bytes == problem.bytes_of(dict.fromkeys([unit.name for unit in problem.units], point.label))
        assert solver.plan(point.bytes).loss <= point.loss


def test_one_option_for_all_is_one_point():
    problem = realistic(2)
    locks = {unit.name: "Q4_K" for unit in problem.units}
    assert [point.bytes for point in front_points(Solver(problem, locks))] == [problem.bytes_of(locks)]


def test_a_plan_says_its_bytes_and_bits():
    problem = realistic(2)
    plan = Solver(problem, {unit.name: "Q4_K" for unit in problem.units}).plan(10**9)
    assert round(bits_per_weight(plan.bytes, problem.whole // 2), 2) == 4.91
    larger = problem.model_copy(update={"dense_bytes": 2 * problem.whole})  # a table that no unit holds, say
    assert round(bits_per_weight(plan.bytes, larger.whole // 2), 2) == 2.45
