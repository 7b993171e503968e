"""Comparison of two pipelines: in what they would compute, in what they are about, and how they differ. Torch-free."""

from __future__ import annotations

from typing import Any

from engine.contracts.settings import fields
from engine.pipeline.document import UNTITLED, Block, Pipeline


def meaning(pipeline: Pipeline) -> Pipeline:
    """The pipeline without what changes no result: places, comments, groups."""
    blocks = tuple(block.model_copy(update={"x": 0.0, "y": 0.0}) for block in pipeline.blocks)
    return pipeline.model_copy(update={"blocks": blocks, "comments": (), "groups": (), "name": "", "description": ""})


def same_meaning(one: Pipeline, other: Pipeline) -> bool:
    """True if two pipelines compute the same; quick where they have not as many blocks."""
    return len(one.blocks) == len(other.blocks) and meaning(one) == meaning(other)


def result_key(pipeline: Pipeline, block_id: str) -> tuple[Any, ...]:
    """Equal for two pipelines (with their texts, see `engine.pipeline.texts`) if the block would leave the same model
    in both: its method and settings, and the same of all that it depends on."""
    block = pipeline.block(block_id)
    inputs = tuple((port, result_key(pipeline, source)) for port, source in sorted(pipeline.into(block_id).items()))
    settings = tuple(sorted((name, repr(value)) for name, value in block.settings.items()))
    return (block.method, settings, pipeline.seed, inputs)


def is_version_of(pipeline: Pipeline, document: Pipeline) -> bool:
    """True if what was run is an earlier form of a document: its name, or none yet, and a model that it starts with."""
    return pipeline.name in (document.name, UNTITLED) and bool(models_of(pipeline) & models_of(document))


def models_of(pipeline: Pipeline) -> set[tuple[str, str]]:
    """Sources of a pipeline: methods, and the models that they load."""
    sources = [block for block in pipeline.blocks if not pipeline.into(block.id)]
    return {(block.method, str(block.settings.get("model", ""))) for block in sources}


def differences(before: Pipeline, after: Pipeline) -> list[str]:
    """Changes from ``before`` to ``after`` in words: "+ GPTQ", "GPTQ: Group size 64 → 32"."""
    old = {block.id: block for block in before.blocks}
    new = {block.id: block for block in after.blocks}
    said = [f"+ {block.name}" for name, block in new.items() if name not in old]
    said += [f"− {block.name}" for name, block in old.items() if name not in new]
    for name in [name for name in new if name in old]:
        if old[name].method != new[name].method:
            said.append(f"{old[name].name} → {new[name].name}")
            continue
        changed = [f"{title} {was} → {now}" for title, was, now in _changed(old[name], new[name])]
        if old[name].bypassed != new[name].bypassed:
            changed.append("bypassed" if new[name].bypassed else "not bypassed")
        said += [f"{new[name].name}: {', '.join(changed)}"] if changed else []
    if {(k.source, k.target) for k in before.links} != {(k.source, k.target) for k in after.links} and not said:
        said.append("other links")
    if before.evaluation != after.evaluation:
        said.append("measured otherwise")
    return said


def _changed(old: Block, new: Block) -> list[tuple[str, str, str]]:
    info = new.info
    if info is None:
        return []
    lines = []
    for field in fields(info.settings):
        was, now = (block.settings.get(field.name, field.default) for block in (old, new))
        if was != now:
            lines.append((field.title, _words(was), _words(now)))
    return lines


def _words(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= 24 else text[:23] + "…"
