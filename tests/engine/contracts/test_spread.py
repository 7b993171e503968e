"""Error bars are those of a block bootstrap; two results are compared window by window."""

from __future__ import annotations

import math
import random
import statistics

import pytest

from engine.contracts.spread import (
    KL_QUANTILES,
    WINDOWS,
    error_bar,
    paired_difference,
    spread_text,
    window_values,
)


def _details(*losses: float) -> dict[str, object]:
    return {WINDOWS: {"loss": list(losses)}}


def test_independent_windows_have_the_interval_of_a_mean() -> None:
    draw = random.Random(1)
    values = [3 + draw.gauss(0, 0.2) for _ in range(216)]
    bar = error_bar(_details(*values), "loss")
    assert bar is not None
    half = 1.96 * statistics.stdev(values) / math.sqrt(len(values))
    assert sum(bar) / 2 == pytest.approx(statistics.fmean(values), abs=half / 4)
    assert (bar[1] - bar[0]) / 2 == pytest.approx(half, rel=0.25)


def test_neighbors_that_are_alike_widen_the_interval() -> None:
    draw = random.Random(2)
    levels = [3 + draw.gauss(0, 0.2) for _ in range(36)]
    alike = [level for level in levels for _ in range(6)]
    mixed = draw.sample(alike, len(alike))
    wide, narrow = (error_bar(_details(*values), "loss") for values in (alike, mixed))
    assert wide is not None and narrow is not None
    assert wide[1] - wide[0] > 1.6 * (narrow[1] - narrow[0])


def test_hard_windows_are_hard_for_both() -> None:
    draw = random.Random(3)
    hard = [draw.uniform(1, 5) for _ in range(16)]
    first, second = _details(*hard), _details(*(value + 0.02 + draw.gauss(0, 0.004) for value in hard))
    low, high = paired_difference(first, second, "loss") or (math.nan, math.nan)
    assert 0.01 < low < high < 0.03
    bars = [error_bar(details, "loss") or (0, 0) for details in (first, second)]
    assert bars[0][1] > bars[1][0], "their own error bars overlap"
    back = paired_difference(second, first, "loss")
    assert back == pytest.approx((-high, -low), abs=1e-3)


def test_the_bar_of_a_perplexity_is_that_of_its_logarithm() -> None:
    details = _details(*(3 + 0.01 * number for number in range(12)))
    loss, perplexity = error_bar(details, "loss"), error_bar(details, "perplexity")
    assert loss is not None and perplexity == pytest.approx(tuple(math.exp(bound) for bound in loss))


@pytest.mark.parametrize(
    "details",
    [
        {},
        {WINDOWS: 3},
        {WINDOWS: {"loss": "many words"}},
        _details(1.0, 2.0),
        _details(*[1.0] * 9, math.nan),
        {WINDOWS: {"loss": [1.0] * 9 + ["x"]}},
    ],
)
def test_too_few_or_damaged_windows_have_no_bar(details: dict[str, object]) -> None:
    assert window_values(details, "loss") == () and error_bar(details, "loss") is None
    assert spread_text(details, "loss") == "" and paired_difference(details, _details(*[1.0] * 9), "loss") is None


def test_the_quantiles_of_a_divergence_are_said() -> None:
    details = {WINDOWS: {"kl_divergence": [0.5] * 8}, KL_QUANTILES: {"0.5": 0.1, "1": 7.25}}
    assert spread_text(details, "kl_divergence") == (
        "95 % interval over windows of this text: 0.5 to 0.5. Tokens: half below 0.1, largest 7.25."
    )
