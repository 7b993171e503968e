"""The windows that are opened beside the main one: models, help, the command palette, shortcuts, failures."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from engine.contracts.events import Failure
from studio.actions import Actions
from studio.bridge import Bridge
from studio.commandpalette import CommandPalette, ShortcutSheet
from studio.models.dialog import ModelDialog


class Dialogs(QObject):
    """None of them is modal. GUI thread only."""

    model_chosen = Signal(str, str)
    """Path or hub id, revision."""

    def __init__(self, window: QWidget, table: Actions, bridge: Bridge) -> None:
        super().__init__(window)
        self._window, self._table, self._bridge = window, table, bridge
        self.models: ModelDialog | None = None
        """The dialog of models while it is open."""

    def open_model(self) -> None:
        """The dialog of models; one at a time, it keeps a download that goes on."""
        if self.models is None:
            self.models = ModelDialog(self._bridge, self._window)
            self.models.model_chosen.connect(self.model_chosen)
            self.models.finished.connect(self._on_models_closed)
        self.models.show()
        self.models.raise_()
        self.models.activateWindow()

    def _on_models_closed(self) -> None:
        if self.models is not None:
            self.models.deleteLater()
            self.models = None

    def show_palette(self) -> None:
        """Find an action by typing."""
        CommandPalette(self._table, self._window).show()

    def show_shortcuts(self) -> None:
        """The sheet of shortcuts."""
        ShortcutSheet(self._table, self._window).show()

    def show_help(self, page: str) -> None:
        """The help window."""
        from studio.help import HelpWindow

        HelpWindow(page, self._window).show()

    def show_responsiveness(self) -> None:
        """How late the window answers."""
        from studio.responsiveness import ResponsivenessDialog

        ResponsivenessDialog(self._window).show()

    def show_failure(self, failure: Failure, titles: dict[str, str]) -> None:
        """All that is known of a failure; ``titles`` are the names of the blocks by id."""
        from studio.details import FailureDialog

        FailureDialog(failure, titles, self._window).show()
