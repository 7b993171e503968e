"""Dynamic fake quantization of activations, one scale a token."""

from __future__ import annotations

import torch


def fake_quantize(x: torch.Tensor, bits: int, symmetric: bool) -> torch.Tensor:
    """Round every token of ``x`` (…, features) to ``bits``-bit integers of its own range, and back.

    Symmetric: scale absmax / ((2^b − 1) / 2). Asymmetric: the range from the smallest to the largest value, zero
    always in it, with an integer zero point. Worked in float32; the dtype of ``x`` comes back.
    """
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    values = x.float()
    smallest, largest = values.amin(-1, keepdim=True).clamp_max(0), values.amax(-1, keepdim=True).clamp_min(0)
    tiny = torch.finfo(torch.float32).tiny
    if symmetric:
        scale = (torch.maximum(-smallest, largest) / ((high - low) / 2)).clamp_min(tiny)
        return ((values / scale).round_().clamp_(low, high) * scale).to(x.dtype)
    scale = (largest / (high - low) - smallest / (high - low)).clamp_min(tiny)
    zero = (low - smallest / scale).round_().clamp_(low, high)
    return (((values / scale).add_(zero).round_().clamp_(low, high) - zero) * scale).to(x.dtype)
