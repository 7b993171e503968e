"""The one list of export formats: every file of this package with a ``FORMAT`` in it."""

from __future__ import annotations

import functools
import importlib
import pkgutil

import engine.export
from engine.contracts.errors import BadInput
from engine.export.base import ExportFormat


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
        found[entry.id] = entry
    return found


def export_format(format_id: str) -> ExportFormat:
    """The format with this id; raises `BadInput` naming the known ones."""
    if format_id not in formats():
        raise BadInput(
            f"There is no export format '{format_id}'",
            why="known are " + ", ".join(formats()),
            advice="correct the name",
        )
    return formats()[format_id]
