"""The one list of export formats: every file of this package with a ``FORMAT`` in it, then those of other packages."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import pkgutil
import re
from pathlib import Path
from typing import Any

from engine.architecture.expert_counts import UNEVEN, is_uneven
from engine.base.errors import BadInput
from engine.base.likely import likely
from engine.base.plugins import PluginRefused, add_plugins
from engine.contracts.problem import Problem
from engine.export.base import ExportFormat, Progress
from engine.export.folder import refuse
from engine.models.model import Model


@functools.cache
def formats() -> dict[str, ExportFormat]:
    """All formats by id, in alphabetical order of their files, then those of other packages.

    A duplicate id is an error; of plug-ins, the one that has it is left out.
    """
    found: dict[str, ExportFormat] = {}
    package = importlib.import_module("engine.export.formats")
    for file in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        entry = getattr(importlib.import_module(file.name), "FORMAT", None)
        if entry is not None:
            if entry.id in found:
                raise RuntimeError(_taken(entry))
            found[entry.id] = entry if entry.keeps_online else _refusing(entry)

    def add(entry: Any, origin: str) -> None:
        if not isinstance(entry, ExportFormat):
            raise PluginRefused(f"it is of type {type(entry).__name__}, not an ExportFormat")
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,59}", entry.id):
            raise PluginRefused(f"its id {entry.id!r} is not a word of small letters, digits, underscores and hyphens")
        if entry.id in found:
            raise PluginRefused(_taken(entry))
        entry.options()  # raises if the defaults are refused
        entry = dataclasses.replace(entry, origin=origin)
        found[entry.id] = entry if entry.keeps_online else _refusing(entry)

    add_plugins("compression_studio.formats", add)
    return found


def _taken(entry: ExportFormat) -> str:
    return f"two export formats are called {entry.id!r}"


def _refusing(entry: ExportFormat) -> ExportFormat:
    """The same format, which refuses artifacts that do online what it can't express, or that others can't build."""

    def own(model: Model) -> list[Problem]:
        return uneven_problems(model, entry.title) or online_problems(model, entry.title)

    def problems(model: Model, options: Any) -> list[Problem]:
        return own(model) or entry.problems(model, options)

    def write(model: Model, folder: Path, options: Any, progress: Progress) -> None:
        refuse(own(model))
        entry.write(model, folder, options, progress)

    return dataclasses.replace(entry, problems=problems, write=write)


def uneven_problems(model: Model, title: str) -> list[Problem]:
    """An error for layers that have different numbers of experts, which config.json can't say to others."""
    if not is_uneven(model.config):
        return []
    return [Problem("error", UNEVEN.format(title), advice="Export in the studio's container")]


def online_problems(model: Model, title: str) -> list[Problem]:
    """An error for what modules do to activations at run time, which no other program would do."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, module in model.compressed().items():
        if module.online:
            found.setdefault((module.online, module.advice), []).append(name)
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
            f"Unknown export format '{format_id}'",
            advice=likely(format_id, formats(), {entry.title: entry.id for entry in formats().values()}),
        )
    return formats()[format_id]
