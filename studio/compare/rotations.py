"""Variants that differ in their rotation: perplexity beside the outliers of what every layer reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSplitter, QTableWidget, QTableWidgetItem, QWidget

from engine.contracts.metrics import metric_text, value_text
from engine.contracts.rotation import PLACES, RotationInspection
from engine.run.comparison import Variant
from studio.plots.grids import GridChart
from studio.plots.sheet import Sheet
from studio.theme import SPACING

METRICS = ("perplexity", "kl_divergence", "size_bytes")


class RotationsComparison(QSplitter):
    """A row for each variant: metrics, and the kurtosis of each place as a mean over the layers; layer by layer in
    heat maps of one color scale."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.table = QTableWidget(0, 0, self)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setAccessibleName(self.tr("Rotations beside each other"))
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setHighlightSections(False)
        self.map = GridChart(self)
        self.addWidget(self.table)
        self.addWidget(self.map)
        self.setSizes([150, 320])
        self.setChildrenCollapsible(False)
        self.setHandleWidth(SPACING)
        self.setStyleSheet("QSplitter::handle { background: transparent; }")

    def show_found(self, found: Sequence[tuple[Variant, RotationInspection]]) -> None:
        """Show the activations of these variants."""
        places = [place for place in PLACES if any(e.place == place for _, f in found for e in f.after)]
        titles = [self.tr("Perplexity"), self.tr("KL divergence"), self.tr("Size")]
        titles += [self.tr("Kurtosis,\n{0}").format(PLACES[place].lower()) for place in places]
        self.table.setColumnCount(1 + len(titles))
        for column, title in enumerate((self.tr("Rotation"), *titles)):
            head = QTableWidgetItem(title)
            head.setTextAlignment(_side(column))  # above its numbers
            self.table.setHorizontalHeaderItem(column, head)
        self.table.setRowCount(len(found))
        sheets = {}
        for row, (variant, inspection) in enumerate(found):
            by_place = {place: [each.kurtosis for each in inspection.after if each.place == place] for place in places}
            metrics = [metric_text(n, variant.metrics, variant.protocol, "–") for n in METRICS]
            means = [value_text("kurtosis", float(np.mean(by_place[p]))) if by_place[p] else "–" for p in places]
            for column, text in enumerate((variant.title, *metrics, *means)):
                item = QTableWidgetItem(text)
                item.setTextAlignment(_side(column))
                self.table.setItem(row, column, item)
            sheets[variant.title] = _sheet(inspection, self.tr("Layer"), self.tr("Kurtosis of a token"))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(60)
        rows = sum(self.table.rowHeight(row) for row in range(len(found)))
        bar = self.table.horizontalScrollBar().sizeHint().height()
        self.table.setFixedHeight(header.sizeHint().height() + rows + bar + 2)
        self.map.show_sheets(self.tr("Kurtosis of activations"), sheets, again=False)


def _side(column: int) -> Qt.AlignmentFlag:
    return (Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter


def _sheet(inspection: RotationInspection, row_title: str, unit: str) -> Sheet:
    known = {(each.layer, each.place): each.kurtosis for each in inspection.after}
    layers = sorted({layer for layer, _ in known})
    places = [place for place in PLACES if any((layer, place) in known for layer in layers)]
    values = np.array([[known.get((layer, place), np.nan) for place in places] for layer in layers], dtype=np.float64)
    names = tuple(PLACES[place] for place in places)
    return Sheet(
        values.reshape(len(layers), len(places)), row_title, "", tuple(map(str, layers)), names, unit, log=True
    )
