"""Low-rank updates of a weight (LoRA, arXiv 2106.09685; DoRA, arXiv 2402.09353). All in float64.

W is (out, in), A (r, in), B (out, r), s a number: the update is s B A.
"""

from __future__ import annotations

import math

import torch


def merged(
    weight: torch.Tensor,
    lora_A: torch.Tensor,
    lora_B: torch.Tensor,
    scale: float,
    *,
    mask: torch.Tensor | None = None,
    magnitude: torch.Tensor | None = None,
) -> torch.Tensor:
    """W + s B A, float64 (out, in): with a ``mask`` (out, in, bool) only where it is true; with a ``magnitude`` (out,)
    each row is brought to that length (DoRA, equation 5)."""
    update = scale * (lora_B.double() @ lora_A.double())
    total = weight.double() + (update if mask is None else update * mask)
    return total if magnitude is None else total * dora_factor(total, magnitude)[:, None]


def dora_factor(total: torch.Tensor, magnitude: torch.Tensor) -> torch.Tensor:
    """Factors of the rows of W + s B A, float64 (out,): magnitude / norm of the row (DoRA, equation 5)."""
    lengths: torch.Tensor = torch.linalg.vector_norm(total.double(), dim=1)
    return magnitude.double() / lengths.clamp_min(torch.finfo(torch.float32).tiny)


def spectrum(lora_A: torch.Tensor, lora_B: torch.Tensor, scale: float) -> torch.Tensor:
    """The singular values of s B A in falling order, float64 (r,): those of R_B R_Aᵀ, which is small."""
    small = min(lora_A.shape[0], *lora_B.shape, lora_A.shape[1])
    upper_a = torch.linalg.qr(lora_A.double().t(), mode="r").R
    upper_b = torch.linalg.qr(lora_B.double(), mode="r").R
    values: torch.Tensor = torch.linalg.svdvals(upper_b @ upper_a.t())
    return abs(scale) * values[:small]


def effective_rank(values: torch.Tensor) -> float:
    """exp of the entropy of the shares of the singular values (Roy and Vetterli 2007); 0 for none at all."""
    total = float(values.sum())
    if not total > 0:
        return 0.0
    shares = values / total
    return math.exp(float(-(shares * shares.clamp_min(1e-300).log()).sum()))


def without_start(
    lora_A: torch.Tensor, lora_B: torch.Tensor, start_A: torch.Tensor, start_B: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """A and B of twice the rank that say B A − B₀ A₀: the update of a weight from which s B₀ A₀ was taken at the start
    (PiSSA, arXiv 2404.02948, section 3), relative to the original weight."""
    return torch.cat([lora_A, start_A]), torch.cat([lora_B, -start_B], dim=1)
