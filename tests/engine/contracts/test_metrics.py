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
    plain_text,
    title_of,
    title_with_unit,
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


@pytest.mark.parametrize(
    ("coverage", "words"),
    [(0.0, "ppl 28.90 · 0.0 % covered"), (0.599, "ppl 28.90 · 59.9 % covered"), (0.6, "ppl 28.90"), (1.0, "ppl 28.90")],
)
def test_a_result_that_is_mostly_as_it_came_says_so(coverage: float, words: str) -> None:
    assert metrics_words({"perplexity": 28.9, "coverage": coverage}, {}) == words


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("perplexity", math.inf, "∞"),
        ("sqnr_db", -math.inf, "−∞"),
        ("parameters", 134515008, "134.5 M"),
        ("coverage", 0.0, "0.0 %"),
        ("coverage", 0.125, "12.5 %"),
        ("sparsity", 0.001, "0.1 %"),
        ("sparsity", 0.0019, "0.2 %"),
        ("int4_error", 0.00012, "0.012 %"),
        ("kurtosis", 3.0, "3.00"),
        ("input_kurtosis_pooled", 1019.427, "1019.43"),
        ("minimum", -0.5, "-0.500"),
        ("maximum", 100.5, "100"),
        ("mean", 0.0, "0"),
        ("seconds", 75.0, "1 min 15 s"),
        ("size_bytes", 98362432, "98.4 MB"),
        ("bits_per_weight", 4.25, "4.25"),
        ("loss", 2.5, "2.5000 nats/token"),
        ("decode_tokens_per_second", 12.34, "12.3 tokens/s"),
        ("of_a_method", 0.123456, "0.123"),
    ],
)
def test_a_value_reads_as_its_metric_does(name: str, value: float, text: str) -> None:
    assert value_text(name, value) == text


def test_a_plain_number_has_the_decimals_of_its_metric_or_four_digits() -> None:
    assert plain_text("perplexity", 28.9) == "28.90" and plain_text("coverage", 0.123456) == "0.1235"
    assert plain_text("of_a_method", 0.123456) == "0.123"


def test_small_errors_of_weights_have_three_digits_down_to_a_tenth_of_a_thousandth() -> None:
    name = OF_WEIGHTS[0]
    assert value_text(name, 0.00015) == "0.000150" and value_text(name, 0.0001) == "0.000100"
    assert value_text(name, 0.00009) != "0.0000900"


def test_a_unit_stands_in_the_title_or_behind_the_number() -> None:
    metrics = {"kl_divergence": 0.00028, "size_bytes": 5.06e6, "decode_tokens_per_second": 12.0, "perplexity": math.inf}
    names = [*metrics]
    assert [metric_text(name, metrics, {}, with_unit=False) for name in names] == ["0.00028", "5.06 MB", "12.0", "∞"]
    assert [metric_text(name, metrics, {}) for name in names[:3]] == ["0.00028 nats/token", "5.06 MB", "12.0 tokens/s"]
    assert [*map(title_with_unit, names)] == [
        "KL divergence (nats/token)", "Size on disk", "Decode (tokens/s)", "Perplexity"
    ]  # fmt: skip


def test_zero_and_what_is_nearly_zero_can_be_told_apart() -> None:
    texts = [value_text("kl_divergence", value) for value in (0.0, 3.2e-9, 4e-6, 0.00028)]
    assert texts == ["0 nats/token", "3.200e-09 nats/token", "4.000e-06 nats/token", "0.00028 nats/token"]
    assert value_text("error", 2e-9) == "2e-07 %" and value_text("mean", -3.2e-9) == "-3.20e-09"
