"""Every result of every run as rows and columns: values, texts, filters, what differs, which no other beats."""

from __future__ import annotations

import contextlib
import math
import operator
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.base.errors import BadInput, StudioError
from engine.base.human import fixed_text
from engine.base.table import Table
from engine.contracts.grading import Graded, grade_result
from engine.contracts.metrics import (
    COLLAPSED,
    METRICS,
    OF_GUESSES,
    QUALITY,
    is_collapsed,
    metric_text,
    quality_of,
    title_of,
)  # fmt: skip
from engine.contracts.settings import fields
from engine.methods.registry import methods
from engine.pipeline.variants import is_rotated
from engine.record.comparison import Row, Variant
from engine.record.folder import RunFolder
from engine.record.history import Result

RATIO = "size_ratio"
WORDS = ("title", "run", "method", "model", "text", "device", "date", "note")
"""Columns of words; all others are numbers."""
FIRST = ("title", "run", "method")
AT_FIRST = (
    "title", "run", "model", "size_bytes", RATIO, "bits_per_weight", "coverage", "perplexity", "kl_divergence",
    "top1_agreement", "hidden_cosine", "pooled_cosine", "masked_loss", "loops", "token_flips",
    "generation_agreement", "prefill_tokens_per_second",
    "decode_tokens_per_second", "peak_memory_bytes", "seconds", "device", "date",
)  # fmt: skip
"""Columns that are shown until a person chooses, as far as anything is known for them."""
AT_LAST = ("method", "note", "generation_distance", "loss", "masked_loss", "hidden_cosine", "parameters", "sparsity")
"""Known columns that are not shown until a person chooses them; columns of other metrics are."""
COLUMN_TITLES = {
    "title": "Result",
    "run": "Run",
    "method": "Method",
    "model": "Model",
    "text": "Text",
    "device": "Device",
    "date": "Date",
    "note": "Note",
    RATIO: "Ratio",
    "size_bytes": "Size",
    "bits_per_weight": "Bits",
    "kl_divergence": "KL",
    "top1_agreement": "Top-1",
}
"""Headers of columns that are not metrics, and shorter headers of some metrics."""
DIFFERENCES = ("Method", "Model", "Measured on")
"""Differences between results beside those of their settings."""
LOOKED_AT = 500
"""So many of the newest results say which columns are worth showing."""
ALIASES = {
    "size": "size_bytes",
    "ratio": RATIO,
    "bits": "bits_per_weight",
    "ppl": "perplexity",
    "kl": "kl_divergence",
    "top1": "top1_agreement",
    "top-1": "top1_agreement",
    "cosine": "hidden_cosine",
    "memory": "peak_memory_bytes",
    "time": "seconds",
    "prefill": "prefill_tokens_per_second",
    "decode": "decode_tokens_per_second",
    "flips": "token_flips",
    "agreement": "generation_agreement",
}
"""Short names for filters."""
UNITS = {"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "%": 0.01, "s": 1.0, "min": 60.0, "h": 3600.0, "": 1.0}
COMPARED: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "=": math.isclose,
}  # fmt: skip
Key = tuple[str, str]
"""Run and block."""


def key_of(result: Result) -> Key:
    """Key of a result: no other has the same."""
    return result.run, result.block


