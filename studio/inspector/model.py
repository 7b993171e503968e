"""The table of layers: which columns there are, how their values read, in which order they stand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QModelIndex, QObject, Qt

from engine.base.table import Table
from engine.contracts.inspection import LayerStatistics, concern
from engine.contracts.metrics import OF_LAYERS, value_text
from studio.engine_words import engine_word, metric_name
from studio.kit.tables import NUMBERS, ORDINALS, WORDS, Cell, CellsModel, Index

if TYPE_CHECKING:
    from engine.contracts.inspection import Inspection

VALUE_ROLE = Qt.ItemDataRole.UserRole
"""The value itself: a number, a word or None; what is sorted by."""
NAME, ROLE = 1, 2


PLOTTED = (
    "sqnr_db", "error", "divergence", "kurtosis", "input_kurtosis", "input_kurtosis_pooled", "bits_per_weight",
    "nf4_error", "fp4_error", "nvfp4_error", "mxfp4_error", "int4_error",
    "sparsity", "minimum", "maximum", "mean", "standard_deviation", "parameters", "size_bytes",
)  # fmt: skip
"""Values that can be plotted, those that matter most first."""


class Column(NamedTuple):
    """A column: the attribute of `LayerStatistics`, its title, what it means, where its values stand."""

    name: str
    title: str
    help: str
    side: Qt.AlignmentFlag = NUMBERS


class LayersModel(CellsModel):
    """One row a layer."""

    rows: tuple[LayerStatistics, ...]

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._measured: frozenset[str] = frozenset()
        layer = self.tr("Index of the decoder or encoder layer; empty outside the layers.")
        self.columns = (
            Column("layer", self.tr("Layer"), layer, ORDINALS),  # at the right it would seem to belong to the names
            Column("name", self.tr("Name"), self.tr("Name of the module in the checkpoint."), WORDS),
            Column("role", self.tr("Role"), self.tr("Function of the module in its layer."), WORDS),
            Column("shape", self.tr("Shape"), self.tr("Output × input features, as stored."), WORDS),
            Column("format", self.tr("Format"), self.tr("Storage format of the weight."), WORDS),
            *(
                Column(metric.name, engine_word(metric.short or metric.title), engine_word(metric.help))
                for metric in OF_LAYERS
            ),
        )

    def show(self, inspection: Inspection) -> None:
        """Show other layers."""
        self.beginResetModel()
        self.rows = inspection.layers
        names = {column.name for column in self.columns} | {*PLOTTED}
        self._measured = frozenset(name for name in names if LayerStatistics.any_has(self.rows, name))
        self.endResetModel()

    def column_of(self, name: str) -> int:
        """The position of a column."""
        return next(i for i, column in enumerate(self.columns) if column.name == name)

    def row_of(self, name: str) -> int:
        """The position of a layer, -1 if there is none of this name."""
        return next((i for i, row in enumerate(self.rows) if row.name == name), -1)

    @property
    def measured(self) -> frozenset[str]:
        """Names of what any layer has a value of."""
        return self._measured

    def value(self, row: int, column: int) -> Any:
        """The value itself."""
        return getattr(self.rows[row], self.columns[column].name)

    def width(self) -> int:
        """See `CellsModel`."""
        return len(self.columns)

    def side(self, column: int) -> Qt.AlignmentFlag:
        """See `CellsModel`."""
        return self.columns[column].side

    def head(self, column: int) -> Cell:
        """See `CellsModel`."""
        name, title, help, _ = self.columns[column]
        return Cell(title, f"{metric_name(name)}\n{help}")

    def cell(self, row: int, column: int) -> Cell:
        """See `CellsModel`; a value worth a look has a word before it."""
        name, value = self.columns[column].name, self.value(row, column)
        text = _text(name, value)
        if (worry := concern(name, value)) is not None:
            return Cell(f"{engine_word(worry.word)}  {text}", worry.why, worry.level)
        return Cell(text, text if name in ("name", "format") else "")

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == VALUE_ROLE:
            return self.value(index.row(), index.column())
        return super().data(index, role)


def _text(name: str, value: Any) -> str:
    """A value as shown; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " × ".join(map(str, value))
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else value_text(name, value)
    return value_text(name, value) if name == "parameters" else str(value)


class LayersFilter(CellsModel):
    """The layers that are shown, in their order: those whose name or role has all words, sorted by value, numbers as
    numbers, layers without one last.

    Qt's own model for this asks Python about each row and each comparison, which takes seconds with ten thousands of
    experts; here a list is made at once.
    """

    rows: list[int]

    def __init__(self, model: LayersModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._words: list[str] = []
        self._column, self._down = -1, False
        self._texts: list[str] = []
        """Names and roles in lower case, for the filter; empty until somebody types."""
        model.modelReset.connect(self._on_others)
        self._on_others()

    def show_only(self, text: str) -> None:
        """Filter by words, upper and lower case alike."""
        self._words = text.lower().split()
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column, -1 for the order of execution."""
        down = order == Qt.SortOrder.DescendingOrder
        if (column, down) != (self._column, self._down):  # Qt asks twice
            self._column, self._down = column, down
            self._arrange()

    def source_row(self, row: int) -> int:
        """The row of the model that is shown in a row."""
        return self.rows[row]

    def index_of(self, row: int, column: int = 0) -> QModelIndex:
        """The place at which a row of the model is shown, no valid one if it is not."""
        return self.index(self.rows.index(row), column) if row in self.rows else QModelIndex()

    def _on_others(self) -> None:
        self._texts = []
        self._arrange()

    def _arrange(self) -> None:
        shown = list(range(len(self._model.rows)))
        if self._words and not self._texts:
            self._texts = [f"{row.name} {row.role}".lower() for row in self._model.rows]
        for word in self._words:
            shown = [row for row in shown if word in self._texts[row]]
        if 0 <= self._column < self._model.width():
            name = self._model.columns[self._column].name
            values = [getattr(row, name) for row in self._model.rows]
            there = [row for row in shown if (v := values[row]) is not None and v == v]  # NaN is not equal to itself
            sortable = set(there) if len(there) < len(shown) else None
            there.sort(key=values.__getitem__, reverse=self._down)
            shown = there if sortable is None else [*there, *(row for row in shown if row not in sortable)]
        self.beginResetModel()
        self.rows = shown
        self.endResetModel()

    def width(self) -> int:
        """See `CellsModel`."""
        return self._model.width()

    def side(self, column: int) -> Qt.AlignmentFlag:
        """See `CellsModel`."""
        return self._model.side(column)

    def head(self, column: int) -> Cell:
        """See `CellsModel`."""
        return self._model.head(column)

    def cell(self, row: int, column: int) -> Cell:
        """See `CellsModel`."""
        return self._model.cell(self.rows[row], column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == VALUE_ROLE:
            return self._model.value(self.rows[index.row()], index.column())
        return super().data(index, role)

    def table(self, hidden: set[int]) -> Table:
        """The rows and columns as they are shown, with all digits."""
        shown = [i for i in range(len(self._model.columns)) if i not in hidden]
        rows = []
        for row in range(self.rowCount()):
            values = [self._model.value(self.rows[row], column) for column in shown]
            rows.append(["x".join(map(str, value)) if isinstance(value, tuple) else value for value in values])
        return Table([self._model.columns[i].name for i in shown], rows)
