"""Variants side by side, in numbers and words: metrics, how they were measured, layers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from engine.base.human import fixed_text, number_text
from engine.base.table import Table
from engine.contracts.generation import DAMAGED
from engine.contracts.grading import Grade, grade_of
from engine.contracts.inspection import Inspection, LayerStatistics
from engine.contracts.metrics import COLLAPSED, METRICS, OF_ITSELF, SHARES, info_of, is_collapsed, value_text
from engine.contracts.spread import paired_difference
from engine.record.state import RunState

Verdict = Literal[
    "better", "worse", "higher", "lower", "same", "unknown", "collapsed", "both collapsed", "left collapsed"
]
NOT_IN_BOTH, UNCERTAIN = "not measured in both", "uncertain"
VERDICT_WORDS = (*get_args(Verdict), NOT_IN_BOTH, UNCERTAIN)
"""All words that `verdict_text` can say."""
Sides = tuple[LayerStatistics | None, ...]
"""A layer of each, None where one has no layer of this name."""
OF_ONE = (COLLAPSED, DAMAGED)
"""Entries of a protocol that say something of one model, not how it was measured."""
SAME_WINDOWS = ("sha256", "window", "windows", "tokenizer")
"""Entries of a protocol that are alike where two models were measured on the same windows."""
SAME = 1e-9
"""Relative difference below which two metrics are the same: rounding, nothing else."""
SAME_SIZE = 1e-3
"""The same of sizes: names and other headers of files, no weights."""


@dataclass(frozen=True)
class Variant:
    """A model as a stage of a run left it. ``metrics`` and ``protocol`` as in `engine.contracts.events.Measured`;
    ``artifact``: its path, "" if there is none; ``reference``: that of the model that the errors of its layers are
    relative to, "" for none; ``is_original``: whether it is a source, which the others were made of."""

    id: str
    title: str
    metrics: Mapping[str, float]
    protocol: Mapping[str, Any] = field(default_factory=dict)
    artifact: str = ""
    reference: str = ""
    is_original: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def measured(self) -> Mapping[str, float]:
        """Its metrics; of an original also those that hold a model against its original."""
        return {**OF_ITSELF, **self.metrics} if self.is_original else self.metrics


def variants_of(run: RunState) -> list[Variant]:
    """Variants of a run so far, for a comparison."""
    return [
        Variant(
            block.id,
            block.title,
            dict(block.metrics),
            dict(block.protocol),
            str(block.artifact),
            run.reference(str(block.artifact)) or "",
            run.source_of(block) is None,
            dict(block.details),
        )
        for block in run.results()
    ]


@dataclass(frozen=True)
class Row:
    """A metric of both variants; None where it was not measured. ``collapsed``: whether it is, left and right, one of
    a model that is worse than guessing, so that the two are not compared."""

    name: str
    left: float | None
    right: float | None
    collapsed: tuple[bool, bool] = (False, False)
    interval: tuple[float, float] | None = None
    """95 % of the difference, by a paired test over windows of the same text; None where there is none."""

    @property
    def difference(self) -> float | None:
        """Right minus left."""
        return None if self.left is None or self.right is None or any(self.collapsed) else self.right - self.left

    @property
    def is_certain(self) -> bool:
        """False if the interval of the difference holds 0: other windows could say the opposite."""
        return self.interval is None or not self.interval[0] <= 0 <= self.interval[1]

    @property
    def ratio(self) -> float | None:
        """Right divided by left."""
        if self.right is None or not self.left or any(self.collapsed):
            return None
        return self.right / self.left

    @property
    def verdict(self) -> Verdict:
        """Verdict on the right one against the left one."""
        if any(self.collapsed):
            return "both collapsed" if all(self.collapsed) else "collapsed" if self.collapsed[1] else "left collapsed"
        if self.left is None or self.right is None or self.left != self.left or self.right != self.right:
            return "unknown"
        nothing = SAME_SIZE if self.name == "size_bytes" else SAME
        if abs(self.right - self.left) <= nothing * max(abs(self.left), abs(self.right)):
            return "same"
        rose = self.right > self.left
        info = info_of(self.name)
        better = info.better if info is not None else None
        if better is None:
            return "higher" if rose else "lower"
        return "better" if rose == (better == "higher") else "worse"

    @property
    def grade(self) -> Grade | None:
        """Loss of the right one against the left one, None where nothing can be said."""
        if self.collapsed[0]:
            return None
        is_measured = self.left is not None and self.right is not None
        if self.collapsed[1]:
            return "broken"
        return grade_of(self.name, float(self.left or 0.0), float(self.right or 0.0)) if is_measured else None

    @property
    def arrow(self) -> str:
        """▲ or ▼ as the metric rose or fell, = if it stayed."""
        if self.verdict == "unknown" or any(self.collapsed):
            return ""
        return "=" if self.verdict == "same" else "▲" if (self.difference or 0.0) > 0 else "▼"


def rows(left: Variant, right: Variant, names: Sequence[str] = ()) -> list[Row]:
    """All metrics that either has, or ``names``."""
    return [
        Row(
            name,
            left.measured.get(name),
            right.measured.get(name),
            (is_collapsed(name, left.protocol), is_collapsed(name, right.protocol)),
            _interval(name, left, right),
        )
        for name in names or metric_names(left, right)
    ]


def _interval(name: str, left: Variant, right: Variant) -> tuple[float, float] | None:
    """95 % of right - left where both were measured on the same windows."""
    if any(left.protocol.get(word) != right.protocol.get(word) for word in SAME_WINDOWS):
        return None
    interval = paired_difference(left.details, right.details, name)
    if interval is None or name != "perplexity":
        return interval
    low, high = (left.metrics[name] * math.expm1(bound) for bound in interval)
    return low, high


def metric_names(*variants: Variant) -> list[str]:
    """All metrics that any has, known ones first and in their usual order."""
    every = {name for variant in variants for name in variant.metrics}
    names = [metric.name for metric in METRICS if metric.name in every]
    return [*names, *sorted(every - set(names))]


def protocol_rows(*variants: Variant) -> list[tuple[str, tuple[str, ...], bool]]:
    """Protocols side by side: (word, of each, whether they differ). What one lacks (a reference) differs from none."""
    rows = []
    for name in dict.fromkeys(name for variant in variants for name in variant.protocol if name not in OF_ONE):
        texts = tuple(_text(variant.protocol.get(name)) for variant in variants)
        differs = len({text for text, variant in zip(texts, variants, strict=True) if name in variant.protocol}) > 1
        rows.append((name.replace("_", " "), texts, differs))
    return rows


def differing(*variants: Variant) -> list[str]:
    """Differences in how variants were measured, as far as they were; [] means that metrics can be compared."""
    return [f"{word}: {' / '.join(texts)}" for word, texts, differs in protocol_rows(*variants) if differs]


def verdict_text(row: Row, translated: Callable[[str], str] = str) -> str:
    """Arrow and word: "▼ better". ``translated``: gives each of `VERDICT_WORDS` in another language."""
    word = NOT_IN_BOTH if row.verdict == "unknown" else row.verdict
    certain = row.is_certain or row.verdict == "same"
    return f"{row.arrow} {translated(word)}".strip() + ("" if certain else f", {translated(UNCERTAIN)}")


def difference_text(row: Row) -> str:
    """The difference with its sign, and half of its 95 % interval where it has one; percentage points for shares, no
    unit that stands beside both values already."""
    if row.difference is None:
        return ""
    if row.verdict == "same":
        return "0"
    sign = "+" if row.difference > 0 else "−"
    size = abs(row.difference)
    if row.name in SHARES:
        return f"{sign}{number_text(100 * size, 3)} pp"
    text = value_text(row.name, size)
    spread = "" if row.interval is None else f" ± {number_text((row.interval[1] - row.interval[0]) / 2, 2)}"
    return sign + (number_text(size, 3) if "/" in text else text) + spread


def ratio_text(row: Row) -> str:
    """``× 0.260``, nothing without a ratio."""
    return "" if row.ratio is None else f"× {fixed_text(row.ratio, 3)}"


def to_table(*variants: Variant) -> Table:
    """The comparison with all its digits, the protocols below; of two also difference, ratio and verdict."""
    names, two = metric_names(*variants), len(variants) == 2
    lines: list[Sequence[object]] = []
    for name, row in zip(names, rows(variants[0], variants[1], names), strict=True):
        verdict_columns = (row.difference, row.ratio, row.verdict) if two else ()
        lines.append((name, *(variant.measured.get(name) for variant in variants), *verdict_columns))
    for word, texts, differs in protocol_rows(*variants):
        same_columns = (None, None, "differs" if differs else "same") if two else ()
        lines.append((f"protocol: {word}", *texts, *same_columns))
    last = ("difference", "ratio", "verdict") if two else ()
    return Table(("metric", *(variant.title for variant in variants), *last), lines)


def beside(inspections: Sequence[Inspection]) -> list[tuple[str, Sides]]:
    """The layers of all by name, in the order of the first one, then those that only others have."""
    named = [{row.name: row for row in inspection.layers} for inspection in inspections]
    names = dict.fromkeys(name for layers in named for name in layers)
    return [(name, tuple(layers.get(name) for layers in named)) for name in names]


def layer_row(metric: str, sides: Sides, side: int = 1) -> Row:
    """A metric of a layer, of the first and of one of the others; None where one has no finite value."""
    values = (getattr(sides[0], metric, None), getattr(sides[side], metric, None))
    left, right = (value if value is not None and math.isfinite(value) else None for value in values)
    return Row(metric, left, right)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return number_text(value)
    return str(value)
