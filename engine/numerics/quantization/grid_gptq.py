"""GPTQ on a grid that stays (Frantar et al. 2022, arXiv 2210.17323): scales and shifts are those that are stored, and
only the codes are chosen anew, column by column and then once more by descent."""

from __future__ import annotations

from collections.abc import Callable

import torch

from engine.numerics.column_walk import ColumnWalk
from engine.numerics.quantization.refining import Levels


def solved_ranks(
    walk: ColumnWalk, levels: Levels, scales: torch.Tensor, shifts: torch.Tensor | None
) -> torch.Tensor | None:
    """The ranks of the weight of a walk on a grid, uint8 (out, in); None where the walk has no factor.

    levels: its table and zero points; the ranks in it are not read. scales, shifts: (out, groups), as of `grid_weight`.
    """
    if walk.factor is None:
        return None
    table = torch.tensor(levels.table, device=scales.device)
    between = (table[1:] + table[:-1]) / 2
    offsets = shifts if levels.zeros is None else (0 if shifts is None else shifts) - scales * levels.zeros

    def nearest(x: torch.Tensor) -> torch.Tensor:
        if levels.is_even:
            return x.round_().clamp_(levels.table[0], levels.table[-1])
        return x.copy_(table[torch.bucketize(x, between)])

    rounding = GridRounding(walk, nearest, scales.T.contiguous(), None if offsets is None else offsets.T.contiguous())
    walk.run(rounding.solve)
    walk.descend(rounding.dequantized(), rounding.revise)
    return torch.bucketize(rounding.levels.T.contiguous(), between).to(torch.uint8)


class GridRounding:
    """Rounds the columns of a walk to the levels of a grid; ``levels`` (in, out) holds the level of each weight.

    nearest: replaces numbers (1, out) by the levels next to them, in place.
    scales, offsets: (runs, out), each for as many adjacent inputs as the others: a weight is level · scale + offset.
    mask: bool (in, out); the other weights were pruned and stay as near to zero as the grid allows.
    """

    def __init__(
        self,
        walk: ColumnWalk,
        nearest: Callable[[torch.Tensor], torch.Tensor],
        scales: torch.Tensor,
        offsets: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
    ) -> None:
        self._walk, self._nearest, self._mask = walk, nearest, mask
        self._run = len(walk.perm) // len(scales)
        inverse = torch.where(scales == 0, 0.0, 1 / scales).nan_to_num_(0.0, 0.0, 0.0)
        self.levels = torch.zeros(len(walk.perm), scales.shape[1], device=scales.device)
        # cut once: thousands of columns are short enough for each view of one to be felt
        self._scale, self._inverse, self._rows = scales.unbind(), inverse.unbind(), torch.split(self.levels, 1)
        self._offset = None if offsets is None else offsets.unbind()

    def solve(self, row: int, values: torch.Tensor, error: torch.Tensor) -> None:
        """Round a column."""
        self._round(row, values, values, error)

    def revise(self, row: int, now: torch.Tensor, best: torch.Tensor, _: torch.Tensor, change: torch.Tensor) -> None:
        """Round a column again."""
        self._round(row, best, now, change)

    def dequantized(self) -> torch.Tensor:
        """The dequantized weight (in, out)."""
        runs = self.levels.view(len(self._scale), self._run, -1)
        values = runs * torch.stack(self._scale).unsqueeze(1)
        if self._offset is not None:
            values += torch.stack(self._offset).unsqueeze(1)
        return values.flatten(0, 1)

    def _round(self, row: int, target: torch.Tensor, values: torch.Tensor, change: torch.Tensor) -> None:
        """Round a column to the levels nearest to ``target``, and write ``values`` less those into ``change``."""
        column = self._walk.perm[row]
        run = column // self._run
        target = target if self._mask is None else target * self._mask[column]
        scaled = target if self._offset is None else target - self._offset[run]
        levels = self._nearest(torch.mul(scaled, self._inverse[run], out=self._rows[column]))
        torch.addcmul(values, levels, self._scale[run], value=-1, out=change)
        if self._offset is not None:
            change.sub_(self._offset[run])
