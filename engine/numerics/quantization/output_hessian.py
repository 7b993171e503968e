"""Rounding under the Hessian of a model's loss instead of that of a layer's output.

With the Kronecker-factored Hessian of Martens and Grosse (2015, arXiv 1503.05671) the error D = W − Ŵ of a weight costs
tr(H_O D H_I Dᵀ), with H_I the Gram matrix of the inputs and H_O that of the gradients at the outputs. Rounding under
both factors was proposed as YAQA (Tseng, Sun, Hou and De Sa 2025, arXiv 2505.22988). Here groups of outputs are rounded
one after the other, each by the walk over columns of GPTQ, and the outputs to come make up for the errors of those
before them. Whatever H_I is, with the errors of some outputs fixed the cost is smallest at D_r = −H_rr⁻¹ H_rs D_s.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import torch

from engine.numerics.column_walk import ColumnWalk, factorize
from engine.numerics.quantization.scheme import Quantized

GROUPS = 8
"""Groups of outputs that are rounded one after the other; those of a group are taken for independent."""
DAMPING = 1e-4
"""Is added to the diagonal of H_O, as a share of its mean."""

SolveRows = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""``solve(rows, target)``: round the outputs ``rows`` (indices) whose values should be ``target`` (rows, in); gives the
dequantized values."""


def shrunk(hessian: torch.Tensor, shrinkage: float) -> torch.Tensor:
    """The symmetric ``hessian`` (out, out), which is overwritten, with its off-diagonal entries times 1 − shrinkage."""
    diagonal = hessian.diagonal().clone()
    hessian.mul_(1 - shrinkage).diagonal().copy_(diagonal)
    return hessian


class _Block:
    """H_O of one linear among those that are stacked: (out, out), or its diagonal (out,).

    order: its outputs from the last one that is rounded to the first, which costs most: stacked indices. groups: the
    places of each group in ``order``. factor: K of `factorize` in that order; None if outputs are independent.
    """

    def __init__(self, matrix: torch.Tensor, first: int, groups: int) -> None:
        """``first``: its first output."""
        self.is_dense = matrix.ndim == 2
        diagonal = matrix.diagonal() if self.is_dense else matrix
        order = torch.argsort(diagonal, stable=True)
        self.order = order + first
        stops = [len(order) - len(order) * group // groups for group in range(groups + 1)]
        self.groups = [slice(start, stop) for stop, start in itertools.pairwise(stops)]
        self.factor = None
        if self.is_dense:
            self.factor = factorize(matrix.index_select(0, order).index_select(1, order), DAMPING).factor

    def pass_on(self, group: slice, errors: torch.Tensor, values: torch.Tensor) -> None:
        """Let the outputs that come after a group make up for its ``errors`` (rows, in) in ``values`` (out, in), which
        are in `order`."""
        if self.factor is None or not group.start or group.start == group.stop:
            return
        own, rest = self.factor[group, group], self.factor[group, : group.start]
        spread = torch.linalg.solve_triangular(own, rest, upper=False)
        values[: group.start].addmm_(spread.T, errors, alpha=-1)


class OutputHessian:
    """H_O of linears that are stacked: block-diagonal, as the outputs of one are taken for independent of another's."""

    def __init__(self, blocks: Sequence[torch.Tensor], groups: int = GROUPS) -> None:
        """``blocks``: of each linear its symmetric, positive semidefinite H_O (out, out), or its diagonal (out,) where
        outputs are taken for independent, float32, up to a factor."""
        self.groups = groups
        self._blocks: list[_Block] = []
        first = 0
        for matrix in blocks:
            self._blocks.append(_Block(matrix, first, groups))
            first += len(matrix)

    @property
    def is_diagonal(self) -> bool:
        """True if no output depends on another: then it changes nothing about rounding."""
        return not any(block.is_dense for block in self._blocks)

    def solve(self, weight: torch.Tensor, solve: SolveRows) -> None:
        """Round the outputs of a weight (out, in), group by group: the targets of the later ones make up for the errors
        of those before."""
        values = [weight.index_select(0, block.order) for block in self._blocks]
        for group in range(self.groups):
            slices = [block.groups[group] for block in self._blocks]
            rows = torch.cat([block.order[own] for block, own in zip(self._blocks, slices, strict=True)])
            if not len(rows):
                continue
            target = torch.cat([some[own] for some, own in zip(values, slices, strict=True)])
            errors = torch.split(target - solve(rows, target), [own.stop - own.start for own in slices])
            for block, own, error, some in zip(self._blocks, slices, errors, values, strict=True):
                block.pass_on(own, error, some)


RoundRows = Callable[[ColumnWalk, torch.Tensor, "torch.Tensor | None"], tuple[Quantized, torch.Tensor]]
"""``round(walk, target, mask)``: quantize a target (rows, in) by its walk; gives the dequantized values too."""


def rounded_under(
    hessian: OutputHessian, walk: ColumnWalk, weight: torch.Tensor, mask: torch.Tensor | None, round_rows: RoundRows
) -> Quantized:
    """A weight (out, in) rounded group by group of its outputs, put together in their order. ``walk``: over its
    columns; ``mask``: bool (out, in), True for the weights that pruning left, or None."""
    order: list[torch.Tensor] = []
    parts: list[Quantized] = []

    def solve(rows: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        part, values = round_rows(walk.over(target), target, None if mask is None else mask.index_select(0, rows))
        order.append(rows)
        parts.append(part)
        return values

    hessian.solve(weight, solve)
    places = torch.argsort(torch.cat(order))

    def joined(tensors: list[torch.Tensor]) -> torch.Tensor:
        return torch.cat(tensors).index_select(0, places)

    zeros = [part.zero_points for part in parts if part.zero_points is not None]
    return Quantized(
        joined([part.codes for part in parts]),
        joined([part.scales for part in parts]),
        joined(zeros) if zeros else None,
    )
