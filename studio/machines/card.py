"""The card of one machine: device, memory, room on the disk, version, what runs; check, install, remove."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from engine.base.errors import StudioError
from engine.base.human import bytes_text
from engine.contracts.processes import TITLES
from engine.machines.installing import install
from engine.machines.overview import Overview, overview
from engine.machines.records import MachineRecord, machine_record, replace_machine
from engine.record.home import Home
from engine.version import __version__
from studio.kit import message_boxes
from studio.kit.background import BackgroundTask
from studio.kit.layouts import clear_layout, hbox, vbox
from studio.kit.theme import SPACING
from studio.kit.widgets import ElidedLabel, IconLabel, button, label, set_look
from studio.states import run_state, state_word

MOST_RUNS = 4
"""Runs that a card shows."""


class MachineCard(QFrame):
    """Looks at its machine in a thread of its own. GUI thread only."""

    remove_requested = Signal(str)
    """Its name."""
    follow_requested = Signal(str, str)
    """Its name and the id of a run there."""

    def __init__(self, record: MachineRecord, parent: QWidget) -> None:
        super().__init__(parent)
        self.record = record
        self.seen: Overview | None = None
        self._task: BackgroundTask | None = None
        set_look(self, "card")
        self._icon = IconLabel("chip", self, size=20, token="muted")
        self._title = label(record.name, self, bold=True, size=1)
        self._where = ElidedLabel(record.destination, self)
        set_look(self._where, "muted")
        self.facts = label("", self)
        self.state = label("", self, look="muted")
        self._runs = vbox(gap=SPACING // 2)
        name = record.name
        self.check = button(self.tr("Check"), self, picture="check", on=self.look)
        self.install = button(self.tr("Install…"), self, picture="download", on=self._on_install)
        self.remove = button(
            self.tr("Remove"), self, look="quiet", picture="delete", on=lambda: self.remove_requested.emit(name)
        )
        self.install.setToolTip(self.tr("Install this version there, in a folder of its own."))
        for control in (self.check, self.install, self.remove):
            control.setAutoDefault(False)
            control.setAccessibleName(f"{control.text()} {name}")
        head = hbox(self._icon, (self._title, 0), (self._where, 1), self.check, self.install, self.remove, gap=SPACING)
        self.setLayout(vbox(head, self.facts, self._runs, self.state, margins=SPACING + 4, gap=SPACING))
        self.facts.hide()
        self._say("", self.tr("Not checked yet"))

    @property
    def is_busy(self) -> bool:
        """True while it is looked at, or something is installed."""
        return self._task is not None

    def show_record(self, record: MachineRecord) -> None:
        """Show the machine as it is kept now."""
        self.record = record
        processes = self.tr("%n processes, {0}", "", record.processes).format(TITLES[record.strategy])
        several = processes if record.processes > 1 else ""
        self._where.set_whole("  ·  ".join(filter(None, (record.destination, several))))

    def look(self) -> None:
        """Ask the machine how it is."""
        if self._task is None:
            self._say("muted", self.tr("Connecting…"))
            self._start(partial(_looked, self.record), self._on_seen)

    def close_task(self) -> None:
        """Drop what is asked for."""
        if self._task is not None:
            self._task.stop()
            self._task = None

    def _start(self, function: Callable[[], object], on_done: Callable[[object], None]) -> None:
        self._task = BackgroundTask(function, self)
        self._task.done.connect(on_done)
        self.check.setEnabled(False)
        self.install.setEnabled(False)

    def _end(self) -> None:
        self._task = None
        self.check.setEnabled(True)
        self.install.setEnabled(True)

    def _on_seen(self, answer: object) -> None:
        self._end()
        clear_layout(self._runs)
        self.seen = answer if isinstance(answer, Overview) else None
        if self.seen is None:
            self.facts.hide()
            self._icon.show_icon("chip", "error")
            self._say("error", str(answer))
            return
        seen = self.seen
        memory = self.tr("{0} of memory").format(bytes_text(seen.memory)) if seen.memory else ""
        disk = self.tr("{0} free on the disk").format(bytes_text(seen.free_disk))
        version = self.tr("version {0}").format(seen.version)
        title = f"{seen.devices} × {seen.title}" if seen.devices > 1 else seen.title
        self.facts.setText("  ·  ".join(filter(None, (title, memory, disk, version))))
        self.facts.show()
        self._icon.show_icon("chip", "success")
        for run in seen.runs[:MOST_RUNS]:
            line = ElidedLabel(f"{run.name or run.id}: {state_word(run_state(run.status))}", self)
            follow = button(self.tr("Follow"), self, look="quiet", picture="run", on=partial(self._on_follow, run.id))
            follow.setAutoDefault(False)
            self._runs.addLayout(
                hbox(IconLabel("running", self, size=14, token="accent"), (line, 1), follow, gap=SPACING)
            )
        more = len(seen.runs) - MOST_RUNS
        idle = (
            self.tr("Nothing runs there.") if not seen.runs else self.tr("%n more run.", "", more) if more > 0 else ""
        )
        self._say("muted", idle)

    def _on_follow(self, run: str) -> None:
        self.follow_requested.emit(self.record.name, run)

    def _on_install(self) -> None:
        text = self.tr(
            "compression-studio {version} goes to {name} ({where}), into a folder of its own. Torch and other "
            "libraries are fetched there from the package index, which takes some minutes and some GB."
        ).format(version=__version__, name=self.record.name, where=self.record.destination)
        options = [("install", self.tr("Install")), ("cancel", self.tr("Cancel"))]
        if message_boxes.choose(self, self.tr("Install there?"), text, options, escape="cancel") != "install":
            return
        self._say("muted", self.tr("Installing…"))
        self._start(partial(_installed, self.record), self._on_installed)
        assert self._task is not None
        self._task.part.connect(self._on_line)

    def _on_line(self, part: object) -> None:
        if isinstance(part, MachineRecord):
            self.record = part
        elif isinstance(part, StudioError):
            self._say("error", str(part))
        else:
            self._say("muted", str(part))

    def _on_installed(self, _: object) -> None:
        self._end()
        if self.state.property("look") != "error":
            self.look()

    def _say(self, look: str, text: str) -> None:
        set_look(self.state, look or "muted")
        self.state.setText(text)
        self.state.setVisible(bool(text))


def _looked(record: MachineRecord) -> Overview | StudioError:
    """The state of a machine, or why it is not known."""
    try:
        return overview(Home.default(), record)
    except StudioError as error:
        return error


def _installed(record: MachineRecord) -> Iterator[object]:
    """Lines while this version is installed, then the new record or the failure."""
    import queue
    import threading

    lines: queue.SimpleQueue[object] = queue.SimpleQueue()

    def act() -> None:
        try:
            installed = install(machine_record(Home.default(), record.name), on_line=lines.put)
            replace_machine(Home.default(), installed)
            lines.put(installed)
        except StudioError as error:
            lines.put(error)
        finally:
            lines.put(None)

    threading.Thread(target=act, name="installing", daemon=True).start()
    while (line := lines.get()) is not None:
        yield line
