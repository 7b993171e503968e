"""Masks: exact counts whatever the ties, monotone, and the ladder of densities."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.numerics import masks
from engine.numerics.masks import (
    half_rate,
    keep_largest,
    keep_largest_evenly,
    keep_largest_of_all,
    keep_n_of_m,
    random_mask,
    remaining_after,
)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.data())
def test_exactly_as_many_as_asked_for_stay(values: list[int], data: st.DataObject) -> None:
    scores = torch.tensor(values, dtype=torch.float32)
    alive = torch.tensor(data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))))
    count = data.draw(st.integers(0, int(alive.sum())))
    mask = keep_largest(scores, count, alive)
    assert int(mask.sum()) == count
    assert not (mask & ~alive).any()
    gone = alive & ~mask
    if mask.any() and gone.any():
        assert scores[mask].min() >= scores[gone].max()
        tied = scores == scores[mask].min()  # of equal ones the first stay
        assert (mask & tied).nonzero().flatten().tolist() == (alive & tied).nonzero().flatten().tolist()[
            : int((mask & tied).sum())
        ]


@given(st.integers(1, 6), st.integers(1, 7), st.data())
def test_rows_keep_as_many_as_each_other(rows: int, columns: int, data: st.DataObject) -> None:
    scores = torch.tensor(data.draw(st.lists(st.integers(0, 4), min_size=rows * columns, max_size=rows * columns)))
    scores = scores.view(rows, columns).float()
    alive = torch.tensor(data.draw(st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns)))
    alive = alive.view(rows, columns)
    count = data.draw(st.integers(0, int(alive.sum())))
    mask = keep_largest_evenly(scores, count, alive)
    assert int(mask.sum()) == count and not (mask & ~alive).any()
    counts, available = mask.sum(1), alive.sum(1)
    most = int(counts.max())
    assert ((counts >= most - 1) | (counts == available)).all(), "all of the rows that have fewer"
    for row, kept, some in zip(scores, mask, alive, strict=True):
        gone = some & ~kept
        assert not kept.any() or not gone.any() or row[kept].min() >= row[gone].max()
    full, cut = (counts == most) & (available >= most), (counts == most - 1) & (available >= most)
    for of_full, of_cut in itertools.product(full.nonzero().flatten(), cut.nonzero().flatten()):
        last = scores[of_full][mask[of_full]].min()
        next_one = scores[of_cut][alive[of_cut] & ~mask[of_cut]].max()
        assert last >= next_one, "the odd ones are the largest"


def test_several_tensors_are_compared_together() -> None:
    scores = [torch.tensor([[5.0, 1.0]]), torch.tensor([4.0, 3.0, 2.0])]
    alive = [torch.ones(1, 2, dtype=torch.bool), torch.ones(3, dtype=torch.bool)]
    first, second = keep_largest_of_all(scores, 3, alive)
    assert first.tolist() == [[True, False]] and second.tolist() == [True, True, False]
    assert keep_largest_of_all([], 0, []) == []


def test_what_can_t_be_done_is_said() -> None:
    with pytest.raises(ValueError, match="only 2 are left"):
        keep_largest(torch.ones(3), 3, torch.tensor([True, True, False]))
    with pytest.raises(ValueError, match="NaN"):
        keep_largest(torch.tensor([1.0, float("nan")]), 1)


def test_the_ladder_of_densities() -> None:
    """LeNet-300-100 of the paper: hidden layers keep 0.8 a round, the output layer, at half the rate, 0.9."""
    hidden, output = 265_200, 1_000
    for round_, percent in ((3, 51.3), (7, 21.1), (9, 13.5), (15, 3.6), (18, 1.9), (20, 1.2)):
        kept = remaining_after(hidden, 0.8**20, round_, 20) + remaining_after(
            output, half_rate(0.8**20, 20), round_, 20
        )
        assert 100 * kept / (hidden + output) == pytest.approx(percent, abs=0.1)
    assert remaining_after(1000, 0.2, 1, 1) == 200


def test_random_masks_have_their_count() -> None:
    generator = torch.Generator().manual_seed(0)
    one, two = (random_mask(torch.Size((7, 9)), 20, generator) for _ in range(2))
    assert int(one.sum()) == int(two.sum()) == 20 and not torch.equal(one, two)


def test_of_equal_neighbors_the_relatively_larger_stays() -> None:
    """The weight that is alone in its input stays before one among others as large."""
    scores = torch.tensor([[2.0, 1.0, 1.0, 1.0], [0.0, 3.0, 3.0, 0.5], [0.0, 2.0, 0.1, 0.4]])
    mask = keep_n_of_m(scores, 2, 4)
    assert mask[0].tolist() == [True, False, False, True]
    assert mask[1].tolist() == [False, True, True, False]
    assert mask.sum(1).tolist() == [2, 2, 2]


def test_masks_by_pieces_are_those_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """With many ties, where the place decides, and with weights that are gone."""
    draw = torch.Generator().manual_seed(0)
    scores = torch.randint(0, 3, (21, 16), generator=draw).float()
    alive = torch.rand(21, 16, generator=draw) < 0.7
    whole = [keep_n_of_m(scores, 2, 4), keep_n_of_m(scores, 4, 8, alive)]
    monkeypatch.setattr(masks, "CHUNK", 40)
    assert torch.equal(keep_n_of_m(scores, 2, 4), whole[0])
    assert torch.equal(keep_n_of_m(scores, 4, 8, alive), whole[1])
