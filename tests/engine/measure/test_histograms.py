"""Histograms in other bins."""

from __future__ import annotations

import pytest

from engine.contracts.events import Histogram
from engine.measure.histograms import on_one_range, symmetric


def test_rebinning_keeps_the_mass() -> None:
    histogram = Histogram(-1.0, 3.0, (4, 8, 12, 16))
    assert symmetric(histogram, 60).sum() == pytest.approx(1.0)
    assert symmetric(histogram, 6) == pytest.approx([0, 0, 0.1, 0.2, 0.3, 0.4])
    pair = on_one_range([("a", histogram), ("b", Histogram(-5.0, 3.0, (8, 8)))])
    assert [(h.low, h.high, sum(h.counts)) for _, h in pair] == [(-5.0, 3.0, 40), (-5.0, 3.0, 16)]
