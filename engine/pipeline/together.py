"""Several blocks edited together: which settings all of them have, where they differ, one edit for all.
Torch-free."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.contracts.settings import FieldInfo, fields
from engine.pipeline.document import Block, Pipeline


def shared(blocks: Sequence[Block]) -> list[str]:
    """Names of the settings that all these blocks have, in the order of the first; none if a method is not known."""
    common: dict[str, FieldInfo] | None = None
    for block in blocks:
        info = block.info
        here = {} if info is None else {field.name: field for field in fields(info.settings)}
        if common is None:
            common = here
        common = {name: field for name, field in common.items() if name in here and _alike(field, here[name])}
    return list(common or {})


def values(blocks: Sequence[Block], name: str) -> list[Any]:
    """The different values that these blocks have, each once, in their order."""
    distinct: list[Any] = []
    for block in blocks:
        value = block.value(name)
        if value not in distinct:
            distinct.append(value)
    return distinct


def with_value(pipeline: Pipeline, ids: Sequence[str], name: str, value: Any) -> Pipeline:
    """One value for a setting of all these blocks; what is a block's default need not be stored."""
    for block_id in ids:
        block = pipeline.block(block_id)
        if block.info is not None:
            changed = block.info.settings.with_value(block.settings, name, value)
            pipeline = pipeline.with_block(block.model_copy(update={"settings": changed}))
    return pipeline


def without_value(pipeline: Pipeline, ids: Sequence[str], name: str) -> Pipeline:
    """Every one of these blocks has its own default of a setting."""
    for block_id in ids:
        block = pipeline.block(block_id)
        settings = {key: old for key, old in block.settings.items() if key != name}
        pipeline = pipeline.with_block(block.model_copy(update={"settings": settings}))
    return pipeline


def _alike(one: FieldInfo, other: FieldInfo) -> bool:
    """True if a value of one means the same in the other. Choices may be fewer: the check tells what one lacks."""
    return (one.kind, one.title, one.unit, one.optional) == (other.kind, other.title, other.unit, other.optional)
