"""Influence of layers: angles between hidden states before and after them."""

from __future__ import annotations

from collections.abc import Sequence

import torch


def block_influence(before: torch.Tensor, after: torch.Tensor) -> float:
    """Sum over tokens of 1 − cos of the angle between hidden states (…, features): the block influence of what lies
    between them, times the tokens (Men et al. 2024, ShortGPT, arXiv 2403.03853, equation 2)."""
    cosine = torch.nn.functional.cosine_similarity(before.float(), after.float(), dim=-1)
    return float((1 - cosine).sum(dtype=torch.float64))


def angular_distances(states: Sequence[torch.Tensor]) -> torch.Tensor:
    """arccos(cos) / π between the states (tokens, features) at each pair of places, the mean over tokens: (places,
    places), zero on and below the diagonal (Gromov et al. 2024, arXiv 2403.17887, equation 7)."""
    units = [torch.nn.functional.normalize(state.double(), dim=-1) for state in states]
    distances = torch.zeros(len(units), len(units), dtype=torch.float64)
    for first in range(len(units)):
        for last in range(first + 1, len(units)):
            cosine = (units[first] * units[last]).sum(-1).clamp(-1, 1)
            distances[first, last] = torch.arccos(cosine).mean() / torch.pi
    return distances


def least_influential_layers(influences: Sequence[float], count: int) -> list[int]:
    """The ``count`` layers with the smallest influence, in order; of equal ones the first."""
    return sorted(sorted(range(len(influences)), key=lambda index: (influences[index], index))[:count])


def closest_block(distances: torch.Tensor, count: int) -> list[int]:
    """The ``count`` neighboring layers between whose ends the distance is smallest; ``distances`` of
    `angular_distances`, place i before layer i."""
    block_distances = torch.diagonal(distances, count)
    first = int(torch.argmin(block_distances))
    return list(range(first, first + count))
