"""Commands for other machines: add, list, remove, check, install; runs on one, and their results."""

from __future__ import annotations

import argparse
import dataclasses
import shlex
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.base.errors import BadInput, Cancelled, StudioError
from engine.base.human import bytes_text
from engine.cli.output import PROGRAM, complain, note, say
from engine.cli.running import bar, print_json, watched
from engine.cli.signals import interruptible, leaving
from engine.contracts.processes import processes_text, refuse_processes
from engine.pipeline.document import Pipeline

if TYPE_CHECKING:
    from engine.machines.far_run import FarRun
    from engine.machines.records import MachineRecord


def machines(arguments: argparse.Namespace) -> int:
    """Do what the word after "machines" says."""
    from engine.machines.records import MachineRecord, add_machine, remove_machine
    from engine.record.home import Home

    home = Home.default()
    if arguments.action == "list":
        return _list(arguments)
    if arguments.machine is None:
        raise BadInput("The name of a machine is missing", advice=f"see: {PROGRAM} machines --help")
    if arguments.action == "add":
        if arguments.destination is None:
            raise BadInput("The destination is missing", advice="write NAME user@host, as for ssh")
        fields = {"destination": arguments.destination, "python": arguments.python, "home": arguments.home}
        fields["launcher"] = arguments.launcher
        together: dict[str, Any] = {"processes": arguments.processes or 1, "strategy": arguments.strategy or "ddp"}
        add_machine(home, MachineRecord(name=arguments.machine, **fields, **together))
        note(f"Added. See whether it can be used: {PROGRAM} machines check {arguments.machine}")
    elif arguments.action == "install":
        _install(arguments)
    elif arguments.action == "remove":
        remove_machine(home, arguments.machine)
        note("Removed. Nothing changed on that machine.")
    else:
        return _check(arguments)
    if arguments.json:
        print_json(arguments, machine=arguments.machine)
    return 0


def _install(arguments: argparse.Namespace) -> None:
    from engine.machines.installing import install
    from engine.machines.records import machine_record, replace_machine
    from engine.record.home import Home
    from engine.version import __version__

    record = machine_record(Home.default(), arguments.machine)
    if not arguments.yes:
        if not sys.stdin.isatty():
            raise BadInput("Installing needs a yes", advice="add --yes")
        question = (
            f"Install compression-studio {__version__} on {record.name} ({record.destination}), in a folder of its own?"
        )
        note(f"{question} It fetches torch and other libraries there. [y/N]")
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise Cancelled
    installed = install(record, arguments.python, lambda line: None if arguments.quiet else note(f"  {line}"))
    replace_machine(Home.default(), installed)
    note(f"Installed: {installed.python}. See whether it works: {PROGRAM} machines check {record.name}")


def _list(arguments: argparse.Namespace) -> int:
    from engine.machines.records import read_machines
    from engine.record.home import Home

    records = read_machines(Home.default())
    if arguments.json:
        print_json(arguments, machines=[record.model_dump(mode="json") for record in records])
        return 0
    for record in records:
        together = processes_text(record.processes, record.strategy) if record.processes > 1 else ""
        facts = (record.destination, record.python, record.home, record.launcher, together)
        say("  ".join((record.name, *filter(None, facts))))
    if not records:
        note(f"No machine was added yet: {PROGRAM} machines add NAME user@host")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from engine.machines.overview import overview
    from engine.machines.records import machine_record
    from engine.record.home import Home

    try:
        seen = overview(Home.default(), machine_record(Home.default(), arguments.machine))
    except StudioError:
        note(f"Where the same version is missing: {PROGRAM} machines install {arguments.machine}")
        raise
    if arguments.json:
        runs = [dataclasses.asdict(run) for run in seen.runs]
        more: dict[str, Any] = {"free_disk": seen.free_disk, "version": seen.version, "runs": runs}
        print_json(arguments, machine=arguments.machine, description=seen.device, **more)
        return 0
    say(f"{arguments.machine} can be used: the same version of the program is there.")
    for name, value in seen.device.items():
        if name != "seed" and isinstance(value, str | int | float) and not isinstance(value, bool):
            say(f"  {name}: {bytes_text(int(value)) if name == 'memory' else value}")
    say(f"  room on the disk: {bytes_text(seen.free_disk)}")
    for run in seen.runs:
        say(f"  {run.status}: {run.id}  {run.name}")
    return 0


def run_on(pipeline: Pipeline, arguments: argparse.Namespace) -> int:
    """Run a pipeline on another machine; report, events and metrics are fetched."""
    if arguments.out is not None or arguments.trust_remote_code:
        raise BadInput("--out and --trust-remote-code can't be used with --on", advice="leave them out")
    return _follow(arguments, "", pipeline, lambda far: far.execute(pipeline, arguments.until, _token(arguments)))


