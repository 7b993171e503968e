"""Scales and codes of ggml's blocks with the smallest weighted error Σ e (w − ŵ)².

As ggml's make_qx_quants, make_qkx3_quants and make_qp_quants each run of weights is rounded under several scales, and
the scale that is best in the least squares for the codes that come out is taken. From there on rounding, the whole
numbers of the runs and d (and m) take turns, each the best with the others as they are and as the file stores them, and
what was best of all turns is kept. The whole numbers of the runs are found by the same search, one level up.

Tensors have the shape (runs, weights of a run, blocks): everything is vectorized over blocks.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch

from engine.numerics.ggml.layouts import Layout

TURNS = 3
"""Turns of rounding and fitting behind a search."""
Found = tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None, torch.Tensor | None]
"""d and m (blocks,), scales and mins (runs, blocks); what the format does not have is None."""


@dataclass(frozen=True)
class Grid:
    """Ascending whole ``values``. ``reaches``: which of them (or what between) the weight of the largest magnitude is
    laid on, one after the other; ``every``: all that it can lie on, for weights that are on a grid already."""

    values: tuple[int, ...]
    reaches: tuple[float, ...]
    every: tuple[float, ...]

    @property
    def is_uniform(self) -> bool:
        """Whether they are all whole numbers between two ends."""
        return len(self.values) == self.values[-1] - self.values[0] + 1

    def nearest(self, x: torch.Tensor) -> torch.Tensor:
        """Each number of ``x`` becomes the value next to it, in place."""
        if self.is_uniform:
            return x.round_().clamp_(self.values[0], self.values[-1])
        low, table = _halves(self.values)
        places = x.mul_(2).floor_().clamp_(low, low + len(table) - 1).sub_(low).int()
        return x.copy_(table.to(x.device).index_select(0, places.reshape(-1)).view(x.shape))


@functools.cache
def _halves(values: tuple[int, ...]) -> tuple[int, torch.Tensor]:
    """The value next to each number between k/2 and (k + 1)/2, from the first k on: what lies between two values is
    parted at a multiple of one half."""
    low, high = 2 * values[0], 2 * values[-1]
    middle = torch.arange(low, high + 1, dtype=torch.float32).div_(2).add_(0.25)
    known = torch.tensor(values, dtype=torch.float32)
    return low, known[(middle[:, None] - known).abs().argmin(1)]


@functools.cache
def grid_of(layout: Layout) -> Grid:
    """The levels of a format, and where its searches look."""
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
    span, steps, more = {4: (3.6, 13, 3), 8: (4.2, 12, 2), 16: (4.5, 8, 1), 32: (4.5, 8, 1), 128: (2.0, 3, 1)}[-low]
    down = tuple(low + 1.0 - span * i / (steps - 1) for i in range(steps))
    return Grid(values, (*down, float(low), *(high + 0.5 * i for i in range(more))), every)


def blocks(w: torch.Tensor, e: torch.Tensor, layout: Layout, every: bool = False) -> Found:
    """The parameters of blocks, as the file will hold them.

    w, e: float32 (runs, weights of a run, blocks), the weights and how much the squared error of each counts.
    every: look at all levels that the largest weight can have, for weights that lie on a grid already.
    """
    if "e" in dict(layout.slots):
        return _power_of_two(w, e, grid_of(layout)), None, None, None
    if layout.minimum:
        return _with_minimum(w, e, layout)
    return _symmetric(w, e, layout, every)


def half(x: torch.Tensor) -> torch.Tensor:
    """As a float16 holds it, in float32."""
    return x.to(torch.float16).float()


def steps(w: torch.Tensor, scale: torch.Tensor, shift: torch.Tensor | None, grid: Grid) -> torch.Tensor:
    """The levels next to the weights, (runs, weights, blocks), for scales (runs, blocks) and what is added to a weight
    (runs, blocks); where a scale is zero the level zero."""
    inverse = torch.where(scale == 0, 0.0, 1 / scale).nan_to_num_(0.0, 0.0, 0.0).unsqueeze(1)
    scaled = w * inverse if shift is None else (w + shift.unsqueeze(1)).mul_(inverse)
    return grid.nearest(scaled)


# -- no minimum --------------------------------------------------------------------------------------------------------
def fit(w: torch.Tensor, e: torch.Tensor, grid: Grid, every: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    """The best scale of each run, and by how much an error of the scale counts: Σ e n² for the levels n. (…, s, n) ->
    (…, n) each."""
    low, high = w.amin(-2), w.amax(-2)
    extreme = torch.where(high < -low, low, high)
    inverse = torch.where(extreme == 0, 0.0, 1 / extreme).nan_to_num_(0.0, 0.0, 0.0)
    weighed = e * w
    n, spare = torch.empty_like(w), torch.empty_like(w)
    scale, best, length = extreme / grid.values[-1], torch.zeros_like(extreme), torch.ones_like(extreme)
    for reach in (*grid.reaches, *(grid.every if every else ())):
        grid.nearest(torch.mul(w, (inverse * reach).unsqueeze(-2), out=n))
        scale, best, length = _better(n, e, weighed, spare, scale, best, length)
    for _ in range(2):
        again = torch.where(scale == 0, 0.0, 1 / scale).nan_to_num_(0.0, 0.0, 0.0)
        grid.nearest(torch.mul(w, again.unsqueeze(-2), out=n))
        scale, best, length = _better(n, e, weighed, spare, scale, best, length)
    return scale, length


def _better(
    n: torch.Tensor,
    e: torch.Tensor,
    weighed: torch.Tensor,
    spare: torch.Tensor,
    scale: torch.Tensor,
    best: torch.Tensor,
    length: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Take over the scale that suits the levels ``n`` best where it explains more of Σ e w² than ``best``."""
    along = torch.mul(n, weighed, out=spare).sum(-2)
    square = torch.mul(n, n, out=spare).mul_(e).sum(-2)
    explained = (along.square() / square).nan_to_num_(0.0, 0.0, 0.0)
    better = explained > best
    return (
        torch.where(better, along / square, scale),
        torch.where(better, explained, best),
        torch.where(better, square, length),
    )


