"""Groups of blocks that one card stands for: made, folded, taken apart; and the pipeline as it is shown.
Torch-free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.base.errors import BadInput
from engine.contracts.settings import FieldInfo, field_of, fields
from engine.pipeline.document import Block, Face, Group, Link, Pipeline

MOST_ON_FACE = 4
"""Settings that a new group shows; a person chooses others."""


def hidden(pipeline: Pipeline) -> dict[str, Group]:
    """The blocks that are not shown because the card of a folded group stands for them."""
    return {name: group for group in pipeline.groups if group.folded for name in group.blocks}


def lead_of(pipeline: Pipeline, group: Group) -> Block:
    """The block at whose place the card stands: the first of a macro, of a sweep the one that was there before."""
    if group.kind == "macro":
        return pipeline.block(group.blocks[0])
    return next(block for block in pipeline.blocks if block.id in group.blocks)


def stand_ins(pipeline: Pipeline) -> dict[str, str]:
    """For each block that is not shown the one at whose place its card stands."""
    return {name: lead_of(pipeline, group).id for name, group in hidden(pipeline).items()}


def shown_blocks(pipeline: Pipeline) -> list[Block]:
    """The blocks that stand on the canvas; one of a folded group for all of it."""
    stands = stand_ins(pipeline)
    return [block for block in pipeline.blocks if stands.get(block.id, block.id) == block.id]


def collapsed(pipeline: Pipeline) -> Pipeline:
    """The pipeline in which one block of each folded group has the links of all."""
    stands = stand_ins(pipeline)
    if not stands:
        return pipeline
    links: dict[tuple[str, str], Link] = {}
    for link in pipeline.links:
        shown_ends = stands.get(link.source, link.source), stands.get(link.target, link.target)
        if shown_ends[0] != shown_ends[1]:
            links.setdefault(shown_ends, Link(source=shown_ends[0], target=shown_ends[1], port=link.port))
    return pipeline.model_copy(update={"blocks": tuple(shown_blocks(pipeline)), "links": tuple(links.values())})


def ports_of(pipeline: Pipeline, group: Group) -> tuple[str, ...]:
    """The inputs of a folded group's card: that of its first block, and what its blocks take from outside of it."""
    members = set(group.blocks)
    main = lead_of(pipeline, group).inputs[:1]
    linked = (link.port for link in pipeline.links if link.target in members and link.source not in members)
    return tuple(dict.fromkeys((*main, *linked)))


def fold_into_one(pipeline: Pipeline, ids: Iterable[str], title: str = "") -> tuple[Pipeline, str]:
    """One card for these blocks; gives the id of the group. Raises `BadInput` where that would hide something that
    stands between them."""
    joined = set(ids)
    for name in list(joined):
        group = pipeline.group_of(name)
        joined |= set(group.blocks) if group is not None else set()
    members = tuple(block.id for block in pipeline.order() if block.id in joined)
    if len(members) < 2:
        raise BadInput("A group needs at least two blocks", advice="select the blocks that one card should stand for")
    if all(not pipeline.into(name) for name in members):
        raise BadInput("These blocks don't follow each other", advice="select blocks that are linked")
    for block in pipeline.blocks:
        if block.id not in joined and joined & pipeline.upstream(block.id) and joined & pipeline.downstream(block.id):
            raise BadInput(
                "These blocks can't be folded", why=f"'{block.id}' stands between them", advice="select it too"
            )
    for group in [g for g in pipeline.groups if joined.intersection(g.blocks)]:
        pipeline = pipeline.without_group(group.id)
    face = [Face(block=name, setting=key) for name in members for key in pipeline.block(name).settings]
    new = Group(
        id=pipeline.fresh_id("group"), kind="macro", blocks=members, title=title, face=tuple(face[:MOST_ON_FACE])
    )
    return pipeline.with_group(new), new.id


def fold(pipeline: Pipeline, group_id: str, folded: bool) -> Pipeline:
    """One card for a group, or its blocks."""
    return pipeline.with_group(pipeline.group(group_id).model_copy(update={"folded": folded}))


def stack(pipeline: Pipeline, setting: str, rows: Sequence[Mapping[str, str]]) -> Pipeline:
    """A card for the swept block, and one for each block that follows it, for all of its variants. ``rows``: for each
    value the blocks that do the work of the first row's; the swept one comes first."""
    lead = next(iter(rows[0]))
    for first in rows[0]:
        names = [row[first] for row in rows]
        groups = {group.id: group for name in names if (group := pipeline.group_of(name)) is not None}
        if any(group.kind == "macro" for group in groups.values()):
            continue
        old = pipeline.group_of(first)
        faces = _faces(old) if old is not None else {}
        before = faces.get(first, ())
        for row in rows:
            own = faces.get(row[first]) or [Face(block=row.get(f.block, f.block), setting=f.setting) for f in before]
            others = [shown for shown in own if shown.setting != setting]
            faces[row[first]] = (*others, Face(block=row[lead], setting=setting))
        for name, own in faces.items():
            if all(shown.setting != setting for shown in own):
                faces[name] = (*own, Face(block=own[0].block if own else name, setting=setting))
        new = old.id if old is not None else pipeline.fresh_id("group")
        for replaced in groups:
            pipeline = pipeline.without_group(replaced)
        face = tuple(shown for own in faces.values() for shown in own)
        pipeline = pipeline.with_group(Group(id=new, kind="sweep", blocks=tuple(faces), face=face))
    return pipeline


def _faces(group: Group) -> dict[str, tuple[Face, ...]]:
    """Distinguishing label of each variant of a sweep."""
    wide = len(group.face) // len(group.blocks)
    return {name: group.face[n * wide : (n + 1) * wide] for n, name in enumerate(group.blocks)}


def label_of(pipeline: Pipeline, group: Group, block_id: str) -> str:
    """Distinguishing label of a variant in its sweep, such as "int4", or "int4 · 64"."""
    return " · ".join(value_text(pipeline, face, short=True) for face in _faces(group)[block_id]) or block_id


def setting_title(pipeline: Pipeline, face: Face) -> str:
    """Title of a setting on the card."""
    field = _field(pipeline, face)
    return field.title if field is not None else face.setting


def value_text(pipeline: Pipeline, face: Face, *, short: bool = False) -> str:
    """Present value, as forms show it. ``short``: choices as they stand in files, "int4"."""
    field, value = _field(pipeline, face), pipeline.block(face.block).value(face.setting)
    if field is None:
        return str(value)
    if field.choices and not short:
        return str(field.labeled(value))
    if field.kind in ("int", "float") and isinstance(value, int | float):
        return field.text(value) if field.share or not short else f"{value:g}"
    return str(value)


def _field(pipeline: Pipeline, face: Face) -> FieldInfo | None:
    info = pipeline.block(face.block).info
    return field_of(info.settings, face.setting) if info is not None else None


def toggle_face(pipeline: Pipeline, group_id: str, face: Face) -> Pipeline:
    """Show a setting on the card of a group, or no longer."""
    group = pipeline.group(group_id)
    others = tuple(shown for shown in group.face if shown != face)
    return pipeline.with_group(group.model_copy(update={"face": others if face in group.face else (*group.face, face)}))


def offered(pipeline: Pipeline, block_id: str) -> list[Face]:
    """The settings of a block that a card can show."""
    block = pipeline.block(block_id)
    if block.info is None or not block.inputs:
        return []
    infos = fields(block.info.settings)
    values = {field.name: block.value(field.name) for field in infos}
    return [
        Face(block=block_id, setting=field.name)
        for field in infos
        if field.is_shown(values) and (not field.advanced or field.name in block.settings)
    ]
