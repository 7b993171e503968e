"""Edits of a pipeline's graph as pure functions: add, insert, move, link, swap, copy and paste. The window's gestures,
menus and keys all end here. Torch-free."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pydantic

from engine.base.errors import BadInput
from engine.base.files import parse_json
from engine.pipeline import folding
from engine.pipeline.document import Block, Comment, Face, Group, Link, Pipeline
from engine.pipeline.folding import shown_blocks
from engine.pipeline.layout import BLOCK_WIDTH, COLUMN, GRID, ROOM, ROW, overlapping, tidy
from engine.pipeline.migrations import VERSION, migrated

Settings = Mapping[str, Any]
"""Settings of a new block as they are stored: what is missing has its default."""


def new_block(pipeline: Pipeline, method: str, settings: Settings | None = None) -> Block:
    """A block with an id of its own, not in the pipeline yet."""
    return Block(id=pipeline.fresh_id(method), method=method, settings=dict(settings or {}))


def add(pipeline: Pipeline, method: str, x: float, y: float, settings: Settings | None = None) -> tuple[Pipeline, str]:
    """An unlinked block at a place (moved down until it covers no other); gives its id too."""
    block = new_block(pipeline, method, settings)
    down = _free_below(pipeline, [(x, y)])
    return pipeline.with_block(block.model_copy(update={"x": x, "y": y + down})), block.id


def add_linked(
    pipeline: Pipeline, method: str, x: float, y: float, source: str | None, settings: Settings | None = None
) -> tuple[Pipeline, str]:
    """A block at a place, its main input linked to ``source`` if there is one and it takes inputs."""
    pipeline, block_id = add(pipeline, method, x, y, settings)
    ports = pipeline.block(block_id).inputs
    if source is not None and ports:
        pipeline = pipeline.with_link(Link(source=source, target=block_id, port=ports[0]))
    return pipeline, block_id


def add_after(
    pipeline: Pipeline, method: str, after: str | None, settings: Settings | None = None
) -> tuple[Pipeline, str]:
    """A block behind ``after`` (None: at the end of the pipeline): put into the chain if one block follows, else as
    its end or a new branch."""
    after = after or last(pipeline)
    block = new_block(pipeline, method, settings)
    if after is None or not block.inputs:
        return add(pipeline, method, *below(pipeline), settings)
    following = [link for link in pipeline.links if link.source == after]
    if len(following) == 1:
        return insert(pipeline, block, following[0])
    before = pipeline.block(after)
    return add_linked(pipeline, method, before.x + COLUMN, before.y, after, settings)


def insert(pipeline: Pipeline, block: Block, link: Link) -> tuple[Pipeline, str]:
    """Put a block, a new one or one that is there without links, into the middle of a link; gives its id too. Raises
    `BadInput` for a method without inputs."""
    if not block.inputs:
        raise BadInput(f"'{block.name}' can't stand in a link", why="it starts a pipeline and takes no input")
    target = pipeline.block(link.target)
    others = _with_room(pipeline.without([block.id]), link)
    x, y = nearest_free(others, pipeline.block(link.source).x + COLUMN, target.y)
    pipeline = _placed(pipeline, {item.id: (item.x, item.y) for item in movables(others)})
    pipeline = pipeline.with_block(block.model_copy(update={"x": x, "y": y}))
    pipeline = pipeline.without_link(link).with_link(Link(source=link.source, target=block.id, port=block.inputs[0]))
    return pipeline.with_link(Link(source=block.id, target=link.target, port=link.port)), block.id


def _with_room(pipeline: Pipeline, link: Link) -> Pipeline:
    """A column between the blocks of a link: what follows is shifted to the right, and where that would cover other
    blocks, all that begins no farther left."""
    source, target = pipeline.block(link.source), pipeline.block(link.target)
    following, missing = {link.target, *pipeline.downstream(link.target)}, source.x + 2 * COLUMN - target.x
    if missing <= 0:
        return pipeline
    moved = move(pipeline, following, missing, 0)
    if not covers(moved, following) or source.x >= target.x:
        return moved
    return move(pipeline, {item.id for item in movables(pipeline) if item.x >= target.x} | following, missing, 0)


def refusal(pipeline: Pipeline, source: str, target: str, port: str | None) -> str:
    """Reason why there can't be a link from ``source`` into ``port`` of ``target`` ("" if there can)."""
    ports, name = pipeline.block(target).inputs, pipeline.block(target).name
    if source == target:
        return "A block can't follow itself."
    if not ports:
        return f"'{name}' starts a pipeline and takes no input."
    if port is not None and port not in ports:
        return f"'{name}' has no input '{port}'."
    if source in pipeline.downstream(target):
        return f"This would run in a circle: '{pipeline.block(source).name}' already comes after '{name}'."
    return ""


