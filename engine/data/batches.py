"""Token windows: the tokens of a text are cut into windows that do not overlap."""

from __future__ import annotations

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


def drawn(ids: torch.Tensor, length: int, count: int, generator: torch.Generator, *, name: str = "") -> torch.Tensor:
    """As `spread`, but windows drawn at random, none twice, in their order."""
    whole = windows(ids, length, name=name)
    return whole[torch.randperm(len(whole), generator=generator)[:count].sort().values]


def spread(ids: torch.Tensor, length: int, count: int, *, name: str = "") -> torch.Tensor:
    """``count`` windows of ``length`` tokens, evenly spread over ``ids`` and not overlapping; fewer if the text has no
    more: (n, length) int64, at least one. Raises `BadInput` for a text (called ``name``) that is shorter than one
    window."""
    whole = windows(ids, length, name=name)
    used = min(count, len(whole))
    return whole[torch.arange(used) * len(whole) // used]
