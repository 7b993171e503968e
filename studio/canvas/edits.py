"""The edits of the canvas as pure functions on pipelines. No widgets: gestures, menus and keys all end here."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pydantic

from engine.contracts.errors import BadInput
from engine.contracts.files import parse_json
from engine.contracts.settings import fields
from engine.pipeline.document import Block, Comment, Face, Group, Link, Pipeline
from studio.canvas.describe import choices_of, info_of, input_ports, plain, title_of
from studio.canvas.folding import shown_blocks
from studio.canvas.layout import BLOCK_WIDTH, COLUMN, GRID, ROOM, ROW, overlapping
from studio.settings import defaults_of


def add(pipeline: Pipeline, method: str, x: float, y: float) -> tuple[Pipeline, str]:
    """An unlinked block at a place (moved down until it covers no other); gives its id too."""
    block = Block(
        id=pipeline.fresh_id(method), method=method, settings=defaults_of(method), x=x, y=_free_y(pipeline, x, y)
    )
    return pipeline.with_block(block), block.id


def add_linked(pipeline: Pipeline, method: str, x: float, y: float, source: str | None) -> tuple[Pipeline, str]:
    """A block at a place, its main input linked to ``source`` if there is one and it takes inputs."""
    pipeline, block_id = add(pipeline, method, x, y)
    ports = input_ports(method)
    if source is not None and ports:
        pipeline = pipeline.with_link(Link(source=source, target=block_id, port=ports[0]))
    return pipeline, block_id


def add_after(pipeline: Pipeline, method: str, after: str | None) -> tuple[Pipeline, str]:
    """A block behind ``after`` (None: at the end of the pipeline): put into the chain if one block follows, else as
    its end or a new branch."""
    if after is None:
        ends = unfollowed(pipeline)
        after = max(ends, key=lambda block: block.x).id if ends else None
    if after is None or not input_ports(method):
        x, y = below(pipeline)
        return add(pipeline, method, x, y)
    following = [link for link in pipeline.links if link.source == after]
    if len(following) == 1:
        return insert(pipeline, method, following[0])
    before = pipeline.block(after)
    return add_linked(pipeline, method, before.x + COLUMN, before.y, after)


def insert(pipeline: Pipeline, method: str, link: Link) -> tuple[Pipeline, str]:
    """A new block in the middle of a link. Raises `BadInput` for a method without inputs."""
    block = Block(id=pipeline.fresh_id(method), method=method, settings=defaults_of(method))
    return _insert(pipeline.with_block(block), block, link), block.id


def insert_existing(pipeline: Pipeline, block_id: str, link: Link) -> Pipeline:
    """Put an unlinked block that is there already into the middle of a link."""
    return _insert(pipeline, pipeline.block(block_id), link)


def _insert(pipeline: Pipeline, block: Block, link: Link) -> Pipeline:
    ports = input_ports(block.method)
    if not ports:
        raise BadInput(f"'{title_of(block)}' can't stand in a link", why="it starts a pipeline and takes no input")
    source, target = pipeline.block(link.source), pipeline.block(link.target)
    missing = source.x + 2 * COLUMN - target.x
    if missing > 0:
        pipeline = move(pipeline, {link.target, *pipeline.downstream(link.target)}, missing, 0)
    pipeline = pipeline.with_block(block.model_copy(update={"x": source.x + COLUMN, "y": target.y}))
    pipeline = pipeline.without_link(link).with_link(Link(source=link.source, target=block.id, port=ports[0]))
    return pipeline.with_link(Link(source=block.id, target=link.target, port=link.port))


def refusal(pipeline: Pipeline, source: str, target: str, port: str | None) -> str:
    """Why there can't be a link from ``source`` into ``port`` of ``target`` ("" if there can)."""
    ports = input_ports(pipeline.block(target).method)
    name = title_of(pipeline.block(target))
    if source == target:
        return "A block can't follow itself."
    if not ports:
        return f"'{name}' starts a pipeline and takes no input."
    if port is not None and port not in ports:
        return f"'{name}' has no input '{port}'."
    if source in pipeline.downstream(target):
        return f"This would run in a circle: '{title_of(pipeline.block(source))}' already comes after '{name}'."
    return ""


def port_for(pipeline: Pipeline, target: str) -> str | None:
    """The input that a link dropped on a block goes to: the first free one, else the main one."""
    ports = input_ports(pipeline.block(target).method)
    taken = pipeline.into(target)
    return next((port for port in ports if port not in taken), ports[0] if ports else None)


def unfollowed(pipeline: Pipeline) -> list[Block]:
    """The blocks that nothing follows yet."""
    used = {link.source for link in pipeline.links}
    return [block for block in pipeline.blocks if block.id not in used]


