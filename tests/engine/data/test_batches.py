"""Token windows: even spreads, and windows drawn at random."""

from __future__ import annotations

import torch

from engine.data.batches import random_windows, select_windows, spread


def test_windows_are_spread_over_the_whole_text() -> None:
    """Not the first ones: the last window lies in the last part of the text, and the steps are even."""
    found = spread(torch.arange(1000), 10, 4)
    assert found[:, 0].tolist() == [0, 250, 500, 750]
    assert spread(torch.arange(1000), 10, 7)[:, 0].tolist() == [0, 140, 280, 420, 570, 710, 850]
    assert len(spread(torch.arange(35), 10, 9)) == 3


def test_drawn_windows_are_whole_ones_in_their_order_none_twice() -> None:
    found = [random_windows(100, 20, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert torch.equal(found[0], found[1]) and not torch.equal(found[0], found[2])
    for places in found:
        assert len(places) == 20 and int(places.min()) >= 0 and int(places.max()) < 100
        assert bool((places.diff() > 0).all())
    every = random_windows(3, 9, torch.Generator().manual_seed(0))
    assert select_windows(torch.arange(35), 10, every).tolist() == torch.arange(30).view(3, 10).tolist(), (
        "no more than there are"
    )
