"""What a run showed, as one small picture: of the present run at once, of others from their events, in a thread."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from engine.contracts.errors import StudioError
from engine.pipeline.document import Pipeline
from engine.run.folder import EVENTS, RunFolder
from studio.canvas.picture import Picture
from studio.runview.gathered import Gathered
from studio.runview.state import RunState
from studio.work import Work

AT_ONCE = 8
"""Runs that are read before their pictures are shown."""
SECONDS = 2.0
"""So long the events of one run are read at most: a picture of the beginning is better than none."""
KEPT = 500


class Thumbnail(NamedTuple):
    """A picture, and the family of the method that it is of."""

    picture: Picture
    family: str


def thumbnail(pipeline: Pipeline, gathered: Iterable[tuple[str, Gathered]]) -> Thumbnail | None:
    """The last loss, or what else the last block showed; ``gathered`` by block, in order."""
    found = []
    for block, told in gathered:
        info = pipeline.block(block).info if pipeline.has(block) else None
        family = info.family if info is not None else ""
        if (picture := told.picture(family, running=True)) is not None:
            found.append(Thumbnail(picture, family))
    return next((each for each in reversed(found) if each.picture.kind == "loss"), found[-1] if found else None)


def of_run(run: RunState) -> Thumbnail | None:
    """Of the run of this window, as it is now."""
    return thumbnail(run.pipeline, ((block.id, block.gathered) for block in run.blocks.values()))


def read_thumbnail(folder: Path) -> Thumbnail | None:
    """Of a run on the disk; None where it showed nothing or can't be read."""
    gathered: dict[str, Gathered] = {}
    end = time.monotonic() + SECONDS
    try:
        opened = RunFolder.open(folder)
        for event in opened.events():
            gathered.setdefault(event.block or "", Gathered()).take(event)
            if time.monotonic() > end:
                break
        return thumbnail(opened.pipeline(), gathered.items())
    except (StudioError, OSError):
        return None


class Thumbnails(QObject):
    """Asked for by whoever draws them, read a few at a time, those that were asked for last first. GUI thread only."""

    read = Signal(object)
    """Of the run in this folder there is another picture."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._known: dict[Path, tuple[float, Thumbnail | None]] = {}
        self._wanted: dict[Path, None] = {}
        self._reading = False

    def of(self, folder: Path) -> Thumbnail | None:
        """The picture of a run, None while it is not known; one whose events grew is read anew."""
        when, found = self._known.get(folder, (-1.0, None))
        if when < 0 or when != _changed(folder):
            self._wanted.pop(folder, None)
            self._wanted[folder] = None
            self._read_next()
        return found

    def _read_next(self) -> None:
        if self._reading or not self._wanted:
            return
        self._reading = True
        chosen = [self._wanted.popitem()[0] for _ in range(min(AT_ONCE, len(self._wanted)))]
        self._wanted = dict.fromkeys(list(self._wanted)[-KEPT:])
        Work(partial(_read_all, chosen), self).done.connect(self._on_read)

    def _on_read(self, found: dict[Path, tuple[float, Thumbnail | None]] | None) -> None:
        self._reading = False
        self._known |= found or {}
        for folder in list(self._known)[: -4 * KEPT]:
            del self._known[folder]
        for folder in found or {}:
            self.read.emit(folder)
        self._read_next()


def _read_all(folders: list[Path]) -> dict[Path, tuple[float, Thumbnail | None]]:
    return {folder: (_changed(folder), read_thumbnail(folder)) for folder in folders}


def _changed(folder: Path) -> float:
    """When its events were written last, 0 where there are none."""
    try:
        return (folder / EVENTS).stat().st_mtime
    except OSError:
        return 0.0
