"""The document that a user edits: blocks and links. Immutable; every edit is a pure function that gives a new one.

Torch-free. JSON on disk, versioned, one migration per version.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

import pydantic

from engine.base.errors import BadInput
from engine.base.files import parse_json, read_regular
from engine.base.record import Record
from engine.contracts.settings import Settings, field_of, plain, setting
from engine.data.texts import BUNDLED, INHERITED
from engine.methods.base import MethodInfo
from engine.methods.registry import current_id, methods
from engine.pipeline.migrations import VERSION, migrated

UNTITLED = "Untitled"
"""Name of a pipeline that nobody has named."""
DEEPEST = 30
"""Levels of lists and objects in a pipeline file; settings have three or four."""
_FROZEN = pydantic.ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Block(Record):
    """One node: a method id, its settings (only what differs from the defaults needs to be there), a position.

    Ids and names of earlier releases become the current ones; what is not known stays as it is, for `legality` to tell.
    """

    model_config = _FROZEN
    id: str
    method: str
    settings: dict[str, Any] = pydantic.Field(default_factory=dict)
    title: str = ""
    x: float = 0.0
    y: float = 0.0
    bypassed: bool = False
    """Left out: what comes into its main input goes on to what follows it."""

    @property
    def info(self) -> MethodInfo | None:
        """Its method; None if this program does not have it (a file of another version, a plug-in that is gone)."""
        return methods().get(self.method)

    @property
    def name(self) -> str:
        """Name on screen: its title, else that of its method, else the method's id."""
        return self.title or (self.info.title if self.info is not None else self.method)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of its ports, the main one first; an unknown method is taken to have one."""
        return self.info.inputs if self.info is not None else ("model",)

    @property
    def optional_inputs(self) -> tuple[str, ...]:
        """The inputs that need no link: without one the original model is there."""
        return self.info.optional if self.info is not None else ()

    def value(self, name: str) -> Any:
        """A setting as it stands in JSON, its default where it has no value; None for one that the method lacks."""
        field = field_of(self.info.settings, name) if self.info is not None else None
        return plain(self.settings.get(name, field.default if field is not None else None))

    def summary(self) -> str:
        """One line about its settings, or why there is none."""
        if self.info is None:
            return "This method is not installed"
        try:
            return self.info.settings.parse(self.settings).summary()
        except BadInput:
            return "Settings are not valid"

    @pydantic.model_serializer(mode="wrap")
    def _written(self, write: pydantic.SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A block that is not bypassed is written as ever."""
        values: dict[str, Any] = write(self)
        if not self.bypassed:
            values.pop("bypassed", None)
        return values

    @pydantic.model_validator(mode="before")
    @classmethod
    def _current(cls, values: Any) -> Any:
        if not isinstance(values, Mapping) or not isinstance(values.get("method"), str):
            return values
        name, settings = current_id(values["method"]), values.get("settings", {})
        return {
            **values,
            "method": name,
            "settings": _renamed(name, settings) if isinstance(settings, Mapping) else settings,
        }


class Link(Record):
    """The model that ``source`` leaves goes into the port ``port`` of ``target``."""

    model_config = _FROZEN
    source: str
    target: str
    port: str = "model"


class Comment(Record):
    """A note on the canvas."""

    model_config = _FROZEN
    id: str
    text: str
    x: float = 0.0
    y: float = 0.0
    width: float = 220.0
    height: float = 90.0


class Face(Record):
    """A setting that the card of a group shows."""

    model_config = _FROZEN
    block: str
    setting: str


class Group(Record):
    """Blocks that one card stands for while it is folded: what is run is not changed by it.

    Attributes
    ----------
    kind: "macro" for blocks that work after each other, in the order of the pipeline; "sweep" for the variants that
        several values of a setting make, in the order of the values.
    face: of a macro what can be read on its card; of a sweep the settings that tell its variants apart, as many for
        each of them, in the order of ``blocks`` (they may belong to blocks before these).
    """

    model_config = _FROZEN
    id: str
    kind: Literal["macro", "sweep"]
    blocks: tuple[str, ...] = pydantic.Field(min_length=2)
    title: str = ""
    face: tuple[Face, ...] = ()
    folded: bool = True


