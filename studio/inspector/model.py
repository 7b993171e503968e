"""The table of layers: which columns there are, how their values read, what is worth a warning."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from engine.contracts.inspection import concern
from engine.contracts.metrics import OF_LAYERS, title_of, value_text
from engine.contracts.table import Table
from studio.plaintext import as_plain
from studio.theme import color

if TYPE_CHECKING:
    from engine.contracts.inspection import Inspection, LayerStatistics

Index = QModelIndex | QPersistentModelIndex
VALUE_ROLE = Qt.ItemDataRole.UserRole
"""The value itself: a number, a word or None; what is sorted by."""
NAME, ROLE = 1, 2


@dataclass(frozen=True)
class Column:
    """A column: the attribute of `LayerStatistics`, its title, what it means."""

    name: str
    title: str
    help: str
    numeric: bool = True

    def text(self, value: Any) -> str:
        """The value as shown; nothing for None."""
        if value is None:
            return ""
        if isinstance(value, tuple):
            return " × ".join(str(each) for each in value)
        if isinstance(value, float):
            return "NaN" if math.isnan(value) else value_text(self.name, value)
        return value_text(self.name, value) if self.name == "parameters" else str(value)


def tr(text: str) -> str:
    """The text in the user's language."""
    return QCoreApplication.translate("inspector", text)


def columns() -> tuple[Column, ...]:
    """All columns, in order."""
    return (
        Column("layer", tr("Layer"), tr("Number of the decoder or encoder layer, empty outside of them.")),
        Column("name", tr("Name"), tr("Name of the module in the checkpoint."), numeric=False),
        Column("role", tr("Role"), tr("What the module does in its layer."), numeric=False),
        Column("shape", tr("Shape"), tr("Outputs × inputs, as stored."), numeric=False),
        Column("format", tr("Format"), tr("How the weight is stored."), numeric=False),
        *(Column(metric.name, metric.short or metric.title, metric.help) for metric in OF_LAYERS),
    )


class LayersModel(QAbstractTableModel):
    """One row a layer."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.columns = columns()
        self.rows: tuple[LayerStatistics, ...] = ()

    def show(self, inspection: Inspection) -> None:
        """Show other layers."""
        self.beginResetModel()
        self.rows = inspection.layers
        self.endResetModel()

    def column_of(self, name: str) -> int:
        """The position of a column."""
        return next(i for i, column in enumerate(self.columns) if column.name == name)

    def has_values(self, column: int) -> bool:
        """Whether any layer has a value in this column."""
        return any(self.value(row, column) is not None for row in range(len(self.rows)))

    def value(self, row: int, column: int) -> Any:
        """The value itself."""
        return getattr(self.rows[row], self.columns[column].name)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"<b>{html.escape(title_of(column.name))}</b><br>{html.escape(column.help)}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column, value = self.columns[index.column()], self.value(index.row(), index.column())
        if role == VALUE_ROLE:
            return value
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ForegroundRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            return None
        worry = concern(column.name, value)
        text = column.text(value)
        if role == Qt.ItemDataRole.ForegroundRole:
            return color(worry[0]) if worry else None
        if role == Qt.ItemDataRole.ToolTipRole:
            tip = worry[2] if worry else text if column.name in ("name", "format") else ""
            return as_plain(tip) or None
        return f"{worry[1]}  {text}" if worry else text


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft
    if column.name == "layer":  # beside the names a number at the right would seem to belong to them
        side = Qt.AlignmentFlag.AlignHCenter
    return side | Qt.AlignmentFlag.AlignVCenter


class LayersFilter(QSortFilterProxyModel):
    """Sorts by value, numbers as numbers, layers without one last; keeps rows whose name or role has all words."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self.setSortRole(VALUE_ROLE)

    def show_only(self, text: str) -> None:
        """Filter by words, upper and lower case alike."""
        self.beginFilterChange()
        self._words = text.lower().split()
        self.endFilterChange()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        if not self._words:
            return True
        model = self.sourceModel()
        assert isinstance(model, LayersModel)
        text = f"{model.value(row, NAME)} {model.value(row, ROLE)}".lower()
        return all(word in text for word in self._words)

    def lessThan(self, left: Index, right: Index) -> bool:
        a, b = left.data(VALUE_ROLE), right.data(VALUE_ROLE)
        if _missing(a) or _missing(b):
            ascending = self.sortOrder() == Qt.SortOrder.AscendingOrder
            return (_missing(b) and not _missing(a)) if ascending else (_missing(a) and not _missing(b))
        if a == b:
            return left.row() < right.row()
        return bool(a < b)

    def table(self, hidden: set[int]) -> Table:
        """The rows and columns as they are shown, with all digits."""
        model = self.sourceModel()
        assert isinstance(model, LayersModel)
        shown = [i for i in range(len(model.columns)) if i not in hidden]
        rows = []
        for row in range(self.rowCount()):
            source = self.mapToSource(self.index(row, 0)).row()
            values = [model.value(source, column) for column in shown]
            rows.append(["x".join(map(str, value)) if isinstance(value, tuple) else value for value in values])
        return Table([model.columns[i].name for i in shown], rows)


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
