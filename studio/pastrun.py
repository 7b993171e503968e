"""Reading the events of a run that is over, a few at a time, so that the window stays quick."""

from __future__ import annotations

import contextlib
import dataclasses
import queue
import threading
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.contracts.errors import StudioError
from engine.contracts.events import Curve, Event, Grid, LayerDone, Metric
from engine.run.folder import RunFolder
from engine.run.history import History
from engine.run.home import Home

PERIOD_MS = 33
DRAWN = (Metric, LayerDone, Curve, Grid)
"""Events that charts are drawn from, whenever they were told."""
BATCH = 400
"""Events handed on at once."""


def drawn_before(run: str, cached: Mapping[str, str]) -> list[Event]:
    """What blocks that came from the cache showed in the runs that computed them, as events of ``run``; ``cached``:
    artifact by block."""
    found: list[Event] = []
    with contextlib.closing(History.open(Home.default())) as history:
        makers = {block: history.maker(artifact) for block, artifact in cached.items()}
    for block, maker in makers.items():
        with contextlib.suppress(StudioError, OSError):
            for event in RunFolder.open(maker[0]).events() if maker is not None else ():
                if isinstance(event, DRAWN) and maker is not None and event.block == maker[1] and event.run != run:
                    found.append(dataclasses.replace(event, run=run, block=block))
    return found


class PastRun(QObject):
    """Reads a run folder in a thread. `read` comes several times, then `finished` once. GUI thread only."""

    read = Signal(list)
    """Some of its events, in order."""
    finished = Signal()

    def __init__(self, folder: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._folder = folder
        self._events: queue.SimpleQueue[list[Event] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._take)

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name="past run", daemon=True).start()
        self._timer.start()

    def stop(self) -> None:
        """What comes is not wanted any more."""
        self._stopping.set()
        self._timer.stop()

    def _run(self) -> None:
        batch: list[Event] = []
        try:
            for event in RunFolder.open(self._folder).events():
                batch.append(event)
                if len(batch) == BATCH:
                    self._events.put(batch)
                    batch = []
                if self._stopping.is_set():
                    return
        except (StudioError, OSError):
            pass  # what could be read is shown; the files say the rest
        finally:
            self._events.put(batch)
            self._events.put(None)

    def _take(self) -> None:
        try:
            batch = self._events.get_nowait()
        except queue.Empty:
            return
        if batch is None:
            self._timer.stop()
            self.finished.emit()
        elif batch:
            self.read.emit(batch)
