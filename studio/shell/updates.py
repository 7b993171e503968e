"""The page of updates and versions in the window, and the restart after them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from engine.base import children
from studio.bridge import Bridge
from studio.shell.closing import Closing
from studio.shell.window import MainWindow

if TYPE_CHECKING:
    from studio.installation.window import UpdatesWindow


class Updates(QObject):
    """GUI thread only."""

    def __init__(self, window: MainWindow, bridge: Bridge, closing: Closing) -> None:
        super().__init__(window)
        self._window, self._bridge, self._closing = window, bridge, closing
        self._launcher: Path | None = None
        self.page: UpdatesWindow | None = None
        application = QCoreApplication.instance()
        assert application is not None, "a window needs one"
        application.aboutToQuit.connect(self._start)

    def show_page(self) -> None:
        """The page, made when it is first asked for."""
        from studio.installation.window import UpdatesWindow

        if self.page is None:
            self.page = UpdatesWindow(self._bridge, self._window)
            self.page.restart_requested.connect(self.restart)
        self.page.open_page()

    def restart(self, launcher: Path) -> None:
        """Close the window as a person does, which may ask about a run and unsaved changes, and start the program once
        it is closed. If the person stays, nothing is started."""
        self._launcher = launcher
        if not self._window.close() and not self._closing.is_waiting:
            self._launcher = None

    def _start(self) -> None:
        if self._launcher is None or self._window.isVisible():
            return
        with contextlib.suppress(OSError):  # the window is closed by now; the installation was tested
            children.start_command([str(self._launcher)], os.environ, stdout=None, stderr=None)
