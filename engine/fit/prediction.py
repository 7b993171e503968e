"""Map from the sum of predicted losses to the KL divergence that plans really have, fitted on plans that were measured.

Sums of second-order losses are right while they are small and too good for plans that chose the options whose errors
are underrated: the map and its band come from measured plans alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.contracts.budget import BudgetProblem, Measurement, Prediction

PRIOR_SIGMA = 0.5
"""Standard deviation of log(measured / predicted) that is assumed before anything was measured."""
PRIOR_WEIGHT = 2.0
"""Number of measurements that the assumption counts like."""
BAND = 1.96
"""Standard deviations on each side: 19 of 20."""


def predicted(problem: BudgetProblem, loss: float) -> Prediction:
    """KL divergence of a plan of a problem: what its options lose, and what went with removed layers."""
    of_options, gone = predict(loss, problem.measured), problem.removed_loss
    return Prediction(kl=of_options.kl + gone, low=of_options.low + gone, high=of_options.high + gone)


def predict(loss: float, measured: Sequence[Measurement]) -> Prediction:
    """KL divergence of a plan whose options' losses sum up to ``loss``: exp(a + b log loss) with a, b by ridge
    regression of measured on predicted logarithms, which stays near the identity while little is known.
    """
    points = [m for m in measured if m.predicted > 0 and m.measured > 0]
    if loss <= 0:
        return Prediction(kl=0.0, low=0.0, high=0.0)
    x = np.array([math.log(m.predicted) for m in points])
    y = np.array([math.log(m.measured / m.predicted) for m in points])
    design = np.stack([np.ones_like(x), x], 1)
    precision = design.T @ design + PRIOR_WEIGHT * np.diag([0.25, 1.0])
    coefficients = np.linalg.solve(precision, design.T @ y)
    residuals = y - design @ coefficients
    variance = (PRIOR_WEIGHT * PRIOR_SIGMA**2 + float(residuals @ residuals)) / (PRIOR_WEIGHT + len(points))
    row = np.array([1.0, math.log(loss)])
    spread = math.sqrt(variance * (1.0 + float(row @ np.linalg.solve(precision, row)))) if points else PRIOR_SIGMA
    middle = math.log(loss) + float(row @ coefficients)
    return Prediction(kl=math.exp(middle), low=math.exp(middle - BAND * spread), high=math.exp(middle + BAND * spread))
