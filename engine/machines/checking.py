"""Checks of pipelines by the machine that would run them: what they cost with its device and its measured rates.

A model that is not there is not sent for a check: its headers are, and the machine looks at those. Imports no torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine import resources
from engine.base.errors import RunFailed
from engine.base.files import expanded
from engine.contracts.commands import Checked, CheckPipeline
from engine.contracts.settings import Kind
from engine.machines.moving import Moving
from engine.machines.session import Session, no_checkpoint, over_lost_links
from engine.pipeline.document import Pipeline
from engine.run.absolute_paths import is_here, with_resolved_names

MOST_BYTES = 1 << 60
LONGEST_SECONDS = 1e10
"""Longest estimate of a run that is accepted: about three centuries."""


def names_here(pipeline: Pipeline) -> dict[str, Path]:
    """Paths of models and texts of the pipeline that are on this machine, by the names that they have in it."""
    names = dict[str, Path]()

    def note(name: str, kind: Kind) -> str:
        if is_here(name, kind):
            names[name] = expanded(name).resolve()
        return name

    with_resolved_names(pipeline, note)
    return names


def with_names_there(pipeline: Pipeline, machine: str, send: Callable[[Path], str]) -> Pipeline:
    """The same with the paths that ``send`` gives for models and texts of this machine. Raises what it raises, and
    `RunFailed` for what can't be a path."""
    own = resources.path("sample", "model").resolve()
    there = {name: "sample" if path == own else send(path) for name, path in names_here(pipeline).items()}
    if not all(path.isprintable() and path for path in there.values()):
        raise RunFailed(f"{machine} did not return a valid path")
    return with_resolved_names(pipeline, lambda name, kind: there.get(name, name))


def check_there(
    session: Session,
    machine: str,
    pipeline: Pipeline,
    until: str | None = None,
    checkpoint: Callable[[], None] = no_checkpoint,
) -> Checked:
    """Problems and estimates of a pipeline for the device of a machine; nothing large is sent. ``checkpoint``: may
    raise to give up. Raises `StudioError`."""
    moving = Moving(session, machine, checkpoint=checkpoint)
    lacking = list[Path]()

    def send(path: Path) -> str:
        there = moving.find(path)
        if there is None:
            lacking.append(path)
        return there or moving.send_headers(path)

    resolved = with_names_there(pipeline, machine, send)
    is_new = bool(lacking)

    def attempt() -> Any:
        command = CheckPipeline(pipeline=resolved.to_json(), until=until, quick=is_new, new=is_new)
        return session.ask(command, "check", checkpoint)

    return as_checked(over_lost_links(attempt, checkpoint), machine)


def as_checked(answer: object, machine: str) -> Checked:
    """The answer of a machine if it can be one. Raises `RunFailed`."""
    if not isinstance(answer, Checked):
        raise RunFailed(f"{machine} did not return the result of the pipeline check")
    sizes = [answer.free_memory, answer.free_disk, answer.measuring_memory, answer.engine_memory]
    seconds = [answer.measuring, answer.slowdown]
    for disk, memory, estimate in answer.estimates.values():
        sizes += [disk, memory]
        seconds += [] if estimate is None else [estimate]
    if (
        min(sizes) < 0
        or max(sizes) >= MOST_BYTES
        or not all(math.isfinite(value) and 0 <= value < LONGEST_SECONDS for value in seconds)
    ):
        raise RunFailed(f"{machine} did not return the result of the pipeline check", why="its numbers can't be right")
    return answer
