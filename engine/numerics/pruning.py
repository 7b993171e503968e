"""Masks of the weights of one layer, and updates of the weights that remain.

Magnitude; Wanda (Sun et al. 2023, arXiv 2306.11695): |weight| · ‖input‖; RIA (Zhang et al. 2024, Plug-and-Play: An
Efficient Post-training Pruning Method for Large Language Models): the weight's share of its row and of its column
times the root of ‖input‖; SparseGPT (Frantar & Alistarh 2023, arXiv
2301.00774): w² / [H⁻¹]_cc with the Hessian of GPTQ, and the weights to come make up for each that goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from engine.numerics.column_walk import BLOCK, ColumnWalk
from engine.numerics.masks import keep_largest, keep_largest_by_row, keep_n_of_m

Within = Literal["layer", "block", "row"]
"""Weights that compete with each other: those of the layer, those of it in a block of inputs, or those of one
output."""


@dataclass(frozen=True)
class Pattern:
    """Sparsity: a share of all, or of every ``m`` neighbors all but ``n`` (then ``share`` is 1 - n/m)."""

    share: float
    n: int = 0
    m: int = 0

    @classmethod
    def of(cls, pattern: str, share: float) -> Pattern:
        """``pattern`` "n:m", or any other word for ``share`` of all."""
        n, colon, m = pattern.partition(":")
        return cls(1 - int(n) / int(m), int(n), int(m)) if colon else cls(share)


@dataclass(frozen=True)
class Pruned:
    """``weight`` (out, in) with exact zeros where ``mask`` is false; ``error`` ‖(W − Ŵ)X‖² / ‖WX‖² over the calibration
    set; ``damping`` that was needed, None if the Gram matrix could not be factorized and nothing makes up for what
    went."""

    weight: torch.Tensor
    mask: torch.Tensor
    error: float
    damping: float | None


def magnitude_scores(weight: torch.Tensor, energy: torch.Tensor | None = None) -> torch.Tensor:
    """|w_ij|, (out, in)."""
    return weight.float().abs()


def wanda_scores(weight: torch.Tensor, energy: torch.Tensor) -> torch.Tensor:
    """|w_ij| · ‖x_j‖: (out, in), from the sum of squares of each input (in,)."""
    return weight.float().abs() * energy.clamp_min(0).sqrt()


def ria_scores(weight: torch.Tensor, energy: torch.Tensor, power: float = 0.5) -> torch.Tensor:
    """(|w_ij| / Σ_j |w_ij| + |w_ij| / Σ_i |w_ij|) · ‖x_j‖^power: (out, in), from the sum of squares of
    each input (in,). A row or column of zeros is worth nothing."""
    magnitude = weight.float().abs()
    smallest = torch.finfo(torch.float32).tiny
    rows, columns = magnitude.sum(1, keepdim=True), magnitude.sum(0, keepdim=True)
    relative = magnitude / rows.clamp_min(smallest) + magnitude / columns.clamp_min(smallest)
    return relative * energy.clamp_min(0).sqrt().pow(power)


def mask_of(
    scores: torch.Tensor, pattern: Pattern, within: Within = "layer", alive: torch.Tensor | None = None
) -> torch.Tensor:
    """The mask (out, in), bool, of the weights that stay: those with the largest scores, of equal ones the first, or as
    in `keep_n_of_m`.

    ``alive``: only these may stay; where fewer are left than should stay, all of them do. Raises ValueError for a NaN,
    or inputs that are not a multiple of m.
    """
    if pattern.m:
        return keep_n_of_m(scores, pattern.n, pattern.m, alive)
    if within == "row":
        return keep_largest_by_row(scores, round(scores.shape[1] * (1 - pattern.share)), alive)
    count = round(scores.numel() * (1 - pattern.share))
    return keep_largest(scores, count if alive is None else min(count, int(alive.sum())), alive)


def sparsegpt(
    weight: torch.Tensor,
    gram: torch.Tensor,
    pattern: Pattern,
    within: Within = "layer",
    *,
    damping: float = 0.01,
    act_order: bool = False,
    alive: torch.Tensor | None = None,
    layers: Sequence[int] = (),
    block: int = BLOCK,
) -> Pruned:
    """Prune a floating (out, in) weight.

    Parameters
    ----------
    gram: (in, in) float32, the sum of x xᵀ over the calibration tokens, up to a factor. It is overwritten.
    within: weights that compete: those of the layer (its blocks of columns lose what they would lose if all were
        judged at once, each the weights that are worth least when it is reached), those of a block, which all lose the
        same share (as published: Frantar and Alistarh 2023, arXiv 2301.00774, section 3.3), or those of one output in a
        block; nothing to n:m.
    damping: share of the mean of the diagonal that is added to it; raised while the factorization fails.
    act_order: prune inputs in order of falling energy (not with n:m, whose neighbors are judged together).
    alive: bool (out, in); the other weights were pruned before and stay zero.
    layers: outputs of each, where the weights of several layers with the same inputs are stacked: each loses its share.

    ValueError for a NaN, or inputs that are not a multiple of m.
    """
    weight = weight.float()
    if not torch.isfinite(weight).all():
        raise ValueError("a weight is not finite")
    energy = gram.diagonal().clone()
    walk = ColumnWalk(weight, gram, damping, act_order=act_order and not pattern.m, block=block)
    if walk.factor is None:
        scores = wanda_scores(weight, energy)
        mask = _by_layer(scores, layers or (len(weight),), pattern, within, alive)
        return Pruned(weight * mask, mask, walk.error(weight * mask), None)
    pruning = _Pruning(walk, weight, pattern, within, alive, layers or (len(weight),), block)
    walk.run(pruning.solve)
    pruned, mask = pruning.weight.T.contiguous(), pruning.mask.T.contiguous()
    return Pruned(pruned, mask, walk.error(pruned), walk.damping)


class _Pruning:
    """Prunes the columns of a walk; the mask of those of a block is chosen when the first of them is reached, from
    what the weights are by then. ``weight`` and ``mask``: (in, out)."""

    def __init__(
        self,
        walk: ColumnWalk,
        weight: torch.Tensor,
        pattern: Pattern,
        within: Within,
        alive: torch.Tensor | None,
        layers: Sequence[int],
        block: int,
    ) -> None:
        self._walk, self._pattern, self._within = walk, pattern, within
        self._alive = None if alive is None else alive.T
        self._layers = layers
        self._block = pattern.m or block
        if weight.shape[1] % (pattern.m or 1):
            raise ValueError(f"{weight.shape[1]} inputs are not a multiple of {pattern.m}")
        self._open = weight.shape[1]
        self._gone = self._passed = 0
        self.weight = torch.empty_like(weight.T)
        self.mask = torch.empty_like(self.weight, dtype=torch.bool)
        self._counts = self._expected() if within == "layer" and not pattern.m else []

    def solve(self, row: int, values: torch.Tensor, error: torch.Tensor) -> None:
        """Apply the mask to a column (1, out); the pruned weights are its error."""
        if row < self._open:
            self._choose(row)
        index = self._walk.perm[row]
        column = slice(index, index + 1)
        remaining = torch.mul(values, self.mask[column], out=self.weight[column])
        torch.sub(values, remaining, out=error)

    def _choose(self, row: int) -> None:
        """The mask of the columns from this one on."""
        count = min(self._block, row + 1)
        rows = slice(row + 1 - count, row + 1)
        # rows lie in reverse: the first to be solved is the last
        scores = (self._walk.upcoming(count) / self._walk.diagonal[rows, None]).abs().flip(0).T
        indices = self._walk.perm[rows][::-1]
        alive = None if self._alive is None else self._alive[indices].T
        self.mask[indices] = self._best(scores, rows, alive).T
        self._open = rows.start

    def _best(self, scores: torch.Tensor, rows: slice, alive: torch.Tensor | None) -> torch.Tensor:
        """The mask (out, columns) of the scores of some columns."""
        if not self._counts:
            pattern = self._pattern if self._within == "block" else self._share(scores.shape[1])
            return _by_layer(scores, self._layers, pattern, self._within, alive)
        masks = []
        for scores_of_layer, own, counts in zip(*_split(scores, alive, self._layers), self._counts, strict=True):
            count = int(counts[rows].sum())
            masks.append(keep_largest(scores_of_layer, count if own is None else min(count, int(own.sum())), own))
        return torch.cat(masks)

    def _expected(self) -> list[torch.Tensor]:
        """Weights of each column that would stay if all were judged before any is pruned, by layer (in,). Columns with
        much energy keep more; without these counts their blocks would lose as much as the others."""
        scores = (self._walk.columns / self._walk.diagonal[:, None]).abs()
        alive = None if self._alive is None else self._alive[self._walk.perm]
        mask = _by_layer(scores.T, self._layers, self._pattern, "layer", None if alive is None else alive.T)
        return [mask_of_layer.sum(0) for mask_of_layer in torch.split(mask, list(self._layers))]

    def _share(self, columns: int) -> Pattern:
        """The share of these columns that goes. Of a row whole numbers go, rounded so that they add up to the share of
        all columns."""
        if self._pattern.m:
            return self._pattern
        self._passed += columns
        going = round(self._passed * self._pattern.share) - self._gone
        self._gone += going
        return Pattern(going / columns)


def _by_layer(
    scores: torch.Tensor, layers: Sequence[int], pattern: Pattern, within: Within, alive: torch.Tensor | None
) -> torch.Tensor:
    """`mask_of` of each of the layers that are stacked."""
    pieces = zip(*_split(scores, alive, layers), strict=True)
    return torch.cat([mask_of(scores_of_layer, pattern, within, own) for scores_of_layer, own in pieces])


def _split(
    scores: torch.Tensor, alive: torch.Tensor | None, layers: Sequence[int]
) -> tuple[Sequence[torch.Tensor], Sequence[torch.Tensor | None]]:
    """Split scores and ``alive`` by the layers that are stacked."""
    unmasked: Sequence[torch.Tensor | None] = [None] * len(layers)
    return torch.split(scores, list(layers)), unmasked if alive is None else torch.split(alive, list(layers))
