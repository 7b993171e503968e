"""Edits of a pipeline's graph."""

from __future__ import annotations

import json

import pytest

from engine.base.errors import BadInput
from engine.pipeline import edits
from engine.pipeline.document import Comment, Link, Pipeline
from engine.pipeline.layout import BLOCK_HEIGHT, BLOCK_WIDTH, COLUMN, GRID, branches, overlapping, tidy
from engine.pipeline.migrations import VERSION

RTN = "round_to_nearest"
CHAIN = Pipeline.linear([("model", {}), (RTN, {}), (RTN, {"format": "int8"})])
A, B, C = "model_1", f"{RTN}_1", f"{RTN}_2"


def links(pipeline: Pipeline) -> set[tuple[str, str, str]]:
    return {(link.source, link.target, link.port) for link in pipeline.links}


def test_add_after_goes_into_the_chain_and_makes_room() -> None:
    result, new = edits.add_after(CHAIN, RTN, A)
    assert links(result) == {(A, new, "model"), (new, B, "model"), (B, C, "model")}
    xs = [result.block(name).x for name in (A, new, B, C)]
    assert xs == [0, COLUMN, 2 * COLUMN, 3 * COLUMN]


def test_add_after_the_end_and_after_a_fork() -> None:
    result, new = edits.add_after(CHAIN, RTN, C)
    assert (C, new, "model") in links(result)
    fork, first = edits.add_linked(CHAIN, RTN, 0, 500, A)
    result, new = edits.add_after(fork, RTN, A)
    assert {(A, B, "model"), (A, first, "model"), (A, new, "model")} <= links(result)


def test_a_new_block_never_covers_another() -> None:
    pipeline = CHAIN
    for _ in range(4):
        pipeline, _ = edits.add_linked(pipeline, RTN, COLUMN, 0, A)
    places = [(b.x, b.y) for b in pipeline.blocks]
    for i, (x, y) in enumerate(places):
        for u, v in places[:i]:
            assert abs(x - u) >= BLOCK_WIDTH or abs(y - v) >= BLOCK_HEIGHT


def test_a_source_cannot_stand_in_a_link() -> None:
    with pytest.raises(BadInput, match="takes no input"):
        edits.insert(CHAIN, edits.new_block(CHAIN, "model"), CHAIN.links[0])


def test_refusals_are_sentences() -> None:
    assert "circle" in edits.refusal(CHAIN, C, B, "model")
    assert "starts a pipeline" in edits.refusal(CHAIN, B, A, None)
    assert "itself" in edits.refusal(CHAIN, B, B, "model")
    assert "no input" in edits.refusal(CHAIN, A, B, "teacher")
    assert edits.refusal(CHAIN, A, C, "model") == ""


def test_the_first_free_port_is_taken() -> None:
    pipeline, pair = edits.add(CHAIN, "logit_distillation", 0, 900)
    assert edits.port_for(pipeline, pair) == "model"
    pipeline = pipeline.with_link(Link(source=A, target=pair))
    assert edits.port_for(pipeline, pair) == "teacher"


def test_deleting_a_stretch_of_the_chain_bridges_it() -> None:
    longer = Pipeline.linear([("model", {})] + [(RTN, {})] * 4)
    rest = longer.without([f"{RTN}_1", f"{RTN}_2", f"{RTN}_3"], bridge=True)
    assert links(rest) == {(A, f"{RTN}_4", "model")}


def test_copy_and_paste_keeps_inner_links_and_settings() -> None:
    pipeline = CHAIN.with_comment(Comment(id="note", text="hello"))
    text = edits.to_clipboard(pipeline, [B, C, "note"])
    result, new = edits.paste(pipeline, text, 1000, 2000)
    assert len(new) == 3 and len(set(new) | {b.id for b in pipeline.blocks}) == 6
    assert (new[0], new[1], "model") in links(result)
    assert len(result.links) == 3
    assert result.block(new[1]).settings == {"format": "int8"}
    note = result.comments[-1]
    assert (note.text, note.x, note.y) == ("hello", 1000, 2000)
    assert [result.block(name).x for name in new[:2]] == [1000 + COLUMN, 1000 + 2 * COLUMN]


def test_paste_beside_the_originals_covers_no_block() -> None:
    result, new = edits.paste(CHAIN, edits.to_clipboard(CHAIN, [B, C]))
    result, more = edits.paste(result, edits.to_clipboard(CHAIN, [B, C]))
    for name in (*new, *more):
        here = result.block(name)
        assert not any(overlapping(here.x, here.y, other) for other in result.blocks if other.id != name)


@pytest.mark.parametrize("text", ["", "hello", "[]", '{"compression_studio": 2}', '{"compression_studio": 1}'])
def test_a_strange_clipboard_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="clipboard holds no blocks"):
        edits.paste(CHAIN, text)


def test_duplicate_is_fed_by_the_same_block() -> None:
    result, (new,) = edits.duplicate(CHAIN, [C])
    assert (B, new, "model") in links(result)
    assert result.block(new).settings == {"format": "int8"}


