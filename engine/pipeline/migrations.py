"""Documents of earlier versions, one function a version. Torch-free."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

VERSION: Final = 3
"""Of the documents that this program writes."""


def _version_1(data: dict[str, Any]) -> dict[str, Any]:
    """Methods and settings got the names of the field: `Block` and `Settings` read the earlier ones."""
    return {**data, "version": 2}


def _version_2(data: dict[str, Any]) -> dict[str, Any]:
    """Integers of AWQ are asymmetric by default; until then they were symmetric where a block says nothing."""
    blocks = data["blocks"]
    return {**data, "version": 3, "blocks": list(map(_symmetric, blocks)) if isinstance(blocks, list) else blocks}


def _symmetric(block: Any) -> Any:
    if not isinstance(block, Mapping) or block.get("method") != "awq":
        return block
    settings = block.get("settings", {})
    return {**block, "settings": {"symmetric": True, **settings}} if isinstance(settings, Mapping) else block


MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _version_1, 2: _version_2}
"""version -> function that turns a document of that version into one of the next. What it can't read stays as it is:
the document is checked afterward."""


def migrated(data: dict[str, Any]) -> dict[str, Any]:
    """A document of a version from 1 to `VERSION` as one of `VERSION`."""
    while data["version"] < VERSION:
        data = MIGRATIONS[data["version"]](data)
    return data
