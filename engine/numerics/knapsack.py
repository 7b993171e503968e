"""The multiple-choice knapsack: one option for each item, so that the losses sum up to the least within a budget.

Kellerer, Pferschy and Pisinger 2004, "Knapsack Problems", chapter 11: options on the lower convex hull, the greedy
solution of the linear relaxation along their slopes (11.2), dynamic programming over the budget (11.5). Costs are whole
numbers (bytes), losses are floats; torch-free.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Costs = Sequence[Sequence[int]]
Losses = Sequence[Sequence[float]]
CELLS = 2000
"""Steps into which `solve` cuts the budget above the cheapest choice."""
PRICES = 24
"""Prices of time that `solve_within` tries."""


def hull(costs: Sequence[int], losses: Sequence[float]) -> list[int]:
    """Options of one item on the lower convex hull of (cost, loss), the cheapest first: each costs more and loses less
    than the one before it, at a falling gain for each unit of cost."""
    order = sorted(range(len(costs)), key=lambda option: (costs[option], losses[option], option))
    corners: list[int] = []
    for option in order:
        if corners and losses[option] >= losses[corners[-1]]:
            continue
        while len(corners) > 1 and not _falls(corners[-2], corners[-1], option, costs, losses):
            corners.pop()
        corners.append(option)
    return corners


def _falls(first: int, second: int, third: int, costs: Sequence[int], losses: Sequence[float]) -> bool:
    """True where the gain for each unit of cost is larger before the second than behind it."""
    before = (losses[first] - losses[second]) * (costs[third] - costs[second])
    return before > (losses[second] - losses[third]) * (costs[second] - costs[first])


@dataclass(frozen=True)
class Front:
    """All solutions of the relaxation, from the cheapest on: step k moves ``item[k]`` to ``option[k]``. ``cost`` and
    ``loss``: (steps + 1,) of the solution before each step, and of the last."""

    start: tuple[int, ...]
    item: tuple[int, ...]
    option: tuple[int, ...]
    cost: np.ndarray[tuple[int], np.dtype[np.int64]]
    loss: np.ndarray[tuple[int], np.dtype[np.float64]]

    def steps_within(self, budget: int) -> int:
        """Number of steps that the budget pays for; -1 where even the cheapest solution costs more."""
        return int(np.searchsorted(self.cost, budget, side="right")) - 1

    def choice(self, steps: int) -> list[int]:
        """The option of each item after so many steps."""
        chosen = list(self.start)
        for item, option in zip(self.item[:steps], self.option[:steps], strict=True):
            chosen[item] = option
        return chosen


def front(costs: Costs, losses: Losses) -> Front:
    """The whole front: the steps of all hulls in order of falling gain for each unit of cost."""
    hulls = [hull(*one) for one in zip(costs, losses, strict=True)]
    steps = []
    for item, corners in enumerate(hulls):
        for before, after in itertools.pairwise(corners):
            cost = costs[item][after] - costs[item][before]
            gain = losses[item][before] - losses[item][after]
            steps.append((-gain / cost, item, after, cost, gain))
    steps.sort(key=lambda step: step[0])  # stable: the steps of one item stay in their order
    first = sum(costs[item][corners[0]] for item, corners in enumerate(hulls))
    lost = sum(losses[item][corners[0]] for item, corners in enumerate(hulls))
    return Front(
        tuple(corners[0] for corners in hulls),
        tuple(step[1] for step in steps),
        tuple(step[2] for step in steps),
        first + np.cumsum([0, *(step[3] for step in steps)], dtype=np.int64),
        lost - np.cumsum([0.0, *(step[4] for step in steps)]),
    )


def solve(costs: Costs, losses: Losses, budget: int, *, cells: int = CELLS) -> list[int] | None:
    """The option of each item with the least sum of losses whose costs are at most ``budget``; None where there is
    none.

    The better one of the greedy solution along the front, filled up, and of dynamic programming over ``cells`` steps
    of the budget: exact where a step divides all costs, else within the loss of one step for each item.
    """
    whole = front(costs, losses)
    steps = whole.steps_within(budget)
    if steps < 0:
        return None
    solutions = [_filled(costs, losses, whole.choice(steps), budget)]
    if (by_cells := _by_cells(costs, losses, budget, cells)) is not None:
        solutions.append(_filled(costs, losses, by_cells, budget))
    return min(solutions, key=lambda chosen: total(losses, chosen))


def solve_within(costs: Costs, losses: Losses, budget: int, times: Costs, limit: int) -> list[int] | None:
    """`solve` with a second budget: the times of the options too are at most ``limit``; None where there is none.

    A price for each unit of time is added to the losses (Lagrangian relaxation, Kellerer et al. 2004, section 11.2):
    the least one, by bisection, at which the solution is in time. What is left of both budgets is spent then.
    """
    best = solve(costs, losses, budget)
    if best is None or total(times, best) <= limit:
        return best
    fastest = solve(costs, [[float(time) for time in of_item] for of_item in times], budget)
    assert fastest is not None  # a solution within the budget exists
    if total(times, fastest) > limit:
        return None
    spread = sum(max(of_item) - min(of_item) for of_item in losses)
    low, high = 0.0, spread / max(1, limit) or 1.0
    in_time = fastest
    for _ in range(PRICES):
        price = high if in_time is fastest else (low + high) / 2
        priced = [
            [loss + price * time for loss, time in zip(*one, strict=True)] for one in zip(losses, times, strict=True)
        ]
        chosen = solve(costs, priced, budget)
        assert chosen is not None
        if total(times, chosen) <= limit:
            in_time, high = min(in_time, chosen, key=lambda one: total(losses, one)), price
        elif in_time is fastest:
            low, high = high, 4.0 * high
        else:
            low = price
    return _filled(costs, losses, in_time, budget, times, limit)


def total(values: Sequence[Sequence[float]], chosen: Sequence[int]) -> float:
    """Sum of the values of the chosen options."""
    return sum(of_item[option] for of_item, option in zip(values, chosen, strict=True))


def _filled(
    costs: Costs, losses: Losses, chosen: Sequence[int], budget: int, times: Costs | None = None, limit: int = 0
) -> list[int]:
    """The same with the rest of the budget spent, and with ``times`` that of ``limit``, the largest gain first."""
    result = list(chosen)
    remaining = budget - int(total(costs, result))
    spare = 0 if times is None else limit - int(total(times, result))
    while True:
        best = (0.0, -1, -1)
        for item, option in enumerate(result):
            for other, cost in enumerate(costs[item]):
                gain = losses[item][option] - losses[item][other]
                in_time = times is None or times[item][other] - times[item][option] <= spare
                if cost - costs[item][option] <= remaining and in_time and gain > best[0]:
                    best = (gain, item, other)
        if best[1] < 0:
            return result
        _, item, other = best
        remaining -= costs[item][other] - costs[item][result[item]]
        spare -= 0 if times is None else times[item][other] - times[item][result[item]]
        result[item] = other


def _by_cells(costs: Costs, losses: Losses, budget: int, cells: int) -> list[int] | None:
    """Dynamic programming over what each item costs above its cheapest option, rounded up to whole cells."""
    cheapest = [min(of_item) for of_item in costs]
    remaining = budget - sum(cheapest)
    extra = [[cost - least for cost in of_item] for of_item, least in zip(costs, cheapest, strict=True)]
    needed = sum(max(of_item) for of_item in extra)
    if remaining < 0 or not needed:
        return None
    remaining = min(remaining, needed)
    divisor = int(np.gcd.reduce(np.array([cost for of_item in extra for cost in of_item], dtype=np.int64)))
    size = max(divisor, -(-remaining // cells)) or 1
    size = -(-size // divisor) * divisor
    room = remaining // size
    best = np.zeros(room + 1)
    choices = np.zeros((len(costs), room + 1), dtype=np.int16)
    for item, (of_item, lost) in enumerate(zip(extra, losses, strict=True)):
        following = np.full(room + 1, np.inf)
        for option, cost in enumerate(of_item):
            used = -(-cost // size)
            if used > room:
                continue
            candidate = best[: room + 1 - used] + lost[option]
            better = candidate < following[used:]
            following[used:][better] = candidate[better]
            choices[item, used:][better] = option
        best = following
    chosen, cell = [0] * len(costs), room
    for item in reversed(range(len(costs))):
        chosen[item] = int(choices[item, cell])
        cell -= -(-extra[item][chosen[item]] // size)
    return chosen
