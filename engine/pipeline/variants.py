"""Edits that make something to compare: leave a block out, branch, try another method, several values,
several rotations. Torch-free."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from engine.base.errors import BadInput
from engine.contracts.settings import FieldInfo, field_of, fields, plain
from engine.methods import registry
from engine.methods.base import MethodInfo
from engine.pipeline import edits, folding
from engine.pipeline.document import Block, Link, Pipeline

MOST = 24
"""Values of a sweep: more branches than this nobody looks through."""


def toggle_bypass(pipeline: Pipeline, ids: Iterable[str]) -> Pipeline:
    """Leave blocks out, or take them in again if all of them are out. Raises `BadInput` for the start of a pipeline."""
    blocks = [pipeline.block(name) for name in ids if pipeline.has(name)]
    for block in blocks:
        if not block.inputs:
            raise BadInput(f"'{block.name}' can't be bypassed", why="the pipeline starts with it")
    out = not all(block.bypassed for block in blocks)
    for block in blocks:
        pipeline = pipeline.with_block(block.model_copy(update={"bypassed": out}))
    return pipeline


def branch(pipeline: Pipeline, block_id: str) -> tuple[Pipeline, list[str]]:
    """A copy of a block and of all that follows it, fed by the same; the id of the block's copy comes first."""
    block = pipeline.block(block_id)
    if not block.inputs:
        raise BadInput(f"'{block.name}' can't branch", why="the pipeline starts with it")
    follows = pipeline.downstream(block_id)
    names = [block_id, *(follower.id for follower in pipeline.blocks if follower.id in follows)]
    order = [follower.id for follower in pipeline.blocks if follower.id in names]
    result, new = edits.duplicate(pipeline, names)
    copies = dict(zip(order, new, strict=True))
    return result, [copies[name] for name in names]


def can_stand_for(block: Block, method: MethodInfo) -> bool:
    """True if a block can be turned into one of another method where it stands."""
    return block.method != method.id and bool(block.inputs) == bool(method.inputs)


def swap(pipeline: Pipeline, block_id: str, method: str) -> Pipeline:
    """Another method in the place of a block; settings that both have keep their values where the other takes them,
    and so do the links. Raises `BadInput` for an unknown method."""
    block, info = pipeline.block(block_id), registry.method(method)
    settings: dict[str, Any] = {}
    for field in fields(info.settings):
        if field.name in block.settings and not info.settings.problems({field.name: block.settings[field.name]}):
            settings[field.name] = block.settings[field.name]
    pipeline = pipeline.with_block(block.model_copy(update={"method": method, "settings": settings, "title": ""}))
    for link in pipeline.links:
        if link.target == block_id and link.port not in info.inputs:
            pipeline = pipeline.without_link(link)
    return pipeline


def sweep(
    pipeline: Pipeline, block_id: str, name: str, values: list[Any], *, keep: bool = False
) -> tuple[Pipeline, list[str]]:
    """A branch for every value of a setting, shown as one card; the block itself has the first, unless it has one of
    them already. ``keep``: its own value becomes one more of them, because it has a result. Gives the ids in the order
    of the values."""
    now = pipeline.block(block_id).value(name)
    values = _with(values, now) if keep and now not in values else values
    own = now if now in values else values[0]
    pipeline = pipeline.with_settings(block_id, **{name: own})
    follows = pipeline.downstream(block_id)
    names = [block_id, *(follower.id for follower in pipeline.blocks if follower.id in follows)]
    rows: list[dict[str, str]] = []
    for value in values:
        row = names
        if value != own:
            pipeline, row = branch(pipeline, block_id)
            pipeline = pipeline.with_settings(row[0], **{name: value})
        rows.append(dict(zip(names, row, strict=True)))
    return folding.stack(pipeline, name, rows), [row[block_id] for row in rows]


def _with(values: list[Any], value: Any) -> list[Any]:
    """The values and one more: in its place if they are numbers that rise, else first."""
    numbers = [
        number for number in (*values, value) if isinstance(number, int | float) and not isinstance(number, bool)
    ]
    if len(numbers) == len(values) + 1 and values == sorted(values):
        return sorted(numbers)
    return [value, *values]


def can_sweep(field: FieldInfo) -> bool:
    """True if several values of a field can be written down."""
    return field.kind in ("int", "float", "choice", "bool")


