"""Verdicts follow from intervals of paired differences and ratios, against the formulas of a textbook."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from engine.claims.catalog import CLAIMS
from engine.claims.page import OLD_NOTE, as_markdown, comparison_text, value_text
from engine.claims.plan import judged, pipeline_of
from engine.claims.rows import bundled, read
from engine.claims.verdicts import arm_means, compared, verdict, verdict_within
from engine.contracts.claims import SAMPLE, Arm, Claim, Comparison, Judged
from engine.pipeline.legality import problems
from engine.pipeline.texts import with_texts

T = {3: 4.303, 5: 2.776}
"""Student's t, 95 %, by the number of seeds."""


@pytest.mark.parametrize(
    ("low", "high", "least", "most", "said"),
    [
        (0.8, 0.9, -math.inf, 1.0, "shown"),
        (0.8, 1.1, -math.inf, 1.0, "not shown"),
        (1.1, 1.2, -math.inf, 1.0, "contradicted"),
        (0.97, 0.99, 0.98, 1.02, "not shown"),
        (0.90, 0.95, 0.98, 1.02, "contradicted"),
        (0.99, 1.01, 0.98, 1.02, "shown"),
        (1.0, 1.0, -math.inf, 1.0, "shown"),
    ],
)
def test_an_interval_inside_shows_outside_contradicts_and_across_says_nothing(
    low: float, high: float, least: float, most: float, said: str
) -> None:
    assert verdict_within(low, high, least, most) == said


def test_differences_are_paired_by_seed() -> None:
    """The spread between seeds, which both arms share, says nothing of their difference."""
    values = {"a": {0: 1.0, 1: 5.0, 2: 9.0}, "b": {2: 9.5, 0: 1.4, 1: 5.6}}
    result = compared(Comparison("a", "b", "difference", at_most=0.0), values, False, 3)
    assert result is not None and result.verdict == "shown"
    half = T[3] * math.sqrt(0.01 / 3)  # of -0.4, -0.6, -0.5: a deviation of 0.1
    assert (result.mean, result.low, result.high) == pytest.approx((-0.5, -0.5 - half, -0.5 + half), rel=1e-3)


def test_ratios_are_averaged_as_logarithms() -> None:
    values = {"a": {0: 2.0, 1: 0.5, 2: 1.0}, "b": {0: 1.0, 1: 1.0, 2: 1.0}}
    result = compared(Comparison("a", "b", at_most=1.0), values, False, 3)
    assert result is not None and result.mean == pytest.approx(1.0) and result.verdict == "not shown"
    assert result.low * result.high == pytest.approx(1.0) and result.high == pytest.approx(
        math.exp(T[3] * math.log(2) / math.sqrt(3)), rel=1e-3
    )


def test_too_few_seeds_say_nothing_and_one_is_enough_where_nothing_is_random() -> None:
    values = {"a": {0: 1.0, 1: 1.0}, "b": {0: 2.0, 1: 2.0}}
    one = Comparison("a", "b", at_most=1.0)
    assert compared(one, values, False, 3) is None
    exact = compared(one, {"a": {0: 1.0}, "b": {0: 2.0}}, True, 1)
    assert exact is not None and (exact.low, exact.high, exact.verdict) == (0.5, 0.5, "shown")


def test_a_ratio_that_does_not_exist_shows_nothing() -> None:
    result = compared(Comparison("a", "b", at_most=1.0), {"a": {0: 0.0}, "b": {0: 0.0}}, True, 1)
    assert result is not None and result.verdict == "not shown"


def test_one_contradiction_contradicts_and_a_gap_leaves_a_claim_open() -> None:
    def said(word: str) -> Any:
        return dataclasses.replace(exact, verdict=word)

    exact = compared(Comparison("a", by="value", at_most=1.0), {"a": {0: 0.5}}, True, 1)
    assert verdict([said("shown"), said("shown")]) == "shown"
    assert verdict([said("shown"), None]) == "not measured"
    assert verdict([said("shown"), said("not shown")]) == "not shown"
    assert verdict([said("not shown"), said("contradicted"), None]) == "contradicted"


def test_means_have_the_half_width_of_their_interval() -> None:
    (mean,) = arm_means({"a": {0: 1.0, 1: 2.0, 2: 3.0, 3: 4.0, 4: 5.0}, "b": {}})
    assert mean.mean == 3 and mean.half_width == pytest.approx(T[5] * math.sqrt(2.5 / 5), rel=1e-3)


def test_the_last_bits_of_equal_values_are_no_spread() -> None:
    values = {"same": {0: 28.46, 1: 28.46 * (1 + 2e-16), 2: 28.46}, "random": {0: 0.4325, 1: 0.432501, 2: 0.4325}}
    same, random = map(value_text, arm_means(values))
    assert same == "28.46" and "±" in random
    result = compared(Comparison("same", by="value", at_most=30.0), values, False, 3)
    assert result is not None and result.low == result.mean == result.high and "(" not in comparison_text(result)


def test_a_claim_names_what_it_compares() -> None:
    arms, one = (Arm("a"), Arm("b")), Comparison("a", "c", at_most=1.0)
    with pytest.raises(ValueError, match="do not match"):
        Claim(id="x", section="", sentence="", measure="loss", arms=arms, comparisons=(one,)).check()
    pair = Comparison("a", "b", at_most=1.0)
    claim = Claim(id="x", section="", sentence="", measure="loss", arms=arms, comparisons=(pair,), seeds=2)
    with pytest.raises(ValueError, match="2 seeds"):
        claim.check()
    assert dataclasses.replace(claim, seeds=3).check().seeds == 3


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_every_claim_can_be_run_and_has_bounds(claim: Claim) -> None:
    for arm in claim.arms:
        found = problems(with_texts(pipeline_of(claim, arm, SAMPLE, 0)))
        assert not [str(problem) for problem in found if problem.severity == "error"]
    for one in claim.comparisons:
        assert math.isfinite(one.at_least) or math.isfinite(one.at_most)
        assert bool(one.second) == (one.by != "value")


def test_what_is_not_shown_says_what_it_would_take() -> None:
    rows = read(bundled())
    others = [claim for claim in CLAIMS if judged(claim, SAMPLE, rows).verdict in ("not shown", "contradicted")]
    assert others and [claim.id for claim in others if not claim.missing] == []


def test_ids_are_words_of_a_command_line() -> None:
    ids = [claim.id for claim in CLAIMS]
    assert len(set(ids)) == len(ids) and all(name.replace("-", "").isalnum() for name in ids)


def test_the_page_names_what_a_claim_would_take() -> None:
    claim = next(claim for claim in CLAIMS if claim.missing)
    values = {
        arm.name: {seed: 2.0 + number + 0.01 * seed for seed in range(5)} for number, arm in enumerate(claim.arms)
    }
    results = [compared(one, values, claim.deterministic, 3) for one in claim.comparisons]
    one = Judged(
        claim=claim,
        model="sample",
        verdict="contradicted",
        arms=arm_means(values),
        compared=tuple(result for result in results if result is not None),
    )
    page = as_markdown([one])
    assert OLD_NOTE not in page and OLD_NOTE in as_markdown([dataclasses.replace(one, outdated=1)])
    assert "1 contradicted of 1 claims" in page and claim.missing in page and f"**{claim.id}**" in page
    assert comparison_text(one.compared[0]).startswith(one.compared[0].comparison.first)
    assert comparison_text(dataclasses.replace(one.compared[0], mean=-1.5e-5)).count(": −1.500e-05") == 1
