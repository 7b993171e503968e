"""Words of the command line as settings of methods, formats and blocks."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Sequence
from typing import Any

from engine.base.errors import BadInput
from engine.base.human import from_percent
from engine.base.likely import likely
from engine.contracts.settings import FieldInfo, Settings, field_of, fields
from engine.methods.registry import method, methods
from engine.pipeline.document import Evaluation, Pipeline, PipelineSettings
from engine.pipeline.variants import can_sweep, sweep, sweep_values


def is_setting(word: str) -> bool:
    """True for ``"format=int4"``, False for a method, also with its settings in quotes."""
    return "=" in word.lstrip().partition(" ")[0]


def steps_of(words: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """Methods and settings of ``["gptq format=int4", "refine", "steps=20"]``: a setting without quotes belongs to the
    method before it."""
    texts: list[str] = []
    for word in words:
        if is_setting(word) and texts:
            texts[-1] += f" {shlex.quote(word)}"
        else:
            texts.append(word)
    return [step(text) for text in texts]


def step(text: str) -> tuple[str, dict[str, Any]]:
    """``"round_to_nearest format=int4"`` -> method id and settings."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BadInput("A method can't be read", where=text, why=str(error), advice="close the quotes") from None
    if not words:
        raise BadInput("A method is empty", advice="write 'METHOD setting=value …'")
    info = method(words[0])
    pairs = [word.partition("=") for word in words[1:]]
    wrong = [name for name, equals, _ in pairs if not equals]
    if wrong:
        raise BadInput(f"'{wrong[0]}' is not a setting", where=text, advice="write setting=value, without spaces")
    values = coerced(info.settings, {name: value for name, _, value in pairs})
    info.settings.parse(values, where=info.id)
    return info.id, values


def coerced(settings: type[Settings], values: dict[str, str]) -> dict[str, Any]:
    """Words of the command line as JSON values: numbers, true/false/yes/no, none, lists with commas."""
    infos = {field.name: field for field in fields(settings)}
    current = settings.renamed(values)
    return {
        name: _coerced(infos[name], value) if name in infos and isinstance(value, str) else value
        for name, value in current.items()
    }


def _coerced(field: FieldInfo, word: str) -> Any:
    if field.optional and word.lower() in ("none", "null", ""):
        return None
    if field.kind == "choice":
        return next((value for value, _ in field.choices if str(value) == word), word)
    if field.is_list:
        return [part.strip() for part in word.split(",") if part.strip()]
    if field.share and word.rstrip().endswith("%"):
        with contextlib.suppress(ValueError):
            return from_percent(float(word.rstrip().removesuffix("%")))
    return word


def options_of(words: list[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise BadInput(f"'{wrong[0]}' is not an option", advice="write --option name=value")
    return {name: value for name, _, value in pairs}


def with_setting(pipeline: Pipeline, change: str) -> Pipeline:
    """``"block.setting=value"``, also ``"evaluation.setting=value"`` and ``"pipeline.text=value"``."""
    block_id, name, word = _addressed(change, "--set block.setting=value")
    if block_id == "pipeline":
        values = {**pipeline.own(), **coerced(PipelineSettings, {name: word})}
        return pipeline.model_copy(update=PipelineSettings.parse(values, where="pipeline").model_dump())
    if block_id == "evaluation":
        values = {**pipeline.evaluation.model_dump(), **coerced(Evaluation, {name: word})}
        return pipeline.with_evaluation(Evaluation.parse(values, where="evaluation"))
    settings = _settings_of(pipeline, block_id)
    changed = pipeline.with_settings(block_id, **coerced(settings, {name: word}))
    settings.parse(changed.block(block_id).settings, where=block_id)
    return changed


def with_sweep(pipeline: Pipeline, change: str) -> Pipeline:
    """``"block.setting=3,4,8"``: a branch for each of these values, see `engine.pipeline.variants.sweep_values`."""
    block_id, name, words = _addressed(change, "--sweep block.setting=3,4,8")
    settings = _settings_of(pipeline, block_id)
    field = field_of(settings, next(iter(settings.renamed({name: words}))))
    if field is None or not can_sweep(field):
        names = [field.name for field in fields(settings) if can_sweep(field)]
        raise BadInput(f"'{name}' can't be swept", where=block_id, advice=likely(name, names))
    swept, ids = sweep(pipeline, block_id, field.name, sweep_values(field, words))
    for branch_id in ids:
        settings.parse(swept.block(branch_id).settings, where=branch_id)
    return swept


def _addressed(change: str, example: str) -> tuple[str, str, str]:
    """Id of a block, name of a setting, and what it shall be."""
    path, equals, word = change.partition("=")
    block_id, dot, name = path.rpartition(".")
    if not equals or not dot:
        raise BadInput(f"'{change}' is not a setting", advice=f"write {example}")
    return block_id, name, word


def _settings_of(pipeline: Pipeline, block_id: str) -> type[Settings]:
    if not pipeline.has(block_id):
        ids = [*(block.id for block in pipeline.blocks), "evaluation", "pipeline"]
        raise BadInput("Unknown block", where=block_id, advice=likely(block_id, ids))
    return method(pipeline.block(block_id).method).settings


def with_model(pipeline: Pipeline, model: str) -> Pipeline:
    infos = methods()
    sources = [block.id for block in pipeline.blocks if block.method in infos and infos[block.method].is_source]
    if len(sources) != 1:
        raise BadInput(
            "--model needs a pipeline with one model",
            why=f"this one has {len(sources)}",
            advice="write --set block.model=… for each",
        )
    return pipeline.with_settings(sources[0], model=model)
