"""Bounds of the search for layers that a smaller file does without."""

from __future__ import annotations

TRIALS = 4
"""Layers of the least influence that are taken out for trial before one of them goes."""
WINDOWS = 4
"""Samples that a trial reads."""
PATIENCE = 2
"""Layers in a row that go without a gain before the search ends: two together may save what one does not."""
FEWEST = 0.5
"""Share of the layers that always stay."""


def most_gone(layers: int) -> int:
    """Layers of so many that may go."""
    return layers - max(1, round(FEWEST * layers))
