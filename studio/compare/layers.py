"""Inspections side by side: a metric of each layer, and the distributions over each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtWidgets import QTableView, QWidget

from engine.base.table import Table
from engine.contracts.events import Histogram
from engine.contracts.layer_names import short_name
from engine.contracts.metrics import value_text
from engine.record.comparison import Row, Sides, beside, layer_row
from engine.record.curves import Series
from studio.charts.axes import LayerAxis, PercentAxis
from studio.charts.curves import Curve, SeriesChart
from studio.charts.distribution import HistogramChart
from studio.charts.saving import save_table
from studio.charts.stroke import Stroke
from studio.engine_words import metric_name
from studio.inspector.model import PLOTTED
from studio.kit.combo import Choice
from studio.kit.layouts import hbox, splitter, vbox
from studio.kit.tables import Cell, CellsModel, dress, share_width
from studio.kit.theme import theme
from studio.kit.widgets import PlainLabel, tool
from studio.states import change_token

if TYPE_CHECKING:
    from engine.contracts.inspection import Inspection


MEASURED = 50
"""Rows that make the widths of columns."""


class SidesModel(CellsModel):
    """Layer, the value of each; of two also the difference with a word."""

    rows: list[tuple[str, Sides]]

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.titles: tuple[str, ...] = ("", "")
        self.metric = PLOTTED[0]

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

    def width(self) -> int:
        """See `CellsModel`."""
        return 4 if len(self.titles) == 2 else 1 + len(self.titles)

    def head(self, column: int) -> Cell:
        """See `CellsModel`."""
        title = (self.tr("Layer"), *self.titles, self.tr("Difference"))[column]
        return Cell(title, title)

    def cell(self, row: int, column: int) -> Cell:
        """See `CellsModel`; the others say how they stand against the first, of two the last column does."""
        name, sides = self.rows[row][0], len(self.titles)
        if column == 0:
            return Cell(short_name(name), name)
        value = self.values(row)[column - 1] if column <= sides else None
        text = "–" if value is None else value_text(self.metric, value)
        if column == 1:
            return Cell(text)
        row_data = self.row(row, min(column, sides) - 1)
        tone = change_token(row_data.verdict, row_data.grade)
        if column > sides:
            return Cell(_difference_text(row_data), tone=tone)
        return Cell(text, _difference_text(row_data), tone if sides > 2 else None)


def _difference_text(row: Row) -> str:
    if row.difference is None:
        return "–"
    if row.verdict == "same":
        return "= same"
    word = row.verdict if row.verdict in ("better", "worse") else ""
    return f"{row.arrow} {value_text(row.name, abs(row.difference))} {word}".strip()


class SidesChart(SeriesChart):
    """One metric over the layers in order of execution, a curve for each variant."""

    x_name = "layer"
    symbols = True

    def __init__(self, parent: QWidget) -> None:
        self._model: SidesModel | None = None
        self._left_axis, self._bottom_axis = PercentAxis("left"), LayerAxis("bottom", self.tr("Layer"))
        super().__init__(
            self.tr("By layer"),
            (self.tr("Nothing to plot"), self.tr("No layer has a value for this metric.")),
            (self._bottom_axis, self._left_axis),
            parent,
            log_y=True,
        )
        self.follow.hide()

    def show_model(self, model: SidesModel) -> None:
        """Show what this model holds now."""
        self._model = model
        self._left_axis.show_metric(model.metric)
        self._bottom_axis.show_layers([name for name, _ in model.rows])
        self._ranged_at = 0.0
        self.follow.setChecked(True)
        self.touch()
        self.refresh()

    def curves(self) -> list[Curve]:
        """See `SeriesChart`."""
        if self._model is None:
            return []
        curves = []
        hues = theme().tokens.chart  # the first two are those of A and B
        for side, title in enumerate(self._model.titles):
            series = Series()
            for row in range(len(self._model.rows)):
                value = self._model.values(row)[side]
                if value is not None and math.isfinite(value):
                    series.append(row, float(value))
            if len(series):
                stroke = Stroke(hues[side % len(hues)], side >= len(hues))
                curves.append(Curve(str(side), title, series, stroke))
        return curves

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
        self._metric = Choice(self.tr("Metric"), self)
        self._metric.activated.connect(self._on_metric)
        name = self.tr("Save the table of layers")
        save = tool("", self.tr("Save this table as CSV"), self, picture="export", on=self._on_save, name=name)
        self.table = QTableView(self)
        dress(self.table, self.tr("Layers of the results"))
        self.table.setModel(self.model)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        header = self.table.horizontalHeader()
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setResizeContentsPrecision(MEASURED)  # models of experts have thousands of rows
        self.table.viewport().installEventFilter(self)
        self.table.selectionModel().currentChanged.connect(self._on_current)
        side = QWidget(self)
        top = hbox(PlainLabel(self.tr("Metric"), self), self._metric, None, save)
        side.setLayout(vbox(top, (self.table, 1), margins=0))
        charts = splitter(Qt.Orientation.Vertical, self, (self.chart, 300), (self.distribution, 300))
        split = splitter(Qt.Orientation.Horizontal, self, (side, 560), (charts, 600))
        self.setLayout(vbox(split, margins=0))

    def show_beside(self, inspections: Sequence[Inspection], titles: Sequence[str]) -> None:
        """Show these inspections, two or more."""
        same = Counter(titles)
        self._titles = tuple(title if same[title] == 1 else f"{title} {n + 1}" for n, title in enumerate(titles))
        self._all = beside(inspections)
        rows = [row for inspection in inspections for row in inspection.layers]
        names = [name for name in PLOTTED if any(getattr(row, name) is not None for row in rows)]
        self._metric.offer((name, metric_name(name)) for name in names)
        self._on_metric()
        if self._all:
            self.pick_layer(self._all[0][0])

    def shown_metric(self) -> str:
        """The metric shown."""
        return self._metric.value or PLOTTED[0]

    def choose(self, metric: str) -> None:
        """Show this metric, as choosing it in the box does."""
        self._metric.choose(metric)
        self._on_metric()

    def pick_layer(self, name: str) -> None:
        """Select a layer and lay its distributions over each other: the original filled, if it is known."""
        row = next((i for i, (item, _) in enumerate(self._all) if item == name), None)
        if row is None:
            return
        self.table.selectRow(row)
        sides = self._all[row][1]
        shown: list[tuple[str, Histogram]] = []
        original = next((item.reference for item in sides if item is not None and item.reference), None)
        if original is not None:
            shown.append((self.tr("Original"), original))
        for title, item in zip(self._titles, sides, strict=True):
            if item is not None:
                shown.append((title, item.histogram))
        self.distribution.set_title(self.tr("Weights of {0}").format(short_name(name)))
        self.distribution.show_pairs(shown)

    def _on_metric(self) -> None:
        current = self.table.currentIndex().row()
        self.model.show(self._all, self._titles, self.shown_metric())
        share_width(self.table)
        self.chart.set_title(self.tr("{0} by layer").format(metric_name(self.shown_metric())))
        self.chart.show_model(self.model)
        if current >= 0:
            self.table.selectRow(current)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The table has another width."""
        if event.type() == QEvent.Type.Resize:
            share_width(self.table)
        return False

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid():
            self.pick_layer(self._all[current.row()][0])

    def _on_save(self) -> None:
        save_table(self.model.table(), "compared-layers", self)
