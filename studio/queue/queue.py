"""The queue of runs: pipelines that wait their turn, one at a time on each machine, in an order that can be changed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from engine.base.errors import StudioError
from engine.base.human import duration_text
from engine.contracts.commands import Checked, CheckPipeline
from engine.contracts.events import Failure
from engine.machines.records import machine_record, read_machines
from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder
from engine.record.home import Home, new_run_id
from engine.record.run_list import executed_run
from engine.record.state import RunState
from engine.service.queue import (
    Waiting,
    begin,
    busy_elsewhere,
    change_queue,
    due,
    is_gone,
    left_alone,
    moved,
    new_window,
    parted,
    read_queue,
    take_over,
)  # fmt: skip
from studio.bridge import Bridge
from studio.document.files import FileController
from studio.document.session import Session
from studio.kit.dialogs import show_once
from studio.kit.icons import icon
from studio.kit.later import later
from studio.queue.beside import RunsBeside
from studio.runs.controller import RunController

LONG_SECONDS = 60.0
"""A run that took longer tells its end to who has gone away."""
LOOK_MS = 2000
"""Between two looks at what other windows did."""


class RunQueue(QObject):
    """Kept on the disk: what waited when the window was closed waits, held, when it is opened again; what was begun on
    another machine is followed again. Other windows of the workspace have the same queue: each entry is begun by one of
    them. GUI thread only."""

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
        self._name = new_window()
        self._entries: list[Waiting] = []
        self._written: int | None = None
        """Time at which the file was written that the entries were read from."""
        self._begun_here: set[str] = set()
        self._unknown: dict[str, str] = {}
        """Reasons for which there is no estimate, by entry; "" while one is on its way."""
        self._starting = ""
        """A run of the queue that is checked now, or begins."""
        self._elsewhere: RunFolder | None = None
        """A run that another process executed on this computer at the last look."""
        self._reload()
        self.on_hold = bool(self.waiting)
        self._clock = QTimer(self, interval=LOOK_MS)
        self._clock.timeout.connect(self._look)
        self._clock.start()
        runs.phase_changed.connect(self.changed)
        runs.phase_changed.connect(self._see_whether_it_began)
        runs.begun.connect(self._on_begun)
        runs.ended.connect(self._on_ended)
        beside.changed.connect(self.changed)
        beside.ended.connect(self._on_ended_beside)

    # -- what waits --------------------------------------------------------------------------------------------------
    @property
    def waiting(self) -> list[Waiting]:
        """Those that were not begun, in order."""
        return parted(self._entries)[1]

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
        entry = Waiting(pipeline=pipeline.to_json(), name=pipeline.name, machine=machine, window=self._name)
        self._change(lambda entries: [*entries, entry])
        if self.on_hold or machine in self._busy():
            text = self.tr("“{0}” is number {1} in the queue.")
            self._session.message.emit("info", text.format(entry.name, len(self.waiting)))
        else:
            self.go_on()
        self.estimate_missing()

    def _estimate(self, entry: Waiting) -> None:
        """Ask what it costs on the machine that it waits for."""
        self._unknown[entry.id] = ""
        done, failed = partial(self._on_estimate, entry), partial(self._on_no_estimate, entry)
        if entry.machine:
            pipeline = Pipeline.from_json(entry.pipeline)
            self._runs.far_checks.ask(entry.machine, pipeline, entry.until, done, failed)
        else:
            self._bridge.ask(CheckPipeline(pipeline=entry.pipeline, until=entry.until), done, failed)

    def estimate_missing(self) -> None:
        """Ask again for what was not known, such as of a machine that was off. Nothing is asked where a scheduler would
        have to start a job for the answer."""
        for entry in self.waiting:
            if entry.seconds is None and self._unknown.get(entry.id) != "" and self.may_ask(entry.machine):
                self._estimate(entry)

    def may_ask(self, machine: str) -> bool:
        """True if a machine says what a run costs without the start of a job."""
        try:
            return not machine or not machine_record(Home.default(), machine).has_time_limit
        except StudioError:
            return False  # it is gone, which is said when it is the entry's turn

    def why_unknown(self, entry: str) -> str:
        """Reason that there is no estimate of one that waits, "" if there is one or it is on its way."""
        return self._unknown.get(entry, "")

    def _on_estimate(self, entry: Waiting, answer: object) -> None:
        assert isinstance(answer, Checked)
        if not self._waits_as(entry):
            return
        self._unknown.pop(entry.id, None)
        errors = [problem for problem in answer.problems if problem.severity == "error"]
        if errors or not answer.estimates:  # nothing is known of a model that is not there yet
            self._unknown[entry.id] = errors[0].message if errors else self.tr("the model is not there yet")
            self.changed.emit()
            return
        to_do = [seconds or 0.0 for block, (_, _, seconds) in answer.estimates.items() if block not in answer.cached]
        self._update(entry.id, seconds=sum(to_do) + answer.measuring, memory=answer.needs()[0])

    def _waits_as(self, entry: Waiting) -> bool:
        """True if it still waits, and for the machine that was asked."""
        return any(other.id == entry.id and other.machine == entry.machine for other in self.waiting)

    def _on_no_estimate(self, entry: Waiting, failure: Failure | None) -> None:
        if not self._waits_as(entry):
            return
        self._unknown[entry.id] = failure.what if failure is not None else self.tr("it was canceled")
        self.changed.emit()

    def remove(self, entry: str) -> None:
        """Take one out that waits."""
        self._change(lambda entries: [item for item in entries if item.id != entry or item.run])

    def move(self, entry: str, by: int) -> None:
        """Let one wait longer (positive) or less."""
        self._change(lambda entries: moved(entries, entry, by))

    def assign(self, entry: str, machine: str) -> None:
        """Let one wait for another machine."""
        self._update(entry, machine=machine, seconds=None, memory=None)
        self._unknown.pop(entry, None)
        self.go_on()
        self.estimate_missing()

    def hold(self, on: bool) -> None:
        """Begin nothing more after the present runs, or go on."""
        self.on_hold = on
        self.changed.emit()
        if not on:
            self.go_on()

    def _update(self, entry: str, **values: object) -> None:
        """Change one that waits."""
        self._change(
            lambda entries: [
                item.model_copy(update=values) if item.id == entry and not item.run else item for item in entries
            ]
        )

    def _forget(self, run: str) -> None:
        """A run is over, or does not go on."""
        self._change(lambda entries: [item for item in entries if item.run != run])

    def _change(self, change: Callable[[list[Waiting]], list[Waiting]]) -> None:
        try:
            change_queue(Home.default(), change)
        except StudioError as error:
            self._session.message.emit("warning", str(error))
        self._reload()
        self.changed.emit()

    def _reload(self) -> None:
        home = Home.default()
        self._written = _time_written(home)  # before it is read: what is written meanwhile is seen at the next look
        self._entries = read_queue(home)

    def _look(self) -> None:
        """Show what other windows did, follow what they left, and begin what they kept from beginning."""
        if _time_written(Home.default()) != self._written:
            self._reload()
            self.changed.emit()
        self.take_up()
        self.go_on()

    # -- one after the other -----------------------------------------------------------------------------------------
    def take_up(self) -> None:
        """Follow again what was begun by a window that is gone and goes on."""
        if not left_alone(self._entries):
            return
        try:
            claimed = take_over(Home.default(), self._name)
        except StudioError as error:
            self._session.message.emit("warning", str(error))
            return
        self._reload()
        for entry in claimed:
            if not self._beside.follow(entry.run, Pipeline.from_json(entry.pipeline), entry.until, entry.machine):
                self._forget(entry.run)
        self.changed.emit()

    def leave(self) -> None:
        """The window closes: another one may follow its runs."""
        self._clock.stop()
        self._runs.far_checks.close()
        with contextlib.suppress(StudioError):  # once the process has ended they are anybody's in any case
            change_queue(
                Home.default(),
                lambda entries: [
                    item.model_copy(update={"window": ""}) if item.window == self._name else item for item in entries
                ],
            )

    def go_on(self) -> None:
        """Begin on each machine where nothing runs with the first that waits for it, unless the queue is held. The
        first is shown; another, or one that would discard unsaved work, goes on beside what is shown."""
        if self.on_hold or not self.waiting:
            return
        for entry in due(self._entries, self._busy()):
            run = new_run_id()
            try:
                if entry.machine:
                    machine_record(Home.default(), entry.machine)
                begun = begin(Home.default(), entry.id, run, self._name)
            except StudioError as error:
                self._hold_for(str(error))
                return
            self._reload()
            if begun is None:
                continue  # another window was faster
            self._begun_here.add(run)
            if self._may_show(entry):
                self._begin_shown(begun)
            else:
                self._begin_beside(begun)
        self.changed.emit()

    def _hold_for(self, why: str) -> None:
        self.on_hold = True
        if why:
            self._session.message.emit("error", why)
        self.changed.emit()

    def _busy(self) -> set[str]:
        """The machines that something runs on."""
        busy = {run.machine for run in self._beside.states} | busy_elsewhere(self._entries, self._name)
        if self._runs.is_active or self._runs.phase == "checking":
            busy.add(self._runs.run.machine if self._runs.is_active and self._runs.run is not None else "")
        if "" not in busy and self._is_executed_elsewhere():
            busy.add("")
        return busy

    def _is_executed_elsewhere(self) -> bool:
        """True if another window, or a command, runs something on this computer."""
        if self._elsewhere is None or self._elsewhere.executing_process() is None:
            self._elsewhere = executed_run(Home.default(), self._begun_here)
        return self._elsewhere is not None

    def _may_show(self, entry: Waiting) -> bool:
        """True if neither a run nor unsaved work is shown; what another window queued is not put into this one."""
        if self._runs.is_active or self._runs.phase == "checking":
            return False
        if entry.window != self._name and not is_gone(entry.window):
            return False
        return self._document.is_clean or Pipeline.from_json(entry.pipeline) == self._document.pipeline

    def _begin_shown(self, entry: Waiting) -> None:
        pipeline = Pipeline.from_json(entry.pipeline)
        if pipeline != self._document.pipeline:
            self._document.open(pipeline, None)
            self._files.shown.emit()
        self._starting = entry.run
        self._runs.start(entry.until, entry.machine, entry.run)
        self._see_whether_it_began()

    def _see_whether_it_began(self, *_: object) -> None:
        """Once all that a check has to say is said."""
        if self._starting and self._runs.phase == "idle":
            later(self, self._after_start)

    def _after_start(self) -> None:
        """One that was refused waits no more: the window shows it, with what stands in its way. The others wait until
        the person has seen it."""
        if not self._starting or self._runs.phase == "checking":
            return
        run, self._starting = self._starting, ""
        self._forget(run)
        self._hold_for("")

    def _begin_beside(self, entry: Waiting) -> None:
        if not self._beside.begin(entry.run, Pipeline.from_json(entry.pipeline), entry.until, entry.machine):
            self._put_back(entry)
            self._hold_for("")
            return
        text = self.tr("“{0}” runs on {1}. Run › Queue shows it.")
        self._session.message.emit("info", text.format(entry.name, entry.machine or self.tr("this computer")))

    def _put_back(self, entry: Waiting) -> None:
        """It was not begun: it is the first that waits."""

        def change(entries: list[Waiting]) -> list[Waiting]:
            begun, waiting = parted([item for item in entries if item.id != entry.id])
            return [*begun, entry.model_copy(update={"run": ""}), *waiting]

        self._change(change)

    def _on_begun(self) -> None:
        """A run on another machine does not end with the window: the next one follows it."""
        run = self._runs.open_run
        if run is None:
            return
        state = run.state
        self._begun_here.add(state.id)
        if self._starting == state.id:
            self._starting = ""
        if not state.machine or any(entry.run == state.id for entry in self._entries):
            return
        more = {"machine": state.machine, "run": state.id, "until": state.until, "window": self._name}
        entry = Waiting(pipeline=run.pipeline.to_json(), name=run.pipeline.name, **more)
        self._change(lambda entries: [*parted(entries)[0], entry, *parted(entries)[1]])

    def _on_ended(self, run: RunState) -> None:
        if any(entry.run == run.id for entry in self._entries):
            self._forget(run.id)

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
        later(self, self.go_on)

    def remaining_seconds(self) -> float | None:
        """Seconds until the last run of the queue ends, on any machine; None while an estimate is missing."""
        now, totals = time.time(), dict[str, float]()
        parts = [(run.machine, run.remaining_time(now)) for run in self.running()]
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

        self.estimate_missing()
        make: Callable[[], QueueDialog] = partial(QueueDialog, self, self._window)
        show_once(self._window, QueueDialog, make)


def _time_written(home: Home) -> int | None:
    """Time at which the queue was written last, None if it never was."""
    try:
        return home.queue.stat().st_mtime_ns
    except OSError:
        return None


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