class Records:
    """All results, the newest first. An artifact that several runs found in the cache is one result: the newest."""

    def __init__(self, results: Iterable[Result] = ()) -> None:
        every = list(results)
        self._by_key = {key_of(result): result for result in every}
        self._called: dict[tuple[str, str], list[Result]] = {}
        for result in every:
            self._called.setdefault((result.run, result.title), []).append(result)
        self._names: dict[Key, str] = {}
        self.rows: list[Result] = []
        self._ways: list[tuple[str, ...]] = []
        seen: set[tuple[str, Any]] = set()
        shared: dict[tuple[str, ...], tuple[str, ...]] = {}
        for result in every:
            way = measured_with(result)
            if (result.artifact, way) not in seen:
                seen.add((result.artifact, way))
                self.rows.append(result)
                self._ways.append(shared.setdefault(way, way))
        self._index = {id(row): number for number, row in enumerate(self.rows)}
        self._values: dict[str, list[float | str | None]] = {}
        """Columns that were asked for, row by row: each is looked up once, not with every letter of a filter."""
        self._ranks: dict[str, list[int]] = {}
        self._collapsed = {number for number, row in enumerate(self.rows) if COLLAPSED in row.protocol}
        self._qualities: list[str | None] = []
        self._said: list[str] = []
        self._columns = self._known_columns()

    def columns(self) -> list[str]:
        """Names of all columns for which anything is known, in their order."""
        return list(self._columns)

    def _known_columns(self) -> list[str]:
        measured = {name for result in self.rows for name in result.metrics}
        usual = ["size_bytes", RATIO, *QUALITY, "bits_per_weight", "coverage", *(metric.name for metric in METRICS)]
        numbers = [name for name in dict.fromkeys(usual) if name in measured or name in (RATIO, "seconds")]
        more = sorted(measured - set(numbers))
        return [*FIRST, "model", *numbers, *more, "device", "date", "note"]

    def column(self, column: str) -> list[float | str | None]:
        """The `value` of each row."""
        if column not in self._values:
            self._values[column] = [self.value(row, column) for row in self.rows]
        return self._values[column]

    def ranks(self, column: str) -> list[int]:
        """The place of each row by a column, equal ones for equal values; -1 where nothing is known."""
        if column not in self._ranks:
            values = self.column(column)
            ascending = sorted({value for value in values if value is not None})
            places: dict[float | str | None, int] = {value: rank for rank, value in enumerate(ascending)}
            self._ranks[column] = [-1 if value is None else places[value] for value in values]
        return self._ranks[column]

    def prepare(self) -> None:
        """Look up everything that is filtered and sorted by, so that no letter and no click has to wait for it."""
        self.words()
        for column in (*self.columns(), "text"):
            self.ranks(column)
        self.usual_quality(())

    def usual_quality(self, rows: Sequence[Result]) -> str | None:
        """The metric of quality that most of some rows have, None if none has any."""
        if len(self._qualities) != len(self.rows):
            self._qualities = [quality_of(row.metrics) for row in self.rows]
        qualities = self._qualities
        counts = Counter(qualities if len(rows) == len(self.rows) else [qualities[n] for n in self._numbers(rows)])
        counts.pop(None, None)
        return counts.most_common(1)[0][0] if counts else None

    def values(self, rows: Sequence[Result], column: str) -> list[float | str | None]:
        """The `value` of each of some of the `rows`."""
        column_values = self.column(column)
        return [column_values[number] for number in self._numbers(rows)]

    def _numbers(self, rows: Sequence[Result]) -> list[int]:
        """Places of some of the `rows` in them."""
        index = self._index
        return [index[number] for number in map(id, rows)]

    def words(self) -> list[str]:
        """Of each row all that a word of a filter is looked for in."""
        if len(self._said) != len(self.rows):
            every = zip(*(self.column(column) for column in WORDS), strict=True)
            self._said = [
                f"{' '.join(str(text or '') for text in texts)} {row.method} {row.settings}".lower()
                for row, texts in zip(self.rows, every, strict=True)
            ]
        return self._said

    def usual_columns(self) -> list[str]:
        """Those of `columns` that are worth showing to one who did not choose: known of one of the newest results, and
        not among `AT_LAST`."""
        newest = self.rows[:LOOKED_AT]
        every = [name for name in self.columns() if name in AT_FIRST or name not in AT_LAST]
        worth = [n for n in every if n == FIRST[0] or any(self.value(row, n) is not None for row in newest)]
        if len({self.value(row, "model") for row in newest}) < 2:
            worth = [name for name in worth if name != "model"]  # all are of one: nothing to tell apart
        return worth

    def chosen(self, filter: Filter) -> list[Result]:
        """The results that a filter takes."""
        rows, numbers = self.rows, list(range(len(self.rows)))
        if filter.pipeline is not None:
            numbers = [n for n in numbers if rows[n].run_name == filter.pipeline]
        for column, compared, limit in filter.limits:
            values, within = self.column(column), COMPARED[compared]
            numbers = [n for n in numbers if isinstance(v := values[n], float | int) and within(v, limit)]
        for word in filter.words:
            said = self.words()
            numbers = [n for n in numbers if word in said[n]]
        return [rows[n] for n in numbers]

    def of_pipeline(self, name: str) -> int:
        """Number of results of the runs of a pipeline."""
        return sum(row.run_name == name for row in self.rows)

    def ordered(self, rows: Sequence[Result], column: str, *, down: bool = False) -> list[Result]:
        """By a column; what has no value there comes last either way."""
        ranks, numbers, every = self.ranks(column), self._numbers(rows), self.rows
        there = [number for number in numbers if ranks[number] >= 0]
        there.sort(key=ranks.__getitem__, reverse=down)
        return [every[number] for number in (*there, *(number for number in numbers if ranks[number] < 0))]

    def against(self, result: Result, baseline: Result, column: str) -> Row | None:
        """A number held against that of a baseline; None where that means nothing."""
        mine, other = self.value(result, column), self.value(baseline, column)
        if result is baseline or not isinstance(mine, float | int) or not isinstance(other, float | int):
            return None
        return Row(
            column, other, mine, (is_collapsed(column, baseline.protocol), is_collapsed(column, result.protocol))
        )

    def comparable(
        self, rows: Sequence[Result], x: str, y: str, marked: Collection[Key] = ()
    ) -> tuple[list[Result], int]:
        """The results that have both values and were measured as the first of the ``marked`` ones was, or else as most
        were; and how many others have both."""
        across, up, every = self.column(x), self.column(y), self.rows
        numbers = [n for n in self._numbers(rows) if across[n] is not None and up[n] is not None]
        if collapsed := self._collapsed.intersection(numbers) if y in OF_GUESSES else ():
            numbers = [n for n in numbers if n not in collapsed]
        ways = Counter([self._ways[n] for n in numbers])
        if len(ways) < 2:
            return [every[n] for n in numbers], 0
        marks = (self._ways[n] for n in numbers if marked and key_of(every[n]) in marked)
        way = next(marks, ways.most_common(1)[0][0])
        alike = [every[n] for n in numbers if self._ways[n] == way]
        return alike, len(numbers) - len(alike)

    def way(self, result: Result) -> tuple[str, ...]:
        """See `measured_with`: looked up for the rows."""
        number = self._index.get(id(result))
        return measured_with(result) if number is None else self._ways[number]

    def ways_of(self, keys: Iterable[Key]) -> set[tuple[str, ...]]:
        """The ways in which these results were measured."""
        return {self.way(self._by_key[key]) for key in keys if key in self._by_key}

    def source(self, result: Result) -> Result | None:
        """The source that it was made of, in the same run."""
        return self._by_key.get((result.run, result.source))

    def grade(self, result: Result) -> Graded | None:
        """Loss against its source; None for sources, and where either was not measured the same way."""
        source = self.source(result)
        if source is None or source is result or measured_with(source) != measured_with(result):
            return None
        return grade_result(result.metrics, result.protocol, source.metrics, source.protocol)

    def name(self, result: Result) -> str:
        """Its title, with the settings that tell it from others of its run that are called the same."""
        key, twins = key_of(result), self._called.get((result.run, result.title), [])
        if len(twins) < 2 or result not in twins:
            return result.title
        if key not in self._names:
            parts_by_title = [texts for title, texts in differences(twins, short=True) if title not in DIFFERENCES]
            for number, twin in enumerate(twins):
                parts = [twin.title, *(texts[number] for texts in parts_by_title[:2])]
                self._names[key_of(twin)] = " · ".join(parts)
        return self._names[key]

    def value(self, result: Result, column: str) -> float | str | None:
        """Value to sort and filter by, None where nothing is known."""
        if column in WORDS:
            return _word(result, column)
        if column == RATIO:
            source = self.source(result)
            size, former = result.metrics.get("size_bytes"), source.metrics.get("size_bytes") if source else None
            return size / former if size is not None and former else None
        value = result.metrics.get(column)
        if value is None and column == "seconds":
            value = result.seconds or None
        return value if value is None or math.isfinite(value) else None

    def text(self, result: Result, column: str) -> str:
        """Text of the cell."""
        value = self.value(result, column)
        if value is None:
            return ""
        if column == "title":
            return self.name(result)
        if isinstance(value, str):
            return value
        if column == RATIO:
            return f"× {fixed_text(value, 3)}"
        return metric_text(column, {column: value}, result.protocol, with_unit=False)  # it is in the header's tooltip

    def variant(self, result: Result) -> Variant:
        """A result as one of those that are compared. The errors of its layers are relative to its source, unless its
        weights were rotated: then they have another basis."""
        source = self.source(result)
        rotated = True
        with contextlib.suppress(StudioError, OSError):
            rotated = is_rotated(RunFolder.open(result.folder).pipeline(), result.block)
        reference = "" if rotated or source is None or source.artifact == result.artifact else source.artifact
        title = f"{self.name(result)} · {result.run_name}"
        is_original = result.source == result.block
        return Variant(
            ":".join(key_of(result)), title, result.metrics, result.protocol, result.artifact, reference, is_original
        )

    def table(self, rows: Sequence[Result], columns: Sequence[str]) -> Table:
        """The rows with all their digits, and what they were measured on."""
        lines = [
            [*(self.value(row, column) for column in columns), row.protocol.get("text"), row.artifact] for row in rows
        ]
        return Table([*columns, "measured_on", "artifact"], lines)


