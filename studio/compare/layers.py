"""Inspections side by side: a metric of each layer, and the distributions over each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QSplitter,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.contracts.events import Histogram
from engine.contracts.layer_names import layer_number, short_name
from engine.contracts.metrics import SHARES, title_of, value_text
from engine.contracts.table import Table
from engine.run.comparison import Row, Sides, beside, layer_row
from engine.run.curves import Series
from studio.charts.axes import LayerAxis, PercentAxis
from studio.charts.curves import Curve, SeriesChart
from studio.charts.distribution import HistogramChart
from studio.charts.saving import save_table
from studio.icons import icon
from studio.inspector.plots import METRICS
from studio.plaintext import as_plain
from studio.theme import SPACING, color, theme
from studio.widgets import PlainLabel, TintedDelegate

if TYPE_CHECKING:
    from engine.contracts.inspection import Inspection

Index = QModelIndex | QPersistentModelIndex


class SidesModel(QAbstractTableModel):
    """Layer, the value of each; of two also the difference with a word."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[tuple[str, Sides]] = []
        self.titles: tuple[str, ...] = ("", "")
        self.metric = METRICS[0]

    def show(self, rows: list[tuple[str, Sides]], titles: tuple[str, ...], metric: str) -> None:
        """Show other layers or another metric."""
        self.beginResetModel()
        self.rows, self.titles, self.metric = rows, titles, metric
        self.endResetModel()

    def values(self, row: int) -> tuple[float | None, ...]:
        """The metric of each."""
        return tuple(getattr(side, self.metric, None) for side in self.rows[row][1])

    def row(self, row: int, side: int = 1) -> Row:
        """One of the others against the first."""
        return layer_row(self.metric, self.rows[row][1], side)

    def table(self) -> Table:
        """All rows with all digits."""
        two = len(self.titles) == 2
        header = ("layer", *(f"{self.metric} {title}" for title in self.titles), *(("difference",) if two else ()))
        return Table(
            header,
            [(n, *self.values(i), *((self.row(i).difference,) if two else ())) for i, (n, _) in enumerate(self.rows)],
        )

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else 4 if len(self.titles) == 2 else 1 + len(self.titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            title = (self.tr("Layer"), *self.titles, self.tr("Difference"))[section]
            return as_plain(title) if role == Qt.ItemDataRole.ToolTipRole else title
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        sides = len(self.titles)
        if role == Qt.ItemDataRole.ForegroundRole and column > (1 if sides > 2 else 2):
            return {"better": color("success"), "worse": color("error")}.get(
                self.row(row, min(column, sides) - 1).verdict
            )
        if role == Qt.ItemDataRole.ToolTipRole and column == 0:
            return as_plain(self.rows[row][0])
        if role == Qt.ItemDataRole.ToolTipRole and 1 < column <= sides:
            return self._difference_text(row, column - 1)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if column == 0:
            return short_name(self.rows[row][0])
        if column <= sides:
            value = self.values(row)[column - 1]
            return "–" if value is None else value_text(self.metric, value)
        return self._difference_text(row)

    def _difference_text(self, row: int, side: int = 1) -> str:
        held = self.row(row, side)
        if held.difference is None:
            return "–"
        if held.verdict == "same":
            return "= same"
        word = held.verdict if held.verdict in ("better", "worse") else ""
        return f"{held.arrow} {value_text(self.metric, abs(held.difference))} {word}".strip()


def _alignment(column: int) -> Qt.AlignmentFlag:
    return (Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter


class SidesChart(SeriesChart):
    """One metric over the layers in order of execution, a curve for each variant."""

    x_name = "layer"
    symbols = True

    def __init__(self, parent: QWidget) -> None:
        self._model: SidesModel | None = None
        self._left = PercentAxis("left")
        super().__init__(
            self.tr("Over the layers"),
            (self.tr("Nothing to plot"), self.tr("No layer has a value for this metric.")),
            (LayerAxis("bottom", self.tr("Layer")), self._left),
            parent,
            log_y=True,
        )
        self.follow.hide()

    def show_model(self, model: SidesModel) -> None:
        """Show what this model holds now."""
        self._model = model
        self._left.percent = model.metric in SHARES
        self._left.setLabel(title_of(model.metric))
        numbers = [layer_number(name) for name, _ in model.rows]
        names = [
            "" if number is None or (i and number == numbers[i - 1]) else str(number)
            for i, number in enumerate(numbers)
        ]
        assert isinstance(self.bottom, LayerAxis)
        self.bottom.show_names(names)
        self._ranged_at = 0.0
        self.follow.setChecked(True)
        self.touch()
        self.refresh()

    def curves(self) -> list[Curve]:
        """See `SeriesChart`."""
        if self._model is None:
            return []
        found = []
        hues = theme().tokens.chart  # the first two are those of A and B
        for side, title in enumerate(self._model.titles):
            series = Series()
            for row in range(len(self._model.rows)):
                value = self._model.values(row)[side]
                if value is not None and math.isfinite(value):
                    series.append(row, float(value))
            if len(series):
                found.append(Curve(str(side), title, series, hues[side % len(hues)], side >= len(hues)))
        return found

    def place_text(self, x: float) -> str:
        """See `SeriesChart`."""
        return short_name(self._model.rows[int(x)][0]) if self._model is not None else ""

    def value_text(self, value: float) -> str:
        """See `SeriesChart`."""
        return value_text(self._model.metric, value) if self._model is not None else ""

    def clicked(self, x: float, y: float) -> None:
        """Pick the layer."""
        if self._model is not None and 0 <= round(x) < len(self._model.rows):
            self.selected.emit(self._model.rows[round(x)][0])


class LayersComparison(QWidget):
    """Table at the left; metric over the layers and overlaid distributions of the picked layer at the right."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._all: list[tuple[str, Sides]] = []
        self._titles: tuple[str, ...] = ("", "")
        self.model = SidesModel(self)
        self.chart = SidesChart(self)
        self.distribution = HistogramChart(self, picker=False)
        self.chart.selected.connect(self.pick_layer)
        self._metric = QComboBox(self)
        self._metric.setAccessibleName(self.tr("Metric"))
        self._metric.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._metric.activated.connect(self._on_metric)
        save = QToolButton(self)
        save.setIcon(icon("export", "muted"))
        save.setToolTip(self.tr("Save this table as CSV"))
        save.setAccessibleName(self.tr("Save the table of layers"))
        save.clicked.connect(self._on_save)
        self.table = QTableView(self)
        self.table.setModel(self.model)
        self.table.setItemDelegate(TintedDelegate(self.table))
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setAccessibleName(self.tr("Layers of the variants"))
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setResizeContentsPrecision(200)  # models of experts have thousands of rows
        self.table.selectionModel().currentChanged.connect(self._on_current)
        top = QHBoxLayout()
        top.addWidget(PlainLabel(self.tr("Metric"), self))
        top.addWidget(self._metric)
        top.addStretch(1)
        top.addWidget(save)
        side = QWidget(self)
        left = QVBoxLayout(side)
        left.setContentsMargins(0, 0, 0, 0)
        left.addLayout(top)
        left.addWidget(self.table, 1)
        charts = QSplitter(Qt.Orientation.Vertical, self)
        charts.addWidget(self.chart)
        charts.addWidget(self.distribution)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.addWidget(side)
        split.addWidget(charts)
        split.setSizes([560, 600])
        for splitter in (charts, split):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(SPACING)
            splitter.setStyleSheet("QSplitter::handle { background: transparent; }")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)

    def show_beside(self, found: Sequence[Inspection], titles: Sequence[str]) -> None:
        """Show these inspections, two or more."""
        same = Counter(titles)
        self._titles = tuple(title if same[title] == 1 else f"{title} {n + 1}" for n, title in enumerate(titles))
        self._all = beside(found)
        chosen = self.shown_metric()
        self._metric.clear()
        for name in METRICS:
            if any(getattr(row, name) is not None for each in found for row in each.layers):
                self._metric.addItem(title_of(name), name)
        self._metric.setCurrentIndex(max(0, self._metric.findData(chosen)))
        self._on_metric()
        if self._all:
            self.pick_layer(self._all[0][0])

    def shown_metric(self) -> str:
        """The metric shown."""
        return str(self._metric.currentData() or METRICS[0])

    def choose(self, metric: str) -> None:
        """Show this metric, as choosing it in the box does."""
        self._metric.setCurrentIndex(self._metric.findData(metric))
        self._on_metric()

    def pick_layer(self, name: str) -> None:
        """Select a layer and lay its distributions over each other: the original filled, if it is known."""
        row = next((i for i, (each, _) in enumerate(self._all) if each == name), None)
        if row is None:
            return
        self.table.selectRow(row)
        sides = self._all[row][1]
        shown: list[tuple[str, Histogram]] = []
        original = next((each.reference for each in sides if each is not None and each.reference), None)
        if original is not None:
            shown.append((self.tr("Original"), original))
        for title, each in zip(self._titles, sides, strict=True):
            if each is not None:
                shown.append((title, each.histogram))
        self.distribution.set_title(self.tr("Weights of {0}").format(short_name(name)))
        self.distribution.show_pairs(shown)

    def _on_metric(self) -> None:
        current = self.table.currentIndex().row()
        self.model.show(self._all, self._titles, self.shown_metric())
        self.chart.set_title(self.tr("{0} over the layers").format(title_of(self.shown_metric())))
        self.chart.show_model(self.model)
        if current >= 0:
            self.table.selectRow(current)

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid():
            self.pick_layer(self._all[current.row()][0])

    def _on_save(self) -> None:
        save_table(self.model.table(), "compared-layers", self)
