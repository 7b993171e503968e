"""Runs that are over: shown again on the canvas and in the panels, or taken up where they stopped."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from engine.base.errors import StudioError
from engine.contracts.events import Event, StageChanged
from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder
from engine.record.run_list import DRAWN, Reused, Version, events_in_batches, reused
from studio.document.files import FileController
from studio.document.session import Session
from studio.kit.background import BackgroundTask
from studio.runs.controller import RunController
from studio.runs.recent_runs import when_words

BATCH = 400
"""Events handed on at once, so that the window stays quick."""


class PastRuns(QObject):
    """Reads one run at a time. GUI thread only."""

    charts_missed = Signal(object)
    """Nothing is left of what results of the shown run had shown when they were computed: a `Reused`."""

    def __init__(self, window: QWidget, session: Session, files: FileController, runs: RunController) -> None:
        super().__init__(window)
        self._window, self._session, self._document = window, session, session.document
        self._files, self._runs = files, runs
        self._reading: BackgroundTask | None = None
        runs.run_started.connect(self._stop_reading)
        runs.received.connect(self._on_received)

    def choose(self, *, unfinished: bool) -> None:
        """Dialog to choose a past run to show, or an interrupted run to resume."""
        from studio.runs.resume import RunsDialog

        dialog = RunsDialog(self._window, unfinished=unfinished)
        dialog.run_chosen.connect(self.take_up)
        dialog.open_chosen.connect(self.show)
        dialog.open()

    def take_up(self, folder: RunFolder) -> None:
        """Go on with a run: first what its curves were before it stopped, then the run itself. One that another process
        executes is followed."""
        pipeline = self._show_document_of(folder)
        if pipeline is None:
            return
        if folder.executing_process() is not None:
            self._runs.follow(folder, pipeline, folder.until)
            return
        earlier: list[Event] = []
        self._read(folder, earlier.extend, partial(self._on_earlier_read, folder, pipeline, earlier))

    def _on_earlier_read(self, folder: RunFolder, pipeline: Pipeline, earlier: list[Event], _: object) -> None:
        if pipeline == self._document.pipeline:
            self._runs.resume_run(folder.id, pipeline, folder.until, folder.machine)
            self._runs.received.emit([event for event in earlier if isinstance(event, DRAWN)])

    def show(self, folder: RunFolder) -> None:
        """Show a past run: its pipeline on the canvas, its charts, plots and metrics."""
        pipeline = self._show_document_of(folder)
        if pipeline is not None:
            self._runs.show_past(folder.id, pipeline, folder.until, folder.machine)
            self._read(folder, self._runs.apply_past, self._runs.end_past)

    def show_version(self, version: Version) -> None:
        """Show an earlier run of the open pipeline: the pipeline becomes what was run, which can be undone."""
        if self._runs.may_replace():
            label = self.tr("Restore the pipeline of the run at {0}").format(when_words(version.run.started))
            self._document.change(label, version.pipeline)
            self.show(RunFolder(version.run.folder))

    def _on_received(self, events: list[Event]) -> None:
        """Charts and cards show of cached blocks what they showed when they were computed."""
        run = self._session.run
        cached = {
            event.block: event.artifact
            for event in events
            if isinstance(event, StageChanged) and event.state == "cached" and event.block and event.artifact
        }
        if run is not None and cached:
            task = BackgroundTask(partial(reused, run.id, cached), self)
            task.done.connect(partial(self._on_reused, run.id))

    def _on_reused(self, run: str, answer: Reused | None) -> None:
        """Draw the charts of cached blocks, or tell that none are left."""
        if answer is None:
            return
        self._runs.replay_events(list(answer.events))
        if not answer.events and self._session.run is not None and self._session.run.id == run:
            self.charts_missed.emit(answer)

    def _show_document_of(self, folder: RunFolder) -> Pipeline | None:
        """Put the pipeline of a run on the canvas; None if it can't be read or the user stays with the present one."""
        if not self._runs.may_replace():
            return None
        try:
            pipeline = RunFolder.open(folder.path).pipeline()
        except StudioError as error:
            self._session.message.emit("error", str(error))
            return None
        return pipeline if self._files.show(pipeline) else None

    def _read(self, folder: RunFolder, on_events: Callable[[list[Event]], None], end: Callable[[object], None]) -> None:
        self._stop_reading()
        self._reading = BackgroundTask(partial(events_in_batches, folder, BATCH), self)
        self._reading.part.connect(on_events)
        self._reading.done.connect(self._on_read)
        self._reading.done.connect(end)

    def _on_read(self) -> None:
        self._reading = None

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.stop()
            self._reading = None
