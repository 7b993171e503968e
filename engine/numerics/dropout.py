"""Dropout (Srivastava et al. 2014), drawn from a generator of the caller."""

from __future__ import annotations

import torch


def dropout(x: torch.Tensor, rate: float, generator: torch.Generator) -> torch.Tensor:
    """``x`` with each value zero with probability ``rate`` and the others divided by 1 − rate; of any shape.
    ``generator``: on the device of ``x``. The values of `torch.nn.functional.dropout` on a CPU for the same state."""
    if rate >= 1.0:
        return x * 0.0
    keep_mask = torch.empty_like(x, memory_format=torch.contiguous_format).bernoulli_(1.0 - rate, generator=generator)
    return x * keep_mask.div_(1.0 - rate)
