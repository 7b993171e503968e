"""Small pictures of runs, read from their events in a thread."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.record.thumbnails import Thumbnail, last_told, read_thumbnail
from studio.kit.background import BackgroundTask

AT_ONCE = 8
"""Runs that are read before their pictures are shown."""
MAX_ENTRIES = 500


class Thumbnails(QObject):
    """Asked for by whoever draws them, read a few at a time, those that were asked for last first. GUI thread only."""

    read = Signal(object)
    """Of the run in this folder there is another picture."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._cache: dict[Path, tuple[float, Thumbnail | None]] = {}
        self._requested: dict[Path, None] = {}
        self._reading = False

    def of(self, folder: Path) -> Thumbnail | None:
        """The picture of a run, None while it is not known; one whose events grew is read anew."""
        when, thumbnail = self._cache.get(folder, (-1.0, None))
        if when < 0 or when != last_told(folder):
            self._requested.pop(folder, None)
            self._requested[folder] = None
            self._read_next()
        return thumbnail

    def _read_next(self) -> None:
        if self._reading or not self._requested:
            return
        self._reading = True
        chosen = [self._requested.popitem()[0] for _ in range(min(AT_ONCE, len(self._requested)))]
        self._requested = dict.fromkeys(list(self._requested)[-MAX_ENTRIES:])
        BackgroundTask(partial(_read_all, chosen), self).done.connect(self._on_read)

    def _on_read(self, entries: dict[Path, tuple[float, Thumbnail | None]] | None) -> None:
        self._reading = False
        self._cache |= entries or {}
        for folder in list(self._cache)[: -4 * MAX_ENTRIES]:
            del self._cache[folder]
        for folder in entries or {}:
            self.read.emit(folder)
        self._read_next()


def _read_all(folders: list[Path]) -> dict[Path, tuple[float, Thumbnail | None]]:
    return {folder: (last_told(folder), read_thumbnail(folder)) for folder in folders}
