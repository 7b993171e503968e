"""Proportions of domains: they sum to 1, none is forgotten, who is behind gets more."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.numerics.mixing import scaled_loss, updated_proportions


@given(st.lists(st.tuples(st.floats(1e-4, 1), st.floats(0, 20), st.floats(0, 20)), min_size=1, max_size=8))
def test_they_stay_proportions(domains: list[tuple[float, float, float]]) -> None:
    shares, losses, references = (torch.tensor(column, dtype=torch.float64) for column in zip(*domains, strict=True))
    new = updated_proportions(shares / shares.sum(), losses, references)
    assert float(new.sum()) == pytest.approx(1.0)
    assert float(new.min()) >= 1e-4 / len(domains) * (1 - 1e-9)


def test_who_is_behind_gets_more_and_who_is_ahead_is_not_punished() -> None:
    even = torch.full((3,), 1 / 3, dtype=torch.float64)
    new = updated_proportions(even, torch.tensor([3.0, 2.0, 1.0]), torch.tensor([2.0, 2.0, 2.0]))
    assert new[0] > 1 / 3 > new[1] and new[1] == pytest.approx(float(new[2]))
    assert float(new[0] / new[1]) == pytest.approx(2.718, abs=2e-3)


def test_equal_excess_leaves_them_as_they_are() -> None:
    shares = torch.tensor([0.7, 0.2, 0.1], dtype=torch.float64)
    new = updated_proportions(shares, torch.tensor([3.0, 4.0, 5.0]), torch.tensor([2.0, 3.0, 4.0]))
    assert torch.allclose(new, shares, atol=1e-4)


def test_a_smaller_model_may_have_a_higher_loss() -> None:
    assert scaled_loss(2.0, 100, 100, 0.076) == 2.0
    assert scaled_loss(2.0, 100, 50, 0.076) == pytest.approx(2.0 * 2**0.076)
