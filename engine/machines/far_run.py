"""A run on another machine: what it reads is sent, it is followed, and its results are fetched. Imports no torch.

The folder of the copy, ``far/<machine>/<run>``, is like that of any run: report, events, pipeline and environment;
paths in it are of this machine. The models that blocks left come to ``fetched/<machine>`` when somebody fetches them,
under the names that they have there: equal blocks of several runs share one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.base.errors import BadInput, Cancelled, RunFailed, StudioError
from engine.base.files import make_folder, read_object, whole_file, write_json, write_text
from engine.checkpoints.hub import resolve
from engine.contracts.commands import CheckPipeline, ReadReport, RunPipeline
from engine.contracts.events import (
    OVER,
    Event,
    LinkChanged,
    Log,
    Measured,
    RunChanged,
    StageChanged,
    from_line,
    to_line,
)
from engine.contracts.transfers import ListRuns, RunLine, UseHubToken
from engine.machines.checking import as_checked, with_names_there
from engine.machines.moving import Moving, Progress
from engine.machines.records import MachineRecord
from engine.machines.session import SECONDS, LinkLost, NotReached, Session, over_lost_links
from engine.pipeline.document import Pipeline
from engine.record.folder import ENVIRONMENT, EVENTS, PAGE, PIPELINE, REPORT, RunFolder
from engine.record.history import History
from engine.record.home import Home, new_run_id
from engine.record.report import read_report, timestamp
from engine.service.detached import RUN_ID
from engine.service.remote import delay_after

RAW = ".there"
"""Folder of the files as they came, beside the copies whose paths are of this machine."""


MOST_RESUMES = 200
"""A run on a cluster is taken up so many times by itself when the time of its job is over."""


class FarRun:
    """A run on a machine, new or known there. Use it with ``with``: the connection ends behind it, the run goes on.

    Parameters
    ----------
    home: the workspace here. ``run``: its id, a fresh one by default. ``device``: there, the best by default.
    sink: hears every event. ``progress``: of files that are moved.
    is_cancelled: asked for again and again: the run is to end at its next safe point.
    is_left: likewise: it goes on there, and nobody follows it any more.
    """

    def __init__(
        self,
        home: Home,
        record: MachineRecord,
        *,
        run: str = "",
        device: str = "",
        sink: Callable[[Event], None] = lambda event: None,
        progress: Progress = lambda fraction, text: None,
        is_cancelled: Callable[[], bool] = lambda: False,
        is_left: Callable[[], bool] = lambda: False,
    ) -> None:
        self.id = run or new_run_id()
        if not RUN_ID.fullmatch(self.id):
            raise BadInput("This can't be the id of a run", where=ascii(self.id)[:80])
        self.machine, self._machine_record = record.name, record
        self.folder = home.far / record.name / self.id
        self._home, self._sink = home, sink
        self._is_cancelled, self._is_left = is_cancelled, is_left
        self._is_over = False
        self._resumes = MOST_RESUMES if record.has_time_limit else 0
        self._sources: dict[str, Path | None] = {}
        """Models that blocks of the pipeline bring, by block, where they are on this machine."""
        self.session = Session(home, record.machine(device), self._on_log)
        self._moving = Moving(self.session, record.name, progress, self._checkpoint)

    def __enter__(self) -> FarRun:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    # -- what it does -------------------------------------------------------------------------------------------------
    def execute(self, pipeline: Pipeline, until: str | None, token: str = "") -> dict[str, Any]:
        """Send what the pipeline reads from here, check, run, and fetch the results but no weights. Gives the report.
        ``token``: of the hub, for what is downloaded there. Raises `StudioError` for what the check refuses."""
        self._moving.progress(0.0, f"Connecting to {self.machine}")
        there = self._sent(pipeline)
        self._check(there, until)
        self._use(token)
        self._begin(pipeline, until)
        return self._followed(self._command(pipeline=there.to_json(), until=until))

    def resume(self, token: str = "") -> dict[str, Any]:
        """Take the run up again, or follow it if it goes on there; gives the report. Raises `StudioError`."""
        self.session.ask(ReadReport(run=self.id))  # one that is not there is refused in its words
        self._use(token)
        return self._followed(self._command(resume=True))

    def follow(self, pipeline: Pipeline, until: str | None, token: str = "") -> dict[str, Any]:
        """Follow the run that was begun by an earlier process; one that has ended meanwhile is fetched and not taken
        up, one that never arrived is begun. Gives the report. Raises as `execute`."""
        report = self._report_there()
        if report is None:
            return self.execute(pipeline, until, token)
        if not (self.folder / PIPELINE).is_file():
            self._begin(pipeline, until)
        status = report.get("status", "queued")
        if status not in OVER or (status == "interrupted" and self._resumes):  # by the end of its job's time
            return self._followed(self._command(resume=True))
        self._is_over = True
        fetched: dict[str, Any] = over_lost_links(self.fetch)
        for event in RunFolder(self.folder).events():
            if not isinstance(event, RunChanged):
                self._sink(event)
        message = str((fetched.get("error") or {}).get("message") or "")
        last = RunChanged(run=self.id, state=status, message=message, report=str(self.folder / REPORT))
        self._sink(last)
        return fetched

    def fetch(self) -> dict[str, Any]:
        """Fetch report, events, metrics and plots as they are now; gives the report. Raises `StudioError`."""
        from engine.record.report_page import as_html  # it loads numpy

        self._moving.fetch(self.id, "", self.folder / RAW)
        status = self._ask_report().get("status")
        _copy_pipeline(self.folder)
        report = self._report()
        if isinstance(status, str) and status:
            report["status"] = status
        events = self._copy_events()
        environment = _object(self.folder / RAW / ENVIRONMENT)
        write_json(self.folder / ENVIRONMENT, {**environment, "run": self.id, "machine": self.machine})
        write_json(self.folder / REPORT, report)
        write_text(self.folder / PAGE, as_html(report, events))
        self._record(report)
        return report

    def fetch_weights(self, block: str = "") -> Path:
        """Fetch the model that a block left, the last one by default; gives its folder here. Raises `StudioError`."""
        report = read_report(self._ask_report())
        blocks = {stage["block"]: stage["artifact"] for stage in report["stages"] if stage["artifact"]}
        if not blocks or (block and block not in blocks):
            why = f"those with a result are {', '.join(blocks)}" if blocks else "no block has finished"
            raise BadInput("There are no such weights", where=f"{self.id} {block}".strip(), why=why)
        chosen = block or list(blocks)[-1]
        folder = self._fetched(blocks[chosen])
        self._moving.fetch(self.id, chosen, folder)
        return folder

    def pause(self) -> None:
        """Hold it at its next safe point."""
        self.session.process.lane("run").pause(self.id)

    def go_on(self) -> None:
        """Let it go on after a pause."""
        self.session.process.lane("run").resume(self.id)

    def stop(self) -> None:
        """Let the block at work end early and keep what it has."""
        self.session.process.lane("run").stop(self.id)

    # -- its steps ----------------------------------------------------------------------------------------------------
    def _sent(self, pipeline: Pipeline) -> Pipeline:
        """The pipeline with the paths that its models and texts have there; what is missing there is sent."""
        return with_names_there(pipeline, self.machine, self._moving.send)

    def _check(self, pipeline: Pipeline, until: str | None) -> None:
        self._moving.progress(0.0, f"Checking on {self.machine}")

        def attempt() -> Any:
            command = CheckPipeline(pipeline=pipeline.to_json(), until=until)
            return self.session.ask(command, "check", self._checkpoint)

        try:
            checked = over_lost_links(attempt, self._checkpoint)
        except RunFailed as error:
            if not self.session.process.is_connected:
                raise
            raise self._refusal(error) from None
        for problem in as_checked(checked, self.machine).problems:
            if problem.severity == "error":
                raise self._refusal(BadInput(problem.message, where=problem.where, advice=problem.advice))

    def _refusal(self, error: StudioError) -> BadInput:
        what = f"{self.machine} refuses the pipeline: {error.what}"
        return BadInput(what, where=error.where, why=error.why, advice=error.advice)

    def _use(self, token: str) -> None:
        if token:
            over_lost_links(lambda: self.session.ask(UseHubToken(token=token), "run"), self._checkpoint)

    def _command(self, **values: Any) -> RunPipeline:
        there = self._machine_record
        return RunPipeline(id=self.id, processes=there.processes, strategy=there.strategy, **values)

    def _begin(self, pipeline: Pipeline, until: str | None) -> None:
        """The run is in the list from now on, whatever becomes of this process."""
        make_folder(self.folder)
        write_text(self.folder / PIPELINE, pipeline.to_json())
        started = {"run": self.id, "started": timestamp(), "machine": self.machine}
        write_json(self.folder / ENVIRONMENT, started | ({"until": until} if until else {}))
        values: dict[str, Any] = {"status": "queued", "run": self.id, "name": pipeline.name, "started": timestamp()}
        values |= {"folder": str(self.folder), "pipeline": pipeline.model_dump(mode="json")}
        report = read_report(values)
        write_json(self.folder / REPORT, report)
        self._record(report)

    def _followed(self, command: RunPipeline) -> dict[str, Any]:
        last = self._follow(command)
        while last is not None and self._resumes and self._has_lost_its_time(last):
            self._resumes -= 1
            text = f"The time on {self.machine} was over; the run is taken up where it was"
            self._sink(Log(run=self.id, level="info", text=text))
            last = self._follow(self._command(resume=True))
        self.session.process.notices.drain()  # the lane of the run has said the same
        self._is_over = True
        if last is None:
            return read_report({"status": "running", "run": self.id, "folder": str(self.folder)})
        self._sink(self._here(last))
        try:
            report: dict[str, Any] = over_lost_links(self.fetch)
        except StudioError:
            if last.state == "done":
                raise
            report = read_report({"status": last.state, "run": self.id, "folder": str(self.folder)})
        return report

    def _follow(self, command: RunPipeline) -> RunChanged | None:
        """Hand on the events of the run; gives the last one, which is not handed on, or None when it is left."""
        lane = self.session.process.lane("run")
        lane.send(command)
        is_told, connected = False, True
        while True:
            if self.session.process.was_connected and self.session.process.is_connected != connected:
                connected = not connected
                self._sink(LinkChanged(run=self.id, machine=self.machine, connected=connected))
            if self._is_left():
                return None
            if self._is_cancelled() and not is_told:
                is_told = True
                lane.cancel(self.id)
            for event in lane.drain():
                if event.run != self.id:
                    continue
                if isinstance(event, RunChanged) and event.state in OVER:
                    return event
                self._sink(self._here(event))
            time.sleep(SECONDS)

    def _has_lost_its_time(self, last: RunChanged) -> bool:
        """True if a scheduler ended the engine: nobody wanted the end of the run."""
        if self._is_cancelled() or last.state not in ("interrupted", "cancelled"):
            return False
        runs = over_lost_links(lambda: far_runs(self.session, self.machine))
        return any(line.id == self.id and line.status == "interrupted" for line in runs)

    def _checkpoint(self) -> None:
        if not self._is_over and (self._is_cancelled() or self._is_left()):
            raise Cancelled

    def _on_log(self, line: Log) -> None:
        self._sink(dataclasses.replace(line, run=self.id))

    def _report_there(self) -> dict[str, Any] | None:
        """The report as it is there, None for a run that has no folder. A machine that is out of reach is waited for,
        as long as it takes: the run may go on there, and a cancel is heard there when it is reached."""
        failures = 0
        while True:
            self._moving.progress(0.0, f"Connecting to {self.machine}")
            try:
                report = read_report(self.session.ask(ReadReport(run=self.id), checkpoint=self._leave_checkpoint))
            except (LinkLost, NotReached):
                if not failures:
                    self._sink(LinkChanged(run=self.id, machine=self.machine, connected=False))
                failures += 1
                self._wait(delay_after(failures))
                continue
            except RunFailed:
                if not self.session.process.is_connected:  # another version is there
                    raise
                report = None
            if failures:
                self._sink(LinkChanged(run=self.id, machine=self.machine, connected=True))
            return report

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._leave_checkpoint()
            time.sleep(SECONDS)

    def _leave_checkpoint(self) -> None:
        if self._is_left():
            raise Cancelled

    # -- the copy -----------------------------------------------------------------------------------------------------
    def _ask_report(self) -> dict[str, Any]:
        report = over_lost_links(lambda: self.session.ask(ReadReport(run=self.id)), self._checkpoint)
        return report if isinstance(report, dict) else {}

    def _here(self, event: Event) -> Event:
        """The event with paths of this machine."""
        if isinstance(event, StageChanged | Measured) and event.artifact:
            return dataclasses.replace(event, artifact=str(self._artifact_here(event.block or "", event.artifact)))
        if isinstance(event, RunChanged) and event.report:
            return dataclasses.replace(event, report=str(self.folder / REPORT))
        return event

    def _artifact_here(self, block: str, there: str) -> Path:
        """The path of what a block left: a source's own model where that is here, too, else the place of a fetched
        one."""
        if block not in self._sources:
            with contextlib.suppress(StudioError):
                pipeline = Pipeline.read(self.folder / PIPELINE)
                names = {item.id: str(item.settings.get("model") or "") for item in pipeline.blocks}
                self._sources = {name: _source(model) for name, model in names.items()}
        return self._sources.get(block) or self._fetched(there)

    def _fetched(self, there: str) -> Path:
        name = "".join(c if c.isalnum() or c in "_-." else "_" for c in re.split(r"[/\\]", there)[-1])[:100]
        return self._home.fetched / self.machine / (name.strip(".") or "_")

    def _report(self) -> dict[str, Any]:
        """The report as it came, with paths of this machine."""
        report = read_report(_object(self.folder / RAW / REPORT))
        pipeline = Pipeline.read(self.folder / PIPELINE)
        report |= {"run": self.id, "folder": str(self.folder), "pipeline": pipeline.model_dump(mode="json")}
        models = {block.id: str(block.settings.get("model") or "") for block in pipeline.blocks}
        for stage in report["stages"]:
            if model := models.get(stage["block"], ""):
                stage["settings"] = {**stage["settings"], "model": model}
            if stage["artifact"]:
                stage["artifact"] = str(self._artifact_here(stage["block"], stage["artifact"]))
        report["environment"] = {**report["environment"], "machine": self.machine}
        return report

    def _copy_events(self) -> list[Event]:
        """Events of the log as it came, written with paths of this machine. Lines that can't be read are left out."""
        events = []
        raw = self.folder / RAW / EVENTS
        with whole_file(self.folder / EVENTS) as temporary, open(temporary, "w", encoding="utf-8") as file:
            for line in raw.read_bytes().splitlines() if raw.is_file() else []:
                try:
                    event = self._here(dataclasses.replace(from_line(line.decode("utf-8", "replace")), run=self.id))
                except ValueError:
                    continue
                events.append(event)
                file.write(f"{to_line(event)}\n")
        return events

    def _record(self, report: dict[str, Any]) -> None:
        with History.open(self._home) as history:
            history.record(RunFolder(self.folder), report)


def far_runs(session: Session, machine: str) -> tuple[RunLine, ...]:
    """The last runs of a machine. Raises `StudioError`."""
    lines = session.ask(ListRuns())
    if not isinstance(lines, tuple) or not all(isinstance(line, RunLine) for line in lines):
        raise RunFailed(f"{machine} did not return a list of runs")
    return lines


def _source(model: str) -> Path | None:
    """The folder or file of a model by its name, None where it is not on this machine."""
    with contextlib.suppress(BadInput):
        return resolve(model) if model else None
    return None


def _copy_pipeline(folder: Path) -> None:
    """The pipeline as it is here, or where it began there, as it came."""
    if not (folder / PIPELINE).is_file():
        write_text(folder / PIPELINE, Pipeline.read(folder / RAW / PIPELINE).to_json())


def _object(path: Path) -> dict[str, Any]:
    try:
        return read_object(path)
    except StudioError:
        return {}
