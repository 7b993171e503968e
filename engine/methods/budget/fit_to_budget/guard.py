"""The guard: a plan is given only if it is better than the best uniform model within the budget, on text that took no
part."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.base.intervals import mean_interval
from engine.contracts.budget import BudgetProblem, Plan, Uniform


@dataclass(frozen=True)
class Verdict:
    """KL divergence on held-out text in nats a token, of each sample: ``plan``, and ``uniform`` of the uniform model
    called ``label``; none where there was nothing to compare with."""

    plan: tuple[float, ...]
    label: str | None = None
    uniform: tuple[float, ...] = ()

    @property
    def kl(self) -> float:
        """Mean of the plan."""
        return statistics.fmean(self.plan)

    @property
    def uniform_kl(self) -> float | None:
        """Mean of the uniform model."""
        return statistics.fmean(self.uniform) if self.uniform else None

    @property
    def interval(self) -> float | None:
        """Half of the 95 % interval of the difference of the two means, from the differences of single samples, which
        scatter less than either; None for fewer than two samples."""
        if min(len(self.plan), len(self.uniform)) < 2:
            return None
        differences = [one - other for one, other in zip(self.plan, self.uniform, strict=True)]
        return mean_interval(differences)[1]

    @property
    def chosen(self) -> Literal["plan", "uniform"]:
        """The better one, which the block gives; the plan where they are equal."""
        return "plan" if self.uniform_kl is None or self.kl <= self.uniform_kl else "uniform"

    @property
    def given_kl(self) -> float:
        """KL divergence of the model that is given."""
        return self.kl if self.chosen == "plan" or self.uniform_kl is None else self.uniform_kl

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        numbers = {"kl": self.kl, "uniform": self.label, "uniform_kl": self.uniform_kl, "kept": self.chosen}
        return numbers if self.interval is None else {**numbers, "interval": self.interval}


def best_uniform(problem: BudgetProblem, plan: Plan, file_bytes: Callable[[Mapping[str, str]], int]) -> Uniform | None:
    """The uniform model within the plan's budget with the least predicted loss; None if all are larger, or the plan is
    a uniform model itself. One that breaks a lock, or is slower than the plan has to be, is none to compare with.
    ``file_bytes``: of the file with these options."""
    if any(one.choices == plan.choices for one in problem.uniform):
        return None
    fitting = [
        one
        for one in problem.uniform
        if file_bytes(one.choices) <= plan.budget
        and all(one.choices[unit] == option for unit, option in plan.locked.items())
        and (problem.speed_of(one.choices) or 0.0) >= plan.speed
    ]
    return min(fitting, key=lambda one: problem.loss_of(one.choices), default=None)