def free_output(pipeline: Pipeline, x: float, y: float) -> str | None:
    """The nearest block to the left of a place that nothing follows yet."""
    free = [block for block in unfollowed(pipeline) if block.x < x]
    return min(free, key=lambda b: (b.x - x) ** 2 + 4 * (b.y - y) ** 2).id if free else None


def move(pipeline: Pipeline, ids: Iterable[str], dx: float, dy: float) -> Pipeline:
    """Shift blocks and comments."""
    moved = set(ids)
    for thing in things(pipeline):
        if thing.id in moved:
            pipeline = _with(pipeline, thing.model_copy(update={"x": thing.x + dx, "y": thing.y + dy}))
    return pipeline


def things(pipeline: Pipeline) -> list[Block | Comment]:
    """All that has an id and a place."""
    return [*pipeline.blocks, *pipeline.comments]


def _with(pipeline: Pipeline, thing: Block | Comment) -> Pipeline:
    return pipeline.with_block(thing) if isinstance(thing, Block) else pipeline.with_comment(thing)


def swap_with_previous(pipeline: Pipeline, block_id: str) -> Pipeline:
    """Let a block and the one before it in its chain change places. Raises `BadInput` if that has no meaning."""
    block = pipeline.block(block_id)
    ports = input_ports(block.method)
    before_id = pipeline.into(block_id).get(ports[0]) if ports else None
    if before_id is None:
        raise BadInput(f"'{title_of(block)}' can't move up", why="nothing stands before it")
    before = pipeline.block(before_id)
    before_ports = input_ports(before.method)
    if not before_ports:
        raise BadInput(f"'{title_of(block)}' can't move up", why=f"the pipeline starts with '{title_of(before)}'")
    if len(pipeline.out_of(before_id)) > 1:
        raise BadInput(f"'{title_of(block)}' can't move up", why=f"'{title_of(before)}' has several branches")
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
    kept = set(ids)
    return json.dumps(
        {
            "compression_studio": 1,
            "blocks": [b.model_dump(mode="json") for b in pipeline.blocks if b.id in kept],
            "links": [k.model_dump() for k in pipeline.links if k.source in kept and k.target in kept],
            "comments": [c.model_dump() for c in pipeline.comments if c.id in kept],
            "groups": [g.model_dump() for g in pipeline.groups if kept.issuperset(g.blocks)],
        },
        indent=2,
    )


def can_paste(text: str) -> bool:
    """Whether a text is what `to_clipboard` gives, told from how it begins: others may be long."""
    return text[:40].split()[:2] == ["{", '"compression_studio":']


def paste(pipeline: Pipeline, text: str, x: float | None = None, y: float = 0.0) -> tuple[Pipeline, list[str]]:
    """Add what `to_clipboard` gave, with new ids, its corner at a place (or beside where it was).
    Raises `BadInput` if the text is something else."""
    try:
        data = parse_json(text)
        if data["compression_studio"] != 1:
            raise ValueError
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
        while any(
            overlapping(thing.x + dx, thing.y + dy, block) for thing in pasted for block in shown_blocks(pipeline)
        ):
            dy += ROW
    else:
        dx, dy = x - min(t.x for t in pasted), y - min(t.y for t in pasted)
    names: dict[str, str] = {}
    for thing in pasted:
        new = pipeline.fresh_id(thing.method if isinstance(thing, Block) else "comment")
        names[thing.id] = new
        pipeline = _with(pipeline, thing.model_copy(update={"id": new, "x": thing.x + dx, "y": thing.y + dy}))
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
    entry = next((b for b in blocks if input_ports(b.method) and not pipeline.into(b.id)), None)
    last = next((b for b in blocks if not pipeline.out_of(b.id)), None)
    if link is not None:
        if entry is None or last is None:
            raise BadInput("These blocks can't stand in a link", why="none of them takes an input")
        pipeline, source = pipeline.without_link(link), link.source
    if entry is not None and source is not None:
        pipeline = pipeline.with_link(Link(source=source, target=entry.id, port=input_ports(entry.method)[0]))
    if link is not None and last is not None:
        pipeline = pipeline.with_link(Link(source=last.id, target=link.target, port=link.port))
    return pipeline, new


def duplicate(pipeline: Pipeline, ids: Iterable[str]) -> tuple[Pipeline, list[str]]:
    """Copies below the originals, fed by the same blocks: the quick way to a variant."""
    wanted = [thing for thing in things(pipeline) if thing.id in set(ids)]
    if not wanted:
        return pipeline, []
    x, y = min(thing.x for thing in wanted), max(thing.y for thing in wanted) + ROW
    while any(
        overlapping(thing.x, thing.y + y - min(t.y for t in wanted), b)
        for thing in wanted
        for b in shown_blocks(pipeline)
    ):
        y += ROW
    result, new = paste(pipeline, to_clipboard(pipeline, [thing.id for thing in wanted]), x, y)
    names = dict(zip([thing.id for thing in wanted], new, strict=True))
    for link in pipeline.links:
        if link.target in names and link.source not in names:
            result = result.with_link(Link(source=link.source, target=names[link.target], port=link.port))
    return result, new


