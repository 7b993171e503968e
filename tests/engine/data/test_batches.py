"""Token windows: even spreads, and windows drawn at random."""

from __future__ import annotations

import torch

from engine.data.batches import drawn, spread


def test_windows_are_spread_over_the_whole_text() -> None:
    """Not the first ones: the last window lies in the last part of the text, and the steps are even."""
    found = spread(torch.arange(1000), 10, 4)
    assert found[:, 0].tolist() == [0, 250, 500, 750]
    assert spread(torch.arange(1000), 10, 7)[:, 0].tolist() == [0, 140, 280, 420, 570, 710, 850]
    assert len(spread(torch.arange(35), 10, 9)) == 3


def test_drawn_windows_are_whole_ones_in_their_order_none_twice() -> None:
    found = [drawn(torch.arange(1005), 10, 20, torch.Generator().manual_seed(seed))[:, 0] for seed in (1, 1, 2)]
    assert torch.equal(found[0], found[1]) and not torch.equal(found[0], found[2])
    for starts in found:
        assert len(starts) == 20 and bool((starts % 10 == 0).all()) and bool((starts.diff() > 0).all())
    every = drawn(torch.arange(35), 10, 9, torch.Generator().manual_seed(0))
    assert every.tolist() == torch.arange(30).view(3, 10).tolist(), "no more than there are"
