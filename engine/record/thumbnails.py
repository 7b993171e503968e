"""A small picture of a run: of one that goes on, or of the events on the disk. Torch-free."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from engine.base.errors import StudioError
from engine.pipeline.document import Pipeline
from engine.record.block_digest import BlockDigest, Glance
from engine.record.folder import EVENTS, RunFolder
from engine.record.state import RunState

SECONDS = 2.0
"""So long the events of one run are read at most: a picture of the beginning is better than none."""


class Thumbnail(NamedTuple):
    """A picture, and the family of the method that it is of."""

    picture: Glance
    family: str


def thumbnail(pipeline: Pipeline, digests: Iterable[tuple[str, BlockDigest]]) -> Thumbnail | None:
    """The last loss, or what else the last block showed; ``digests`` by block, in order."""
    thumbnails = []
    for block, digest in digests:
        info = pipeline.block(block).info if pipeline.has(block) else None
        family = info.family if info is not None else ""
        if (picture := digest.glance(family, running=True)) is not None:
            thumbnails.append(Thumbnail(picture, family))
    return next(
        (thumb for thumb in reversed(thumbnails) if thumb.picture.kind == "loss"),
        thumbnails[-1] if thumbnails else None,
    )


def of_run(run: RunState) -> Thumbnail | None:
    """Of a run as it is now."""
    return thumbnail(run.pipeline, ((block.id, block.digest) for block in run.blocks.values()))


def read_thumbnail(folder: Path) -> Thumbnail | None:
    """Of a run on the disk; None where it showed nothing or can't be read."""
    digests: dict[str, BlockDigest] = {}
    end = time.monotonic() + SECONDS
    try:
        opened = RunFolder.open(folder)
        for event in opened.events():
            digests.setdefault(event.block or "", BlockDigest()).take(event)
            if time.monotonic() > end:
                break
        return thumbnail(opened.pipeline(), digests.items())
    except (StudioError, OSError):
        return None


def last_told(folder: Path) -> float:
    """Time of the last event of a run, 0 where there are none."""
    try:
        return (folder / EVENTS).stat().st_mtime
    except OSError:
        return 0.0
