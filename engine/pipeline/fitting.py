"""A plan for a budget as an ordinary block of a pipeline, with a format for each layer. Torch-free."""

from __future__ import annotations

from engine.architecture.anatomy import Anatomy
from engine.contracts.budget import BudgetProblem, Plan
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.units import block_of
from engine.pipeline.document import Pipeline


def as_ordinary_block(
    pipeline: Pipeline, block_id: str, problem: BudgetProblem, plan: Plan, anatomy: Anatomy
) -> Pipeline:
    """An ordinary block in the place of one that fits to a budget, whose result is this plan; links stay.

    ``anatomy``: of the model that the block gets. Raises `BadInput` for a plan that quantizes nothing or whose options
    do not exist.
    """
    block = pipeline.block(block_id)
    settings = FitToBudgetSettings.parse(block.settings)
    method, values = block_of(plan, problem, anatomy, settings)
    return pipeline.with_block(block.model_copy(update={"method": method, "settings": values, "title": ""}))
