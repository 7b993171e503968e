"""Other machines in the window: their page, the choice at the Run button, and following a run that goes on there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.base.errors import StudioError
from engine.record.folder import RunFolder
from engine.record.home import Home
from studio.kit.background import BackgroundTask
from studio.machines.choice import MachineChoice
from studio.runs.controller import RunController
from studio.runs.past_runs import PastRuns
from studio.shell.window import MainWindow

if TYPE_CHECKING:
    from studio.machines.window import MachinesWindow


class Machines(QObject):
    """GUI thread only."""

    def __init__(self, window: MainWindow, runs: RunController, past_runs: PastRuns) -> None:
        super().__init__(window)
        self._window, self._past_runs = window, past_runs
        self.page: MachinesWindow | None = None
        self.choice = MachineChoice(window.run_button, window.table["run.start"], self.show_page, self)
        self.choice.chosen.connect(runs.run_on)

    def show_page(self) -> None:
        """The page of all machines."""
        from studio.machines.window import MachinesWindow

        if self.page is None:
            self.page = MachinesWindow(self._window)
            self.page.changed.connect(self.choice.refresh)
            self.page.follow_requested.connect(self.follow)
        self.page.open_page()

    def follow(self, machine: str, run: str) -> None:
        """Fetch what is known of a run on a machine, then follow it."""
        text = self.tr("Fetching the run from {0}…").format(machine)
        self._window.show_message("info", text)
        BackgroundTask(partial(_fetched, machine, run), self).done.connect(self._on_fetched)

    def _on_fetched(self, answer: object) -> None:
        if isinstance(answer, RunFolder):
            self._past_runs.take_up(answer)
        else:
            self._window.show_message("error", str(answer))


def _fetched(machine: str, run: str) -> RunFolder | StudioError:
    """The copy of a run, or why there is none."""
    from engine.machines.far_run import FarRun
    from engine.machines.records import machine_record

    try:
        with FarRun(Home.default(), machine_record(Home.default(), machine), run=run) as far:
            far.fetch()
            return RunFolder(far.folder)
    except StudioError as error:
        return error
