"""The one list of export formats: every file of this package with a ``FORMAT`` in it."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import pkgutil
from pathlib import Path
from typing import Any

import engine.export
from engine.contracts.errors import BadInput
from engine.contracts.problem import Problem
from engine.export.base import ExportFormat, Progress
from engine.export.folder import refuse
from engine.models.model import Model


@functools.cache
def formats() -> dict[str, ExportFormat]:
    """All formats by id, in alphabetical order of their files. A duplicate id is an error."""
    found: dict[str, ExportFormat] = {}
    for file in pkgutil.iter_modules(engine.export.__path__, "engine.export."):
        entry = getattr(importlib.import_module(file.name), "FORMAT", None)
        if entry is None:
            continue
        if entry.id in found:
            raise RuntimeError(f"Two export formats are called {entry.id!r}")
        found[entry.id] = entry if entry.keeps_online else _refusing(entry)
    return found


def _refusing(entry: ExportFormat) -> ExportFormat:
    """The same format, which refuses artifacts that do online what it can't express."""

    def problems(model: Model, options: Any) -> list[Problem]:
        return online_problems(model, entry.title) or entry.problems(model, options)

    def write(model: Model, folder: Path, options: Any, progress: Progress) -> None:
        refuse(online_problems(model, entry.title))
        entry.write(model, folder, options, progress)

    return dataclasses.replace(entry, problems=problems, write=write)


def online_problems(model: Model, title: str) -> list[Problem]:
    """An error for what modules do to activations as they come, which no other program would do."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, module in model.compressed().items():
        if module.online:
            found.setdefault((module.online, module.without), []).append(name)
    return [
        Problem(
            "error",
            f"{title} can't express this result: {names[0]}"
            + (f" (and {len(names) - 1} more)" if len(names) > 1 else "")
            + f" {what}",
            where=names[0],
            advice=f"Export it in the studio's own container, or {without}",
        )
        for (what, without), names in found.items()
    ]


def export_format(format_id: str) -> ExportFormat:
    """The format with this id; raises `BadInput` naming the known ones."""
    if format_id not in formats():
        raise BadInput(
            f"There is no export format '{format_id}'",
            why="known are " + ", ".join(formats()),
            advice="correct the name",
        )
    return formats()[format_id]
