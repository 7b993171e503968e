"""The choice beside the Run button: this computer, or another machine."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QToolButton

from engine.base.errors import StudioError
from engine.machines.records import read_machines
from engine.record.home import Home
from studio.kit.widgets import set_look


class MachineChoice(QObject):
    """A button with a menu, shown while there are machines. ``shown``: the action that shows it in the toolbar;
    ``on_manage``: opens the Machines page. GUI thread only."""

    chosen = Signal(str)
    """Name of a machine, "" for this computer."""

    def __init__(self, tool: QToolButton, shown: QAction, on_manage: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._tool, self._shown, self._on_manage = tool, shown, on_manage
        self._menu = tool.menu()
        set_look(tool, "menu")
        self.machine = ""
        self.refresh()

    def refresh(self) -> None:
        """Offer the machines that there are now."""
        try:
            names = [record.name for record in read_machines(Home.default())]
        except StudioError:
            names = []  # the Machines page says why
        self._menu.clear()
        group = QActionGroup(self._menu)
        for name in ("", *names):
            action = self._menu.addAction(self._text(name))
            action.setCheckable(True)
            action.setData(name)
            group.addAction(action)
        self._menu.addSeparator()
        self._menu.addAction(self.tr("Machines…")).triggered.connect(self._on_manage)
        group.triggered.connect(self._on_triggered)
        self._shown.setVisible(bool(names))
        self.choose(self.machine if self.machine in names else "")

    def choose(self, name: str) -> None:
        """Let runs go to this machine from now on."""
        for action in self._menu.actions():
            if action.isCheckable():
                action.setChecked(action.data() == name)
        self._tool.setText(self._text(name))
        if name != self.machine:
            self.machine = name
            self.chosen.emit(name)

    def _text(self, name: str) -> str:
        return self.tr("On {0}").format(name.replace("&", "&&")) if name else self.tr("On this computer")

    def _on_triggered(self, action: QAction) -> None:
        self.choose(str(action.data()))
