"""The guard: a plan is given only if it is better than the best uniform model within the budget, on text that took no
part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.contracts.budget import BudgetProblem, Plan, Uniform


@dataclass(frozen=True)
class Verdict:
    """``kl``: of the plan, and ``uniform_kl`` of the ``uniform`` model, nats a token on held-out text; None where there
    was nothing to compare with. ``chosen``: which of the two the block gives."""

    kl: float
    uniform: str | None
    uniform_kl: float | None
    chosen: Literal["plan", "uniform"]

    @property
    def given_kl(self) -> float:
        """KL divergence of the model that is given."""
        return self.kl if self.chosen == "plan" or self.uniform_kl is None else self.uniform_kl

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        return {"kl": self.kl, "uniform": self.uniform, "uniform_kl": self.uniform_kl, "kept": self.chosen}


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


def verdict(kl: float, uniform: Uniform | None, uniform_kl: float | None) -> Verdict:
    """The better one; the plan where they are equal."""
    chosen: Literal["plan", "uniform"] = "plan" if uniform_kl is None or kl <= uniform_kl else "uniform"
    return Verdict(kl, None if uniform is None else uniform.label, uniform_kl, chosen)
