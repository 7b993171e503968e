"""Parameters of blocks that lie on a grid of their format already, as those of a file that was quantized before.

A search for the smallest error would nearly always return to the grid, but not always: here the grid itself is
searched. Units are common divisors: the values of all runs of a block are whole multiples of d.
"""

from __future__ import annotations

import torch

from engine.numerics.ggml import search
from engine.numerics.ggml.layouts import Layout
from engine.numerics.ggml.search import BlockParams, Grid, as_float16

NEAR = 1e-3
"""Largest distance of a multiple from a whole number."""
REFERENCES = 4
"""Runs whose scales are divided into candidates for the unit."""
AT_ONCE = 1 << 15
"""Scales, times fractions of a unit, that are compared at once."""
LOWEST = 4
"""Lowest levels that are tried for the smallest weight of a run, in the search for the unit of mins."""


def blocks(w: torch.Tensor, layout: Layout, thorough: bool = True) -> BlockParams:
    """As `search.blocks`, right for blocks (runs of a block, weights of a run, blocks) that lie on a grid, and anything
    for others: d and m (blocks,), scales and mins (runs, blocks). If not ``thorough``, for most of them."""
    grid = search.grid_of(layout)
    even = torch.ones(w.shape[:2], device=w.device)
    if layout.minimum:
        return _with_minimum(w, even, layout, grid, thorough)
    if layout.scales is None:
        return search.blocks(w[None], even[None], layout, every=True)[0][0], None, None, None
    a, _ = search.fit(search.Runs(w, even, grid), every=True)
    whole = search.whole_numbers(layout)
    d = _unit([a], a, whole, thorough)
    s, misses = _multiples(w, a, d, grid, whole, thorough)
    if thorough and misses.any():  # a run that uses the shorter side alone does not show its sign
        other_scales, other_misses = _multiples(w, a, -d, grid, whole, thorough)
        d, s = torch.where(other_misses < misses, -d, d), torch.where(other_misses < misses, other_scales, s)
    return d, None, s, None


def from_ends(w: torch.Tensor, layout: Layout) -> torch.Tensor | None:
    """The scales d (blocks, rows) of weights (blocks, 1, weights, rows) if in every block the largest lies on an end of
    the grid and all come back to the bit, as of files that ggml wrote by the largest weight, without a search.
    None for all others, and for formats that store more than d."""
    if layout.scales is not None or layout.minimum or "e" in dict(layout.slots):
        return None
    grid, w = search.grid_of(layout), w.squeeze(1)
    largest = search.extreme(w)
    candidates = largest.abs() / grid.values[-1], largest / grid.values[0]
    best, is_found = as_float16(candidates[0]), torch.zeros_like(largest, dtype=torch.bool)
    for d in map(as_float16, candidates):
        is_exact = (search.nearest_levels(w, d, None, grid).mul_(d.unsqueeze(-2)) == w).all(-2)
        best = torch.where(is_exact & ~is_found, d, best)
        is_found |= is_exact
        if is_found.all():
            return best
    return None


