"""Documents of earlier versions, one function a version. Torch-free."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

VERSION: Final = 5
"""Of the documents that this program writes."""


def _version_1(data: dict[str, Any]) -> dict[str, Any]:
    """Methods and settings got the names of the field: `Block` and `Settings` read the earlier ones."""
    return {**data, "version": 2}


def _version_2(data: dict[str, Any]) -> dict[str, Any]:
    """Integers of AWQ are asymmetric by default; until then they were symmetric where a block says nothing."""
    return {**_with_setting(data, ("awq",), "symmetric", True), "version": 3}


def _version_3(data: dict[str, Any]) -> dict[str, Any]:
    """GPTQ makes up for half of what earlier layers have lost by default; until then for nothing."""
    solving = ("gptq", "gguf_quants", "spinquant", "refine", "fit_to_budget")
    return {**_with_setting(data, solving, "gptaq_alpha", 0.0), "version": 4}


def _version_4(data: dict[str, Any]) -> dict[str, Any]:
    """Refine trains norms by default; until then it left them as they came."""
    return {**_with_setting(data, ("refine",), "train_norms", False), "version": 5}


def _with_setting(data: dict[str, Any], methods: Collection[str], setting: str, value: object) -> dict[str, Any]:
    """The document with a ``value`` in blocks of these methods that do not say what a ``setting`` is."""

    def filled(block: Any) -> Any:
        if not isinstance(block, Mapping) or block.get("method") not in methods:
            return block
        settings = block.get("settings", {})
        return {**block, "settings": {setting: value, **settings}} if isinstance(settings, Mapping) else block

    blocks = data["blocks"]
    return {**data, "blocks": list(map(filled, blocks)) if isinstance(blocks, list) else blocks}


MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: _version_1,
    2: _version_2,
    3: _version_3,
    4: _version_4,
}
"""version -> function that turns a document of that version into one of the next. What it can't read stays as it is:
the document is checked afterward."""


def migrated(data: dict[str, Any]) -> dict[str, Any]:
    """A document of a version from 1 to `VERSION` as one of `VERSION`."""
    while data["version"] < VERSION:
        data = MIGRATIONS[data["version"]](data)
    return data
