"""From the Run button to the last metric: check, ask, run, pause, cancel; what the views show of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.base.errors import StudioError
from engine.base.files import parse_json
from engine.base.human import duration_text
from engine.contracts.commands import Checked, CheckPipeline, RunPipeline
from engine.contracts.events import Event, Failure, Log, Progress, RunChanged, StageChanged
from engine.contracts.metrics import metrics_words
from engine.contracts.problem import Problem, counted
from engine.contracts.processes import Strategy
from engine.machines.follower import FarFollower
from engine.machines.records import machine_record
from engine.pipeline.differences import same_meaning
from engine.pipeline.document import Pipeline
from engine.pipeline.names import distinct_titles
from engine.record.folder import RunFolder
from engine.record.home import Home, new_run_id
from engine.record.report import read_report
from engine.record.state import FINISHED, RunState, note_stopped
from studio.bridge import Bridge, Question
from studio.document.consent import ask_consent
from studio.document.session import Session
from studio.engine_words import result_name
from studio.far_checks import FarChecks, FarQuestion
from studio.runs.block_painter import BlockPainter, BlockView
from studio.runs.card import result_grade, trains
from studio.runs.panel import RunPanel

CLOCK_MS = 500
"""Between two pictures of the block at work while nothing is heard of it: its time goes on."""


@dataclass
class OpenRun:
    """``pipeline``: the document that was run, with blocks that are off. ``listener``: called with events
    while it is not shown."""

    state: RunState
    pipeline: Pipeline
    events: list[Event] = field(default_factory=list)
    """All but progress, for the charts when it is shown."""
    listener: Callable[[OpenRun, list[Event]], None] | None = None

    def keep(self, events: Sequence[Event]) -> None:
        """Keep the last events; progress is in the state."""
        self.events += [event for event in events if not isinstance(event, Progress)]

    def apply(self, events: list[Event]) -> None:
        """Take in events while it is not shown."""
        for event in events:
            self.state.apply(event)
        self.keep(events)
        if self.listener is not None:
            self.listener(self, events)


class RunController(QObject):
    """Owns the run's state; canvas, outline and run panel are told what to show. GUI thread only."""

    phase_changed = Signal(str)
    """"idle", "checking", "running", "paused" or "cancelling"."""
    verbs_changed = Signal()
    """Another block is at work: what can be done with it may be something else."""
    received = Signal(list)
    """Events of the run, for charts and comparison."""
    run_started = Signal(object)
    """`RunState`, before its first event."""
    begun = Signal()
    """A run is being executed from now on (one that is over and shown again is not)."""
    ended = Signal(object)
    """`RunState` of a run that was executed and is over, after everything else of it was reported."""
    put_beside = Signal(object)
    """`OpenRun` that goes on and is not shown any more: another is."""
    problems_found = Signal(list)
    """`Problem`s of a check, requested or in the background."""
    refused = Signal()
    """A run was refused; the problems say why."""
    message_expired = Signal(str)
    """The last message is about a former run: a new one begins."""

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        view: BlockView,
        panel: RunPanel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._document = session, session.document
        self._bridge, self._view, self._panel = bridge, view, panel
        self.phase = "idle"
        self._check = Question(bridge, self, self._on_checked, self._on_check_failed)
        self._pending_run: tuple[Pipeline, str | None, str] | None = None
        """A pipeline that is checked before it runs, how far it runs, and its id then."""
        self.far_checks = FarChecks(self)
        self._check_there: FarQuestion | None = None
        """A check by the chosen machine."""
        self._painter = BlockPainter(session, view)
        self._said = self.machine = self._checked_machine = ""
        self._together: dict[str, Any] = {}
        self._open: OpenRun | None = None
        """The run that is executed, with its events so far."""
        self._clock = QTimer(self, interval=CLOCK_MS)
        self._clock.timeout.connect(self._painter.draw_running)
        bridge.received.connect(self._on_events)
        self._document.changed.connect(self._on_document_changed)
        self._document.opened.connect(self._on_document_opened)
        self._document.replacing.connect(self._put_beside)
        session.outdated_changed.connect(self._on_outdated)
        panel.run_anyway_chosen.connect(self._run_despite_warning)

    @property
    def run(self) -> RunState | None:
        """The run that the session shows."""
        return self._session.run

    @property
    def open_run(self) -> OpenRun | None:
        """The run that is executed and shown."""
        return self._open

    @property
    def is_active(self) -> bool:
        """True while a run is running or paused."""
        return self.phase in ("running", "paused", "cancelling")

    def titles(self) -> dict[str, str]:
        """Names of the blocks by id, those of the run too."""
        old = distinct_titles(self.run.pipeline) if self.run is not None else {}
        titles = {**old, **distinct_titles(self._document.pipeline)}
        return {name: result_name(title) for name, title in titles.items()}

    @property
    def folder(self) -> Path | None:
        """Folder of the last run."""
        if self.run is None:
            return None
        if self.run.report:
            return Path(self.run.report).parent
        home = Home.default()
        return (home.far / self.run.machine if self.run.machine else home.runs) / self.run.id

    def may_replace(self) -> bool:
        """True if the document may be replaced; during a run on this computer this is refused with a message. One on
        another machine goes on beside."""
        if self.is_active and self.run is not None and self.run.machine:
            return True
        if self.is_active:
            text = self.tr("A run is in progress. Cancel it or wait for it to finish before you open something else.")
            self._show_message("warning", text)
        return not self.is_active

    # -- verbs --------------------------------------------------------------------------------------------------------
    def check(self) -> None:
        """Look for problems and estimate the cost on the chosen machine; run nothing."""
        self._pending_run = None
        self._ask_check()

    def run_on(self, machine: str) -> None:
        """Let runs that are started from now on go to another machine; "" for this one. What a run costs was estimated
        for the one before."""
        self.machine = machine
        self._panel.drop_estimate()

    def run_in(self, processes: int, strategy: Strategy) -> None:
        """Let runs of this computer that are started from now on have so many processes."""
        self._together = {"processes": processes, "strategy": strategy} if processes > 1 else {}

    def command(self, run: str, **values: Any) -> RunPipeline:
        """The command that starts a run on this computer."""
        return RunPipeline(id=run, **values, **self._together)

    def start(self, until: str | None = None, machine: str | None = None, run: str = "") -> None:
        """Check, then run (up to block ``until``) unless something stands in the way. Another machine, by default the
        chosen one, checks itself. ``run``: its id, by default a new one."""
        if self.is_active or self.phase == "checking":
            return
        if there := self.machine if machine is None else machine:
            self._begin_there(there, run or new_run_id(), self._document.pipeline, until, resumes=False)
            return
        self._pending_run = (self._document.pipeline, until, run or new_run_id())
        self._ask_check()

    def resume_run(self, run: str, pipeline: Pipeline, until: str | None = None, machine: str = "") -> None:
        """Take up an interrupted run, whose pipeline is the open one; one of another ``machine`` there."""
        if machine and not self.is_active:
            self._begin_there(machine, run, pipeline, until, resumes=True)
        elif not self.is_active:
            command = self.command(run, until=until, resume=True)
            self._begin(run, pipeline, until, partial(self._bridge.run, command))

    def follow(self, folder: RunFolder, pipeline: Pipeline, until: str | None = None) -> None:
        """Watch a run that another process executes, whose pipeline is the open one."""
        if not self.is_active:
            self._begin(folder.id, pipeline, until, partial(self._bridge.follow, folder))

    def show_open(self, run: OpenRun) -> None:
        """Show a run that goes on beside, whose pipeline is the open one. The one that is shown goes on beside it."""
        self._put_beside()
        titles = distinct_titles(run.pipeline)
        self._painter.forget()
        self._session.show_run(run.state)
        self._panel.show_run(run.state, titles)
        self._open = run
        self._bridge.bring_forward(run.state.id)
        self.run_started.emit(run.state)
        self._set_phase(run.state.state if run.state.state in ("paused", "cancelling") else "running")
        self._view.set_locked(run.state.blocks)
        self._session.compare_with_document()
        self._panel.refresh(set(run.state.blocks), [event for event in run.events if isinstance(event, Log)])
        self._painter.draw_all()
        self.begun.emit()
        self.received.emit(run.events)
        self._session.results_changed.emit()

    def _put_beside(self) -> None:
        """Let the run, if there is one, go on without showing it."""
        if self._open is None or not self.is_active:
            return
        run, self._open = self._open, None
        self._view.set_locked(())
        self._session.show_run(None)
        self._bridge.put_beside(run.apply)
        self._set_phase("idle")
        self.put_beside.emit(run)

    def show_past(self, run: str, pipeline: Pipeline, until: str | None, machine: str = "") -> None:
        """Show a run that is over; its events follow by `apply_past`."""
        if self._show(run, pipeline, until):
            assert self.run is not None
            self.run.machine = machine
            self.run_started.emit(self.run)
            self.phase_changed.emit(self.phase)

    def apply_past(self, events: list[Any]) -> None:
        """Take in events of the run that is shown."""
        if self.run is None or self.is_active:
            return
        for event in events:
            self.run.apply(event)
        self._panel.refresh(set(self.run.blocks), [event for event in events if isinstance(event, Log)])
        self.received.emit(events)

    def replay_events(self, events: list[Any] | None) -> None:
        """Replay the events that cached blocks of the shown run emitted when they were computed."""
        run = self.run
        mine = [event for event in events or [] if run is not None and event.run == run.id]
        touched = {block for event in mine if run is not None and (block := run.apply(event))}
        for block in touched:
            self._painter.draw(block)
        if mine:
            self.received.emit(mine)

    def end_past(self, _: object = None) -> None:
        """All events were read. What has no end was killed: interrupted. Artifacts that are gone are not
        offered."""
        if self.run is None or self.is_active:
            return
        if not self.run.is_over:
            self.run.apply(RunChanged(run=self.run.id, state="interrupted"))
        for block in self.run.blocks.values():
            if block.artifact and not os.path.exists(block.artifact):
                block.artifact = None
        self._note_stopped()
        self._session.compare_with_document()
        self._panel.refresh(set(self.run.blocks))
        self._painter.draw_all()
        self._session.results_changed.emit()

    def _show_message(self, kind: str, text: str) -> None:
        self._said = text
        self._session.message.emit(kind, text)

    def pause(self) -> None:
        """Hold at the next safe point."""
        if self.phase == "running" and self.run is not None:
            self._bridge.pause(self.run.id)
            self._show_message("info", self.tr("Pausing at the next safe point…"))

    def go_on(self) -> None:
        """Go on after a pause."""
        if self.phase == "paused" and self.run is not None:
            self._bridge.resume(self.run.id)
            self._show_message("info", self.tr("The run continues."))

    @property
    def can_stop(self) -> bool:
        """True while a block trains and can be stopped early."""
        if self.run is None or self.phase not in ("running", "paused"):
            return False
        block = self.run.current
        return block is not None and not block.stopping and trains(self.run.pipeline, block.id)

    def stop(self) -> None:
        """End the training at work early and keep what it has; the run goes on with the next block."""
        if not self.can_stop:
            return
        assert self.run is not None and self.run.current is not None
        block = self.run.current
        block.stopping = True
        self._bridge.stop(self.run.id)
        self._painter.draw(block.id)
        self._panel.refresh({block.id})
        self._show_message(
            "info",
            self.tr("“{block}” stops after this step and keeps its result so far.").format(
                block=result_name(block.title)
            ),
        )
        self.verbs_changed.emit()

    def cancel(self) -> None:
        """Stop at the next safe point; said at once, before the engine answers. A check is given up at once."""
        is_there = self._check_there is not None and self._check_there.drop()
        if self.phase == "checking" and (self._check.drop() or is_there):
            self._on_check_failed(None)
            return
        if self.phase not in ("running", "paused") or self.run is None:
            return
        self._bridge.cancel(self.run.id)
        if self.run.is_over:
            return
        self.run.state = "cancelling"
        current = self.run.current
        if current is not None:
            current.state = "cancelling"
            self._painter.draw(current.id)
        self._panel.refresh({current.id} if current is not None else set())
        self._set_phase("cancelling")

    # -- before -------------------------------------------------------------------------------------------------------
    def _ask_check(self) -> None:
        if self.phase != "idle":
            return
        self._set_phase("checking")
        self._panel.banner.clear()
        self._panel.show_checking()
        self._checked_pipeline = self._document.pipeline
        until = self._pending_run[1] if self._pending_run is not None else None
        self._checked_machine = self.machine if self._pending_run is None else ""
        if self._checked_machine:
            answers = (self._on_checked, self._on_check_failed)
            self._check_there = self.far_checks.ask(self._checked_machine, self._checked_pipeline, until, *answers)
            return
        command = CheckPipeline(pipeline=self._checked_pipeline.to_line(), until=until)
        self._check.ask(command)

    def _on_checked(self, answer: object) -> None:
        assert isinstance(answer, Checked)
        self._set_phase("idle")
        problems: list[Problem] = list(answer.problems)
        self._painter.set_cached(self._checked_pipeline, answer.cached)
        self._painter.set_models(self._checked_pipeline, answer.models)
        self._painter.mark(problems)
        self._panel.show_checked(answer, self.titles(), problems, self._checked_machine)
        self.problems_found.emit(problems)
        pending = self._pending_run
        errors = [problem for problem in problems if problem.severity == "error"]
        if pending is not None and self._consented(errors):
            self._ask_check()
        elif errors:
            self._pending_run = None
            blocks = [p.block for p in errors if p.block]
            if blocks:
                self._view.select(blocks[:1])
            self._show_message("error", str(errors[0]))
            self.refused.emit()
        elif pending is None:
            text = counted(problems) or self.tr("No problems found")
            self._show_message("warning" if problems else "success", text)
        elif shortage := answer.shortage():
            self._panel.offer_run_anyway(shortage)
            self._show_message("warning", shortage)
        else:
            self._run_despite_warning()

    def _consented(self, errors: list[Problem]) -> bool:
        """Ask for consent to a model's own code; True if all was allowed and the check should be repeated."""
        folders = {problem.consent for problem in errors if problem.consent}
        return bool(folders) and all(ask_consent(self._panel, Path(folder)) for folder in sorted(folders))

    def _on_check_failed(self, failure: Failure | None) -> None:
        self._set_phase("idle")
        self._pending_run = None
        if failure is None:
            self._panel.show_check_stopped()
            self._show_message("info", self.tr("The check was stopped."))
        else:
            self._panel.show_check_failed(str(failure))
            self._show_message("error", str(failure))

    def _run_despite_warning(self) -> None:
        if self._pending_run is not None and not self.is_active:
            (pipeline, until, run), self._pending_run = self._pending_run, None
            command = self.command(run, pipeline=pipeline.to_json(), until=until)
            self._begin(command.id, pipeline, until, partial(self._bridge.run, command))

    def show_background_check(self, checked: Checked) -> None:
        """Show the problems that the background check found in the present pipeline."""
        if self.phase != "checking":
            problems: list[Problem] = list(checked.problems)
            self._painter.set_models(self._document.pipeline, checked.models)
            self._painter.mark(problems)
            self._panel.show_background_problems(problems, self.titles())
            self.problems_found.emit(problems)

    def _begin_there(self, machine: str, run: str, pipeline: Pipeline, until: str | None, *, resumes: bool) -> None:
        home = Home.default()
        try:
            record = machine_record(home, machine)
        except StudioError as error:
            self._show_message("error", str(error))
            return
        follower = FarFollower(home, record, run, None if resumes else pipeline, until)
        self._begin(run, pipeline, until, partial(self._bridge.attend, follower, run), machine)

    # -- meanwhile ----------------------------------------------------------------------------------------------------
    def _begin(
        self, run: str, pipeline: Pipeline, until: str | None, begin: Callable[[], None], machine: str = ""
    ) -> None:
        if not self._show(run, pipeline, until):
            return
        assert self.run is not None
        self.run.machine = machine
        self._open = OpenRun(self.run, pipeline)
        begin()
        self.message_expired.emit(self._said)
        self.run_started.emit(self.run)
        self._set_phase("running")
        self._view.set_locked(self.run.blocks)
        self._painter.draw_all()
        self.begun.emit()

    def _show(self, run: str, pipeline: Pipeline, until: str | None) -> bool:
        """Put a run in the place of the one that was shown; False if its pipeline can't be read."""
        titles = distinct_titles(pipeline)
        try:
            state = RunState.start(run, pipeline, until, titles)
        except (StudioError, KeyError) as error:
            self._show_message("error", str(error))
            return False
        self._painter.forget()
        self._session.show_run(state)
        self._panel.show_run(state, titles)
        return True

    def _on_events(self, events: list[Any]) -> None:
        run = self.run
        if run is None:
            return
        touched = {block for event in events if event.run == run.id and (block := run.apply(event))}
        if self._open is not None:
            self._open.keep(events)
        lines = [event for event in events if isinstance(event, Log)]
        if any(isinstance(event, RunChanged) for event in events):
            touched |= set(run.blocks)
            self._session.compare_with_document()
        self._panel.refresh(touched, lines)
        if any(isinstance(event, StageChanged) for event in events):
            self.verbs_changed.emit()
            self._hold(event for event in events if isinstance(event, StageChanged) and event.run == run.id)
        now = time.monotonic()
        for block in touched:
            self._painter.draw_event(block, now, running=run.blocks[block].state == "running")
        self.received.emit(events)
        for event in events:
            if isinstance(event, RunChanged):
                self._on_run_changed(event)
            elif isinstance(event, Failure):
                self._panel.show_failure(event)
        if any(not isinstance(event, Log) for event in events) and touched:
            self._session.results_changed.emit()

    def _hold(self, changes: Iterable[StageChanged]) -> None:
        """Pause after a block that was marked for it, unless it was the last one."""
        assert self.run is not None
        holds = self._session.pause_points
        ended = [change.block for change in changes if change.state in ("done", "cached") and change.block in holds]
        if ended and self.phase == "running" and any(b.state not in FINISHED for b in self.run.blocks.values()):
            self._bridge.pause(self.run.id)
            title = result_name(self.run.blocks[str(ended[-1])].title)
            text = self.tr("Paused after “{block}”. Choose Continue to resume.")
            self._show_message("info", text.format(block=title))

    def _on_run_changed(self, event: RunChanged) -> None:
        if event.state in ("running", "paused", "cancelling"):
            if self.phase != "cancelling":
                self._set_phase(event.state)
            return
        if event.state == "queued":
            return
        self._view.set_locked(())
        self._open = None
        self._set_phase("idle")
        assert self.run is not None
        took = duration_text(self.run.seconds(time.time()))
        self._note_stopped()
        if event.state == "done":
            kind = "success" if result_grade(self.run) in ("good", None) else "warning"
            self._show_message(kind, self.tr("Finished in {time}. {what}").format(time=took, what=self._summary()))
        elif event.state == "cancelled":
            begun = self.folder is not None and RunFolder(self.folder).has_begun()
            goes_on = self.tr("Canceled. Finished blocks are saved; Run › Resume a run continues.")
            self._show_message("info", goes_on if begun else self.tr("Canceled before the first block started."))
        elif event.state == "interrupted":
            failure = self.run.failure or Failure(run=self.run.id, what=event.message)
            self._panel.offer_resume(failure)
            self._show_message("error", failure.what)
        else:
            failure = self.run.failure or Failure(run=self.run.id, what=event.message or self.tr("The run failed"))
            begun = self.folder is not None and RunFolder(self.folder).has_begun()
            self._panel.offer_resume(failure) if begun else self._panel.show_failure(failure)
            self._show_message("error", failure.what)
        self.ended.emit(self.run)

    def _note_stopped(self) -> None:
        """Note trainings that the report says were stopped early."""
        assert self.run is not None
        try:
            report = read_report(parse_json(Path(self.run.report or "").read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return
        stopped = note_stopped(self.run, report)
        self._panel.refresh(stopped)
        for block in stopped:
            self._painter.draw(block)

    def _summary(self) -> str:
        """The last result against the source, in a few words."""
        results = [block for block in self._session.results() if block.metrics]
        return metrics_words(results[-1].metrics, results[-1].protocol) if results else ""

    def _on_document_changed(self, old: Pipeline, new: Pipeline) -> None:
        if not same_meaning(old, new):
            self._panel.drop_estimate()
        self._painter.draw_all()

    def _on_outdated(self, blocks: set[str]) -> None:
        self._panel.refresh(blocks)
        for block in blocks:
            self._painter.draw(block)

    def _on_document_opened(self) -> None:
        if self.is_active:
            return
        self._painter.forget(marks=True)
        self._session.show_run(None)
        self._panel.show_idle()

    def _set_phase(self, phase: str) -> None:
        if phase != self.phase:
            self.phase = phase
            self._painter.is_active = self.is_active
            self._clock.start() if phase in ("running", "cancelling") else self._clock.stop()
            self.phase_changed.emit(phase)
