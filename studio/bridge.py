"""Between the window and the engine: commands go down, events come up through ONE timer.

The program's window drives an engine process (`engine.service.process`); without one, each lane is a thread of this
process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal

from engine.contracts.commands import Command
from engine.contracts.events import Event, Failure, Log
from engine.service.client import Client
from engine.service.protocol import EngineProtocol

if TYPE_CHECKING:
    from engine.service.process import EngineProcess

PERIOD_MS = 33


class Bridge(Client, QObject):
    """The client of the window: runs are followed by the signal `received`. Methods of widgets that are gone meanwhile
    are not called back. GUI thread only."""

    received = Signal(list)
    """Events of the present run, in order."""
    said = Signal(object)
    """A `Log` line of an engine that belongs to no run, such as that it could not start."""
    silence_changed = Signal(bool)
    """True while the engine process is silent although an answer is expected."""

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        make: Callable[[str], EngineProtocol] | None = None,
        process: EngineProcess | None = None,
    ) -> None:
        QObject.__init__(self, parent)
        Client.__init__(self, make=make, process=process)
        self.timer = QTimer(self, interval=PERIOD_MS)
        """Rests while nothing is awaited."""
        self.timer.timeout.connect(self.pump)

    def on_events(self, events: list[Event]) -> None:
        self.received.emit(events)

    def on_log(self, line: Log) -> None:
        self.said.emit(line)

    def on_silence(self, silent: bool) -> None:
        self.silence_changed.emit(silent)

    def set_polling(self, something: bool) -> None:
        if something != self.timer.isActive():
            self.timer.start() if something else self.timer.stop()

    def call(self, callback: Callable[..., None], answer: object) -> None:
        owner = getattr(callback, "__self__", None)
        if not isinstance(owner, QObject) or shiboken6.isValid(owner):
            callback(answer)


class Question(QObject):
    """One part of the window's request to the engine. A new request replaces the former one, whose answer is dropped;
    an answer that arrives after its owner is gone is dropped too."""

    def __init__(
        self,
        bridge: Bridge,
        owner: QObject,
        on_done: Callable[..., None],
        on_failed: Callable[[Failure | None], None],
        on_progress: Callable[[Event], None] | None = None,
    ) -> None:
        """The callbacks as `engine.service.client.Client.ask` takes them."""
        super().__init__(owner)
        self._bridge, self._on_done, self._on_failed, self._on_progress = bridge, on_done, on_failed, on_progress
        self._job: str | None = None

    @property
    def is_open(self) -> bool:
        """True while an answer is pending."""
        return self._job is not None

    def ask(self, command: Command) -> None:
        """Ask this, and nothing else any more."""
        self.drop()
        self._job = command.id
        self._bridge.ask(command, self._done, self._failed, self._on_progress)

    def cancel(self) -> None:
        """Ask for an end; that it has ended is told as a failure that is None."""
        if self._job is not None:
            self._bridge.cancel(self._job)

    def drop(self) -> bool:
        """Wait for no answer any more; whether one was waited for."""
        job, self._job = self._job, None
        if job is not None:
            self._bridge.forget(job)
        return job is not None

    def _done(self, answer: object) -> None:
        self._job = None
        self._on_done(answer)

    def _failed(self, failure: Failure | None) -> None:
        self._job = None
        self._on_failed(failure)
