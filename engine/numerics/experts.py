"""Saliency of the experts of a layer, choice of those that remain, and merging of the others into them."""

from __future__ import annotations

from collections.abc import Sequence

import torch

CRITERIA = ("reap", "activation", "frequency")


class Saliency:
    """Sums over the tokens that reach each of E experts of a layer, float64 (E,).

    tokens: their number. weighted: of router weight times the norm of the expert's output. norms: of that norm.
    """

    def __init__(self, experts: int) -> None:
        self.tokens = torch.zeros(experts, dtype=torch.float64)
        self.weighted = torch.zeros(experts, dtype=torch.float64)
        self.norms = torch.zeros(experts, dtype=torch.float64)

    def add(self, expert: int, weights: torch.Tensor, output: torch.Tensor) -> None:
        """Tokens that reach an expert: its router weights (n,), and its outputs before weighting (n, features)."""
        norms = output.float().norm(dim=-1).double()
        self.tokens[expert] += len(norms)
        self.norms[expert] += norms.sum().cpu()
        self.weighted[expert] += (weights.double() * norms).sum().cpu()

    def scores(self, criterion: str) -> torch.Tensor:
        """float64 (E,), more is better; 0 for an expert that no token reached.

        "reap": the mean of router weight times norm (Lasby et al. 2025, REAP, arXiv 2510.13999, equation 9).
        "activation": the sum of norms (EAN: Jaiswal et al. 2025, arXiv 2504.05586). "frequency": the tokens.
        """
        if criterion == "reap":
            return self.weighted / self.tokens.clamp_min(1)
        if criterion == "activation":
            return self.norms
        if criterion == "frequency":
            return self.tokens
        raise ValueError(f"'{criterion}' is none of {', '.join(CRITERIA)}")


def best_experts(scores: torch.Tensor, count: int, groups: int = 1) -> list[int]:
    """The ``count`` experts with the highest scores (E,), in order; of equal ones the first. With ``groups``, runs of
    E / groups experts, each group keeps equally many. ValueError if that does not come out even."""
    if len(scores) % groups or count % groups or not groups <= count <= len(scores):
        raise ValueError(f"{count} of {len(scores)} experts can't be equally many in each of {groups} groups")
    width = len(scores) // groups
    best: list[int] = []
    for start in range(0, len(scores), width):
        ranked = sorted(range(start, start + width), key=lambda index: (-float(scores[index]), index))
        best += sorted(ranked[: count // groups])
    return best


def best_over_layers(scores: Sequence[torch.Tensor], count: int, least: int) -> list[list[int]]:
    """The ``count`` experts of all layers with the largest shares of their layer's worth, each score (E,) by the sum of
    its layer's, in order; every layer keeps its ``least`` best. Of equal ones the first. ValueError for fewer.

    Norms of outputs grow from layer to layer, so that scores themselves can't be compared; shares can.
    """
    ranked = [best_experts(layer_scores, least) for layer_scores in scores]
    free = count - sum(map(len, ranked))
    if free < 0:
        raise ValueError(f"{count} experts are fewer than {least} in each of {len(scores)} layers")
    shares = [layer_scores.double() / layer_scores.double().sum().clamp_min(1e-30) for layer_scores in scores]
    others = [
        (-float(share), layer, index)
        for layer, layer_shares in enumerate(shares)
        for index, share in enumerate(layer_shares)
        if index not in ranked[layer]
    ]
    for _, layer, index in sorted(others)[:free]:
        ranked[layer].append(index)
    return [sorted(chosen) for chosen in ranked]


def nearest_experts(outputs: torch.Tensor, remaining: Sequence[int], groups: int = 1) -> dict[int, int]:
    """For each expert that is removed, the one of ``remaining`` (in its group) with the largest cosine of mean outputs.
    ``outputs``: (E, features), the mean output of each expert for the same tokens (the similarity of HC-SMoE, Chen et
    al. 2024, arXiv 2410.08589)."""
    units = torch.nn.functional.normalize(outputs.double(), dim=-1)
    similarity = units @ units.t()
    width = len(outputs) // groups
    nearest = {}
    for removed in sorted(set(range(len(outputs))) - set(remaining)):
        near = [index for index in remaining if index // width == removed // width]
        nearest[removed] = max(near, key=lambda index: (float(similarity[removed, index]), -index))
    return nearest


def shares(
    remaining: Sequence[int], nearest: dict[int, int], tokens: torch.Tensor
) -> list[tuple[tuple[int, float], ...]]:
    """Merging weights of each of ``remaining``: pairs (expert, weight) of itself and those that are merged into it, by
    the ``tokens`` (E,) that reached each (Li et al. 2023, MC-SMoE, arXiv 2310.01334, equation 2); all alike where none
    did."""
    shares = []
    for own in remaining:
        members = [own, *sorted(removed for removed, into in nearest.items() if into == own)]
        counts = [float(tokens[index]) for index in members]
        total = sum(counts)
        parts = [count / total for count in counts] if total else [1 / len(members)] * len(members)
        shares.append(tuple(zip(members, parts, strict=True)))
    return shares
