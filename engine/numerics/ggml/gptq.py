"""GPTQ into ggml's blocks: scales are searched with the energy of the inputs, then the codes are rounded column by
column, and the columns to come make up for the error (Frantar et al. 2022, arXiv 2210.17323)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch

from engine.numerics.column_walk import ColumnWalk
from engine.numerics.ggml import search
from engine.numerics.ggml.codebooks import SIGNED, Codebook
from engine.numerics.ggml.layouts import Format, Layout, dequantize
from engine.numerics.ggml.point_search import signs
from engine.numerics.ggml.quantize import codes_of, quantize
from engine.numerics.ggml.search import inverse


@dataclass(frozen=True)
class Solution:
    """``blocks`` (out, bytes) uint8; ``error`` ‖(W − Ŵ)X‖² / ‖WX‖² over the calibration set; ``damping`` that was
    needed, None if the Gram matrix could not be factorized and the weight was rounded to nearest instead."""

    blocks: torch.Tensor
    error: float
    damping: float | None


def gptq(
    weight: torch.Tensor,
    gram: torch.Tensor,
    layout: Format,
    *,
    damping: float,
    mask: torch.Tensor | None = None,
) -> Solution:
    """Quantize a floating (out, in) weight; inputs are visited in order of falling energy, then once more by descent.

    gram: (in, in) float32, the sum of x xᵀ over the calibration tokens, up to a factor. It is overwritten.
    damping: is added to the diagonal as a share of its mean; raised tenfold, up to 1, while the factorization fails.
    mask: bool (out, in); the other weights were pruned and stay as near to zero as the format allows.

    Points of a codebook are several columns wide: those that share their signs are visited together, and become what is
    nearest by what an error of each costs (as in GPTVQ, van Baalen et al. 2024, arXiv 2402.15319).

    ValueError as of `quantize`.
    """
    weight = weight.float()
    blocks = quantize(weight, layout, gram.diagonal().clone())
    points = isinstance(layout, Codebook)
    walk = ColumnWalk(weight, gram, damping, act_order=True, together=SIGNED if points else 1)
    if walk.factor is None:
        return Solution(blocks, walk.error(dequantize(blocks, layout)), None)
    if isinstance(layout, Codebook):
        chosen = _Points(walk, blocks, layout, None if mask is None else mask.T.contiguous())
        walk.run(chosen.visit)
        made = chosen.blocks()
        return Solution(made, walk.error(dequantize(made, layout)), walk.damping)
    rounding = _Rounding(walk, blocks, layout, None if mask is None else mask.T.contiguous())
    walk.run(rounding.visit)
    walk.descend(rounding.made(), rounding.revise)
    made = rounding.blocks()
    return Solution(made, walk.error(dequantize(made, layout)), walk.damping)


class _Rounding:
    """Rounds the columns of a walk by the scales that blocks have, (runs, out) in order of the inputs."""

    def __init__(self, walk: ColumnWalk, blocks: torch.Tensor, layout: Layout, mask: torch.Tensor | None) -> None:
        self._walk, self._layout, self._mask = walk, layout, mask
        self._grid = search.grid_of(layout)
        self._fields = fields = layout.split(blocks.view(-1, layout.nbytes))
        self._outputs = len(blocks)
        scale = self._by_run(fields.d if fields.scales is None else fields.d * fields.scales)
        inverse = torch.where(scale == 0, 0.0, 1 / scale).nan_to_num_(0.0, 0.0, 0.0)
        self._offset: tuple[torch.Tensor, ...] | None = None
        if fields.m is not None:
            self._offset = self._by_run(fields.m if fields.mins is None else -(fields.m * fields.mins)).unbind()
        self._levels = torch.zeros(len(scale) * layout.run, self._outputs, device=blocks.device)
        # cut once: thousands of columns are short enough for each view of one to be felt
        self._scale, self._inverse, self._rows = scale.unbind(), inverse.unbind(), self._levels.unbind()

    def visit(self, row: int, values: torch.Tensor, error: torch.Tensor) -> None:
        """Round one column."""
        torch.sub(values, self._take(self._walk.perm[row], values), out=error)

    def made(self) -> torch.Tensor:
        """What the weight has become (in, out)."""
        runs = self._levels.view(-1, self._layout.run, self._outputs)
        found = runs * torch.stack(self._scale).unsqueeze(1)
        if self._offset is not None:
            found += torch.stack(self._offset).unsqueeze(1)
        return found.flatten(0, 1)

    def revise(self, row: int, values: torch.Tensor) -> torch.Tensor:
        """Round a column again, to what is nearest to ``values`` (out,), and say what it is now."""
        return self._take(self._walk.perm[row], values)

    def blocks(self) -> torch.Tensor:
        """(out, bytes) with the codes that have come out."""
        codes = codes_of(self._levels.T.contiguous(), self._layout).view(-1, self._layout.size)
        return self._layout.join(dataclasses.replace(self._fields, codes=codes)).view(self._outputs, -1)

    def _take(self, place: int, values: torch.Tensor) -> torch.Tensor:
        run = place // self._layout.run
        wanted = values if self._mask is None else values * self._mask[place]
        scaled = wanted if self._offset is None else wanted - self._offset[run]
        levels = self._grid.nearest(torch.mul(scaled, self._inverse[run], out=self._rows[place]))
        found = levels * self._scale[run]
        return found if self._offset is None else found.add_(self._offset[run])

    def _by_run(self, values: torch.Tensor) -> torch.Tensor:
        """(blocks, runs of a block) -> (runs of a row, out)."""
        return values.view(self._outputs, -1).T.contiguous()


class _Points:
    """Chooses points by the scales that blocks have, (runs, out) in order of the inputs."""

    def __init__(self, walk: ColumnWalk, blocks: torch.Tensor, book: Codebook, mask: torch.Tensor | None) -> None:
        self._walk, self._book, self._mask = walk, book, mask
        self._held = held = book.split(blocks.view(-1, book.nbytes))
        self._outputs = len(blocks)
        self._scale = (held.d * (2 * held.scales + 1) / book.part).view(self._outputs, -1).T.contiguous()
        self._codes = held.codes.view(self._outputs, -1).T.contiguous()
        self._negative = held.negative.view(self._outputs, -1).T.contiguous()
        self._table = book.points(blocks.device)
        self._costs = walk.costs(SIGNED)
        self._planned = self._scale[:0]

    def visit(self, row: int, values: torch.Tensor, error: torch.Tensor) -> None:
        """Give one column what its point has there."""
        place = self._walk.perm[row]
        if place % SIGNED == 0:
            self._planned = self._choose(place, self._walk.upcoming(SIGNED).flip(0))
        torch.sub(values, self._planned[place % SIGNED], out=error)

    def _choose(self, place: int, wanted: torch.Tensor) -> torch.Tensor:
        """The points of the columns from ``place`` that share their signs, as they are wanted and as they become
        (columns, out)."""
        book, columns = self._book, slice(place, place + SIGNED)
        wanted = wanted if self._mask is None else wanted * self._mask[columns]
        costs, scale = self._costs[columns], self._scale[place // book.run]
        negative = signs(wanted.T, costs, book).T
        x = torch.where(negative, -wanted, wanted) * inverse(scale)
        e = costs.view(-1, book.group)
        pulls = torch.bmm(
            (x * costs[:, None]).view(-1, book.group, self._outputs).mT, self._table.T.expand(len(e), -1, -1)
        )
        codes = pulls.sub_((e @ self._table.square().T).mul_(0.5).unsqueeze(1)).argmax(2)
        self._codes[place // book.group : (place + SIGNED) // book.group] = codes
        self._negative[columns] = negative
        found = self._table[codes].transpose(1, 2).reshape(SIGNED, -1) * scale
        return torch.where(negative, -found, found)

    def blocks(self) -> torch.Tensor:
        """(out, bytes) with the points that were chosen."""
        codes = self._codes.T.reshape(len(self._held.d), -1)
        negative = self._negative.T.reshape(len(self._held.d), -1)
        points = dataclasses.replace(self._held, codes=codes, negative=negative)
        return self._book.join(points).view(self._outputs, -1)
