"""Curves in decimated levels: nothing is lost at full resolution, peaks survive decimation, few points are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.record.curves import Series


def filled(y: np.ndarray) -> Series:
    series = Series()
    series.extend(np.arange(len(y), dtype=float), y)
    return series


def test_keeps_every_point_one_by_one_and_in_bulk() -> None:
    y = np.random.default_rng(0).normal(size=3000)
    one = Series()
    for x, value in enumerate(y):
        one.append(x, value)
    assert np.array_equal(one.y, y) and np.array_equal(filled(y).y, y)
    assert np.array_equal(one.x, np.arange(3000))


@pytest.mark.parametrize("count", [200_000, 1_000_003])
def test_long_curves_are_drawn_with_few_points(count: int) -> None:
    series = filled(np.random.default_rng(0).normal(size=count))
    x, y = series.view(-np.inf, np.inf, 2000)
    assert 250 < len(x) <= 2000 + 8 * 10
    assert len(x) == len(y) and (np.diff(x) > 0).all()
    assert x[-1] == count - 1


def test_a_single_peak_survives() -> None:
    y = np.zeros(200_000)
    y[123_457], y[77] = 9.0, -3.0
    x, shown = filled(y).view(-np.inf, np.inf, 1000)
    assert shown.max() == 9.0 and x[shown.argmax()] == 123_457
    assert shown.min() == -3.0 and x[shown.argmin()] == 77


def test_zooming_in_brings_back_every_point() -> None:
    y = np.random.default_rng(1).normal(size=100_000)
    x, shown = filled(y).view(50_000, 50_300, 1000)
    assert np.array_equal(x, np.arange(49_999, 50_302))
    assert np.array_equal(shown, y[49_999:50_302])


def test_a_diverged_loss_stays_visible() -> None:
    y = np.ones(100_000)
    y[60_000] = np.nan
    assert np.isnan(filled(y).view(-np.inf, np.inf, 500)[1]).any()


def test_resuming_replaces_what_came_after_the_checkpoint() -> None:
    series = filled(np.zeros(1000))
    series.view(-np.inf, np.inf, 100)
    for step in range(500, 600):
        series.append(step, 1.0)
    assert len(series) == 600
    assert series.y[499] == 0.0 and series.y[500] == 1.0
    assert series.view(-np.inf, np.inf, 100)[0][-1] == 599


def test_within_is_inclusive_and_full() -> None:
    x, _ = filled(np.zeros(100)).within(10, 20)
    assert x.tolist() == list(range(10, 21))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=8), st.integers(64, 512))
def test_view_is_always_a_selection_of_the_points(pieces: list[int], budget: int) -> None:
    rng = np.random.default_rng(0)
    series, values, at = Series(), [], 0
    for size in pieces:
        y = rng.normal(size=size)
        series.extend(np.arange(at, at + size, dtype=float), y)
        values.append(y)
        at += size
        x, shown = series.view(-np.inf, np.inf, budget)
        every = np.concatenate(values)
        assert np.array_equal(every[x.astype(int)], shown)
        assert shown.max() == every.max() and shown.min() == every.min()
        assert x[-1] == at - 1 and (np.diff(x) > 0).all()
