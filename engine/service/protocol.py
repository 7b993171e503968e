"""Protocol of an engine, and the messages that cross to an engine in a process of its own.

One protocol, two transports. `engine.service.worker.Engine` is a thread of the caller's process (tests, embedding);
`engine.service.process.EngineProcess` starts ``python -m engine.service.child`` and hands out one `EngineProtocol` per
lane, each served by an `Engine` thread in there (the window). Commands and events are the same objects in the same
order either way, and the same code computes, so results have the same bits.

How the messages stand on the pipes is said by `engine.service.wire`.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, Protocol

from engine.base.errors import BadInput
from engine.contracts.commands import Command, RunPipeline
from engine.contracts.events import OVER, Event, Failure, JobDone, RunChanged

WAITING = 64
"""Commands of one lane that may be open at most."""
PULSE_SECONDS = 1.0
"""An engine process gives a sign of life this often."""
Verb = Literal["pause", "resume", "stop", "cancel", "close"]


class EngineProtocol(Protocol):
    """Obeys one command at a time, in the order of `send`. May be called from any thread; nothing here waits but
    `close`.

    A run is answered by its own events. Every other command ends with `JobDone`, `Failure`, or, if it was cancelled,
    with `RunChanged` "cancelled" under its id. Once its last event can be drained, its id is free: the same run can be
    sent again. If the process dies that computed, open runs end with a `Failure` and
    `RunChanged` "interrupted", other commands with a `Failure`.
    """

    @property
    def ready(self) -> threading.Event:
        """Set while torch is loaded and warm."""

    @property
    def is_busy(self) -> bool:
        """True if anything is done or waits. Once it is False, all last events can be drained."""

    def send(self, command: Command) -> None:
        """Queue a command; raises `BadInput` if too many wait, its id is in use or the engine is being closed."""

    def drain(self, limit: int = 1000) -> list[Event]:
        """The events since the last call, the oldest first, at most ``limit``."""

    def pause(self, id: str) -> None:
        """Let a run or job wait at its next safe point."""

    def resume(self, id: str) -> None:
        """Let it go on."""

    def stop(self, id: str) -> None:
        """Let the block at work end early and keep what it has."""

    def cancel(self, id: str) -> None:
        """End it at its next safe point, or take it out of the queue."""

    def close(self, timeout: float = 5.0) -> bool:
        """Cancel everything, take nothing more; whether all ended within ``timeout`` seconds. May be called again."""


def refuse(command: Command, open_ids: Collection[str], closing: bool) -> None:
    """Raise `BadInput` if an engine with these open commands takes no such command."""
    if command.id in open_ids:
        raise BadInput("This is being done already", where=command.id)
    if closing:
        raise BadInput("The engine is being closed")
    if len(open_ids) >= WAITING:
        raise BadInput("Too much is waiting", why=f"{WAITING} commands", advice="try again later")


def is_last(event: Event, command: Command) -> bool:
    """True for the event that ends a command. A run's failure comes before its end."""
    if isinstance(event, RunChanged):
        return event.state in OVER
    return not isinstance(command, RunPipeline) and isinstance(event, JobDone | Failure)


# -- down -------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Send:
    """A command for a lane."""

    lane: str
    command: Command


@dataclass(frozen=True, slots=True)
class Ask:
    """A method call on a lane; ``id`` of the run or job, "" for close."""

    lane: str
    verb: Verb
    id: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """``finish_runs``: let runs go on when the pipe closes, and end after the last. Otherwise cancel everything and end
    now."""

    finish_runs: bool = False


@dataclass(frozen=True, slots=True)
class Follow:
    """Report a run that an earlier engine of this workspace has accepted; ``read_bytes`` of its log are here. Answered
    by `LogLines` and `Ended`, or by `UnknownRun`."""

    lane: str
    run: str
    read_bytes: int = 0


# -- up ---------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class EventBatch:
    """Events of a lane, in order."""

    lane: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class LogLines:
    """Lines of the event log of a followed run, as `engine.contracts.events.to_line` writes them. ``read_bytes``: of
    the log up to their end."""

    lane: str
    run: str
    lines: tuple[str, ...]
    read_bytes: int


@dataclass(frozen=True, slots=True)
class UnknownRun:
    """The run that is to be followed never arrived."""

    lane: str
    run: str


@dataclass(frozen=True, slots=True)
class Pulse:
    """A sign of life. ``resident``: bytes of memory. ``idle``: nothing is open, and what the last command used was
    given back. ``device``: whether an accelerator is in use. ``fault``: what the accelerator said when it failed;
    nothing can be computed on it in that process any more."""

    ready: bool
    resident: int
    idle: bool = True
    device: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Event):
    """The command of this id is not open any more: behind its last event, and never seen by whoever drains."""
