"""Export formats that were declared as ``ExportFormat(id=..., problems=..., write=...)``, with a function for each
method: plug-ins that were written for version 0.1."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from engine.contracts.problem import Problem
from engine.export.base import ExportFormat, Progress
from engine.models.model import Model

_REQUIRED = ("id", "title", "summary", "options", "problems", "expected_bytes", "write", "read")


class FunctionFormat(ExportFormat):
    """A format made of functions, whose names and arguments are those of the methods of `ExportFormat`."""

    def __init__(self, **functions: Any) -> None:
        if missing := [name for name in _REQUIRED if name not in functions]:
            raise TypeError(f"an ExportFormat needs {', '.join(missing)}")
        if unknown := [name for name in functions if name not in _REQUIRED and not hasattr(ExportFormat, name)]:
            raise TypeError(f"an ExportFormat has no {', '.join(unknown)}")
        self._functions = {name: functions.pop(name) for name in ("problems", "expected_bytes", "write", "read")}
        for name, value in functions.items():
            if value is not None:  # None stood for the default
                setattr(self, name, value)

    def problems(self, model: Model, options: Any) -> list[Problem]:
        return list(self._functions["problems"](model, options))

    def expected_bytes(self, model: Model, options: Any) -> int:
        return int(self._functions["expected_bytes"](model, options))

    def write_checked(self, model: Model, folder: Path, options: Any, progress: Progress) -> None:
        self.write_files(model, folder, options, progress)

    def write_files(self, model: Model, folder: Path, options: Any, progress: Progress) -> None:
        """Write a new folder, which the function makes whole by itself."""
        self._functions["write"](model, folder, options, progress)

    def read(self, folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
        yield from self._functions["read"](folder)