class Evaluation(Settings):
    """Settings of what is measured of the source and after each block."""

    when: Literal["every_block", "ends", "never"] = setting(
        "every_block",
        title="Measure",
        help="After every block, only at the ends of the pipeline, or not at all. Size is always measured.",
        choices={"every_block": "After every block", "ends": "At the ends only", "never": "Size only"},
        value_aliases={"every block": "every_block"},
    )
    text: str = setting(
        INHERITED,
        title="Text",
        help="'pipeline' for the held-out part of the pipeline's texts, a text file or folder of them, a data set on "
        "the hub (hub:name or hub:name/config/split), or bundled texts: 'mixed' or 'sample'.",
        kind="dataset",
    )
    window_size: int = setting(
        2048,
        title="Window size",
        help="Tokens per window; windows do not overlap.",
        unit="tokens",
        ge=8,
        le=131072,
        aliases=("window",),
    )
    num_windows: int = setting(
        16,
        title="Windows",
        help="How many windows of the text are used; 0 means all of them.",
        ge=0,
        le=65536,
        step=1,
        aliases=("windows",),
    )
    compare: bool = setting(
        True, title="Compare with the source", help="KL divergence and top-1 agreement against the original model."
    )
    speed: bool = setting(False, title="Measure speed", help="Tokens per second of reading and of writing, measured.")
    generation: Literal["off", "check", "long"] = setting(
        "off",
        title="Check generation",
        help="Lets every result and its original answer bundled prompts, and compares loops, ends, template, language, "
        "brackets and tokens: likelihood can stay while a model no longer writes. Long: also an answer of 512 tokens, "
        "and the end of a prompt of 2,304.",
        choices={"off": "Off", "check": "Short answers", "long": "Short and long answers"},
    )
    dtype: Literal["auto", "float32"] = setting(
        "auto",
        title="Computed in",
        help="What the models compute in while they are measured. Automatic: an accelerator in what the source's "
        "weights are stored in, if it has units for that, else float32, as on the CPU.",
        choices={"auto": "Automatic", "float32": "float32"},
        advanced=True,
    )


class PipelineSettings(Settings):
    """Settings of a pipeline itself."""

    text: str = setting(
        BUNDLED,
        title="Texts",
        help="What blocks are calibrated and trained on, and what is measured on, unless they say otherwise. Bundled: "
        "the mixed texts, or those of the sample for the sample model.",
        kind="dataset",
    )
    name: str = setting(UNTITLED, title="Name", help="Shown in the window's title, the history and the reports.")
    description: str = setting("", title="Description", help="What it is for. Goes into reports.", kind="paragraph")
    seed: int = setting(
        0, title="Seed", help="All random numbers of a run come from it: the same seed gives the same result.", ge=0
    )


class _Index(NamedTuple):
    """Blocks by id; target -> port -> source; source -> targets, in the order of links."""

    blocks: Mapping[str, Block]
    into: Mapping[str, Mapping[str, str]]
    out_of: Mapping[str, Sequence[str]]