def port_for(pipeline: Pipeline, target: str) -> str | None:
    """The input that a link dropped on a block goes to: the first free one, else the main one."""
    ports = pipeline.block(target).inputs
    linked = pipeline.into(target)
    return next((port for port in ports if port not in linked), ports[0] if ports else None)


def last(pipeline: Pipeline) -> str | None:
    """The end of the pipeline: of the blocks that nothing follows yet the rightmost."""
    return max(unfollowed(pipeline), key=lambda block: block.x).id if pipeline.blocks else None


def unfollowed(pipeline: Pipeline) -> list[Block]:
    """The blocks that nothing follows yet."""
    used = {link.source for link in pipeline.links}
    return [block for block in pipeline.blocks if block.id not in used]


def move(pipeline: Pipeline, ids: Iterable[str], dx: float, dy: float) -> Pipeline:
    """Shift blocks and comments."""
    moved = set(ids)
    places = {item.id: (item.x + dx, item.y + dy) for item in movables(pipeline) if item.id in moved}
    return _placed(pipeline, places)


def _placed(pipeline: Pipeline, places: Mapping[str, tuple[float, float]]) -> Pipeline:
    """Put blocks and comments at places; the others stay where they are, and are the same objects."""

    def shifted(item: Any) -> Any:
        x, y = places.get(item.id, (item.x, item.y))
        return item if (x, y) == (item.x, item.y) else item.model_copy(update={"x": x, "y": y})

    update = {"blocks": tuple(map(shifted, pipeline.blocks)), "comments": tuple(map(shifted, pipeline.comments))}
    return pipeline.model_copy(update=update)


def movables(pipeline: Pipeline) -> list[Block | Comment]:
    """All that has an id and a place."""
    return [*pipeline.blocks, *pipeline.comments]


def move_in_chain(pipeline: Pipeline, block_id: str, by: int) -> Pipeline:
    """Let a block change places with the one before (-1) or after (+1) it in its chain. Raises `BadInput` if that has
    no meaning."""
    following = pipeline.out_of(block_id)
    if by < 0:
        return swap_with_previous(pipeline, block_id)
    if len(following) != 1:
        why = "several branches follow it" if following else "nothing follows it"
        raise BadInput(f"'{pipeline.block(block_id).name}' can't move down", why=why)
    return swap_with_previous(pipeline, following[0])


def swap_with_previous(pipeline: Pipeline, block_id: str) -> Pipeline:
    """Let a block and the one before it in its chain change places. Raises `BadInput` if that has no meaning."""
    block = pipeline.block(block_id)
    ports = block.inputs
    before_id = pipeline.into(block_id).get(ports[0]) if ports else None
    if before_id is None:
        raise BadInput(f"'{block.name}' can't move up", why="nothing stands before it")
    before = pipeline.block(before_id)
    before_ports = before.inputs
    if not before_ports:
        raise BadInput(f"'{block.name}' can't move up", why=f"the pipeline starts with '{before.name}'")
    if len(pipeline.out_of(before_id)) > 1:
        raise BadInput(f"'{block.name}' can't move up", why=f"'{before.name}' has several branches")
    first = pipeline.into(before_id).get(before_ports[0])
    own = Link(source=before_id, target=block_id, port=ports[0])
    changed = []
    for link in pipeline.links:
        if link == own:
            link = Link(source=block_id, target=before_id, port=before_ports[0])
        elif link.source == block_id:
            link = link.model_copy(update={"source": before_id})
        elif (link.source, link.target, link.port) == (first, before_id, before_ports[0]):
            link = Link(source=link.source, target=block_id, port=ports[0])
        changed.append(link)
    result = pipeline.model_copy(update={"links": tuple(changed)})
    result.order()
    result = result.with_block(block.model_copy(update={"x": before.x, "y": before.y}))
    return result.with_block(before.model_copy(update={"x": block.x, "y": block.y}))


def to_clipboard(pipeline: Pipeline, ids: Iterable[str]) -> str:
    """Blocks, comments, the links between them and groups of them as JSON text."""
    chosen = set(ids)
    return json.dumps(
        {
            "compression_studio": VERSION,
            "blocks": [b.model_dump(mode="json") for b in pipeline.blocks if b.id in chosen],
            "links": [k.model_dump() for k in pipeline.links if k.source in chosen and k.target in chosen],
            "comments": [c.model_dump() for c in pipeline.comments if c.id in chosen],
            "groups": [g.model_dump() for g in pipeline.groups if chosen.issuperset(g.blocks)],
        },
        indent=2,
    )


