"""Results that an export can be shown among: of the same model, measured on the same text in the same way."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from engine.methods.registry import methods
from engine.record.history import History, Result
from engine.record.results import Records, measured_with

SAID = ("format", "type", "sparsity", "compression_ratio", "size", "r")
"""Settings that tell results of one method apart, as far as they are set."""


def siblings(history: History, artifacts: Collection[str]) -> list[dict[str, Any]]:
    """Entries as a report has them (title, metrics, protocol) of all results that can be compared with the last of
    these artifacts, but for these artifacts and originals. Titles are words of methods, not of whoever ran them."""
    every = history.results()
    own = [row for row in every if row.artifact in artifacts]
    if not own:
        return []
    way = measured_with(next(row for row in own if row.artifact == list(artifacts)[-1]) if artifacts else own[0])
    rows = (row for row in Records(every).rows if row.artifact not in artifacts and row.source != row.block)
    return [_entry(row) for row in rows if measured_with(row) == way]


def _entry(row: Result) -> dict[str, Any]:
    info = methods().get(row.method)
    title = info.title if info is not None else row.method
    said = [str(row.settings[name]) for name in SAID if row.settings.get(name) not in (None, "")]
    return {"title": " ".join([title, *said[:1]]), "metrics": row.metrics, "protocol": row.protocol}
