"""Runs on another machine, for the functions that take ``machine``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.base.errors import BadInput, Cancelled, RunFailed
from engine.contracts.events import Event
from engine.machines.far_run import FarRun
from engine.machines.records import machine_record
from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.service.job_progress import JOB, JobMeter
from engine.service.terminal import Terminal


def run_there(
    machine: str,
    home: Home,
    terminal: Terminal,
    on_event: Callable[[Event], None] | None,
    *,
    pipeline: Pipeline | None = None,
    run: str = "",
    device: str | None = None,
) -> dict[str, Any]:
    """Run a pipeline on a machine, or take up a ``run`` there; gives the report of a run that is done. Raises
    `BadInput` for what its check refuses, `RunFailed`, `Cancelled`."""
    cancelled: list[bool] = []

    def sink(event: Event) -> None:
        terminal(event)
        if on_event is None:
            return
        try:
            on_event(event)
        except Cancelled:
            cancelled.append(True)

    record = machine_record(home, machine)
    more: dict[str, Any] = {"sink": sink, "progress": JobMeter(JOB, terminal, block=JOB)}
    more |= {"run": run, "device": device or "", "is_cancelled": lambda: bool(cancelled)}
    with FarRun(home, record, **more) as far:
        report = far.resume() if pipeline is None else far.execute(pipeline, None)
    if report.get("status") == "cancelled":
        raise Cancelled
    if report.get("status") != "done":
        message = (report.get("error") or {}).get("message") or f"The run on {machine} is {report.get('status')}"
        raise RunFailed(message, where=f"{far.id} on {machine}", advice=f"engine.resume('{far.id}') goes on with it")
    return report


def weights_of(run_folder: Path, home: Home, block: str, artifact: Path) -> Path:
    """The folder of a block's model; one that is on another machine is fetched first. Raises `StudioError`."""
    folder = RunFolder(run_folder)
    machine = folder.machine
    if not machine or artifact.exists():
        return artifact
    with FarRun(home, machine_record(home, machine), run=folder.id) as far:
        return far.fetch_weights(block)


def refuse_local_only(folder: object, trust_remote_code: object) -> None:
    """Raise `BadInput` for arguments that mean something on this machine only."""
    if folder is not None:
        raise BadInput("The folder of a run on another machine can't be chosen", advice="leave out folder")
    if trust_remote_code:
        raise BadInput("A yes to the code of a model can't be given for another machine yet", advice="leave it out")
