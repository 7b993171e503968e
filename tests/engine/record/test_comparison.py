"""Variants side by side: differences, ratios, words; layers."""

from __future__ import annotations

import pytest

from engine.record.comparison import Row, Variant, difference_text, metric_names, rows, verdict_text


@pytest.mark.parametrize(
    ("name", "left", "right", "words"),
    [
        ("perplexity", 20.0, 21.0, "▲ worse"),
        ("perplexity", 21.0, 20.0, "▼ better"),
        ("decode_tokens_per_second", 10.0, 20.0, "▲ better"),
        ("top1_agreement", 1.0, 0.9, "▼ worse"),
        ("sparsity", 0.0, 0.5, "▲ higher"),
        ("size_bytes", 5.0, 5.0, "= same"),
        ("size_bytes", 7_350_000.0, 7_350_200.0, "= same"),
        ("size_bytes", 7_350_000.0, 7_450_000.0, "▲ worse"),
        ("of_a_method", 1.0, 0.0, "▼ lower"),
        ("perplexity", None, 20.0, "not measured in both"),
        ("perplexity", float("nan"), 20.0, "not measured in both"),
    ],
)
def test_verdicts(name: str, left: float | None, right: float | None, words: str) -> None:
    assert verdict_text(Row(name, left, right)) == words


def test_difference_and_ratio() -> None:
    row = Row("size_bytes", 400.0, 100.0)
    assert (row.difference, row.ratio) == (-300.0, 0.25)
    assert Row("kl_divergence", 0.0, 0.1).ratio is None
    assert difference_text(Row("loss", 2.194, 2.199466)) == "+0.00547"  # the unit is beside both values
    assert difference_text(Row("size_bytes", 4e6, 3e6)) == "−1.00 MB"


def test_an_original_is_held_against_itself_by_definition() -> None:
    original = Variant("a", "A", {"perplexity": 20.0}, is_original=True)
    other = Variant("b", "B", {"perplexity": 21.0, "kl_divergence": 0.1, "top1_agreement": 0.9})
    assert metric_names(original) == ["perplexity"], "it was not measured"
    found = {row.name: (row.left, row.right, row.verdict) for row in rows(original, other)}
    assert found["kl_divergence"] == (0.0, 0.1, "worse") and found["top1_agreement"] == (1.0, 0.9, "worse")