def _symmetric(w: torch.Tensor, e: torch.Tensor, layout: Layout, every: bool) -> Found:
    grid = grid_of(layout)
    scale, length = fit(w, e, grid, every)
    weighed = e * w
    if layout.scales is None:
        return _one_scale(w, e, half(scale[0]), grid), None, None, None
    whole = whole_numbers(layout)
    d = half(fit(scale, length, whole)[0])
    s = _whole(scale, d, whole)
    best, kept = torch.full_like(d, torch.inf), (d, s)
    for turn in range(TURNS + 1):
        made = d * s
        n = steps(w, made, None, grid)
        along, length = (n * weighed).sum(1), n.square_().mul_(e).sum(1)
        lost = (made * (made * length - 2 * along)).sum(0)
        better = lost < best
        best = torch.where(better, lost, best)
        kept = (torch.where(better, d, kept[0]), torch.where(better, s, kept[1]))
        if turn < TURNS:
            d = half(((s * along).sum(0) / (s.square() * length).sum(0)).nan_to_num_(0.0, 0.0, 0.0))
            s = _whole((along / length).nan_to_num_(0.0, 0.0, 0.0), d, whole)
    return kept[0], None, _neighbors(w, e, *kept, grid, whole), None


def _one_scale(w: torch.Tensor, e: torch.Tensor, d: torch.Tensor, grid: Grid) -> torch.Tensor:
    """The scale (blocks,) after turns of rounding and fitting, as float16 holds it."""
    weighed = e * w
    best, kept = torch.full_like(d, torch.inf), d
    for turn in range(TURNS + 1):
        n = steps(w, d[None], None, grid)
        along, length = (n * weighed).sum(1)[0], n.square_().mul_(e).sum(1)[0]
        lost = d * (d * length - 2 * along)
        better = lost < best
        best, kept = torch.where(better, lost, best), torch.where(better, d, kept)
        if turn < TURNS:
            d = half((along / length).nan_to_num_(0.0, 0.0, 0.0))
    return kept


def _whole(values: torch.Tensor, unit: torch.Tensor, grid: Grid) -> torch.Tensor:
    """Multiples of ``unit`` (blocks,) next to values (runs, blocks)."""
    return grid.nearest((values / unit).nan_to_num_(0.0, 0.0, 0.0))


def _neighbors(
    w: torch.Tensor, e: torch.Tensor, d: torch.Tensor, s: torch.Tensor, grid: Grid, whole: Grid
) -> torch.Tensor:
    """Of each run's whole number and its two neighbors the one with the smallest error, all rounded anew."""
    best, kept = torch.full_like(s, torch.inf), s
    for change in (0, 1, -1):
        tried = (s + change).clamp_(whole.values[0], whole.values[-1])
        made = d * tried
        lost = steps(w, made, None, grid).mul_(made.unsqueeze(1)).sub_(w).square_().mul_(e).sum(1)
        better = lost < best
        best, kept = torch.where(better, lost, best), torch.where(better, tried, kept)
    return kept


