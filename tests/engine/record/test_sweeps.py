"""Sweeps: which results belong together, and their places on axes."""

from __future__ import annotations

import pytest
from past_results import SWEPT

from engine.record.results import Records, key_of
from engine.record.sweeps import coordinates, sweep_of


def test_a_sweep_is_what_one_run_made_of_one_source_by_one_method() -> None:
    records = Records(SWEPT)
    assert [row.block for row in sweep_of(records, records.rows, [])] == ["b2", "b4", "b8"]
    chosen = [key_of(SWEPT[0]), key_of(SWEPT[4])]
    assert [row.block for row in sweep_of(records, records.rows, chosen)] == ["model", "old"]


def test_axes_are_what_differs_and_what_came_of_it() -> None:
    records = Records(SWEPT)
    axes = {axis.title: axis for axis in coordinates(records, SWEPT[1:4])}
    assert list(axes) == ["Format", "Group size", "Size", "Perplexity"]  # all else is the same
    assert axes["Format"].places == (0.0, 0.5, 1.0) and axes["Group size"].places == (1.0, 1.0, 0.0)
    assert axes["Perplexity"].places == pytest.approx((1.0, (22 - 20.1) / (90 - 20.1), 0.0))
    assert axes["Size"].texts[1] == "40.0 MB"
