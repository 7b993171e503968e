"""The card of one installed version: what it is, how large, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from engine.base.human import bytes_text
from engine.installer.overview import Version
from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING
from studio.kit.widgets import IconLabel, button, label, set_look


class VersionCard(QFrame):
    """GUI thread only."""

    rollback_requested = Signal()
    repair_requested = Signal()
    remove_requested = Signal(object)
    """Its `Version`."""

    def __init__(self, version: Version, parent: QWidget) -> None:
        super().__init__(parent)
        self.version = version
        set_look(self, "card")
        current = version.mark == "current"
        picture, token = ("check", "success") if current else ("recent", "muted")
        if version.record is None:
            picture, token = "warning", "warning"
        title = label(self.tr("Version {0}").format(version.name), self, bold=True)
        self.state = label(self._state(), self, look="muted")
        self.facts = label(self._facts(), self)
        self.buttons = list(self._make_buttons())
        for control in self.buttons:
            control.setAutoDefault(False)
            control.setAccessibleName(f"{control.text()} {version.name}")
        words = vbox(hbox((title, 0), (self.state, 1), gap=SPACING), self.facts, gap=SPACING // 2)
        icon = IconLabel(picture, self, size=20, token=token)
        self.setLayout(hbox(icon, (words, 1), *self.buttons, margins=SPACING + 4, gap=SPACING))

    def set_busy(self, busy: bool) -> None:
        """While something is done with the installation, nothing else can be."""
        for control in self.buttons:
            control.setEnabled(not busy)

    def _make_buttons(self) -> list[QPushButton]:
        """Buttons of what can be done with this version; one that runs can't be removed."""
        version = self.version
        if version.mark == "current":
            tip = self.tr("Install this version once more, test it, and switch to that.")
            return [button(self.tr("Repair…"), self, picture="reset", tip=tip, on=self.repair_requested)]
        buttons = []
        if version.mark == "before":
            tip = self.tr("Start this version from now on. Rolling back once more undoes it.")
            buttons.append(button(self.tr("Roll back"), self, picture="undo", tip=tip, on=self.rollback_requested))
        if not version.running:
            remove = button(
                self.tr("Remove…"), self, look="quiet", picture="delete", on=lambda: self.remove_requested.emit(version)
            )
            buttons.append(remove)
        return buttons

    def _state(self) -> str:
        marks = {"current": self.tr("current"), "before": self.tr("previous"), "other": "", "incomplete": ""}
        running = self.tr("running") if self.version.running else ""
        return "  ·  ".join(filter(None, (marks[self.version.mark], running)))

    def _facts(self) -> str:
        record = self.version.record
        size = bytes_text(self.version.bytes)
        if record is None:
            return self.tr("Not whole: the next installation removes it. {0}").format(size)
        build = self.tr("torch for {0}").format(record.backend)
        code = self.tr("code {0}").format(record.code)
        window = "" if record.window else self.tr("without the window")
        return "  ·  ".join(filter(None, (build, code, f"Python {record.python}", window, size)))
