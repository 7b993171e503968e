"""Rounding with straight-through gradients."""

from __future__ import annotations

from typing import Any

import torch


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        return value.view_as(value)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradients[0], None


def straight_through(x: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """``value``, whose gradient goes to ``x`` unchanged (Bengio et al. 2013)."""
    passed = _StraightThrough.apply(x, value.detach())  # type: ignore[no-untyped-call]
    assert isinstance(passed, torch.Tensor)
    return passed


def as_stored(x: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """``x`` rounded to what ``dtype`` can hold, in its own dtype: training then sees the stored values. Values
    beyond the dtype become its largest one."""
    largest = torch.finfo(dtype).max
    return straight_through(x, x.detach().clamp(-largest, largest).to(dtype).to(x.dtype))
