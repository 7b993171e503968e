"""The inspector's page on rotations: activations of each layer and place before and after, and the learned matrices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QScrollArea, QTabBar, QWidget

from engine.base.human import count_text, fixed_text
from engine.contracts.rotation import PLACES, Place, PlaceStatistics, RotationInspection
from studio.charts.distribution import HistogramChart
from studio.engine_words import in_sentence
from studio.inquiry import InquiryPages
from studio.kit.combo import Choice
from studio.kit.layouts import hbox, splitter, vbox
from studio.kit.marking import QT_TRANSLATE_NOOP
from studio.kit.tables import Cell, CellsTable
from studio.kit.theme import SPACING
from studio.kit.widgets import EmptyState, button, label
from studio.plots.grids import GridChart
from studio.plots.sheet import Sheet

PlaceTable = Mapping[tuple[int, Place], PlaceStatistics]
LOW = 560
"""Pixels of height below which the parts at the right stand behind each other."""
SHORT: dict[Place, str] = {
    "residual": QT_TRANSLATE_NOOP("RotationPage", "stream"),
    "qkv_input": QT_TRANSLATE_NOOP("RotationPage", "q k v in"),
    "o_input": QT_TRANSLATE_NOOP("RotationPage", "o in"),
    "down_input": QT_TRANSLATE_NOOP("RotationPage", "down in"),
    "queries": QT_TRANSLATE_NOOP("RotationPage", "queries"),
    "keys": QT_TRANSLATE_NOOP("RotationPage", "keys"),
}
"""Of the places, below the map: there is little room for twelve names."""
METRICS = {
    "kurtosis": QT_TRANSLATE_NOOP("RotationPage", "Kurtosis of a token"),
    "kurtosis_pooled": QT_TRANSLATE_NOOP("RotationPage", "Kurtosis of all activations"),
    "peak": QT_TRANSLATE_NOOP("RotationPage", "Largest over median magnitude"),
    "largest": QT_TRANSLATE_NOOP("RotationPage", "Largest magnitude"),
}


class RotationPage(QWidget):
    """GUI thread only. `ask_requested` is answered by what the `pages` show, in the end by `show_inspection`."""

    ask_requested = Signal()
    """Look at the activations of the chosen artifact."""
    compare_requested = Signal()
    """Run the block without rotation, with a random Hadamard one and with a learned one."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.before: PlaceTable = {}
        self.after: PlaceTable = {}
        self.picked: tuple[int, Place] | None = None
        self._window: QWidget | None = None
        self._build_content()
        self.pages = InquiryPages(self._ask_page(), self._content, self)
        self.setLayout(vbox(self.pages, margins=0))

    # -- what the inspector calls ----------------------------------------
    def show_inspection(self, inspection: RotationInspection) -> None:
        """Show the activations, the place with the largest kurtosis first."""
        self.before = {(statistics.layer, statistics.place): statistics for statistics in inspection.before}
        self.after = {(statistics.layer, statistics.place): statistics for statistics in inspection.after}
        measured = self.tr("Measured on {0} tokens of “{1}”").format(count_text(inspection.tokens), inspection.text)
        sentences = [] if inspection.reference else [self.tr("The original model is missing, so nothing is compared.")]
        self._summary.setText(". ".join([measured, *inspection.notes, *sentences]))
        self._fill_matrices(inspection)
        self.pages.show_answer()
        self._show_map()
        worst = max(inspection.before or inspection.after, key=lambda statistics: statistics.kurtosis, default=None)
        if worst is not None:
            self.pick(worst.layer, worst.place)

    def set_comparable(self, possible: bool) -> None:
        """Enable the comparison of rotations, which needs a block that rotates."""
        for control in (self._compare, self._compare_here):
            control.setEnabled(possible)

    def pick(self, layer: int, position: Place) -> None:
        """Show distribution and landscape of this place."""
        self.picked = (layer, position)
        sides = ((self.tr("Before"), self.before), (self.tr("After"), self.after))
        shown = {name: statistics[layer, position] for name, statistics in sides if (layer, position) in statistics}
        title = self.tr("Layer {0}, {1}").format(layer, in_sentence(PLACES[position]))
        kind = self._distribution_kind.value
        self.distribution.set_title(self.tr("{0}: distribution").format(title))
        self.distribution.bottom.setLabel(self._distribution_kind.currentText())
        self.distribution.show_pairs([(name, getattr(shown_one, kind)) for name, shown_one in shown.items()])
        sheets = {name: surface_sheet(shown_one) for name, shown_one in shown.items()}
        self.landscape.show_sheets(
            self.tr("{0}: largest magnitudes").format(title), sheets, again=bool(self.landscape.sheets)
        )

    # -- construction ----------------------------------------
    def _build_content(self) -> None:
        self._content = QWidget(self)
        self._metric = Choice(self.tr("Metric"), self._content)
        self._metric.offer((name, self.tr(text)) for name, text in METRICS.items())
        self._metric.activated.connect(self._show_map)
        self._distribution_kind = Choice(self.tr("Distribution scale"), self._content)
        kinds = (self.tr("x / RMS"), self.tr("log10(|x| / RMS)"))
        self._distribution_kind.offer(zip(("distribution", "tail"), kinds, strict=True))
        self._distribution_kind.activated.connect(self._on_kind)
        self.map = GridChart(self._content)
        self.map.cell_chosen.connect(self._on_cell)
        self.map.add_box(self._metric, first=True)
        self.distribution = HistogramChart(self._content, picker=False)
        self.distribution.left.setLabel(self.tr("Fraction of values per bin"))
        self.distribution.add_box(self._distribution_kind)
        self.landscape = GridChart(self._content)
        name = self.tr("Merged rotations and their distance from the initial ones")
        self.matrices = CellsTable(name, self._content)
        self._summary = label("", self._content, look="muted")
        self._compare_here = self._compare_button(self._content)
        parts = ((self.landscape, 340), (self.distribution, 240), (self.matrices, 150))
        split = splitter(Qt.Orientation.Vertical, self._content, *parts)
        self._parts = QTabBar(self._content)
        self._parts.setDrawBase(False)
        for title in (self.tr("Activations"), self.tr("Distribution"), self.tr("Matrices")):
            self._parts.addTab(title)
        self._parts.currentChanged.connect(self._fit)
        right = QWidget(self._content)
        right.setLayout(vbox(self._parts, (split, 1), margins=0, gap=SPACING // 2))
        whole = splitter(Qt.Orientation.Horizontal, self._content, (self.map, 600), (right, 500))
        top = hbox((self._summary, 1), self._compare_here)
        self._content.setLayout(vbox(top, (whole, 1), margins=0, gap=SPACING // 2))

    def _fit(self) -> None:
        """Turn the parts at the right into tabs where the page is low."""
        low = (self.height() if self._window is None else self._window.height()) < LOW
        self._parts.setVisible(low)
        has_matrices = self.matrices.rowCount() > 0
        self._parts.setTabVisible(2, has_matrices)
        for index, part in enumerate((self.landscape, self.distribution, self.matrices)):
            part.setVisible(
                (not low or index == self._parts.currentIndex()) and (part is not self.matrices or has_matrices)
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """In a scrolled panel what can be seen of it says how much room there is, not its own height."""
        super().showEvent(event)
        above: QWidget | None = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None and self._window is None:
            self._window = above.viewport()
            self._window.installEventFilter(self)
            self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def _compare_button(self, parent: QWidget) -> QPushButton:
        tip = self.tr(
            "Runs the block without rotation, with a random Hadamard rotation and with a learned one, and "
            "compares them."
        )
        text = self.tr("Compare rotations")
        return button(text, parent, picture="compare", tip=tip, on=self.compare_requested)

    def _ask_page(self) -> EmptyState:
        buttons = QWidget(self)
        text = self.tr("Measure activations")
        look = button(text, buttons, look="primary", picture="inspect", on=self.ask_requested)
        self._compare = self._compare_button(buttons)
        buttons.setLayout(hbox(look, self._compare, margins=0))
        text = self.tr(
            "Runs a few texts through the model and its original and shows activation outliers in every layer before "
            "and after."
        )
        return EmptyState("rotation", self.tr("Effect of a rotation"), text, self, buttons)

    # -- inside ----------------------------------------
    def _show_map(self) -> None:
        """Layers × places of the chosen metric, both sides in one color scale."""
        name = self._metric.value
        layers = sorted({layer for layer, _ in (*self.before, *self.after)})
        places = [p for p in PLACES if any((layer, p) in f for f in (self.before, self.after) for layer in layers)]
        sheets = {}
        for title, statistics in ((self.tr("Before"), self.before), (self.tr("After"), self.after)):
            if statistics:
                values = [[getattr(statistics.get((k, p)), name, np.nan) for p in places] for k in layers]
                sheets[title] = Sheet(
                    np.array(values, dtype=np.float64),
                    self.tr("Layer"),
                    "",
                    tuple(map(str, layers)),
                    tuple(self.tr(SHORT[p]) for p in places),
                    log=True,
                )
        self._layers, self._places = layers, places
        self.map.show_sheets(self.tr(METRICS[name]), sheets, again=False)

    def _fill_matrices(self, inspection: RotationInspection) -> None:
        heads = (self.tr("Rotation"), self.tr("Size"), self.tr("Start"))
        moved = (self.tr("Distance"), self.tr("Mean angle"), self.tr("Orthogonality error"))
        rows = []
        for matrix in inspection.matrices:
            far = (fixed_text(matrix.distance, 5), f"{matrix.angle:.1f}°", f"{matrix.orthogonality:.1e}")
            rows.append([Cell(text) for text in (matrix.name, f"{matrix.size} × {matrix.size}", matrix.start, *far)])
        self.matrices.show_cells((*heads, *moved), rows, words=range(len(heads)))
        self.matrices.resizeColumnsToContents()
        self._fit()

    def _on_cell(self, series: str, row: int, column: int) -> None:
        self.pick(self._layers[row], self._places[column])

    def _on_kind(self) -> None:
        if self.picked is not None:
            self.pick(*self.picked)


def surface_sheet(statistics: PlaceStatistics) -> Sheet:
    """The magnitudes of one window: tokens × channels, named by the first token and channel of each cell."""
    surface = statistics.surface
    values = np.frombuffer(surface.values, "f4").reshape(surface.rows, surface.columns).astype(np.float64)
    return Sheet(
        values,
        QCoreApplication.translate("RotationPage", "Token"),
        QCoreApplication.translate("RotationPage", "Channel"),
        tuple(str(row * surface.tokens // surface.rows) for row in range(surface.rows)),
        tuple(str(column * surface.channels // surface.columns) for column in range(surface.columns)),
        "|x|",
        surface=True,
    )
