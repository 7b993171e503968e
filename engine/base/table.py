"""Rows of values that leave as CSV: layers, comparisons, results, what a chart shows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.base.files import write_text


@dataclass(frozen=True)
class Table:
    """A header and rows; numbers leave with all their digits."""

    header: Sequence[str]
    rows: Iterable[Sequence[object]]

    def to_csv(self) -> str:
        """RFC 4180 with "\\n" line ends; None is an empty field."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows(self.rows)
        return text.getvalue()

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all; raises `StudioError`."""
        write_text(path, self.to_csv())
