"""Ctrl+C, SIGTERM and SIGHUP cancel at the next safe point: what is finished is kept, and the run is closed."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

from engine.base.errors import Cancelled
from engine.run.control import Control

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Ctrl+C; what docker, systemd, slurm and torchrun send; a terminal that is closed; Ctrl+Break on Windows."""


@contextlib.contextmanager
def interruptible() -> Iterator[Control]:
    """The control that a signal cancels; a second one ends the process at once."""
    control = Control()

    def interrupt(number: int, frame: Any) -> None:
        if control.is_cancelled:
            os._exit(Cancelled.exit_status)
        control.cancel()

    if threading.current_thread() is not threading.main_thread():  # signals are heard in the main thread only
        yield control
        return
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    # one that was ignored when the program began stays so: nohup ignores SIGHUP
    handled = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in handled}
    try:
        yield control
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def leaving() -> Iterator[Callable[[], bool]]:
    """Within `interruptible`, for work that goes on elsewhere: True once a signal came that ends this process but is no
    wish to cancel, as when a terminal is closed. Ctrl+C still cancels."""
    ending = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield ending.is_set
        return
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    handled = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, lambda number, frame: ending.set()) for number in handled}
    try:
        yield ending.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