def _power_of_two(w: torch.Tensor, e: torch.Tensor, grid: Grid) -> torch.Tensor:
    """The power of two with the smallest error, of five around the one that the largest weight asks for."""
    top = w.abs().amax(1)
    first = torch.log2(top / grid.values[-1]).nan_to_num_(-127.0, -127.0, -127.0).floor_()
    best, kept = torch.full_like(top, torch.inf), torch.ones_like(top)
    for change in (0, 1, -1, 2):
        scale = torch.exp2((first + change).clamp_(-126, 126))
        lost = steps(w, scale, None, grid).mul_(scale.unsqueeze(1)).sub_(w).square_().mul_(e).sum(1)
        better = lost < best
        best, kept = torch.where(better, lost, best), torch.where(better, scale, kept)
    return kept[0]


# -- with a minimum ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Sums:
    """Sums over a run, (runs, blocks) each: of e, e w, e w²; and of levels n: e n, e n², e w n."""

    e: torch.Tensor
    w: torch.Tensor
    n: torch.Tensor
    nn: torch.Tensor
    wn: torch.Tensor

    def line(self, scaled: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Scale a and offset b of the best line w ≈ a n + b, and what it explains of Σ e w². ``scaled``: b is not
        above zero."""
        area = self.e * self.nn - self.n.square()
        flat = area <= 1e-7 * self.e * self.nn
        a = torch.where(flat, 0.0, (self.e * self.wn - self.w * self.n) / area)
        b = torch.where(flat, self.w / self.e, (self.nn * self.w - self.n * self.wn) / area)
        if scaled:
            through = (self.wn / self.nn).nan_to_num_(0.0, 0.0, 0.0)
            a, b = torch.where(b > 0, through, a), b.clamp_max(0)
        return a, b, 2 * (a * self.wn + b * self.w) - a * (a * self.nn + 2 * b * self.n) - b * b * self.e

    def lost(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """Σ e (w − a n − b)² less Σ e w²."""
        return a * (a * self.nn + 2 * b * self.n - 2 * self.wn) + b * (b * self.e - 2 * self.w)


class _Summing:
    """Makes `_Sums` of the same weights again and again."""

    def __init__(self, w: torch.Tensor, e: torch.Tensor) -> None:
        self._weights, self._energy, self._weighed = w, e, e * w
        self._spare = torch.empty_like(w)
        self._e, self._w = e.sum(1), self._weighed.sum(1)

    def __call__(self, n: torch.Tensor) -> _Sums:
        wn = torch.mul(n, self._weighed, out=self._spare).sum(1)
        first = torch.mul(n, self._energy, out=self._spare).sum(1)
        return _Sums(self._e, self._w, first, self._spare.mul_(n).sum(1), wn)


def _with_minimum(w: torch.Tensor, e: torch.Tensor, layout: Layout) -> Found:
    grid, scaled = grid_of(layout), layout.minimum == "scaled"
    summing = _Summing(w, e)
    a, b, length = _lines(w, summing, grid, scaled)
    if not scaled:
        return _free(w, summing, half(a)[0], half(b)[0], grid)
    whole = whole_numbers(layout)
    d = half(fit(a, length, whole)[0])
    m = half(fit(-b, e.sum(1), whole)[0])
    s, t = _whole(a, d, whole), _whole(-b, m, whole)
    best = torch.full_like(d, torch.inf)
    kept = [d, m, s, t]
    for turn in range(TURNS + 1):
        sums = summing(steps(w, d * s, m * t, grid))
        lost = sums.lost(d * s, -(m * t)).sum(0)
        better = lost < best
        best = torch.where(better, lost, best)
        kept = [torch.where(better, new, old) for new, old in zip((d, m, s, t), kept, strict=True)]
        if turn == TURNS:
            break
        s, t = _wholes(sums, d, m, s, t, whole)
        d, m = _units(sums, d, m, s, t)
    d, m, s, t = kept
    return d, m, *_neighbors_with_minimum(w, e, d, m, s, t, grid, whole)


def _lines(
    w: torch.Tensor, summing: _Summing, grid: Grid, scaled: bool
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The best line of each run: scale, offset, and by how much an error of the scale counts; (runs, blocks)."""
    low, high = w.amin(1), w.amax(1)
    if scaled:
        low = low.clamp_max(0)
    width = (high - low).clamp_min(torch.finfo(torch.float32).tiny)
    n = torch.empty_like(w)
    a, b, length = width / grid.values[-1], low, torch.ones_like(low)
    best = torch.full_like(low, -torch.inf)
    tries = [(reach, 0.0) for reach in grid.reaches] + [(grid.values[-1] + 0.6, 0.3), (grid.values[-1] + 1.2, 0.6)]
    for reach, below in tries:
        scale = (reach / width).nan_to_num_(0.0, 0.0, 0.0)
        torch.sub(w, low.unsqueeze(1), out=n).mul_(scale.unsqueeze(1))
        a, b, length, best = _straighter(
            summing(grid.nearest(n.sub_(below) if below else n)), scaled, a, b, length, best
        )
    for _ in range(2):
        sums = summing(steps(w, a, -b, grid))
        a, b, length, best = _straighter(sums, scaled, a, b, length, best)
    return a, b, length


def _straighter(
    sums: _Sums, scaled: bool, a: torch.Tensor, b: torch.Tensor, length: torch.Tensor, best: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    slope, offset, explained = sums.line(scaled)
    better = explained > best
    return (
        torch.where(better, slope, a),
        torch.where(better, offset, b),
        torch.where(better, sums.nn, length),
        torch.where(better, explained, best),
    )


def _free(w: torch.Tensor, summing: _Summing, d: torch.Tensor, m: torch.Tensor, grid: Grid) -> Found:
    """Rounding and the line through what comes out take turns, both ends as float16 holds them."""
    best, kept = torch.full_like(d, torch.inf), (d, m)
    for turn in range(TURNS + 1):
        sums = summing(steps(w, d[None], -m[None], grid))
        lost = sums.lost(d[None], m[None])[0]
        better = lost < best
        best = torch.where(better, lost, best)
        kept = (torch.where(better, d, kept[0]), torch.where(better, m, kept[1]))
        if turn < TURNS:
            a, b, _ = sums.line(scaled=False)
            d, m = half(a[0]), half(b[0])
    return *kept, None, None


def _wholes(
    sums: _Sums, d: torch.Tensor, m: torch.Tensor, s: torch.Tensor, t: torch.Tensor, whole: Grid
) -> tuple[torch.Tensor, torch.Tensor]:
    """The whole numbers that are best for the codes as they are: each min and its neighbors with the scale that suits
    it."""
    best, kept = torch.full_like(s, torch.inf), (s, t)
    middle = _whole((sums.n * (d * s) - sums.w) / sums.e, m, whole)
    for change in (0, 1, -1):
        least = (middle + change).clamp_(whole.values[0], whole.values[-1])
        scale = _whole((sums.wn + m * least * sums.n) / sums.nn, d, whole)
        lost = sums.lost(d * scale, -(m * least))
        better = lost < best
        best = torch.where(better, lost, best)
        kept = (torch.where(better, scale, kept[0]), torch.where(better, least, kept[1]))
    return kept


def _units(
    sums: _Sums, d: torch.Tensor, m: torch.Tensor, s: torch.Tensor, t: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """d and m of the least squares over a whole block, as float16 holds them."""
    ss, st, tt = (s * s * sums.nn).sum(0), (s * t * sums.n).sum(0), (t * t * sums.e).sum(0)
    sw, tw = (s * sums.wn).sum(0), (t * sums.w).sum(0)
    area = ss * tt - st * st
    alone = (sw / ss).nan_to_num_(0.0, 0.0, 0.0)
    solvable = area > 1e-6 * ss * tt
    new = torch.where(solvable, (sw * tt - tw * st) / area, torch.where(ss > 0, alone, d))
    least = torch.where(solvable, (st * sw - ss * tw) / area, torch.where(tt > 0, m, torch.zeros_like(m)))
    return half(new), half(least)


def _neighbors_with_minimum(
    w: torch.Tensor,
    e: torch.Tensor,
    d: torch.Tensor,
    m: torch.Tensor,
    s: torch.Tensor,
    t: torch.Tensor,
    grid: Grid,
    whole: Grid,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Of each run's whole numbers and their neighbors those with the smallest error, all rounded anew."""
    best, kept = torch.full_like(s, torch.inf), (s, t)
    for up, down in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1)):
        scale = (s + up).clamp_(whole.values[0], whole.values[-1])
        least = (t + down).clamp_(whole.values[0], whole.values[-1])
        a, b = d * scale, m * least
        lost = steps(w, a, b, grid).mul_(a.unsqueeze(1)).sub_(b.unsqueeze(1)).sub_(w).square_().mul_(e).sum(1)
        better = lost < best
        best = torch.where(better, lost, best)
        kept = (torch.where(better, scale, kept[0]), torch.where(better, least, kept[1]))
    return kept
