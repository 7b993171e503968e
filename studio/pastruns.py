"""Runs that are over: shown again on the canvas and in the panels, or taken up where they stopped."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from engine.contracts.errors import StudioError
from engine.contracts.events import Event, StageChanged
from engine.pipeline.document import Pipeline
from engine.run.folder import RunFolder
from studio.files import FileController
from studio.pastrun import DRAWN, PastRun, drawn_before
from studio.run_controller import RunController
from studio.session import Session
from studio.versions import Version
from studio.welcome.runs import when_words
from studio.work import Work


class PastRuns(QObject):
    """Reads one run at a time. GUI thread only."""

    def __init__(self, window: QWidget, session: Session, files: FileController, runs: RunController) -> None:
        super().__init__(window)
        self._window, self._session, self._document = window, session, session.document
        self._files, self._runs = files, runs
        self._past: PastRun | None = None
        runs.run_started.connect(self._on_run_started)
        runs.received.connect(self._on_received)

    def choose_interrupted(self) -> None:
        """Which of the interrupted runs."""
        self._choose(unfinished=True)

    def choose_any(self) -> None:
        """Which of all runs to look at again."""
        self._choose(unfinished=False)

    def _choose(self, *, unfinished: bool) -> None:
        from studio.runview.resume import RunsDialog

        dialog = RunsDialog(self._window, unfinished=unfinished)
        dialog.run_chosen.connect(self.take_up)
        dialog.open_chosen.connect(self.show)
        dialog.open()

    def take_up(self, run: str, pipeline: Pipeline, until: str, folder: Path) -> None:
        """Go on with a run: first what its curves were before it stopped, then the run itself. One that another process
        executes is followed."""
        if not self._show_document_of(pipeline):
            return
        if RunFolder(folder).executing_process() is not None:
            self._runs.follow(RunFolder(folder), pipeline, until or None)
            return
        earlier: list[Event] = []
        past = self._read(folder)
        past.read.connect(earlier.extend)
        past.finished.connect(partial(self._on_earlier_read, run, pipeline, until, earlier))
        past.start()

    def _on_earlier_read(self, run: str, pipeline: Pipeline, until: str, earlier: list[Event]) -> None:
        if pipeline == self._document.pipeline:
            self._runs.resume_run(run, pipeline, until or None)
            self._runs.received.emit([event for event in earlier if isinstance(event, DRAWN)])

    def show_folder(self, folder: Path) -> None:
        """Show the run that lies in a folder."""
        try:
            opened = RunFolder.open(folder)
            self.show(opened.id, opened.pipeline(), str(opened.environment().get("until") or ""), folder)
        except StudioError as error:
            self._session.told.emit("error", str(error))

    def show_version(self, version: Version) -> None:
        """Show an earlier run of the open pipeline: the pipeline becomes what was run, which can be undone."""
        if self._runs.may_replace():
            label = self.tr("Back to the run of {0}").format(when_words(version.run.started))
            self._document.change(label, version.pipeline)
            self.show(version.run.id, version.pipeline, version.until, version.run.folder)

    def show(self, run: str, pipeline: Pipeline, until: str, folder: Path) -> None:
        """Show a past run: its pipeline on the canvas, its charts, plots and metrics."""
        if not self._show_document_of(pipeline):
            return
        self._runs.show_past(run, pipeline, until or None)
        past = self._read(folder)
        past.read.connect(self._runs.apply_past)
        past.finished.connect(self._runs.end_past)
        past.start()

    def _on_received(self, events: list[Event]) -> None:
        """Charts and cards show of cached blocks what they showed when they were computed."""
        run = self._runs.run
        cached = {
            event.block: event.artifact
            for event in events
            if isinstance(event, StageChanged) and event.state == "cached" and event.block and event.artifact
        }
        if run is not None and cached:
            Work(partial(drawn_before, run.id, cached), self).done.connect(self._runs.take_drawn)

    def _show_document_of(self, pipeline: Pipeline) -> bool:
        """Put the pipeline of a run on the canvas, unless the user stays with the present one."""
        if not self._runs.may_replace():
            return False
        return self._files.show(pipeline)

    def _read(self, folder: Path) -> PastRun:
        self._stop_reading()
        self._past = PastRun(folder, self)
        return self._past

    def _stop_reading(self) -> None:
        if self._past is not None:
            self._past.stop()

    def _on_run_started(self) -> None:
        self._stop_reading()
