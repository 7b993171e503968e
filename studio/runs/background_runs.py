"""Runs that this window does not execute, and an engine that does not answer: what can be done stands in a banner."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject

from engine.record.home import Home
from engine.record.run_list import Unfinished, unfinished
from studio.bridge import Bridge
from studio.kit.widgets import Banner, button
from studio.runs.past_runs import PastRuns


class BackgroundRuns(QObject):
    """Offers what was found when the window was opened, and tells when the engine falls silent. GUI thread only."""

    def __init__(self, banner: Banner, bridge: Bridge, past_runs: PastRuns) -> None:
        super().__init__(banner)
        self._banner, self._bridge, self._past_runs = banner, bridge, past_runs
        self._silent_text = ""
        bridge.silence_changed.connect(self._on_silence)

    def offer(self) -> None:
        """Show the banner if a run goes on without this window, or was interrupted."""
        runs = unfinished(Home.default())
        run = next((entry for entry in runs if entry.is_running), runs[0] if runs else None)
        if run is None:
            return
        if run.is_running:
            kind, go_on, leave = "info", self.tr("Show run"), self.tr("Not now")
            text = self.tr("“{name}” is running in the background.")
        else:
            kind, go_on, leave = "warning", self.tr("Resume"), self.tr("Dismiss")
            text = self.tr(
                "The run of “{name}” was interrupted. Finished blocks are saved; resuming gives the same result as an "
                "uninterrupted run."
            )
        take_up = button(go_on, self._banner, look="primary", on=partial(self._on_take_up, run))
        dismiss = button(leave, self._banner, look="quiet", on=partial(self._on_dismiss, run))
        self._banner.show_message(kind, text.format(name=run.name), take_up, dismiss)

    def _on_take_up(self, run: Unfinished, checked: bool = False) -> None:
        self._banner.clear()
        self._past_runs.take_up(run.folder)

    def _on_dismiss(self, run: Unfinished, checked: bool = False) -> None:
        """It stays in the list of runs; a trace of the dead is taken away, so that it is reported once."""
        self._banner.clear()
        if not run.is_running and run.folder.was_interrupted:
            run.folder.forget_interruption()
            self.offer()

    def _on_silence(self, silent: bool) -> None:
        if not silent:
            if self._silent_text and self._banner.text() == self._silent_text:
                self._banner.clear()
            self._silent_text = ""
            return
        end = button(self.tr("End the engine"), self._banner, on=self._on_end)
        wait = button(self.tr("Wait"), self._banner, look="quiet", on=self._banner.clear)
        self._silent_text = self.tr(
            "The engine is not responding. It may be busy with a long step. If you end it, finished blocks are saved "
            "and the run can be resumed."
        )
        self._banner.show_message("warning", self._silent_text, end, wait)

    def _on_end(self) -> None:
        self._banner.clear()
        self._bridge.end_silent_engine()
