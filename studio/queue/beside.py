"""Runs that go on beside the one that is shown: on other machines, or on this computer while a far one is shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from engine.base.errors import StudioError
from engine.contracts.events import OVER, Event, LinkChanged, RunChanged
from engine.machines.follower import FarFollower
from engine.machines.records import machine_record
from engine.pipeline.document import Pipeline
from engine.pipeline.names import distinct_titles
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.state import RunState
from engine.service.follow import Follower
from studio.bridge import Bridge
from studio.document.files import FileController
from studio.document.session import Session
from studio.kit.later import later
from studio.runs.controller import OpenRun, RunController

TICK_MS = 1000


class RunsBeside(QObject):
    """GUI thread only."""

    changed = Signal()
    """There are others, or the state of one is another."""
    progressed = Signal()
    """They made progress; emitted every second."""
    ended = Signal(object)
    """`RunState` of a run that is over and was not shown."""

    def __init__(self, session: Session, bridge: Bridge, files: FileController, runs: RunController) -> None:
        super().__init__(runs)
        self._session, self._bridge, self._files, self._runs = session, bridge, files, runs
        self._open: dict[str, OpenRun] = {}
        self._clock = QTimer(self, interval=TICK_MS)
        self._clock.timeout.connect(self.progressed)
        self.changed.connect(self._run_clock)
        runs.put_beside.connect(self._on_put_beside)
        runs.run_started.connect(self._on_shown)

    @property
    def states(self) -> list[RunState]:
        """The states of all, in the order in which they came here."""
        return [run.state for run in self._open.values()]

    def begin(self, run: str, pipeline: Pipeline, until: str | None, machine: str) -> bool:
        """Start a run; False if that can't be, which is said."""
        if not machine:
            command = self._runs.command(run, pipeline=pipeline.to_json(), until=until)
            return self._add(run, pipeline, until, "", partial(self._bridge.run_beside, command))
        return self._attend(run, pipeline, until, machine, begun=False)

    def follow(self, run: str, pipeline: Pipeline, until: str | None, machine: str) -> bool:
        """Go on to follow a run that was begun by an earlier window; False if it does not go on."""
        if machine:
            return self._attend(run, pipeline, until, machine, begun=True)
        folder = RunFolder(Home.default().runs / run)
        if folder.executing_process() is None:
            return False
        follower = Follower(folder)
        return self._add(run, pipeline, until, "", partial(self._bridge.attend_beside, follower, run))

    def _attend(self, run: str, pipeline: Pipeline, until: str | None, machine: str, *, begun: bool) -> bool:
        home = Home.default()
        try:
            follower = FarFollower(home, machine_record(home, machine), run, pipeline, until, begun=begun)
        except StudioError as error:
            self._session.message.emit("error", str(error))
            return False
        return self._add(run, pipeline, until, machine, partial(self._bridge.attend_beside, follower, run))

    def _add(
        self,
        run: str,
        pipeline: Pipeline,
        until: str | None,
        machine: str,
        begin: Callable[[Callable[[list[Event]], None]], None],
    ) -> bool:
        try:
            state = RunState.start(run, pipeline, until, distinct_titles(pipeline))
        except (StudioError, KeyError) as error:
            self._session.message.emit("error", str(error))
            return False
        state.machine = machine
        entry = self._open[run] = OpenRun(state, pipeline, listener=self._on_events)
        begin(entry.apply)
        self.changed.emit()
        return True

    def show(self, run: str) -> None:
        """Show one; the run that was shown takes its place here."""
        entry = self._open.get(run)
        if entry is not None and self._files.show(entry.pipeline) and run in self._open:
            del self._open[run]
            entry.listener = None
            self._runs.show_open(entry)
            self.changed.emit()

    def pause(self, run: str) -> None:
        """Hold one at its next safe point, or let it go on."""
        entry = self._open[run]
        self._bridge.resume(run) if entry.state.state == "paused" else self._bridge.pause(run)

    def cancel(self, run: str) -> None:
        """End one at its next safe point."""
        entry = self._open.get(run)
        if entry is not None and not entry.state.is_over:
            self._bridge.cancel(run)
            entry.state.state = "cancelling"
            self.changed.emit()

    def _on_put_beside(self, entry: OpenRun) -> None:
        entry.listener = self._on_events
        self._open[entry.state.id] = entry
        self.changed.emit()
        later(self, partial(self._say_where, entry.pipeline.name))  # opening clears what was said

    def _say_where(self, name: str) -> None:
        self._session.message.emit("info", self.tr("“{0}” continues. Run › Queue shows it.").format(name))

    def _on_shown(self, run: RunState) -> None:
        if self._open.pop(run.id, None) is not None:
            self.changed.emit()

    def _on_events(self, entry: OpenRun, events: list[Event]) -> None:
        if any(isinstance(event, RunChanged) and event.state in OVER for event in events):
            self._open.pop(entry.state.id, None)
            self.changed.emit()
            self.ended.emit(entry.state)
        elif any(isinstance(event, RunChanged | LinkChanged) for event in events):
            self.changed.emit()

    def _run_clock(self) -> None:
        self._clock.start() if self._open else self._clock.stop()
