"""The dialog of the queue: what runs where, and what waits for which machine."""

from __future__ import annotations

import time
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QListWidget, QListWidgetItem, QMenu, QWidget

from engine.base.human import bytes_text, duration_text
from engine.record.state import RunState
from engine.service.queue import Waiting
from studio.engine_words import remaining_time
from studio.kit.dialogs import room_for
from studio.kit.icons import icon
from studio.kit.layouts import hbox, vbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING
from studio.kit.widgets import button, label
from studio.queue.queue import RunQueue
from studio.states import look_of, run_state, state_word

ID, RUNS = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
"""Id of the row; whether it runs."""
TICK_MS = 1000
"""Between two looks at how far the runs are."""


class QueueDialog(QDialog):
    """Runs that go on, then the queued pipelines, in order."""

    def __init__(self, queue: RunQueue, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Queue"))
        self._queue = queue
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Running and queued pipelines"))
        self.said = label("", self, look="muted")
        self.up = button(self.tr("Move up"), self, picture="move_up", on=partial(self._move, -1))
        self.down = button(self.tr("Move down"), self, picture="move_down", on=partial(self._move, 1))
        self.where = button(self.tr("Run on"), self, picture="chip")
        self.where.setMenu(QMenu(self.where))
        self.where.menu().aboutToShow.connect(self._fill_machines)
        self.out = button(self.tr("Remove"), self, picture="delete", on=self._on_out)
        self.show_run = button(self.tr("Show run"), self, picture="run", on=self._on_show)
        self.cancel = button(self.tr("Cancel run"), self, picture="cancel", on=self._on_cancel)
        self.hold = button(self.tr("Pause queue"), self, picture="pause", on=queue.hold)
        self.hold.setCheckable(True)
        self.hold.setToolTip(self.tr("Start no further runs. Current runs continue."))
        close = button(self.tr("Close"), self, on=self.close)
        verbs = (self.up, self.down, self.where, self.out, self.show_run, self.cancel, self.hold)
        for control in verbs:
            control.setAutoDefault(False)
        self.setLayout(vbox((self.list, 1), self.said, hbox(*verbs[:-1], None, self.hold, close), margins=2 * SPACING))
        self.resize(*room_for(self, 700, 380))
        queue.changed.connect(self.refresh)
        self.list.currentRowChanged.connect(self._show_verbs)
        self._clock = QTimer(self, interval=TICK_MS)
        self._clock.timeout.connect(self._tick)
        self._clock.start()
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Show what runs and what waits now; the same one stays selected."""
        running, waiting = self._queue.running(), self._queue.waiting
        rows = [(run.id, True, self._running_text(run)) for run in running]
        rows += [(entry.id, False, self._waiting_text(number, entry)) for number, entry in enumerate(waiting, 1)]
        pictures = [look_of(run_state(run.state))[1:] for run in running] + [("queued", "muted")] * len(waiting)
        if [(row[0], row[1]) for row in rows] != [self._row(number) for number in range(self.list.count())]:
            self._fill(rows)
        for number, (row, picture) in enumerate(zip(rows, pictures, strict=True)):
            item = self.list.item(number)
            item.setText(row[2])
            item.setIcon(icon(*picture))
        self.hold.setChecked(self._queue.on_hold)
        self.hold.setText(self.tr("Continue queue") if self._queue.on_hold else self.tr("Pause queue"))
        self.said.setText(self._words())
        self._show_verbs()

    def _fill(self, rows: list[tuple[str, bool, str]]) -> None:
        current = self._current()
        self.list.clear()
        for name, runs, _ in rows:
            item = QListWidgetItem("", self.list)
            item.setData(ID, name)
            item.setData(RUNS, runs)
            if name == current:
                self.list.setCurrentItem(item)
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)

    def _row(self, number: int) -> tuple[str, bool]:
        item = self.list.item(number)
        return str(item.data(ID)), bool(item.data(RUNS))

    def _tick(self) -> None:
        if self.isVisible() and self._queue.running():
            self.refresh()

    def _running_text(self, run: RunState) -> str:
        state = self.tr("reconnecting") if not run.connected else state_word(run_state(run.state)).lower()
        parts = [run.pipeline.name or run.id, self._where_text(run.machine), f"{state} {run.total:.0%}"]
        if self._queue.is_shown(run.id):
            parts.insert(2, self.tr("shown"))
        return "  ·  ".join(filter(None, (*parts, remaining_time(run.left_text(time.time())))))

    def _waiting_text(self, number: int, entry: Waiting) -> str:
        about = self._about(entry)
        return f"{number}.  {entry.name}  ·  {self._where_text(entry.machine)}  ·  {about}"

    def _about(self, entry: Waiting) -> str:
        """Time and memory where it runs, or why they are not known."""
        if entry.seconds is not None:
            memory = self.tr("{0} of memory").format(bytes_text(entry.memory)) if entry.memory else ""
            return "  ·  ".join(filter(None, (duration_text(entry.seconds), memory)))
        if why := self._queue.why_unknown(entry.id):
            return self.tr("no estimate: {0}").format(why)
        return self.tr("no estimate yet") if self._queue.may_ask(entry.machine) else self.tr("estimated when it starts")

    def _where_text(self, machine: str) -> str:
        return self.tr("on {0}").format(machine) if machine else self.tr("on this computer")

    def _words(self) -> str:
        if not self._queue.waiting and not self._queue.running():
            return self.tr("The queue is empty. Run › Add to queue adds the open pipeline.")
        seconds = self._queue.remaining_seconds()
        if seconds is None:
            paused = self.tr("Paused. ") if self._queue.on_hold else ""
            return paused + self.tr("The end time is known once all pipelines have estimates.")
        at = time.strftime("%H:%M", time.localtime(time.time() + seconds))
        text = (
            self.tr("Paused. {0} in total.")
            if self._queue.on_hold
            else self.tr("About {0} in total, done at about {1}.")
        )
        return text.format(duration_text(seconds), at)

    def _current(self) -> str:
        item = self.list.currentItem()
        return "" if item is None else str(item.data(ID))

    def _show_verbs(self, *_: object) -> None:
        row = self.list.currentRow()
        name, runs = self._row(row) if row >= 0 else ("", False)
        first, last = len(self._queue.running()), self.list.count() - 1
        of_waiting, of_run = (self.up, self.down, self.out), (self.show_run, self.cancel)
        for control in (*of_waiting, self.where) if runs else of_run:
            control.hide()  # before others come: the dialog would grow for all of them
        for control in of_run if runs else of_waiting:
            control.show()
        self.where.setVisible(not runs and len(self._queue.machines()) > 1)
        self.up.setEnabled(row > first)
        self.down.setEnabled(first <= row < last)
        self.out.setEnabled(row >= 0)
        self.show_run.setEnabled(runs and not self._queue.is_shown(name))
        state = next((run.state for run in self._queue.running() if run.id == name), "")
        self.cancel.setEnabled(state not in ("", "cancelling"))

    def _fill_machines(self) -> None:
        menu = self.where.menu()
        menu.clear()
        entry = next((entry for entry in self._queue.waiting if entry.id == self._current()), None)
        for machine in self._queue.machines() if entry is not None else ():
            action = menu.addAction(as_plain(machine.replace("&", "&&")) if machine else self.tr("This computer"))
            action.setCheckable(True)
            action.setChecked(entry is not None and machine == entry.machine)
            action.triggered.connect(partial(self._on_machine, machine))

    def _on_machine(self, machine: str, checked: bool = False) -> None:
        self._queue.assign(self._current(), machine)

    def _move(self, by: int, checked: bool = False) -> None:
        self._queue.move(self._current(), by)

    def _on_out(self) -> None:
        self._queue.remove(self._current())

    def _on_show(self) -> None:
        self._queue.show_run(self._current())

    def _on_cancel(self) -> None:
        self._queue.cancel(self._current())
