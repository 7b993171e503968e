"""Commands for other machines: add, list, remove, check; and a run on one."""

from __future__ import annotations

import argparse
from typing import Any

from engine.base.errors import BadInput
from engine.base.human import bytes_text
from engine.cli.output import PROGRAM, complain, note, say
from engine.cli.running import print_json, watched
from engine.pipeline.document import Pipeline


def machines(arguments: argparse.Namespace) -> int:
    """Do what the word after "machines" says."""
    from engine.record.home import Home
    from engine.service.machines import MachineRecord, add_machine, remove_machine

    home = Home.default()
    if arguments.action == "list":
        return _list(arguments)
    if arguments.machine is None:
        raise BadInput("The name of a machine is missing", advice=f"see: {PROGRAM} machines --help")
    if arguments.action == "add":
        if arguments.destination is None:
            raise BadInput("The destination is missing", advice="write NAME user@host, as for ssh")
        fields = {"destination": arguments.destination, "python": arguments.python, "home": arguments.home}
        add_machine(home, MachineRecord(name=arguments.machine, **fields))
        note(f"Added. See whether it can be used: {PROGRAM} machines check {arguments.machine}")
    elif arguments.action == "remove":
        remove_machine(home, arguments.machine)
        note("Removed. Nothing changed on that machine.")
    else:
        return _check(arguments)
    if arguments.json:
        print_json(arguments, machine=arguments.machine)
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from engine.record.home import Home
    from engine.service.machines import read_machines

    records = read_machines(Home.default())
    if arguments.json:
        print_json(arguments, machines=[record.model_dump(mode="json") for record in records])
        return 0
    for record in records:
        say(f"{record.name}  {record.destination}  {record.python}  {record.home}".rstrip())
    if not records:
        note(f"No machine was added yet: {PROGRAM} machines add NAME user@host")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from engine.record.home import Home
    from engine.service.machines import check_machine

    described = check_machine(Home.default(), arguments.machine)
    if arguments.json:
        print_json(arguments, machine=arguments.machine, description=described)
        return 0
    say(f"{arguments.machine} can be used: the same version of the program is there.")
    for name, value in described.items():
        if name != "seed" and isinstance(value, str | int | float) and not isinstance(value, bool):
            say(f"  {name}: {bytes_text(int(value)) if name == 'memory' else value}")
    return 0


def run_on(pipeline: Pipeline, arguments: argparse.Namespace) -> int:
    """Run a pipeline on another machine; report, events and metrics are fetched."""
    from engine.record.home import Home
    from engine.service.machines import FarRun, machine_record
    from engine.service.terminal import report_table

    if arguments.out is not None or arguments.trust_remote_code:
        raise BadInput("--out and --trust-remote-code can't be used with --on", advice="leave them out")
    home = Home.default()
    record = machine_record(home, arguments.on)
    with watched(pipeline, arguments) as (sink, control):
        far = FarRun(home, record, arguments.device or "", sink)
        report: dict[str, Any] = far.execute(pipeline, arguments.until, lambda: control.is_cancelled)
    status = str(report.get("status"))
    if arguments.json:
        print_json(arguments, status, run=far.id, machine=record.name, folder=str(far.folder), report=report)
    elif any(stage.get("metrics") for stage in report.get("stages", [])):
        say(report_table(report))
        say(f"Report: {far.folder}. The weights are on {record.name}.")
    if status not in ("done", "cancelled"):
        complain(f"The run on {record.name} is {status}.")
    return {"done": 0, "cancelled": 130}.get(status, 1)
