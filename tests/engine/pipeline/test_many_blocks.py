"""Checking and reading a pipeline takes steps in proportion to its blocks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from engine.pipeline.document import Block, Link, Pipeline
from engine.pipeline.legality import problems, roots


def chain(count: int) -> Pipeline:
    steps: list[tuple[str, dict[str, Any]]] = [("svd", {}) if i % 2 else ("spinquant", {}) for i in range(count)]
    return Pipeline.linear([("model", {}), *steps])


def calls(work: Callable[[], object]) -> int:
    """Functions that are called, those in C too."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_twice_the_blocks_take_twice_the_steps() -> None:
    problems(chain(3))
    small, large = chain(150), chain(300)
    texts = small.to_json(), large.to_json()
    for work in (problems, roots, Pipeline.order):
        assert calls(lambda work=work: work(large)) < 2.3 * calls(lambda work=work: work(small))  # type: ignore[misc]
    assert calls(lambda: Pipeline.from_json(texts[1])) < 2.3 * calls(lambda: Pipeline.from_json(texts[0]))
    assert calls(lambda: problems(large)) < 300 * 150


def test_a_rule_is_told_of_the_nearest_block_that_breaks_it() -> None:
    steps: list[tuple[str, dict[str, Any]]] = [("svd", {}), ("svd", {}), ("spinquant", {})]
    pipeline = Pipeline.linear([("model", {}), *steps])
    pipeline = pipeline.with_block(pipeline.block("svd_2").model_copy(update={"title": "Nearest"}))
    found = [problem for problem in problems(pipeline) if problem.block == "spinquant_1"]
    assert [problem.severity for problem in found] == ["error"] and "can't come after Nearest" in found[0].message


def test_what_was_found_about_blocks_does_not_outlive_a_change() -> None:
    pipeline = chain(2)
    assert pipeline.has("svd_1") and pipeline.into("svd_1")
    copy = pipeline.model_copy(update={"blocks": (Block(id="a", method="model"),), "links": ()})
    assert copy.has("a") and not copy.has("svd_1") and not copy.into("svd_1")
    assert pipeline.without(["svd_1"]).into("svd_1") == {}
    more = copy.with_block(Block(id="b", method="svd")).with_link(Link(source="a", target="b"))
    assert more.into("b") == {"model": "a"} and more.out_of("a") == ("b",) and copy.out_of("a") == ()
    assert pipeline == Pipeline.from_json(pipeline.to_json()) and "_index" not in pipeline.model_dump()
