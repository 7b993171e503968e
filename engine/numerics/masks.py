"""Masks that keep the largest scores: exact counts, ties broken by position, pruned weights stay pruned."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

CHUNK = 1 << 22
"""Weights whose indices are held at once: 32 MB for each copy."""


def remaining_after(total: int, share: float, round_: int, rounds: int) -> int:
    """Weights that remain of ``total`` after ``round_`` of ``rounds`` rounds that each keep the same fraction and
    end at ``share`` of all: ``share ** (1 / rounds)`` a round (Frankle & Carbin 2019, 1803.03635)."""
    return round(total * math.pow(share, round_ / rounds))


def half_rate(share: float, rounds: int) -> float:
    """Share that remains of a layer that loses half the fraction that others lose in every round, when these end at
    ``share``."""
    return math.pow((1 + math.pow(share, 1 / rounds)) / 2, rounds)


def keep_largest(scores: torch.Tensor, count: int, alive: torch.Tensor | None = None) -> torch.Tensor:
    """Mask of exactly ``count`` entries with the largest scores; of equal ones the first. Any shape -> bool, alike.

    ``alive``: bool; only these may stay. Raises ValueError if there are fewer of them than ``count``, or a NaN.
    """
    flat = scores.detach().flatten().float()
    if torch.isnan(flat).any():
        raise ValueError("the scores hold NaN")
    allowed = torch.ones_like(flat, dtype=torch.bool) if alive is None else alive.flatten()
    available = int(allowed.sum())
    if count > available:
        raise ValueError(f"{count} are to stay, only {available} are left")
    if count == available:
        return allowed.view(scores.shape).clone()
    if count == 0:
        return torch.zeros_like(allowed).view(scores.shape)
    threshold = flat[allowed].kthvalue(available - count + 1).values
    above = allowed & (flat > threshold)
    equal = allowed & (flat == threshold)
    missing = count - int(above.sum())
    return (above | (equal & (equal.cumsum(0) <= missing))).view(scores.shape)


def keep_largest_of_all(
    scores: Sequence[torch.Tensor], count: int, alive: Sequence[torch.Tensor]
) -> list[torch.Tensor]:
    """`keep_largest` over several tensors together: ``count`` entries of all of them."""
    if not scores:
        return []
    whole = keep_largest(
        torch.cat([s.detach().flatten().float() for s in scores]), count, torch.cat([a.flatten() for a in alive])
    )
    pieces = torch.split(whole, [s.numel() for s in scores])
    return [piece.view(s.shape).clone() for piece, s in zip(pieces, scores, strict=True)]


def keep_largest_by_row(scores: torch.Tensor, count: int, alive: torch.Tensor | None = None) -> torch.Tensor:
    """Mask of the ``count`` largest scores of every row (n, k); of equal ones the first. bool, alike.

    ``alive``: bool; only these may stay: all of them in rows that have fewer. Raises ValueError for a NaN.
    """
    if torch.isnan(scores).any():
        raise ValueError("the scores hold NaN")
    scores = scores.detach().float()
    allowed = scores if alive is None else scores.masked_fill(~alive, -torch.inf)
    best = torch.sort(allowed, dim=1, descending=True, stable=True).indices[:, :count]
    mask = torch.zeros_like(scores, dtype=torch.bool).scatter_(1, best, True)
    return mask if alive is None else mask & alive


def keep_largest_evenly(scores: torch.Tensor, count: int, alive: torch.Tensor | None = None) -> torch.Tensor:
    """Mask of exactly ``count`` entries, as many of every row (n, k) as of the others: its largest scores. Where
    ``count`` is not a multiple of the rows, some keep one more: those with the largest next score. bool, alike.

    ``alive``: bool; only these may stay: all of them in rows that have fewer. Raises ValueError if there are fewer of
    them than ``count``, or a NaN.
    """
    if torch.isnan(scores).any():
        raise ValueError("the scores hold NaN")
    scores = scores.detach().float()
    alive = torch.ones_like(scores, dtype=torch.bool) if alive is None else alive
    available = alive.sum(1)
    if count > int(available.sum()):
        raise ValueError(f"{count} are to stay, only {int(available.sum())} are left")
    low, high = 0, scores.shape[1]
    while low < high:  # the most of each row with which no more than ``count`` stay
        middle = (low + high + 1) // 2
        low, high = (middle, high) if int(available.clamp(max=middle).sum()) <= count else (low, middle - 1)
    order = torch.sort(scores.masked_fill(~alive, -torch.inf), dim=1, descending=True, stable=True).indices
    ranks = torch.empty_like(order).scatter_(1, order, torch.arange(scores.shape[1]).expand_as(order).contiguous())
    mask = alive & (ranks < low)
    return mask | keep_largest(scores, count - int(mask.sum()), alive & (ranks == low))


def keep_n_of_m(scores: torch.Tensor, n: int, m: int, alive: torch.Tensor | None = None) -> torch.Tensor:
    """Mask of the ``n`` largest scores among every ``m`` neighbors of a row (out, in), "n:m". bool, alike.

    Of equal ones that of the input with the smaller scores stays: relative to what else leaves its input it weighs more
    (relative importance, Zhang et al. 2024, ICLR, "Plug-and-Play"). In weights that were quantized once many neighbors
    are equal, and this matters. Remaining ties go to another position in every row.

    Raises ValueError for a NaN, or rows whose length is not a multiple of m.
    """
    if scores.shape[1] % m:
        raise ValueError(f"{scores.shape[1]} inputs are not a multiple of {m}")
    sizes = torch.linalg.vector_norm(scores.detach().float(), dim=0)
    rows = max(m, CHUNK // max(1, scores.shape[1]) // m * m)  # a piece begins with the same rotation as the whole
    pieces = torch.split(scores, rows)
    alive_pieces: Sequence[torch.Tensor | None] = [None] * len(pieces) if alive is None else torch.split(alive, rows)
    masks = [_keep_n_of_m(piece, n, m, sizes, own) for piece, own in zip(pieces, alive_pieces, strict=True)]
    return torch.cat(masks) if masks else torch.zeros_like(scores, dtype=torch.bool)


def _keep_n_of_m(scores: torch.Tensor, n: int, m: int, sizes: torch.Tensor, alive: torch.Tensor | None) -> torch.Tensor:
    """`keep_n_of_m` of some rows; ``sizes``: norm of the scores of each input. Holds int64 indices of all weights."""
    shape = len(scores), scores.shape[1] // m, m
    rows = torch.arange(len(scores), device=scores.device)[:, None, None]
    rotated = ((torch.arange(m, device=scores.device) + rows) % m).expand(shape)
    by_size = torch.sort(sizes.view(1, -1, m).expand(shape).gather(2, rotated), dim=2, stable=True).indices
    order = rotated.gather(2, by_size)
    grouped = scores.reshape(shape).gather(2, order).view(-1, m)
    alive_groups = None if alive is None else alive.reshape(shape).gather(2, order).view(-1, m)
    mask = keep_largest_by_row(grouped, n, alive_groups).view(shape)
    return torch.empty_like(mask).scatter_(2, order, mask).view(scores.shape)


def random_mask(shape: torch.Size, count: int, generator: torch.Generator) -> torch.Tensor:
    """Mask of exactly ``count`` entries drawn at random."""
    flat = torch.zeros(shape.numel(), dtype=torch.bool)
    flat[torch.randperm(shape.numel(), generator=generator)[:count]] = True
    return flat.view(shape)
