"""GPTQ (Frantar et al. 2022, arXiv 2210.17323): round column by column, let the columns to come make up for the error.

For the linears that read one tensor the outputs are independent, so that their weights are stacked and solved at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from engine.numerics.quantize import Clip, Quantized, Scheme, decode, dequantize, encode, fit, quantize


@dataclass(frozen=True)
class Solution:
    """``quantized`` codes; ``error`` ‖(W − Ŵ)X‖² / ‖WX‖² over the calibration set; ``damping`` that was needed, None
    if the Gram matrix could not be factorized and the weight was rounded to nearest instead."""

    quantized: Quantized
    error: float
    damping: float | None


def gptq(
    weight: torch.Tensor,
    gram: torch.Tensor,
    scheme: Scheme,
    clip: Clip | None = None,
    *,
    damping: float = 0.01,
    order: bool = False,
    block: int = 128,
) -> Solution:
    """Quantize a floating (out, in) weight.

    Parameters
    ----------
    gram: (in, in) float32, the sum of x xᵀ over the calibration tokens, up to a factor.
    damping: is added to the diagonal as a share of its mean; raised tenfold, up to 1, while the factorization fails.
    order: visit inputs in order of falling energy. Scales are then fitted beforehand, so that groups stay in place.
    block: columns that are worked on before the rest of the weight is updated.

    ValueError for a NaN, an infinity, or scales beyond their dtype.
    """
    clip = clip or Clip()
    weight = weight.float()
    factor, used = inverse_factor(gram, damping, order)
    if factor is None:
        rounded = quantize(weight, scheme, clip)
        return Solution(rounded, relative_error(weight, dequantize(rounded, scheme), gram), None)
    sequence = torch.argsort(gram.diagonal(), descending=True, stable=True) if order else None
    quantized = _solve(weight, factor, scheme, clip, sequence, block)
    return Solution(quantized, relative_error(weight, dequantize(quantized, scheme), gram), used)


def inverse_factor(gram: torch.Tensor, damping: float, order: bool = False) -> tuple[torch.Tensor | None, float]:
    """The upper triangular U with U^T U = (G + λ·mean(diag G)·I)^-1 and the λ that was used; None if even λ = 1 fails.

    One factorization of the flipped matrix: with J the reversal, J G J = L L^T gives G = R R^T for the upper triangular
    R = J L J, hence U = R^-1. ``order``: of the matrix with its rows and columns sorted by falling diagonal.
    """
    diagonal = gram.diagonal()
    mean = diagonal.mean()
    if not torch.isfinite(mean) or mean <= 0:
        return None, damping
    if order:
        sequence = torch.argsort(diagonal, descending=True, stable=True)
        gram = gram[sequence][:, sequence]
    flipped = gram.flip(0, 1)
    scaled = damping
    while True:
        damped = flipped / mean
        damped.diagonal().add_(scaled)
        lower, info = torch.linalg.cholesky_ex(damped)
        if int(info) == 0:
            upper = lower.flip(0, 1)
            eye = torch.eye(len(upper), dtype=upper.dtype, device=upper.device)
            inverse = torch.linalg.solve_triangular(upper, eye, upper=True)
            if torch.isfinite(inverse).all():
                return inverse, scaled
        if scaled >= 1:
            return None, scaled
        scaled = min(1.0, max(scaled * 10, 1e-4))


def relative_error(weight: torch.Tensor, other: torch.Tensor, gram: torch.Tensor) -> float:
    """‖(W − Ŵ)X‖² / ‖WX‖², from the Gram matrix of X; 0 for a weight that gives nothing."""
    difference = weight - other
    energy = ((weight @ gram) * weight).sum(dtype=torch.float64)
    return float(((difference @ gram) * difference).sum(dtype=torch.float64) / energy) if energy > 0 else 0.0


def _solve(
    weight: torch.Tensor,
    factor: torch.Tensor,
    scheme: Scheme,
    clip: Clip,
    sequence: torch.Tensor | None,
    block: int,
) -> Quantized:
    """Works on the transpose: the weights of an input lie side by side, every step passes over contiguous memory."""
    outputs, inputs = weight.shape
    number = scheme.number
    columns = scheme.scale_shape(outputs, inputs)[1]
    size = inputs // columns
    # scales of a whole row, or of groups that are visited out of order, can't wait until their group is reached
    static = sequence is not None or size == inputs
    scales, zeros = _fitted(weight, scheme, clip, size) if static else (None, None)
    work = (weight if sequence is None else weight[:, sequence]).T.contiguous()
    codes = torch.empty(inputs, outputs, dtype=number.code_dtype, device=weight.device)
    found: list[tuple[torch.Tensor, torch.Tensor | None]] = []
    for start in range(0, inputs, block):
        stop = min(start + block, inputs)
        errors = torch.empty(stop - start, outputs, device=weight.device)
        for column in range(start, stop):
            place = column if sequence is None else int(sequence[column])
            group = place // size
            if static:
                assert scales is not None
                scale, zero = scales[group], None if zeros is None else zeros[group]
            else:
                if column % size == 0:
                    found.append(_group(work, errors, factor, start, column, size, stop, scheme, clip))
                scale, zero = found[group]
            values = work[column]
            code = encode(values, scale.float(), zero, number)
            codes[place] = code
            error = (values - decode(code, zero, number) * scale.float()) / factor[column, column]
            work[column + 1 : stop].addr_(factor[column, column + 1 : stop], error, alpha=-1)
            errors[column - start] = error
        work[stop:].addmm_(factor[start:stop, stop:].T, errors, alpha=-1)
    if not static:
        scales = torch.stack([scale for scale, _ in found])
        zeros = None if found[0][1] is None else torch.stack([zero for _, zero in found if zero is not None])
    assert scales is not None
    return Quantized(codes.T.contiguous(), scales.T.contiguous(), None if zeros is None else zeros.T.contiguous())


def _fitted(weight: torch.Tensor, scheme: Scheme, clip: Clip, size: int) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Scales and zero points of the unchanged weight, (groups, out)."""
    outputs, inputs = weight.shape
    if scheme.granularity == "tensor":
        scale, zero = fit(weight.reshape(1, -1), scheme, clip)
        return scale.expand(1, outputs), None if zero is None else zero.expand(1, outputs)
    scale, zero = fit(weight.reshape(-1, size), scheme, clip)
    shape = (outputs, inputs // size)
    return scale.view(shape).T.contiguous(), None if zero is None else zero.view(shape).T.contiguous()


def _group(
    work: torch.Tensor,
    errors: torch.Tensor,
    factor: torch.Tensor,
    start: int,
    column: int,
    size: int,
    stop: int,
    scheme: Scheme,
    clip: Clip,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Scale and zero point (out,) of the group that starts at ``column``, fitted to its weights as they are by now.

    What reaches beyond the block has not heard of the block's errors yet: they are applied to a copy.
    """
    end = column + size
    group = work[column:end]
    if end > stop:
        done = slice(start, column)
        late = work[stop:end] - factor[done, stop:end].T @ errors[: column - start]
        group = torch.cat([work[column:stop], late])
    scale, zero = fit(group.T.contiguous(), scheme, clip)
    return scale.squeeze(1), None if zero is None else zero.squeeze(1)
