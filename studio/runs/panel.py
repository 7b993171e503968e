"""The run panel: what is running, how far, how long; problems and cost before, the log meanwhile."""

from __future__ import annotations

import time
from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QWidget,
)

from engine.base.human import duration_text
from engine.contracts.commands import Checked
from engine.contracts.events import Failure, Log
from engine.contracts.grading import Grade
from engine.contracts.problem import Problem, counted
from engine.record.state import FINISHED, RunState
from studio.engine_words import remaining_time, result_name, work_words
from studio.kit.actions import Actions
from studio.kit.details import FailureDialog
from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING, measured, scaled, set_font
from studio.kit.widgets import Banner, ElidedLabel, EmptyState, IconLabel, PlainLabel, button, set_look
from studio.runs.card import result_grade
from studio.runs.log import LogView
from studio.runs.plan import PlanView, ProblemList
from studio.runs.table import BlockTable
from studio.states import look_of, run_state

PLAN, PROBLEMS = range(2)
FOLDED = 110
"""Pixels of height below which the panel is its head: a cut line below it would tell nothing."""


class RunPanel(QWidget):
    """Draws a `RunState`; decides nothing. The controller calls the ``show_…`` methods."""

    block_chosen = Signal(str)
    run_anyway_chosen = Signal()
    resume_chosen = Signal()
    """Take up the run that was interrupted."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: RunState | None = None
        self._titles: dict[str, str] = {}
        self._build_head(actions)
        self.banner = Banner(self)
        self.failures = self.banner
        """Banner for failed and interrupted runs. The window sets its own, which is visible on every page."""
        self._said = ""
        self.table = BlockTable(self)
        text = self.tr(
            "Add a model and a method to the canvas, then run the pipeline. The progress of each block appears here."
        )
        self._empty = EmptyState("run", self.tr("Nothing has run yet"), text, self)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.table)
        self.plan = PlanView(self)
        self.problems = ProblemList(self)
        self.log = LogView(self)
        self._tabs = QTabWidget(self)
        self._tabs.setDocumentMode(True)
        for page, title in (
            (self.plan, self.tr("Estimate")),
            (self.problems, self.tr("Problems")),
            (self.log, self.tr("Log")),
        ):
            self._tabs.addTab(page, title)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.addWidget(self._pages)
        split.addWidget(self._tabs)
        split.setStretchFactor(0, 1)
        measured(split, lambda split: split.setSizes([scaled(740), 360]))  # names of blocks are whole in large text
        self._below = split
        around = vbox(self.banner, margins=(SPACING + 4, 0, SPACING + 4, 0))
        top = Qt.AlignmentFlag.AlignTop
        self.setLayout(vbox((self._head, top), around, (split, 1), margins=0, gap=SPACING // 2))
        self.table.block_chosen.connect(self.block_chosen)
        self.problems.block_chosen.connect(self.block_chosen)
        self._clock = QTimer(self, interval=500)
        self._clock.timeout.connect(self._tick)
        self.show_idle()

    def _build_head(self, actions: Actions) -> None:
        self._actions = actions
        actions["run.stop"].enabledChanged.connect(self._on_stop_possible)
        self._icon = IconLabel("ready", self, size=18, token="muted")
        self._title = ElidedLabel("", self)
        set_font(self._title, bold=True)
        self._title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._times = PlainLabel("", self)
        set_look(self._times, "muted")
        self._bar = QProgressBar(self, maximum=1000, textVisible=False)
        self._bar.setAccessibleName(self.tr("Progress of the run"))
        self._bar.setMinimumWidth(120)
        self._buttons: dict[str, QPushButton] = {}
        for name in ("run.pause", "run.continue", "run.stop", "run.cancel"):
            action = actions[name]
            item = button(actions.specs[name].plain_text, self, look="quiet", on=action.trigger)
            item.setIcon(action.icon())
            item.setToolTip(action.toolTip())
            self._buttons[name] = item
        said = (self._icon, self._title, (self._bar, 1), self._times)
        margins = (SPACING + 4, SPACING, SPACING + 4, SPACING // 2)
        self._head = hbox(*said, *self._buttons.values(), margins=margins, gap=SPACING)

    def minimumSizeHint(self) -> QSize:
        """One line: the panel is folded by whoever gives it no more."""
        return QSize(super().minimumSizeHint().width(), self._head.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._below.setVisible(self.height() >= FOLDED)

    # -- what the controller tells ------------------------------------------------------------------------------------
    def show_idle(self) -> None:
        """Nothing is going on and nothing was."""
        self._run = None
        self._show_head("ready", "muted", self.tr("Ready"))
        self._pages.setCurrentWidget(self._empty)
        self._bar.hide()
        self._times.setText("")
        self.banner.clear()
        self.plan.show_plan(None, {})
        self._show_problems([], {})
        self.log.clear({})
        self._tabs.setCurrentIndex(PLAN)
        self._show_buttons("")
        self._clock.stop()

    def show_checking(self) -> None:
        """The check goes on; it has no measure."""
        self._show_head("check", "accent", self.tr("Checking…"))
        self._bar.setRange(0, 0)
        self._bar.show()
        self._times.setText("")
        self._show_buttons("checking")

    def show_checked(
        self, checked: Checked, titles: dict[str, str], problems: list[Problem], machine: str = ""
    ) -> None:
        """Problems and estimate; errors bring the problems to the front. ``machine``: the one that they are for, "" for
        this computer."""
        self._end_checking()
        errors = [problem for problem in problems if problem.severity == "error"]
        self._show_problems(problems, titles)
        self.plan.show_plan(checked, titles, machine)
        self._tabs.setCurrentIndex(PROBLEMS if errors else PLAN)
        if errors:
            self._show_head("error", "error", self._refusal(problems))
        elif self._run is None:
            ready = self.tr("Ready to run on {0}").format(machine) if machine else self.tr("Ready to run")
            self._show_head("check", "success", ready)
        else:
            self._show_run_head()

    def show_background_problems(self, problems: list[Problem], titles: dict[str, str]) -> None:
        """Show problems of the background check."""
        self._show_problems(problems, titles)
        if self._run is None:
            refused = any(problem.severity == "error" for problem in problems)
            picture, token = ("error", "error") if refused else ("ready", "muted")
            self._show_head(picture, token, self._refusal(problems) if refused else self.tr("Ready"))

    def drop_estimate(self) -> None:
        """The pipeline was changed: what it costs is not known any more."""
        self.plan.show_plan(None, {})

    def _show_problems(self, problems: list[Problem], titles: dict[str, str]) -> None:
        self.problems.show_problems(problems, titles)
        self._tabs.setTabText(PROBLEMS, self.tr("Problems") + (f" ({counted(problems)})" if problems else ""))

    def _refusal(self, problems: list[Problem]) -> str:
        return self.tr("Can't run: {problems}").format(problems=counted(problems))

    def show_check_failed(self, text: str) -> None:
        """The check itself was impossible."""
        self._end_checking()
        self._show_head("error", "error", self.tr("The check failed"))
        self.banner.show_message("error", text)

    def show_check_stopped(self) -> None:
        """Somebody gave the check up: what was known before is shown again."""
        self._end_checking()
        if self._run is None:
            self._show_head("ready", "muted", self.tr("Ready"))
        else:
            self._show_run_head()

    def _end_checking(self) -> None:
        self._bar.setRange(0, 1000)
        self._bar.hide()
        self._show_buttons(self._run.state if self._run is not None else "")

    def offer_run_anyway(self, why: str) -> None:
        """Memory or disk will not do, by the estimate."""
        anyway = button(self.tr("Run anyway"), self, on=self._on_run_anyway)
        dismiss = button(self.tr("Cancel"), self, look="quiet", on=self.banner.clear)
        advice = self.tr("The estimate may be off. If the run fails, finished blocks are saved.")
        self.banner.show_message("warning", f"{why} {advice}", anyway, dismiss)

    def show_run(self, run: RunState, titles: dict[str, str]) -> None:
        """A run begins (or an old one is shown)."""
        self._run, self._titles = run, titles
        self.banner.clear()
        self._forget_failure()
        self.table.blocks.show_run(run)
        self._pages.setCurrentWidget(self.table)
        self._bar.setRange(0, 1000)
        self._bar.show()
        self.log.clear(titles)
        if not run.is_over:
            self._clock.start()
        self.refresh()

    def refresh(self, blocks: set[str] | None = None, lines: list[Log] | None = None) -> None:
        """Draw what changed: the blocks named, new log lines, and the head."""
        for block in blocks or ():
            self.table.blocks.touch(block)
        if lines:
            self.log.add(lines)
        if self._run is not None:
            self._show_run_head()
            self.table.fit(over=self._run.is_over)
            if self._run.is_over:
                self._clock.stop()

    def offer_resume(self, failure: Failure) -> None:
        """The process died that executed the run: why, and a button that takes the run up again."""
        resume = button(self.tr("Resume"), self, look="primary", picture="run", on=self._on_resume)
        self.show_failure(failure, resume)

    def show_failure(self, failure: Failure, *first: QPushButton) -> None:
        """Show a failure: what, where, why, what to do, with a button for all details."""
        details = button(self.tr("Details"), self, on=partial(self._show_details, failure))
        self._said = str(failure)
        self.failures.show_message("error", self._said, *first, details, dismissable=True)
        self._said = self.failures.text()

    def _forget_failure(self) -> None:
        """Take away what was said of a former run, and nothing else that may stand there."""
        if self._said and self.failures.text() == self._said:
            self.failures.clear()
        self._said = ""

    # -- inside -------------------------------------------------------------------------------------------------------
    def _show_run_head(self) -> None:
        run = self._run
        assert run is not None
        grade = result_grade(run) if run.shown_state == "done" else None
        _, picture, token = look_of(run_state(run.shown_state), grade)
        self._show_head(picture, token, self._headline(run, grade))
        self._bar.setValue(round(run.total * 1000))
        look = {
            "done": token,
            "failed": "error",
            "interrupted": "error",
            "paused": "warning",
            "cancelling": "warning",
            "stale": "warning",
        }.get(run.shown_state, "")
        set_look(self._bar, look)
        self._show_times()
        self._show_buttons(run.state)

    def _headline(self, run: RunState, grade: Grade | None = None) -> str:
        block = run.current
        number = list(run.blocks).index(block.id) + 1 if block is not None else 0
        of = self.tr("block {number} of {count}, {title}").format(
            number=number, count=len(run.blocks), title=result_name(block.title) if block is not None else ""
        )
        if run.state == "cancelling":
            step = run.message or (work_words(block.text) if block is not None else "")
            return self.tr("Canceling…") + (" " + self.tr("after {place}").format(place=step) if step else "")
        if run.state == "paused":
            return self.tr("Paused") + (f": {of}" if block is not None else "")
        if run.state == "running" and block is not None and block.stopping:
            return self.tr("Stopping early: {what}").format(what=of)
        if run.state == "running":
            return self.tr("Running {what}").format(what=of) if block is not None else self._between(run)
        finished = {
            "broken": self.tr("Finished; the result is broken"),
            "noticeable": self.tr("Finished; the result is degraded"),
        }
        words = {
            "done": finished.get(grade or "", self.tr("Finished")),
            "stale": self.tr("Outdated: the pipeline changed after this run"),
            "failed": self.tr("Failed"),
            "cancelled": self.tr("Canceled; finished blocks are saved"),
            "interrupted": self.tr("Interrupted; finished blocks are saved"),
            "queued": self.tr("Starting…"),
        }
        return words.get(run.shown_state, run.state)

    def _between(self, run: RunState) -> str:
        finished = [block.state in FINISHED for block in run.blocks.values()]
        if all(finished):
            return self.tr("Writing the report…")
        return self.tr("Running") if any(finished) else self.tr("Starting…")

    def _show_times(self) -> None:
        run = self._run
        assert run is not None
        now = time.time()
        seconds = run.seconds(now)
        text = duration_text(seconds) if seconds else ""
        if remaining := remaining_time(run.left_text(now)):
            text += f" · {remaining}"
        self._times.setText(f"{run.total:.0%}  {text}" if not run.is_over else text)

    def _show_head(self, picture: str, token: str, text: str) -> None:
        self._icon.show_icon(picture, token)
        self._title.set_whole(text)

    def _show_buttons(self, state: str) -> None:
        self._buttons["run.pause"].setVisible(state == "running")
        self._buttons["run.continue"].setVisible(state == "paused")
        self._buttons["run.stop"].setVisible(state in ("running", "paused") and self._actions["run.stop"].isEnabled())
        self._buttons["run.cancel"].setVisible(state in ("running", "paused", "queued", "cancelling", "checking"))
        self._buttons["run.cancel"].setEnabled(state != "cancelling")

    def _on_stop_possible(self, possible: bool) -> None:
        self._show_buttons(self._run.state if self._run is not None else "")

    def _tick(self) -> None:
        if self._run is not None and self.isVisible():
            self.table.blocks.tick()
            self._show_times()

    def _on_resume(self) -> None:
        self._forget_failure()
        self.resume_chosen.emit()

    def _on_run_anyway(self) -> None:
        self.banner.clear()
        self.run_anyway_chosen.emit()

    def _show_details(self, failure: Failure, checked: bool = False) -> None:
        FailureDialog(failure, self._titles, self.window()).show()
