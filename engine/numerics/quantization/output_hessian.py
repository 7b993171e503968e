"""Rounding under the Hessian of a model's loss instead of that of a layer's output.

With the Kronecker-factored Hessian of Martens and Grosse (2015, arXiv 1503.05671) the error D = W − Ŵ of a weight costs
tr(H_O D H_I Dᵀ), with H_I the Gram matrix of the inputs and H_O that of the gradients at the outputs. Rounding under
both factors was proposed as YAQA (Tseng, Sun, Hou and De Sa 2025, arXiv 2505.22988). Here the columns are walked over
as in GPTQ, and within a column the outputs are rounded in groups, each to what is best with all others as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch

from engine.numerics.column_walk import ColumnWalk

GROUPS = 8
"""Groups of outputs that are rounded one after the other; those of a group are rounded at once."""


def shrunk(hessian: torch.Tensor, shrinkage: float) -> torch.Tensor:
    """The symmetric ``hessian`` (out, out), which is overwritten, with its off-diagonal entries times 1 − shrinkage."""
    diagonal = hessian.diagonal().clone()
    hessian.mul_(1 - shrinkage).diagonal().copy_(diagonal)
    return hessian


class Rounder(Protocol):
    """Rounds columns of a weight by the scales that it has."""

    def nearest(
        self, row: int, target: torch.Tensor, outputs: slice, costs: torch.Tensor | None
    ) -> tuple[torch.Tensor, ...]:
        """Round ``target`` (columns, outputs): give values, and their codes, which all end with the dimension of
        outputs. ``row``: the first row of the columns in the walk. ``costs``: as of `OutputHessian.round`."""

    def codes(self, row: int) -> tuple[torch.Tensor, ...]:
        """The codes of columns that are stored, to be read and written."""


class _Block:
    """H_O of one linear among those that are stacked: (out, out), or its diagonal (out,)."""

    def __init__(self, matrix: torch.Tensor, first: int, groups: int) -> None:
        """``first``: its first output."""
        self.matrix, self.is_dense = matrix, matrix.ndim == 2
        self.diagonal = matrix.diagonal() if self.is_dense else matrix
        self.outputs = slice(first, first + len(matrix))
        self._own = [slice((group - first) % groups, None, groups) for group in range(groups)]
        self._rows = [matrix[own].contiguous() for own in self._own]
        self.counts = [len(rows) for rows in self._rows]

    def times(self, errors: torch.Tensor) -> torch.Tensor:
        """``errors`` (columns, out) times the matrix."""
        return errors @ self.matrix if self.is_dense else errors * self.matrix

    def spread(self, group: int, change: torch.Tensor, pull: torch.Tensor) -> None:
        """Add to ``pull`` (columns, all outputs) a ``change`` (columns, those of a group that are of this block) times
        the rows of these outputs."""
        pull, rows = pull[:, self.outputs], self._rows[group]
        if self.is_dense:
            pull.addmm_(change, rows)
        else:
            pull[:, self._own[group]].addcmul_(change, rows)


class OutputHessian:
    """H_O of linears that are stacked: block-diagonal, as their outputs are taken for independent."""

    def __init__(self, blocks: Sequence[torch.Tensor], groups: int = GROUPS) -> None:
        """``blocks``: of each linear its symmetric, positive semidefinite H_O (out, out), or its diagonal (out,) where
        outputs are taken for independent, float32, up to a factor."""
        self.groups = groups
        self._blocks: list[_Block] = []
        first = 0
        for matrix in blocks:
            self._blocks.append(_Block(matrix, first, groups))
            first = self._blocks[-1].outputs.stop
        self._counts = [[block.counts[group] for block in self._blocks] for group in range(groups)]
        diagonal = torch.cat([block.diagonal for block in self._blocks])
        self._diagonals = [diagonal[group::groups] for group in range(groups)]
        self._inverses = [torch.where(x > 0, 1 / x, 0.0) for x in self._diagonals]

    @property
    def is_diagonal(self) -> bool:
        """True if no output depends on another: then it changes nothing about rounding."""
        return not any(block.is_dense for block in self._blocks)

    def product(self, errors: torch.Tensor) -> torch.Tensor:
        """``errors`` (columns, out) times H_O."""
        pieces = [block.times(errors[:, block.outputs]) for block in self._blocks]
        return pieces[0] if len(pieces) == 1 else torch.cat(pieces, 1)

    def cost(self, errors: torch.Tensor, gram: torch.Tensor) -> torch.Tensor:
        """tr(H_O D H_I Dᵀ) of ``errors`` D (out, in), a float64 scalar on their device."""
        return (self.product((errors @ gram).T) * errors.T).sum(dtype=torch.float64)

    def round(
        self, rounder: Rounder, row: int, target: torch.Tensor, now: torch.Tensor, costs: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Round columns whose present, stored values are ``now`` anew, group by group; they stay as they are if the
        cost of their error from ``target``, the optimum without rounding, would rise. All are (columns, out); gives the
        new values.

        costs: H_I of these columns (columns, columns); None for one column.
        """
        values, error = now.clone(), target - now
        pull = self.product(error)
        before = self._cost(error, pull, costs)
        stored = rounder.codes(row)
        codes = [some.clone() for some in stored]
        for group, (inverse, diagonal) in enumerate(zip(self._inverses, self._diagonals, strict=True)):
            outputs = slice(group, None, self.groups)
            old, pulled = values[:, outputs], pull[:, outputs]
            new, *chosen = rounder.nearest(row, torch.addcmul(old, pulled, inverse), outputs, costs)
            change = old - new
            if costs is not None:  # the nearest point of several columns is not always the best one
                gains = ((costs @ change) * torch.addcmul(2 * pulled, change, diagonal)).sum(0) < 0
                new, change = torch.where(gains, new, old), change * gains
                chosen = [torch.where(gains, x, some[:, outputs]) for x, some in zip(chosen, codes, strict=True)]
            old.copy_(new)
            for some, x in zip(codes, chosen, strict=True):
                some[:, outputs] = x
            changes = torch.split(change, self._counts[group], 1)
            for block, own in zip(self._blocks, changes, strict=True):
                block.spread(group, own, pull)
        accepted = self._cost(torch.sub(target, values, out=error), pull, costs) < before
        for before_codes, some in zip(stored, codes, strict=True):
            before_codes.copy_(torch.where(accepted, some, before_codes))
        return torch.where(accepted, values, now)

    @staticmethod
    def _cost(error: torch.Tensor, pull: torch.Tensor, costs: torch.Tensor | None) -> torch.Tensor:
        """tr(C E H_O Eᵀ) of an ``error`` E with the ``pull`` E H_O, of one column without C."""
        return ((error if costs is None else costs @ error) * pull).sum()


