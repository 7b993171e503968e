"""When two pipelines would leave the same, what they differ in, and how their blocks are told apart."""

from __future__ import annotations

from engine.pipeline.differences import differences, is_version_of, meaning, result_key
from engine.pipeline.document import Block, Link, Pipeline
from engine.pipeline.names import distinct_titles

NOW = Pipeline.linear([("model", {}), ("round_to_nearest", {"group_size": 64})], name="mine")
BEFORE = NOW.with_settings("round_to_nearest_1", group_size=32, format="int8")


def branched() -> Pipeline:
    pipeline = Pipeline.linear([("model", {}), ("round_to_nearest", {"format": "int8"})])
    other = Block(id="b", method="round_to_nearest", settings={"format": "int4"})
    return pipeline.with_block(other).with_link(Link(source="model_1", target="b"))


def test_a_result_fits_until_something_upstream_changes():
    pipeline = branched()
    key = result_key(pipeline, "b")
    moved = pipeline.with_block(pipeline.block("b").model_copy(update={"x": 99.0, "title": "Mine"}))
    assert result_key(moved, "b") == key
    assert result_key(pipeline.with_settings("round_to_nearest_1", format="nf4"), "b") == key
    assert result_key(pipeline.with_settings("model_1", model="other"), "b") != key
    assert result_key(pipeline.with_settings("b", format="nf4"), "b") != key


def test_blocks_of_the_same_name_are_told_apart():
    titles = distinct_titles(branched())
    assert titles["model_1"] == "Model"
    assert len(set(titles.values())) == 3
    twins = branched().with_settings("b", format="int8")
    assert len(set(distinct_titles(twins).values())) == 3


def test_differences_are_said_in_the_words_of_forms() -> None:
    assert differences(NOW, NOW) == []
    assert differences(NOW, BEFORE) == ["Round to nearest: Format int4 → int8, Group size 64 → 32"]
    more = Pipeline.linear([("model", {}), ("round_to_nearest", {"group_size": 64}), ("svd", {})], name="mine")
    assert differences(NOW, more) == ["+ SVD"] and differences(more, NOW) == ["− SVD"]


def test_places_and_names_change_no_result() -> None:
    moved = NOW.with_block(NOW.block("model_1").model_copy(update={"x": 9.0})).model_copy(update={"name": "other"})
    assert meaning(moved) == meaning(NOW) != meaning(BEFORE)


def test_an_earlier_form_has_the_name_and_a_model() -> None:
    assert is_version_of(BEFORE, NOW)
    assert not is_version_of(BEFORE.model_copy(update={"name": "other"}), NOW)
    assert not is_version_of(BEFORE.with_settings("model_1", model="another"), NOW)
