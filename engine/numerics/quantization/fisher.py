"""Loss of a changed weight in nats, by the Fisher information of its layer.

Of a layer y = W x whose weight changes by Δ the KL divergence of the model's predictions is, to second order and with
the Fisher information factorized into inputs and output gradients (Martens and Grosse 2015, arXiv 1503.05671, section
3.1; only the diagonal of the second factor), ½ Σᵢ E[gᵢ²] (Δ H Δᵀ)ᵢᵢ: H = E[x xᵀ] of the inputs, g the gradient at the
outputs of the log-likelihood of labels that the model draws itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch


def expected_loss(
    delta: torch.Tensor, gram: torch.Tensor, squares: torch.Tensor, weights: torch.Tensor | None = None
) -> float:
    """½ Σᵢ wᵢ E[gᵢ²] (Δ H Δᵀ)ᵢᵢ in nats a token. delta: (rows, inputs). gram: H, (inputs, inputs). squares: E[gᵢ²],
    (rows,). weights: rows that each row stands for, (rows,); None: itself."""
    energy = ((delta @ gram) * delta).sum(1).clamp_min_(0).double() * squares.double()
    return 0.5 * float((energy if weights is None else energy * weights.double()).sum())


def lookup_loss(
    delta: torch.Tensor, shares: torch.Tensor, squares: torch.Tensor, weights: torch.Tensor | None = None
) -> float:
    """The same of a table whose rows are looked up: ½ Σᵥ fᵥ Σⱼ E[gⱼ²] Δᵥⱼ². shares: f, the share of tokens that are v,
    (rows,). squares: E[gⱼ²] where the rows go, (inputs,)."""
    energy = (delta.square() @ squares.to(delta)).double() * shares.double()
    return 0.5 * float((energy if weights is None else energy * weights.double()).sum())


@dataclass(frozen=True)
class Sample:
    """Rows that stand for all. ``rows``: their numbers. ``weights``: how many each stands for."""

    rows: torch.Tensor
    weights: torch.Tensor


def sample_rows(importance: torch.Tensor, count: int) -> Sample:
    """At most ``count`` rows: the half that is most important each for itself, the others evenly from the rest.

    importance: (rows,), not negative, about what a row has in the sum: what is far from even is then not missed.
    """
    total = len(importance)
    if total <= count:
        return Sample(torch.arange(total), torch.ones(total))
    order = torch.argsort(importance.cpu(), descending=True, stable=True)
    first, rest = order[: count // 2], order[count // 2 :]
    places = (torch.arange(count - len(first), dtype=torch.float64) + 0.5) * len(rest) / (count - len(first))
    others = rest[places.long()]
    rows = torch.cat([first, others])
    weights = torch.ones(len(rows))
    weights[len(first) :] = len(rest) / len(others)
    rows, order = rows.sort()
    return Sample(rows, weights[order])