def resume_on(arguments: argparse.Namespace) -> int:
    """Take up a run on another machine, or follow it if it goes on there."""
    if arguments.trust_remote_code or arguments.device:
        raise BadInput("--device and --trust-remote-code can't be used with --on", advice="leave them out")
    return _follow(arguments, arguments.run, None, lambda far: far.resume(_token(arguments)))


def results_on(arguments: argparse.Namespace) -> int:
    """List the runs of another machine, or fetch the results of one."""
    from engine.machines.far_run import FarRun, far_runs
    from engine.machines.records import machine_record
    from engine.machines.session import Session
    from engine.record.home import Home
    from engine.service.terminal import report_table, table

    home = Home.default()
    record = machine_record(home, arguments.on)
    if not arguments.filter:
        with Session(home, record.machine()) as session:
            runs = far_runs(session, record.name)
        if arguments.json:
            print_json(arguments, machine=record.name, runs=[dataclasses.asdict(run) for run in runs])
        elif runs:
            say(table(("Run", "State", "Name"), [(run.id, run.status, run.name) for run in runs], numeric=False))
        else:
            say(f"No runs yet on {record.name}.")
        return 0
    if len(arguments.filter) > 1:
        raise BadInput("Only one run can be fetched", where=" ".join(arguments.filter), advice="give its id")
    with bar(arguments, "Fetch") as progress, interruptible() as control:
        more: dict[str, Any] = {"progress": progress, "is_cancelled": lambda: control.is_cancelled}
        with FarRun(home, record, run=arguments.filter[0], **more) as far:
            report = far.fetch()
            weights = far.fetch_weights(arguments.block or "") if arguments.fetch or arguments.block else None
    if arguments.json:
        fetched = {} if weights is None else {"weights": str(weights)}
        print_json(arguments, run=far.id, machine=record.name, folder=str(far.folder), report=report, **fetched)
        return 0
    if any(stage["metrics"] for stage in report["stages"]):
        say(report_table(report))
    say(f"{report['status']}. Report: {far.folder / 'report.html'}")
    if weights is not None:
        say(f"Weights: {weights}. Export them with: {PROGRAM} export {shlex.quote(str(weights))}")
    return 0


def _follow(
    arguments: argparse.Namespace, run: str, pipeline: Pipeline | None, action: Callable[[FarRun], dict[str, Any]]
) -> int:
    """Do something with a run on a machine; gives the exit status."""
    from engine.machines.far_run import FarRun
    from engine.machines.records import machine_record
    from engine.record.home import Home
    from engine.service.job_progress import JOB, JobMeter
    from engine.service.terminal import report_table

    home = Home.default()
    record = _with_processes(machine_record(home, arguments.on), arguments)
    with watched(pipeline, arguments) as (sink, control), leaving() as is_left:
        far = FarRun(
            home,
            record,
            run=run,
            device=arguments.device or "",
            sink=sink,
            progress=JobMeter(JOB, sink, block=JOB),
            is_cancelled=lambda: control.is_cancelled,
            is_left=is_left,
        )
        again = f"{PROGRAM} resume {far.id} --on {record.name}"
        note(f"Run {far.id} on {record.name}. It goes on there if this ends; follow it with: {again}")
        with far:
            report = action(far)
    status = str(report.get("status"))
    if arguments.json:
        print_json(arguments, status, run=far.id, machine=record.name, folder=str(far.folder), report=report)
    elif any(stage["metrics"] for stage in report.get("stages", [])):
        say(report_table(report))
        say(f"Report: {far.folder / 'report.html'}")
        say(f"The weights are on {record.name}: {PROGRAM} results --on {record.name} {far.id} --fetch")
    if status == "running":
        note(f"It goes on on {record.name}. Follow it with: {again}")
        return 0
    if status not in ("done", "cancelled"):
        complain(f"The run on {record.name} is {status}{_reason(report)}.")
    return {"done": 0, "cancelled": 130}.get(status, 1)


def _with_processes(record: MachineRecord, arguments: argparse.Namespace) -> MachineRecord:
    """The machine with as many processes as are asked for, for this run."""
    chosen = {"processes": arguments.processes, "strategy": arguments.strategy}
    changed = record.model_copy(update={name: value for name, value in chosen.items() if value is not None})
    refuse_processes(changed.processes, changed.strategy)
    return changed


def _reason(report: dict[str, Any]) -> str:
    error = report.get("error") or {}
    return f": {error['message']}" if error.get("message") else ""


def _token(arguments: argparse.Namespace) -> str:
    """The token of the hub, "" without a yes. Raises `BadInput` if there is none."""
    if not arguments.hub_token:
        return ""
    from huggingface_hub import get_token

    token = get_token()
    if not token:
        raise BadInput("You are not logged in to the hub on this machine", advice="run: hf auth login")
    return str(token)
