"""Other machines in the window: their page, the choice at the Run button, and following a run that goes on there."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.base.errors import StudioError
from engine.record.folder import RunFolder
from engine.record.home import Home
from studio.document.session import Session
from studio.document.settings import UserSettings
from studio.kit.background import BackgroundTask
from studio.machines.choice import MachineChoice
from studio.runs.controller import RunController
from studio.runs.past_runs import PastRuns
from studio.shell.window import MainWindow

if TYPE_CHECKING:
    from studio.machines.window import MachinesWindow


class Machines(QObject):
    """GUI thread only."""

    def __init__(
        self,
        window: MainWindow,
        settings: UserSettings,
        session: Session,
        runs: RunController,
        past_runs: PastRuns,
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._runs, self._past_runs = window, session, runs, past_runs
        self._fetching: BackgroundTask | None = None
        self.page: MachinesWindow | None = None
        self.choice = MachineChoice(window.where_button, window.where, settings, self.show_page, self)
        self.choice.chosen.connect(runs.run_on)
        self.choice.together.connect(runs.run_in)
        self.choice.failed.connect(partial(window.show_message, "error"))
        runs.run_in(settings.processes, settings.strategy)

    def slots(self) -> dict[str, Callable[[], object]]:
        """Callables of its actions by their ids."""
        return {"run.machines": self.show_page, "run.fetch": self.fetch}

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

    def fetch(self) -> None:
        """Fetch the weights of the selected block of the run that is shown, or of its last one."""
        folder = self._runs.folder
        if folder is None or self._fetching is not None:
            return
        copy = RunFolder(folder)
        if not copy.machine:
            self._window.show_message("info", self.tr("The weights of this run are on this computer."))
            return
        run = self._session.run
        selected = [name for name in self._session.selection if run is not None and name in run.blocks]
        block = selected[0] if len(selected) == 1 else ""
        self._window.show_message("info", self.tr("Connecting to {0}…").format(copy.machine))
        self._fetching = BackgroundTask(partial(_weights, copy.machine, copy.id, block), self)
        self._fetching.part.connect(self._on_weights)
        self._fetching.done.connect(self._on_weights_end)

    def _on_weights(self, part: object) -> None:
        """A line of progress, then the folder of the weights or why there are none."""
        if isinstance(part, Path):
            self._window.show_message("success", self.tr("Fetched: {0}").format(part))
            if self._runs.folder is not None and self._runs.phase == "idle":
                self._past_runs.show(RunFolder(self._runs.folder))
        else:
            self._window.show_message("error" if isinstance(part, StudioError) else "info", str(part))

    def _on_weights_end(self, _: object) -> None:
        self._fetching = None

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


def _weights(machine: str, run: str, block: str) -> Iterator[object]:
    """Lines of progress, then the folder of the weights of a block or the failure."""
    from engine.machines.far_run import FarRun
    from engine.machines.records import machine_record

    parts: queue.SimpleQueue[object] = queue.SimpleQueue()

    def act() -> None:
        home = Home.default()
        try:
            show = partial(_put_text, parts)
            with FarRun(home, machine_record(home, machine), run=run, progress=show) as far:
                parts.put(far.fetch_weights(block))
        except StudioError as error:
            parts.put(error)
        finally:
            parts.put(None)

    threading.Thread(target=act, name="fetching", daemon=True).start()
    while (part := parts.get()) is not None:
        yield part


def _put_text(parts: queue.SimpleQueue[object], fraction: float, text: str) -> None:
    if parts.empty():  # the last one is shown soon enough
        parts.put(text)
