"""Distances between what happens inside two models."""

from __future__ import annotations

import math
from typing import get_args

import pytest
import torch

from engine.numerics.similarity import Distance, hidden_distances, map_divergences, relation_divergences


def states(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("distance", get_args(Distance))
def test_hidden_states(distance: Distance) -> None:
    one, other = states(2, 3, 8), states(2, 3, 8, seed=1)
    a, b = one.double(), other.double()
    expected = {
        "l1": (a - b).abs().mean(-1),
        "l2": ((a - b) ** 2).mean(-1),
        "cosine": 1 - (a * b).sum(-1) / (a.norm(dim=-1) * b.norm(dim=-1)),
    }[distance]
    torch.testing.assert_close(hidden_distances(one, other, distance).double(), expected, rtol=1e-5, atol=1e-6)
    assert hidden_distances(one, one, distance).abs().max() < 1e-6
    student = other.double().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda s: hidden_distances(a, s, distance).double(), (student,), eps=1e-3, atol=1e-3, rtol=1e-2
    )


def test_attention_maps() -> None:
    teacher, student = (torch.softmax(states(2, 4, 5, 5, seed=seed), -1) for seed in (0, 1))
    expected = (teacher * (teacher / student).log()).sum(-1).mean(1)
    torch.testing.assert_close(map_divergences(teacher, student), expected)
    assert map_divergences(teacher, teacher).abs().max() < 1e-6
    causal = torch.tril(torch.ones(5, 5)) / torch.arange(1, 6)[:, None]
    assert torch.isfinite(map_divergences(causal.expand(2, 4, 5, 5), student)).all()
    fewer = student[:, :2]
    means = teacher.mean(1), fewer.mean(1)
    torch.testing.assert_close(map_divergences(teacher, fewer), (means[0] * (means[0] / means[1]).log()).sum(-1))


def test_relations_do_not_ask_for_equal_widths() -> None:
    teacher, student = states(2, 6, 16), states(2, 6, 8, seed=1)
    found = relation_divergences(teacher, student, heads=4)
    assert found.shape == (2, 6) and (found > 0).all()

    def relations(x: torch.Tensor) -> torch.Tensor:
        pieces = x.view(2, 6, 4, -1).transpose(1, 2)
        return torch.softmax(pieces @ pieces.mT / math.sqrt(pieces.shape[-1]), -1)

    p, q = relations(teacher), relations(student)
    torch.testing.assert_close(found, (p * (p / q).log()).sum(-1).mean(1))
    assert relation_divergences(teacher, teacher, heads=4).abs().max() < 1e-6


def test_padding_is_related_to_nothing() -> None:
    teacher, student = states(1, 6, 8), states(1, 6, 8, seed=1)
    mask = torch.tensor([[True, True, True, True, False, False]])
    found = relation_divergences(teacher, student, 2, mask)[:, :4]
    torch.testing.assert_close(found, relation_divergences(teacher[:, :4], student[:, :4], 2))
