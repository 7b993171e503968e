"""Measurements of the steps behind an export: the numbers of its card and of its picture, from one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Stage = Mapping[str, Any]
"""An entry of a run's report: title, metrics, protocol."""


def measured(stages: Iterable[Stage]) -> list[Stage]:
    """The entries that anything was measured of."""
    return [stage for stage in stages if stage.get("metrics")]


def protocol_of(stages: Iterable[Stage]) -> dict[str, Any]:
    """The way in which they were measured, {} where nothing was."""
    protocols = (dict(stage.get("protocol") or {}) for stage in measured(stages))
    return next((protocol for protocol in protocols if protocol.get("windows")), {})


def text_words(protocol: Stage) -> str:
    """The text that was read, e.g. "16 of 148 windows of 2048 tokens of wiki.txt"."""
    windows, of, window = (protocol.get(name, "") for name in ("windows", "windows_of", "window"))
    return f"{windows} of {of} windows of {window} tokens of {portable(protocol.get('text', ''))}"


def portable(value: Any) -> Any:
    """A value without the folder of the machine that it was made on."""
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value
