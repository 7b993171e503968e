"""A fit to a budget as a pipeline: the model, the block that fits it, and a block that heals it in the same bytes; and
its plan as an ordinary block with a format for each layer. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from engine.architecture.anatomy import Anatomy
from engine.base.errors import BadInput
from engine.base.likely import likely
from engine.contracts.budget import BudgetProblem, Plan, Target
from engine.fit.plan_file import PlanFile
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.units import block_of
from engine.methods.registry import method
from engine.pipeline.document import Evaluation, Pipeline

FIT, HEAL = "fit_to_budget", "refine"
"""Ids of the methods."""


def fit_pipeline(
    model: str,
    size: str,
    target: Target | None = None,
    *,
    plan: str = "",
    locks: Sequence[str] = (),
    heal: int = 0,
    text: str | None = None,
    evaluation: Evaluation | None = None,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    preset: str = "",
) -> Pipeline:
    """The pipeline of a fit.

    Parameters
    ----------
    size: of the file, as `engine.fit.size` reads it; "" where ``plan`` says it.
    target: None for that of the plan, else GGUF.
    plan: path of a plan that is built as it is. locks: PATTERN=OPTION, units that keep their option.
    heal: steps of training in the same bytes after it; 0: none.
    text: that is calibrated on, None for what suits the model. evaluation: on another text.
    settings: others of the block. preset: of its settings; "": its defaults.

    Raises `BadInput` for neither a size nor a plan, and for settings that the block does not have.
    """
    if not size and not plan:
        raise BadInput("No size is given", advice="say one, such as 60MB or 40%, or a plan that was written before")
    target = target or (PlanFile.read(Path(plan)).plan.target if plan else "gguf")
    presets = method(FIT).settings.presets()
    if preset and preset not in presets:
        raise BadInput(f"Unknown preset '{preset}'", advice=likely(preset, presets))
    values: dict[str, Any] = {**presets.get(preset, {}), "target": target, **(settings or {})}
    values |= {"size": size} if size else {}
    values |= {"plan": plan} if plan else {}
    values |= {"locks": list(locks)} if locks else {}
    method(FIT).settings.parse(values, where=FIT)
    steps: list[tuple[str, dict[str, Any]]] = [("model", {"model": model}), (FIT, values)]
    if heal:
        steps.append((HEAL, {"max_steps": heal}))
        method(HEAL).settings.parse(steps[-1][1], where=HEAL)
    name = f"{PurePath(model).name}: fit to {size or PurePath(plan).name}"
    more: dict[str, Any] = {} if text is None else {"text": text}
    return Pipeline.linear(steps, name=name, seed=seed, evaluation=evaluation or Evaluation(), **more)


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
