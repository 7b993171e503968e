"""The record of an export in words, before it is made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.base.errors import BadInput
from engine.checkpoints.hub import HubName, download, is_local, resolve
from engine.checkpoints.recipe_files import FoundRecipe, find_recipe
from engine.contracts.recipe import NAME, Recipe, Step
from engine.contracts.replay import Card, CardFile, CardStep
from engine.export.registry import formats
from engine.methods.registry import methods
from engine.pipeline.recipes import pipeline_of
from engine.reproduce.replay import hash_here, why_not
from engine.run.environment import differences, pick_device

ENVIRONMENT = ("device", "cpu", "instruction_set", "blas", "threads", "os")
"""Entries that are shown, before the versions."""


def read_card(
    export: str, revision: str, progress: Callable[[float, str], None], checkpoint: Callable[[], None]
) -> Card:
    """The record of an export on this machine, or of a repository of the hub, whose replay.json alone is fetched.

    Raises `BadInput` where there is none or it is damaged; `RunFailed` where the hub can't be asked.
    """
    record = _record_of(export, revision, progress, checkpoint)
    recipe = record.recipe
    steps = recipe.steps[1:]
    reasons = (f"{step.name}: {_why(step)}" for step in steps if _why(step))
    kind = formats().get(recipe.format)
    options = kind.options.model_fields if kind is not None else {}
    changed = {name: x for name, x in recipe.options.items() if name not in options or x != options[name].default}
    return Card(
        export=export,
        name=export if "/" in export and HubName.parse(export) else record.export.name,
        program=recipe.program,
        format=kind.title if kind is not None else recipe.format,
        options=_words(changed),
        base=recipe.base.name,
        revision=recipe.base.revision,
        base_is_here=_is_here(recipe),
        steps=tuple(CardStep(step.name, _words(_chosen(step))) for step in steps),
        files=tuple(file for step in steps for file in _files(step)),
        environment=_environment(recipe.environment),
        other_environment=tuple(differences(recipe.environment, pick_device("cpu"))),
        tensors=len(recipe.tensors),
        why_not=next(reasons, ""),
        remark=record.remark,
        pipeline=pipeline_of(recipe).to_json(),
    )


def _record_of(
    export: str, revision: str, progress: Callable[[float, str], None], checkpoint: Callable[[], None]
) -> FoundRecipe:
    if "/" not in export or is_local(export, revision):
        return find_recipe(resolve(export, revision))
    if (name := HubName.parse(export)) is not None and name.file:
        raise BadInput(
            "The file is not on this machine",
            where=export,
            why="its record is in it",
            advice="download the model first: File › Open model",
        )
    return find_recipe(download(export, revision, progress, checkpoint, only=NAME))


def _is_here(recipe: Recipe) -> bool:
    try:
        return is_local(recipe.base.name, recipe.base.revision)
    except BadInput:  # the last word of a path of another machine
        return False


def _why(step: Step) -> str:
    return why_not(step) or ("" if step.method in methods() else f"the method '{step.method}' is not installed")


def _chosen(step: Step) -> dict[str, Any]:
    """The settings that are not the defaults of the method; all where it is unknown."""
    info = methods().get(step.method)
    defaults = {} if info is None else info.settings().model_dump(mode="json")
    return {name: value for name, value in step.settings.items() if name not in defaults or value != defaults[name]}


def _words(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in settings.items() if value not in ("", None, [], {}))


def _files(step: Step) -> list[CardFile]:
    info = methods().get(step.method)
    files = []
    for word, digest in step.data.items():
        setting = word.partition(" ")[0]
        is_here = info is not None and hash_here(info.settings, step.repeatable_settings, word) == digest
        files.append(CardFile(step.name, setting, str(step.settings.get(setting, "")), digest, is_here))
    return files


def _environment(recorded: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    versions = recorded.get("versions")
    entries = {name: recorded[name] for name in ENVIRONMENT if name in recorded}
    entries |= versions if isinstance(versions, dict) else {}
    return tuple((name.replace("_", " "), str(value)) for name, value in entries.items())
