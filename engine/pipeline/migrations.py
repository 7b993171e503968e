"""Documents of earlier versions, one function a version. Torch-free."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.contracts.history import EARLIER_DEFAULTS, with_earlier_defaults

VERSION: Final = 5
"""Of the documents that this program writes."""


def _version_1(data: dict[str, Any]) -> dict[str, Any]:
    """Methods and settings got the names of the field: `Block` and `Settings` read the earlier ones."""
    return {**data, "version": 2}


def _with_defaults(version: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """From a version to the next one, in which a default is another: blocks keep what they meant."""
    defaults = [entry for entry in EARLIER_DEFAULTS if entry.version == version]

    def with_defaults(block: Any) -> Any:
        settings = block.get("settings", {}) if isinstance(block, Mapping) else None
        if not isinstance(settings, Mapping) or not isinstance(method := block.get("method"), str):
            return block
        return {**block, "settings": with_earlier_defaults(method, settings, defaults)}

    def next_version(data: dict[str, Any]) -> dict[str, Any]:
        blocks = data["blocks"]
        converted = list(map(with_defaults, blocks)) if isinstance(blocks, list) else blocks
        return {**data, "blocks": converted, "version": version + 1}

    return next_version


MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: _version_1,
    **{version: _with_defaults(version) for version in range(2, VERSION)},
}
"""version -> function that turns a document of that version into one of the next. What it can't read stays as it is:
the document is checked afterward."""


def migrated(data: dict[str, Any]) -> dict[str, Any]:
    """A document of a version from 1 to `VERSION` as one of `VERSION`."""
    while data["version"] < VERSION:
        data = MIGRATIONS[data["version"]](data)
    return data
