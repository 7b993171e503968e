"""The state of a machine at a glance: device, memory, room on the disk, version, runs that go on. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.base.errors import RunFailed
from engine.contracts.commands import DescribeDevice
from engine.contracts.transfers import ContentThere, FindContent, RunLine
from engine.machines.far_run import far_runs
from engine.machines.records import MachineRecord
from engine.machines.session import Session, no_checkpoint
from engine.record.folder import GOING_ON
from engine.record.home import Home
from engine.version import __version__


@dataclass(frozen=True)
class Overview:
    """``device``: what `engine.run.environment.describe` says there; ``memory`` of it and ``free_disk`` in bytes;
    ``devices``: number of GPUs like it. ``runs``: those that go on."""

    machine: str
    title: str
    memory: int
    free_disk: int
    devices: int = 1
    version: str = __version__
    runs: tuple[RunLine, ...] = ()
    device: dict[str, Any] = field(default_factory=dict)


def overview(home: Home, record: MachineRecord, checkpoint: Callable[[], None] = no_checkpoint) -> Overview:
    """Ask the engine of a machine. ``checkpoint``: may raise to give up. Raises `StudioError` if the machine can't be
    reached or has another version."""
    with Session(home, record.machine()) as session:
        device = session.ask(DescribeDevice(), checkpoint=checkpoint)
        content = session.ask(FindContent(files=()), checkpoint=checkpoint)
        runs = far_runs(session, record.name)
    if not isinstance(device, dict) or not isinstance(content, ContentThere):
        raise RunFailed(f"{record.name} did not send a valid description of its device")
    memory = device.get("memory")
    kind = str(device.get("device", "cpu"))
    return Overview(
        record.name,
        title=str(device.get("name") or kind)[:200],
        memory=memory if type(memory) is int else 0,
        free_disk=content.free_disk,
        devices=count if type(count := device.get("device_count", 1)) is int and 0 < count < 1000 else 1,
        runs=tuple(line for line in runs if line.status in GOING_ON),
        device=device,
    )
