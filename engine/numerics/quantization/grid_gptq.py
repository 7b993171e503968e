"""GPTQ on a grid that stays (Frantar et al. 2022, arXiv 2210.17323): scales and shifts are those that are stored, and
only the codes are chosen anew, column by column and then once more by descent."""

from __future__ import annotations

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
    rounding = _Rounding(walk, levels, scales, shifts)
    walk.run(rounding.solve)
    walk.descend(rounding.dequantized(), rounding.revise)
    return rounding.ranks()


class _Rounding:
    """Rounds the columns of a walk to the levels of a grid; ``values`` (in, out) holds the level of each weight."""

    def __init__(self, walk: ColumnWalk, levels: Levels, scales: torch.Tensor, shifts: torch.Tensor | None) -> None:
        self._walk, self._levels = walk, levels
        outputs, inputs = levels.ranks.shape
        self._size = inputs // scales.shape[1]
        offsets = shifts if levels.zeros is None else (0 if shifts is None else shifts) - scales * levels.zeros
        self._scales = scales.T.contiguous()
        self._offsets = None if offsets is None else offsets.T.contiguous()
        self._inverses = torch.where(self._scales == 0, 0.0, 1 / self._scales).nan_to_num_(0.0, 0.0, 0.0)
        self._table = torch.tensor(levels.table, device=scales.device)
        self._between = (self._table[1:] + self._table[:-1]) / 2
        self._values = torch.zeros(inputs, outputs, device=scales.device)

    def solve(self, row: int, values: torch.Tensor, error: torch.Tensor) -> None:
        """Round a column."""
        self._round(row, values, values, error)

    def revise(self, row: int, now: torch.Tensor, best: torch.Tensor, _: torch.Tensor, change: torch.Tensor) -> None:
        """Round a column again."""
        self._round(row, best, now, change)

    def dequantized(self) -> torch.Tensor:
        """The dequantized weight (in, out)."""
        weight = self._values.view(len(self._scales), self._size, -1) * self._scales.unsqueeze(1)
        if self._offsets is not None:
            weight += self._offsets.unsqueeze(1)
        return weight.flatten(0, 1)

    def ranks(self) -> torch.Tensor:
        """Numbers of the levels, uint8 (out, in)."""
        return torch.bucketize(self._values.T.contiguous(), self._between).to(torch.uint8)

    def _round(self, row: int, target: torch.Tensor, values: torch.Tensor, change: torch.Tensor) -> None:
        """Round a column to the levels nearest to ``target``, and write ``values`` less those into ``change``."""
        column = self._walk.perm[row]
        group = column // self._size
        scaled = target if self._offsets is None else target - self._offsets[group]
        scaled = torch.mul(scaled, self._inverses[group], out=self._values[column].unsqueeze(0))
        if self._levels.is_even:
            levels = scaled.round_().clamp_(self._levels.table[0], self._levels.table[-1])
        else:
            levels = scaled.copy_(self._table[torch.bucketize(scaled, self._between)])
        torch.addcmul(values, levels, self._scales[group], value=-1, out=change)
        if self._offsets is not None:
            change.sub_(self._offsets[group])