ROTATIONS = {"none": "No rotation", "hadamard": "Random Hadamard", "learned": "Learned rotation"}
"""Values of the setting "rotation" that are worth comparing."""


def can_compare_rotations(pipeline: Pipeline, block_id: str) -> bool:
    """Whether a block rotates, so that its rotations can be compared."""
    info = info_of(pipeline.block(block_id).method) if pipeline.has(block_id) else None
    return info is not None and {"none", "hadamard", "learned"} <= choices_of(info, "rotation")


def is_rotated(pipeline: Pipeline, block_id: str) -> bool:
    """Whether this block or one before it rotates the weights."""
    return any(
        can_compare_rotations(pipeline, name) and _rotation(pipeline.block(name)) != "none"
        for name in (block_id, *pipeline.upstream(block_id))
    )


def rotation_variants(pipeline: Pipeline, block_id: str) -> tuple[Pipeline, list[str]]:
    """The block without rotation, with a random Hadamard and with a learned one, fed by the same blocks. Branches that
    are there already are used, and those without a title are called by their rotation; gives the ids in the order of
    `ROTATIONS`."""
    block, into = pipeline.block(block_id), pipeline.into(block_id)
    found: dict[str, str] = {}
    for other in pipeline.blocks:
        same = _without_rotation(other) == _without_rotation(block) and pipeline.into(other.id) == into
        if other.method == block.method and same:
            found.setdefault(_rotation(other), other.id)
    if _rotation(block) in ROTATIONS:
        found[_rotation(block)] = block_id
    y = block.y
    for rotation, title in ROTATIONS.items():
        if rotation not in found:
            while any(overlapping(block.x, y, other) for other in pipeline.blocks):
                y += ROW
            new = Block(
                id=pipeline.fresh_id(block.method),
                method=block.method,
                settings={**block.settings, "rotation": rotation},
                title=title,
                x=block.x,
                y=y,
            )
            pipeline = pipeline.with_block(new)
            for port, source in into.items():
                pipeline = pipeline.with_link(Link(source=source, target=new.id, port=port))
            found[rotation] = new.id
    for rotation, title in ROTATIONS.items():
        used = pipeline.block(found[rotation])
        if not used.title:
            pipeline = pipeline.with_block(used.model_copy(update={"title": title}))
    return pipeline, [found[rotation] for rotation in ROTATIONS]


def _rotation(block: Block) -> str:
    info = info_of(block.method)
    default = plain(info.settings.model_fields["rotation"].default) if info is not None else ""
    return str(block.settings.get("rotation", default))


def _without_rotation(block: Block) -> dict[str, object]:
    """The settings that every rotation has."""
    info = info_of(block.method)
    apart = {"rotation"}
    if info is not None:
        apart |= {field.name for field in fields(info.settings) if (field.shown_if or ("",))[0] == "rotation"}
    return {name: value for name, value in block.settings.items() if name not in apart}


def below(pipeline: Pipeline) -> tuple[float, float]:
    """A free place at the left, under everything."""
    if not pipeline.blocks:
        return 0.0, 0.0
    return min(b.x for b in pipeline.blocks), max(b.y for b in pipeline.blocks) + ROW


def nearest_free(pipeline: Pipeline, x: float, y: float) -> tuple[float, float]:
    """The place nearest to this one where a block covers no other: beside, above or below those that are there."""
    gap, there = 2 * GRID, shown_blocks(pipeline)
    xs = [x, *(block.x + side * (BLOCK_WIDTH + gap) for block in there for side in (1, -1))]
    ys = [y, *(block.y + side * (ROOM + gap) for block in there for side in (1, -1))]
    near = sorted(((a, b) for a in xs for b in ys), key=lambda place: (place[0] - x) ** 2 + (place[1] - y) ** 2)
    return next((place for place in near if not any(overlapping(*place, block) for block in there)), (x, y))


def covers(pipeline: Pipeline, ids: Iterable[str]) -> bool:
    """Whether any of these blocks lies over another."""
    there, wanted = shown_blocks(pipeline), set(ids)
    return any(a.id in wanted and a.id != b.id and overlapping(a.x, a.y, b) for a in there for b in there)


def _free_y(pipeline: Pipeline, x: float, y: float) -> float:
    while any(overlapping(x, y, block) for block in shown_blocks(pipeline)):
        y += ROW
    return y
