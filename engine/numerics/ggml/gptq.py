"""GPTQ into ggml's blocks: scales are searched with the energy of the inputs, then the codes are rounded column by
column, and the columns to come make up for the error (Frantar et al. 2022, arXiv 2210.17323)."""

from __future__ import annotations

import dataclasses

import torch

from engine.numerics.column_walk import ColumnWalk, SharedWalks
from engine.numerics.ggml import search
from engine.numerics.ggml.codebooks import SIGNED, Codebook
from engine.numerics.ggml.layouts import Format, Layout, dequantize
from engine.numerics.ggml.point_search import largest, signs
from engine.numerics.ggml.quantize import codes_of, quantize
from engine.numerics.ggml.search import reciprocal
from engine.numerics.quantization.grid_gptq import GridRounding
from engine.numerics.quantization.output_hessian import OutputHessian, Rounding, rounded_under
from engine.numerics.quantization.scheme import Quantized, Solution


def gptq(
    weight: torch.Tensor,
    gram: torch.Tensor,
    layout: Format,
    *,
    damping: float,
    mask: torch.Tensor | None = None,
    hessian: OutputHessian | None = None,
    along: SharedWalks | None = None,
) -> Solution:
    """Quantize a floating (out, in) weight; inputs are rounded in order of falling energy, then once more by descent.

    gram: (in, in) float32, the sum of x xᵀ over the calibration tokens, up to a factor. It is overwritten.
    damping: is added to the diagonal as a share of its mean; raised tenfold, up to 1, while the factorization fails.
    mask: bool (out, in); the other weights were pruned and stay as near to zero as the format allows.
    along: walks of these inputs in order of falling energy that many weights share: ``gram`` stays.

    Points of a codebook are several columns wide: those that share their signs are rounded together, to the points
    with the smallest weighted error (as in GPTVQ, van Baalen et al. 2024, arXiv 2402.15319).

    ValueError as of `quantize`.
    """
    weight = weight.float()
    energy = gram.diagonal().clone()
    together = SIGNED if isinstance(layout, Codebook) else 1
    if along is None:
        walk = ColumnWalk(weight, gram, damping, act_order=True, together=together)
    else:
        walk = along.over(weight, together)
    if walk.factor is None:
        blocks = quantize(weight, layout, energy)
        return Solution(Quantized.of_blocks(blocks), walk.error(dequantize(blocks, layout)), None)

    def rounded(walk: ColumnWalk, target: torch.Tensor, mask: torch.Tensor | None) -> Rounding:
        blocks = quantize(target, layout, energy)
        mask = None if mask is None else mask.T.contiguous()
        rounding: _PointRounding | _LevelRounding
        if isinstance(layout, Codebook):
            rounding = _PointRounding(walk, blocks, layout, mask)
        else:
            rounding = _LevelRounding(walk, blocks, layout, mask)
        walk.run(rounding.solve)
        walk.descend(rounding.dequantized(), rounding.revise)
        return rounding

    if hessian is None:
        solved = rounded(walk, weight, mask).quantized()
    else:
        solved = rounded_under(hessian, walk, weight, mask, rounded)
    error = (walk.error_of if hessian or along else walk.error)(dequantize(solved.codes, layout))
    return Solution(solved, error, walk.damping)


class _LevelRounding(GridRounding):
    """Rounds the columns of a walk by the scales that blocks have."""

    def __init__(self, walk: ColumnWalk, blocks: torch.Tensor, layout: Layout, mask: torch.Tensor | None) -> None:
        self._layout = layout
        self._fields = fields = layout.split(blocks.view(-1, layout.nbytes))

        def by_run(values: torch.Tensor) -> torch.Tensor:
            """(blocks, runs of a block) -> (runs of a row, out)."""
            return values.view(len(blocks), -1).T.contiguous()

        scales = by_run(fields.d if fields.scales is None else fields.d * fields.scales)
        offsets = None
        if fields.m is not None:
            offsets = by_run(fields.m if fields.mins is None else -(fields.m * fields.mins))
        super().__init__(walk, search.grid_of(layout).nearest, scales, offsets, mask)

    def quantized(self) -> Quantized:
        """Blocks (out, bytes) of the codes."""
        codes = codes_of(self.levels.T.contiguous(), self._layout).view(-1, self._layout.size)
        blocks = self._layout.join(dataclasses.replace(self._fields, codes=codes))
        return Quantized.of_blocks(blocks.view(self.levels.shape[1], -1))


