"""The engine thread: commands go down, events come up. Importing this loads no torch; the thread does.

It is what computes in either transport of `engine.service.protocol`: in the caller's process, or in one of its own.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any

from engine.base.errors import Cancelled
from engine.contracts.commands import Command, RunPipeline
from engine.contracts.events import Event, JobDone, Log, RunChanged
from engine.record.home import Home
from engine.run.control import Control, Request
from engine.run.rates import Rates
from engine.service.buffer import EventBuffer
from engine.service.job_progress import JobMeter, ends_of
from engine.service.protocol import Ended, is_last, refuse


class Engine(threading.Thread):
    """One thread that does one thing at a time: an `engine.service.protocol.EngineProtocol`. Start it with `start`,
    end it with `close`.

    Parameters
    ----------
    wake: called whenever there is something to drain, in any thread.
    tells_end: whether `Ended` follows the last event of every command.
    on_event: called with every event, in the thread that tells it.
    """

    def __init__(
        self,
        home: Home | None = None,
        *,
        capacity: int = 20_000,
        device: str | None = None,
        wake: Callable[[], None] = lambda: None,
        tells_end: bool = False,
        on_event: Callable[[Event], None] = lambda event: None,
    ) -> None:
        super().__init__(name="engine", daemon=False)
        self._home = home or Home.default()
        self._device = device
        self._commands: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._events = EventBuffer(capacity, wake, on_event)
        self._tells_end = tells_end
        self._controls: dict[str, Control] = {}
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self.ready = threading.Event()
        """Set once torch is loaded and warm."""

    # -- from any thread ---------------------------------------------------------------------------------------------
    def send(self, command: Command) -> None:
        """Queue a command; raises `BadInput` if too many wait or if its id is in use."""
        with self._lock:
            refuse(command, self._controls, self._closing.is_set())
            self._controls[command.id] = Control(self._teller(command))
            if isinstance(command, RunPipeline):
                self._events.put(RunChanged(run=command.id, state="queued"))
            self._commands.put(command)

    def tell(self, event: Event) -> None:
        """Let whoever drains hear of something that no command here told."""
        self._events.put(event)

    def drain(self, limit: int = 1000) -> list[Event]:
        """The events since the last call, the oldest first, at most ``limit``."""
        return self._events.drain(limit)

    def pause(self, id: str) -> None:
        """Let a run or job wait at its next safe point."""
        if control := self._controls.get(id):
            control.pause()

    def resume(self, id: str) -> None:
        """Let it go on."""
        if control := self._controls.get(id):
            control.resume()

    def stop(self, id: str) -> None:
        """Let the block at work end early and keep what it has."""
        if control := self._controls.get(id):
            control.stop()

    def cancel(self, id: str) -> None:
        """End it at its next safe point, or take it out of the queue."""
        if control := self._controls.get(id):
            control.cancel()

    @property
    def open_ids(self) -> tuple[str, ...]:
        """Of all that is done or waits."""
        return tuple(self._controls)

    @property
    def is_busy(self) -> bool:
        """True if anything is done or waits."""
        with self._lock:
            return bool(self._controls)

    def close(self, timeout: float = 5.0) -> bool:
        """Cancel everything and end the thread; whether it ended within ``timeout`` seconds. May be called again."""
        self._closing.set()
        with self._lock:
            controls = list(self._controls.values())
        for control in controls:
            control.cancel()
        self._commands.put(None)
        if self.ident is not None:
            self.join(timeout)
        return not self.is_alive()

    # -- in the thread -------------------------------------------------------------------------------------------------
    def run(self) -> None:
        """Warm up, then obey until closed."""
        try:
            from engine.service.jobs import warm_up

            warm_up()
        except Exception as error:  # a broken installation is reported, not hidden
            self._events.put(Log(run="", level="error", text=f"The engine could not start: {error}"))
        self.ready.set()
        while True:
            command = self._commands.get()
            if command is None or self._closing.is_set():
                self._refuse(command)
                return
            self._obey(command)

    def _obey(self, command: Command) -> None:
        control = self._controls[command.id]
        last: list[Event] = []
        try:
            if control.is_cancelled:
                raise Cancelled
            if isinstance(command, RunPipeline):
                self._run_pipeline(command, control, last)
            else:
                from engine.service.jobs import execute

                result = execute(
                    command, self._home, self._device, self._progress(command, control), control, self._events.put
                )
                last.append(JobDone(run=command.id, result=result))
        except Cancelled:
            control.end()
            last.append(RunChanged(run=command.id, state="cancelled"))
        except BaseException as error:
            control.end()
            last += _failures(command, error)
        finally:
            self._end(command, last)

    def _end(self, command: Command, last: Sequence[Event]) -> None:
        """Free the id of a command, then report how it ended."""
        with self._lock:
            self._controls.pop(command.id, None)
            for event in last:
                self._events.put(event)
        if self._tells_end:
            self._events.put(Ended(run=command.id))

    def _run_pipeline(self, command: RunPipeline, control: Control, last: list[Event]) -> None:
        def sink(event: Event) -> None:
            if is_last(event, command):
                control.end()
            if last or is_last(event, command):
                last.append(event)
            else:
                self._events.put(event)

        if command.processes > 1:
            from engine.service.launched import LaunchedRun

            LaunchedRun(command, self._home, self._device, sink, control).execute()
            return
        from engine.pipeline.document import Pipeline
        from engine.run import runner

        more: dict[str, Any] = {"home": self._home, "device": self._device, "sink": sink}
        if command.resume:
            runner.resume(command.id, control=control, **more)
        else:
            pipeline = Pipeline.from_json(command.pipeline)
            runner.start(pipeline, run=command.id, until=command.until, control=control, **more)

    def _refuse(self, command: Command | None) -> None:
        """Cancel the commands that still wait when the engine is closed."""
        while command is not None or not self._commands.empty():
            if command is not None:
                self._controls[command.id].end()
                self._end(command, [RunChanged(run=command.id, state="cancelled")])
            command = None if self._commands.empty() else self._commands.get_nowait()

    def _teller(self, command: Command) -> Callable[[Request], None]:
        return lambda request: self._events.put(RunChanged(run=command.id, state=request))

    def _progress(self, command: Command, control: Control) -> Callable[[float, str], None]:
        rates = Rates(self._home.cache / "phases.json")
        meter = JobMeter(command.id, self._events.put, ends_of(command), clock=control.working_clock, rates=rates)
        control.beat = meter.beat
        return meter


def _failures(command: Command, error: BaseException) -> list[Event]:
    """The events that end a command by an error."""
    from engine.run.failures import explain, failure

    explained = explain(error)
    events: list[Event] = [failure(explained, error, run=command.id, block=None)]
    if isinstance(command, RunPipeline):
        events.append(RunChanged(run=command.id, state="failed", message=str(explained)))
    explained.__traceback__ = explained.__cause__ = explained.__context__ = None
    return events
