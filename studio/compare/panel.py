"""Comparing any two artifacts of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QGridLayout,
    QHeaderView,
    QMenu,
    QProgressBar,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.charts.names import metric_text, title_of
from studio.charts.saving import copy_table, save_table
from studio.charts.table import Table
from studio.compare.layers import LayersComparison
from studio.compare.metrics import (
    Row,
    Variant,
    difference_text,
    differing,
    metric_help,
    protocol_rows,
    ratio_text,
    rows,
    to_table,
    verdict_text,
)
from studio.compare.rotations import RotationsComparison
from studio.compare.scatter import ScatterChart
from studio.icons import icon
from studio.pair import Letter
from studio.plaintext import as_plain
from studio.theme import SPACING, color, font, theme
from studio.widgets import Banner, EmptyState, Pages, PlainLabel, TintedDelegate, button

if TYPE_CHECKING:
    from engine.contracts.inspection import Inspection
    from engine.contracts.rotation import RotationInspection


ROTATIONS = 2
"""Which tab that is."""


class ComparePanel(QWidget):
    """GUI thread only. `set_variants` says what there is; metrics are compared at once, layers after the user asked
    for it: `inspect_requested`, answered by `show_inspections` (or `show_loading`, `show_error` on the way)."""

    inspect_requested = Signal(str, str)
    """Paths of the left and the right artifact."""
    cancel_requested = Signal()
    pair_chosen = Signal(str, str)
    """Ids of the two that the person wants to see."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._variants: list[Variant] = []
        self._picked = False
        self.left, self.right = self._chooser(self.tr("Variant A")), self._chooser(self.tr("Variant B"))
        self.banner = Banner(self)
        self.scatter = ScatterChart(self)
        self.scatter.selected.connect(self._on_point)
        self.layers = LayersComparison(self)
        self.rotations = RotationsComparison(self)
        self._build_table()
        self._build_pages()
        theme().changed.connect(self._fill)

    # -- what the window calls ----------------------------------------
    def set_variants(self, variants: Sequence[Variant]) -> None:
        """The variants of the run, in order. A choice that is still there stays; else the first and the last."""
        kept = (self._id(self.left), self._id(self.right)) if self._picked else ("", "")
        before = (self._id(self.left), self._id(self.right))
        self._picked = self._picked and bool(variants)
        self._variants = list(variants)
        for box in (self.left, self.right):
            box.clear()
            for variant in self._variants:
                box.addItem(variant.title, variant.id)
        self.left.setCurrentIndex(max(0, self.left.findData(kept[0])))
        last = self.right.findData(kept[1])
        self.right.setCurrentIndex(last if last >= 0 else len(self._variants) - 1)
        self._pages.setCurrentIndex(1 if len(self._variants) > 1 else 0)
        if before != (self._id(self.left), self._id(self.right)):
            self._layer_pages.setCurrentWidget(self._ask)
        self._fill()

    def clear(self) -> None:
        """Nothing of a former run is left."""
        self.set_variants([])
        self.banner.clear()
        self._tabs.setTabVisible(ROTATIONS, False)
        self._tabs.setCurrentIndex(0)

    def ids(self) -> tuple[str, str]:
        """Ids of the two that are compared, "" for none."""
        return self._id(self.left), self._id(self.right)

    def choose(self, left: str, right: str) -> None:
        """Compare these two, by id."""
        self.left.setCurrentIndex(self.left.findData(left))
        self.right.setCurrentIndex(self.right.findData(right))
        self._picked = True
        self._layer_pages.setCurrentWidget(self._ask)
        self._fill()

    def pair(self) -> tuple[Variant, Variant] | None:
        """The two that are compared."""
        if len(self._variants) < 2:
            return None
        return self._variants[self.left.currentIndex()], self._variants[self.right.currentIndex()]

    def show_inspections(self, left: Inspection, right: Inspection) -> None:
        """Compare the layers of both."""
        pair = self.pair()
        titles = (pair[0].title, pair[1].title) if pair else (left.model, right.model)
        self.layers.show_pair(left, right, titles)
        self._layer_pages.setCurrentWidget(self.layers)

    def show_rotations(self, found: Sequence[tuple[Variant, RotationInspection]]) -> None:
        """Show variants with different rotations beside each other."""
        self.rotations.show_found(found)
        self._tabs.setTabVisible(ROTATIONS, True)
        self._tabs.setCurrentIndex(ROTATIONS)

    def show_loading(self, text: str, fraction: float | None = None) -> None:
        """Say that the layers are being looked at; ``fraction`` in 0..1 once it is known."""
        self._loading_text.setText(text)
        self._bar.setRange(0, 0 if fraction is None else 1000)
        self._bar.setValue(round(1000 * (fraction or 0.0)))
        self._layer_pages.setCurrentWidget(self._loading)

    def show_error(self, what: str, text: str = "") -> None:
        """Say why the layers can't be compared."""
        self._error.set_text(what, text)
        self._layer_pages.setCurrentWidget(self._error)

    def shown_table(self) -> Table:
        """The metrics and protocols as they are compared, with all digits."""
        pair = self.pair()
        return to_table(*pair) if pair else Table((), ())

    # -- construction ----------------------------------------
    def _chooser(self, name: str) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(name)
        box.setMinimumWidth(160)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.activated.connect(self._on_choice)
        return box

    def _build_table(self) -> None:
        self.table = QTableWidget(0, 6, self)
        self.table.setItemDelegate(TintedDelegate(self.table))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setAccessibleName(self.tr("Metrics of both variants"))
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 12)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)

    def _build_pages(self) -> None:
        empty = EmptyState(
            "compare",
            self.tr("Nothing to compare yet"),
            self.tr("Run a pipeline with at least two blocks, or with branches: every stage is a variant."),
            self,
        )
        metrics = QSplitter(Qt.Orientation.Vertical, self)
        metrics.addWidget(self.table)
        metrics.addWidget(self.scatter)
        metrics.setSizes([340, 320])
        metrics.setChildrenCollapsible(False)
        metrics.setHandleWidth(SPACING)
        metrics.setStyleSheet("QSplitter::handle { background: transparent; }")
        self._tabs = QTabWidget(self)
        self._tabs.setDocumentMode(True)
        self._tabs.addTab(metrics, self.tr("Metrics"))
        self._tabs.addTab(self._layers_tab(), self.tr("Layers"))
        self._tabs.addTab(self.rotations, self.tr("Rotations"))
        self._tabs.setTabVisible(ROTATIONS, False)
        self._tabs.setCornerWidget(self._export_button(), Qt.Corner.TopRightCorner)
        content = QWidget(self)
        inside = QVBoxLayout(content)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addLayout(self._choice_row())
        inside.addWidget(self.banner)
        inside.addWidget(self._tabs, 1)
        self._pages = Pages()
        self._pages.addWidget(empty)
        self._pages.addWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        layout.addLayout(self._pages)

    def _choice_row(self) -> QGridLayout:
        swap = QToolButton(self)
        swap.setText("⇄")
        swap.setToolTip(self.tr("Swap A and B"))
        swap.setAccessibleName(self.tr("Swap A and B"))
        swap.clicked.connect(self._on_swap)
        letters = (Letter(self, "A"), Letter(self, "B"))
        row = QGridLayout()
        row.setHorizontalSpacing(SPACING)
        row.addWidget(letters[0], 0, 0)
        row.addWidget(self.left, 0, 1)
        row.addWidget(swap, 0, 2)
        row.addWidget(letters[1], 0, 3)
        row.addWidget(self.right, 0, 4)
        row.setColumnStretch(1, 1)
        row.setColumnStretch(4, 1)
        return row

    def _export_button(self) -> QToolButton:
        tool = QToolButton(self)
        tool.setIcon(icon("export", "muted"))
        tool.setIconSize(QSize(15, 15))
        tool.setToolTip(self.tr("Copy or save the metrics"))
        tool.setAccessibleName(self.tr("Copy or save the metrics"))
        menu = QMenu(self)
        menu.addAction(self.tr("Copy as CSV")).triggered.connect(self._on_copy)
        menu.addAction(self.tr("Save as CSV…")).triggered.connect(self._on_save)
        tool.setMenu(menu)
        tool.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return tool

    def _layers_tab(self) -> QWidget:
        page = QWidget(self)
        self._inspect = button(self.tr("Compare the layers"), self, look="primary")
        self._inspect.clicked.connect(self._on_inspect)
        self._ask = EmptyState(
            "inspect",
            self.tr("Look into both"),
            self.tr("Reads the weights of both variants: errors, outliers and distributions, layer by layer."),
            page,
            self._inspect,
        )
        self._error = EmptyState("error", "", "", page)
        self._loading = QWidget(page)
        self._loading_text = PlainLabel("", self._loading)
        self._bar = QProgressBar(self._loading)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(260)
        cancel = button(self.tr("Cancel"), self._loading)
        cancel.clicked.connect(self.cancel_requested)
        waiting = QVBoxLayout(self._loading)
        waiting.addStretch(1)
        for widget in (self._loading_text, self._bar, cancel):
            waiting.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        waiting.addStretch(1)
        self._layer_pages = Pages(page)
        for each in (self._ask, self._loading, self._error, self.layers):
            self._layer_pages.addWidget(each)
        return page

    # -- the user ----------------------------------------
    def _on_choice(self) -> None:
        self._pick(*self.ids())

    def _on_swap(self) -> None:
        left, right = self.ids()
        self._pick(right, left)

    def _on_point(self, variant: str) -> None:
        """A click in the scatter plot puts the point at the right."""
        self._pick(self._id(self.left), variant)

    def _pick(self, left: str, right: str) -> None:
        self.choose(left, right)
        self.pair_chosen.emit(left, right)

    def _on_inspect(self) -> None:
        pair = self.pair()
        if pair is not None:
            self.inspect_requested.emit(pair[0].artifact, pair[1].artifact)

    def _on_copy(self) -> None:
        copy_table(self.shown_table())

    def _on_save(self) -> None:
        save_table(self.shown_table(), "comparison", self)

    # -- inside ----------------------------------------
    @staticmethod
    def _id(box: QComboBox) -> str:
        return str(box.currentData() or "")

    def _fill(self) -> None:
        pair = self.pair()
        if pair is None:
            return
        left, right = pair
        self._warn(left, right)
        self._inspect.setEnabled(bool(left.artifact and right.artifact))
        titles = (left.title, right.title)
        self.table.setHorizontalHeaderLabels(
            [self.tr("Metric"), *titles, self.tr("Difference"), self.tr("Ratio"), self.tr("B is")]
        )
        for column in range(6):
            side = Qt.AlignmentFlag.AlignRight if 0 < column < 5 else Qt.AlignmentFlag.AlignLeft
            header = self.table.horizontalHeaderItem(column)
            assert header is not None  # all six were named just now
            header.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.table.setRowCount(0)
        for row in rows(left, right):
            self._add_metric(row)
        for word, a, b, differs in protocol_rows(left, right):
            self._add_protocol(word, a, b, differs)
        self.scatter.show_variants(self._variants, left.id, right.id)

    def _warn(self, left: Variant, right: Variant) -> None:
        different = differing(left, right)
        if different:
            text = self.tr("Measured in different ways, so the metrics can't be compared: {0}")
            self.banner.tell("warning", text.format("; ".join(different)))
        else:
            self.banner.clear()

    def _add_metric(self, row: Row) -> None:
        tones = {
            "better": "success",
            "worse": "error",
            "collapsed": "error",
            "both collapsed": "warning",
            "unknown": "muted",
        }
        tone = color(tones[row.verdict]) if row.verdict in tones else None
        pair = self.pair()
        assert pair is not None
        texts = [title_of(row.name), *(metric_text(row.name, each.metrics, each.protocol, "–") for each in pair)]
        texts += [
            difference_text(row),
            ratio_text(row),
            verdict_text(row),
        ]
        self._add_row(texts, metric_help(row.name), tone)

    def _add_protocol(self, word: str, left: str, right: str, differs: bool) -> None:
        verdict = self.tr("differs") if differs else self.tr("same")
        texts = [self.tr("Measured with: {0}").format(word), left or "–", right or "–", "", "", verdict]
        self._add_row(
            texts, self.tr("How both were measured"), color("warning") if differs else color("muted"), all_cells=True
        )

    def _add_row(self, texts: list[str], tip: str, tone: QColor | None, *, all_cells: bool = False) -> None:
        number = self.table.rowCount()
        self.table.insertRow(number)
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            side = Qt.AlignmentFlag.AlignRight if 0 < column < 5 else Qt.AlignmentFlag.AlignLeft
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(as_plain(tip if column == 0 else text))
            if tone is not None and (all_cells or column == 5):
                item.setForeground(tone)
            if column == 5 and not all_cells and tone != color("muted"):
                item.setFont(font(bold=True))
            self.table.setItem(number, column, item)
