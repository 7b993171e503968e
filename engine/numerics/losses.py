"""Losses of next-token prediction, in float32 whatever the logits are."""

from __future__ import annotations

import torch
import torch.nn.functional as F


def token_losses(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Negative log-likelihood in nats of each target: (n, vocabulary) and (n,) int64 -> (n,) float32."""
    return F.cross_entropy(logits.float(), targets, reduction="none")


def token_divergences(reference: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    """KL(reference || this) in nats for each token: two (n, vocabulary) -> (n,) float32."""
    log_p = F.log_softmax(reference.float(), dim=-1)
    log_q = F.log_softmax(logits.float(), dim=-1)
    return F.kl_div(log_q, log_p, reduction="none", log_target=True).sum(-1)
