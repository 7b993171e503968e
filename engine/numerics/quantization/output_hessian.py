"""Rounding under the Hessian of a model's loss instead of that of a layer's output.

With the Kronecker-factored Hessian of Martens and Grosse (2015, arXiv 1503.05671) the error D = W − Ŵ of a weight costs
tr(H_O D H_I Dᵀ), with H_I the Gram matrix of the inputs and H_O that of the gradients at the outputs. Rounding under
both factors was proposed as YAQA (Tseng, Sun, Hou and De Sa 2025, arXiv 2505.22988). Here groups of outputs are rounded
one after the other, each by the walk over columns of GPTQ, and the outputs to come make up for the errors of those
before them. Whatever H_I is, with the errors of some outputs fixed the cost is smallest at D_r = −H_rr⁻¹ H_rs D_s.
Afterward each group is revised once, with all others as they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Protocol

import torch

from engine.numerics.column_walk import ColumnWalk, factorize
from engine.numerics.quantization.scheme import Quantized

GROUPS = 8
"""Groups of outputs that are rounded one after the other; those of a group are taken for independent."""
DAMPING = 1e-4
"""Is added to the diagonal of H_O, as a share of its mean."""
INDEPENDENT = 0.95
"""Shrinkage from which outputs are taken for independent: what is left of their correlations gains nothing."""

SolveRows = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""``solve(rows, target)``: round the outputs ``rows`` (indices) whose values should be ``target`` (rows, in); gives the
dequantized values."""
ReviseRows = Callable[[int, torch.Tensor], torch.Tensor]
"""``revise(number, target)``: bring the outputs of the call of `SolveRows` with this number nearer to another
``target``; gives the dequantized values."""


def shrunk(hessian: torch.Tensor, shrinkage: float) -> torch.Tensor:
    """The symmetric ``hessian`` (out, out), which is overwritten, with its off-diagonal entries times 1 − shrinkage."""
    diagonal = hessian.diagonal().clone()
    hessian.mul_(1 - shrinkage).diagonal().copy_(diagonal)
    return hessian


def noise_share(hessian: torch.Tensor, squared_norms: float, pieces: float) -> float:
    """The share of sampling noise in the squares of the off-diagonal entries of a ``hessian`` (out, out): the shrinkage
    with the smallest expected squared error of these entries (Ledoit and Wolf 2004, "A well-conditioned estimator for
    large-dimensional covariance matrices", with the diagonal as the target).

    The matrix is the sum S of the matrices P of independent pieces of the text. ``squared_norms``: Σ ‖P‖² above the
    diagonal; ``pieces``: how many there are, (Σ t)² / Σ t² for pieces of t tokens. In the mean Σ ‖P‖² is the variance V
    of S and ‖E S‖² / pieces. 1 where a single piece tells nothing.
    """
    whole = float(torch.triu(hessian, 1).square_().sum(dtype=torch.float64))
    if pieces <= 1 or whole <= 0:
        return 1.0
    variance = (squared_norms - whole / pieces) / (1 - 1 / pieces)
    return min(1.0, max(0.0, variance / whole))


