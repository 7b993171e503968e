"""The queue of runs: pipelines that wait their turn, each for a machine, and those that were begun. Kept on the disk
of a workspace, whose windows share it. Torch-free.

Windows write by `change_queue` alone: what another one wrote meanwhile is kept. `begin` gives each entry to one of
them, and each machine to one run at a time.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Collection, Sequence
from typing import Any

import pydantic
from filelock import FileLock, Timeout

from engine.base.errors import RunFailed, StudioError
from engine.base.files import disk_error, file_mode, make_folder, parse_json, write_json
from engine.base.processes import is_alive, own_start
from engine.base.record import Record
from engine.contracts.commands import new_id
from engine.pipeline.document import Pipeline
from engine.record.home import Home

WAIT_SECONDS = 10.0
"""A change takes milliseconds: a lock that is held for so long is held by a process that hangs."""


class Waiting(Record):
    """A pipeline as it was when it was queued. ``seconds`` and bytes of ``memory`` at the peak: None until they are
    estimated, for the device of its machine. ``machine``: the name of the one that it is for, "" for this computer.
    ``run``: its id once it was begun, "" while it waits. ``window``: the one that queued it, or that follows its run;
    "" if nobody does."""

    pipeline: str
    name: str
    id: str = pydantic.Field(default_factory=new_id)
    seconds: float | None = None
    memory: int | None = None
    machine: str = ""
    run: str = ""
    until: str | None = None
    window: str = ""


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


def change_queue(home: Home, change: Callable[[list[Waiting]], list[Waiting]]) -> list[Waiting]:
    """Put in the place of what is on the disk what ``change`` makes of it, while nobody else writes; it is returned.
    Raises `StudioError`."""
    try:
        make_folder(home.queue.parent)
        with FileLock(home.queue.with_suffix(".lock"), timeout=WAIT_SECONDS, mode=file_mode(home.queue)):
            before = read_queue(home)
            after = change(before)
            if after != before:
                write_json(home.queue, [entry.model_dump(mode="json") for entry in after])
            return after
    except Timeout:
        raise RunFailed(
            "The queue can't be changed",
            where=str(home.queue),
            why=f"another window has held it for {WAIT_SECONDS:.0f} seconds",
            advice="close the window that hangs, then try again",
        ) from None
    except OSError as error:
        raise disk_error(error, home.queue) from error


def begin(home: Home, entry: str, run: str, window: str) -> Waiting | None:
    """Mark one that waits as begun by a window. None if it does not wait any more, or the run of another window has its
    machine. Raises `StudioError`."""
    claimed: list[Waiting] = []

    def mark(entries: list[Waiting]) -> list[Waiting]:
        entry_now = next((item for item in entries if item.id == entry and not item.run), None)
        if entry_now is None or entry_now.machine in busy_elsewhere(entries, window):
            return entries
        claimed.append(entry_now.model_copy(update={"run": run, "window": window}))
        begun, waiting = parted(entries)
        return [*begun, *claimed, *(item for item in waiting if item.id != entry)]

    change_queue(home, mark)
    return claimed[0] if claimed else None


def take_over(home: Home, window: str) -> list[Waiting]:
    """Give a window the runs that nobody follows. Raises `StudioError`."""
    claimed: list[Waiting] = []

    def mark(entries: list[Waiting]) -> list[Waiting]:
        claimed.extend(item.model_copy(update={"window": window}) for item in left_alone(entries))
        mine = {item.id: item for item in claimed}
        return [mine.get(item.id, item) for item in entries]

    change_queue(home, mark)
    return claimed


def left_alone(entries: Sequence[Waiting]) -> list[Waiting]:
    """Those that were begun by windows that are gone."""
    return [item for item in entries if item.run and is_gone(item.window)]


def busy_elsewhere(entries: Sequence[Waiting], window: str) -> set[str]:
    """The machines that other windows run something on."""
    return {item.machine for item in entries if item.run and item.window != window and not is_gone(item.window)}


def new_window() -> str:
    """A name for a window of this process."""
    return f"{os.getpid()} {own_start():.2f} {uuid.uuid4().hex[:8]}"


def is_gone(window: str) -> bool:
    """True if the process of a window has ended."""
    process, _, rest = window.partition(" ")
    try:
        return not is_alive(int(process), float(rest.partition(" ")[0]))
    except ValueError:
        return True


def parted(entries: Sequence[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
    """Those that were begun, and those that wait."""
    return [item for item in entries if item.run], [item for item in entries if not item.run]


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
    begun, order = parted(waiting)
    at = next((number for number, item in enumerate(order) if item.id == entry), None)
    if at is not None and 0 <= at + by < len(order):
        order.insert(at + by, order.pop(at))
    return [*begun, *order]
