"""Which experts stay: scores by hand, shares of a layer's worth, groups."""

from __future__ import annotations

import pytest
import torch

from engine.numerics.experts import Saliency, best_experts, best_over_layers, nearest_experts, shares


def test_scores_by_hand() -> None:
    seen = Saliency(3)
    seen.add(0, torch.tensor([0.5, 1.0]), torch.tensor([[3.0, 4.0], [0.0, 1.0]]))
    seen.add(1, torch.tensor([0.25]), torch.tensor([[6.0, 8.0]]))
    assert seen.scores("reap").tolist() == [(0.5 * 5 + 1) / 2, 2.5, 0.0]
    assert seen.scores("activation").tolist() == [6.0, 10.0, 0.0]
    assert seen.scores("frequency").tolist() == [2.0, 1.0, 0.0]
    with pytest.raises(ValueError, match="none of"):
        seen.scores("luck")


def test_the_best_of_each_group_stay_and_of_equal_ones_the_first() -> None:
    scores = torch.tensor([1.0, 3.0, 2.0, 9.0, 9.0, 8.0])
    assert best_experts(scores, 2) == [3, 4]
    assert best_experts(scores, 4, groups=2) == [1, 2, 3, 4]
    with pytest.raises(ValueError, match="equally many"):
        best_experts(scores, 3, groups=2)


def test_layers_are_compared_by_shares_since_norms_grow_with_depth() -> None:
    """A deep layer whose scores are a thousand times larger keeps no more for that."""
    flat, steep = torch.tensor([1.0, 1.0, 1.0, 1.0]), torch.tensor([10.0, 1.0, 0.5, 0.5])
    chosen = best_over_layers([flat, 1000 * steep], 5, least=1)
    assert chosen == [[0, 1, 2, 3], [0]]
    assert chosen == best_over_layers([1000 * flat, steep], 5, least=1)
    assert best_over_layers([flat, steep], 4, least=2) == [[0, 1], [0, 1]]
    with pytest.raises(ValueError, match="fewer"):
        best_over_layers([flat, steep], 3, least=2)


def test_an_expert_goes_into_the_one_that_points_most_nearly_its_way() -> None:
    outputs = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.9, 0.1], [0.1, 5.0]])
    into = nearest_experts(outputs, [0, 1])
    assert into == {2: 0, 3: 1}
    assert nearest_experts(outputs, [1, 2], groups=2) == {0: 1, 3: 2}, "within its group only"
    parts = shares([0, 1], into, torch.tensor([30.0, 0.0, 10.0, 0.0]))
    assert parts == [((0, 0.75), (2, 0.25)), ((1, 0.5), (3, 0.5))]
