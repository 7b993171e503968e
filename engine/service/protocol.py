"""Protocol of an engine, and the messages that cross to an engine in a process of its own.

One protocol, two transports. `engine.service.worker.Engine` is a thread of the caller's process (tests, embedding);
`engine.service.process.EngineProcess` starts ``python -m engine.service.child`` and hands out one `EngineProtocol` per
lane, each served by an `Engine` thread in there (the window). Commands and events are the same objects in the same
order either way, and the same code computes, so results have the same bits.

On the pipes every message is a pickle behind its length. Events are pickled one by one: one that can't be sent, or that
would load torch in the window, becomes a sentence and the others stay. The pipes are private to the two processes;
nothing that was downloaded is ever unpickled.
"""

from __future__ import annotations

import io
import pickle
import struct
import sys
import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import IO, Any, Literal, Protocol

from engine.base.errors import BadInput
from engine.contracts.commands import Command
from engine.contracts.events import Event, Failure, JobDone, Log

WAITING = 64
"""Commands of one lane that may be open at most."""
PULSE_SECONDS = 1.0
"""An engine process gives a sign of life this often."""
Verb = Literal["pause", "resume", "stop", "cancel", "close"]
_LENGTH = struct.Struct("<Q")
_TORCH_FREE = (
    "engine.base",
    "engine.contracts",
    "engine.architecture.anatomy",
    "engine.checkpoints.headers",
    "engine.checkpoints.checkpoint",
    "engine.service.protocol",
)


class EngineProtocol(Protocol):
    """Obeys one command at a time, in the order of `send`. May be called from any thread; nothing here waits but
    `close`.

    A run is answered by its own events. Every other command ends with `JobDone`, `Failure`, or, if it was cancelled,
    with `RunChanged` "cancelled" under its id. If the process dies that computed, open runs end with a `Failure` and
    `RunChanged` "interrupted", other commands with a `Failure`.
    """

    @property
    def ready(self) -> threading.Event:
        """Set while torch is loaded and warm."""

    @property
    def is_busy(self) -> bool:
        """True if anything is done or waits."""

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


# -- up ---------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class EventBatch:
    """Events of a lane: (id of the run or job, pickled event)."""

    lane: str
    events: tuple[tuple[str, bytes], ...]


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


# -- both -------------------------------------------------------------------------------------------------------------
def encode(message: object) -> bytes:
    """A message as it stands on the pipe; raises what pickle raises."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data


def receive(pipe: IO[bytes]) -> Any:
    """The next message, None at the end of the pipe."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (size,) = _LENGTH.unpack(head)
    data = pipe.read(size)
    return pickle.loads(data) if len(data) == size else None


def pack_event(event: Event) -> tuple[str, bytes]:
    """The event for `EventBatch`; one that can't be pickled becomes the sentence that says so."""
    try:
        return event.run, pickle.dumps(event, pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # whatever an object's own code raises
        return event.run, pickle.dumps(_unsendable(event, error), pickle.HIGHEST_PROTOCOL)


def unpack_event(run: str, data: bytes) -> Event:
    """The event; one whose classes would load heavy libraries becomes the sentence that says so."""
    try:
        event = _TorchFree(io.BytesIO(data)).load()
    except Exception as error:
        return _failure(run, error)
    assert isinstance(event, Event)
    return event


class _TorchFree(pickle.Unpickler):
    """Finds the classes of events, answers and the standard library, and imports nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith(_TORCH_FREE) or module.partition(".")[0] in sys.stdlib_module_names:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not a class of an answer")


def _unsendable(event: Event, error: Exception) -> Event:
    if isinstance(event, JobDone):
        return _failure(event.run, error)
    text = f"A {type(event).__name__} could not be sent to the window: {error}"
    return Log(run=event.run, block=event.block, level="warning", text=text)


def _failure(run: str, error: Exception) -> Failure:
    return Failure(
        run=run,
        what="The answer of the engine could not be handed over",
        why=f"{type(error).__name__}: {error}",
        advice="please report it with the details of the log",
    )
