"""A run on another machine as an engine of one run: what the window follows. Imports no torch until its thread runs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from engine.base.errors import BadInput, Cancelled, StudioError
from engine.contracts.commands import Command
from engine.contracts.events import OVER, Event, Failure, Progress, RunChanged
from engine.machines.records import MachineRecord
from engine.pipeline.document import Pipeline
from engine.record.home import Home
from engine.service.buffer import EventBuffer

if TYPE_CHECKING:
    from engine.machines.far_run import FarRun


class FarFollower(threading.Thread):
    """An `engine.service.protocol.EngineProtocol` that takes no commands: it starts one run on a machine, or takes it
    up there, and gives its events. The last one comes when the results are here. Start it with `start`.

    Parameters
    ----------
    pipeline: of a new run; None takes up the ``run``. ``token``: of the hub, "" without a yes.
    """

    def __init__(
        self,
        home: Home,
        record: MachineRecord,
        run: str,
        pipeline: Pipeline | None,
        until: str | None = None,
        token: str = "",
    ) -> None:
        super().__init__(name=f"run on {record.name}", daemon=True)
        self.run_id, self.machine = run, record.name
        self._home, self._record, self._pipeline, self._until, self._token = home, record, pipeline, until, token
        self._events = EventBuffer(20_000)
        self._cancelled, self._over = threading.Event(), threading.Event()
        self._last: RunChanged | None = None
        self._far: FarRun | None = None
        self.ready = threading.Event()
        self.ready.set()

    @property
    def is_busy(self) -> bool:
        """True while it is followed."""
        return self.is_alive()

    def send(self, command: Command) -> NoReturn:
        """Raises `BadInput`."""
        raise BadInput("A run on another machine is being followed", where=self.run_id)

    def drain(self, limit: int = 1000) -> list[Event]:
        """The events since the last call."""
        return self._events.drain(limit)

    def pause(self, id: str) -> None:
        """Hold it at the next safe point."""
        self._pass_on("pause")

    def resume(self, id: str) -> None:
        """Let it go on."""
        self._pass_on("go_on")

    def stop(self, id: str) -> None:
        """Let the block at work end early and keep what it has."""
        self._pass_on("stop")

    def cancel(self, id: str) -> None:
        """End it at its next safe point, also what is being sent."""
        self._cancelled.set()

    def close(self, timeout: float = 5.0) -> bool:
        """Follow no longer; the run goes on."""
        self._over.set()
        if self.ident is not None:
            self.join(timeout)
        return not self.is_alive()

    def run(self) -> None:
        """Follow it until its results are here."""
        from engine.machines.far_run import FarRun

        more: dict[str, Any] = {"run": self.run_id, "sink": self._on_event, "progress": self._on_progress}
        more |= {"is_cancelled": self._cancelled.is_set, "is_left": self._over.is_set}
        try:
            with FarRun(self._home, self._record, **more) as far:
                self._far = far
                if self._pipeline is None:
                    far.resume(self._token)
                else:
                    far.execute(self._pipeline, self._until, self._token)
        except Cancelled:
            self._last = RunChanged(run=self.run_id, state="cancelled")
        except StudioError as error:
            self._fail(error)
        except BaseException as error:
            self._fail(
                StudioError("A run on another machine can't be followed", why=f"{type(error).__name__}: {error}")
            )
        finally:
            self._far = None
            if self._last is not None and not self._over.is_set():
                self._events.put(self._last)

    def _fail(self, error: StudioError) -> None:
        failure = Failure(run=self.run_id, what=error.what, where=error.where, why=error.why, advice=error.advice)
        self._events.put(failure)
        if self._last is None or self._last.state == "done":
            self._last = RunChanged(run=self.run_id, state="failed", message=str(error))

    def _on_event(self, event: Event) -> None:
        if isinstance(event, RunChanged) and event.state in OVER:
            self._last = event
        else:
            self._events.put(event)

    def _on_progress(self, fraction: float, text: str) -> None:
        self._events.put(Progress(run=self.run_id, fraction=fraction, total=0.0, text=text))

    def _pass_on(self, verb: Literal["pause", "go_on", "stop"]) -> None:
        far = self._far
        if far is not None:
            getattr(far, verb)()
