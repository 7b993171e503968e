"""Scales and points of ggml's codebooks with the smallest weighted error Σ e (w − ŵ)².

Runs are rounded to the codebook under several scales; then the points, the whole numbers of the runs and d are fitted
in alternation, each the best with the others as they are. The nearest of all points comes from one product of
matrices: since the energy is that of an input, Σ e (x − g)² is a linear function of the points g and of their squares.
In large codebooks it is, as long as scales are looked for, one of `NEAR` points: those next to what a group's
magnitudes are when each is rounded to a level, as in ggml's lists of neighbors.

Tensors have the shape (runs of a row, rows, groups of a run, magnitudes of a group).
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch

from engine import devices
from engine.numerics.ggml.codebooks import SCALES, SIGNED, Codebook, Points
from engine.numerics.ggml.search import Grid, as_float16, fit_unit, reciprocal

REFITS = 1
"""Rounds of fitting points and scales after a search."""
NEAR = 8
"""Points of a large codebook that are compared while scales are looked for."""
LARGE = 128
"""Points for each weight of a group from which on a codebook is large."""
WEIGHTS = 1 << 17
"""Weights that are searched at once on a CPU."""
AT_ONCE = 1 << 20
"""Distances to points that are compared at once on a CPU."""
PART = 32
"""Scores of a part in `largest`; the sizes of all codebooks are multiples of it."""
_REACHES = {
    "IQ2_XXS": (0.62, 0.74, 0.86, 0.98, 1.1),
    "IQ2_XS": (0.62, 0.74, 0.86, 0.98, 1.1),
    "IQ2_S": (0.62, 0.74, 0.86, 0.98, 1.1),
    "IQ3_XXS": (0.7, 0.8, 0.9, 1.0, 1.1),
    "IQ3_S": (0.7, 0.8, 0.9, 1.0, 1.1),
}
"""Shares of the largest magnitude that the largest weight of a run is scaled to."""


@functools.cache
def odd_numbers() -> Grid:
    """Whole numbers 2 s + 1, which multiply the unit of the scales of runs."""
    values = tuple(range(1, 2 * SCALES, 2))
    return Grid(values, tuple(22.0 + 1.5 * i for i in range(8)), ())


@functools.cache
def _neighbors(book: Codebook, device: torch.device) -> torch.Tensor:
    """The points next to each cell, float32 (cells, points · group): a cell holds all that rounds to the same levels,
    the first magnitude counting the most in its number."""
    levels = torch.tensor(book.levels, dtype=torch.float32)
    cells, points = torch.cartesian_prod(*[levels] * book.group), book.points(torch.device("cpu"))
    distance = points.square().sum(1) - 2 * cells @ points.T
    return points[distance.topk(NEAR, largest=False).indices].flatten(1).to(device)


class Search:
    """Finds points for a piece of a weight (rows, inputs); ``e`` (inputs,)."""

    def __init__(self, weight: torch.Tensor, e: torch.Tensor, book: Codebook) -> None:
        self._book, self._rows = book, len(weight)
        self._points = book.points(weight.device)
        self._is_large = len(self._points) >= LARGE * book.group
        self.negative = signs(weight.view(self._rows, -1, SIGNED), e.view(-1, SIGNED), 2, book.even).view(weight.shape)
        x = torch.where(self.negative, -weight, weight)
        groups = book.run // book.group
        self.x = x.view(self._rows, -1, groups, book.group).transpose(0, 1).contiguous()
        self._e = e.view(-1, 1, groups, book.group)
        self._weighed = self.x * self._e
        table = self._points.T.expand(weight.shape[1] // book.group, -1, -1)
        squares = self._e.reshape(-1, 1, book.group) @ self._points.square().T
        self._table = torch.cat([table, squares.mul_(-0.5)], 1)  # (groups of a row, group + 1, points)

    def nearest(self, over: torch.Tensor) -> torch.Tensor:
        """For weights times ``over`` (runs, rows) the points (runs, rows, groups) int64 next to them."""
        return self._reduced(over, largest)

    def explained(self, over: torch.Tensor) -> torch.Tensor:
        """The part of Σ e x² that the points next to the weights explain, (runs, rows)."""
        most = self._near(over)[1] if self._is_large else self._reduced(over, lambda scores: scores.amax(2))
        return most.sum(2) / over.square()

    def sums(self, over: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """Σ e x n and Σ e n² (runs, rows) for the magnitudes n of the points next to weights times ``over``; as of
        `nearest` which these are, None of a large codebook, where they are the nearest of a few."""
        codes = None if self._is_large else self.nearest(over)
        n = self._near(over)[0] if codes is None else self._points[codes]
        return (n * self._weighed).sum((2, 3)), n.square_().mul_(self._e).sum((2, 3)), codes

    def _reduced(self, over: torch.Tensor, reduce: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
        """``reduce`` of the scores Σ e (x g − g² / 2) of each group and each point g, from (groups of a row, rows,
        points) to (groups of a row, rows); reshaped to (runs, rows, groups). Half of the points' squared distance is Σ
        e x² / 2 less the score."""
        size = len(self._table)
        some = max(1, devices.at_once(over.device, AT_ONCE) // (size * self._table.shape[2]))
        pieces = []
        for weighed, factor in zip(torch.split(self._weighed, some, 1), torch.split(over, some, 1), strict=True):
            scaled = over.new_ones(size, factor.shape[1], self._book.group + 1)
            into = scaled.view(len(over), -1, *scaled.shape[1:])[..., :-1].transpose(1, 2)
            torch.mul(weighed, factor[:, :, None, None], out=into)
            pieces.append(reduce(torch.bmm(scaled, self._table)))
        return torch.cat(pieces, 1).view(len(over), -1, self._rows).transpose(1, 2)

    def _near(self, over: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Of the points that are compared those next to weights times ``over``: their magnitudes (runs, rows, groups,
        group) and Σ e (x g − g² / 2), (runs, rows, groups)."""
        book, size = self._book, self.x.shape
        factor = over[:, :, None, None]
        low, count = book.levels[0], len(book.levels)
        step = (book.levels[-1] - low) / (count - 1)
        positions = torch.add(-low / step, self.x * (factor / step)).round_().clamp_(0, count - 1)
        powers = count ** torch.arange(book.group - 1, -1, -1, device=positions.device, dtype=torch.float32)
        cells = torch.mv(positions.view(-1, book.group), powers).int()
        points = _neighbors(book, positions.device).index_select(0, cells).view(*size[:3], NEAR, book.group)
        pulled = torch.addcmul((self._weighed * factor).unsqueeze(3), points, self._e.unsqueeze(3), value=-0.5)
        scores = torch.mv(pulled.mul_(points).view(-1, book.group), powers.new_ones(book.group)).view(*size[:3], NEAR)
        most, at = scores.max(3, keepdim=True)
        n = points.gather(3, at.unsqueeze(4).expand(*size[:3], 1, book.group)).squeeze(3)
        return n, most.squeeze(3)

    def run(self) -> Points:
        """The parameters of all blocks, in order of rows."""
        book, whole = self._book, odd_numbers()
        blocks = book.size // book.run
        over = reciprocal(self.x.abs().amax((2, 3)))
        most, chosen = torch.zeros_like(over), torch.zeros_like(over)
        for reach in _REACHES[book.name]:
            factor = over * (reach * book.levels[-1])
            explained = self.explained(factor)
            better = explained > most
            most, chosen = torch.where(better, explained, most), torch.where(better, factor, chosen)
        along, square, _ = self.sums(chosen)
        scale, shape = (along / square).nan_to_num_(0.0, 0.0, 0.0), (-1, blocks, self._rows)
        d = fit_unit(scale.view(shape) * book.part, square.view(shape), whole)
        s = self._whole(scale.view(shape), d)
        lowest = torch.full_like(d, torch.inf)
        best, points = (d, s), None
        for refit in range(REFITS + 1):
            run_scales = (d.unsqueeze(1) * s / book.part).flatten(0, 1)
            along, square, codes = self.sums(reciprocal(run_scales))
            lost = (run_scales * (run_scales * square - 2 * along)).view(shape).sum(1)
            better = lost < lowest
            lowest = torch.where(better, lost, lowest)
            best = torch.where(better, d, best[0]), torch.where(better.unsqueeze(1), s, best[1])
            if points is None:
                points = codes
            elif codes is not None:
                points = torch.where(better.repeat_interleave(blocks, 0).unsqueeze(2), codes, points)
            if refit < REFITS:
                along, square = along.view(shape), square.view(shape)
                s = self._whole((along / square).nan_to_num_(0.0, 0.0, 0.0), d)
                unit = (s * along).sum(1) / (s.square() * square).sum(1)
                d = as_float16((unit * book.part).nan_to_num_(0.0, 0.0, 0.0).clamp_min_(0))
        d, s = best
        if points is None:
            points = self.nearest(reciprocal((d.unsqueeze(1) * s / book.part).flatten(0, 1)))
        return self.points(d, s, points)

    def points(self, d: torch.Tensor, s: torch.Tensor, codes: torch.Tensor) -> Points:
        """In order of rows: d (blocks of a row, rows), odd s (blocks of a row, runs, rows), codes as of `nearest`."""
        numbers = ((s - 1) / 2).long().movedim(2, 0).reshape(-1, s.shape[1])
        rows = codes.transpose(0, 1).reshape(len(numbers), -1)
        return Points(rows, self.negative.view(len(numbers), -1), d.T.reshape(-1, 1), numbers)

    def _whole(self, scale: torch.Tensor, d: torch.Tensor) -> torch.Tensor:
        ratio = scale * self._book.part / d.unsqueeze(1)
        return odd_numbers().nearest(ratio.nan_to_num_(1.0, 1.0, 1.0))


