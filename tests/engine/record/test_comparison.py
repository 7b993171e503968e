"""Variants side by side: differences, ratios, words; layers."""

from __future__ import annotations

import math

import pytest

from engine.contracts.spread import WINDOWS
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


def test_a_difference_over_windows_has_an_interval_and_may_be_uncertain() -> None:
    def variant(name: str, losses: list[float], text: str = "a") -> Variant:
        perplexity = math.exp(sum(losses) / len(losses))
        protocol = {"sha256": text, "window": 64, "windows": len(losses), "tokenizer": "t"}
        return Variant(name, name, {"perplexity": perplexity}, protocol, details={WINDOWS: {"loss": losses}})

    hard = [1.0 + 0.3 * (number % 7) for number in range(16)]
    first = variant("first", hard)
    worse = variant("worse", [loss + 0.02 + 0.001 * (number % 3) for number, loss in enumerate(hard)])
    (row,) = rows(first, worse)
    assert row.is_certain and verdict_text(row) == "▲ worse" and "±" in difference_text(row)
    assert row.interval is not None and row.interval[0] <= (row.difference or 0) <= row.interval[1]
    noisy = variant("noisy", [loss + 0.1 * (-1) ** number + 0.001 for number, loss in enumerate(hard)])
    (row,) = rows(first, noisy)
    assert not row.is_certain and verdict_text(row).endswith("uncertain")
    (row,) = rows(first, variant("elsewhere", hard, text="b"))
    assert row.interval is None and "±" not in difference_text(row)
