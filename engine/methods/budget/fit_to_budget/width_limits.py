"""Bounds of the search for heads and channels that a smaller file does without."""

from __future__ import annotations

import dataclasses
import math

from engine.architecture.anatomy import Anatomy
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.models.slicing import Shape, widths_problem

SHARES = (0.0625, 0.125, 0.1875, 0.25, 0.375, 0.5)
"""Shares of the channels, and of the groups of heads, that are tried without."""
GGUF_BLOCKS = (256, 32)
"""Weights of a row that share a block, in K-quants and in the simpler types."""
KERNEL = 128
"""Inputs that vLLM's kernels for integers take at once."""


def channel_counts(anatomy: Anatomy, settings: FitToBudgetSettings) -> list[int]:
    """Numbers of a layer's channels that may stay, falling; none for a model whose widths can't be cut."""
    if widths_problem(anatomy):
        return []
    return _counts(anatomy.intermediate_size, _unit(anatomy.intermediate_size, settings))


def group_counts(anatomy: Anatomy, settings: FitToBudgetSettings) -> list[int]:
    """Numbers of a layer's key/value heads that may stay, each with the heads that read it, falling; none for a model
    with one of them."""
    if widths_problem(anatomy):
        return []
    width = anatomy.heads // anatomy.kv_heads * anatomy.head_dim
    unit = _unit(anatomy.heads * anatomy.head_dim, settings)
    return _counts(anatomy.kv_heads, math.lcm(unit, width) // width)


def can_be_narrower(anatomy: Anatomy, settings: FitToBudgetSettings) -> bool:
    """True where some heads or channels may go."""
    return bool(channel_counts(anatomy, settings) or group_counts(anatomy, settings))


def narrowest(anatomy: Anatomy, settings: FitToBudgetSettings) -> Shape:
    """The smallest shape that is tried."""
    shape = Shape.of(anatomy)
    inner = min(channel_counts(anatomy, settings), default=shape.inner)
    return with_groups(
        dataclasses.replace(shape, inner=inner), min(group_counts(anatomy, settings), default=shape.kv_heads)
    )


def with_groups(shape: Shape, count: int) -> Shape:
    """The shape with so many key/value heads, each with as many heads as before."""
    return dataclasses.replace(shape, heads=shape.heads // shape.kv_heads * count, kv_heads=count)


def _unit(size: int, settings: FitToBudgetSettings) -> int:
    """The width that a narrower row has to be a multiple of, so that the formats of the target stay possible."""
    if settings.target == "gguf":
        blocks: tuple[int, ...] = GGUF_BLOCKS
    elif settings.target == "compressed-tensors":
        blocks = (math.lcm(settings.group_size, KERNEL), settings.group_size)
    else:
        blocks = (settings.group_size,)
    return next((block for block in blocks if size % block == 0), 1)


def _counts(size: int, unit: int) -> list[int]:
    """Multiples of ``unit`` near the shares of ``size`` that stay."""
    near = {round(size * (1 - share) / unit) * unit for share in SHARES}
    return sorted((count for count in near if size / 2 <= count < size), reverse=True)
