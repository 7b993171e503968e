"""BackgroundTask on many files, beside the window."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

PERIOD_MS = 33


class BackgroundTask(QObject):
    """Something that reads or removes many files, in a thread of its own; what a generator finds comes in parts, so
    that the window stays quick. GUI thread only."""

    part = Signal(object)
    """The next item of a generator."""
    done = Signal(object)
    """The result; None after the items of a generator, or on failure."""

    def __init__(self, function: Callable[[], Any], parent: QObject) -> None:
        super().__init__(parent)
        self._parts: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._result: Any = None
        self._stopping = threading.Event()
        self._timer = QTimer(self, interval=PERIOD_MS)
        self._timer.timeout.connect(self._look)
        self._thread = threading.Thread(target=self._run, args=(function,), name="files", daemon=True)
        self._thread.start()
        self._timer.start()

    def stop(self) -> None:
        """Drop all further results."""
        self._stopping.set()
        self._timer.stop()
        self.deleteLater()

    def _run(self, function: Callable[[], Any]) -> None:
        result = function()
        if not isinstance(result, Iterator):
            self._result = result
            return
        for part in result:
            self._parts.put(part)
            if self._stopping.is_set():
                return

    def _look(self) -> None:
        over = not self._thread.is_alive()
        try:
            self.part.emit(self._parts.get_nowait())
        except queue.Empty:
            if over:
                self._timer.stop()
                self.done.emit(self._result)
                self.deleteLater()
