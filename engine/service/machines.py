"""Other machines by name: where they are, kept in the workspace, and a run on one of them. Imports no torch."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydantic

from engine.base.errors import BadInput, RunFailed, StudioError
from engine.base.files import make_folder, parse_json, write_json, write_text
from engine.base.record import Record
from engine.contracts.commands import CheckPipeline, Command, DescribeDevice, ReadReport, RunPipeline
from engine.contracts.events import OVER, Event, Failure, JobDone, RunChanged, to_line
from engine.pipeline.document import Pipeline
from engine.record.folder import EVENTS, PIPELINE, REPORT
from engine.record.home import Home, new_run_id
from engine.service.process import EngineProcess, Lane
from engine.service.remote import Machine

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
SECONDS = 0.05
"""Seconds between two looks at what an engine sent."""


class MachineRecord(Record):
    """A machine as it is kept. ``destination``: for ssh. ``python``: the interpreter there; ``home``: the workspace
    there, "" for the default one."""

    name: str
    destination: str
    python: str = "python3"
    home: str = ""

    def machine(self, device: str = "") -> Machine:
        """The machine for an `EngineProcess`; raises `BadInput`."""
        return Machine.over_ssh(self.name, self.destination, python=self.python, home=self.home, device=device)


def read_machines(home: Home) -> list[MachineRecord]:
    """All machines by name; a damaged file is refused with `BadInput`, for it is a person's own list."""
    path = _file(home)
    try:
        entries: Any = parse_json(path.read_text(encoding="utf-8"))
        return sorted((MachineRecord.model_validate(entry) for entry in entries), key=lambda record: record.name)
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        why = "it is not a list of machines" if isinstance(error, pydantic.ValidationError) else str(error)
        raise BadInput("The list of machines is damaged", where=str(path), why=why, advice="delete it") from None


def machine_record(home: Home, name: str) -> MachineRecord:
    """The machine of this name; raises `BadInput`."""
    records = read_machines(home)
    record = next((other for other in records if other.name == name), None)
    if record is None:
        names = ", ".join(other.name for other in records)
        why = f"there are {names}" if names else "none was added yet"
        raise BadInput("Unknown machine", where=name, why=why, advice="see: machines add --help")
    return record


def add_machine(home: Home, record: MachineRecord) -> None:
    """Keep a machine; raises `BadInput` for a name that is taken, or for what ssh can't use."""
    if not NAME.fullmatch(record.name):
        raise BadInput("This can't be the name of a machine", where=record.name, advice="take letters, digits, - and _")
    record.machine()
    records = read_machines(home)
    if any(other.name == record.name for other in records):
        raise BadInput("There is a machine of this name", where=record.name, advice="remove it first")
    _write(home, [*records, record])


def remove_machine(home: Home, name: str) -> None:
    """Forget a machine; nothing on it changes. Raises `BadInput`."""
    record = machine_record(home, name)
    _write(home, [other for other in read_machines(home) if other != record])


def check_machine(home: Home, name: str) -> dict[str, Any]:
    """Description of the device of a machine by its engine; raises `StudioError` if it can't be reached."""
    process = EngineProcess(home, machine=machine_record(home, name).machine())
    try:
        described: dict[str, Any] = ask(process.lane("look"), DescribeDevice())
        return described
    finally:
        process.close(1.0)
        process.kill()


def ask(lane: Lane, command: Command) -> Any:
    """The result of a command other than a run; raises `RunFailed` with the words of its failure."""
    lane.send(command)
    while True:
        for event in lane.drain():
            if event.run == command.id and isinstance(event, JobDone):
                return event.result
            if event.run == command.id and isinstance(event, Failure):
                raise RunFailed(event.what, where=event.where, why=event.why, advice=event.advice)
            if event.run == command.id and isinstance(event, RunChanged) and event.state in OVER:
                raise RunFailed(event.message or f"It was {event.state}")
        time.sleep(SECONDS)


class FarRun:
    """A run on another machine, from its check to the report that is fetched.

    Parameters
    ----------
    home: the workspace here; what is fetched goes to ``far/<machine>/<run>`` in it. ``sink``: hears every event.
    """

    def __init__(self, home: Home, record: MachineRecord, device: str, sink: Callable[[Event], None]) -> None:
        self.id = new_run_id()
        self.folder = home.root / "far" / record.name / self.id
        self._sink = sink
        self._record = record
        self._process = EngineProcess(home, machine=record.machine(device))
        self._lane = self._process.lane("run")
        self._lines: list[str] = []

    def execute(self, pipeline: Pipeline, until: str | None, is_cancelled: Callable[[], bool]) -> dict[str, Any]:
        """Check, run, and fetch report, events and metrics; the weights stay there. Gives the report. Raises
        `StudioError` for what the check refuses."""
        try:
            self._check(pipeline, until)
            state = self._run(pipeline, until, is_cancelled)
            try:
                report: dict[str, Any] = ask(self._process.lane("look"), ReadReport(run=self.id))
            except StudioError:
                report = {"status": state, "run": self.id, "stages": []}
            make_folder(self.folder)
            write_text(self.folder / PIPELINE, pipeline.to_json())
            write_text(self.folder / EVENTS, "".join(f"{line}\n" for line in self._lines))
            write_json(self.folder / REPORT, report)
            return report
        finally:
            self._process.close(2.0)
            self._process.kill()

    def _check(self, pipeline: Pipeline, until: str | None) -> None:
        try:
            checked = ask(self._process.lane("check"), CheckPipeline(pipeline=pipeline.to_json(), until=until))
        except RunFailed as error:
            if not self._process.is_connected:
                raise
            raise self._refusal(pipeline, error) from None
        for problem in checked.problems:
            if problem.severity == "error":
                raise self._refusal(pipeline, RunFailed(problem.message, where=problem.where, advice=problem.advice))

    def _refusal(self, pipeline: Pipeline, error: RunFailed) -> BadInput:
        """The words of a check there, with advice for a model that is only here."""
        models = [str(block.settings.get("model") or "") for block in pipeline.blocks]
        here = next((model for model in models if model and Path(model).expanduser().exists()), None)
        advice, name = error.advice, self._record.name
        if here is not None:
            advice = f"copy {here} to {name}, to which no files are sent yet, or name a model of the hub"
        return BadInput(f"{name} refuses the pipeline: {error.what}", where=error.where, why=error.why, advice=advice)

    def _run(self, pipeline: Pipeline, until: str | None, is_cancelled: Callable[[], bool]) -> str:
        self._lane.send(RunPipeline(id=self.id, pipeline=pipeline.to_json(), until=until))
        cancelled = False
        while True:
            if is_cancelled() and not cancelled:
                cancelled = True
                self._lane.cancel(self.id)
            for event in self._lane.drain():
                if event.run != self.id:
                    continue
                self._lines.append(to_line(event))
                self._sink(event)
                if isinstance(event, RunChanged) and event.state in OVER:
                    return event.state
            time.sleep(SECONDS)


def _file(home: Home) -> Path:
    return home.root / "machines.json"


def _write(home: Home, records: list[MachineRecord]) -> None:
    write_json(_file(home), [record.model_dump(mode="json") for record in records])