def _multiples(
    w: torch.Tensor, a: torch.Tensor, d: torch.Tensor, grid: Grid, whole: Grid, thorough: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Whole numbers (runs, blocks), and of each block the runs (blocks,) that they do not give to the bit."""
    s = grid_multiples(a, d, whole)
    bad = (search.nearest_levels(w, d * s, None, grid) * (d * s).unsqueeze(1) != w).any(1)
    if thorough and bad.any():
        s[bad] = best_scale(w.transpose(1, 2)[bad], d.expand_as(s)[bad], grid, whole)
        bad = (search.nearest_levels(w, d * s, None, grid) * (d * s).unsqueeze(1) != w).any(1)
    return s, bad.sum(0)


def grid_multiples(values: torch.Tensor, unit: torch.Tensor, whole: Grid) -> torch.Tensor:
    """The multiples of ``unit`` next to values."""
    return whole.nearest((values / unit).nan_to_num_(0.0, 0.0, 0.0))


def _unit(choices: list[torch.Tensor], values: torch.Tensor, whole: Grid, thorough: bool) -> torch.Tensor:
    """The largest d (blocks,), as float16 holds it, of which as many runs as possible have a whole multiple among their
    ``choices`` (runs, blocks); fractions of the largest of ``values`` are tried, and of those next to it if
    ``thorough``: the step of a run may be a multiple of its scale."""
    largest = values.abs().topk(min(REFERENCES if thorough else 1, len(values)), 0).indices
    most_hits, best_unit = torch.full_like(values[0], -1.0), torch.zeros_like(values[0])
    counts = torch.tensor(sorted((value for value in whole.values if value), key=abs), device=values.device)
    for first in values.gather(0, largest):
        for some in torch.split(counts, max(1, AT_ONCE // values.numel())):
            d = as_float16(first / some.unsqueeze(1))
            hits = torch.stack([_is_multiple(choice, d.unsqueeze(1), whole) for choice in choices]).any(0).sum(1)
            count, at = hits.masked_fill_(~torch.isfinite(d), -1).max(0)
            more = count > most_hits
            most_hits = torch.where(more, count.float(), most_hits)
            best_unit = torch.where(more, d.gather(0, at[None])[0], best_unit)
    return best_unit


def best_scale(w: torch.Tensor, d: torch.Tensor, grid: Grid, whole: Grid) -> torch.Tensor:
    """The whole scale (runs,) with the smallest largest error of each run; w (runs, weights), d (runs,)."""
    lowest, best = torch.full_like(d, torch.inf), torch.zeros_like(d)
    for value in whole.values:
        scale = (d * value)[None]
        lost = ((search.nearest_levels(w.T[None], scale, None, grid)[0] * scale) - w.T).abs().amax(0)
        better = lost < lowest
        lowest, best = torch.where(better, lost, lowest), torch.where(better, float(value), best)
    return best


# -- with a minimum ----------------------------------------------------------------------------------------------------
def _with_minimum(w: torch.Tensor, even: torch.Tensor, layout: Layout, grid: Grid, thorough: bool) -> BlockParams:
    a, low = _slopes(w, even, grid)
    if layout.minimum == "free":
        d = as_float16(a[0])
        return d, _best_offset(w[0], d, low[0], grid), None, None
    whole = search.whole_numbers(layout)
    d = _unit([a], a, whole, thorough)
    s = grid_multiples(a, d, whole)
    shifted = [d * s * level - low for level in grid.values[:LOWEST]]
    m = torch.zeros_like(d)
    most = torch.full_like(d, -1.0)
    for values in shifted:
        unit = _unit(shifted, values, whole, thorough)
        hits = torch.stack([_is_multiple(choice, unit, whole) for choice in shifted]).any(0).sum(0).float()
        m, most = torch.where(hits > most, unit, m), torch.maximum(hits, most)
    t = grid_multiples(shifted[0], m, whole)
    for choice in reversed(shifted):
        t = torch.where(_is_multiple(choice, m, whole), grid_multiples(choice, m, whole), t)
    restored = search.nearest_levels(w, d * s, m * t, grid).mul_((d * s).unsqueeze(1)).sub_((m * t).unsqueeze(1))
    bad = (restored - w).abs().amax(1) > 1e-6 * w.abs().amax(1)
    if thorough and bad.any():
        s[bad], t[bad] = best_scale_and_min(
            w.transpose(1, 2)[bad], d.expand_as(s)[bad], m.expand_as(s)[bad], grid, whole
        )
    return d, m, s, t


def _is_multiple(values: torch.Tensor, unit: torch.Tensor, whole: Grid) -> torch.Tensor:
    ratio = values / unit
    near = ratio.round()
    fits = (near >= whole.values[0]) & (near <= whole.values[-1])
    return fits & ((ratio - near).abs() < NEAR)


def _slopes(w: torch.Tensor, even: torch.Tensor, grid: Grid) -> tuple[torch.Tensor, torch.Tensor]:
    """The step of each run, and its smallest weight: (runs, blocks) each."""
    low = w.amin(1)
    above = w - low.unsqueeze(1)
    return search.fit(search.Runs(above, even, grid), every=True)[0], low


def _best_offset(w: torch.Tensor, d: torch.Tensor, low: torch.Tensor, grid: Grid) -> torch.Tensor:
    """The offset (blocks,): a number of steps below the smallest weight at which it is a float16."""
    best, lowest = as_float16(low), torch.full_like(low, torch.inf)
    for level in grid.values:
        m = as_float16(low - d * level)
        off = (search.nearest_levels(w[None], d[None], -m[None], grid)[0] * d + m - w).abs().amax(0)
        better = off < lowest
        lowest, best = torch.where(better, off, lowest), torch.where(better, m, best)
    return best


def best_scale_and_min(
    w: torch.Tensor, d: torch.Tensor, m: torch.Tensor, grid: Grid, whole: Grid
) -> tuple[torch.Tensor, torch.Tensor]:
    """The whole scale and min (runs,) with the smallest largest error of each run; w (runs, weights)."""
    columns, low = w.T[None], w.amin(1)
    lowest, best = torch.full_like(d, torch.inf), (torch.zeros_like(d), torch.zeros_like(d))
    for value in whole.values:
        scale = d * value
        for level in grid.values if value else (0,):
            mins = grid_multiples(scale * level - low, m, whole)
            restored = search.nearest_levels(columns, scale[None], (m * mins)[None], grid)[0].mul_(scale).sub_(m * mins)
            lost = (restored - w.T).abs().amax(0)
            better = lost < lowest
            lowest = torch.where(better, lost, lowest)
            best = (torch.where(better, float(value), best[0]), torch.where(better, mins, best[1]))
    return best
