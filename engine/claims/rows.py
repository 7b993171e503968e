"""Rows of measurements: JSON lines with all that a reader needs to repeat them. Torch-free.

Rows that ship with the program lie beside this module's resources, those of a person in the workspace. They are
appended as they come and are never changed; a line that was cut while it was written is passed over.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import importlib.metadata
import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pydantic

from engine import resources
from engine.base.code_version import code_version
from engine.base.errors import BadInput, RunFailed
from engine.base.files import make_folder
from engine.contracts.claims import Row
from engine.methods.registry import method
from engine.record.home import Home
from engine.version import __version__

LIBRARIES = ("torch", "transformers")
MEASURING = "engine.measure.evaluate"
"""The module that computes metrics, whatever the methods are."""
NAME = "claims.jsonl"


def bundled() -> Path:
    """The rows that ship with the program."""
    return resources.path("claims", "rows.jsonl")


def own(home: Home) -> Path:
    """The rows that were measured in this workspace."""
    return home.root / NAME


def code_of(method_ids: Sequence[str], *modules: str) -> str:
    """Hash of the sources that these methods, the measuring and further modules compute with."""
    algorithms = [method(name).algorithm.partition(":")[0] for name in method_ids]
    return code_version(*algorithms, MEASURING, *modules).sources


def machine() -> str:
    """Processor, cores and system of this machine."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8", errors="replace").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.processor() or platform.machine()
    return f"{processor}, {os.cpu_count()} cores, {platform.system()}"


def versions() -> dict[str, str]:
    """Versions of the libraries that compute, and of this program."""
    return {name: importlib.metadata.version(name) for name in LIBRARIES} | {"engine": __version__}


def today() -> str:
    """The date as rows have it."""
    return datetime.date.today().isoformat()


def append_line(file: Path, entry: Mapping[str, Any]) -> None:
    """Write one line at the end of a file, on disk when this returns; a line before it that was cut is ended first.
    Raises `RunFailed`."""
    make_folder(file.parent)
    try:
        with file.open("ab+") as opened:
            if opened.tell() and (opened.seek(-1, os.SEEK_END), opened.read(1))[1] != b"\n":
                opened.write(b"\n")
            opened.write(json.dumps(entry).encode() + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        raise RunFailed("The rows can't be written", where=str(file), why=error.strerror or str(error)) from None


def lines(file: Path) -> Iterator[dict[str, Any]]:
    """Entries of a file, in order; none if it is not there. Raises `BadInput` if it can't be read."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    except OSError as error:
        raise BadInput("The rows can't be read", where=str(file), why=error.strerror or str(error)) from None
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def append(file: Path, row: Row) -> None:
    """Write a row at the end of a file."""
    append_line(file, dataclasses.asdict(row))


def read(*files: Path) -> list[Row]:
    """Rows of files, one file after the other. Lines that are not rows are passed over."""
    return [row for file in files for entry in lines(file) if (row := _row(entry)) is not None]


@functools.cache
def _reader() -> pydantic.TypeAdapter[Row]:
    return pydantic.TypeAdapter(Row)


def _row(entry: dict[str, Any]) -> Row | None:
    try:
        return _reader().validate_python(entry)
    except pydantic.ValidationError:
        return None
