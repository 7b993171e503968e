"""Rows of values that leave as CSV or Markdown: layers, comparisons, results, what a chart shows."""

from __future__ import annotations

import csv
import html
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

    def to_markdown(self) -> str:
        """A table of GitHub's Markdown. Numbers are aligned at the right; whole ones have all digits, others four that
        count."""
        rows = [list(row) for row in self.rows]
        numbers = [all(isinstance(row[i], int | float) for row in rows if row[i] is not None) for i in self._places()]
        sides = ["---:" if rows and number else "---" for number in numbers]
        lines = [list(map(_plain, self.header)), sides, *(list(map(_plain, row)) for row in rows)]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)

    def _places(self) -> range:
        return range(len(self.header))

    def to_html(self) -> str:
        """A table for notebooks. Whole numbers have all digits, others four that count; every word is escaped."""
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.header)
        body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in self.rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all; raises `StudioError`."""
        write_text(path, self.to_csv())


def _plain(value: object) -> str:
    """A value in a cell of Markdown."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else str(value).replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f'<td style="text-align: right">{value:.4g}</td>'
    if isinstance(value, int) and not isinstance(value, bool):
        return f'<td style="text-align: right">{value}</td>'
    return f"<td>{'' if value is None else html.escape(str(value))}</td>"
