"""The inspector's page on rotations: activations of each layer and place before and after, and the learned matrices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QTabBar,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.contracts.human import count_text, fixed_text
from engine.contracts.rotation import PLACES, Place, PlaceStatistics, RotationInspection
from studio.charts.distribution import HistogramChart
from studio.plots.grids import GridChart
from studio.plots.sheet import Sheet
from studio.theme import SPACING
from studio.widgets import EmptyState, button, label

Found = Mapping[tuple[int, Place], PlaceStatistics]
LOW = 560
"""Pixels of height below which the parts at the right stand behind each other."""
SHORT: dict[Place, str] = {
    "residual": "stream",
    "qkv_input": "q k v in",
    "o_input": "o in",
    "down_input": "down in",
    "queries": "queries",
    "keys": "keys",
}
"""Of the places, below the map: there is little room for twelve names."""
METRICS = {
    "kurtosis": "Kurtosis of a token",
    "kurtosis_pooled": "Kurtosis of all activations",
    "peak": "Largest over median magnitude",
    "largest": "Largest magnitude",
}


class RotationPage(QWidget):
    """GUI thread only. `ask_requested` is answered by `show_loading`, then `show_inspection` or `show_error`."""

    ask_requested = Signal()
    """Look at the activations of the chosen artifact."""
    cancel_requested = Signal()
    compare_requested = Signal()
    """Run the block without rotation, with a random Hadamard one and with a learned one."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.before: Found = {}
        self.after: Found = {}
        self.picked: tuple[int, Place] | None = None
        self._window: QWidget | None = None
        self._build_content()
        self._build_pages()

    # -- what the inspector calls ----------------------------------------
    def show_ask(self) -> None:
        """Another artifact was chosen: nothing is known of its activations."""
        self._stack.setCurrentWidget(self._ask)

    @property
    def is_looking(self) -> bool:
        """Whether activations are shown or on their way."""
        return self._stack.currentWidget() in (self._content, self._loading)

    def show_loading(self, text: str, fraction: float | None = None) -> None:
        """The activations are being looked at; ``fraction`` in 0..1 once it is known."""
        self._loading_text.setText(text)
        self._bar.setRange(0, 0 if fraction is None else 1000)
        self._bar.setValue(round(1000 * (fraction or 0.0)))
        self._stack.setCurrentWidget(self._loading)

    def show_error(self, what: str, text: str = "") -> None:
        """Say what went wrong."""
        self._error.set_text(what, text)
        self._stack.setCurrentWidget(self._error)

    def show_inspection(self, found: RotationInspection) -> None:
        """Show the activations, the place with the largest kurtosis first."""
        self.before = {(each.layer, each.place): each for each in found.before}
        self.after = {(each.layer, each.place): each for each in found.after}
        measured = self.tr("Measured on {0} tokens of {1}").format(count_text(found.tokens), found.text)
        sentences = [] if found.reference else [self.tr("Nothing to compare with: the model has no original here.")]
        self._summary.setText(". ".join([measured, *found.notes, *sentences]))
        self._fill_matrices(found)
        self._stack.setCurrentWidget(self._content)
        self._show_map()
        worst = max(found.before or found.after, key=lambda each: each.kurtosis, default=None)
        if worst is not None:
            self.pick(worst.layer, worst.place)

    def set_comparable(self, possible: bool) -> None:
        """Whether the pipeline has a block that rotates, so that rotations can be compared."""
        for each in (self._compare, self._compare_here):
            each.setEnabled(possible)

    def pick(self, layer: int, place: Place) -> None:
        """Show distribution and landscape of this place."""
        self.picked = (layer, place)
        sides = ((self.tr("Before"), self.before), (self.tr("After"), self.after))
        shown = {name: found[layer, place] for name, found in sides if (layer, place) in found}
        title = self.tr("Layer {0}, {1}").format(layer, PLACES[place].lower())
        kind = self._distribution_kind.currentData()
        self.distribution.set_title(self.tr("{0}: distribution").format(title))
        self.distribution.bottom.setLabel(self._distribution_kind.currentText())
        self.distribution.show_pairs([(name, getattr(each, kind)) for name, each in shown.items()])
        sheets = {name: surface_sheet(each) for name, each in shown.items()}
        self.landscape.show_sheets(
            self.tr("{0}: largest magnitudes").format(title), sheets, again=bool(self.landscape.sheets)
        )

    # -- construction ----------------------------------------
    def _build_content(self) -> None:
        self._content = QWidget(self)
        self._metric = _box(self.tr("Metric"), {name: self.tr(text) for name, text in METRICS.items()}, self._content)
        self._metric.activated.connect(self._show_map)
        kinds = {"distribution": self.tr("x / root mean square"), "tail": self.tr("log10 of |x| / root mean square")}
        self._distribution_kind = _box(self.tr("Scale of the distribution"), kinds, self._content)
        self._distribution_kind.activated.connect(self._on_kind)
        self.map = GridChart(self._content)
        self.map.cell_chosen.connect(self._on_cell)
        self.map.controls.insertWidget(0, self._metric)
        self.distribution = HistogramChart(self._content, picker=False)
        self.distribution.left.setLabel(self.tr("Share of values per bin"))
        self.distribution.controls.addWidget(self._distribution_kind)
        self.landscape = GridChart(self._content)
        self.matrices = QTableWidget(0, 6, self._content)
        self.matrices.setHorizontalHeaderLabels(
            [
                self.tr("Rotation"),
                self.tr("Size"),
                self.tr("Start"),
                self.tr("Distance"),
                self.tr("Mean angle"),
                self.tr("Error of orthogonality"),
            ]
        )
        self.matrices.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.matrices.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.matrices.setAccessibleName(self.tr("Merged rotations and how far they moved from their start"))
        self.matrices.setShowGrid(False)
        self.matrices.verticalHeader().hide()
        self.matrices.horizontalHeader().setHighlightSections(False)
        self.matrices.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._summary = label("", self._content, look="muted")
        self._compare_here = button(self.tr("Compare rotations"), self._content, picture="compare", tip=self._tip())
        self._compare_here.clicked.connect(self.compare_requested)
        self._lay_out_content()

    def _lay_out_content(self) -> None:
        parts = ((self.landscape, 340), (self.distribution, 240), (self.matrices, 150))
        split = _splitter(Qt.Orientation.Vertical, self._content, *parts)
        self._parts = QTabBar(self._content)
        self._parts.setDrawBase(False)
        for title in (self.tr("Activations"), self.tr("Distribution"), self.tr("Matrices")):
            self._parts.addTab(title)
        self._parts.currentChanged.connect(self._fit)
        right = QWidget(self._content)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING // 2)
        column.addWidget(self._parts)
        column.addWidget(split, 1)
        whole = _splitter(Qt.Orientation.Horizontal, self._content, (self.map, 600), (right, 500))
        top = QHBoxLayout()
        top.addWidget(self._summary, 1)
        top.addWidget(self._compare_here)
        layout = QVBoxLayout(self._content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACING // 2)
        layout.addLayout(top)
        layout.addWidget(whole, 1)

    def _fit(self) -> None:
        """Where it is low, the parts at the right stand behind each other."""
        low = (self.height() if self._window is None else self._window.height()) < LOW
        self._parts.setVisible(low)
        known = self.matrices.rowCount() > 0
        self._parts.setTabVisible(2, known)
        for index, part in enumerate((self.landscape, self.distribution, self.matrices)):
            part.setVisible((not low or index == self._parts.currentIndex()) and (part is not self.matrices or known))

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

    def _tip(self) -> str:
        return self.tr("Runs the block without rotation, with a random Hadamard and with a learned one, and compares.")

    def _build_pages(self) -> None:
        buttons = QWidget(self)
        look = button(self.tr("Look at the activations"), buttons, look="primary", picture="inspect")
        look.clicked.connect(self.ask_requested)
        self._compare = button(self.tr("Compare rotations"), buttons, picture="compare", tip=self._tip())
        self._compare.clicked.connect(self.compare_requested)
        text = self.tr(
            "Runs a few texts through the model and its original: outliers of every layer and place, before and after."
        )
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(look)
        row.addWidget(self._compare)
        self._ask = EmptyState("rotation", self.tr("What a rotation does"), text, self, buttons)
        self._loading = QWidget(self)
        self._loading_text = label("", self._loading)
        self._loading_text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._bar = QProgressBar(self._loading)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(280)
        cancel = button(self.tr("Cancel"), self._loading)
        cancel.clicked.connect(self.cancel_requested)
        waiting = QVBoxLayout(self._loading)
        waiting.addStretch(1)
        waiting.addWidget(self._loading_text)
        for widget in (self._bar, cancel):
            waiting.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        waiting.addStretch(1)
        self._error = EmptyState("error", "", "", self)
        self._stack = QStackedLayout(self)
        for page in (self._ask, self._loading, self._error, self._content):
            self._stack.addWidget(page)

    # -- inside ----------------------------------------
    def _show_map(self) -> None:
        """Layers × places of the chosen metric, both sides in one color scale."""
        name = str(self._metric.currentData())
        layers = sorted({layer for layer, _ in (*self.before, *self.after)})
        places = [p for p in PLACES if any((layer, p) in f for f in (self.before, self.after) for layer in layers)]
        sheets = {}
        for title, found in ((self.tr("Before"), self.before), (self.tr("After"), self.after)):
            if found:
                values = [[getattr(found.get((k, p)), name, np.nan) for p in places] for k in layers]
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

    def _fill_matrices(self, found: RotationInspection) -> None:
        self.matrices.setRowCount(len(found.matrices))
        self._fit()
        for row, each in enumerate(found.matrices):
            texts = (
                each.name,
                f"{each.size} × {each.size}",
                each.start,
                fixed_text(each.distance, 5),
                f"{each.angle:.1f}°",
                f"{each.orthogonality:.1e}",
            )
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                if column >= 3:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.matrices.setItem(row, column, item)

    def _on_cell(self, series: str, row: int, column: int) -> None:
        self.pick(self._layers[row], self._places[column])

    def _on_kind(self) -> None:
        if self.picked is not None:
            self.pick(*self.picked)


def surface_sheet(found: PlaceStatistics) -> Sheet:
    """The magnitudes of one window: tokens × channels, named by the first token and channel of each cell."""
    surface = found.surface
    values = np.frombuffer(surface.values, "f4").reshape(surface.rows, surface.columns).astype(np.float64)
    return Sheet(
        values,
        "Token",
        "Channel",
        tuple(str(row * surface.tokens // surface.rows) for row in range(surface.rows)),
        tuple(str(column * surface.channels // surface.columns) for column in range(surface.columns)),
        "|x|",
        surface=True,
    )


def _box(name: str, entries: Mapping[str, str], parent: QWidget) -> QComboBox:
    box = QComboBox(parent)
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    for value, text in entries.items():
        box.addItem(text, value)
    return box


def _splitter(way: Qt.Orientation, parent: QWidget, *parts: tuple[QWidget, int]) -> QSplitter:
    split = QSplitter(way, parent)
    for widget, _ in parts:
        split.addWidget(widget)
    split.setSizes([size for _, size in parts])
    split.setChildrenCollapsible(False)
    split.setHandleWidth(SPACING)
    split.setStyleSheet("QSplitter::handle { background: transparent; }")
    return split
