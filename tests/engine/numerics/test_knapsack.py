"""The multiple-choice knapsack against all plans of a small model."""

import itertools

import numpy as np
import pytest

from engine.numerics import knapsack


def brute_force(costs, losses, budget):
    """The least sum of losses of all plans within the budget, or None."""
    plans = itertools.product(*(range(len(of_item)) for of_item in costs))
    sums = [
        (sum(costs[i][o] for i, o in enumerate(plan)), sum(losses[i][o] for i, o in enumerate(plan))) for plan in plans
    ]
    return min((loss for cost, loss in sums if cost <= budget), default=None)


def example(seed, items=6, options=4, step=1):
    """Costs that are multiples of ``step``, and losses that need not fall with them."""
    rng = np.random.default_rng(seed)
    costs = (step * rng.integers(1, 1000, (items, options))).tolist()
    losses = np.exp(rng.normal(size=(items, options)) * 2).tolist()
    return costs, losses


@pytest.mark.parametrize("seed", range(20))
def test_solutions_equal_the_best_of_all_4096_plans_of_six_units(seed):
    costs, losses = example(seed)
    cheapest, dearest = sum(map(min, costs)), sum(map(max, costs))
    for share in (0.0, 0.05, 0.2, 0.5, 0.8, 1.0):
        budget = int(cheapest + share * (dearest - cheapest))
        chosen = knapsack.solve(costs, losses, budget, cells=10_000)
        assert knapsack.total(costs, chosen) <= budget
        assert knapsack.total(losses, chosen) == pytest.approx(brute_force(costs, losses, budget), rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_coarse_cells_never_exceed_the_budget_and_are_never_worse_than_the_front(seed):
    costs, losses = example(seed, items=40, options=8, step=7)
    cheapest, dearest = sum(map(min, costs)), sum(map(max, costs))
    whole = knapsack.front(costs, losses)
    for budget in np.linspace(cheapest, dearest, 9).astype(int).tolist():
        chosen = knapsack.solve(costs, losses, budget, cells=50)
        assert knapsack.total(costs, chosen) <= budget
        assert knapsack.total(losses, chosen) <= whole.loss[whole.steps_within(budget)] + 1e-9


def test_costs_that_share_a_divisor_are_solved_exactly_by_few_cells():
    costs, losses = example(3, step=4096)
    costs = [[4096 * (1 + cost // 4096 % 20) for cost in of_item] for of_item in costs]
    budget = sum(map(min, costs)) + 4096 * 30
    assert knapsack.total(losses, knapsack.solve(costs, losses, budget, cells=60)) == pytest.approx(
        brute_force(costs, losses, budget)
    )


def test_nothing_fits_below_the_cheapest_choice():
    costs, losses = example(1)
    assert knapsack.solve(costs, losses, sum(map(min, costs)) - 1) is None
    assert knapsack.front(costs, losses).steps_within(sum(map(min, costs)) - 1) == -1


def test_the_hull_drops_dominated_options_and_those_above_a_line_between_others():
    #          cheap  dominated  above the line  corner  dear
    assert knapsack.hull([10, 12, 14, 20, 40], [8.0, 9.0, 7.5, 2.0, 1.0]) == [0, 3, 4]


def test_of_options_of_equal_cost_the_hull_has_the_better_one():
    assert knapsack.hull([10, 10, 20], [3.0, 2.0, 1.0]) == [1, 2]


def test_the_front_ends_at_the_least_loss_and_its_sums_are_those_of_its_choices():
    costs, losses = example(5)
    whole = knapsack.front(costs, losses)
    assert whole.loss[-1] == pytest.approx(sum(map(min, losses)))
    for steps in range(len(whole.item) + 1):
        chosen = whole.choice(steps)
        assert knapsack.total(costs, chosen) == whole.cost[steps]
        assert knapsack.total(losses, chosen) == pytest.approx(whole.loss[steps])
    assert (np.diff(whole.cost) > 0).all()


def test_losses_that_rise_with_cost_buy_nothing():
    assert knapsack.solve([[1, 5]], [[1.0, 2.0]], 100) == [0]


def test_with_a_second_budget_both_hold_and_few_plans_of_all_4096_are_better():
    gaps = []
    for seed in range(40):
        costs, losses = example(seed)
        rng = np.random.default_rng(1000 + seed)
        times = rng.integers(1, 50, (6, 4)).tolist()
        budget = int(rng.integers(sum(map(min, costs)), sum(map(max, costs))))
        limit = int(rng.integers(sum(map(min, times)), sum(map(max, times))))
        plans = itertools.product(range(4), repeat=6)
        both = [x for x in plans if knapsack.total(costs, x) <= budget and knapsack.total(times, x) <= limit]
        chosen = knapsack.solve_within(costs, losses, budget, times, limit)
        if not both:
            assert chosen is None
            continue
        assert knapsack.total(costs, chosen) <= budget and knapsack.total(times, chosen) <= limit
        best = min(knapsack.total(losses, plan) for plan in both)
        gaps.append(knapsack.total(losses, chosen) / best - 1.0)
    assert len(gaps) > 25 and min(gaps) > -1e-9
    assert np.median(gaps) < 1e-9 and np.mean(gaps) < 0.05, gaps


def test_a_second_budget_that_all_plans_hold_changes_nothing():
    costs, losses = example(3)
    budget = sum(map(max, costs)) // 2
    times = [[1] * 4] * 6
    assert knapsack.solve_within(costs, losses, budget, times, 6) == knapsack.solve(costs, losses, budget)
    assert knapsack.solve_within(costs, losses, budget, times, 5) is None
    assert knapsack.solve_within(costs, losses, 0, times, 6) is None
