"""Grades: one rule on the scale of each metric, with the reason in words."""

from __future__ import annotations

import math

import pytest

from engine.contracts.grading import grade_of, grade_result, worst


@pytest.mark.parametrize(
    ("name", "before", "after", "grade"),
    [
        ("perplexity", 20.0, 20.08, "good"),
        ("perplexity", 20.0, 21.0, "good"),
        ("perplexity", 20.0, 21.1, "noticeable"),
        ("perplexity", 20.0, 39.9, "noticeable"),
        ("perplexity", 20.0, 40.0, "broken"),
        ("perplexity", 20.0, 3.0, "good"),
        ("perplexity", 20.0, math.inf, "broken"),
        ("perplexity", 20.0, math.nan, "broken"),
        ("loss", 3.0, 3.0 + math.log(1.2), "noticeable"),
        ("kl_divergence", 0.0, 0.04, "good"),
        ("kl_divergence", 0.0, 0.7, "broken"),
        ("hidden_cosine", 1.0, 0.995, "good"),
        ("hidden_cosine", 1.0, 0.95, "noticeable"),
        ("pooled_cosine", 1.0, 0.5, "broken"),
        ("top1_agreement", 1.0, 0.97, "good"),
        ("sqnr_db", 20.0, 19.8, "good"),
        ("sqnr_db", 20.0, 13.9, "broken"),
        ("sqnr_db", 20.0, math.inf, "good"),
        ("sqnr_db", 20.0, -math.inf, "broken"),
        ("kl_divergence", 0.0, math.nan, "broken"),
        ("decode_tokens_per_second", 10.0, 9.9, "good"),
        ("seconds", 0.4, 0.41, "good"),
        ("seconds", 0.4, 0.9, "broken"),
        ("seconds", 0.0, 0.0, "good"),
        ("seconds", 0.0, 1.0, "noticeable"),
        ("seconds", 1.0, 0.0, "good"),
        ("sparsity", 0.0, 0.5, None),
        ("perplexity", math.inf, 3.0, None),
    ],
)
def test_the_scale_of_each_metric(name: str, before: float, after: float, grade: str | None) -> None:
    assert grade_of(name, before, after) == grade


def test_a_loss_and_its_perplexity_have_one_grade() -> None:
    for factor in (1.01, 1.049, 1.051, 1.5, 1.99, 2.01, 30.0):
        assert grade_of("loss", 2.0, 2.0 + math.log(factor)) == grade_of("perplexity", 20.0, 20.0 * factor)


def test_a_result_is_graded_by_what_was_measured_with_the_reason() -> None:
    found = grade_result({"perplexity": 509.04}, {}, {"perplexity": 19.87}, {})
    assert found is not None and found.grade == "broken"
    assert found.reason == "Perplexity 509.04 against 19.87 of the original (× 25.6)"
    found = grade_result({"hidden_cosine": 0.97}, {}, {}, {})
    assert found is not None and (found.grade, found.metric) == ("noticeable", "hidden_cosine")
    assert grade_result({"size_bytes": 5.0}, {}, {"size_bytes": 10.0}, {}) is None


@pytest.mark.parametrize(
    ("name", "before", "after", "factor"),
    [
        ("perplexity", 20.0, 30.0, "(× 1.5)"),
        ("perplexity", 1.0, 30.0, "(× 30)"),
        ("perplexity", 20.0, math.inf, ""),
    ],
)
def test_a_reason_has_a_factor_where_the_metric_is_a_finite_ratio(
    name: str, before: float, after: float, factor: str
) -> None:
    graded = grade_result({name: after}, {}, {name: before}, {})
    assert graded is not None and graded.reason.endswith(f"of the original {factor}".strip())


def test_collapsed_models_are_broken_unless_the_original_is_too() -> None:
    said = {"collapsed": "collapsed: worse than guessing"}
    found = grade_result({"perplexity": 1e9}, said, {"perplexity": 20.0}, {})
    assert found is not None and found.grade == "broken" and "guessing" in found.reason
    assert grade_result({"perplexity": 1e9}, said, {"perplexity": 1e9}, said) is None


def test_the_worst_of_several() -> None:
    assert worst(["good", "broken", "noticeable"]) == "broken" and worst([]) is None
