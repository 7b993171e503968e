"""Texts are chosen once for a pipeline; the bundled ones go by the model."""

from __future__ import annotations

from engine import resources
from engine.pipeline.document import Evaluation, Link, Pipeline
from engine.pipeline.texts import inherited, model_of, with_texts

REAL = "some/model"


def linear(model: str, text: str | None = None) -> Pipeline:
    return Pipeline.linear([("model", {"model": model}), ("gptq", {} if text is None else {"text": text})])


def read(pipeline: Pipeline, block: str = "gptq_1") -> tuple[str, str]:
    found = with_texts(pipeline)
    return found.block(block).settings["text"], found.evaluation.text


def test_the_bundled_texts_go_by_the_model() -> None:
    assert read(linear("sample")) == ("sample", "sample") == read(linear(str(resources.path("sample", "model"))))
    assert read(linear(REAL)) == ("mixed", "mixed") == read(linear(REAL, "bundled"))


def test_blocks_and_measuring_have_the_text_of_the_pipeline_unless_they_say_otherwise() -> None:
    mine = linear(REAL).model_copy(update={"text": "wiki.txt"})
    assert read(mine) == ("wiki.txt", "wiki.txt")
    assert read(mine.with_settings("gptq_1", text="sample:stories"))[0] == "sample:stories"
    assert read(mine.with_evaluation(Evaluation(text="hub:wikitext")))[1] == "hub:wikitext"
    assert (inherited(mine, "gptq_1"), inherited(linear(REAL), None)) == ("wiki.txt", "mixed")


def test_two_models_have_texts_of_their_own_and_one_text_to_be_measured_on() -> None:
    both = Pipeline.linear([("model", {}), ("gptq", {}), ("model", {"model": REAL}), ("gptq", {})])
    both = both.without_link(Link(source="gptq_1", target="model_2"))
    assert read(both) == ("sample", "mixed") and read(both, "gptq_2") == ("mixed", "mixed")


def test_a_text_that_nobody_chose_is_not_written() -> None:
    """Earlier releases read such pipelines."""
    assert '"text": "bundled"' not in linear(REAL).to_json()
    mine = linear(REAL).model_copy(update={"text": "wiki.txt"})
    assert Pipeline.from_json(mine.to_json()).text == "wiki.txt"


def test_what_is_wrong_in_itself_stays_as_it_is() -> None:
    wrong = linear(REAL).with_settings("gptq_1", group_size=-1)
    assert with_texts(wrong).block("gptq_1") == wrong.block("gptq_1")


def test_the_model_that_a_block_works_on() -> None:
    pipeline = Pipeline.linear([("model", {"model": "some/where", "revision": "v2"}), ("gptq", {})])
    assert model_of(pipeline, "gptq_1") == model_of(pipeline, "evaluation") == ("some/where", "v2")
    alone = pipeline.without(["model_1"])
    assert model_of(alone, "gptq_1") == model_of(Pipeline(), "pipeline") == ("", "")
    assert model_of(Pipeline.linear([("model", {})]), "model_1") == ("sample", "")
