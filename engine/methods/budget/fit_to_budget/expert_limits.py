"""Bounds of the search for experts that a smaller file does without. Torch-free."""

from __future__ import annotations

from engine.architecture.anatomy import Anatomy
from engine.methods.pruning.expert_pruning.counts import experts_of
from engine.methods.pruning.expert_pruning.settings import ExpertPruningSettings

SHARES = (0.125, 0.25, 0.375, 0.5)
"""Shares of a layer's experts that are tried without."""


def expert_counts(anatomy: Anatomy) -> list[int]:
    """Numbers of a layer's experts that may stay, falling; empty where none may go: a model without experts, or with
    another number in each layer."""
    counts = set(experts_of(anatomy).values())
    if len(counts) != 1:
        return []
    (count,) = counts
    possible = (
        ExpertPruningSettings(compression_ratio=share).left_of(count, anatomy.expert_groups) for share in SHARES
    )
    return sorted({one for one in possible if max(1, anatomy.experts_per_token) <= one < count}, reverse=True)