def can_paste(text: str) -> bool:
    """True if a text is what `to_clipboard` gives, told from how it begins: others may be long."""
    return text[:40].split()[:2] == ["{", '"compression_studio":']


def paste(pipeline: Pipeline, text: str, x: float | None = None, y: float = 0.0) -> tuple[Pipeline, list[str]]:
    """Add what `to_clipboard` gave, with new ids, its corner at a place (or beside where it was).
    Raises `BadInput` if the text is something else."""
    try:
        data = parse_json(text)
        if data["compression_studio"] not in (1, VERSION):
            raise ValueError
        data = migrated({**data, "version": max(2, data["compression_studio"])})  # 1 stood for documents of version 2
        blocks = [Block.model_validate(item) for item in data["blocks"]]
        comments = [Comment.model_validate(item) for item in data["comments"]]
        links = [Link.model_validate(item) for item in data["links"]]
        groups = [Group.model_validate(item) for item in data.get("groups", ())]
    except (ValueError, KeyError, TypeError, pydantic.ValidationError):
        raise BadInput("The clipboard holds no blocks", advice="copy blocks of a pipeline first") from None
    pasted: list[Block | Comment] = [*blocks, *comments]
    if not pasted:
        return pipeline, []
    if x is None:
        dx, dy = 32.0, 32.0
        dy += _free_below(pipeline, [(item.x + dx, item.y + dy) for item in pasted])
    else:
        dx, dy = x - min(t.x for t in pasted), y - min(t.y for t in pasted)
    names: dict[str, str] = {}
    for thing in pasted:
        new = pipeline.fresh_id(thing.method if isinstance(thing, Block) else "comment")
        names[thing.id] = new
        item = thing.model_copy(update={"id": new, "x": thing.x + dx, "y": thing.y + dy})
        pipeline = pipeline.with_block(item) if isinstance(item, Block) else pipeline.with_comment(item)
    for link in links:
        if link.source in names and link.target in names:
            inner = Link(source=names[link.source], target=names[link.target], port=link.port)
            pipeline = pipeline.with_link(inner)
    for group in groups:
        face = tuple(Face(block=names.get(f.block, f.block), setting=f.setting) for f in group.face)
        inside = all(name in names for name in group.blocks) and all(pipeline.has(f.block) for f in face)
        if inside:
            members = tuple(names[name] for name in group.blocks)
            changes = {"id": pipeline.fresh_id("group"), "blocks": members, "face": face}
            pipeline = pipeline.with_group(group.model_copy(update=changes))
    return pipeline, list(names.values())


def add_saved(
    pipeline: Pipeline, text: str, x: float, y: float, *, source: str | None = None, link: Link | None = None
) -> tuple[Pipeline, list[str]]:
    """The blocks of a saved group with their corner at a place, after ``source`` or in the middle of a link, and their
    ids. Raises `BadInput` for a damaged one."""
    pipeline, new = paste(pipeline, text, x, y)
    blocks = [pipeline.block(name) for name in new if pipeline.has(name)]
    entry = next((b for b in blocks if b.inputs and not pipeline.into(b.id)), None)
    last = next((b for b in blocks if not pipeline.out_of(b.id)), None)
    if link is not None:
        if entry is None or last is None:
            raise BadInput("These blocks can't stand in a link", why="none of them takes an input")
        pipeline, source = pipeline.without_link(link), link.source
    if entry is not None and source is not None:
        pipeline = pipeline.with_link(Link(source=source, target=entry.id, port=entry.inputs[0]))
    if link is not None and last is not None:
        pipeline = pipeline.with_link(Link(source=last.id, target=link.target, port=link.port))
    return pipeline, new


def duplicate(pipeline: Pipeline, ids: Iterable[str]) -> tuple[Pipeline, list[str]]:
    """Copies below the originals, fed by the same blocks: the quick way to a variant."""
    originals = [item for item in movables(pipeline) if item.id in set(ids)]
    if not originals:
        return pipeline, []
    x, top = min(item.x for item in originals), min(item.y for item in originals)
    y = max(thing.y for thing in originals) + ROW
    y += _free_below(pipeline, [(thing.x, thing.y + y - top) for thing in originals])
    result, new = paste(pipeline, to_clipboard(pipeline, [thing.id for thing in originals]), x, y)
    names = dict(zip([thing.id for thing in originals], new, strict=True))
    for link in pipeline.links:
        if link.target in names and link.source not in names:
            result = result.with_link(Link(source=link.source, target=names[link.target], port=link.port))
    return result, new


