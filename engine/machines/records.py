"""Other machines by name: where they are, in the workspace. Imports no torch."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pydantic

from engine.base.errors import BadInput
from engine.base.files import parse_json, write_json
from engine.base.record import Record
from engine.contracts.processes import Strategy, refuse_processes
from engine.record.home import Home
from engine.service.remote import Machine

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class MachineRecord(Record):
    """A machine as it is kept. ``destination``: for ssh. ``python``: the interpreter there; ``home``: the workspace
    there, "" for the default one."""

    name: str
    destination: str
    python: str = "python3"
    home: str = ""
    launcher: str = ""
    """"srun" of Slurm with its options, where the engine runs on a compute node; "" for none."""
    processes: int = 1
    """So many execute a run there together, as many as there are GPUs."""
    strategy: Strategy = "ddp"
    """Of training, where there are several."""
    hub_token: bool = False
    """A person's yes: runs that the window starts there use the token of the hub of this computer, in memory only."""

    @property
    def has_time_limit(self) -> bool:
        """True if engines there may be ended by a scheduler."""
        return bool(self.launcher)

    def machine(self, device: str = "") -> Machine:
        """The machine for an `EngineProcess`; raises `BadInput`."""
        return Machine.over_ssh(
            self.name, self.destination, python=self.python, home=self.home, device=device, launcher=self.launcher
        )


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
    _refuse(record)
    records = read_machines(home)
    if any(other.name == record.name for other in records):
        raise BadInput("There is a machine of this name", where=record.name, advice="remove it first")
    _write(home, [*records, record])


def replace_machine(home: Home, record: MachineRecord) -> None:
    """Write the machine of this name anew. Raises `BadInput`."""
    old = machine_record(home, record.name)
    _refuse(record)
    _write(home, [record if other == old else other for other in read_machines(home)])


def remove_machine(home: Home, name: str) -> None:
    """Forget a machine; nothing on it changes. Raises `BadInput`."""
    record = machine_record(home, name)
    _write(home, [other for other in read_machines(home) if other != record])


def _refuse(record: MachineRecord) -> None:
    """Raise `BadInput` for what nothing can be started with."""
    record.machine()
    refuse_processes(record.processes, record.strategy)


def _file(home: Home) -> Path:
    return home.root / "machines.json"


def _write(home: Home, records: list[MachineRecord]) -> None:
    write_json(_file(home), [record.model_dump(mode="json") for record in records])
