"""Several blocks edited together: which settings all of them have, where they differ, one edit for all. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.contracts.settings import FieldInfo, fields
from engine.pipeline.document import Block, Pipeline
from studio.canvas.describe import info_of, plain


def shared(blocks: Sequence[Block]) -> list[str]:
    """Names of the settings that all these blocks have, in the order of the first; none if a method is not known."""
    found: dict[str, FieldInfo] | None = None
    for block in blocks:
        info = info_of(block.method)
        here = {} if info is None else {field.name: field for field in fields(info.settings)}
        if found is None:
            found = here
        found = {name: field for name, field in found.items() if name in here and _alike(field, here[name])}
    return list(found or {})


def values(blocks: Sequence[Block], name: str) -> list[Any]:
    """The different values that these blocks have, each once, in their order."""
    found: list[Any] = []
    for block in blocks:
        value = _value(block, name)
        if value not in found:
            found.append(value)
    return found


def with_value(pipeline: Pipeline, ids: Sequence[str], name: str, value: Any) -> Pipeline:
    """One value for a setting of all these blocks; what is a block's default need not be stored."""
    for block_id in ids:
        block = pipeline.block(block_id)
        default = _default(block, name)
        kept = {key: old for key, old in block.settings.items() if key != name}
        if value != default or type(value) is not type(default):
            kept = {**block.settings, name: value}
        pipeline = pipeline.with_block(block.model_copy(update={"settings": kept}))
    return pipeline


def without_value(pipeline: Pipeline, ids: Sequence[str], name: str) -> Pipeline:
    """Every one of these blocks has its own default of a setting."""
    for block_id in ids:
        block = pipeline.block(block_id)
        kept = {key: old for key, old in block.settings.items() if key != name}
        pipeline = pipeline.with_block(block.model_copy(update={"settings": kept}))
    return pipeline


def _alike(one: FieldInfo, other: FieldInfo) -> bool:
    """Whether a value of one means the same in the other. Choices may be fewer: the check tells what one lacks."""
    return (one.kind, one.title, one.unit, one.optional) == (other.kind, other.title, other.unit, other.optional)


def _value(block: Block, name: str) -> Any:
    return plain(block.settings[name]) if name in block.settings else _default(block, name)


def _default(block: Block, name: str) -> Any:
    info = info_of(block.method)
    return None if info is None else plain(info.settings.model_fields[name].get_default(call_default_factory=True))