WORDS = 40.0
"""Room above the blocks in a frame, for its title."""


def add_comment(pipeline: Pipeline, x: float, y: float, **size: float) -> tuple[Pipeline, str]:
    """An empty note at a place; gives its id too. ``size``: "width" and "height", the usual ones by default."""
    comment = Comment(id=pipeline.fresh_id("comment"), text="", x=x, y=y, **size)
    return pipeline.with_comment(comment), comment.id


def frame(pipeline: Pipeline, ids: Iterable[str]) -> tuple[Pipeline, str]:
    """A note around these blocks, with room for their results and for its title; gives its id too."""
    blocks = [pipeline.block(name) for name in ids]
    x, y = min(block.x for block in blocks) - GRID, min(block.y for block in blocks) - WORDS
    width = max(block.x for block in blocks) + BLOCK_WIDTH + GRID - x
    return add_comment(pipeline, x, y, width=width, height=max(block.y for block in blocks) + ROOM + GRID - y)


def fold(pipeline: Pipeline, ids: Iterable[str]) -> Pipeline:
    """One card for the groups that these blocks are in, or, if one is in none, for the blocks. Raises `BadInput` where
    `folding.fold_into_one` does."""
    names = list(ids)
    groups = _groups_of(pipeline, names)
    if any(pipeline.group_of(name) is None for name in names):
        return folding.fold_into_one(pipeline, names)[0]
    for group in groups:
        pipeline = folding.fold(pipeline, group.id, True)
    return pipeline


def unfold(pipeline: Pipeline, ids: Iterable[str]) -> Pipeline:
    """The blocks of these folded groups, tidy where they would cover others; groups that are not folded are none any
    more."""
    for group in _groups_of(pipeline, ids):
        pipeline = folding.fold(pipeline, group.id, False) if group.folded else pipeline.without_group(group.id)
        if group.folded and covers(pipeline, group.blocks):
            pipeline = tidy(pipeline)
    return pipeline


def _groups_of(pipeline: Pipeline, ids: Iterable[str]) -> list[Group]:
    groups = (pipeline.group_of(name) for name in ids)
    return list({group.id: group for group in groups if group is not None}.values())


def below(pipeline: Pipeline) -> tuple[float, float]:
    """A free place at the left, under everything."""
    if not pipeline.blocks:
        return 0.0, 0.0
    return min(b.x for b in pipeline.blocks), max(b.y for b in pipeline.blocks) + ROW


def nearest_free(pipeline: Pipeline, x: float, y: float) -> tuple[float, float]:
    """The place nearest to this one where a block covers no other and leaves room for links between: beside, above or
    below those that are there."""
    width, height, there = BLOCK_WIDTH + 2 * GRID, ROOM + 2 * GRID, shown_blocks(pipeline)
    columns = {x, *(block.x + side * width for block in there for side in (1, -1))}
    best, far = (x, y), math.inf
    for column in sorted(columns, key=lambda column: abs(column - x)):
        if abs(column - x) >= far:
            break
        beside = [block.y for block in there if abs(block.x - column) < width]
        rows = {y, *(top + side * height for top in beside for side in (1, -1))}
        free = (r for r in sorted(rows, key=lambda row: abs(row - y)) if all(abs(r - top) >= height for top in beside))
        if (row := next(free, None)) is not None and (distance := math.hypot(column - x, row - y)) < far:
            best, far = (column, row), distance
    return best


def covers(pipeline: Pipeline, ids: Iterable[str]) -> bool:
    """True if any of these blocks lies over another."""
    covering, cells = set(ids), defaultdict(list)
    for block in shown_blocks(pipeline):
        cells[_cell(block)].append(block)
    for block in [block for members in cells.values() for block in members if block.id in covering]:
        column, row = _cell(block)
        near = [other for dx in (-1, 0, 1) for dy in (-1, 0, 1) for other in cells.get((column + dx, row + dy), ())]
        if any(other.id != block.id and overlapping(block.x, block.y, other) for other in near):
            return True
    return False


def _cell(block: Block) -> tuple[int, int]:
    """Of a grid in which only blocks of neighboring cells can overlap."""
    return math.floor(block.x / BLOCK_WIDTH), math.floor(block.y / ROOM)


def _free_below(pipeline: Pipeline, places: Iterable[tuple[float, float]]) -> float:
    """By how much these places have to go down, row by row, until a block at none of them covers another."""
    down, there, corners = 0.0, shown_blocks(pipeline), list(places)
    while any(overlapping(x, y + down, block) for x, y in corners for block in there):
        down += ROW
    return down
