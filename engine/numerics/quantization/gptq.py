"""GPTQ (Frantar et al. 2022, arXiv 2210.17323): round column by column, let the columns to come make up for the error.

For the linears that read one tensor the outputs are independent, so that their weights are stacked and solved at once.
SparseGPT (Frantar & Alistarh 2023, arXiv 2301.00774) is the same walk over the columns.
"""

from __future__ import annotations

import torch

from engine.numerics.column_walk import BLOCK, ColumnWalk, SharedWalks
from engine.numerics.ggml import gptq as ggml
from engine.numerics.ggml.layouts import FORMATS as BLOCK_FORMATS
from engine.numerics.quantization.codes import restore, rounded_codes
from engine.numerics.quantization.output_hessian import OutputHessian, rounded_under
from engine.numerics.quantization.quantize import dequantize, in_units, quantize
from engine.numerics.quantization.ranges import (
    Parameters,
    fit_rows,
    may_lie_on_grid,
    refuse_infinite,
    rows_at_once,
    tensor_scale,
)
from engine.numerics.quantization.scheme import Clip, Quantized, Scheme, Solution


def gptq(
    weight: torch.Tensor,
    gram: torch.Tensor,
    scheme: Scheme,
    clip: Clip | None = None,
    *,
    damping: float = 0.01,
    act_order: bool = False,
    mask: torch.Tensor | None = None,
    descend: bool = True,
    block: int = BLOCK,
    hessian: OutputHessian | None = None,
    along: SharedWalks | None = None,
) -> Solution:
    """Quantize a floating (out, in) weight.

    Parameters
    ----------
    gram: (in, in) float32, the sum of x xᵀ over the calibration tokens, up to a factor. It is overwritten: two matrices
        of its size are all that is in memory.
    damping: is added to the diagonal as a share of its mean; raised tenfold, up to 1, while the factorization fails.
    act_order: round inputs in order of falling energy. Scales are then fitted beforehand, so that groups stay in place.
    mask: bool (out, in); the other weights were pruned and stay zero.
    clip: "mse": scales are searched for the smallest error weighted by the energy of the inputs, the diagonal of the
        Gram matrix: of the weights as they are by now where a group is reached in one piece.
    descend: go over the columns once more, and let each code fall to the value that is best with all others as they
        are (coordinate descent on the same damped error).
    hessian: that of the outputs, under which they are rounded in groups; None: each output by itself.
    along: walks of these inputs that many weights share: they have Gram matrix, damping and order, and ``gram`` stays.

    Of block formats scales are always searched by energy, and beforehand; inputs are rounded by falling energy.
    ValueError for a NaN, an infinity, or scales beyond their dtype.
    """
    if scheme.number.kind == "block":
        blocks = BLOCK_FORMATS[scheme.format]
        return ggml.gptq(weight, gram, blocks, damping=damping, mask=mask, hessian=hessian, along=along)
    clip = clip or Clip()
    unit = tensor_scale([weight], scheme)
    weight = weight.float() if unit is None else weight / unit
    energy = gram.diagonal().clone() if clip.kind == "mse" else None
    walk = along.over(weight) if along else ColumnWalk(weight, gram, damping, act_order=act_order, block=block)
    if walk.factor is None:
        return _nearest(weight if mask is None else weight * mask, walk, scheme, clip, unit)
    whole = fit_rows(weight, scheme, clip, energy=energy) if scheme.granularity == "tensor" else None

    def rounded(walk: ColumnWalk, target: torch.Tensor, mask: torch.Tensor | None) -> _Rounding:
        rounding = _Rounding(walk, target, scheme, clip, mask, act_order, energy, whole)
        walk.run(rounding.solve)
        if descend:
            walk.descend(rounding.dequantized(), rounding.revise)
        return rounding

    if hessian is None:
        quantized = rounded(walk, weight, mask).quantized()
    else:
        quantized = rounded_under(hessian, walk, weight, mask, rounded)
    quantized = quantized if whole is None else _with_one_scale(quantized)
    error = (walk.error_of if hessian or along else walk.error)(dequantize(quantized, scheme))
    refuse_infinite(weight, quantized.scales, scheme)
    return Solution(in_units(quantized, unit), error, walk.damping)


def _nearest(weight: torch.Tensor, walk: ColumnWalk, scheme: Scheme, clip: Clip, unit: torch.Tensor | None) -> Solution:
    """Rounded to nearest, where the Gram matrix can't be factorized."""
    one = None if unit is None else torch.ones_like(unit)
    quantized = quantize(weight, scheme, clip, unit=one)
    return Solution(in_units(quantized, unit), walk.error(dequantize(quantized, scheme)), None)


