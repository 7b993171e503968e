"""Token windows: even spreads."""

from __future__ import annotations

import torch

from engine.data.batches import spread


def test_windows_are_spread_over_the_whole_text() -> None:
    """Not the first ones: the last window lies in the last part of the text, and the steps are even."""
    found = spread(torch.arange(1000), 10, 4)
    assert found[:, 0].tolist() == [0, 250, 500, 750]
    assert spread(torch.arange(1000), 10, 7)[:, 0].tolist() == [0, 140, 280, 420, 570, 710, 850]
    assert len(spread(torch.arange(35), 10, 9)) == 3
