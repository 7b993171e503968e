"""GPTQ on a grid that stays (Frantar et al. 2022, arXiv 2210.17323): scales and shifts are those that are stored, and
only the codes are chosen anew, column by column and then once more by descent."""

from __future__ import annotations

import torch

from engine.numerics.column_walk import ColumnWalk
from engine.numerics.grid_rounding import GridRounding
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
