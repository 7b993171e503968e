"""Another machine that is a thread of this process: what crosses to it is written and read as on a connection."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

from engine.contracts.commands import Command
from engine.contracts.events import Event, Failure
from engine.record.home import Home
from engine.service.buffer import EventBuffer
from engine.service.protocol import Send
from engine.service.wire import decode, encode, encode_events
from engine.service.worker import Engine

LENGTH = 8


class SimulatedLane:
    """A lane of the far engine."""

    def __init__(self, name: str, process: SimulatedProcess) -> None:
        self.name, self._process = name, process
        self._engine: Any = Engine(process.far, device="cpu")
        self._engine.daemon = True
        self._engine.start()
        self._lost: list[Event] = []

    def send(self, command: Command) -> None:
        sent = decode(encode(Send(self.name, command))[LENGTH:])
        self._process.sent.append(sent.command)
        if self._process.loses(sent.command):
            self._process.losses += 1
            self._lost.append(Failure(run=command.id, what="The connection to box was lost"))
            return
        self._engine.send(sent.command)

    def drain(self, limit: int = 1000) -> list[Event]:
        lost, self._lost = self._lost, []
        frames = encode_events(self.name, [*lost, *self._engine.drain(limit)])
        return [self._process.answer(event) for frame in frames for event in decode(frame[LENGTH:]).events]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


class SimulatedProcess:
    """Stands in for `EngineProcess` with a machine. ``loses``: whether the connection is lost with a command;
    ``answer``: what becomes of an event on the way."""

    far: Home
    loses: Callable[[Command], bool]
    answer: Callable[[Event], Event]
    made: list[SimulatedProcess]

    def __init__(self, home: Home, *, machine: Any = None) -> None:
        self.machine = machine.name
        self.sent: list[Command] = []
        self.losses, self.was_connected, self.is_connected = 0, True, True
        self.notices = EventBuffer()
        self.ready = threading.Event()
        self.ready.set()
        self._lanes: dict[str, SimulatedLane] = {}
        type(self).made.append(self)

    def lane(self, name: str) -> SimulatedLane:
        if name not in self._lanes:
            self._lanes[name] = SimulatedLane(name, self)
        return self._lanes[name]

    def close(self, timeout: float = 5.0) -> bool:
        return all(lane.close(timeout) for lane in self._lanes.values())

    def kill(self) -> None:
        self.close(0.0)


def simulated(far: Home) -> type[SimulatedProcess]:
    """A class whose processes serve this workspace."""
    values = {"far": far, "made": [], "loses": staticmethod(lambda command: False)}
    return type("Simulated", (SimulatedProcess,), {**values, "answer": staticmethod(lambda event: event)})


def every(number: int, kind: type[Command]) -> Callable[[Command], bool]:
    """The connection is lost with every so many commands of a kind."""
    count = itertools.count(1)
    return lambda command: isinstance(command, kind) and next(count) % number == 0
