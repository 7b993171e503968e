"""Block influence and angular distances, by hand."""

from __future__ import annotations

import pytest
import torch

from engine.numerics.influence import angular_distances, block_influence, closest_block, least_influential_layers


def test_block_influence_is_one_minus_the_cosine_summed_over_tokens() -> None:
    before = torch.tensor([[[1.0, 0.0], [1.0, 0.0], [2.0, 0.0]]])
    after = torch.tensor([[[0.0, 3.0], [5.0, 0.0], [1.0, 1.0]]])
    assert block_influence(before, after) == pytest.approx(1 + 0 + 1 - 0.5**0.5)
    assert block_influence(before, before) == pytest.approx(0, abs=1e-6)
    assert block_influence(before, -before) == pytest.approx(6)


def test_angular_distance_is_the_mean_angle_in_shares_of_a_half_turn() -> None:
    places = [
        torch.tensor([[1.0, 0.0], [0.0, 2.0]]),
        torch.tensor([[0.0, 4.0], [0.0, 1.0]]),
        torch.tensor([[-3.0, 0], [0, -1]]),
    ]
    found = angular_distances(places)
    expected = torch.tensor([[0, 0.25, 1.0], [0, 0, 0.75], [0, 0, 0]], dtype=torch.float64)
    assert torch.allclose(found, expected, atol=1e-6)


def test_rounding_never_makes_a_cosine_that_has_no_angle() -> None:
    state = torch.randn(64, 7, generator=torch.Generator().manual_seed(0))
    assert torch.isfinite(angular_distances([state * (1 + k / 7) for k in range(9)])).all()


def test_the_layers_with_the_least_influence_and_the_nearest_block() -> None:
    assert least_influential_layers([0.3, 0.1, 0.2, 0.1, 0.9], 3) == [1, 2, 3]
    assert least_influential_layers([0.1, 0.1, 0.1], 1) == [0]
    distances = torch.tensor([[0, 0.5, 0.9, 0.8], [0, 0, 0.4, 0.3], [0, 0, 0, 0.2], [0, 0, 0, 0]])
    assert closest_block(distances, 1) == [2]
    assert closest_block(distances, 2) == [1, 2]
    assert closest_block(distances, 3) == [0, 1, 2]