def sweep_values(field: FieldInfo, text: str) -> list[Any]:
    """Values of "3, 4, 8", "0.1..0.6 step 0.1" or names of choices for a field. Raises `BadInput` with a sentence."""
    values: list[Any] = []
    for part in filter(None, (word.strip() for word in re.split(r"[,;\n]", text))):
        values += _range(field, part) if ".." in part else [_value(field, part)]
    values = list(dict.fromkeys(values))
    if len(values) < 2:
        raise BadInput("A sweep needs two values at least", advice="separate them by commas, or write 2..8 step 2")
    if len(values) > MOST:
        raise BadInput(f"These are {len(values)} values", why=f"a sweep takes {MOST} at most")
    return values


def _value(field: FieldInfo, text: str) -> Any:
    if field.kind == "bool":
        words = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
        if text.lower() in words:
            return words[text.lower()]
    elif field.kind == "choice":
        for value, title in field.choices:
            if text.lower() in (str(plain(value)).lower(), title.lower()):
                return plain(value)
    else:
        number = text[:-1].strip() if text.endswith("%") else text
        try:
            value = float(number) / (100 if text.endswith("%") else 1)
        except ValueError:
            value = math.nan
        if math.isfinite(value) and (field.kind == "float" or value == int(value)):
            return value if field.kind == "float" else int(value)
    choices = ", ".join(title for _, title in field.choices)
    advice = f"choose from {choices}" if choices else "write numbers, such as 3, 4, 8"
    raise BadInput(f"'{text}' isn't a value of {field.title}", advice=advice)


def _range(field: FieldInfo, text: str) -> list[Any]:
    """``2..8``, ``2..8 step 2``: both ends are in it."""
    match = re.fullmatch(r"(.+?)\.\.(.+?)(?:\s+step\s+(.+))?", text)
    if match is None or field.kind not in ("int", "float"):
        raise BadInput(f"'{text}' isn't a range", advice="write it like 2..8 step 2")
    low, high = _value(field, match[1].strip()), _value(field, match[2].strip())
    step = _value(field, match[3].strip()) if match[3] else (1 if field.kind == "int" else (high - low) / 4)
    if step <= 0 or high <= low or (high - low) / step > 10 * MOST:
        raise BadInput(f"'{text}' isn't a range", advice="the first number is the smaller, the step above 0")
    count = math.floor((high - low) / step + 1e-9) + 1
    return [
        float(f"{low + index * step:.10g}") if field.kind == "float" else low + index * step for index in range(count)
    ]


ROTATIONS = {"none": "No rotation", "hadamard": "Random Hadamard", "learned": "Learned rotation"}
"""Values of the setting "rotation" that are worth comparing."""


def can_compare_rotations(pipeline: Pipeline, block_id: str) -> bool:
    """True if a block rotates, so that its rotations can be compared."""
    info = pipeline.block(block_id).info if pipeline.has(block_id) else None
    field = field_of(info.settings, "rotation") if info is not None else None
    return field is not None and ROTATIONS.keys() <= dict(field.choices).keys()


def is_rotated(pipeline: Pipeline, block_id: str) -> bool:
    """True if this block or one before it rotates the weights."""
    return any(
        can_compare_rotations(pipeline, name) and pipeline.block(name).value("rotation") != "none"
        for name in (block_id, *pipeline.upstream(block_id))
    )


def rotation_variants(pipeline: Pipeline, block_id: str) -> tuple[Pipeline, list[str]]:
    """The block without rotation, with a random Hadamard and with a learned one, fed by the same blocks. Branches that
    are there already are used, and those without a title are called by their rotation; gives the ids in the order of
    `ROTATIONS`."""
    block, into = pipeline.block(block_id), pipeline.into(block_id)
    ids: dict[str, str] = {}
    for other in pipeline.blocks:
        same = _without_rotation(other) == _without_rotation(block) and pipeline.into(other.id) == into
        if other.method == block.method and same:
            ids.setdefault(other.value("rotation"), other.id)
    if block.value("rotation") in ROTATIONS:
        ids[block.value("rotation")] = block_id
    for rotation in ROTATIONS:
        if rotation not in ids:
            settings = {**block.settings, "rotation": rotation}
            pipeline, ids[rotation] = edits.add(pipeline, block.method, block.x, block.y, settings)
            for port, source in into.items():
                pipeline = pipeline.with_link(Link(source=source, target=ids[rotation], port=port))
    for rotation, title in ROTATIONS.items():
        used = pipeline.block(ids[rotation])
        if not used.title:
            pipeline = pipeline.with_block(used.model_copy(update={"title": title}))
    return pipeline, [ids[rotation] for rotation in ROTATIONS]


def _without_rotation(block: Block) -> dict[str, object]:
    """The settings that every rotation has."""
    info = block.info
    apart = {"rotation"}
    if info is not None:
        apart |= {field.name for field in fields(info.settings) if (field.shown_if or ("",))[0] == "rotation"}
    return {name: value for name, value in block.settings.items() if name not in apart}
