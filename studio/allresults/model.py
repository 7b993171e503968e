"""The table of all results: rows are looked up, not made, so that ten thousand cost no more than ten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from engine.contracts.grading import JUDGED
from engine.contracts.metrics import BY_NAME
from engine.record.comparison import difference_text
from engine.record.history import Result
from engine.record.results import RATIO, Filter, Key, Records, key_of, measured_with
from engine.record.results import WORDS as WORD_COLUMNS
from studio.engine_words import column_name, engine_word, metric_help, result_name, result_text
from studio.kit.tables import NUMBERS, WORDS, Cell, CellsModel, Index
from studio.kit.theme import color, font
from studio.states import GRADE_TOKENS, change_token

CHANGE = Qt.ItemDataRole.UserRole
"""(text, color token): how a cell stands to the baseline's."""


class ResultModel(CellsModel):
    """Filtered, sorted, grouped. A row is a `Result`, or a string that heads a group. GUI thread only."""

    rows: list[Result | str]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.records = Records()
        self.columns: list[str] = []
        self.baseline: Key | None = None
        self._filter = Filter()
        self._group = ""
        self._sort: tuple[str, bool] | None = None
        self.filtered: list[Result] = []
        """Results that the filter takes, the newest first, however the rows are sorted."""

    # -- what is shown ------------------------------------------------------------------------------------------------
    def show_records(self, records: Records, columns: Sequence[str]) -> None:
        """Show these results in these columns."""
        self.beginResetModel()
        self.records, self.columns = records, list(columns)
        self.filtered = records.chosen(self._filter)
        self._arrange()
        self.endResetModel()

    def arrange(self, filter: Filter, group: str) -> None:
        """Show what the filter takes; ``group``: a column of words whose equal values stand together, "" for none."""
        self.beginResetModel()
        self._filter, self._group = filter, group
        self.filtered = self.records.chosen(filter)
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
        sortable = 0 <= column < len(self.columns)
        by = (self.columns[column], order == Qt.SortOrder.DescendingOrder) if sortable else None
        if by == self._sort:  # Qt asks twice
            return
        self.beginResetModel()
        self._sort = by
        self._arrange()
        self.endResetModel()

    def results(self) -> list[Result]:
        """The rows that are shown, without the heads of groups."""
        if not self._group:
            return list(self.rows)  # type: ignore[arg-type]  # without groups there are no heads
        return [row for row in self.rows if isinstance(row, Result)]

    def result(self, row: int) -> Result | None:
        """The result in a row, None for the head of a group."""
        entry = self.rows[row] if 0 <= row < len(self.rows) else None
        return entry if isinstance(entry, Result) else None

    def row_of(self, key: Key) -> int:
        """The row of a result, -1 if it is not shown."""
        return next((i for i, row in enumerate(self.rows) if isinstance(row, Result) and key_of(row) == key), -1)

    def pinned(self) -> Result | None:
        """The baseline."""
        return next((row for row in self.records.rows if key_of(row) == self.baseline), None) if self.baseline else None

    def _arrange(self) -> None:
        records, rows = self.records, self.filtered
        if self._sort is not None:
            rows = records.ordered(rows, self._sort[0], down=self._sort[1])
        pinned = self.pinned()
        if pinned is not None:
            rows = [pinned, *(row for row in rows if row is not pinned)]
        self.rows = list(rows)
        if not self._group:
            return
        groups: dict[str, list[Result]] = {}
        for row in rows:
            groups.setdefault(self._head(row), []).append(row)
        self.rows = []
        for name, members in groups.items():
            self.rows += [f"{name}  ({len(members)})", *members]

    def _head(self, row: Result) -> str:
        """The head of the group that a row belongs to."""
        value = str(self.records.value(row, self._group))
        return engine_word(value) if self._group == "method" else value

    # -- Qt -----------------------------------------------------------------------------------------------------------
    def width(self) -> int:
        """See `CellsModel`."""
        return len(self.columns)

    def side(self, column: int) -> Qt.AlignmentFlag:
        """See `CellsModel`."""
        return WORDS if self.columns[column] in WORD_COLUMNS else NUMBERS

    def head(self, column: int) -> Cell:
        """See `CellsModel`."""
        name = self.columns[column]
        title = column_name(name)
        return Cell(title, title if name in WORD_COLUMNS or name == RATIO else metric_help(name))

    def cell(self, row: int, column: int) -> Cell:
        """See `CellsModel`."""
        result = self.rows[row]
        if isinstance(result, str):
            return Cell(result if column == 0 else "", bold=True)
        text = result_text(self.records, result, self.columns[column])
        tip = f"{text}\n{result.run_name}: {result_name(result.title)}\n{result.note}".strip()
        graded = self.records.grade(result) if self.columns[column] in JUDGED else None
        if graded is None or graded.metric != self.columns[column]:
            return Cell(text, tip, bold=key_of(result) == self.baseline)
        tip = f"{tip}\n{graded.reason}"
        tone = GRADE_TOKENS[graded.grade] if graded.grade != "good" else None
        return Cell(text, tip, tone, bold=key_of(result) == self.baseline)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.baseline is not None and role == CHANGE:
            row = self.rows[index.row()]
            return self.change(row, self.columns[index.column()]) if isinstance(row, Result) else None
        if self._group and role == Qt.ItemDataRole.BackgroundRole:
            return color("raised") if isinstance(self.rows[index.row()], str) else None
        return super().data(index, role)

    def change(self, row: Result, column: str) -> tuple[str, str]:
        """A number's difference from the baseline and its color token; ("", "") where a difference means nothing."""
        pinned = self.pinned()
        comparison = None if pinned is None or column in WORD_COLUMNS else self.records.against(row, pinned, column)
        if pinned is None or comparison is None:
            return "", ""
        better = BY_NAME[column].better if column in BY_NAME else None
        measured = column in BY_NAME and column not in ("size_bytes", "bits_per_weight", "seconds", "peak_memory_bytes")
        if better is not None and measured and measured_with(row) != measured_with(pinned):
            return "≠", "muted"
        text = difference_text(comparison)
        if not any(digit in text for digit in "123456789"):
            return "0", "muted"
        return text, change_token(comparison.verdict, comparison.grade) or "muted"


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
        for box, line, style, hue in (
            (QRect(area.left(), area.top(), area.width(), half), value, font(), "text"),
            (QRect(area.left(), area.top() + half, area.width(), half), text, font(-1), token),
        ):
            painter.setFont(style)
            painter.setPen(color(hue))
            shown = QFontMetrics(style).elidedText(line, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """The view has rows of one height: nothing is asked of each cell."""
        return QSize(80, 24)
