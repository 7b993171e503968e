"""A survey: one model, every method beside the others, the same texts and measuring for all. Torch-free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from engine.base.errors import BadInput
from engine.contracts.problem import Problem
from engine.contracts.settings import fields
from engine.methods.base import MethodInfo
from engine.methods.registry import method, methods
from engine.pipeline.document import Block, Evaluation, Link, Pipeline
from engine.pipeline.layout import COLUMN

FAMILIES = ("quantization", "pruning", "low_rank", "distillation")
"""Families that a survey compares; training comes before or behind these."""
PRESET = "Quick"
SAMPLE = Block(id="model_1", method="model")
"""The model where a pipeline has none."""
HIGH = 128.0
"""Between two methods, one below the other."""


def source_of(pipeline: Pipeline, selected: Sequence[str]) -> Block:
    """The selected model, else the first of the pipeline, else the sample."""
    blocks = [block for block in pipeline.blocks if block.info is not None and block.info.is_source]
    return next((block for block in blocks if block.id in selected), blocks[0] if blocks else SAMPLE)


def model_name(source: Block) -> str:
    """Name of a model: the title of its block, else the last part of its path."""
    model = str(source.settings.get("model") or "sample")
    return source.title or model.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1]


def surveyed() -> list[MethodInfo]:
    """The methods that a survey has if nobody chooses, family by family."""
    return [info for family in FAMILIES for info in methods().values() if info.family == family]


def presets() -> list[str]:
    """Names of the presets that these methods offer."""
    return list(dict.fromkeys(name for info in surveyed() for name in info.settings.presets()))


def survey(
    source: Block,
    chosen: Sequence[str] = (),
    *,
    preset: str = PRESET,
    evaluation: Evaluation | None = None,
    **more: Any,
) -> Pipeline:
    """A pipeline in which each of the ``chosen`` methods (all by default) gets the model of ``source``, with the
    settings of a preset; a method that has none of this name has its defaults. ``more``: of the pipeline.

    Raises `BadInput` for an unknown method or preset, and for a method that brings a model itself.
    """
    if preset not in presets():
        raise BadInput("Unknown preset", where=preset, advice="choose one of " + ", ".join(presets()))
    infos = [method(name) for name in dict.fromkeys(chosen)] if chosen else surveyed()
    if sources := [info.title for info in infos if info.is_source]:
        raise BadInput(f"'{sources[0]}' brings a model and compresses none", advice="choose other methods")
    top = source.y - (len(infos) - 1) * HIGH / 2
    blocks = [
        Block(
            id=f"{info.id}_1",
            method=info.id,
            settings=_preset(info, preset),
            x=source.x + COLUMN,
            y=top + number * HIGH,
        )
        for number, info in enumerate(infos)
    ]
    links = tuple(
        Link(source=source.id, target=block.id, port=port)
        for block, info in zip(blocks, infos, strict=True)
        for port in info.inputs
        if port not in info.optional
    )
    measured = evaluation or Evaluation()
    return Pipeline(blocks=(source, *blocks), links=links, evaluation=measured, **more)


def without_refused(pipeline: Pipeline, problems: Iterable[Problem]) -> tuple[Pipeline, list[Problem]]:
    """A survey without the blocks in which a check has found errors, and these. Raises `BadInput` where nothing is
    left, or where the model itself is wrong."""
    errors = [problem for problem in problems if problem.severity == "error"]
    sources = {block.id for block in pipeline.blocks if not pipeline.into(block.id)}
    for problem in errors:
        if problem.block is None or problem.block in sources:
            raise BadInput(problem.message, where=problem.where, advice=problem.advice)
    wrong = {problem.block for problem in errors}
    remaining = pipeline.without(block.id for block in pipeline.blocks if block.id in wrong)
    if len(remaining.blocks) == len(sources):
        raise BadInput("None of these methods can work on this model", why=errors[0].message if errors else "")
    return remaining, errors


def _preset(info: MethodInfo, name: str) -> dict[str, Any]:
    """Values of a preset for the settings that the method has."""
    names = {field.name for field in fields(info.settings)}
    return {key: value for key, value in info.settings.presets().get(name, {}).items() if key in names}
