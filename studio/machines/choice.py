"""The choice beside the Run button: this computer, or another machine; one process there, or several."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from engine.base.errors import StudioError
from engine.contracts.processes import STRATEGIES, TITLES, Strategy
from engine.machines.records import MachineRecord, read_machines, replace_machine
from engine.record.home import Home
from studio.document.settings import UserSettings
from studio.kit.plaintext import as_plain
from studio.kit.widgets import set_look

COUNTS = (2, 3, 4, 5, 6, 7, 8, 16)
"""Numbers of processes on offer: there is one for each GPU of a machine."""


class MachineChoice(QObject):
    """A button with a menu, shown while there is a choice. ``settings``: hold how many processes runs of this computer
    have; ``shown``: the action that shows it in the toolbar; ``on_manage``: opens the Machines page. GUI thread
    only."""

    chosen = Signal(str)
    """Name of a machine, "" for this computer."""
    together = Signal(int, str)
    """Number of processes of a run of this computer, and their strategy."""
    failed = Signal(str)
    """Sentence about a choice that can't be kept."""

    def __init__(
        self,
        tool: QToolButton,
        shown: QAction,
        settings: UserSettings,
        on_manage: Callable[[], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._tool, self._shown, self._settings, self._on_manage = tool, shown, settings, on_manage
        self._menu = tool.menu()
        self._menu.setToolTipsVisible(True)
        set_look(tool, "menu")
        self.machine = ""
        self._records: dict[str, MachineRecord] = {}
        self._gpus = 1
        self.refresh()

    def note_device(self, about: object) -> None:
        """Take in the engine's description of this computer: with several GPUs there is a choice."""
        count = about.get("device_count", 1) if isinstance(about, dict) else 1
        self._gpus = count if isinstance(count, int) and about["device"] != "cpu" else 1  # type: ignore[index]
        self.refresh()

    def refresh(self) -> None:
        """Offer the machines that there are now."""
        try:
            self._records = {record.name: record for record in read_machines(Home.default())}
        except StudioError:
            self._records = {}  # the Machines page says why
        if self.machine not in self._records:
            self._choose("")
        self._fill()
        self._shown.setVisible(bool(self._records) or self._gpus > 1 or self.processes()[0] > 1)

    def _fill(self) -> None:
        self._menu.clear()
        group = QActionGroup(self._menu)
        for name in ("", *self._records):
            action = self._add(self._menu, group, self._text(name), name == self.machine)
            action.setData(name)
            action.triggered.connect(partial(self.choose, name))
        self._menu.addSeparator()
        self._add_processes()
        self._add_token()
        self._menu.addSeparator()
        self._menu.addAction(self.tr("Machines…")).triggered.connect(self._on_manage)
        self._show_choice()

    def _add_processes(self) -> None:
        """One process, or several by what they share, of the chosen machine."""
        now, group = self.processes(), QActionGroup(self._menu)
        one = self._add(self._menu, group, self.tr("One process"), now[0] == 1)
        one.triggered.connect(partial(self.share, 1, now[1]))
        words = {
            "ddp": self.tr("DDP: each GPU has the whole model"),
            "fsdp2": self.tr("FSDP2: the weights are split over the GPUs"),
        }
        for strategy in STRATEGIES:
            menu = self._menu.addMenu(words[strategy])
            counts = sorted({*COUNTS, now[0]} - {1})
            for count in counts:
                text = self.tr("%n processes, {0}", "", count).format(TITLES[strategy])
                self._add(menu, group, text, now == (count, strategy)).triggered.connect(
                    partial(self.share, count, strategy)
                )

    def _add_token(self) -> None:
        """The yes to using the token of the hub on the chosen machine."""
        record = self._records.get(self.machine)
        if record is None:
            return
        self._menu.addSeparator()
        action = self._menu.addAction(self.tr("Use my Hugging Face token there"))
        tip = self.tr(
            "For models that only your account may download. The token is sent for each run and not stored there."
        )
        action.setToolTip(as_plain(tip))
        action.setCheckable(True)
        action.setChecked(record.hub_token)
        action.triggered.connect(self.use_token)

    def _add(self, menu: QMenu, group: QActionGroup, text: str, checked: bool) -> QAction:
        action = menu.addAction(text)
        action.setCheckable(True)
        group.addAction(action)
        action.setChecked(checked)
        return action

    def processes(self) -> tuple[int, Strategy]:
        """Number of processes of a run on the chosen machine, and their strategy."""
        owner = self._records.get(self.machine, self._settings)
        return owner.processes, owner.strategy

    def choose(self, name: str, checked: bool = True) -> None:
        """Let runs go to this machine from now on."""
        self._choose(name)
        self._fill()

    def _choose(self, name: str) -> None:
        if name != self.machine:
            self.machine = name
            self.chosen.emit(name)

    def share(self, count: int, strategy: Strategy, checked: bool = True) -> None:
        """Let runs on the chosen machine have so many processes from now on."""
        record = self._records.get(self.machine)
        if record is None:
            self._settings.processes, self._settings.strategy = count, strategy
            self._settings.write()
            self.together.emit(count, strategy)
            self.refresh()
        else:
            self._keep(record.model_copy(update={"processes": count, "strategy": strategy}))

    def use_token(self, yes: bool) -> None:
        """Let runs on the chosen machine use the token of the hub from now on, or no more."""
        self._keep(self._records[self.machine].model_copy(update={"hub_token": yes}))

    def _keep(self, record: MachineRecord) -> None:
        try:
            replace_machine(Home.default(), record)
        except StudioError as error:
            self.failed.emit(str(error))
        self.refresh()

    def _show_choice(self) -> None:
        count, strategy = self.processes()
        several = self.tr(", {0} × {1}").format(count, TITLES[strategy]) if count > 1 else ""
        self._tool.setText(self._text(self.machine) + several)

    def _text(self, name: str) -> str:
        return self.tr("On {0}").format(name.replace("&", "&&")) if name else self.tr("On this computer")
