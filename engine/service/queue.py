"""The queue of runs: pipelines that wait their turn, each for a machine, and those that were begun. Kept on the disk
of a workspace. Torch-free."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pydantic

from engine.base.errors import StudioError
from engine.base.files import parse_json, write_json
from engine.base.record import Record
from engine.contracts.commands import new_id
from engine.pipeline.document import Pipeline
from engine.record.home import Home


class Waiting(Record):
    """A pipeline as it was when it was queued. ``seconds``: None until they are estimated. ``machine``: the name of the
    one that it is for, "" for this computer. ``run``: its id once it was begun, "" while it waits."""

    pipeline: str
    name: str
    id: str = pydantic.Field(default_factory=new_id)
    seconds: float | None = None
    machine: str = ""
    run: str = ""
    until: str | None = None


def read_queue(home: Home) -> list[Waiting]:
    """Waiting pipelines; a damaged file counts as empty."""
    try:
        entries: Any = parse_json(home.queue.read_text(encoding="utf-8"))
        waiting = [Waiting.model_validate(entry) for entry in entries]
        for item in waiting:
            Pipeline.from_json(item.pipeline)
    except (OSError, ValueError, TypeError, StudioError):
        return []
    return waiting


def write_queue(home: Home, waiting: Sequence[Waiting]) -> None:
    """Keep this; raises `StudioError`."""
    write_json(home.queue, [entry.model_dump(mode="json") for entry in waiting])


def due(waiting: Sequence[Waiting], busy: Collection[str]) -> list[Waiting]:
    """Those whose turn it is: the first of each machine that nothing runs on."""
    occupied, chosen = set(busy), []
    for entry in waiting:
        if not entry.run and entry.machine not in occupied:
            occupied.add(entry.machine)
            chosen.append(entry)
    return chosen


def moved(waiting: Sequence[Waiting], entry: str, by: int) -> list[Waiting]:
    """The same with one that waits longer (positive) or less, as far as there is room. Those that were begun stand
    first, and stay."""
    begun = [item for item in waiting if item.run]
    order = [item for item in waiting if not item.run]
    at = next((number for number, item in enumerate(order) if item.id == entry), None)
    if at is not None and 0 <= at + by < len(order):
        order.insert(at + by, order.pop(at))
    return [*begun, *order]
