"""A fit to a budget as a pipeline: the model, the block that fits it, and a block that heals it in the same bytes; and
its plan as an ordinary block with a format for each layer. Torch-free."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from engine.architecture.anatomy import Anatomy
from engine.base.errors import BadInput
from engine.base.likely import likely
from engine.contracts.budget import BudgetProblem, Plan, Target
from engine.fit.depth import plan_in_file
from engine.fit.plan_file import PlanFile
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.units import blocks_of
from engine.methods.pruning.expert_pruning.counts import experts_of, first_experts
from engine.methods.registry import method
from engine.pipeline import edits
from engine.pipeline.document import Evaluation, Pipeline

FIT, HEAL = "fit_to_budget", "refine"
DEPTH, EXPERTS, WIDTHS = "depth_pruning", "expert_pruning", "width_pruning"
"""Ids of the methods."""
ALLOWED: dict[str, dict[str, Any]] = {
    "bits": {},
    "layers": {"remove_layers": True},
    "experts": {"remove_experts": True},
    "widths": {"remove_widths": True},
    "ranks": {"factorize": True},
}
"""Choices of a fit -> the settings that allow them."""


def fit_pipeline(
    model: str,
    size: str,
    target: Target | None = None,
    *,
    revision: str = "",
    plan: str = "",
    allow: Sequence[str] = ("bits",),
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
    size: of the file, as `engine.fit.size` reads it; "" where ``plan`` says it, or ``tokens_per_second`` of the
        settings is the only limit.
    revision: of a model on the hub.
    target: None for that of the plan, else GGUF.
    allow: what may be chosen, of `ALLOWED`; formats always may.
    plan: path of a plan that is built as it is. locks: PATTERN=OPTION, units that keep their option.
    heal: steps of training in the same bytes after it; 0: none.
    text: that is calibrated on, None for what suits the model. evaluation: on another text.
    settings: others of the block. preset: of its settings; "": its defaults.

    Raises `BadInput` for neither a size nor a plan, and for settings that the block does not have.
    """
    speed = (settings or {}).get("tokens_per_second")
    if not size and not plan and not speed:
        advice = "say one, such as 60MB or 40%, or tokens per second, or a plan that was written before"
        raise BadInput("No size is given", advice=advice)
    target = target or (PlanFile.read(Path(plan)).plan.target if plan else "gguf")
    presets = method(FIT).settings.presets()
    if preset and preset not in presets:
        raise BadInput(f"Unknown preset '{preset}'", advice=likely(preset, presets))
    values: dict[str, Any] = {**presets.get(preset, {}), "target": target, **_allowed(allow), **(settings or {})}
    values |= {"size": size} if size else {"size": "100%"} if speed else {}
    values |= {"plan": plan} if plan else {}
    values |= {"locks": list(locks)} if locks else {}
    method(FIT).settings.parse(values, where=FIT)
    source = {"model": model, "revision": revision} if revision else {"model": model}
    steps: list[tuple[str, dict[str, Any]]] = [("model", source), (FIT, values)]
    if heal:
        steps.append((HEAL, {"max_steps": heal}))
        method(HEAL).settings.parse(steps[-1][1], where=HEAL)
    name = f"{PurePath(model).name}: fit to {size or (f'{speed:g} tokens/s' if speed else PurePath(plan).name)}"
    more: dict[str, Any] = {} if text is None else {"text": text}
    return Pipeline.linear(steps, name=name, seed=seed, evaluation=evaluation or Evaluation(), **more)


def _allowed(words: Sequence[str]) -> dict[str, Any]:
    """The settings of what may be chosen. Raises `BadInput` for something else."""
    values: dict[str, Any] = {}
    for word in words:
        if word not in ALLOWED:
            raise BadInput(f"A fit can't choose '{word}'", where="allow", advice=likely(word, ALLOWED))
        values |= ALLOWED[word]
    return values


def as_ordinary_block(
    pipeline: Pipeline, block_id: str, problem: BudgetProblem, plan: Plan, anatomy: Anatomy
) -> Pipeline:
    """An ordinary block in the place of one that fits to a budget, whose result is this plan; links stay. Where layers,
    experts, or heads and channels go, a block before it removes them; SVD goes before it where layers are factorized.

    ``anatomy``: of the model that the block gets. Raises `BadInput` for a plan that quantizes nothing or whose options
    do not exist.
    """
    block = pipeline.block(block_id)
    settings = FitToBudgetSettings.parse(block.settings)
    if gone := problem.removed_layers:
        values: dict[str, Any] = {"criterion": "manual", "layers": [str(layer) for layer in gone]}
        pipeline = _with_block_before(pipeline, block_id, DEPTH, values)
        anatomy = dataclasses.replace(anatomy, layers=anatomy.layers[: len(anatomy.layers) - len(gone)])
    if experts := problem.removed_experts:
        named = [f"{module}={' '.join(map(str, numbers))}" for module, numbers in experts.items()]
        pipeline = _with_block_before(pipeline, block_id, EXPERTS, {"criterion": "manual", "experts": named})
        counts = experts_of(anatomy)
        going = max(len(numbers) for numbers in experts.values())
        anatomy = first_experts(anatomy, max(counts.values(), default=0) - going)
    if widths := problem.removed_widths:
        values = {"target": "manual"}
        for setting, texts in (("removed_heads", widths.heads), ("removed_channels", widths.channels)):
            if texts and len(texts) != len(anatomy.layers):
                why = f"it has {len(anatomy.layers)} decoder layers, the plan names {len(texts)}"
                raise BadInput("The plan is of another model", why=why, advice="choose the model that it was made for")
            values[setting] = [f"{layer.name}={text}" for layer, text in zip(anatomy.layers, texts, strict=False)]
        pipeline = _with_block_before(pipeline, block_id, WIDTHS, values)
    block = pipeline.block(block_id)
    in_file, plan = plan_in_file(problem, plan)
    *before, (method, values) = blocks_of(plan, in_file, anatomy, settings)
    for method_before, its_values in before:
        pipeline = _with_block_before(pipeline, block_id, method_before, its_values)
    block = pipeline.block(block_id)
    return pipeline.with_block(block.model_copy(update={"method": method, "settings": values, "title": ""}))


def _with_block_before(pipeline: Pipeline, block_id: str, method_id: str, values: dict[str, Any]) -> Pipeline:
    """The pipeline with a new block on the link that leads into a block. Raises `BadInput` where there is none."""
    link = next((link for link in pipeline.links if link.target == block_id), None)
    if link is None:
        where = pipeline.block(block_id).name
        raise BadInput("The block has no input", where=where, advice="link it to a model first")
    pipeline, _ = edits.insert(pipeline, edits.new_block(pipeline, method_id, values), link)
    return pipeline
