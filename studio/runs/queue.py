"""The queue of runs: pipelines that wait their turn, in an order that can be changed, and when all will be done."""

from __future__ import annotations

import time
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QListWidget,
    QListWidgetItem,
    QSystemTrayIcon,
    QWidget,
)

from engine.base.errors import StudioError
from engine.base.human import duration_text
from engine.contracts.commands import Checked, CheckPipeline
from engine.pipeline.document import Pipeline
from engine.record.home import Home
from engine.record.state import RunState
from engine.service.queue import Waiting, moved, read_queue, write_queue
from studio.bridge import Bridge
from studio.document.files import FileController
from studio.document.session import Session
from studio.kit.dialogs import show_once
from studio.kit.icons import icon
from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING
from studio.kit.widgets import button, label
from studio.runs.controller import RunController

LONG_SECONDS = 60.0
"""A run that took longer tells its end to who has gone away."""


class RunQueue(QObject):
    """Kept on the disk: what waited when the window was closed waits, held, when it is opened again.

    GUI thread only."""

    changed = Signal()

    def __init__(
        self, window: QWidget, session: Session, bridge: Bridge, files: FileController, runs: RunController
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._document = window, session, session.document
        self._bridge, self._files, self._runs = bridge, files, runs
        self.waiting = read_queue(Home.default())
        self.on_hold = bool(self.waiting)
        runs.phase_changed.connect(self.changed)

    # -- what waits --------------------------------------------------------------------------------------------------
    def add(self) -> None:
        """Queue the open pipeline as it is now; it begins at once where nothing runs."""
        pipeline = self._document.pipeline
        entry = Waiting(pipeline=pipeline.to_json(), name=pipeline.name)
        self._keep([*self.waiting, entry])
        command = CheckPipeline(pipeline=entry.pipeline)
        self._bridge.ask(command, partial(self._on_estimate, entry.id), lambda failure: None)
        if self._runs.is_active or self.on_hold or self._runs.phase == "checking":
            text = self.tr("“{0}” is number {1} in the queue.")
            self._session.message.emit("info", text.format(entry.name, len(self.waiting)))
        else:
            self.go_on()

    def _on_estimate(self, entry: str, answer: object) -> None:
        assert isinstance(answer, Checked)
        to_do = [seconds or 0.0 for block, (_, _, seconds) in answer.estimates.items() if block not in answer.cached]
        seconds = sum(to_do) + answer.measuring
        self._keep([w.model_copy(update={"seconds": seconds}) if w.id == entry else w for w in self.waiting])

    def remove(self, entry: str) -> None:
        """Take one out."""
        self._keep([entry_left for entry_left in self.waiting if entry_left.id != entry])

    def move(self, entry: str, by: int) -> None:
        """Let one wait longer (positive) or less."""
        self._keep(moved(self.waiting, entry, by))

    def hold(self, on: bool) -> None:
        """Begin nothing more after the present run, or go on."""
        self.on_hold = on
        self.changed.emit()
        if not on:
            self.go_on()

    def _keep(self, waiting: list[Waiting]) -> None:
        self.waiting = waiting
        try:
            write_queue(Home.default(), waiting)
        except StudioError as error:
            self._session.message.emit("warning", str(error))
        self.changed.emit()

    # -- one after the other -----------------------------------------------------------------------------------------
    def go_on(self) -> None:
        """Begin with the first that waits, if nothing runs and the queue is not held. Work that is not saved is not
        put aside: the queue is held then, and says so."""
        if not self.waiting or self.on_hold or self._runs.is_active or self._runs.phase == "checking":
            return
        first = self.waiting[0]
        pipeline = Pipeline.from_json(first.pipeline)
        if pipeline != self._document.pipeline:
            if not self._document.is_clean:
                self.on_hold = True
                text = self.tr("The queue is paused: starting “{0}” would discard unsaved changes.")
                self._session.message.emit("warning", text.format(first.name))
                self.changed.emit()
                return
            self._document.open(pipeline, None)
            self._files.shown.emit()
        self._keep(self.waiting[1:])
        self._runs.start(None)

    def seconds_left(self) -> float | None:
        """Until all is done; None while a part of it is not known."""
        run = self._runs.run if self._runs.is_active else None
        parts = [job.seconds for job in self.waiting] + ([run.time_left(time.time())] if run is not None else [])
        estimated = [part for part in parts if part is not None]
        return sum(estimated) if len(estimated) == len(parts) else None

    def show(self) -> None:
        """The dialog; one at a time."""
        show_once(self._window, QueueDialog, partial(QueueDialog, self, self._window))


class QueueDialog(QDialog):
    """The queued pipelines, in order."""

    def __init__(self, queue: RunQueue, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Queue"))
        self._queue = queue
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Queued pipelines"))
        self.said = label("", self, look="muted")
        self.up = button(self.tr("Move up"), self, picture="move_up", on=partial(self._move, -1))
        self.down = button(self.tr("Move down"), self, picture="move_down", on=partial(self._move, 1))
        self.out = button(self.tr("Remove"), self, picture="delete", on=self._on_out)
        self.hold = button(self.tr("Pause"), self, picture="pause", on=queue.hold)
        self.hold.setCheckable(True)
        close = button(self.tr("Close"), self, on=self.close)
        verbs = (self.up, self.down, self.out, self.hold)
        for control in verbs:
            control.setAutoDefault(False)
        self.setLayout(vbox((self.list, 1), self.said, hbox(*verbs, None, close), margins=2 * SPACING))
        self.resize(560, 320)
        queue.changed.connect(self.refresh)
        self.list.currentRowChanged.connect(self._show_verbs)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Show what waits now; the same one stays selected."""
        current = self._current()
        self.list.clear()
        for number, job in enumerate(self._queue.waiting, 1):
            about = duration_text(job.seconds) if job.seconds is not None else self.tr("no estimate yet")
            item = QListWidgetItem(icon("queued", "muted"), f"{number}.  {job.name}  ·  {about}", self.list)
            item.setData(Qt.ItemDataRole.UserRole, job.id)
            if job.id == current:
                self.list.setCurrentItem(item)
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)
        self.hold.setChecked(self._queue.on_hold)
        self.hold.setText(self.tr("Continue") if self._queue.on_hold else self.tr("Pause"))
        self.said.setText(self._words())
        self._show_verbs()

    def _words(self) -> str:
        if not self._queue.waiting:
            return self.tr("The queue is empty. Run › Add to queue adds the open pipeline.")
        seconds = self._queue.seconds_left()
        if seconds is None:
            return self.tr("The end time is known once all pipelines have estimates.")
        at = time.strftime("%H:%M", time.localtime(time.time() + seconds))
        text = (
            self.tr("Paused. {0} in total.")
            if self._queue.on_hold
            else self.tr("About {0} in total, done at about {1}.")
        )
        return text.format(duration_text(seconds), at)

    def _current(self) -> str:
        item = self.list.currentItem()
        return "" if item is None else str(item.data(Qt.ItemDataRole.UserRole))

    def _show_verbs(self, *_: object) -> None:
        row, count = self.list.currentRow(), self.list.count()
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < count - 1)
        self.out.setEnabled(row >= 0)

    def _move(self, by: int, checked: bool = False) -> None:
        self._queue.move(self._current(), by)

    def _on_out(self) -> None:
        self._queue.remove(self._current())


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
