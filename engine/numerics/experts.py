"""What the experts of a layer are worth, which of them stay, and what those that go are merged into."""

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
        """Tokens that reach an expert: its router weights (n,), and what it gives, not weighted (n, features)."""
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
    found: list[int] = []
    for start in range(0, len(scores), width):
        ranked = sorted(range(start, start + width), key=lambda index: (-float(scores[index]), index))
        found += sorted(ranked[: count // groups])
    return found


def best_over_layers(scores: Sequence[torch.Tensor], count: int, least: int) -> list[list[int]]:
    """The ``count`` experts of all layers with the largest shares of their layer's worth, each score (E,) by the sum of
    its layer's, in order; every layer keeps its ``least`` best. Of equal ones the first. ValueError for fewer.

    Norms of outputs grow from layer to layer, so that scores themselves can't be compared; shares can.
    """
    ranked = [best_experts(each, least) for each in scores]
    free = count - sum(map(len, ranked))
    if free < 0:
        raise ValueError(f"{count} experts are fewer than {least} in each of {len(scores)} layers")
    shares = [each.double() / each.double().sum().clamp_min(1e-30) for each in scores]
    others = [
        (-float(share), layer, index)
        for layer, each in enumerate(shares)
        for index, share in enumerate(each)
        if index not in ranked[layer]
    ]
    for _, layer, index in sorted(others)[:free]:
        ranked[layer].append(index)
    return [sorted(each) for each in ranked]


def nearest_experts(outputs: torch.Tensor, kept: Sequence[int], groups: int = 1) -> dict[int, int]:
    """For each expert that goes, the one of ``kept`` (in its group) whose mean output points most nearly the same way.
    ``outputs``: (E, features), the mean of what each expert makes of the same tokens (the likeness of HC-SMoE, Chen et
    al. 2024, arXiv 2410.08589)."""
    units = torch.nn.functional.normalize(outputs.double(), dim=-1)
    likeness = units @ units.t()
    width = len(outputs) // groups
    found = {}
    for gone in sorted(set(range(len(outputs))) - set(kept)):
        near = [index for index in kept if index // width == gone // width]
        found[gone] = max(near, key=lambda index: (float(likeness[gone, index]), -index))
    return found


def shares(kept: Sequence[int], nearest: dict[int, int], tokens: torch.Tensor) -> list[tuple[tuple[int, float], ...]]:
    """What each of ``kept`` is made of: itself, and those that go into it, weighted by the ``tokens`` (E,) that reached
    each (Li et al. 2023, MC-SMoE, arXiv 2310.01334, equation 2); all alike where none did."""
    found = []
    for own in kept:
        members = [own, *sorted(gone for gone, into in nearest.items() if into == own)]
        counts = [float(tokens[index]) for index in members]
        total = sum(counts)
        parts = [count / total for count in counts] if total else [1 / len(members)] * len(members)
        found.append(tuple(zip(members, parts, strict=True)))
    return found
