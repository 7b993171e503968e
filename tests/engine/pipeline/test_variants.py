"""What makes something to compare: bypass, branches, another method, several values of a setting, rotations."""

from __future__ import annotations

import pytest

from engine.base.errors import BadInput
from engine.contracts.settings import FieldInfo, field_of
from engine.methods.registry import methods
from engine.pipeline import variants
from engine.pipeline.document import Pipeline

CHAIN = Pipeline.linear([("model", {"model": "sample"}), ("svd", {}), ("gptq", {"bits": 3, "group_size": 32})])
MODEL, SVD, GPTQ = "model_1", "svd_1", "gptq_1"
SPIN = Pipeline.linear([("model", {"model": "sample"}), ("spinquant", {"rotation": "hadamard", "num_samples": 8})])


def field(name: str, method: str = "gptq") -> FieldInfo:
    found = field_of(methods()[method].settings, name)
    assert found is not None
    return found


def test_bypass_leaves_a_block_out_and_takes_it_in_again() -> None:
    out = variants.toggle_bypass(CHAIN, [SVD])
    assert out.block(SVD).bypassed and not out.active().has(SVD)
    assert out.active().into(GPTQ) == {"model": MODEL}, "the flow passes through"
    assert Pipeline.from_json(out.to_json()) == out, "it is in the file"
    assert variants.toggle_bypass(out, [SVD]) == CHAIN
    assert "bypassed" not in CHAIN.to_json(), "other files stay as they were"
    with pytest.raises(BadInput, match="pipeline starts with it"):
        variants.toggle_bypass(CHAIN, [MODEL])


def test_a_branch_has_all_that_follows() -> None:
    made, names = variants.branch(CHAIN, SVD)
    assert names == ["svd_2", "gptq_2"]
    assert made.into("svd_2") == {"model": MODEL} and made.into("gptq_2") == {"model": "svd_2"}
    assert made.block("gptq_2").settings == CHAIN.block(GPTQ).settings


def test_swap_keeps_what_both_methods_have() -> None:
    made = variants.swap(CHAIN, GPTQ, "round_to_nearest")
    assert made.block(GPTQ).method == "round_to_nearest" and made.block(GPTQ).settings["group_size"] == 32
    assert made.into(GPTQ) == {"model": SVD}
    block = CHAIN.block(GPTQ)
    assert [variants.can_stand_for(block, methods()[name]) for name in ("model", "gptq", "svd")] == [False, False, True]


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("group_size", "32, 64,128", [32, 64, 128]),
        ("group_size", "32..128 step 32", [32, 64, 96, 128]),
        ("damping", "1 %, 0.05", [0.01, 0.05]),
        ("damping", "0.1..0.3 step 0.1", [0.1, 0.2, 0.3]),
        ("act_order", "on, off", [True, False]),
    ],
)
def test_several_values_are_read(name: str, text: str, values: list[object]) -> None:
    assert variants.sweep_values(field(name), text) == values


@pytest.mark.parametrize("text", ["", "3", "a, b", "8..2", "1..1000", "3, 3", "2.5, 3"])
def test_what_can_not_be_swept_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        variants.sweep_values(field("group_size"), text)


def test_a_sweep_is_a_branch_for_every_value() -> None:
    made, names = variants.sweep(CHAIN, SVD, "compression_ratio", [0.2, 0.4, 0.6])
    assert [made.block(name).settings["compression_ratio"] for name in names] == [0.2, 0.4, 0.6]
    assert len(made.blocks) == 7, "each with what follows"
    places = [(block.x, block.y) for block in made.blocks]
    assert len(set(places)) == 7, "none covers another"


def test_a_sweep_can_keep_the_value_that_has_a_result() -> None:
    pipeline = CHAIN.with_settings(SVD, compression_ratio=0.4)
    for values, wanted in (([0.2, 0.6], [0.2, 0.4, 0.6]), ([0.6, 0.2], [0.4, 0.6, 0.2]), ([0.4, 0.5], [0.4, 0.5])):
        made, names = variants.sweep(pipeline, SVD, "compression_ratio", list(values), keep=True)
        assert [made.block(name).settings["compression_ratio"] for name in names] == wanted
        assert names[wanted.index(0.4)] == SVD, "it stays the block that it is"
    made, names = variants.sweep(pipeline, SVD, "compression_ratio", [0.2, 0.6])
    assert len(names) == 2, "without a result the values are those that were asked for"


def test_a_block_gets_the_other_two_beside_it() -> None:
    pipeline, ids = variants.rotation_variants(SPIN, "spinquant_1")
    blocks = [pipeline.block(name) for name in ids]
    assert ids[1] == "spinquant_1" and [b.settings["rotation"] for b in blocks] == ["none", "hadamard", "learned"]
    assert all(b.settings["num_samples"] == 8 and pipeline.into(b.id) == {"model": "model_1"} for b in blocks)
    assert len({(b.x, b.y) for b in blocks}) == 3
    assert [block.title for block in blocks] == ["No rotation", "Random Hadamard", "Learned rotation"]
    assert variants.rotation_variants(pipeline, ids[2]) == (pipeline, ids)


def test_a_title_that_a_person_gave_stays() -> None:
    named = SPIN.with_block(SPIN.block("spinquant_1").model_copy(update={"title": "Mine"}))
    pipeline, ids = variants.rotation_variants(named, "spinquant_1")
    assert [pipeline.block(name).title for name in ids] == ["No rotation", "Mine", "Learned rotation"]


def test_branches_that_are_there_are_used_also_with_settings_of_learning() -> None:
    pipeline, ids = variants.rotation_variants(SPIN, "spinquant_1")
    pipeline = pipeline.with_settings(ids[2], steps=3)
    assert variants.rotation_variants(pipeline, "spinquant_1") == (pipeline, ids)
    other = pipeline.with_settings(ids[2], num_samples=16)
    assert len(variants.rotation_variants(other, "spinquant_1")[0].blocks) == 5


def test_only_what_rotates_can_be_compared() -> None:
    assert variants.can_compare_rotations(SPIN, "spinquant_1") and not variants.can_compare_rotations(SPIN, "model_1")
    assert not variants.can_compare_rotations(SPIN, "gone")
    assert variants.is_rotated(SPIN, "spinquant_1") and not variants.is_rotated(SPIN, "model_1")
    assert not variants.is_rotated(SPIN.with_settings("spinquant_1", rotation="none"), "spinquant_1")
