"""Pause, resume and cancel: asked for by one thread, obeyed by another at its next safe point."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal

from engine.base.errors import Cancelled

Request = Literal["cancelling", "paused", "running"]


class Control:
    """The gate of one run or job.

    ``notify`` hears "cancelling" at once and in the asking thread; "paused" and "running" in the working thread, when
    it really stops and goes on. ``beat`` is called at every safe point, in the thread that comes to it.
    """

    def __init__(self, notify: Callable[[Request], None] = lambda request: None) -> None:
        self.notify = notify
        self.beat: Callable[[], None] = lambda: None
        self._lock = threading.RLock()  # a signal may ask to cancel within `end`
        self._ended = False
        self._notified = threading.Event()  # clear while "cancelling" is being told
        self._notified.set()
        self._cancelled = threading.Event()
        self._stopping = threading.Event()
        self._open = threading.Event()
        self._open.set()
        self._pauses = 0.0
        self._paused_at: float | None = None

    @property
    def is_cancelled(self) -> bool:
        """True if cancel was asked for."""
        return self._cancelled.is_set()

    @property
    def is_stopping(self) -> bool:
        """True if it was asked to stop the block at work early and keep what it has."""
        return self._stopping.is_set()

    @property
    def is_paused(self) -> bool:
        """True if pause was asked for."""
        return not self._open.is_set()

    def working_clock(self) -> float:
        """Seconds that stand still while paused, for whoever asks, in any thread."""
        now = time.monotonic()
        at = self._paused_at
        return (now if at is None else at) - self._pauses

    def pause(self) -> None:
        """Stop at the next safe point and wait there; nothing is freed."""
        if not self.is_cancelled:
            self._open.clear()

    def resume(self) -> None:
        """Go on."""
        self._open.set()

    def stop(self) -> None:
        """Let the block at work end early and keep what it has; the run goes on with the next."""
        self._stopping.set()
        self._open.set()

    def next_block(self) -> None:
        """A wish to stop concerns one block only."""
        self._stopping.clear()

    def cancel(self) -> None:
        """Stop at the next safe point for good. Safe to call from ``notify`` and whatever it calls, in any thread."""
        with self._lock:
            first = not (self.is_cancelled or self._ended)
            if first:
                self._notified.clear()
                self._cancelled.set()
        if first:
            try:
                self.notify("cancelling")  # without the lock: who hears it may ask to cancel as well
            finally:
                self._notified.set()
        self._open.set()

    def end(self) -> None:
        """It is over: before its last state is told, so that no "cancelling" comes behind that. Waits while another
        thread reports one; not to be called from ``notify``."""
        with self._lock:
            self._ended = True
        self._notified.wait()

    def checkpoint(self) -> None:
        """A safe point: waits while paused, raises `Cancelled` when cancelled."""
        if self.is_paused:
            started = self._paused_at = time.monotonic()
            self.notify("paused")
            self._open.wait()
            self._pauses, self._paused_at = self._pauses + time.monotonic() - started, None
            if not self.is_cancelled:
                self.notify("running")
        if self.is_cancelled:
            raise Cancelled
        self.beat()
