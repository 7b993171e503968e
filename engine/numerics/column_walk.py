"""The walk over the columns of a weight that GPTQ (Frantar et al. 2022, arXiv 2210.17323) and SparseGPT (Frantar &
Alistarh 2023, arXiv 2301.00774) share: the columns to come make up for the error of each. For the linears that read one
tensor the outputs are independent, so that their weights are stacked and solved at once."""

from __future__ import annotations

import copy
import functools
import threading
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch

from engine import devices

BLOCK = 128
"""Columns that are solved before the rest of the weight is updated."""
INNER = 32
"""Columns that are solved before the rest of their block is updated."""
ROWS = 1024
"""Rows whose error is computed at once: a copy of a whole weight would be the largest thing in memory."""


def relative_error(weight: torch.Tensor, other: torch.Tensor, gram: torch.Tensor) -> float:
    """‖(W − Ŵ)X‖² / ‖WX‖², from the Gram matrix of X; 0 for a weight that gives nothing."""
    pieces = zip(torch.split(weight, ROWS), torch.split(other, ROWS), strict=True)
    lost = _added(quadratic(w - o, gram) for w, o in pieces)
    energies: tuple[float, float] = tuple(torch.stack([quadratic(weight, gram), lost]).tolist())
    energy, lost_energy = energies
    return lost_energy / energy if energy > 0 else 0.0


def quadratic(weight: torch.Tensor, gram: torch.Tensor) -> torch.Tensor:
    """‖WX‖² = tr(W G Wᵀ), a float64 scalar on their device."""
    return _added(((rows @ gram) * rows).sum(dtype=torch.float64) for rows in torch.split(weight, ROWS))


def _added(values: Iterable[torch.Tensor]) -> torch.Tensor:
    """Scalars summed one after the other, where they are: fetching each would stop the device."""
    return functools.reduce(torch.add, values)


class HessianInverse(NamedTuple):
    """``factor``: the lower triangular K (in, in) with KᵀK = (G / mean(diag G) + λI)⁻¹, None if even λ = 1 fails;
    ``damping``: the λ that was used."""

    factor: torch.Tensor | None
    damping: float


def factorize(gram: torch.Tensor, damping: float, spare: torch.Tensor | None = None) -> HessianInverse:
    """Factorize the inverse of the damped Hessian G / mean(diag G) + λI; λ is raised tenfold, up to 1, while it fails.

    ``gram`` stays divided by its mean, and damped where that helped. ``spare``: alike in shape, is overwritten.
    K = L⁻¹ for G = L Lᵀ: row i of K says how the inputs before i make up for an error of input i when all after it are
    fixed.
    """
    diagonal = gram.diagonal()
    mean = diagonal.mean()
    usable = (mean > 0) & torch.isfinite(mean)
    gram.div_(torch.where(usable, mean, 1.0))
    lower = torch.empty_like(gram) if spare is None else spare
    info = torch.empty((), dtype=torch.int32, device=gram.device)
    used = 0.0
    target = damping
    while True:
        diagonal.add_(target - used)
        used = target
        torch.linalg.cholesky_ex(gram, upper=True, out=(lower.T, info))  # column-major: no copy is made
        _invert(lower)
        sound = (info == 0) & torch.isfinite(lower.diagonal()).all()
        is_sound, is_usable = torch.stack([sound, usable]).tolist()  # the only wait for the device
        if not is_usable:
            diagonal.sub_(used)
            return HessianInverse(None, damping)
        if is_sound:
            return HessianInverse(lower, used)
        if used >= 1:
            diagonal.sub_(used)
            return HessianInverse(None, used)
        target = min(1.0, max(used * 10, 1e-4))


def _invert(lower: torch.Tensor, block: int = 256) -> None:
    """Invert a lower triangular matrix in place, K_i = −L_ii⁻¹ L_i K for the rows of a block, with the K above them."""
    for start in range(0, len(lower), block):
        rows = lower[start : start + block]
        own = rows[:, start : start + block]
        inverse = torch.linalg.solve_triangular(
            own, torch.eye(len(own), dtype=own.dtype, device=own.device), upper=False
        )
        if start:
            rows[:, :start] = inverse @ (rows[:, :start] @ lower[:start, :start]).neg_()
        own.copy_(inverse)


