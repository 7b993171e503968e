"""The front of all budgets as points for a plot: size against the predicted loss with its band."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.contracts.budget import BudgetProblem, Prediction
from engine.fit.prediction import predicted
from engine.fit.solver import Solver

POINTS = 160
"""So many are enough for a curve that a person looks at."""


class Point(NamedTuple):
    """A model of so many ``bytes``. ``label``: of a uniform format."""

    bytes: int
    loss: float
    predicted: Prediction
    label: str = ""


def front_points(solver: Solver, count: int = POINTS) -> list[Point]:
    """At most ``count`` points of the front, the smallest file first, evenly spaced on a logarithmic scale of sizes."""
    costs = solver.front.cost + solver.problem.fixed_bytes
    sizes = np.geomspace(max(int(costs[0]), 1), max(int(costs[-1]), 1), count)
    steps = np.unique(np.clip(np.searchsorted(costs, sizes), 0, len(costs) - 1))
    losses = np.maximum(solver.front.loss[steps], 0.0)  # a sum of differences ends a hair below nothing
    return [
        Point(int(costs[step]), float(loss), predicted(solver.problem, float(loss)))
        for step, loss in zip(steps, losses, strict=True)
    ]


def uniform_points(problem: BudgetProblem) -> list[Point]:
    """The uniform models that a plan is compared with, as the same options predict them; the smallest first."""
    points = [
        Point(
            problem.bytes_of(uniform.choices),
            loss := problem.loss_of(uniform.choices),
            predicted(problem, loss),
            uniform.label,
        )
        for uniform in problem.uniform
    ]
    return sorted(points, key=lambda point: point.bytes)