class Rounding(Protocol):
    """The two passes of a walk over columns: `Solve` and `Revise` of `engine.numerics.column_walk`."""

    def solve(self, row: int, values: torch.Tensor, error: torch.Tensor) -> None:
        """Round columns."""

    def revise(
        self, row: int, now: torch.Tensor, best: torch.Tensor, costs: torch.Tensor, change: torch.Tensor
    ) -> None:
        """Round columns again."""


class _Both(Rounder, Rounding, Protocol):
    """Both of a format's rounding."""


class UnderHessian:
    """The `Rounding` of a format under the Hessian of the outputs: `Solve` and `Revise`."""

    def __init__(self, rounder: _Both, hessian: OutputHessian, walk: ColumnWalk) -> None:
        self._rounder, self._hessian, self._walk = rounder, hessian, walk

    def solve(self, row: int, values: torch.Tensor, error: torch.Tensor) -> None:
        """Round columns to nearest, then group by group."""
        self._rounder.solve(row, values, error)
        costs = self._walk.costs_together(row) if len(values) > 1 else None
        solved = self._hessian.round(self._rounder, row, values, values - error, costs)
        torch.sub(values, solved, out=error)

    def revise(
        self, row: int, now: torch.Tensor, best: torch.Tensor, costs: torch.Tensor, change: torch.Tensor
    ) -> None:
        """Round columns again, group by group."""
        torch.sub(now, self._hessian.round(self._rounder, row, best, now, costs if len(now) > 1 else None), out=change)
