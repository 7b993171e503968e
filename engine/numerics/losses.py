"""Losses of next-token prediction, in float32 whatever the logits are."""

from __future__ import annotations

import torch
import torch.nn.functional as F


def token_losses(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Negative log-likelihood in nats of each target: (n, vocabulary) and (n,) int64 -> (n,) float32."""
    return F.cross_entropy(logits.float(), targets, reduction="none")