def column_title(column: str) -> str:
    """The header of a column."""
    return COLUMN_TITLES.get(column) or title_of(column)


def measured_with(result: Result) -> tuple[str, ...]:
    """The model and how it was measured: only with the same of it can metrics be compared."""
    names = ("text", "window", "windows")
    return (result.model, *(str(result.protocol.get(name, "")) for name in names))


def _word(result: Result, column: str) -> str | None:
    if column == "date":
        return result.started.replace("T", " ")[:16]
    if column == "run":
        return result.run_name
    if column == "model":
        return result.model.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1]
    if column == "text":
        return str(result.protocol.get("text") or "") or None
    if column == "method":
        info = methods().get(result.method)
        return info.title if info is not None else result.method
    return str(getattr(result, column))


# -- filters ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Filter:
    """Words that must all be found, and limits of numbers: ``gptq ppl<25 size<=50MB``.

    pipeline: only results of runs with this name are taken, those of all runs for None.
    """

    words: tuple[str, ...] = ()
    limits: tuple[tuple[str, str, float], ...] = ()
    pipeline: str | None = None

    @classmethod
    def read(cls, text: str, columns: Sequence[str]) -> Filter:
        """Raises `BadInput` for a limit on a column that does not hold numbers."""
        words, limits = [], []
        for part in re.sub(r"\s*(<=|>=|<|>|=)\s*", r"\1", text).lower().split():
            match = re.fullmatch(r"([\w-]+)(<=|>=|<|>|=)([\d.]+)(\w*|%)", part)
            if match is None:
                words.append(part)
                continue
            name, compared, number, unit = match.groups()
            column = ALIASES.get(name, name)
            if column not in columns or column in WORDS or unit not in UNITS:
                what = f"'{name}'" if unit in UNITS else f"the unit '{unit}'"
                names = ", ".join(short for short, column in ALIASES.items() if column in columns)
                raise BadInput(f"Nothing is known by {what}", advice=f"limits can be given for {names}")
            try:
                limits.append((column, compared, float(number) * UNITS[unit]))
            except ValueError:
                words.append(part)
        return cls(tuple(words), tuple(limits))