Solve = Callable[[int, torch.Tensor, torch.Tensor], None]
"""``solve(first_row, values, error)``: write the rounding error of these columns into ``error``; both (columns, out).
``values`` holds the columns as updated so far; the columns to come make up for the error."""


Revise = Callable[[int, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor], None]
"""``revise(first_row, now, best, costs, change)``: write into ``change`` the present values less the new ones, which
are no worse. ``now``: present values, ``best``: optimum without rounding, all (columns, out); ``costs`` (columns,
columns): their part of the Hessian, so that an error e costs eᵀ costs e."""


class ColumnWalk:
    """The columns of a weight (out, in), solved one by one, or some together; those to come make up for the error of
    each.

    ``columns`` (in, out) holds them in reverse, so that every step passes over contiguous memory and the factor needs
    no flipping: the last row is solved first. ``perm``: the input of each row. ``factor``: K of `factorize`, None if
    there is none; ``diagonal``: its diagonal, the square root of how much an error of 1 costs, inverted.

    Errors reach the rest of their `INNER` columns at once, the rest of their block after these, and the rest of the
    weight after the block.
    """

    def __init__(
        self,
        weight: torch.Tensor,
        gram: torch.Tensor,
        damping: float,
        *,
        act_order: bool = False,
        together: int = 1,
        block: int = BLOCK,
    ) -> None:
        """``gram`` is overwritten. ``act_order``: solve inputs in order of falling energy. ``together``: so many
        adjacent inputs are solved together: a divisor of `INNER` and of the number of inputs. Their rows are in the
        order of the inputs."""
        perm = torch.arange(weight.shape[1], device=gram.device).view(-1, together)
        if act_order:
            energy = gram.diagonal().view(-1, together).sum(1)
            perm = perm[torch.argsort(energy, descending=True, stable=True)]
        perm = perm.flip(0).flatten()
        self.perm: list[int] = perm.tolist()
        self.columns = weight.T.index_select(0, perm)
        self._weight = weight
        self._block = block
        self._together = together
        self._energy: torch.Tensor | None = quadratic(weight, gram)
        self._mean = gram.diagonal().mean().double()
        rows = gram.index_select(0, perm)
        torch.index_select(rows, 1, perm, out=gram)
        self.factor, self.damping = factorize(gram, damping, spare=rows)
        self._loss = torch.zeros((), dtype=torch.float64, device=weight.device)
        self._gram = gram
        if self.factor is None:
            return
        self.diagonal = self.factor.diagonal().clone()
        self.factor.div_(self.diagonal[:, None])
        self._row = self._low = self._high = self._start = self._stop = len(self.columns)
        self._errors = self.columns[:0]

    def over(self, weight: torch.Tensor) -> ColumnWalk:
        """A walk over another weight (outputs, in) with the same inputs, in the same order: the factor is shared. Its
        error is that of `error_of`."""
        other = copy.copy(self)
        other._weight = weight
        other.columns = weight.T.index_select(0, torch.tensor(self.perm, device=weight.device))
        other._row = other._low = other._high = other._start = other._stop = len(other.columns)
        other._errors = other.columns[:0]
        other._loss = torch.zeros_like(self._loss)
        other._energy = None
        return other

    def run(self, solve: Solve) -> None:
        """Solve all columns."""
        with devices.without_autograd(self.columns.device):
            self._run(solve)

    def _run(self, solve: Solve) -> None:
        assert self.factor is not None
        for stop in range(len(self.columns), 0, -self._block):
            self._start, self._stop = max(0, stop - self._block), stop
            self._errors = torch.empty_like(self.columns[self._start : stop])
            for high in range(stop, self._start, -INNER):
                self._low, self._high = max(self._start, high - INNER), high
                self._inner(solve)
                done = self._errors[self._low - self._start : high - self._start]
                self._pass_on(slice(self._start, self._low), slice(self._low, high), done)
            self._pass_on(slice(0, self._start), slice(self._start, stop), self._errors)
            costs = self._errors.square().sum(1, dtype=torch.float64) / self.diagonal[self._start : stop].square()
            self._loss += costs.sum()

    def upcoming(self, count: int) -> torch.Tensor:
        """The values of the current column (last row) and of those that come after it (the rows before), as they are by
        now: (count, out), to be read only."""
        assert self.factor is not None
        after, first = self._row + 1, self._row + 1 - count
        values = self.columns[first:after]
        if first >= self._low:
            return values
        values = values.clone()
        for rows, high in (
            (slice(max(first, self._start), self._low), self._high),
            (slice(first, self._start), self._stop),
        ):
            if rows.start < rows.stop and after < high:
                errors = self._errors[after - self._start : high - self._start]
                values[rows.start - first : rows.stop - first].addmm_(self.factor[after:high, rows].T, errors, alpha=-1)
        return values

    def costs(self) -> torch.Tensor:
        """Cost of a unit error of each input (in,), in the order of the inputs, when those that are solved together
        with it are exact and those to come make up for it."""
        inverses = self._within / self.diagonal.view(-1, 1, self._together)
        costs = torch.empty_like(self.diagonal)
        costs[torch.tensor(self.perm, device=costs.device)] = inverses.square().sum(2).flatten()
        return costs

    def costs_together(self, row: int) -> torch.Tensor:
        """The matrix of which an error e of the columns from ``row`` on that are solved together costs eᵀ C e, when
        those to come make up for it: (columns, columns), in the order of the rows."""
        number = row // self._together
        inverses = self._within[number] / self.diagonal[row : row + self._together]
        return inverses @ inverses.T

    @functools.cached_property
    def _within(self) -> torch.Tensor:
        """Inverses of the diagonal blocks of `factor`, one for the columns that are solved together: (in / columns,
        columns, columns)."""
        assert self.factor is not None
        own = self._squares(self.factor)
        one = torch.eye(self._together, device=own.device)
        inverse: torch.Tensor = torch.linalg.solve_triangular(own, one, upper=False)
        return inverse

    def _squares(self, matrix: torch.Tensor) -> torch.Tensor:
        """Diagonal blocks of (in, in), one for the columns that are solved together: (in / columns, columns,
        columns)."""
        count, together = len(matrix) // self._together, self._together
        blocks: torch.Tensor = matrix.view(count, together, count, together).diagonal(dim1=0, dim2=2).movedim(2, 0)
        return blocks

    def descend(self, solved: torch.Tensor, revise: Revise) -> None:
        """Revise all columns once, after `run` (coordinate descent): those that are solved together may become what is
        best while all others stay. ``solved`` (in, out): the dequantized columns, in the order of the inputs.

        With D = W − Ŵ the error tr(D G Dᵀ) of the columns B is smallest at ŵ_B + G_BB⁻¹ (D G)_B.
        """
        with devices.without_autograd(self.columns.device):
            self._descend(solved, revise)

    def _descend(self, solved: torch.Tensor, revise: Revise) -> None:
        assert self.factor is not None
        gram = self._gram
        perm = torch.tensor(self.perm, device=solved.device)
        now = solved.index_select(0, perm)
        pull = gram @ torch.sub(self._weight.T.index_select(0, perm), now, out=self.columns)
        together, own = self._together, self._squares(gram)
        product = torch.addmm if together > 1 else torch.addcmul  # which has less to set up
        rows = tuple(zip(*(torch.split(x, together) for x in (now, pull, self.columns)), strict=True))
        blocks, inverses = own.unbind(), torch.linalg.inv_ex(own).inverse.unbind()  # cut once, and not waited for
        for stop in range(len(now), 0, -self._block):
            start = max(0, stop - self._block)
            for high in range(stop, start, -INNER):
                low = max(start, high - INNER)
                for top in range(high, low, -together):
                    first = top - together
                    number = first // together
                    before, pulled, change = rows[number]
                    best = product(before, inverses[number], pulled)
                    revise(first, before, best, blocks[number], change)
                    if first > low:
                        pull[low:first].addmm_(gram[first:top, low:first].T, change)
                if low > start:
                    pull[start:low].addmm_(gram[low:high, start:low].T, self.columns[low:high])
            changes = self.columns[start:stop]
            costs = own[start // together : stop // together] @ changes.view(-1, together, changes.shape[1])
            lost = 2 * pull[start:stop] + costs.flatten(0, 1)  # pulls of rows as they were when they were revised
            self._loss += lost.mul_(changes).sum(dtype=torch.float64)
            if start:
                pull[:start].addmm_(gram[start:stop, :start].T, changes)

    def error(self, other: torch.Tensor) -> float:
        """‖(W − Ŵ)X‖² / ‖WX‖² of ``other`` (out, in), which the walk has led to, or any other if there was no factor.

        It follows from the walk's errors e: Σ e² / K_cc² is that of the damped problem, less what the descent gained.
        """
        if self.factor is None:
            return self.error_of(other)
        rows = zip(torch.split(self._weight, ROWS), torch.split(other, ROWS), strict=True)
        damped = self.damping * _added((w - o).square_().sum(dtype=torch.float64) for w, o in rows)
        energy, lost = torch.stack([self._whole_energy(), self._mean * (self._loss - damped)]).tolist()
        return max(0.0, lost) / energy if energy > 0 else 0.0

    def error_of(self, other: torch.Tensor) -> float:
        """The same of any ``other`` (out, in), by a product with the Gram matrix."""
        rows = zip(torch.split(self._weight, ROWS), torch.split(other, ROWS), strict=True)
        energy, lost = torch.stack([self._whole_energy(), _added(self._energy_of(w - o) for w, o in rows)]).tolist()
        return max(0.0, lost) / energy if energy > 0 else 0.0

    def _whole_energy(self) -> torch.Tensor:
        if self._energy is None:
            self._energy = _added(self._energy_of(rows) for rows in torch.split(self._weight, ROWS))
        return self._energy

    def _energy_of(self, rows: torch.Tensor) -> torch.Tensor:
        """tr(W G Wᵀ) of some rows with these inputs, float64, from the Gram matrix that was divided and damped."""
        rows = rows.index_select(1, torch.tensor(self.perm, device=rows.device))
        damping = 0.0 if self.factor is None else self.damping
        return self._mean * (quadratic(rows, self._gram) - damping * rows.square().sum(dtype=torch.float64))

    def _inner(self, solve: Solve) -> None:
        factor, columns, errors = self.factor, self.columns, self._errors
        assert factor is not None
        together = self._together
        for top in range(self._high, self._low, -together):
            first = top - together
            self._row = top - 1
            error = errors[first - self._start : top - self._start]
            solve(first, columns[first:top], error)
            if together > 1:  # each makes up for those before it
                error.copy_(self._within[first // together].T @ error)
            if first > self._low:
                columns[self._low : first].addmm_(factor[first:top, self._low : first].T, error, alpha=-1)

    def _pass_on(self, to: slice, rows: slice, errors: torch.Tensor) -> None:
        assert self.factor is not None
        if to.start < to.stop:
            self.columns[to].addmm_(self.factor[rows, to].T, errors, alpha=-1)


class SharedWalks:
    """Walks over the inputs that have one Gram matrix (in, in) float32, which stays: many weights share a factor. Each
    is made when it is first used; several threads may use them."""

    def __init__(self, gram: torch.Tensor, damping: float, *, act_order: bool) -> None:
        self.gram, self.damping, self.act_order = gram, damping, act_order
        self._walks: dict[int, ColumnWalk] = {}
        self._lock = threading.Lock()

    def over(self, weight: torch.Tensor, together: int = 1) -> ColumnWalk:
        """A walk over a weight (outputs, in). ``together``: as of `ColumnWalk`."""
        with self._lock:
            if together not in self._walks:
                empty = self.gram.new_empty(0, len(self.gram))
                options: dict[str, Any] = {"act_order": self.act_order, "together": together}
                self._walks[together] = ColumnWalk(empty, self.gram.clone(), self.damping, **options)
        return self._walks[together].over(weight)
