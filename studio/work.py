"""Work on many files, beside the window."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal


class Work(QObject):
    """Something that reads or removes many files, in a thread of its own. `done` comes in the GUI thread."""

    done = Signal(object)

    def __init__(self, work: Callable[[], Any], parent: QObject) -> None:
        super().__init__(parent)
        self._result: list[Any] = []
        self._timer = QTimer(self, interval=50)
        self._timer.timeout.connect(self._look)
        self._thread = threading.Thread(target=lambda: self._result.append(work()), name="files", daemon=True)
        self._thread.start()
        self._timer.start()

    def _look(self) -> None:
        if not self._thread.is_alive():
            self._timer.stop()
            self.done.emit(self._result[0] if self._result else None)
            self.deleteLater()
