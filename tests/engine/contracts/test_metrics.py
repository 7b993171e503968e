"""Names of metrics, and what is worth a look about their values."""

from __future__ import annotations

import dataclasses
import math

import pytest

from engine.contracts.inspection import LayerStatistics, concern
from engine.contracts.metrics import (
    COLLAPSED,
    OF_LAYERS,
    OF_WEIGHTS,
    help_of,
    metric_text,
    metrics_words,
    title_of,
    value_text,
)


@pytest.mark.parametrize(
    ("name", "value", "level"),
    [
        ("sqnr_db", 8.0, "error"),
        ("sqnr_db", 12.0, "warning"),
        ("sqnr_db", 40.0, None),
        ("sqnr_db", None, None),
        ("kurtosis", math.nan, "error"),
        ("input_kurtosis", 20.0, "warning"),
        ("sparsity", 1.0, "error"),
    ],
)
def test_what_is_worth_a_look(name: str, value: float | None, level: str | None) -> None:
    found = concern(name, value)
    assert (None if found is None else found.level) == level


def test_every_metric_of_layers_is_one_of_their_statistics() -> None:
    fields = {field.name for field in dataclasses.fields(LayerStatistics)} | set(vars(LayerStatistics))
    assert all(metric.name in fields and metric.help.endswith(".") for metric in OF_LAYERS)


def test_an_unknown_metric_is_called_by_its_name() -> None:
    assert title_of("of_a_method") == help_of("of_a_method") == "Of a method"
    assert title_of("sqnr_db") == "SQNR (dB)" and value_text("sqnr_db", 12.34) == "12.3 dB"


def test_a_metric_of_a_model_as_text() -> None:
    metrics, collapsed = {"perplexity": 12.345, "loss": 2.5}, {COLLAPSED: "It is worse than guessing."}
    assert metric_text("perplexity", metrics, {}) == value_text("perplexity", 12.345)
    assert metric_text("perplexity", metrics, collapsed) == COLLAPSED
    assert metric_text("speed", metrics, {}) == "" and metric_text("speed", metrics, {}, missing="–") == "–"


def test_words_of_a_collapsed_model_name_no_figure() -> None:
    protocol = {COLLAPSED: "it is worse than guessing"}
    assert metrics_words({"perplexity": 6e7, "size_bytes": 5e6}, protocol) == "collapsed · 5.00 MB"
    assert metrics_words({"perplexity": 28.9, "size_bytes": 5e6}, {}) == "ppl 28.90 · 5.00 MB"
    assert metrics_words({"hidden_cosine": 0.5}, protocol) == "cosine 0.5000"


def test_small_errors_of_weights_have_three_digits_down_to_a_tenth_of_a_thousandth() -> None:
    name = OF_WEIGHTS[0]
    assert value_text(name, 0.00015) == "0.000150" and value_text(name, 0.0001) == "0.000100"
    assert value_text(name, 0.00009) != "0.0000900"
