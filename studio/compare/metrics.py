"""Two variants side by side, in numbers and words. Torch-free and without widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from PySide6.QtCore import QCoreApplication

from engine.contracts.human import fixed_text, number_text
from engine.contracts.metrics import BY_NAME, COLLAPSED, METRICS, is_collapsed
from studio.charts.names import SHARES, title_of, value_text
from studio.charts.table import Table

Verdict = Literal[
    "better", "worse", "higher", "lower", "same", "unknown", "collapsed", "both collapsed", "left collapsed"
]
SAME = 1e-9
"""Relative difference below which two metrics are the same: rounding, nothing else."""
SAME_SIZE = 1e-3
"""The same of sizes: names and other headers of files, no weights."""


@dataclass(frozen=True)
class Variant:
    """A model as a stage of the run left it. ``metrics`` and ``protocol`` as in `engine.contracts.events.Measured`;
    ``artifact``: its path, "" if there is none."""

    id: str
    title: str
    metrics: Mapping[str, float]
    protocol: Mapping[str, Any] = field(default_factory=dict)
    artifact: str = ""


@dataclass(frozen=True)
class Row:
    """A metric of both variants; None where it was not measured. ``collapsed``: whether it is, left and right, one of
    a model that is worse than guessing, so that the two are not compared."""

    name: str
    left: float | None
    right: float | None
    collapsed: tuple[bool, bool] = (False, False)

    @property
    def difference(self) -> float | None:
        """Right minus left."""
        return None if self.left is None or self.right is None or any(self.collapsed) else self.right - self.left

    @property
    def ratio(self) -> float | None:
        """Right divided by left."""
        if self.right is None or not self.left or any(self.collapsed):
            return None
        return self.right / self.left

    @property
    def verdict(self) -> Verdict:
        """How the right one stands against the left one."""
        if any(self.collapsed):
            return "both collapsed" if all(self.collapsed) else "collapsed" if self.collapsed[1] else "left collapsed"
        if self.left is None or self.right is None or self.left != self.left or self.right != self.right:
            return "unknown"
        nothing = SAME_SIZE if self.name == "size_bytes" else SAME
        if abs(self.right - self.left) <= nothing * max(abs(self.left), abs(self.right)):
            return "same"
        rose = self.right > self.left
        better = BY_NAME[self.name].better if self.name in BY_NAME else None
        if better is None:
            return "higher" if rose else "lower"
        return "better" if rose == (better == "higher") else "worse"

    @property
    def arrow(self) -> str:
        """▲ or ▼ as the metric rose or fell, = if it stayed."""
        if self.verdict == "unknown" or any(self.collapsed):
            return ""
        return "=" if self.verdict == "same" else "▲" if (self.difference or 0.0) > 0 else "▼"


def rows(left: Variant, right: Variant) -> list[Row]:
    """All metrics that either has, known ones first and in their usual order."""
    known = [metric.name for metric in METRICS]
    names = [name for name in known if name in left.metrics or name in right.metrics]
    names += sorted((set(left.metrics) | set(right.metrics)) - set(known))
    return [
        Row(
            name,
            left.metrics.get(name),
            right.metrics.get(name),
            (is_collapsed(name, left.protocol), is_collapsed(name, right.protocol)),
        )
        for name in names
    ]


def protocol_rows(left: Variant, right: Variant) -> list[tuple[str, str, str, bool]]:
    """How both were measured: (word, left, right, whether they differ). What only one has (a reference) is none."""
    names = [name for name in dict.fromkeys([*left.protocol, *right.protocol]) if name != COLLAPSED]
    found = []
    for name in names:
        a, b = left.protocol.get(name), right.protocol.get(name)
        differs = name in left.protocol and name in right.protocol and a != b
        found.append((name.replace("_", " "), _text(a), _text(b), differs))
    return found


def differing(left: Variant, right: Variant) -> list[str]:
    """What differs in how two variants were measured, as far as both were; [] means that metrics can be compared."""
    return [f"{word}: {a} / {b}" for word, a, b, differs in protocol_rows(left, right) if differs]


def verdict_text(row: Row) -> str:
    """Arrow and word: "▼ better"."""
    words = {
        "better": QCoreApplication.translate("compare", "better"),
        "worse": QCoreApplication.translate("compare", "worse"),
        "higher": QCoreApplication.translate("compare", "higher"),
        "lower": QCoreApplication.translate("compare", "lower"),
        "same": QCoreApplication.translate("compare", "same"),
        "unknown": QCoreApplication.translate("compare", "not measured in both"),
        "collapsed": QCoreApplication.translate("compare", "collapsed"),
        "both collapsed": QCoreApplication.translate("compare", "both collapsed"),
        "left collapsed": QCoreApplication.translate("compare", "left collapsed"),
    }
    return f"{row.arrow} {words[row.verdict]}".strip()


def difference_text(row: Row) -> str:
    """The difference with its sign; percentage points for shares, no unit that stands beside both values already."""
    if row.difference is None:
        return ""
    if row.verdict == "same":
        return "0"
    sign = "+" if row.difference > 0 else "−"
    size = abs(row.difference)
    if row.name in SHARES:
        return f"{sign}{number_text(100 * size, 3)} pp"
    text = value_text(row.name, size)
    return sign + (number_text(size, 3) if "/" in text else text)


def ratio_text(row: Row) -> str:
    """``× 0.260``, nothing without a ratio."""
    return "" if row.ratio is None else f"× {fixed_text(row.ratio, 3)}"


def to_table(left: Variant, right: Variant) -> Table:
    """The comparison with all its digits, the protocols below."""
    lines: list[Sequence[object]] = [
        (row.name, row.left, row.right, row.difference, row.ratio, row.verdict) for row in rows(left, right)
    ]
    lines += [
        (f"protocol: {word}", a, b, None, None, "differs" if differs else "same")
        for word, a, b, differs in protocol_rows(left, right)
    ]
    return Table(("metric", left.title, right.title, "difference", "ratio", "verdict"), lines)


def metric_help(name: str) -> str:
    """What a metric means, for its tooltip."""
    return BY_NAME[name].help if name in BY_NAME else title_of(name)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return number_text(value)
    return str(value)
