"""Plans of the fits in a run's report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pydantic

from engine.base.errors import BadInput
from engine.contracts.budget import BudgetProblem, Plan
from engine.contracts.details import BUDGET
from engine.fit.plan_file import PlanFile


def plan_file_of(report: Mapping[str, Any]) -> PlanFile:
    """The plan of the last fit in a report, with what the run measured of its result: of the last block, which may have
    healed it. Raises `BadInput` for a run without one."""
    stages = report.get("stages", [])
    for stage in reversed(stages):
        details = stage.get("details", {}).get(BUDGET)
        if details is None:
            continue
        try:
            problem = BudgetProblem.model_validate(details["problem"])
            plan = Plan.model_validate(details["plan"])
        except (KeyError, TypeError, pydantic.ValidationError) as error:
            raise BadInput("The plan in the report is damaged", why=str(error).splitlines()[0]) from None
        measured = {name: float(value) for name, value in stages[-1].get("metrics", {}).items()}
        return PlanFile.of(problem, plan, measured, details.get("guard"))
    raise BadInput("The run fitted no model to a budget", advice="run a pipeline with Fit to budget")