def test_swap_in_the_chain() -> None:
    result = edits.swap_with_previous(CHAIN, C)
    assert links(result) == {(A, C, "model"), (C, B, "model")}
    assert (result.block(C).x, result.block(B).x) == (CHAIN.block(B).x, CHAIN.block(C).x)
    assert links(edits.swap_with_previous(result, B)) == links(CHAIN)
    with pytest.raises(BadInput, match="starts with"):
        edits.swap_with_previous(CHAIN, B)


def test_swap_takes_followers_along() -> None:
    pipeline, tail = edits.add_after(CHAIN, RTN, C)
    result = edits.swap_with_previous(pipeline, C)
    assert links(result) == {(A, C, "model"), (C, B, "model"), (B, tail, "model")}
    fork, _ = edits.add_linked(CHAIN, RTN, 0, 900, B)
    with pytest.raises(BadInput, match="several branches"):
        edits.swap_with_previous(fork, C)


def test_tidy_separates_blocks_and_runs_to_the_right() -> None:
    pipeline = CHAIN
    for parent in (A, A, B, B, C):
        pipeline, new = edits.add_linked(pipeline, RTN, 0, 0, parent)
    pipeline, pair = edits.add_linked(pipeline, "logit_distillation", 0, 0, new)
    pipeline = pipeline.with_link(Link(source=A, target=pair, port="teacher"))
    result = tidy(pipeline)
    for link in result.links:
        assert result.block(link.target).x >= result.block(link.source).x + COLUMN
    places = {(b.x, b.y) for b in result.blocks}
    assert len(places) == len(result.blocks)
    for block in result.blocks:
        near = [o for o in result.blocks if o.x == block.x and o is not block]
        assert all(abs(o.y - block.y) >= BLOCK_HEIGHT for o in near)
    assert tidy(result) == result
    assert tidy(Pipeline()) == Pipeline()


def test_a_dropped_block_stays_where_it_was_dropped_or_beside_what_is_there() -> None:
    x, y = CHAIN.block(B).x, CHAIN.block(B).y
    assert edits.nearest_free(CHAIN, x, y + 400) == (x, y + 400)
    last = max(CHAIN.blocks, key=lambda block: block.x)
    found = edits.nearest_free(CHAIN, last.x + 200, last.y + 8)
    assert found == (last.x + BLOCK_WIDTH + 2 * GRID, last.y + 8)  # to the right: not a row below
    assert not any(
        overlapping(*edits.nearest_free(CHAIN, b.x + 30, b.y + 30), o) for b in CHAIN.blocks for o in CHAIN.blocks
    )


def test_a_chain_is_flat_and_a_fork_has_branches() -> None:
    assert branches(CHAIN) == {None: [A], A: [B, C]}
    forked, e = edits.add_linked(CHAIN, RTN, 0, 900, B)
    forked, f = edits.add_linked(forked, RTN, 300, 900, e)
    assert branches(forked) == {None: [A], A: [B], B: [C, e], e: [f]}


def test_blocks_without_links_and_second_inputs_are_shown_once() -> None:
    pipeline, pair = edits.add_linked(CHAIN, "logit_distillation", 0, 900, B)
    pipeline = pipeline.with_link(Link(source=A, target=pair, port="teacher"))
    pipeline, alone = edits.add(pipeline, RTN, 0, 1200)
    rows = branches(pipeline)
    assert sorted(name for below in rows.values() for name in below) == sorted(b.id for b in pipeline.blocks)
    assert pair in rows[B] and alone in rows[None]


def test_a_new_block_begins_with_what_is_given() -> None:
    pipeline, new = edits.add_after(CHAIN, RTN, C, {"group_size": 32})
    assert pipeline.block(new).settings == {"group_size": 32} and pipeline.block(new).value("group_size") == 32
    assert pipeline.block(C).value("group_size") != 32 and pipeline.block(C).value("nothing") is None


def test_a_frame_is_around_the_blocks_and_their_results() -> None:
    pipeline, new = edits.frame(CHAIN, [B, C])
    (note,) = pipeline.comments
    assert note.id == new
    for block in (pipeline.block(B), pipeline.block(C)):
        assert note.x < block.x and block.x + BLOCK_WIDTH < note.x + note.width
        assert note.y < block.y and block.y + BLOCK_HEIGHT < note.y + note.height


def test_fold_and_unfold_know_groups_by_their_blocks() -> None:
    folded = edits.fold(CHAIN, [B, C])
    assert folded.groups[0].folded
    shown = edits.unfold(folded, [B])
    assert not shown.groups[0].folded
    assert edits.fold(shown, [C]) == folded
    assert not edits.unfold(shown, [B]).groups


def test_blocks_that_an_earlier_release_saved_mean_what_they_meant() -> None:
    block = {"id": "a", "method": "awq", "settings": {}}
    for version, symmetric in ((1, True), (VERSION, False)):
        text = json.dumps({"compression_studio": version, "blocks": [block], "comments": [], "links": []})
        pipeline, (name,) = edits.paste(Pipeline(), text)
        assert pipeline.block(name).value("symmetric") is symmetric
