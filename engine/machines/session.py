"""A conversation with the engine on another machine: answers to commands, also over lost connections. Imports no
torch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Protocol

from engine.base.errors import RunFailed
from engine.contracts.commands import Command
from engine.contracts.events import OVER, Event, Failure, JobDone, Log, RunChanged
from engine.record.home import Home
from engine.service.process import EngineProcess, Lane
from engine.service.remote import Machine

SECONDS = 0.05
"""Seconds between two looks at what an engine sent."""
RETRY_SECONDS = 0.5
"""Seconds before a command is given again whose connection was lost; doubled each time."""
PATIENCE = 900.0
"""Seconds for which a machine that has answered before may be out of reach while files are moved."""


def no_checkpoint() -> None:
    """Go on: nobody can cancel."""


class LinkLost(RunFailed):
    """The connection was lost before the answer came. The command may have been done."""

    last_answer_time = -math.inf
    """Monotonic time at which the machine gave its last answer."""


class NotReached(RunFailed):
    """The machine has not answered yet: it is off, or there is no network."""


class Asking(Protocol):
    """Answers to commands, as `Session` gives them; files are moved by no more."""

    def post(self, command: Command, lane: str) -> None:
        """Send a command."""

    def answer(self, command: Command, lane: str, checkpoint: Callable[[], None] = no_checkpoint) -> Any:
        """Wait for its result. Raises `RunFailed`, and `LinkLost` for a connection that was lost meanwhile."""


class Session:
    """The engine of one machine, started when first needed. Use it with ``with``: the connection ends behind it, runs
    go on. ``on_log``: takes log lines about the connection."""

    def __init__(self, home: Home, machine: Machine, on_log: Callable[[Log], None] = lambda line: None) -> None:
        self.process = EngineProcess(home, machine=machine)
        self._on_log = on_log
        self._answers: dict[str, Event] = {}
        self._posted: dict[str, int] = {}
        self._last_answer_time = -math.inf

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; runs go on there, as after a lost one: an engine that is closed cancels them."""
        if not self.process.lane("run").is_busy:
            self.process.close(2.0)
        self.process.kill()

    def ask(self, command: Command, lane: str = "look", checkpoint: Callable[[], None] = no_checkpoint) -> Any:
        """The result of a command other than a run. Raises as `Asking.answer`."""
        self.post(command, lane)
        return self.answer(command, lane, checkpoint)

    def post(self, command: Command, lane: str) -> None:
        """See `Asking`."""
        self._posted[command.id] = self.process.losses
        self.process.lane(lane).send(command)

    def answer(self, command: Command, lane: str, checkpoint: Callable[[], None] = no_checkpoint) -> Any:
        """See `Asking`. Raises what ``checkpoint`` raises, too."""
        while command.id not in self._answers:
            self._listen(self.process.lane(lane))
            if command.id not in self._answers:
                checkpoint()
                time.sleep(SECONDS)
        event, losses = self._answers.pop(command.id), self._posted.pop(command.id)
        if isinstance(event, JobDone):
            return event.result
        if isinstance(event, Failure):
            lost = self._lost if self.process.was_connected else NotReached
            kind: Callable[..., RunFailed] = lost if self.process.losses > losses else RunFailed
            raise kind(event.what, where=event.where, why=event.why, advice=event.advice)
        assert isinstance(event, RunChanged)  # nobody here cancels commands: the engine there was ended
        raise self._lost("The engine there was ended", why=event.message or "by its scheduler or an administrator")

    def _lost(self, what: str, **words: str) -> LinkLost:
        error = LinkLost(what, **words)
        error.last_answer_time = self._last_answer_time
        return error

    def _listen(self, lane: Lane) -> None:
        for event in lane.drain():
            is_last = isinstance(event, JobDone | Failure) or (isinstance(event, RunChanged) and event.state in OVER)
            if is_last and event.run in self._posted:
                self._answers.setdefault(event.run, event)
                self._last_answer_time = time.monotonic() if isinstance(event, JobDone) else self._last_answer_time
        for notice in self.process.notices.drain():
            if isinstance(notice, Log):
                self._on_log(notice)


def over_lost_links(attempt: Callable[[], Any], checkpoint: Callable[[], None] = no_checkpoint) -> Any:
    """The result of an attempt that goes on where the last one was. Raises the last `LinkLost` when the machine
    stays out of reach for `PATIENCE` after its last answer."""
    delay, last_answer_time = RETRY_SECONDS, time.monotonic()
    while True:
        try:
            return attempt()
        except LinkLost as error:
            if error.last_answer_time > last_answer_time:
                delay, last_answer_time = RETRY_SECONDS, error.last_answer_time
            if time.monotonic() - last_answer_time > PATIENCE:
                raise
        end = time.monotonic() + delay
        while time.monotonic() < end:
            checkpoint()
            time.sleep(SECONDS)
        delay = min(10.0, 2 * delay)