def largest(scores: torch.Tensor) -> torch.Tensor:
    """``scores.argmax(2)``, the first place where some are equal.

    On a CPU `amax` is many times faster than `argmax`, which only searches the part that holds the largest value.
    """
    size = scores.shape[2]
    if devices.is_accelerator(scores.device) or size % PART:
        return scores.argmax(2)
    parts = scores.view(-1, PART)
    at = parts.amax(1).view(-1, size // PART).argmax(1)
    rows = torch.arange(0, len(parts), size // PART).add_(at)
    return parts.index_select(0, rows).argmax(1).add_(at, alpha=PART).view(scores.shape[:2])


def signs(weight: torch.Tensor, e: torch.Tensor, dim: int, even: bool) -> torch.Tensor:
    """True for negative weights, in the shape of ``weight``; those along ``dim`` are stored together. Where an ``even``
    number has to be negative, the sign of the weight that counts the least is flipped."""
    negative = weight < 0
    if not even:
        return negative
    least = (weight.square() * e).min(dim, keepdim=True).indices
    turned = negative.sum(dim, keepdim=True) % 2 == 1
    return negative.scatter(dim, least, negative.gather(dim, least) ^ turned)


# -- weights that lie on a grid already --------------------------------------------------------------------------------
def on_grid(weight: torch.Tensor, book: Codebook) -> Points:
    """The points of blocks (n, 256) that lie on a grid of the format, to the bit; anything for others. Of the d that
    every run's largest weight is a multiple of, the one under which all weights are points."""
    search = Search(weight, torch.ones(book.size, device=weight.device), book)
    tops = search.x.abs().amax((2, 3))  # (runs, blocks)
    numbers = [int(value) for value in odd_numbers().values]
    products = sorted({level * number for level in book.levels for number in numbers})
    multiples = torch.tensor(products, dtype=torch.float32, device=weight.device)
    candidates = as_float16(tops.amax(0) * book.part / multiples[:, None])  # (products, blocks)
    ratios = tops * book.part / candidates[:, None]
    whole = ratios.nan_to_num(-1.0, -1.0, -1.0).round()
    fits = ((whole * candidates[:, None] == tops * book.part) & (torch.isin(whole, multiples) | (whole == 0))).all(1)
    order = fits.int().argsort(dim=0, descending=True, stable=True)
    codes = torch.zeros(search.x.shape[:3], dtype=torch.int64, device=weight.device)
    d, s = candidates[order[0], torch.arange(len(weight), device=weight.device)], torch.ones_like(tops)
    done = torch.zeros(len(weight), dtype=torch.bool, device=weight.device)
    points = book.points(weight.device)
    for row in order[: int(fits.sum(0).max())]:
        unit_d = candidates.gather(0, row[None])[0]
        right = torch.zeros_like(tops, dtype=torch.bool)
        number_of, codes_of = torch.ones_like(tops), torch.zeros_like(codes)
        for number in numbers:
            unit = (unit_d * number / book.part).expand_as(tops)
            near = search.nearest(reciprocal(unit))
            exact = (points[near] * unit[:, :, None, None] == search.x).all(3).all(2) & ~right
            number_of = torch.where(exact, float(number), number_of)
            codes_of = torch.where(exact[:, :, None], near, codes_of)
            right |= exact
        better = right.all(0) & ~done
        d, s = torch.where(better, unit_d, d), torch.where(better, number_of, s)
        codes = torch.where(better[None, :, None], codes_of, codes)
        done |= better
    return search.points(d[None], s.view(1, -1, len(weight)), codes)
