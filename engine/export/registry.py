"""The one list of export formats: every file of `engine.export.formats` with a ``FORMAT`` in it, then those of other
packages."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from typing import Any

from engine.base.errors import BadInput
from engine.base.likely import likely
from engine.base.plugins import PluginRefused, add_plugins
from engine.export.base import ExportFormat


@functools.cache
def formats() -> dict[str, ExportFormat]:
    """All formats by id, in alphabetical order of their files, then those of other packages.

    A duplicate id is an error; of plug-ins, the one that has it is left out.
    """
    by_id: dict[str, ExportFormat] = {}
    package = importlib.import_module("engine.export.formats")
    for file in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        entry = getattr(importlib.import_module(file.name), "FORMAT", None)
        if entry is not None:
            if entry.id in by_id:
                raise RuntimeError(_same_id(entry))
            by_id[entry.id] = entry

    def add(entry: Any, origin: str) -> None:
        if not isinstance(entry, ExportFormat):
            raise PluginRefused(f"it is of type {type(entry).__name__}, not an ExportFormat")
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,59}", entry.id):
            raise PluginRefused(f"its id {entry.id!r} is not a word of small letters, digits, underscores and hyphens")
        if entry.id in by_id:
            raise PluginRefused(_same_id(entry))
        entry.options()  # raises if the defaults are refused
        entry.origin = origin
        by_id[entry.id] = entry

    add_plugins("compression_studio.formats", add)
    return by_id


def _same_id(entry: ExportFormat) -> str:
    return f"two export formats are called {entry.id!r}"


def export_format(format_id: str) -> ExportFormat:
    """The format with this id; raises `BadInput` naming the known ones."""
    if format_id not in formats():
        raise BadInput(
            f"Unknown export format '{format_id}'",
            advice=likely(format_id, formats(), {entry.title: entry.id for entry in formats().values()}),
        )
    return formats()[format_id]
