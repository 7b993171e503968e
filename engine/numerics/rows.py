"""Losses of logits, row by row: the float32 copies of a large vocabulary are never all in memory at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from engine.numerics.exponents import exponents_of, powers_of_two

_EXPONENT = 14
"""Exponent of the largest slope of a row in float16, which ends at 2^16."""
CHUNK_VALUES = 1 << 24
"""Logits that are in float32 at a time: 64 MB for each copy."""

RowLoss = Callable[..., torch.Tensor]
"""(logits (m, vocabulary), one tensor of m rows for each further argument) -> (m,)"""


def by_rows(
    loss: RowLoss, logits: torch.Tensor, *others: torch.Tensor, rows: torch.Tensor | None = None, chunk: int = 0
) -> torch.Tensor:
    """``loss`` of the rows of ``logits`` (n, vocabulary) in float32 (float64 stays what it is), shape (n,).

    A row's loss may depend on that row alone. Its gradient is computed in the same pass, chunk by chunk, and kept in
    the dtype of ``logits``: what a backward pass holds anyway. In float16, whose range is too short for slopes of small
    probabilities, each row is kept in units of a power of two; what a loss scaler multiplies the loss by meets it in
    float32. Nothing flows into ``others``.

    Parameters
    ----------
    rows: int64 indices of the rows that count; only their losses are given, (len(rows),), the others get no gradient
        whatever stands in them.
    chunk: rows at a time; 0 chooses.
    """
    count = len(logits) if rows is None else len(rows)
    chunk = chunk or max(1, CHUNK_VALUES // logits.shape[-1])
    losses: torch.Tensor = _ByRows.apply(loss, logits, rows, min(chunk, max(1, count)), *others)  # type: ignore[no-untyped-call]
    return losses


class _ByRows(torch.autograd.Function):
    @staticmethod
    def forward(
        context: Any,
        loss: RowLoss,
        logits: torch.Tensor,
        rows: torch.Tensor | None,
        chunk: int,
        *others: torch.Tensor,
    ) -> torch.Tensor:
        needs_gradient = context.needs_input_grad[1]
        selections: list[Any] = (
            [slice(first, first + chunk) for first in range(0, len(logits), chunk)]  # views instead of copies
            if rows is None
            else list(torch.split(rows, chunk))
        )
        whole = rows is None and len(selections) == 1  # then its gradient is what is computed, without another copy
        slopes = torch.zeros_like(logits) if needs_gradient and not whole else None
        units = logits.new_ones(len(logits), dtype=torch.float32) if logits.dtype == torch.float16 else None
        losses: list[torch.Tensor] = []
        for some in selections:
            with torch.set_grad_enabled(needs_gradient), torch.autocast(logits.device.type, enabled=False):
                some_logits = _wide(logits[some]).detach().requires_grad_(needs_gradient)
                values = loss(some_logits, *(other[some] for other in others))
                if needs_gradient:
                    (slope,) = torch.autograd.grad(values.sum(), some_logits)
                    if units is not None:
                        units[some] = _unit(slope)
                        slope = slope / units[some][:, None]
                    if slopes is None:
                        slopes = slope.to(logits.dtype)
                    else:
                        slopes[some] = slope.to(slopes.dtype)
            losses.append(values.detach())
        if slopes is not None:
            context.save_for_backward(slopes)
            context.rows, context.units, context.chunk = rows, units, chunk
        return torch.cat(losses) if losses else _wide(logits.new_zeros(0))

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (slopes,) = context.saved_tensors
        (upper,) = gradients
        if context.rows is not None:
            upper = upper.new_zeros(len(slopes)).index_put((context.rows,), upper)
        if context.units is None:
            gradient = slopes * upper.to(slopes.dtype)[:, None]
        else:
            factors = upper.float() * context.units
            gradient = torch.empty_like(slopes)
            for first in range(0, len(slopes), context.chunk):
                some = slice(first, first + context.chunk)
                gradient[some] = slopes[some].float().mul_(factors[some, None])
        return (None, gradient, *(None for _ in context.needs_input_grad[2:]))


def _unit(slopes: torch.Tensor) -> torch.Tensor:
    """For each row of slopes (m, vocabulary) in float32 the power of two (m,) in units of which its largest magnitude
    lies between 2^13 and 2^14, where float16 resolves numbers down to 2^-38 of it; 1 for rows of zeros."""
    largest = slopes.abs().amax(1)
    exponents = (exponents_of(largest.nan_to_num()) - _EXPONENT).clamp(-126, 126)
    return torch.where(largest > 0, powers_of_two(exponents), 1.0)


def _wide(tensor: torch.Tensor) -> torch.Tensor:
    return tensor if tensor.dtype == torch.float64 else tensor.float()
