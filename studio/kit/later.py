"""Calls that come once the event loop is reached again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


def later(owner: QObject, call: Callable[[], object], milliseconds: int = 0) -> None:
    """Call a function in the next turn of the event loop, or after some milliseconds, unless ``owner`` is gone by then.

    In the place of `QTimer.singleShot`, which holds what it would have called for good if its owner goes before.
    """
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.timeout.connect(call)
    timer.timeout.connect(timer.deleteLater)
    timer.start(milliseconds)
