"""A run on another machine as an engine of one run: what the window follows. Imports no torch until its thread runs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from engine.base.errors import Cancelled, StudioError
from engine.contracts.events import OVER, Event, Failure, Progress, RunChanged
from engine.machines.records import MachineRecord
from engine.pipeline.document import Pipeline
from engine.record.home import Home
from engine.run.requests import Request
from engine.service.follow import RunFollower

if TYPE_CHECKING:
    from engine.machines.far_run import FarRun


class FarFollower(RunFollower):
    """Starts a run on a machine, or takes it up there, and follows it. The last event comes when the results are here.

    Parameters
    ----------
    record: the machine; its ``hub_token`` is the yes to using the token of the hub there.
    pipeline: of a new run; None takes up the ``run``.
    begun: the run may have been begun before: it is followed, and taken up or executed again only if it has to be.
    """

    def __init__(
        self,
        home: Home,
        record: MachineRecord,
        run: str,
        pipeline: Pipeline | None,
        until: str | None = None,
        begun: bool = False,
    ) -> None:
        super().__init__(f"run on {record.name}", run, f"on {record.name}")
        self.machine = record.name
        self._home, self._record, self._pipeline, self._until = home, record, pipeline, until
        self._begun = begun
        self._cancelled = threading.Event()
        self._last: RunChanged | None = None
        self._far: FarRun | None = None

    def run(self) -> None:
        """Follow it until its results are here."""
        from engine.machines.far_run import FarRun

        token = _hub_token() if self._record.hub_token else ""
        more: dict[str, Any] = {"run": self.run_id, "sink": self._on_event, "progress": self._on_progress}
        more |= {"is_cancelled": self._cancelled.is_set, "is_left": self._over.is_set}
        try:
            with FarRun(self._home, self._record, **more) as far:
                self._far = far
                if self._pipeline is None:
                    far.resume(token)
                elif self._begun:
                    far.follow(self._pipeline, self._until, token)
                else:
                    far.execute(self._pipeline, self._until, token)
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

    def request(self, what: Request) -> None:
        """Over the connection, while there is one."""
        if what == "cancel":
            self._cancelled.set()
        elif (far := self._far) is not None:
            {"pause": far.pause, "resume": far.go_on, "stop": far.stop}[what]()


def _hub_token() -> str:
    """The token of the hub, "" for nobody who is logged in: runs that need none go on without."""
    from huggingface_hub import get_token

    return get_token() or ""
