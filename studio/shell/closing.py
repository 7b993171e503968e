"""Closing the window: ask about the run and unsaved changes, wait for the safe point, put everything away."""

from __future__ import annotations

from PySide6.QtCore import QObject

from engine.pipeline.document import Pipeline
from studio.bridge import Bridge
from studio.document.document import Document
from studio.document.files import FileController
from studio.kit import message_boxes
from studio.kit.later import later
from studio.queue.beside import RunsBeside
from studio.queue.queue import RunQueue
from studio.runs.controller import RunController
from studio.shell.window import MainWindow

CLOSE_BUDGET_MS = 5000
"""Milliseconds for which closing waits for the engine's next safe point; finished blocks are on disk anyway."""


class Closing(QObject):
    """Answers the window's `may_close`. GUI thread only."""

    def __init__(
        self,
        window: MainWindow,
        document: Document,
        files: FileController,
        runs: RunController,
        beside: RunsBeside,
        queue: RunQueue,
        bridge: Bridge,
    ) -> None:
        super().__init__(window.controllers)
        self._window, self._document, self._bridge = window, document, bridge
        self._files, self._runs, self._beside, self._queue = files, runs, beside, queue
        self._waiting = False
        self._settled: Pipeline | None = None
        """Pipeline whose unsaved changes were settled already, while closing waits for the run."""
        window.may_close = self.may_close
        runs.phase_changed.connect(self._on_phase)
        beside.ended.connect(self._on_phase)

    @property
    def is_waiting(self) -> bool:
        """True while the window closes at the run's next safe point."""
        return self._waiting

    def may_close(self) -> bool:
        """True if the window can close now; while a run is stopping, it closes later. Asks about unsaved changes before
        the run is stopped: a user who then stays still has the run."""
        here = self._runs.is_active or any(not run.machine for run in self._beside.states)
        answer = self._ask_about_run() if here and not self._waiting else "close"
        if answer == "stay":
            return False
        if self._settled is not self._document.pipeline and not self._files.may_leave(quitting=True):
            self._waiting = False
            return False
        self._settled = self._document.pipeline
        if answer == "cancel":
            self._stop_first()
            return False
        self._window.store_layout()
        self._files.autosave.close()
        self._queue.leave()
        if answer == "background":
            self._bridge.leave_alone()
        else:
            self._bridge.close()
        return True

    def _ask_about_run(self) -> str:
        """ "stay", "cancel" or "background"."""
        text = self.tr(
            "If you stop it, it ends at the next safe point. Finished blocks are saved and the run can be resumed."
        )
        if any(run.machine for run in self._beside.states):
            text += " " + self.tr("Runs on other machines continue either way.")
        options = [("stay", self.tr("Cancel")), ("cancel", self.tr("Stop and close"))]
        if self._bridge.can_go_on_alone:
            text += " " + self.tr(
                "It can also continue without the window; the studio shows it again at the next start."
            )
            options.append(("background", self.tr("Close and keep running")))
        return message_boxes.choose(self._window, self.tr("A run is in progress"), text, options, escape="stay")

    def _stop_first(self) -> None:
        self._waiting = True
        self._runs.cancel()
        for run in self._beside.states:
            if not run.machine:
                self._beside.cancel(run.id)
        self._window.show_message("info", self.tr("Closing after the next safe point…"))
        later(self, self._window.close, CLOSE_BUDGET_MS)

    def _on_phase(self, _: object) -> None:
        here = self._runs.phase != "idle" or any(not run.machine for run in self._beside.states)
        if self._waiting and not here:
            later(self, self._window.close)
