"""Scales and codes of ggml's blocks with the smallest weighted error Σ e (w − ŵ)².

As ggml's make_qx_quants, make_qkx3_quants and make_qp_quants each run of weights is rounded under several scales, and
the scale that is best in the least squares for the codes that come out is taken. From there on rounding, the whole
numbers of the runs and d (and m) are fitted in alternation, each the best with the others as they are and as the file
stores them, and the best of all rounds is taken. The whole numbers of the runs are found by the same search, one level
up.

Tensors have the shape (blocks of a row, runs of a block, weights of a run, rows): everything is vectorized over rows,
and since the energy is that of an input, the same in all rows, sums over a run are products of matrices.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import cast

import torch

from engine.numerics.ggml.layouts import Layout

REFITS = 3
"""Rounds of rounding and fitting after a search; one less where no whole numbers are fitted too."""
SMALL = 1 << 12
"""Up to so many weights are rounded under all candidates at once."""
FINE = 256
"""Levels of a grid from which on one refit is enough."""
RUN_REFITS = 1
"""Refits of single runs after a search, before the whole numbers are fitted."""
BlockParams = tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None, torch.Tensor | None]
"""d and m (blocks, rows), scales and mins (blocks, runs, rows); what the format does not have is None."""


@dataclass(frozen=True)
class Grid:
    """Ascending whole ``values``. ``reaches``: candidates, levels or numbers between them, for the weight of the
    largest magnitude; ``every``: all levels that it can have, for weights that lie on a grid already."""

    values: tuple[int, ...]
    reaches: tuple[float, ...]
    every: tuple[float, ...]

    @functools.cached_property
    def is_uniform(self) -> bool:
        """True if the values are all whole numbers between two ends."""
        return len(self.values) == self.values[-1] - self.values[0] + 1

    def nearest(self, x: torch.Tensor) -> torch.Tensor:
        """Each number of ``x``, which is contiguous, becomes the value next to it, in place."""
        if self.is_uniform:
            return x.round_().clamp_(self.values[0], self.values[-1])
        low, table = _halves(self.values)
        positions = torch.add(-low, x, alpha=2).clamp_(0, len(table) - 1).int()
        torch.index_select(table.to(x.device), 0, positions.view(-1), out=x.view(-1))
        return x


@functools.cache
def _halves(values: tuple[int, ...]) -> tuple[int, torch.Tensor]:
    """The value next to each number between k/2 and (k + 1)/2, from the first k on: two neighboring values are
    parted at a multiple of one half."""
    low, high = 2 * values[0], 2 * values[-1]
    middle = torch.arange(low, high + 1, dtype=torch.float32).div_(2).add_(0.25)
    levels = torch.tensor(values, dtype=torch.float32)
    return low, levels[(middle[:, None] - levels).abs().argmin(1)]


@functools.cache
def grid_of(layout: Layout) -> Grid:
    """The levels of a format, and the candidates of its searches."""
    if layout.name.startswith("TQ"):
        return Grid((-1, 0, 1), (0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.1, 2.5, 3.0), (1.0,))
    values = tuple(sorted(set(layout.levels)))
    low, high = values[0], values[-1]
    if len(values) < high - low + 1:
        every = tuple(float(value) for value in values if value)
        shares = (0.86, 0.9, 0.94, 0.97, 1.0, 1.04, 1.08, 1.13, 1.19, 1.26, 1.35, 1.5)
        return Grid(values, tuple(low * x for x in shares) + tuple(high * x for x in (0.92, 1.0, 1.1, 1.25)), every)
    return _uniform(low, high)


def whole_numbers(layout: Layout) -> Grid:
    """The whole numbers that scales and mins of runs can be."""
    assert layout.scales is not None
    return _uniform(layout.scales.low, layout.scales.high)


@functools.cache
def _uniform(low: int, high: int) -> Grid:
    values = tuple(range(low, high + 1))
    every = tuple(float(value) for value in values if value)
    if not low:  # from zero upward
        start, stop, count = {3: (-0.45, 1.45, 14), 15: (-0.6, 2.8, 14), 31: (-0.8, 2.0, 15), 63: (-1.0, 3.0, 8)}[high]
        return Grid(values, tuple(high + start + (stop - start) * i / (count - 1) for i in range(count)), every)
    span, steps, more = {4: (3.6, 13, 3), 8: (4.2, 8, 2), 16: (4.5, 8, 1), 32: (4.5, 8, 1), 128: (2.0, 3, 1)}[-low]
    down = tuple(low + 1.0 - span * i / (steps - 1) for i in range(steps))
    return Grid(values, (*down, float(low), *(high + 0.5 * i for i in range(more))), every)


def blocks(w: torch.Tensor, e: torch.Tensor, layout: Layout, every: bool = False) -> BlockParams:
    """The parameters of blocks, as the file will hold them.

    w: float32 (blocks of a row, runs, weights of a run, rows), contiguous. e: float32 (blocks of a row, runs, weights
        of a run), the weight of each input's squared error.
    every: try all levels that the largest weight can have, for weights that lie on a grid already.
    """
    runs = Runs(w.flatten(0, 1), e.flatten(0, 1), grid_of(layout))
    shape = (*w.shape[:2], w.shape[3])
    if "e" in dict(layout.slots):
        return _fit_power_of_two(runs), None, None, None
    if layout.minimum:
        return _fit_with_min(runs, layout, shape)
    return _fit_symmetric(runs, layout, shape, every)


def as_float16(x: torch.Tensor) -> torch.Tensor:
    """Round to float16, and back to float32."""
    return x.to(torch.float16).float()


def reciprocal(scale: torch.Tensor) -> torch.Tensor:
    """1 / scale; 0 where that is not finite."""
    return scale.reciprocal().nan_to_num_(0.0, 0.0, 0.0)


def nearest_levels(w: torch.Tensor, scale: torch.Tensor, shift: torch.Tensor | None, grid: Grid) -> torch.Tensor:
    """The levels next to the weights, (…, weights, n), for scales (…, n) and a shift of the weights (…, n); where a
    scale is zero the level zero."""
    over = reciprocal(scale)
    scaled = w * over.unsqueeze(-2)
    return grid.nearest(scaled if shift is None else scaled.add_((shift * over).unsqueeze(-2)))


class Runs:
    """Runs of weights ``w`` (runs, weights, n) that are rounded to a grid under one scale after the other. ``e`` (runs,
    weights): the weight of each squared error. Candidates are stacked along a first dimension."""

    def __init__(self, w: torch.Tensor, e: torch.Tensor, grid: Grid) -> None:
        self.w, self.grid = w, grid
        self._e = e.unsqueeze(1)
        self._levels, self._spare = torch.empty_like(w), torch.empty_like(w)

    def sums(self, over: torch.Tensor, shift: torch.Tensor | None = None) -> Sums:
        """For levels next to w · over + shift, both (candidates, runs, n)."""
        if self.w.numel() <= SMALL:
            return self._at_once(over, shift)
        levels, spare = self._levels, self._spare
        shape = (3 if shift is not None else 2, len(over), len(self.w), 1, self.w.shape[2])
        totals = self.w.new_empty(shape)
        outputs = zip(over.unsqueeze(-2).unbind(), *(x.unbind() for x in totals), strict=True)
        shifts = () if shift is None else shift.unsqueeze(-2).unbind()
        for index, (factor, wn, nn, *n) in enumerate(outputs):
            if shifts:
                torch.addcmul(shifts[index], self.w, factor, out=levels)
            else:
                torch.mul(self.w, factor, out=levels)
            self.grid.nearest(levels)
            torch.bmm(self._e, torch.mul(levels, self.w, out=spare), out=wn)
            if n:
                torch.bmm(self._e, levels, out=n[0])
            torch.bmm(self._e, torch.mul(levels, levels, out=spare), out=nn)
        wn, nn, *n = totals.squeeze(3)
        return Sums(wn, nn, *(self.of_weights if n else ()), *n)

    def _at_once(self, over: torch.Tensor, shift: torch.Tensor | None) -> Sums:
        """The same of few weights, under all candidates together."""
        levels = self.w * over.unsqueeze(-2)
        levels = self.grid.nearest(levels if shift is None else levels.add_(shift.unsqueeze(-2)))
        wn, nn = (torch.matmul(self._e, levels * other).squeeze(2) for other in (self.w, levels))
        if shift is None:
            return Sums(wn, nn)
        return Sums(wn, nn, *self.of_weights, torch.matmul(self._e, levels).squeeze(2))

    @functools.cached_property
    def of_weights(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Sums of e (runs, 1) and of e w (runs, n)."""
        return self._e.sum(2), torch.bmm(self._e, self.w).squeeze(1)


