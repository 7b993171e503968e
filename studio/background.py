"""Runs that this window does not execute, and an engine that does not answer: what can be done stands in a banner."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject

from engine.contracts.errors import StudioError
from engine.pipeline.document import Pipeline
from engine.run.folder import HOLDER, INTERRUPTED, RunFolder
from engine.run.home import Home
from studio.bridge import Bridge
from studio.pastruns import PastRuns
from studio.widgets import Banner, button


@dataclass(frozen=True)
class Unfinished:
    """A run that goes on in another process, or whose process died."""

    folder: RunFolder
    pipeline: Pipeline
    until: str
    is_running: bool

    @property
    def name(self) -> str:
        """How the pipeline is called."""
        return self.pipeline.name or self.folder.id


def unfinished(home: Home) -> list[Unfinished]:
    """Runs of the workspace that go on or were interrupted, the newest first; what can't be read is left out."""
    found = []
    marked = {path.parent for name in (HOLDER, INTERRUPTED) for path in home.runs.glob(f"*/{name}")}
    for folder in map(RunFolder, sorted(marked, reverse=True)):
        try:
            pipeline, until = folder.pipeline(), str(folder.environment().get("until") or "")
        except StudioError:
            continue
        is_running = not folder.was_interrupted
        if is_running or folder.report().get("status") != "done":
            found.append(Unfinished(folder, pipeline, until, is_running))
    return found


class BackgroundRuns(QObject):
    """Offers what was found when the window was opened, and tells when the engine falls silent. GUI thread only."""

    def __init__(self, banner: Banner, bridge: Bridge, past_runs: PastRuns) -> None:
        super().__init__(banner)
        self._banner, self._bridge, self._past_runs = banner, bridge, past_runs
        self._silent_text = ""
        bridge.silence_changed.connect(self._on_silence)

    def offer(self) -> None:
        """Show the banner if a run goes on without this window, or was interrupted."""
        found = unfinished(Home.default())
        run = next((each for each in found if each.is_running), found[0] if found else None)
        if run is None:
            return
        take_up = button(self.tr("Show it") if run.is_running else self.tr("Resume"), self._banner, look="primary")
        take_up.clicked.connect(partial(self._on_take_up, run))
        dismiss = button(self.tr("Not now") if run.is_running else self.tr("Dismiss"), self._banner, look="quiet")
        dismiss.clicked.connect(partial(self._on_dismiss, run))
        if run.is_running:
            text = self.tr("The run of “{name}” goes on in the background.")
        else:
            text = self.tr(
                "The run of “{name}” was interrupted. Finished blocks are kept, and the result will be the same as "
                "without the interruption."
            )
        self._banner.tell("info" if run.is_running else "warning", text.format(name=run.name), take_up, dismiss)

    def _on_take_up(self, run: Unfinished) -> None:
        self._banner.clear()
        self._past_runs.take_up(run.folder.id, run.pipeline, run.until, run.folder.path)

    def _on_dismiss(self, run: Unfinished) -> None:
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
        end = button(self.tr("End it"), self._banner)
        end.clicked.connect(self._on_end)
        wait = button(self.tr("Wait"), self._banner, look="quiet")
        wait.clicked.connect(self._banner.clear)
        self._silent_text = self.tr(
            "The engine has not answered for a while. It may be in the middle of something long; if it hangs, end it: "
            "finished blocks are kept, and the run can be resumed."
        )
        self._banner.tell("warning", self._silent_text, end, wait)

    def _on_end(self) -> None:
        self._banner.clear()
        self._bridge.end_silent_engine()
