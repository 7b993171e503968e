"""Data of a sweep: which results belong together, and each of them as places on axes of settings and metrics."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from engine.contracts.metrics import is_collapsed
from engine.record.history import Result
from engine.record.results import Key, Records, column_title, differences, key_of, measured_with

MOST_ROWS = 200
MOST_SETTINGS = 4
COORDINATES = ("size_bytes", "perplexity", "kl_divergence", "decode_tokens_per_second")
WIDE = 50.0
"""Numbers that differ by more than this factor stand on a logarithmic axis."""


@dataclass(frozen=True)
class Coordinate:
    """One axis: its title, and for each result a text and a position from 0 (bottom) to 1 (top), None where it has
    none."""

    title: str
    texts: tuple[str, ...]
    places: tuple[float | None, ...]


def sweep_of(records: Records, rows: Sequence[Result], marked: Sequence[Key]) -> list[Result]:
    """Results for a line: those that are marked, if they are several; else the newest block of which a run has three
    variants, all of one method and source; else all that was measured as most are."""
    chosen = [row for row in rows if key_of(row) in marked]
    if len(chosen) > 1:
        return chosen[:MOST_ROWS]
    groups: dict[tuple[str, str, str | None], list[Result]] = {}
    for row in rows:
        groups.setdefault((row.run, row.method, row.source), []).append(row)
    swept = next((group for group in groups.values() if len(group) > 2), None)
    if swept is not None:
        return swept[:MOST_ROWS]
    ways = Counter(map(measured_with, rows))
    way = ways.most_common(1)[0][0] if ways else None
    return [row for row in rows if measured_with(row) == way][:MOST_ROWS]


def coordinates(records: Records, rows: Sequence[Result]) -> list[Coordinate]:
    """Settings first, metrics after them; what all have in common or only some have is left out."""
    differing = [(title, texts) for title, texts in differences(rows) if "–" not in texts] if len(rows) > 1 else []
    axes = [_scaled(title, texts) for title, texts in differing[:MOST_SETTINGS]]
    for name in COORDINATES:
        values = [
            None if is_collapsed(name, row.protocol) else value
            for row in rows
            if not isinstance(value := records.value(row, name), str)
        ]
        if len(values) == len(rows) and sum(value is not None for value in values) > 1:
            texts = [
                records.text(row, name) if value is not None else "" for row, value in zip(rows, values, strict=True)
            ]
            axes.append(Coordinate(column_title(name), tuple(texts), _places(values)))
    return axes


def _scaled(title: str, texts: Sequence[str]) -> Coordinate:
    """Numbers at their distance, words in their order of appearance."""
    try:
        numbers: list[float | None] = [None if text in ("–", "None") else float(text) for text in texts]
    except ValueError:
        numbers = [None]
    if sum(number is not None for number in numbers) > 1:
        return Coordinate(title, tuple(texts), _places(numbers))
    words = list(dict.fromkeys(texts))
    return Coordinate(title, tuple(texts), tuple(words.index(text) / max(1, len(words) - 1) for text in texts))


def _places(values: Sequence[float | None]) -> tuple[float | None, ...]:
    there = [value for value in values if value is not None and math.isfinite(value)]
    if not there:
        return (None,) * len(values)
    low, high = min(there), max(there)
    logarithmic = low > 0 and high / low > WIDE

    def position_of(value: float | None) -> float | None:
        if value is None or not math.isfinite(value):
            return None
        if high == low:
            return 0.5
        if logarithmic:
            return math.log(value / low) / math.log(high / low)
        return (value - low) / (high - low)

    return tuple(map(position_of, values))
