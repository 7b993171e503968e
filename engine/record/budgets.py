"""Plans for a budget that the blocks of a run left in its report. Torch-free."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import Any

import pydantic

from engine.base.errors import BadInput
from engine.contracts.budget import BudgetProblem, Plan
from engine.contracts.details import BUDGET
from engine.fit.plan_file import PlanFile
from engine.fit.solver import Solver


@dataclass(frozen=True)
class FittedBlock:
    """A block that fitted its model to a budget. ``plan``: as it was built; ``guard``: what was measured on text that
    took no part."""

    block: str
    title: str
    problem: BudgetProblem
    plan: Plan
    guard: dict[str, Any] = field(default_factory=dict)


def fitted_blocks(report: dict[str, Any]) -> list[FittedBlock]:
    """The blocks with a plan, in order; one whose details are damaged, or of a newer version, is left out."""
    blocks = []
    for stage in report.get("stages", ()):
        details = stage.get("details", {}).get(BUDGET)
        if isinstance(details, dict):
            with contextlib.suppress(pydantic.ValidationError, BadInput, KeyError):
                blocks.append(_fitted(stage, details))
    return blocks


def plan_file_of(report: dict[str, Any]) -> PlanFile:
    """The plan of the last fit in a report, with what the run measured of its result: of the last block, which may have
    healed it. Raises `BadInput` for a run without one, or with a damaged one."""
    blocks = fitted_blocks(report)
    if not blocks:
        raise BadInput("The run has no plan for a budget", advice="run a pipeline with Fit to budget")
    last = blocks[-1]
    measured = {name: float(value) for name, value in report["stages"][-1].get("metrics", {}).items()}
    return PlanFile.of(last.problem, last.plan, measured, last.guard)


def _fitted(stage: dict[str, Any], details: dict[str, Any]) -> FittedBlock:
    problem = BudgetProblem.model_validate(details["problem"])
    plan = Plan.model_validate(details["plan"])
    Solver(problem, plan.locked).rows(plan)  # units and options that are not there are found here
    guard = details.get("guard")
    return FittedBlock(stage["block"], stage["title"], problem, plan, guard if isinstance(guard, dict) else {})