class _Block:
    """H_O of one linear among those that are stacked: (out, out), or its diagonal (out,).

    order: its outputs from the last one that is rounded to the first, which costs most: stacked indices. groups: the
    places of each group in ``order``. matrix: the damped H_O in that order, and factor: K of `factorize`; None if
    outputs are independent.
    """

    def __init__(self, matrix: torch.Tensor, first: int, groups: int) -> None:
        """``first``: its first output."""
        self.is_dense = matrix.ndim == 2
        diagonal = matrix.diagonal() if self.is_dense else matrix
        order = torch.argsort(diagonal, stable=True)
        self.order = order + first
        stops = [len(order) - len(order) * group // groups for group in range(groups + 1)]
        self.groups = [slice(start, stop) for stop, start in itertools.pairwise(stops)]
        self.matrix = self.factor = None
        if self.is_dense:
            self.matrix = matrix.index_select(0, order).index_select(1, order)
            self.factor = factorize(self.matrix, DAMPING).factor

    def pass_on(self, group: slice, errors: torch.Tensor, values: torch.Tensor) -> None:
        """Let the outputs that come after a group make up for its ``errors`` (rows, in) in ``values`` (out, in), which
        are in `order`."""
        if self.factor is None or not group.start or group.start == group.stop:
            return
        own, rest = self.factor[group, group], self.factor[group, : group.start]
        spread = torch.linalg.solve_triangular(own, rest, upper=False)
        values[: group.start].addmm_(spread.T, errors, alpha=-1)

    def correction(self, group: slice, errors: torch.Tensor) -> torch.Tensor:
        """The distance of the values of a group (rows, in) to the best ones, with the errors W − Ŵ of all outputs as
        they are: H_rr⁻¹ (H_O D)_r, for ``errors`` (out, in) in `order`."""
        if self.matrix is None or self.factor is None or group.start == group.stop:
            return errors[group]
        own = self.matrix[group, group]  # positive definite: nobody waits to see whether it can be solved
        solved: torch.Tensor = torch.linalg.solve_ex(own, self.matrix[group] @ errors).result
        return solved


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

    def solve(self, weight: torch.Tensor, solve: SolveRows, revise: ReviseRows) -> None:
        """Round the outputs of a weight (out, in), group by group: the targets of the later ones make up for the errors
        of those before. Then revise each group for the errors of all others."""
        values = [weight.index_select(0, block.order) for block in self._blocks]
        errors = [torch.empty_like(value) for value in values]
        groups = [[block.groups[number] for block in self._blocks] for number in range(self.groups)]
        groups = [group for group in groups if any(own.start < own.stop for own in group)]
        for group in groups:
            rows, target = self._rows(group), _joined(values, group)
            rounded = solve(rows, target)
            for block, own, error, some in zip(self._blocks, group, _cut(target - rounded, group), values, strict=True):
                block.pass_on(own, error, some)
            _write(weight[rows] - rounded, group, errors)
        for number, group in enumerate(groups):
            rows = self._rows(group)
            pieces = zip(self._blocks, group, errors, strict=True)
            correction = torch.cat([block.correction(own, error) for block, own, error in pieces])
            rounded = revise(number, weight[rows] - _joined(errors, group) + correction)
            _write(weight[rows] - rounded, group, errors)

    def _rows(self, group: Sequence[slice]) -> torch.Tensor:
        """The stacked indices of a group, which has some outputs of each linear."""
        return torch.cat([block.order[own] for block, own in zip(self._blocks, group, strict=True)])


def _joined(values: Sequence[torch.Tensor], group: Sequence[slice]) -> torch.Tensor:
    """The rows of a group from the values (out, in) of each linear."""
    return torch.cat([some[own] for some, own in zip(values, group, strict=True)])


def _cut(rows: torch.Tensor, group: Sequence[slice]) -> tuple[torch.Tensor, ...]:
    """The opposite of `_joined`."""
    return torch.split(rows, [own.stop - own.start for own in group])


def _write(rows: torch.Tensor, group: Sequence[slice], values: Sequence[torch.Tensor]) -> None:
    """Write the rows of a group into the values of each linear."""
    for own, some, part in zip(group, values, _cut(rows, group), strict=True):
        some[own] = part


class Rounding(Protocol):
    """Outputs that a walk over the columns has rounded."""

    def dequantized(self) -> torch.Tensor:
        """The values (in, rows)."""

    def revise(
        self, row: int, now: torch.Tensor, best: torch.Tensor, costs: torch.Tensor, change: torch.Tensor
    ) -> None:
        """`Revise` of another walk with the same inputs."""

    def quantized(self) -> Quantized:
        """Codes and scales as they are now."""


RoundRows = Callable[[ColumnWalk, torch.Tensor, "torch.Tensor | None"], Rounding]
"""``round(walk, target, mask)``: quantize a target (rows, in) by its walk."""


def rounded_under(
    hessian: OutputHessian, walk: ColumnWalk, weight: torch.Tensor, mask: torch.Tensor | None, round_rows: RoundRows
) -> Quantized:
    """A weight (out, in) rounded group by group of its outputs, put together in their order. ``walk``: over its
    columns; ``mask``: bool (out, in), True for the weights that pruning left, or None."""
    order: list[torch.Tensor] = []
    roundings: list[Rounding] = []

    def solve(rows: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        rounding = round_rows(walk.over(target), target, None if mask is None else mask.index_select(0, rows))
        order.append(rows)
        roundings.append(rounding)
        return rounding.dequantized().T

    def revise(number: int, target: torch.Tensor) -> torch.Tensor:
        rounding = roundings[number]
        walk.over(target).descend(rounding.dequantized(), rounding.revise)
        return rounding.dequantized().T

    hessian.solve(weight, solve, revise)
    parts = [rounding.quantized() for rounding in roundings]
    places = torch.argsort(torch.cat(order))

    def joined(tensors: list[torch.Tensor]) -> torch.Tensor:
        return torch.cat(tensors).index_select(0, places)

    zeros = [part.zero_points for part in parts if part.zero_points is not None]
    return Quantized(
        joined([part.codes for part in parts]),
        joined([part.scales for part in parts]),
        joined(zeros) if zeros else None,
    )
