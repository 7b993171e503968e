"""Weights on the grid of a format whose scales, minima and codes are trained.

    w = s · (level − z) + b

by groups of a row: the scale s and the shift b (out, groups) are made of few stored numbers, which are trained; the
level is the one that a weight's rank stands for. Codes move by learned rounding (SignRound, Cheng et al. 2023, arXiv
2309.05516): a position in steps of the grid beside each weight is trained by signed gradient descent and rounded
straight through, at most one level up or down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch.nn import functional as F

from engine import devices

REACH = 0.499
"""The largest distance of a weight from its code at which it starts there, in float16 too."""
NOT_NEAREST = 0.505
"""Distance of a weight from its level, in steps of the grid, from which on another level is nearer: with room for
scales that were rounded after the codes were chosen."""
SOLVED = 0.05
"""Share of such codes from which on a solver chose them. Measured on the layers of the bundled sample: 0 for every kind
of rounding to nearest, at least 0.09 for GPTQ."""
HALF_SCALE, HALF_LIMIT = 2.0**20, 1e4
"""Factor of the gradient of a float16 position, of which only the sign counts, so that it does not underflow; and its
largest magnitude, so that sums of several stay numbers."""
PIECE = 1 << 23
"""Weights that are dense at a time on a CPU: those of an embedding, and their gradient, would be the largest things in
memory."""


@dataclass(frozen=True)
class Levels:
    """The levels of a weight.

    ranks: (out, in), one byte each: uint8 numbers of levels in rising order, or with ``table`` () the levels
        themselves, as int8 or float8.
    table: the levels in rising order.
    zeros: float32 (out, groups) whole numbers that are subtracted from the levels; None for none.
    """

    ranks: torch.Tensor
    table: tuple[float, ...] = ()
    zeros: torch.Tensor | None = None

    @property
    def moves(self) -> bool:
        """True if weights can be rounded to neighboring levels one by one."""
        return len(self.table) > 1

    def values(self, groups: int, position: torch.Tensor | None = None) -> torch.Tensor:
        """The levels less zero points, float32 (out, groups, size), a tensor of its own. position: see `moved`."""
        ranks = self.ranks if position is None else self.moved(position)
        if self.table and self.is_even:
            values = ranks.float().add_(self.table[0])
        elif self.table:
            table = torch.tensor(self.table, dtype=torch.float32, device=ranks.device)
            values = table.index_select(0, ranks.reshape(-1).int())
        else:
            values = ranks.float()
        values = values.view(len(ranks), groups, -1)
        return values if self.zeros is None else values.sub_(self.zeros.unsqueeze(2))

    def at(self, rows: torch.Tensor | slice) -> Levels:
        """Those of some rows."""
        return Levels(self.ranks[rows], self.table, None if self.zeros is None else self.zeros[rows])

    def pieces(self) -> list[slice]:
        """Rows whose weights are dense at a time."""
        rows, inputs = self.ranks.shape
        step = max(1, devices.at_once(self.ranks.device, PIECE) // inputs)
        return [slice(start, start + step) for start in range(0, rows, step)]

    @property
    def is_even(self) -> bool:
        """True if neighboring levels are 1 apart."""
        return self.table[-1] - self.table[0] == len(self.table) - 1 and self.table[0] == int(self.table[0])

    def gaps(self, is_above: torch.Tensor) -> torch.Tensor:
        """Distance of each level to the next one above or below, float32 (out, in); 1 where there is none."""
        table = torch.tensor([self.table[0] - 1, *self.table, self.table[-1] + 1], device=self.ranks.device)
        lower = self.ranks.int() + is_above
        return table.diff().index_select(0, lower.reshape(-1)).view(self.ranks.shape)

    def moved(self, position: torch.Tensor) -> torch.Tensor:
        """The ranks, each moved by the whole number next to its ``position`` (out, in), as far as there are levels."""
        steps = position.detach().round().clamp_(-1, 1)
        return steps.add_(self.ranks).clamp_(0, len(self.table) - 1).to(torch.uint8)


def steps_beside(
    weight: torch.Tensor, levels: Levels, scales: torch.Tensor, shifts: torch.Tensor | None
) -> torch.Tensor:
    """Distance of each original weight (out, in) from its level, in steps of the grid, float32 (out, in)."""
    groups = scales.shape[1]
    steps = weight.float().reshape(len(weight), groups, -1)
    if shifts is not None:
        steps = steps - shifts.unsqueeze(2)
    steps = (steps / scales.unsqueeze(2)).sub_(levels.values(groups)).nan_to_num_(0.0, 0.0, 0.0)
    steps = steps.view(weight.shape)
    if not levels.is_even:
        steps /= levels.gaps(steps > 0)
    return steps


def is_nearest(steps: torch.Tensor, levels: Levels) -> bool:
    """True if the codes are those nearest to the original weights, which lie ``steps`` beside them (see
    `steps_beside`). GPTQ chooses them together, each to make up for the errors of others."""
    last = len(levels.table) - 1
    inside = ((levels.ranks > 0) | (steps > 0)) & ((levels.ranks < last) | (steps < 0))
    elsewhere = (steps.abs() > NOT_NEAREST).logical_and_(inside).count_nonzero()
    return not bool(elsewhere > SOLVED * inside.count_nonzero())


def start_position(steps: torch.Tensor, nearest: bool) -> torch.Tensor:
    """Place of each weight beside its code before it learns, in steps of the grid, float32 (out, in): that of the
    original weight, so that each code starts as it is and moves first where rounding was a close call. A weight farther
    from its code than `REACH`, whose code lies at the end of the grid, starts at 0.

    All start at 0 where the codes are not the ``nearest``: it was no close call where the original lies in the middle
    between two levels.
    """
    return steps.masked_fill(steps.abs() > REACH, 0.0) if nearest else torch.zeros_like(steps)


def grid_weight(
    levels: Levels, scales: torch.Tensor, shifts: torch.Tensor | None, position: torch.Tensor | None = None
) -> torch.Tensor:
    """The weight, float32 (out, in). ``scales`` and ``shifts`` (out, groups)."""
    return _weight(levels.values(scales.shape[1], position), scales, shifts)


def grid_product(
    x: torch.Tensor,
    levels: Levels,
    scales: torch.Tensor,
    shifts: torch.Tensor | None,
    position: torch.Tensor | None = None,
) -> torch.Tensor:
    """x · wᵀ, (…, in) -> (…, out); the weight is made again in the backward pass. Gradients go to ``x``, ``scales``,
    ``shifts`` (out, groups) and ``position`` (out, in); that of a float16 position times `HALF_SCALE`."""
    product = _Product.apply(x, scales, shifts, position, levels)  # type: ignore[no-untyped-call]
    return cast(torch.Tensor, product)


def grid_rows(
    rows: torch.Tensor,
    levels: Levels,
    scales: torch.Tensor,
    shifts: torch.Tensor | None,
    position: torch.Tensor | None = None,
) -> torch.Tensor:
    """Rows of the weight by their numbers (count,), float32 (count, in). Gradients as of `grid_product`."""
    looked_up = _Rows.apply(rows, scales, shifts, position, levels)  # type: ignore[no-untyped-call]
    return cast(torch.Tensor, looked_up)


def _weight(values: torch.Tensor, scales: torch.Tensor, shifts: torch.Tensor | None) -> torch.Tensor:
    """In place of ``values``."""
    weight = values.mul_(scales.unsqueeze(2))
    if shifts is not None:
        weight.add_(shifts.unsqueeze(2))
    return weight.view(len(weight), -1)


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        scales: torch.Tensor,
        shifts: torch.Tensor | None,
        position: torch.Tensor | None,
        levels: Levels,
    ) -> torch.Tensor:
        ctx.save_for_backward(x, scales, shifts, position)
        ctx.levels = levels
        product: torch.Tensor | None = None
        for rows in levels.pieces():
            own = (None if numbers is None else numbers[rows] for numbers in (scales, shifts, position))
            some = F.linear(x, grid_weight(levels.at(rows), *own).to(x.dtype))  # type: ignore[arg-type]
            if some.shape[-1] == len(levels.ranks):
                return some
            product = some.new_empty(*x.shape[:-1], len(levels.ranks)) if product is None else product
            product[..., rows] = some
        assert product is not None
        return product

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, scales, shifts, position = ctx.saved_tensors
        levels: Levels = ctx.levels
        (upper,) = gradients
        needs_x, *needed = ctx.needs_input_grad[:4]
        pieces: list[list[torch.Tensor | None]] = []
        for_x: torch.Tensor | None = None
        for rows in levels.pieces():
            own = [None if numbers is None else numbers[rows] for numbers in (scales, shifts, position)]
            values = levels.at(rows).values(scales.shape[1], own[2])
            some = upper[..., rows]
            if any(needed):
                flat = some.flatten(0, -2).t() @ x.flatten(0, -2).to(upper.dtype)
                *numbers, steps = _for_numbers(flat.float().view(values.shape), values, own, needed)
                pieces.append([*numbers, None if steps is None else _in_dtype_of(position, steps)])
            if needs_x:
                assert own[0] is not None
                product = some @ _weight(values, own[0], own[1]).to(upper.dtype)
                for_x = product if for_x is None else for_x.add_(product)
        for_x = None if for_x is None else for_x.to(x.dtype)
        return for_x, *_joined(pieces), None


def _for_numbers(
    for_weight: torch.Tensor, values: torch.Tensor, numbers: list[torch.Tensor | None], needed: list[bool]
) -> list[torch.Tensor | None]:
    """Gradients for scales, shifts and positions, float32, from that of a weight (rows, groups, size), which is
    overwritten. ``values``: `Levels.values`; ``numbers``: of these rows."""
    scales, shifts, position = numbers
    results: list[torch.Tensor | None] = [None, None, None]
    if needed[0]:
        results[0] = torch.linalg.vecdot(for_weight, values)
    if shifts is not None and needed[1]:
        results[1] = for_weight.sum(2)
    if position is not None and needed[2]:
        assert scales is not None
        results[2] = for_weight.mul_(scales.unsqueeze(2)).view(position.shape)
    return results


def _joined(pieces: list[list[torch.Tensor | None]]) -> list[torch.Tensor | None]:
    """Gradients of some rows below each other, for scales, shifts and positions."""
    if len(pieces) == 1:
        return pieces[0]
    columns = [[tensor for tensor in column if tensor is not None] for column in zip(*pieces, strict=True)]
    return [torch.cat(column) if column else None for column in columns] or [None, None, None]


class _Rows(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        rows: torch.Tensor,
        scales: torch.Tensor,
        shifts: torch.Tensor | None,
        position: torch.Tensor | None,
        levels: Levels,
    ) -> torch.Tensor:
        ctx.save_for_backward(rows, scales, shifts, position)
        ctx.levels = levels
        own = (None if numbers is None else numbers[rows] for numbers in (scales, shifts, position))
        return grid_weight(levels.at(rows), *own)  # type: ignore[arg-type]

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        rows, scales, shifts, position = ctx.saved_tensors
        levels: Levels = ctx.levels
        own = [None if numbers is None else numbers[rows] for numbers in (scales, shifts, position)]
        values = levels.at(rows).values(scales.shape[1], own[2])
        for_weight = gradients[0].float().clone().view(values.shape)
        *numbers, steps = (
            None if gradient is None else _by_row(gradient, rows, len(levels.ranks))
            for gradient in _for_numbers(for_weight, values, own, list(ctx.needs_input_grad[1:4]))
        )
        return None, *numbers, None if steps is None else _in_dtype_of(position, steps), None


def _by_row(values: torch.Tensor, rows: torch.Tensor, count: int) -> torch.Tensor:
    """Sums of ``values`` (n, size) by the row that each belongs to, float32 (count, size): the backward pass of an
    embedding, which adds in the same order on every run, on GPUs too."""
    added: torch.Tensor = torch.ops.aten.embedding_dense_backward(values.contiguous(), rows, count, -1, False)
    return added


def _in_dtype_of(position: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """The gradient of a position, which is overwritten, in the dtype of the position."""
    if position.dtype != torch.float16:
        return gradient
    return gradient.mul_(HALF_SCALE).clamp_(-HALF_LIMIT, HALF_LIMIT).half()