@dataclass(frozen=True)
class Sums:
    """Sums over a run for levels n, (candidates, runs, n) each: e w n, e n²; where there is an offset e, e w, e n."""

    wn: torch.Tensor
    nn: torch.Tensor
    e: torch.Tensor | float = 0.0
    w: torch.Tensor | float = 0.0
    n: torch.Tensor | float = 0.0

    def __getitem__(self, index: int) -> Sums:
        """Of one candidate."""
        n = self.n[index] if isinstance(self.n, torch.Tensor) else self.n
        return Sums(self.wn[index], self.nn[index], self.e, self.w, n)

    def view(self, *shape: int) -> Sums:
        """All of another shape."""
        e, w, n = (x.view(shape) if isinstance(x, torch.Tensor) else x for x in (self.e, self.w, self.n))
        return Sums(self.wn.view(shape), self.nn.view(shape), e, w, n)

    def best_scale(self) -> torch.Tensor:
        """The best scale without an offset."""
        return (self.wn / self.nn).nan_to_num_(0.0, 0.0, 0.0)

    def fit_line(self, scaled: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Scale a and offset b of the best line w ≈ a n + b, and the part of Σ e w² that it explains. ``scaled``: b is
        not above zero."""
        e, w, n = cast("tuple[torch.Tensor, ...]", (self.e, self.w, self.n))
        square = e * self.nn
        area = square - n.square()
        flat = area <= 1e-7 * square
        a = torch.where(flat, 0.0, (e * self.wn - w * n) / area)
        b = torch.where(flat, w / e, (self.nn * w - n * self.wn) / area)
        if scaled:
            a, b = torch.where(b > 0, self.best_scale(), a), b.clamp_max(0)
        return a, b, -self.lost(a, b)

    def lost(self, a: torch.Tensor, b: torch.Tensor | float = 0.0) -> torch.Tensor:
        """Σ e (w − a n − b)² less Σ e w²."""
        along = a * (a * self.nn - 2 * self.wn)
        if isinstance(b, float):
            return along
        return along.add_(b * (2 * (a * self.n - self.w) + b * self.e))


def best_of(lost: torch.Tensor, *values: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Of stacked candidates the values with the smallest error; the first where errors are equal."""
    at = lost.nan_to_num(torch.inf, torch.inf).min(0, keepdim=True).indices  # many times faster than argmin
    return tuple(value.expand_as(lost).gather(0, at)[0] for value in values)


# -- no minimum --------------------------------------------------------------------------------------------------------
def fit(runs: Runs, every: bool = False, rounds: int = RUN_REFITS) -> tuple[torch.Tensor, torch.Tensor]:
    """The best scale of each run, and the weight of a squared error of the scale, Σ e n² for the levels n; (runs, n)
    each. ``rounds``: refits by the best scale."""
    grid = runs.grid
    over = reciprocal(extreme(runs.w)) * _column(runs.w, (*grid.reaches, *(grid.every if every else ())), 2)
    sums = runs.sums(over)
    scale = sums.best_scale()
    best = best_of(sums.lost(scale), scale, sums.nn)
    for _ in range(rounds):
        again = runs.sums(reciprocal(best[0])[None])[0]
        scale = again.best_scale()
        better = again.lost(scale) < -best[0].square() * best[1]
        best = (torch.where(better, scale, best[0]), torch.where(better, again.nn, best[1]))
    return best[0], best[1]


def extreme(w: torch.Tensor) -> torch.Tensor:
    """The value of the largest magnitude along the last but one dimension."""
    low, high = w.amin(-2), w.amax(-2)
    return torch.where(high < -low, low, high)


def _column(like: torch.Tensor, values: tuple[float, ...], dimensions: int) -> torch.Tensor:
    """Numbers along a first dimension, with as many more behind it."""
    return torch.tensor(values, dtype=torch.float32, device=like.device).view(-1, *(1,) * dimensions)


def fit_unit(values: torch.Tensor, counts: torch.Tensor, whole: Grid) -> torch.Tensor:
    """Fit the unit (blocks, rows) of which values (blocks, runs, rows) are about whole multiples, as float16 holds it;
    ``counts``: weights of the squared errors."""
    over = reciprocal(extreme(values)).unsqueeze(1) * _column(values, whole.reaches, 3)
    weighed = counts * values
    for _ in range(2):
        n = whole.nearest(values * over)
        along, square = (n * weighed).sum(2), n.square_().mul_(counts).sum(2)
        unit = (along / square).nan_to_num_(0.0, 0.0, 0.0)
        (best_unit,) = best_of(-unit * along, unit)
        over = reciprocal(unit).unsqueeze(2)
    return as_float16(best_unit)


def _fit_symmetric(runs: Runs, layout: Layout, shape: tuple[int, int, int], every: bool) -> BlockParams:
    if layout.scales is None:
        scale, _ = fit(runs, every, rounds=0)
        return _fit_one_scale(runs, as_float16(scale)), None, None, None
    whole = whole_numbers(layout)
    scale, length = (values.view(shape) for values in fit(runs, every))
    d = fit_unit(scale, length, whole)
    s = _multiples(scale, d, whole)
    lowest, best = torch.full_like(d, torch.inf), (d, s)
    for refit in range(REFITS + 1):
        run_scales = d.unsqueeze(1) * s
        sums = runs.sums(reciprocal(run_scales).view(1, -1, shape[2]))
        along, length = sums.wn.view(shape), sums.nn.view(shape)
        lost = (run_scales * (run_scales * length - 2 * along)).sum(1)
        better = lost < lowest
        lowest = torch.where(better, lost, lowest)
        best = (torch.where(better, d, best[0]), torch.where(better.unsqueeze(1), s, best[1]))
        if refit < REFITS:
            d = as_float16(((s * along).sum(1) / (s.square() * length).sum(1)).nan_to_num_(0.0, 0.0, 0.0))
            s = _multiples((along / length).nan_to_num_(0.0, 0.0, 0.0), d, whole)
    d, s = best
    neighbors = (s + _column(s, (0.0, 1.0, -1.0), 3)).clamp_(whole.values[0], whole.values[-1])
    run_scales = (d.unsqueeze(1) * neighbors).view(3, -1, shape[2])
    (s,) = best_of(runs.sums(reciprocal(run_scales)).lost(run_scales), neighbors.view_as(run_scales))
    return d, None, s.view(shape), None


def _fit_one_scale(runs: Runs, d: torch.Tensor) -> torch.Tensor:
    """The scale (blocks, rows) after rounds of rounding and fitting, as float16 holds it."""
    lowest, best = torch.full_like(d, torch.inf), d
    refits = REFITS - 1 if len(runs.grid.values) < FINE else 1
    for refit in range(refits + 1):
        sums = runs.sums(reciprocal(d)[None])[0]
        lost = sums.lost(d)
        better = lost < lowest
        lowest, best = torch.where(better, lost, lowest), torch.where(better, d, best)
        if refit < refits:
            d = as_float16(sums.best_scale())
    return best


def _multiples(values: torch.Tensor, unit: torch.Tensor, grid: Grid) -> torch.Tensor:
    """Multiples of ``unit`` (blocks, rows) next to values (blocks, runs, rows)."""
    return grid.nearest((values / unit.unsqueeze(1)).nan_to_num_(0.0, 0.0, 0.0))


def _fit_power_of_two(runs: Runs) -> torch.Tensor:
    """The power of two with the smallest error, of four around the one that the largest weight asks for."""
    first = torch.log2(runs.w.abs().amax(1) / runs.grid.values[-1]).nan_to_num_(-127.0, -127.0, -127.0).floor_()
    scale = torch.exp2((first + _column(first, (0.0, 1.0, -1.0, 2.0), 2)).clamp_(-126, 126))
    (best,) = best_of(runs.sums(reciprocal(scale)).lost(scale), scale)
    return best


# -- with a minimum ----------------------------------------------------------------------------------------------------
def _fit_with_min(runs: Runs, layout: Layout, shape: tuple[int, int, int]) -> BlockParams:
    scaled = layout.minimum == "scaled"
    a, b, length = _fit_lines(runs, scaled)
    if not scaled:
        return _fit_free_min(runs, as_float16(a), as_float16(b))
    whole = whole_numbers(layout)
    a, b = a.view(shape), b.view(shape)
    d = fit_unit(a, length.view(shape), whole)
    m = fit_unit(-b, runs.of_weights[0].view(*shape[:2], 1).expand(shape), whole)
    s, t = _multiples(a, d, whole), _multiples(-b, m, whole)
    lowest = torch.full_like(d, torch.inf)
    best = [d, m, s, t]
    for refit in range(REFITS + 1):
        a, b = d.unsqueeze(1) * s, m.unsqueeze(1) * t
        flat = runs.sums(*_factor_and_shift(a.view(1, -1, shape[2]), b.view(1, -1, shape[2])))[0]
        sums = flat.view(*shape[:2], -1)
        lost = sums.lost(a, -b).sum(1)
        better = lost < lowest
        lowest = torch.where(better, lost, lowest)
        best = [
            torch.where(better if new.ndim == 2 else better.unsqueeze(1), new, old)
            for new, old in zip((d, m, s, t), best, strict=True)
        ]
        if refit == REFITS:
            break
        s, t = fit_run_scales(sums, d.unsqueeze(1), m.unsqueeze(1), s, whole)
        d, m = _fit_units(sums, d, m, s, t)
    d, m, s, t = best
    up = _column(s, (0.0, 1.0, -1.0, 0.0, 0.0, 1.0, -1.0), 3)
    down = _column(s, (0.0, 0.0, 0.0, 1.0, -1.0, 1.0, -1.0), 3)
    s, t = ((x + change).clamp_(whole.values[0], whole.values[-1]) for x, change in ((s, up), (t, down)))
    a, b = ((unit.unsqueeze(1) * x).view(len(up), -1, shape[2]) for unit, x in ((d, s), (m, t)))
    s, t = best_of(runs.sums(*_factor_and_shift(a, b)).lost(a, -b), s.view_as(a), t.view_as(b))
    return d, m, s.view(shape), t.view(shape)


def _factor_and_shift(a: torch.Tensor, below: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Factor and shift that take weights to levels of the lines a n − below."""
    over = reciprocal(a)
    return over, below * over


def _fit_lines(runs: Runs, scaled: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The best line of each run: scale, offset, and the weight of a squared error of the scale; (runs, n)."""
    w, grid = runs.w, runs.grid
    low, high = w.amin(1), w.amax(1)
    if scaled:
        low = low.clamp_max(0)
    width = (high - low).clamp_min(torch.finfo(torch.float32).tiny)
    top = float(grid.values[-1])
    over = (_column(w, (*grid.reaches, top + 0.6, top + 1.2), 2) / width).nan_to_num_(0.0, 0.0, 0.0)
    below = _column(w, (*(0.0 for _ in grid.reaches), 0.3, 0.6), 2)
    sums = runs.sums(over, -(low * over + below))
    a, b, explained = sums.fit_line(scaled)
    a, b, length, lost = best_of(-explained, a, b, sums.nn, -explained)
    for _ in range(RUN_REFITS):
        again = runs.sums(*_factor_and_shift(a[None], -b[None]))
        slope, offset, explained = (x[0] for x in again.fit_line(scaled))
        better = -explained < lost
        a, b = torch.where(better, slope, a), torch.where(better, offset, b)
        length, lost = torch.where(better, again.nn[0], length), torch.where(better, -explained, lost)
    return a, b, length


def _fit_free_min(runs: Runs, d: torch.Tensor, m: torch.Tensor) -> BlockParams:
    """Alternate rounding and fitting the line through the levels; d and m as float16 holds them."""
    lowest, best = torch.full_like(d, torch.inf), (d, m)
    for refit in range(REFITS + 1):
        sums = runs.sums(*_factor_and_shift(d[None], -m[None]))
        lost = sums.lost(d[None], m[None])[0]
        better = lost < lowest
        lowest = torch.where(better, lost, lowest)
        best = (torch.where(better, d, best[0]), torch.where(better, m, best[1]))
        if refit < REFITS:
            a, b, _ = sums.fit_line(scaled=False)
            d, m = as_float16(a[0]), as_float16(b[0])
    return *best, None, None


def fit_run_scales(
    sums: Sums, d: torch.Tensor, m: torch.Tensor, s: torch.Tensor, whole: Grid
) -> tuple[torch.Tensor, torch.Tensor]:
    """Whole scales and mins (blocks, runs, rows) with the smallest error for the codes as they are: the nearest min and
    its two neighbors are tried, each with the scale that suits it. d, m (blocks, 1, rows); present scales s (blocks,
    runs, rows)."""
    middle = whole.nearest(((sums.n * (d * s) - sums.w) / (sums.e * m)).nan_to_num_(0.0, 0.0, 0.0))
    mins = (middle + _column(s, (0.0, 1.0, -1.0), 3)).clamp_(whole.values[0], whole.values[-1])
    below = m * mins
    scale = whole.nearest(((sums.wn + below * sums.n) / (sums.nn * d)).nan_to_num_(0.0, 0.0, 0.0))
    best = best_of(sums.lost(d * scale, -below), scale, mins)
    return best[0], best[1]


def _fit_units(
    sums: Sums, d: torch.Tensor, m: torch.Tensor, s: torch.Tensor, t: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """d and m of the least squares over a whole block, as float16 holds them."""
    ss, st, tt = (s * s * sums.nn).sum(1), (s * t * sums.n).sum(1), (t * t * sums.e).sum(1)
    sw, tw = (s * sums.wn).sum(1), (t * sums.w).sum(1)
    area = ss * tt - st * st
    alone = (sw / ss).nan_to_num_(0.0, 0.0, 0.0)
    solvable = area > 1e-6 * ss * tt
    new = torch.where(solvable, (sw * tt - tw * st) / area, torch.where(ss > 0, alone, d))
    least = torch.where(solvable, (st * sw - ss * tw) / area, torch.where(tt > 0, m, torch.zeros_like(m)))
    return as_float16(new), as_float16(least)