class _PointRounding:
    """Chooses points by the scales that blocks have. In order of the inputs: scales (runs, out), codes (points, out),
    which weights are negative (in, out)."""

    def __init__(self, walk: ColumnWalk, blocks: torch.Tensor, book: Codebook, mask: torch.Tensor | None) -> None:
        self._walk, self._book, self._mask = walk, book, mask
        self._params = params = book.split(blocks.view(-1, book.nbytes))
        self._outputs = len(blocks)
        self._scale, self._codes, self._negative = (
            values.view(self._outputs, -1).T.contiguous()
            for values in (params.d * (2 * params.scales + 1) / book.part, params.codes, params.negative)
        )
        self._table = book.points(blocks.device)
        self._squares = self._table.square().T
        self._costs = walk.costs()
        over = reciprocal(self._scale)
        self._inverse, self._negated_inverse = over.unbind(), (-over).unbind()
        self._factor, self._negated_factor = self._scale.unbind(), (-self._scale).unbind()

    def solve(self, row: int, values: torch.Tensor, error: torch.Tensor) -> None:
        """Choose the points of the columns that share their signs."""
        column = self._walk.perm[row]
        points = self._nearest(column, values, self._costs[column : column + SIGNED])
        for stored, chosen in zip(self._at(column), points, strict=True):
            stored.copy_(chosen)
        torch.sub(values, self._values(column, *points), out=error)

    def dequantized(self) -> torch.Tensor:
        """The dequantized weight (in, out)."""
        values = self._table[self._codes].transpose(1, 2).reshape(self._negative.shape)
        values = torch.where(self._negative, -values, values).view(len(self._scale), -1, self._outputs)
        return values.mul_(self._scale.unsqueeze(1)).view(self._negative.shape)

    def revise(
        self, row: int, now: torch.Tensor, best: torch.Tensor, costs: torch.Tensor, change: torch.Tensor
    ) -> None:
        """Replace the points of columns where those nearest to the optimum cost less."""
        column = self._walk.perm[row]
        points = self._nearest(column, best, costs.diagonal())
        values = self._values(column, *points)
        errors = torch.stack([now, values]).sub_(best)
        before, after = ((costs @ errors) * errors).sum(1)
        better = after < before
        for stored, chosen in zip(self._at(column), points, strict=True):
            torch.where(better, chosen, stored, out=stored)
        torch.sub(now, torch.where(better, values, now), out=change)

    def quantized(self) -> Quantized:
        """Blocks (out, bytes) of the points."""
        count = len(self._params.d)
        codes, negative = (values.T.reshape(count, -1) for values in (self._codes, self._negative))
        blocks = self._book.join(dataclasses.replace(self._params, codes=codes, negative=negative))
        return Quantized.of_blocks(blocks.view(self._outputs, -1))

    def _nearest(self, column: int, target: torch.Tensor, costs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Codes and signs with the smallest Σ cost · error² to ``target`` (columns, out), for the columns from
        ``column`` on that share their signs."""
        target = target if self._mask is None else target * self._mask[column : column + SIGNED]
        run, costs = column // self._book.run, costs[:, None]
        negative = signs(target, costs, 0, self._book.even)
        x = torch.where(negative, self._negated_inverse[run], self._inverse[run]).mul_(target)
        weighed = x.mul_(costs).view(-1, self._book.group, target.shape[1])
        squares = costs.view(-1, self._book.group) @ self._squares
        table = self._table.T.expand(len(squares), -1, -1)
        return largest(torch.baddbmm(squares.unsqueeze(1), weighed.mT, table, beta=-0.5)), negative

    def _at(self, column: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Codes and signs of the columns from ``column`` on that share their signs."""
        points = slice(column // self._book.group, (column + SIGNED) // self._book.group)
        return self._codes[points], self._negative[column : column + SIGNED]

    def _values(self, column: int, codes: torch.Tensor, negative: torch.Tensor) -> torch.Tensor:
        """The dequantized columns (columns, out)."""
        run, magnitudes = column // self._book.run, self._table[codes].transpose(1, 2).reshape(negative.shape)
        return torch.where(negative, self._negated_factor[run], self._factor[run]).mul_(magnitudes)
