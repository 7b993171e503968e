"""Rows of measurements: JSON lines with all that a reader needs to repeat them, and the page made of them.

A row that a script writes here says which table it belongs to, what was measured, on which machine, with which
versions, by which command and seed, and a hash of the code that computed it (`engine.base.code_version`). A row whose
code has changed since is marked in the page.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
FILE = Path(__file__).with_name("rows.jsonl")
LIBRARIES = ("torch", "transformers")


def code_hash(method_ids: Sequence[str]) -> str:
    """Hash of the sources that these methods and the measuring compute with."""
    from engine.base.code_version import code_version
    from engine.methods.registry import method

    modules = [method(name).algorithm.partition(":")[0] for name in method_ids]
    return code_version(*modules, "engine.measure.evaluate").sources


def processor() -> str:
    """Name of the processor, as the system gives it."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def append(table: str, row: str, methods: Sequence[str], seed: int, measured: Mapping[str, Any]) -> dict[str, Any]:
    """Write one row at the end of `FILE` and return it. ``measured``: values as JSON; sizes in bytes, times in s."""
    from engine.version import __version__

    entry = {
        "table": table,
        "row": row,
        "seed": seed,
        **measured,
        "methods": list(methods),
        "code": code_hash(methods),
        "version": __version__,
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "machine": f"{processor()}, {os.cpu_count()} cores, {platform.system()}",
        "date": datetime.date.today().isoformat(),
        "command": " ".join(["python", *map(_without_folder, sys.argv)]),
    }
    with FILE.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
    return entry


def _without_folder(word: str) -> str:
    """A word of a command line; of an absolute path only its name."""
    name, equals, value = word.rpartition("=")
    return f"{name}{equals}{Path(value).name}" if value.startswith("/") else word


def rows(table: str) -> Iterator[dict[str, Any]]:
    """The newest row of each label and seed of a table, in the order in which they were first measured."""
    newest: dict[tuple[str, int], dict[str, Any]] = {}
    for line in FILE.read_text("utf-8").splitlines() if FILE.exists() else ():
        entry = json.loads(line)
        if entry["table"] == table:
            newest[entry["row"], entry["seed"]] = entry
    yield from newest.values()


def is_current(entry: Mapping[str, Any]) -> bool:
    """Whether the code that computed the row is the code of this checkout."""
    return bool(entry["code"] == code_hash(entry["methods"]))
