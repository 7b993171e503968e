"""Sums over tokens: by hand, in batches, and added up over processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from engine.calibration import statistics
from engine.calibration.statistics import Energy, Gram, GramAndMagnitude, GramAndSpread, Magnitude

X = torch.tensor([[[1.0, -2.0, 0.0], [3.0, 1.0, 0.5]], [[-1.0, 0.0, 2.0], [0.0, 1.0, -0.5]]])  # (2, 2, 3)
GRAM = [[11.0, 1.0, -0.5], [1.0, 6.0, 0.0], [-0.5, 0.0, 4.5]]
READ: dict[str, tuple[Callable[[int], Any], Callable[[Any], torch.Tensor], Any]] = {
    "gram": (Gram, Gram.matrix, GRAM),
    "gram and spread": (GramAndSpread, Gram.matrix, GRAM),
    "energy": (Energy, lambda found: found.sum, [11.0, 6.0, 4.5]),
    "magnitude": (Magnitude, lambda found: found.mean, [5 / 4, 4 / 4, 3 / 4]),
    "both, gram": (GramAndMagnitude, lambda found: found.gram.matrix(), GRAM),
    "both, magnitude": (GramAndMagnitude, lambda found: found.magnitude.mean, [5 / 4, 4 / 4, 3 / 4]),
}
every_statistic = pytest.mark.parametrize(("make", "read", "expected"), READ.values(), ids=READ)


@every_statistic
def test_by_hand_in_one_piece_and_in_batches(make: Any, read: Any, expected: Any) -> None:
    whole, batches = make(3), make(3)
    whole.add(X)
    for batch in X:
        batches.add(batch)
    assert read(whole).tolist() == read(batches).tolist() == expected


@every_statistic
def test_processes_add_up(make: Any, read: Any, expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes with half of the tokens each: sums and counts of both."""
    here, there = make(3), make(3)
    here.add(X[0])
    there.add(X[1])
    given: list[torch.Tensor] = []
    monkeypatch.setattr(statistics, "all_reduce", lambda tensor: given.append(tensor.clone()) or tensor)
    there.reduce()

    def all_reduce(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.add_(given.pop(0))

    monkeypatch.setattr(statistics, "all_reduce", all_reduce)
    here.reduce()
    assert not given
    assert read(here).tolist() == expected


def test_a_wide_gram_is_symmetric() -> None:
    x = torch.randn(50, Gram.BLOCK * 2 + 7, generator=torch.Generator().manual_seed(0))
    gram = Gram(x.shape[1])
    gram.add(x)
    assert torch.equal(gram.matrix(), gram.matrix().T)
    assert torch.allclose(gram.matrix(), x.T @ x, atol=1e-4)


def test_the_spread_is_that_of_batches_and_goes_on_from_where_it_was() -> None:
    """The first batch counts as two pieces. Features of several squares."""
    features = 2 * Gram.BLOCK + 7
    pieces = torch.randn(12, features, generator=torch.Generator().manual_seed(1)).split([3, 3, 5, 1])
    batches = [torch.cat(pieces[:2]), *pieces[2:]]
    whole, first, second = (GramAndSpread(features) for _ in range(3))
    for batch in batches:
        whole.add(batch)
    first.add(batches[0])
    second.restore(first.total, first.counts)
    for batch in batches[1:]:
        second.add(batch)
    norms = sum(float(torch.triu(x.double().T @ x.double(), 1).square().sum()) for x in pieces)
    for found in (whole, second):
        tokens, squared_tokens, squared_norms = found.counts.tolist()
        assert (tokens, squared_tokens) == (12, 9 + 9 + 25 + 1)
        assert squared_norms == pytest.approx(norms, rel=1e-5)
    assert torch.allclose(whole.matrix(), torch.cat(pieces).T @ torch.cat(pieces), atol=1e-4)
