"""Proportions of domains, updated by excess losses (Sheared LLaMA, arXiv 2310.06694, §2.2)."""

from __future__ import annotations

import torch


def updated_proportions(
    proportions: torch.Tensor,
    losses: torch.Tensor,
    references: torch.Tensor,
    *,
    rate: float = 1.0,
    floor: float = 1e-4,
) -> torch.Tensor:
    """New proportions, which sum to 1: ``a = softmax(log p + rate · max(loss - reference, 0))``, then
    ``(1 - floor) · a + floor / n``, so that no domain is forgotten. All tensors are (n,); float64 is returned."""
    excess = (losses.double() - references.double()).clamp(min=0)
    moved = torch.softmax(proportions.double().log() + rate * excess, dim=0)
    mixed = (1 - floor) * moved + floor / len(proportions)
    return mixed / mixed.sum()


def scaled_loss(loss: float, source: float, target: float, exponent: float) -> float:
    """The loss that a model of ``target`` parameters should reach where one of ``source`` parameters has ``loss``:
    L(N) ∝ N^-exponent (Kaplan et al. 2020, arXiv 2001.08361, eq. 1.1, exponent 0.076)."""
    return float(loss * (source / target) ** exponent)
