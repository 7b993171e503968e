"""The place and the link of a block that is dropped on the canvas: computed once, so that the preview of a drop and the
drop itself can't differ. Torch-free."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.pipeline import layout
from engine.pipeline.document import Block, Link, Pipeline
from engine.pipeline.edits import nearest_free
from engine.pipeline.folding import hidden, shown_blocks
from engine.pipeline.layout import BLOCK_HEIGHT, BLOCK_WIDTH, COLUMN

NEAR = 1.25 * COLUMN
"""Pixels from an output to the input of a dropped block within which they are linked."""
NEAR_SELECTED = 2 * NEAR
"""The same for the selected block: it was chosen for that."""


@dataclass(frozen=True)
class Landing:
    """The corner of a dropped block, and the block that it follows, if any. ``link``: it goes into the middle of that
    one; its place follows from the blocks at both ends."""

    x: float
    y: float
    source: str | None = None
    link: Link | None = None


def landing(
    pipeline: Pipeline, x: float, y: float, *, selected: str | None = None, over: str | None = None, linked: bool = True
) -> Landing:
    """Landing of a block that is dropped around the place (x, y).

    ``over``: the block under the pointer, which the new one will follow. ``linked``: False for a block without inputs.
    """
    corner = layout.snapped(x - BLOCK_WIDTH / 2), layout.snapped(y - BLOCK_HEIGHT / 2)
    if not linked:
        return Landing(*nearest_free(pipeline, *corner))
    if over is not None:
        before = pipeline.block(over)
        return Landing(*nearest_free(pipeline, before.x + COLUMN, before.y), _end_of(pipeline, over))
    if (source := drop_source(pipeline, *corner, selected)) is None:
        return Landing(*nearest_free(pipeline, *corner))
    before = pipeline.block(source)
    if not _is_before(before, corner[0]):  # dropped below or above it: a branch, in the column of what follows it
        corner = before.x + COLUMN, corner[1]
    return Landing(*nearest_free(pipeline, *corner), _end_of(pipeline, source))


def drop_source(pipeline: Pipeline, x: float, y: float, selected: str | None = None) -> str | None:
    """The block that one dropped with its corner at (x, y) follows: the selected one if it is near, else the nearest to
    the left, else the nearest above or below; None where all are farther away than `NEAR`, or to the right."""
    shown = shown_blocks(pipeline)
    chosen = [block for block in shown if block.id == selected and block.x - BLOCK_WIDTH < x]
    if chosen and _distance(chosen[0], x, y) <= NEAR_SELECTED:
        return selected
    near = [block for block in shown if block.x - BLOCK_WIDTH < x and _distance(block, x, y) <= NEAR]
    best = min(near, key=lambda block: (not _is_before(block, x), _distance(block, x, y)), default=None)
    return best.id if best is not None else None


def _is_before(block: Block, x: float) -> bool:
    """True if it is to the left of a place; one that is a little over it counts."""
    return block.x + 0.65 * BLOCK_WIDTH <= x


def _end_of(pipeline: Pipeline, shown: str) -> str:
    """The block whose output a card has: of blocks that are folded into one the last."""
    group = hidden(pipeline).get(shown)
    return group.blocks[-1] if group is not None and group.kind == "macro" else shown


def _distance(block: Block, x: float, y: float) -> float:
    """From the output of a block to the input of one at a place; no less than 0 sideways where they overlap."""
    return math.hypot(max(0.0, x - block.x - BLOCK_WIDTH), block.y - y)
