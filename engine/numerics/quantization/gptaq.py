"""Asymmetric calibration (Li et al. 2025, GPTAQ, arXiv 2504.02692; Zhang et al. 2025, Qronos, arXiv 2505.11695): a
layer makes up for what quantizing the layers before it has changed in its inputs."""

from __future__ import annotations

import torch

from engine.numerics.column_walk import factorize


def asymmetric_target(
    weight: torch.Tensor, gram: torch.Tensor, drift: torch.Tensor, damping: float, alpha: float
) -> torch.Tensor:
    """The weight that GPTQ rounds in the place of W (out, in), float32 (out, in).

    With inputs X of the original and X̃ behind quantized layers, ‖W X − T X̃‖² is smallest at
    T = W + W (X − X̃) X̃ᵀ (X̃ X̃ᵀ)⁻¹. The correction is estimated on few tokens: ``damping`` and ``alpha`` shrink it.

    gram: X̃ X̃ᵀ, float32 (in, in). drift: (X − X̃) X̃ᵀ, float32 (in, in). Both stay as they are.
    damping: share of the mean diagonal of ``gram`` that is added to it; raised where it can't be factorized.
    alpha: share of the correction, 0 to 1. W itself where even that fails.
    """
    hessian = gram.clone()
    factor = factorize(hessian, damping).factor if alpha else None
    if factor is None:
        return weight
    change = (weight @ drift).div_(gram.diagonal().mean())
    return weight + alpha * ((change @ factor.T) @ factor)
