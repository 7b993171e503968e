"""Token windows: the tokens of a text are cut into windows that do not overlap."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from engine.base.errors import BadInput


def windows(ids: torch.Tensor, window: int, count: int = 0, *, name: str = "") -> torch.Tensor:
    """The first ``count`` (0: all) whole windows of ``ids``: (n, window) int64, at least one.

    Raises `BadInput` for a text (called ``name``) that is shorter than one window.
    """
    whole = len(ids) // window
    if whole == 0:
        raise BadInput(
            "The text is shorter than one window",
            where=name,
            why=f"it has {len(ids)} tokens, the window {window}",
            advice=f"choose a window of at most {len(ids)} tokens, or a longer text",
        )
    used = min(count, whole) if count else whole
    return ids[: used * window].view(used, window)


def spread(ids: torch.Tensor, length: int, count: int, *, name: str = "") -> torch.Tensor:
    """``count`` windows of ``length`` tokens, evenly spread over ``ids`` and not overlapping; fewer if the text has no
    more: (n, length) int64, at least one. Raises `BadInput` for a text (called ``name``) that is shorter than one
    window."""
    return select_windows(ids, length, even_windows(len(windows(ids, length, name=name)), count))


def select_windows(ids: torch.Tensor, length: int, numbers: torch.Tensor) -> torch.Tensor:
    """The windows of ``length`` tokens with these numbers, (n, length) int64."""
    return windows(ids, length)[numbers]


def random_windows(whole: int, count: int, generator: torch.Generator) -> torch.Tensor:
    """Numbers of ``count`` of ``whole`` windows, drawn at random, none twice, in their order."""
    return torch.randperm(whole, generator=generator)[:count].sort().values


def even_windows(whole: int, count: int) -> torch.Tensor:
    """Numbers of ``count`` of ``whole`` windows, evenly spread; all where there are no more."""
    used = min(count, whole)
    return torch.arange(used) * whole // used


def overlapping(count: int, length: int, numbers: Iterable[int], window: int) -> torch.Tensor:
    """True for those of ``count`` windows of ``length`` tokens that share a token with the windows of ``window`` tokens
    of the same text with these ``numbers``: bool (count,)."""
    is_shared = torch.zeros(count * length, dtype=torch.bool)
    for number in numbers:
        is_shared[number * window : (number + 1) * window] = True
    return is_shared.view(count, length).any(1)
