"""The menu of the pipelines that were open last."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from studio.document.home import forget_recent, recents
from studio.kit.icons import icon


class RecentMenu(QMenu):
    """Filled whenever it opens; files that are gone can't be chosen."""

    chosen = Signal(Path)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Open &recent"))
        self.setIcon(icon("recent"))
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        for name in recents("pipelines"):
            path = Path(name)
            action = self.addAction(icon("file"), f"{path.stem}   {path.parent}")
            action.setData(name)
            action.setEnabled(os.path.exists(path))
            action.triggered.connect(partial(self._on_chosen, name))
        if self.isEmpty():
            self.addAction(self.tr("No recent pipelines")).setEnabled(False)

    def _on_chosen(self, name: str, checked: bool = False) -> None:
        if not os.path.exists(name):
            forget_recent("pipelines", name)
        self.chosen.emit(Path(name))
