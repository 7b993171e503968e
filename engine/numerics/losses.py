"""Losses of next-token prediction, in float32 whatever the logits are."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from engine.numerics.rows import by_rows


def token_losses(logits: torch.Tensor, targets: torch.Tensor, *, rows: torch.Tensor | None = None) -> torch.Tensor:
    """Negative log-likelihood in nats of each target: (n, vocabulary) and (n,) int64 -> (n,) float32, 0 for -100.

    ``rows``: int64 indices of the tokens that count, (len(rows),) then. Float32 copies of the logits, and their
    gradients, are made for some rows after the other.
    """
    return by_rows(_cross_entropy, logits, targets, rows=rows)


def next_token_losses(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """`token_losses` of each label at the logits before it: (samples, length, vocabulary) and (samples, length) ->
    (samples, length - 1). The logits are not copied for it."""
    targets = torch.cat((labels[:, 1:], torch.full_like(labels[:, :1], -100)), 1)
    return token_losses(logits.flatten(0, 1), targets.flatten()).view(labels.shape)[:, :-1]


def _cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(logits, targets, reduction="none")