class Pipeline(Record):
    """A directed acyclic graph of blocks: a fan-out makes variants that can be compared."""

    model_config = _FROZEN
    version: Literal[5] = VERSION
    name: str = UNTITLED
    description: str = ""
    seed: int = 0
    text: str = BUNDLED
    """Text for calibration and training of blocks that don't name another, and for the evaluation. See
    `engine.pipeline.texts`."""
    blocks: tuple[Block, ...] = ()
    links: tuple[Link, ...] = ()
    comments: tuple[Comment, ...] = ()
    groups: tuple[Group, ...] = ()
    evaluation: Evaluation = Evaluation()

    @pydantic.model_serializer(mode="wrap")
    def _written(self, write: pydantic.SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without groups, a text and a generation check where nobody has chosen one: as earlier releases read it."""
        values: dict[str, Any] = write(self)
        if not self.groups:
            values.pop("groups", None)
        if self.text == BUNDLED:
            values.pop("text", None)
        if self.evaluation.generation == "off":
            values["evaluation"].pop("generation", None)
        return values

    # -- looking ---------------------------------------------------------------------------------------------------
    def own(self) -> dict[str, Any]:
        """Settings of the pipeline itself, the values of `PipelineSettings`."""
        return {name: getattr(self, name) for name in PipelineSettings.model_fields}

    @functools.cached_property
    def _index(self) -> _Index:
        into: dict[str, dict[str, str]] = defaultdict(dict)
        out_of: dict[str, list[str]] = defaultdict(list)
        for link in self.links:
            into[link.target][link.port] = link.source
            out_of[link.source].append(link.target)
        return _Index({block.id: block for block in reversed(self.blocks)}, into, out_of)

    def block(self, block_id: str) -> Block:
        """The block with this id; KeyError if there is none."""
        return self._index.blocks[block_id]

    def has(self, block_id: str) -> bool:
        """True if there is such a block."""
        return block_id in self._index.blocks

    def into(self, block_id: str) -> dict[str, str]:
        """Port name -> id of the block linked to it."""
        return dict(self._index.into.get(block_id, {}))

    def before(self, block_id: str) -> str | None:
        """The block whose model a block works on: at its main input, else at the first one that is linked."""
        into = self._index.into.get(block_id, {})
        return next((into[port] for port in self.block(block_id).inputs if port in into), None)

    def out_of(self, block_id: str) -> tuple[str, ...]:
        """Ids of the blocks that follow directly."""
        return tuple(self._index.out_of.get(block_id, ()))

    def upstream(self, block_id: str) -> set[str]:
        """Ids of all blocks that this one depends on."""
        return self._reach(block_id, lambda b: self.into(b).values())

    def downstream(self, block_id: str) -> set[str]:
        """Ids of all blocks that depend on this one."""
        return self._reach(block_id, self.out_of)

    def _reach(self, start: str, step: Callable[[str], Iterable[str]]) -> set[str]:
        seen: set[str] = set()
        todo = list(step(start))
        while todo:
            block_id = todo.pop()
            if block_id not in seen:
                seen.add(block_id)
                todo.extend(step(block_id))
        return seen

    def order(self) -> tuple[Block, ...]:
        """The blocks, each after all that it depends on; ties in document order. Raises `BadInput` for a cycle."""
        position = {block.id: number for number, block in reversed(list(enumerate(self.blocks)))}
        missing = {block.id: set(self.into(block.id).values()) for block in self.blocks}
        ready = [position[name] for name, sources in missing.items() if not sources]
        heapq.heapify(ready)
        ordered: list[Block] = []
        while ready:
            ordered.append(self.blocks[heapq.heappop(ready)])
            name = ordered[-1].id
            for target in set(self.out_of(name)) & missing.keys():
                missing[target].discard(name)
                if not missing[target]:
                    heapq.heappush(ready, position[target])
        if len(ordered) < len(self.blocks):
            done = {block.id for block in ordered}
            raise BadInput(
                "The pipeline runs in a circle",
                where=" -> ".join(block.id for block in self.blocks if block.id not in done),
                advice="remove one of the links between these blocks",
            )
        return tuple(ordered)

    def active(self) -> Self:
        """The pipeline as it is executed: without the blocks that are bypassed."""
        bypassed = [block.id for block in self.blocks if block.bypassed and self.into(block.id)]
        return self.without(bypassed, bridge=True) if bypassed else self

    def fresh_id(self, method: str) -> str:
        """An id that no block, comment or group has: the method's name with the smallest free number."""
        used = {item.id for items in (self.blocks, self.comments, self.groups) for item in items}
        number = 1
        while f"{method}_{number}" in used:
            number += 1
        return f"{method}_{number}"

    # -- editing: every one gives a new pipeline ---------------------------------------------------------------------
    def with_block(self, block: Block) -> Self:
        """Add a block, or put it in the place of the one with the same id."""
        if self.has(block.id):
            return self._with(blocks=tuple(block if b.id == block.id else b for b in self.blocks))
        return self._with(blocks=(*self.blocks, block))

    def without(self, ids: Iterable[str], *, bridge: bool = False) -> Self:
        """Remove blocks and comments. ``bridge``: what followed a block is linked to what stood before it."""
        gone = set(ids)
        result = self
        for block_id in [block.id for block in self.blocks if block.id in gone]:
            before = result.into(block_id).get("model")
            after = [link for link in result.links if link.source == block_id]
            links = [link for link in result.links if block_id not in (link.source, link.target)]
            if bridge and before is not None:
                links += [Link(source=before, target=link.target, port=link.port) for link in after]
            result = result._with(links=tuple(links))
        return result._with(
            blocks=tuple(b for b in result.blocks if b.id not in gone),
            comments=tuple(c for c in result.comments if c.id not in gone),
            groups=tuple(remaining for group in result.groups if (remaining := _left_of(group, gone)) is not None),
        )

    def with_link(self, link: Link) -> Self:
        """Add a link; one that was at the same port goes. Raises `BadInput` if it would close a circle."""
        if link.source == link.target or link.source in self.downstream(link.target):
            raise BadInput(
                "This link would close a circle",
                where=f"{link.source} -> {link.target}",
                advice="link to a block that does not come before it",
            )
        others = tuple(old for old in self.links if (old.target, old.port) != (link.target, link.port))
        return self._with(links=(*others, link))

    def without_link(self, link: Link) -> Self:
        """Remove a link."""
        return self._with(links=tuple(old for old in self.links if old != link))

    def with_comment(self, comment: Comment) -> Self:
        """Add a comment, or put it in the place of the one with the same id."""
        if any(c.id == comment.id for c in self.comments):
            return self._with(comments=tuple(comment if c.id == comment.id else c for c in self.comments))
        return self._with(comments=(*self.comments, comment))

    def with_group(self, group: Group) -> Self:
        """Add a group, or put it in the place of the one with the same id."""
        if any(g.id == group.id for g in self.groups):
            return self._with(groups=tuple(group if g.id == group.id else g for g in self.groups))
        return self._with(groups=(*self.groups, group))

    def without_group(self, group_id: str) -> Self:
        """The blocks stay, and no card stands for them."""
        return self._with(groups=tuple(group for group in self.groups if group.id != group_id))

    def group(self, group_id: str) -> Group:
        """The group with this id; KeyError if there is none."""
        for group in self.groups:
            if group.id == group_id:
                return group
        raise KeyError(group_id)

    def group_of(self, block_id: str) -> Group | None:
        """The group that a block belongs to."""
        return next((group for group in self.groups if block_id in group.blocks), None)

    def with_evaluation(self, evaluation: Evaluation) -> Self:
        """The same pipeline with other measuring."""
        return self._with(evaluation=evaluation)

    def with_settings(self, block_id: str, **values: Any) -> Self:
        """Change some settings of a block (not validated here: `legality` tells what is wrong)."""
        block = self.block(block_id)
        changed = {**block.settings, **_renamed(block.method, values)}
        return self.with_block(block.model_copy(update={"settings": changed}))

    def _with(self, **changes: Any) -> Self:
        return self.model_copy(update=changes)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """See pydantic; what was found about the old blocks and links does not go along."""
        copy = super().model_copy(update=update, deep=deep)
        copy.__dict__.pop("_index", None)
        return copy

    # -- JSON ----------------------------------------------------------------------------------------------------------
    def to_json(self) -> str:
        """The text of the file: stable, readable, ends with a newline."""
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"

    def to_line(self) -> str:
        """The same in one line, for messages: it is made ten times faster."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, where: str = "") -> Self:
        """Read a pipeline of this or an older version; raises `BadInput` with a sentence."""
        try:
            data = parse_json(text)
            deep = _is_deeper(data, DEEPEST)
        except ValueError as error:
            raise BadInput("Not a pipeline file", where=where, why=f"it is not JSON: {error}") from None
        except RecursionError:
            deep = True
        if deep:
            why = f"its lists and objects are nested more than {DEEPEST} deep"
            raise BadInput("Not a pipeline file", where=where, why=why)
        if not isinstance(data, dict) or "blocks" not in data:
            raise BadInput("Not a pipeline file", where=where, why="it has no list of blocks")
        return cls._checked(_migrated(data, where), where)

    @classmethod
    def _checked(cls, data: dict[str, Any], where: str) -> Self:
        evaluation = Evaluation.parse(data.get("evaluation", {}), where=f"{where}: evaluation".lstrip(": "))
        try:
            pipeline = cls.model_validate({**data, "evaluation": evaluation})
        except pydantic.ValidationError as error:
            first = error.errors()[0]
            location = ".".join(str(part) for part in first["loc"])
            raise BadInput("The pipeline file is damaged", where=where, why=f"{location}: {first['msg']}") from None
        pipeline._check_references(where)
        pipeline.order()
        return pipeline

    def _check_references(self, where: str) -> None:
        ids = [item.id for items in (self.blocks, self.comments, self.groups) for item in items]
        for name, count in Counter(ids).items():
            if count > 1:
                raise BadInput("The pipeline file is damaged", where=where, why=f"two things are called '{name}'")
            if not re.fullmatch(r"[\w.-]{1,80}", name):
                raise BadInput("The pipeline file is damaged", where=where, why=f"'{name}' is not an id")
        for link in self.links:
            for end in (link.source, link.target):
                if not self.has(end):
                    raise BadInput("The pipeline file is damaged", where=where, why=f"a link names no block: '{end}'")
        members = Counter(name for group in self.groups for name in group.blocks)
        for name in (*members, *(face.block for group in self.groups for face in group.face)):
            if not self.has(name) or members[name] > 1:
                why = f"'{name}' is in two groups" if self.has(name) else f"a group names no block: '{name}'"
                raise BadInput("The pipeline file is damaged", where=where, why=why)
        for port, count in Counter((link.target, link.port) for link in self.links).items():
            if count > 1:
                raise BadInput("The pipeline file is damaged", where=where, why=f"two links end in {port[0]}.{port[1]}")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a pipeline file; raises `BadInput`."""
        try:
            text = read_regular(path, "pipeline file").decode("utf-8")
        except UnicodeDecodeError as error:
            advice = "pipeline files are JSON in UTF-8"
            raise BadInput("The pipeline file can't be read", where=str(path), why=str(error), advice=advice) from None
        return cls.from_json(text, where=str(path))

    @classmethod
    def linear(cls, steps: Iterable[tuple[str, dict[str, Any]]], **more: Any) -> Self:
        """A chain of (method id, settings), laid out from left to right."""
        blocks: list[Block] = []
        counts: Counter[str] = Counter()
        for index, (method, settings) in enumerate(steps):
            counts[method] += 1
            blocks.append(Block(id=f"{method}_{counts[method]}", method=method, settings=settings, x=index * 304.0))
        links = [Link(source=above.id, target=block.id) for above, block in itertools.pairwise(blocks)]
        return cls(blocks=tuple(blocks), links=tuple(links), **more)


def _left_of(group: Group, gone: set[str]) -> Group | None:
    """A group without blocks that are gone, None if a card stands for too few to be one."""
    named = gone.intersection(group.blocks) or gone.intersection(face.block for face in group.face)
    if not named:
        return group
    blocks = tuple(name for name in group.blocks if name not in gone)
    wide = len(group.face) // len(group.blocks)
    face = [f for n, f in enumerate(group.face) if group.kind == "macro" or group.blocks[n // max(1, wide)] not in gone]
    if any(f.block in gone for f in face) and group.kind == "sweep":
        face = []
    shown = tuple(setting for setting in face if setting.block not in gone)
    return group.model_copy(update={"blocks": blocks, "face": shown}) if len(blocks) > 1 else None


def _renamed(method_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by their current names; those of an unknown method as they are."""
    info = methods().get(method_id)
    return dict(values) if info is None else info.settings.renamed(values)


def _migrated(data: dict[str, Any], where: str) -> dict[str, Any]:
    version = data.get("version")
    if not isinstance(version, int) or version < 1:
        raise BadInput("Not a pipeline file", where=where, why=f"its version is {version!r}")
    if version > VERSION:
        raise BadInput(
            "The pipeline file is of a newer version",
            where=where,
            why=f"it has version {version}, this program reads up to {VERSION}",
            advice="update the program",
        )
    return migrated(data)


def _is_deeper(data: Any, levels: int) -> bool:
    """True if lists and objects of JSON are nested more than so many levels deep."""
    level = [data]
    for _ in range(levels + 1):
        level = [value for value in level if isinstance(value, dict | list)]
        level = [inner for value in level for inner in (value.values() if isinstance(value, dict) else value)]
    return bool(level)
