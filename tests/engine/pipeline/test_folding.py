"""Groups of blocks that one card stands for."""

from __future__ import annotations

import json

import pytest

from engine.base.errors import BadInput
from engine.pipeline import edits, folding, layout, variants
from engine.pipeline.document import Face, Link, Pipeline

RTN, SVD = "round_to_nearest", "svd"
CHAIN = Pipeline.linear([("model", {}), (RTN, {"group_size": 32}), (SVD, {})])
FIRST, LAST = f"{RTN}_1", f"{SVD}_1"


def swept() -> tuple[Pipeline, list[str]]:
    return variants.sweep(CHAIN, FIRST, "format", ["int8", "int4", "int3"])


def labels(pipeline: Pipeline, block: str) -> list[str]:
    group = pipeline.group_of(block)
    assert group is not None
    return [folding.label_of(pipeline, group, name) for name in group.blocks]


def test_a_sweep_is_a_card_for_the_block_and_one_for_each_that_follows() -> None:
    made, names = swept()
    assert {group.kind for group in made.groups} == {"sweep"} and len(made.groups) == 2
    assert set(names) == set(made.group_of(FIRST).blocks)  # type: ignore[union-attr]
    assert labels(made, FIRST) == labels(made, LAST) == ["int8", "int4", "int3"]
    assert Pipeline.from_json(made.to_json()) == made
    shown = folding.collapsed(made)
    assert [block.id for block in shown.blocks] == ["model_1", FIRST, LAST]
    assert [(link.source, link.target) for link in shown.links] == [("model_1", FIRST), (FIRST, LAST)]


def test_a_variant_that_is_swept_again_adds_to_the_card() -> None:
    made, names = swept()
    again, more = variants.sweep(made, names[1], "group_size", [32, 64])
    assert labels(again, FIRST) == ["int8 · 32", "int4 · 32", "int3 · 32", "int4 · 64"]
    assert len(again.groups) == 2 and set(more) <= set(again.group_of(FIRST).blocks)  # type: ignore[union-attr]


def test_a_block_before_a_sweep_is_swept_too() -> None:
    made, _ = variants.sweep(CHAIN, LAST, "compression_ratio", [0.2, 0.4])
    again, _ = variants.sweep(made, FIRST, "format", ["int8", "int4"])
    assert sorted(labels(again, LAST)) == ["20 % · int4", "20 % · int8", "40 % · int4", "40 % · int8"]
    assert len(folding.shown_blocks(again)) == 3


def test_what_is_deleted_leaves_its_group_which_ends_with_its_last_but_one() -> None:
    made, names = swept()
    left = made.without([names[2]])
    assert labels(left, FIRST) == ["int8", "int4"]
    left = left.without([names[1]])
    assert left.group_of(FIRST) is None
    assert Pipeline.from_json(left.to_json()) == left


def test_a_macro_must_not_hide_what_stands_between() -> None:
    chain = Pipeline.linear([("model", {}), (RTN, {}), (SVD, {}), (RTN, {"format": "int8"})])
    with pytest.raises(BadInput, match="stands between"):
        folding.fold_into_one(chain, [FIRST, f"{RTN}_2"])
    made, name = folding.fold_into_one(chain, [f"{RTN}_2", LAST])
    group = made.groups[0]
    assert (group.id, group.blocks, group.face) == (
        name,
        (LAST, f"{RTN}_2"),
        (Face(block=f"{RTN}_2", setting="format"),),
    )
    beside = CHAIN.with_block(CHAIN.block(FIRST).model_copy(update={"id": "other"}))
    with pytest.raises(BadInput, match="follow each other"):
        folding.fold_into_one(beside.without_link(Link(source="model_1", target=FIRST)), [FIRST, "other"])


def test_a_copied_macro_is_a_macro_and_a_tidy_canvas_treats_it_as_one_block() -> None:
    made, _ = folding.fold_into_one(CHAIN, [FIRST, LAST])
    copied, new = edits.duplicate(made, [FIRST, LAST])
    assert [group.blocks for group in copied.groups] == [(FIRST, LAST), tuple(new)]
    assert copied.groups[1].face[0].block == new[0]
    tidied = layout.tidy(copied)
    assert tidied.block(FIRST).x == layout.COLUMN == tidied.block(new[0]).x
    above, below = sorted((tidied.block(FIRST).y, tidied.block(new[0]).y))
    assert below - above >= layout.ROOM + layout.ROW_HEIGHT, "rows have room"
    assert tidied.block(LAST).x - tidied.block(FIRST).x == CHAIN.block(LAST).x - CHAIN.block(FIRST).x


@pytest.mark.parametrize(("blocks", "why"), [(["model_1", "nobody"], "names no block"), ([FIRST, LAST], "two groups")])
def test_damaged_groups_are_refused(blocks: list[str], why: str) -> None:
    data = folding.fold_into_one(CHAIN, [FIRST, LAST])[0].model_dump(mode="json")
    data["groups"].append({**data["groups"][0], "id": "another", "face": [], "blocks": blocks})
    with pytest.raises(BadInput, match=why):
        Pipeline.from_json(json.dumps(data))
