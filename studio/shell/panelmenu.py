"""The entries of the View menu that show and hide panels, kept in step with what is on the screen."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QSignalBlocker, Qt

from studio.kit.actions import Actions
from studio.shell.workspace import Workspace


class PanelMenu(QObject):
    """One action "view.NAME" for each panel. GUI thread only."""

    def __init__(self, workspace: Workspace, table: Actions) -> None:
        super().__init__(workspace)
        self._workspace, self._table = workspace, table
        for name, panel in workspace.panels.items():
            action = table[f"view.{name}"]
            action.setChecked(True)
            action.triggered.connect(partial(self._on_triggered, name))
            panel.seen.connect(self._on_seen)
        workspace.menu_actions = [table[f"view.{name}"] for name in workspace.panels]
        table["view.large"].toggled.connect(workspace.enlarge)
        table["view.watch"].toggled.connect(workspace.watch)
        workspace.mode_changed.connect(self._on_mode)

    def _on_mode(self, mode: str) -> None:
        """The entries say which layout there is."""
        for name in ("large", "watch"):
            with QSignalBlocker(self._table[f"view.{name}"]):
                self._table[f"view.{name}"].setChecked(mode == name)

    def _on_triggered(self, name: str, checked: bool = False) -> None:
        """Go to a panel, wherever it is; hide it for who is there already."""
        panel = self._workspace.panels[name]
        if panel.in_front and panel.has_focus:
            panel.close()
            self._workspace.center().setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self._workspace.bring(name)
            panel.focus_content()
        self._on_seen(name, False)

    def _on_seen(self, name: str, visible: bool) -> None:
        """The check mark says whether the panel is there, be it behind another."""
        panel = self._workspace.panels[name]
        self._table[f"view.{name}"].setChecked(not panel.isHidden())
        if visible and self._workspace.window().isVisible():
            panel.content()
