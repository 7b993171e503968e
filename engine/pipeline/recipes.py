"""The pipeline in the record of an export: to view, to change, or to run on another model. Torch-free."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from engine.base.errors import BadInput
from engine.base.files import read_object
from engine.checkpoints.recipe_files import GGUF, find_recipe
from engine.contracts.recipe import NAME, Recipe, Step
from engine.pipeline.document import Block, Link, Pipeline
from engine.pipeline.layout import tidy


class Opened(NamedTuple):
    """``is_recipe``: the pipeline was made from a replay.json and has no file of its own."""

    pipeline: Pipeline
    is_recipe: bool


def open_pipeline(path: Path) -> Opened:
    """Pipeline of a pipeline file, of a replay.json under whatever name, of the folder of an export, or of a GGUF file
    that carries its record. Raises `BadInput`."""
    if os.path.isdir(path) or path.name == NAME or path.suffix.lower() == GGUF or _holds_recipe(path):
        return Opened(pipeline_of(find_recipe(path).recipe), is_recipe=True)
    return Opened(Pipeline.read(path), is_recipe=False)


def _holds_recipe(path: Path) -> bool:
    with contextlib.suppress(BadInput, UnicodeDecodeError):
        return {"steps", "base", "tensors"} <= read_object(path).keys()
    return False


def pipeline_of(recipe: Recipe) -> Pipeline:
    """Its steps as blocks with all their settings, the models at other ports (a teacher) as branches, and its seed. The
    base is named as it was recorded; files that settings name have lost their folders."""
    blocks: dict[tuple[str, ...], Block] = {}
    links: list[Link] = []
    _add(recipe.steps, recipe, blocks, links)
    seed = recipe.environment.get("seed", 0)
    pipeline = Pipeline(
        name=f"Recipe of {recipe.base.name}",
        description=f"Made from the record of an export ({recipe.format}) by version {recipe.program}.",
        seed=seed if isinstance(seed, int) and seed >= 0 else 0,
        blocks=tuple(blocks.values()),
        links=tuple(links),
    )
    return tidy(pipeline)


def _add(
    steps: Sequence[Step], recipe: Recipe, blocks: dict[tuple[str, ...], Block], links: list[Link]
) -> tuple[str, ...]:
    """Key of the block that gives the model of this history; histories that begin alike share their blocks."""
    *before, step = steps
    key = tuple(f"{entry.method} {entry.seed_hash or entry.fingerprint}" for entry in steps)
    if key in blocks:
        return key
    sources = {"model": before, **step.inputs} if before else {}
    ports = {port: _add(history, recipe, blocks, links) for port, history in sources.items()}
    number = 1 + sum(block.method == step.method for block in blocks.values())
    settings = step.repeatable_settings if before else _source(step, recipe)
    blocks[key] = Block(id=f"{step.method}_{number}", method=step.method, settings=settings)
    links += [Link(source=blocks[source].id, target=blocks[key].id, port=port) for port, source in ports.items()]
    return key


def _source(step: Step, recipe: Recipe) -> dict[str, Any]:
    """Settings of the block that loads a model: the base by its recorded name."""
    if step.fingerprint != recipe.base.fingerprint:
        return step.repeatable_settings
    return {**step.repeatable_settings, "model": recipe.base.name, "revision": recipe.base.revision}
