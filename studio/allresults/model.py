"""The table of all results: rows are looked up, not made, so that ten thousand cost no more than ten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from engine.contracts.metrics import BY_NAME, help_of
from engine.run.comparison import difference_text
from engine.run.history import Result
from engine.run.results import RATIO, WORDS, Filter, Key, Records, column_title, key_of, measured_with
from studio.plaintext import as_plain
from studio.theme import color, font

Index = QModelIndex | QPersistentModelIndex
CHANGE = Qt.ItemDataRole.UserRole
"""(text, color token): how a cell stands to the baseline's."""


class ResultModel(QAbstractTableModel):
    """Filtered, sorted, grouped. A row is a `Result`, or a string that heads a group. GUI thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.records = Records()
        self.columns: list[str] = []
        self.baseline: Key | None = None
        self._rows: list[Result | str] = []
        self._filter = Filter()
        self._group = ""
        self._sort: tuple[str, bool] | None = None

    # -- what is shown ------------------------------------------------------------------------------------------------
    def show_records(self, records: Records, columns: Sequence[str]) -> None:
        """Show these results in these columns."""
        self.beginResetModel()
        self.records, self.columns = records, list(columns)
        self._arrange()
        self.endResetModel()

    def arrange(self, filter: Filter, group: str) -> None:
        """Show what the filter takes; ``group``: a column of words whose equal values stand together, "" for none."""
        self.beginResetModel()
        self._filter, self._group = filter, group
        self._arrange()
        self.endResetModel()

    def pin(self, key: Key | None) -> None:
        """Hold all others against this one."""
        self.baseline = key
        self.beginResetModel()
        self._arrange()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By a column; what has no value there comes last either way."""
        self.beginResetModel()
        known = 0 <= column < len(self.columns)
        self._sort = (self.columns[column], order == Qt.SortOrder.DescendingOrder) if known else None
        self._arrange()
        self.endResetModel()

    def results(self) -> list[Result]:
        """The rows that are shown, without the heads of groups."""
        return [row for row in self._rows if isinstance(row, Result)]

    def result(self, row: int) -> Result | None:
        """The result in a row, None for the head of a group."""
        found = self._rows[row] if 0 <= row < len(self._rows) else None
        return found if isinstance(found, Result) else None

    def row_of(self, key: Key) -> int:
        """Where a result stands, -1 if it is not shown."""
        return next((i for i, row in enumerate(self._rows) if isinstance(row, Result) and key_of(row) == key), -1)

    def pinned(self) -> Result | None:
        """The baseline."""
        return next((row for row in self.records.rows if key_of(row) == self.baseline), None) if self.baseline else None

    def _arrange(self) -> None:
        records = self.records
        rows = records.chosen(self._filter)
        if self._sort is not None:
            rows = records.ordered(rows, self._sort[0], down=self._sort[1])
        pinned = self.pinned()
        if pinned is not None:
            rows = [pinned, *(row for row in rows if row is not pinned)]
        self._rows = list(rows)
        if not self._group:
            return
        groups: dict[str, list[Result]] = {}
        for row in rows:
            groups.setdefault(str(records.value(row, self._group)), []).append(row)
        self._rows = []
        for name, members in groups.items():
            self._rows += [f"{name}  ({len(members)})", *members]

    # -- Qt -----------------------------------------------------------------------------------------------------------
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column_title(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_plain(help_of(column) if column not in WORDS and column != RATIO else column_title(column))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(column)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self._rows[index.row()], self.columns[index.column()]
        if isinstance(row, str):
            if role == Qt.ItemDataRole.DisplayRole:
                return row if index.column() == 0 else ""
            if role == Qt.ItemDataRole.FontRole:
                return font(bold=True)
            return color("raised") if role == Qt.ItemDataRole.BackgroundRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.records.text(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(column)
        if role == CHANGE:
            return self.change(row, column)
        if role == Qt.ItemDataRole.FontRole and key_of(row) == self.baseline:
            return font(bold=True)
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_plain(f"{self.records.text(row, column)}\n{row.run_name}: {row.title}\n{row.note}".strip())
        return None

    def change(self, row: Result, column: str) -> tuple[str, str]:
        """How a number stands to the baseline's, and in which color; ("", "") where that means nothing."""
        pinned = self.pinned()
        held = None if pinned is None or column in WORDS else self.records.against(row, pinned, column)
        if pinned is None or held is None:
            return "", ""
        better = BY_NAME[column].better if column in BY_NAME else None
        measured = column in BY_NAME and column not in ("size_bytes", "bits_per_weight", "seconds", "peak_memory_bytes")
        if better is not None and measured and measured_with(row) != measured_with(pinned):
            return "≠", "muted"
        text = difference_text(held)
        if not any(digit in text for digit in "123456789"):
            return "0", "muted"
        return text, {"better": "success", "worse": "error"}.get(held.verdict, "muted")


class ResultDelegate(QStyledItemDelegate):
    """A second line under the value: how it stands to the baseline."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        text, token = index.data(CHANGE) or ("", "")
        if not text:
            super().paint(painter, option, index)
            return
        self.initStyleOption(option, index)
        value, option.text = option.text, ""
        option.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        area = option.rect.adjusted(5, 2, -5, -2)
        half = area.height() // 2
        painter.save()
        for place, line, style, hue in (
            (QRect(area.left(), area.top(), area.width(), half), value, font(), "text"),
            (QRect(area.left(), area.top() + half, area.width(), half), text, font(-1), token),
        ):
            painter.setFont(style)
            painter.setPen(color(hue))
            shown = QFontMetrics(style).elidedText(line, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """The view has rows of one height: nothing is asked of each cell."""
        return QSize(80, 24)


def _side(column: str) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column in WORDS else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter
