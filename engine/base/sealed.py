"""JSON files of the program's own that carry the hash of what is in them and the name that they were written for: one
that was edited, damaged, or put in the place of another is not taken."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

from engine.base.errors import StudioError
from engine.base.files import read_json, write_json

HASH, NAME, VALUES = "sha256", "name", "values"


def write_sealed(file: Path, name: str, values: Any) -> None:
    """Write plain JSON values, whole or not at all. ``name``: of what they are, as the key of a cache."""
    write_json(file, {HASH: _hash_of(name, values), NAME: name, VALUES: values})


def read_sealed(file: Path, name: str) -> Any:
    """Content that `write_sealed` wrote for this name; None if there is none, or if it is anything else."""
    with contextlib.suppress(StudioError, UnicodeDecodeError):
        data = read_json(file)
        if isinstance(data, dict) and data.get(HASH) == _hash_of(name, data.get(VALUES)) and data.get(NAME) == name:
            return data[VALUES]
    return None


def _hash_of(name: str, values: Any) -> str:
    return hashlib.sha256(json.dumps([name, values], sort_keys=True).encode()).hexdigest()