# -- differences ------------------------------------------------------------------------------------------------------
def differences(rows: Sequence[Result], *, short: bool = False) -> list[tuple[str, list[str]]]:
    """Differences between these results: (what, a text for each). Settings that only some have are "–". ``short``:
    choices as they stand in files, "int4"."""
    rows_of_texts = [
        (DIFFERENCES[0], [_word(row, "method") or "" for row in rows]),
        (DIFFERENCES[1], [_word(row, "model") or "" for row in rows]),
        (DIFFERENCES[2], [str(row.protocol.get("text", "–")) for row in rows]),
    ]
    values = [_settings(row, short) for row in rows]
    for title in dict.fromkeys(title for setting_texts in values for title in setting_texts):
        rows_of_texts.append((title, [setting_texts.get(title, "–") for setting_texts in values]))
    return [(title, texts) for title, texts in rows_of_texts if len(set(texts)) > 1]


def _settings(result: Result, short: bool) -> dict[str, str]:
    """The settings by their titles, defaults included: they may be what differs."""
    info = methods().get(result.method)
    if info is None:
        return {name: str(value) for name, value in result.settings.items()}
    texts = {}
    values = {field.name: result.settings.get(field.name, field.default) for field in fields(info.settings)}
    for field in fields(info.settings):
        if field.is_shown(values):
            value = values[field.name]
            value = getattr(value, "value", value)
            texts[field.title] = (
                str(dict(field.choices).get(value, value)) if field.choices and not short else str(value)
            )
    return texts
