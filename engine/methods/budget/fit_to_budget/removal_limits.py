"""Bounds of the searches for layers and for experts that a smaller file does without. Torch-free."""

from __future__ import annotations

from engine.architecture.anatomy import Anatomy
from engine.methods.pruning.expert_pruning.counts import experts_of
from engine.methods.pruning.expert_pruning.settings import ExpertPruningSettings

TRIALS = 4
"""Layers of the least influence that are taken out for trial before one of them goes."""
WINDOWS = 4
"""Samples that a trial reads."""
PATIENCE = 2
"""Layers in a row that go without a gain before the search ends: two together may save what one does not."""
FEWEST = 0.5
"""Share of the layers that always stay."""
EXPERT_SHARES = (0.125, 0.25, 0.375, 0.5)
"""Shares of a layer's experts that are tried without."""


def most_gone(layers: int) -> int:
    """Layers of so many that may go."""
    return layers - max(1, round(FEWEST * layers))


def expert_counts(anatomy: Anatomy) -> list[int]:
    """Numbers of a layer's experts that may stay, falling; empty where none may go: a model without experts, or with
    another number in each layer."""
    counts = set(experts_of(anatomy).values())
    if len(counts) != 1:
        return []
    (count,) = counts
    possible = (
        ExpertPruningSettings(compression_ratio=share).left_of(count, anatomy.expert_groups) for share in EXPERT_SHARES
    )
    return sorted({one for one in possible if max(1, anatomy.experts_per_token) <= one < count}, reverse=True)
