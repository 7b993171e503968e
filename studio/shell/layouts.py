"""Arrangements of the panels, for a task or saved by name, in the View menu and the command palette."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import quote, unquote

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QMenu

from studio.kit import message_boxes
from studio.kit.actions import ActionSpec
from studio.kit.plaintext import shortened
from studio.shell.window import MainWindow, layout_file

GROUP = "layouts"
TASK = "layout.task."
"""The actions of tasks begin with this."""


class Layouts(QMenu):
    """Beside "Build" and "Watch". GUI thread only."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setTitle(self.tr("Layouts"))
        self._window = window
        window.menus["view"].insertMenu(window.table["view.reset_layout"], self)
        tasks = {"inspect": self.tr("Inspect"), "compare": self.tr("Compare"), "export": self.tr("Export")}
        help = self.tr("Enlarge the panels of this task; Esc puts everything back.")
        specs = [
            ActionSpec(TASK + task, self.tr("Layout: {name}").format(name=name), "layout", "", "workspace", help)
            for task, name in tasks.items()
        ]
        self._of_tasks = window.table.replace(TASK, specs)
        for task, action in zip(tasks, self._of_tasks, strict=True):
            action.triggered.connect(partial(_call, window.workspace.lay_out_for, task))
        self._offer()

    def names(self) -> list[str]:
        """Of all that were saved, in alphabetical order."""
        stored = layout_file()
        stored.beginGroup(GROUP)
        return sorted(map(unquote, stored.childGroups()), key=str.casefold)

    def save(self) -> None:
        """Ask for a name, and again before another one's place is taken."""
        name = message_boxes.text(self._window, self.tr("Save layout"), self.tr("Layout name"))
        if not name or (name in self.names() and not self._may_replace(name)):
            return
        stored, workspace = layout_file(), self._window.workspace
        stored.setValue(f"{_file_of(name)}/mode", workspace.mode)
        stored.setValue(f"{_file_of(name)}/state", workspace.present_state())
        stored.sync()
        self._offer()
        self._window.show_message("success", self.tr("Layout “{name}” was added to the View menu.").format(name=name))

    def choose(self, name: str) -> None:
        """Put the panels where they were when it was saved."""
        stored = layout_file()
        mode, state = stored.value(f"{_file_of(name)}/mode"), stored.value(f"{_file_of(name)}/state")
        if isinstance(state, QByteArray):
            self._window.show_workspace()
            self._window.workspace.apply("watch" if mode == "watch" else "large" if mode == "large" else "build", state)

    def delete(self, name: str) -> None:
        """Forget it; the panels stay where they are."""
        stored = layout_file()
        stored.remove(_file_of(name))
        stored.sync()
        self._offer()
        self._window.show_message("info", self.tr("Layout “{name}” was deleted.").format(name=name))

    def _may_replace(self, name: str) -> bool:
        text = self.tr("A layout named “{name}” exists already.").format(name=name)
        options = (("replace", self.tr("Replace")), ("keep", self.tr("Cancel")))
        return message_boxes.choose(self._window, self.tr("Save layout"), text, options, escape="keep") == "replace"

    def _offer(self) -> None:
        """One action to choose and one to delete each, in the table, so that the command palette has them too."""
        names, table = self.names(), self._window.table
        kinds = (
            (
                "layout.choose.",
                self.tr("Layout: {name}"),
                self.tr("Restore this arrangement of panels."),
                "layout",
                self.choose,
            ),
            ("layout.delete.", self.tr("Delete layout: {name}"), self.tr("Remove this layout."), "delete", self.delete),
        )
        self.clear()
        for action in self._of_tasks:
            self.addAction(action)
        for prefix, text, help, picture, slot in kinds:
            if names:
                self.addSeparator()
            shown = [text.format(name=shortened(name).replace("&", "&&")) for name in names]
            specs = [
                ActionSpec(prefix + name, words, picture, "", "", help)
                for name, words in zip(names, shown, strict=True)
            ]
            for name, action in zip(names, table.replace(prefix, specs), strict=True):
                action.triggered.connect(partial(_call, slot, name))
                self.addAction(action)


def _file_of(name: str) -> str:
    """File of a layout, whose name may have any character."""
    return f"{GROUP}/{quote(name, safe='')}"


def _call(slot: Callable[[str], None], name: str, checked: bool = False) -> None:
    slot(name)
