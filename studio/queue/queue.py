"""The queue of runs: pipelines that wait their turn, one at a time on each machine, in an order that can be changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from engine.base.errors import StudioError
from engine.base.human import duration_text
from engine.contracts.commands import Checked, CheckPipeline
from engine.machines.records import machine_record, read_machines
from engine.pipeline.document import Pipeline
from engine.record.home import Home, new_run_id
from engine.record.state import RunState
from engine.service.queue import Waiting, due, moved, read_queue, write_queue
from studio.bridge import Bridge
from studio.document.files import FileController
from studio.document.session import Session
from studio.kit.dialogs import show_once
from studio.kit.icons import icon
from studio.queue.beside import RunsBeside
from studio.runs.controller import RunController

LONG_SECONDS = 60.0
"""A run that took longer tells its end to who has gone away."""


class RunQueue(QObject):
    """Kept on the disk: what waited when the window was closed waits, held, when it is opened again; what was begun on
    another machine is followed again. GUI thread only."""

    changed = Signal()

    def __init__(
        self,
        window: QWidget,
        session: Session,
        bridge: Bridge,
        files: FileController,
        runs: RunController,
        beside: RunsBeside,
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._document = window, session, session.document
        self._bridge, self._files, self._runs, self._beside = bridge, files, runs, beside
        self._entries = read_queue(Home.default())
        self.on_hold = bool(self.waiting)
        runs.phase_changed.connect(self.changed)
        runs.begun.connect(self._on_begun)
        runs.ended.connect(self._on_ended)
        beside.changed.connect(self.changed)
        beside.ended.connect(self._on_ended_beside)

    # -- what waits --------------------------------------------------------------------------------------------------
    @property
    def waiting(self) -> list[Waiting]:
        """Those that were not begun, in order."""
        return [entry for entry in self._entries if not entry.run]

    def _begun(self) -> list[Waiting]:
        return [entry for entry in self._entries if entry.run]

    def running(self) -> list[RunState]:
        """The runs that go on: the one that is shown first."""
        shown = [self._runs.run] if self._runs.is_active and self._runs.run is not None else []
        return [*shown, *self._beside.states]

    def is_shown(self, run: str) -> bool:
        """True for the run that the window shows."""
        return self._runs.is_active and self._runs.run is not None and self._runs.run.id == run

    def machines(self) -> list[str]:
        """Names of the machines that a pipeline can wait for, "" for this computer."""
        try:
            return ["", *(record.name for record in read_machines(Home.default()))]
        except StudioError:
            return [""]  # the Machines page says why

    def add(self) -> None:
        """Queue the open pipeline as it is now, for the chosen machine; it begins at once where nothing runs there."""
        pipeline, machine = self._document.pipeline, self._runs.machine
        entry = Waiting(pipeline=pipeline.to_json(), name=pipeline.name, machine=machine)
        self._keep([*self._entries, entry])
        self._estimate(entry)
        if self.on_hold or machine in self._busy():
            text = self.tr("“{0}” is number {1} in the queue.")
            self._session.message.emit("info", text.format(entry.name, len(self.waiting)))
        else:
            self.go_on()

    def _estimate(self, entry: Waiting) -> None:
        """Ask how long it takes on this computer; another machine says it when it begins."""
        if not entry.machine:
            command = CheckPipeline(pipeline=entry.pipeline)
            self._bridge.ask(command, partial(self._on_estimate, entry.id), lambda failure: None)

    def _on_estimate(self, entry: str, answer: object) -> None:
        assert isinstance(answer, Checked)
        to_do = [seconds or 0.0 for block, (_, _, seconds) in answer.estimates.items() if block not in answer.cached]
        self._change(entry, seconds=sum(to_do) + answer.measuring)

    def remove(self, entry: str) -> None:
        """Take one out."""
        self._keep([entry_left for entry_left in self._entries if entry_left.id != entry])

    def move(self, entry: str, by: int) -> None:
        """Let one wait longer (positive) or less."""
        self._keep(moved(self._entries, entry, by))

    def assign(self, entry: str, machine: str) -> None:
        """Let one wait for another machine."""
        self._change(entry, machine=machine, seconds=None)
        for changed in [other for other in self.waiting if other.id == entry]:
            self._estimate(changed)
        self.go_on()

    def hold(self, on: bool) -> None:
        """Begin nothing more after the present runs, or go on."""
        self.on_hold = on
        self.changed.emit()
        if not on:
            self.go_on()

    def _change(self, entry: str, **values: object) -> None:
        self._keep([other.model_copy(update=values) if other.id == entry else other for other in self._entries])

    def _keep(self, entries: list[Waiting]) -> None:
        self._entries = entries
        try:
            write_queue(Home.default(), entries)
        except StudioError as error:
            self._session.message.emit("warning", str(error))
        self.changed.emit()

    # -- one after the other -----------------------------------------------------------------------------------------
    def take_up(self) -> None:
        """Follow again what was begun by an earlier window and goes on."""
        for entry in self._begun():
            pipeline = Pipeline.from_json(entry.pipeline)
            if not self._beside.follow(entry.run, pipeline, entry.until, entry.machine):
                self.remove(entry.id)

    def go_on(self) -> None:
        """Begin on each machine where nothing runs with the first that waits for it, unless the queue is held. The
        first is shown; another, or one that would discard unsaved work, goes on beside what is shown."""
        if self.on_hold:
            return
        for entry in due(self._entries, self._busy()):
            try:
                if entry.machine:
                    machine_record(Home.default(), entry.machine)
            except StudioError as error:
                self.on_hold = True
                self._session.message.emit("error", str(error))
                self.changed.emit()
                return
            if self._may_show(Pipeline.from_json(entry.pipeline)):
                self._begin_shown(entry)
            else:
                self._begin_beside(entry)

    def _busy(self) -> set[str]:
        """The machines that something runs on."""
        busy = {run.machine for run in self._beside.states}
        if self._runs.is_active or self._runs.phase == "checking":
            busy.add(self._runs.run.machine if self._runs.is_active and self._runs.run is not None else "")
        return busy

    def _may_show(self, pipeline: Pipeline) -> bool:
        if self._runs.is_active or self._runs.phase == "checking":
            return False
        return self._document.is_clean or pipeline == self._document.pipeline

    def _begin_shown(self, entry: Waiting) -> None:
        pipeline = Pipeline.from_json(entry.pipeline)
        if pipeline != self._document.pipeline:
            self._document.open(pipeline, None)
            self._files.shown.emit()
        self.remove(entry.id)
        self._runs.start(entry.until, entry.machine)

    def _begin_beside(self, entry: Waiting) -> None:
        run = new_run_id()
        begun = entry.model_copy(update={"run": run})
        self._keep([*self._begun(), begun, *(other for other in self.waiting if other.id != entry.id)])
        if not self._beside.begin(run, Pipeline.from_json(entry.pipeline), entry.until, entry.machine):
            self.on_hold = True
            self.remove(entry.id)
            self._keep([*self._begun(), entry, *self.waiting])
            return
        text = self.tr("“{0}” runs on {1}. Run › Queue shows it.")
        self._session.message.emit("info", text.format(entry.name, entry.machine or self.tr("this computer")))

    def _on_begun(self) -> None:
        """A run on another machine does not end with the window: the next one follows it."""
        run = self._runs.open_run
        if run is None or not run.state.machine or any(entry.run == run.state.id for entry in self._entries):
            return
        text, name = run.pipeline.to_json(), run.pipeline.name
        entry = Waiting(pipeline=text, name=name, machine=run.state.machine, run=run.state.id, until=run.state.until)
        self._keep([*self._begun(), entry, *self.waiting])

    def _on_ended(self, run: RunState) -> None:
        if any(entry.run == run.id for entry in self._entries):
            self._keep([entry for entry in self._entries if entry.run != run.id])

    def _on_ended_beside(self, run: RunState) -> None:
        self._on_ended(run)
        kind, text = {
            "done": ("success", self.tr("“{0}” finished on {1} after {2}.")),
            "cancelled": ("info", self.tr("“{0}” was canceled on {1} after {2}.")),
        }.get(run.state, ("error", self.tr("“{0}” failed on {1} after {2}.")))
        where = run.machine or self.tr("this computer")
        text = text.format(run.pipeline.name, where, duration_text(run.seconds(time.time())))
        why = f" {run.failure.what}." if run.failure is not None and kind == "error" else ""
        self._session.message.emit(kind, f"{text}{why}")
        QTimer.singleShot(0, self, self.go_on)

    def remaining_seconds(self) -> float | None:
        """Seconds until the last run of the queue ends, on any machine; None while an estimate is missing."""
        now, totals = time.time(), dict[str, float]()
        parts = [(run.machine, run.time_left(now)) for run in self.running()]
        for machine, seconds in [*parts, *((entry.machine, entry.seconds) for entry in self.waiting)]:
            if seconds is None:
                return None
            totals[machine] = totals.get(machine, 0.0) + seconds
        return max(totals.values(), default=0.0)

    # -- what a person does with those that run ------------------------------------------------------------------------
    def show_run(self, run: str) -> None:
        """Show one that goes on beside."""
        self._beside.show(run)

    def cancel(self, run: str) -> None:
        """End one at its next safe point."""
        self._runs.cancel() if self.is_shown(run) else self._beside.cancel(run)

    def show(self) -> None:
        """The dialog; one at a time."""
        from studio.queue.dialog import QueueDialog

        make: Callable[[], QueueDialog] = partial(QueueDialog, self, self._window)
        show_once(self._window, QueueDialog, make)


def tell_end(window: QWidget, run: RunState) -> None:
    """A long run is over while the person looks at something else: the desktop says so."""
    seconds = run.seconds(time.time())
    if seconds < LONG_SECONDS or window.isActiveWindow():
        return
    QApplication.alert(window)
    if not QSystemTrayIcon.isSystemTrayAvailable():
        return
    tray = QSystemTrayIcon(window.windowIcon() if not window.windowIcon().isNull() else icon("done"), window)
    tray.show()
    words = {
        "done": QCoreApplication.translate("runs", "“{0}” finished after {1}."),
        "cancelled": QCoreApplication.translate("runs", "“{0}” was canceled after {1}."),
    }
    failed = QCoreApplication.translate("runs", "“{0}” failed after {1}.")
    text = words.get(run.state, failed).format(run.pipeline.name, duration_text(seconds))
    tray.messageClicked.connect(window.activateWindow)
    tray.messageClicked.connect(tray.deleteLater)
    tray.showMessage("Compression Studio", text)