def _with_one_scale(quantized: Quantized) -> Quantized:
    """Of a tensor whose rows share their scale."""
    zeros = quantized.zero_points
    return Quantized(quantized.codes, quantized.scales[:1], None if zeros is None else zeros[:1])


class _Rounding:
    """Rounds the columns of a walk. Scales of a whole row, or of groups that are solved out of order, can't wait until
    their group is reached: they are fitted beforehand. ``scales`` and ``zeros``: (out,) of each group."""

    def __init__(
        self,
        walk: ColumnWalk,
        weight: torch.Tensor,
        scheme: Scheme,
        clip: Clip,
        mask: torch.Tensor | None,
        act_order: bool,
        energy: torch.Tensor | None,
        whole: Parameters | None,
    ) -> None:
        """``whole``: scale and zero point of the whole tensor, where it has one of each."""
        outputs, inputs = weight.shape
        columns = scheme.scale_shape(outputs, inputs)[1]
        self._walk = walk
        self._scheme = scheme
        self._clip = clip
        self._mask = None if mask is None else mask.T.contiguous()
        self._size = inputs // columns
        self._codes = torch.empty(inputs, outputs, dtype=scheme.number.code_dtype, device=weight.device)
        self._scales: list[torch.Tensor] = []
        self._scales_fp32: list[torch.Tensor] = []
        self._zeros: list[torch.Tensor | None] = []
        self._static = act_order or columns == 1
        self._on_grid = may_lie_on_grid(weight, scheme)
        self._energy = energy
        if whole is not None:
            self._extend([whole], outputs)
        elif self._static:
            self._fit(weight, 0)

    def solve(self, row: int, values: torch.Tensor, error: torch.Tensor) -> None:
        """Round a column."""
        column = self._walk.perm[row]
        if not self._static and column % self._size == 0:
            coming = self._walk.upcoming(self._size).flip(0)
            coming = coming if self._mask is None else coming * self._mask[column : column + self._size]
            self._fit(coming.T, column)
        torch.sub(values, self._round_column(column, values), out=error)

    def dequantized(self) -> torch.Tensor:
        """The dequantized weight (in, out)."""
        groups = zip(torch.split(self._codes, self._size), self._scales_fp32, self._zeros, strict=True)
        return torch.cat([restore(*group, self._scheme.number) for group in groups])

    def revise(self, row: int, now: torch.Tensor, best: torch.Tensor, _: torch.Tensor, change: torch.Tensor) -> None:
        """Round a column again."""
        torch.sub(now, self._round_column(self._walk.perm[row], best), out=change)

    def _round_column(self, column: int, values: torch.Tensor) -> torch.Tensor:
        """Store the codes nearest to values (1, out) of a column, and return the dequantized ones."""
        group, number = column // self._size, self._scheme.number
        scale, zero = self._scales_fp32[group], self._zeros[group]
        target = values if self._mask is None else values * self._mask[column]
        code = rounded_codes(target, scale, zero, number)
        self._codes[column : column + 1] = code  # which casts them
        return restore(code, scale, zero, number)

    def quantized(self) -> Quantized:
        """Codes (out, in), scales and zero points of all groups, for each output."""
        zeros = [zero for zero in self._zeros if zero is not None]
        return Quantized(
            self._codes.T.contiguous(),
            torch.stack(self._scales, 1),
            torch.stack(zeros, 1) if zeros else None,
        )

    def _fit(self, weight: torch.Tensor, first: int) -> None:
        """Fit scales and zero points of the next groups to their weights (out, inputs of the groups), which start at
        the input ``first``."""
        inputs = weight.shape[1]
        energy = None if self._energy is None else self._energy[first : first + inputs]
        fits = [
            fit_rows(rows, self._scheme, self._clip, energy=energy, on_grid=self._on_grid)
            for rows in torch.split(weight, rows_at_once(weight))
        ]
        self._extend(fits, len(weight))

    def _extend(self, fits: list[Parameters], outputs: int) -> None:
        """Append the scales and zero points of the next groups, by rows."""
        scales = _by_group([scale for scale, _ in fits], outputs)
        self._scales += scales
        self._scales_fp32 += [scale.float() for scale in scales]
        zeros = [zero for _, zero in fits if zero is not None]
        self._zeros += _by_group(zeros, outputs) if zeros else [None] * len(scales)


def _by_group(values: list[torch.Tensor], outputs: int) -> tuple[torch.Tensor, ...]:
    """(out,) of each group; one value for the whole tensor is repeated."""
    whole = torch.cat(values)
    return whole.expand(outputs, whole.shape[1]).T.contiguous().unbind(0)
