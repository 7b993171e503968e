"""Rows of measurements: JSON lines with all that a reader needs to repeat them, and the page made of them.

A row that a script writes here says which table it belongs to, what was measured, on which machine, with which
versions, by which command and seed, and a hash of the code that computed it (`engine.base.code_version`). A row whose
code has changed since is marked in the page.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from engine.claims.rows import append_line, code_of, lines, machine, today, versions  # noqa: E402

FILE = Path(__file__).with_name("rows.jsonl")


def append(table: str, row: str, methods: Sequence[str], seed: int, measured: Mapping[str, Any]) -> dict[str, Any]:
    """Write one row at the end of `FILE` and return it. ``measured``: values as JSON; sizes in bytes, times in s."""
    libraries = versions()
    entry = {
        "table": table,
        "row": row,
        "seed": seed,
        **measured,
        "methods": list(methods),
        "code": code_of(methods),
        "version": libraries.pop("engine"),
        "libraries": libraries,
        "machine": machine(),
        "date": today(),
        "command": " ".join(["python", *map(_without_folder, sys.argv)]),
    }
    append_line(FILE, entry)
    return entry


def _without_folder(word: str) -> str:
    """A word of a command line; of an absolute path only its name."""
    name, equals, value = word.rpartition("=")
    return f"{name}{equals}{Path(value).name}" if value.startswith("/") else word


def rows(table: str) -> Iterator[dict[str, Any]]:
    """The newest row of each label and seed of a table, in the order in which they were first measured."""
    newest: dict[tuple[str, int], dict[str, Any]] = {}
    for entry in lines(FILE):
        if entry["table"] == table:
            newest[entry["row"], entry["seed"]] = entry
    yield from newest.values()


def is_current(entry: Mapping[str, Any]) -> bool:
    """Whether the code that computed the row is the code of this checkout."""
    return bool(entry["code"] == code_of(entry["methods"]))
