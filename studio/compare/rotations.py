"""Variants that differ in their rotation: perplexity beside the outliers of what every layer reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QWidget

from engine.contracts.metrics import metric_text, value_text
from engine.contracts.rotation import PLACES, RotationInspection
from engine.record.comparison import Variant
from studio.engine_words import engine_word, in_sentence, result_name
from studio.kit.layouts import splitter, vbox
from studio.kit.tables import Cell, CellsTable
from studio.plots.grids import GridChart
from studio.plots.sheet import Sheet

METRICS = ("perplexity", "kl_divergence", "size_bytes")


class RotationsComparison(QWidget):
    """A row for each variant: metrics, and the kurtosis of each place as a mean over the layers; layer by layer in
    heat maps of one color scale."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.table = CellsTable(self.tr("Rotations side by side"), self)
        self.map = GridChart(self)
        parts = ((self.table, 150), (self.map, 320))
        self.setLayout(vbox(splitter(Qt.Orientation.Vertical, self, *parts), margins=0))

    def show_rotations(self, inspections: Sequence[tuple[Variant, RotationInspection]]) -> None:
        """Show the activations of these variants."""
        places = [position for position in PLACES if any(e.place == position for _, f in inspections for e in f.after)]
        heads = [self.tr("Rotation"), self.tr("Perplexity"), self.tr("KL divergence"), self.tr("Size")]
        heads += [self.tr("Kurtosis,\n{0}").format(in_sentence(PLACES[position])) for position in places]
        rows, sheets = [], {}
        for variant, inspection in inspections:
            by_place = {
                position: [statistics.kurtosis for statistics in inspection.after if statistics.place == position]
                for position in places
            }
            metrics = [metric_text(n, variant.measured, variant.protocol, "–") for n in METRICS]
            means = [value_text("kurtosis", float(np.mean(by_place[p]))) if by_place[p] else "–" for p in places]
            rows.append([Cell(text) for text in (result_name(variant.title), *metrics, *means)])
            sheets[result_name(variant.title)] = _sheet(inspection, self.tr("Layer"), self.tr("Kurtosis per token"))
        self.table.show_cells(heads, rows)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(60)
        height = sum(self.table.rowHeight(row) for row in range(len(inspections)))
        bar = self.table.horizontalScrollBar().sizeHint().height()
        self.table.setFixedHeight(header.sizeHint().height() + height + bar + 2)
        self.map.show_sheets(self.tr("Activation kurtosis"), sheets, again=False)


def _sheet(inspection: RotationInspection, row_title: str, unit: str) -> Sheet:
    kurtosis = {(statistics.layer, statistics.place): statistics.kurtosis for statistics in inspection.after}
    layers = sorted({layer for layer, _ in kurtosis})
    places = [position for position in PLACES if any((layer, position) in kurtosis for layer in layers)]
    values = np.array(
        [[kurtosis.get((layer, position), np.nan) for position in places] for layer in layers], dtype=np.float64
    )
    names = tuple(engine_word(PLACES[position]) for position in places)
    return Sheet(
        values.reshape(len(layers), len(places)), row_title, "", tuple(map(str, layers)), names, unit, log=True
    )
