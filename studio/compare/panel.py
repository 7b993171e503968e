"""Comparing artifacts: two, A and B, or as many as are wanted, those of other runs too."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
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

from engine.contracts.metrics import help_of, metric_text, title_of
from engine.contracts.table import Table
from engine.run.comparison import (
    Row,
    Variant,
    difference_text,
    differing,
    metric_names,
    protocol_rows,
    ratio_text,
    rows,
    to_table,
    verdict_text,
)
from studio.charts.saving import copy_table, save_table
from studio.compare.layers import LayersComparison
from studio.compare.rotations import RotationsComparison
from studio.compare.scatter import ScatterChart
from studio.icons import icon
from studio.pair import Letter
from studio.plaintext import as_plain
from studio.theme import SPACING, color, font, theme
from studio.widgets import Banner, CheckMenu, EmptyState, Pages, PlainLabel, TintedDelegate, button, set_look

if TYPE_CHECKING:
    from engine.contracts.inspection import Inspection
    from engine.contracts.rotation import RotationInspection


ROTATIONS = 2
"""Which tab that is."""


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TONES = {
    "better": "success",
    "worse": "error",
    "collapsed": "error",
    "both collapsed": "warning",
    "unknown": "muted",
}
"""Colors of the theme by verdict."""


class _Cell(NamedTuple):
    text: str
    tip: str = ""
    tone: str | None = None
    bold: bool = False


class ComparePanel(QWidget):
    """GUI thread only. `set_variants` says what there is; metrics are compared at once, layers after the user asked
    for it: `inspect_requested`, answered by `show_inspections` (or `show_loading`, `show_error` on the way)."""

    inspect_requested = Signal(list)
    """Look into the layers of these `Variant`s."""
    cancel_requested = Signal()
    pair_chosen = Signal(str, str)
    """Ids of the two that the person wants to see."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._variants: list[Variant] = []
        self._guests: list[Variant] = []
        self._more: list[str] = []
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
        """The variants of the run, in order. A choice that is still there stays; else the first and the last. Guests of
        other runs stay beside them."""
        kept = (self._id(self.left), self._id(self.right)) if self._picked else ("", "")
        before = (self._id(self.left), self._id(self.right))
        known = {variant.artifact for variant in variants}
        self._variants = [*variants, *(guest for guest in self._guests if guest.artifact not in known)]
        self._picked = self._picked and bool(self._variants)
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
        """Nothing of a former run is left, nor of others."""
        self._guests, self._more = [], []
        self.set_variants([])
        self.banner.clear()
        self._tabs.setTabVisible(ROTATIONS, False)
        self._tabs.setCurrentIndex(0)

    def invite(self, guests: Sequence[Variant]) -> None:
        """Compare these, of whichever runs: the first two are A and B."""
        own = {each.artifact: each for each in self._variants if each not in self._guests}
        wanted = [own.get(guest.artifact, guest) for guest in guests]
        self._guests = [each for each in wanted if each.artifact not in own]
        self.set_variants(list(own.values()))
        self._more = [each.id for each in wanted[2:]]
        self.choose(wanted[0].id, wanted[1].id)

    @property
    def has_guests(self) -> bool:
        """Whether results of other runs are among those that are compared."""
        return bool(self._guests)

    def compared(self) -> list[Variant]:
        """A, B and what was put beside them."""
        pair = self.pair()
        more = [each for each in self._variants if each.id in self._more and each not in (pair or ())]
        return [*pair, *more] if pair else []

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

    def show_inspections(self, found: Sequence[Inspection]) -> None:
        """Compare the layers of those that were asked for."""
        titles = [each.title for each in self.compared()]
        self.layers.show_beside(found, titles if len(titles) == len(found) else [each.model for each in found])
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
        compared = self.compared()
        return to_table(*compared) if compared else Table((), ())

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
        self.table.setAccessibleName(self.tr("Metrics of the variants"))
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
        self._add = QToolButton(self)
        self._add.setIcon(icon("plus", "muted"))
        self._add.setToolTip(self.tr("Put more results beside these two"))
        self._add.setAccessibleName(self.tr("More results to compare"))
        self._add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        set_look(self._add, "menu")
        menu = CheckMenu(self)
        menu.aboutToShow.connect(partial(self._fill_more, menu))
        self._add.setMenu(menu)
        row = QGridLayout()
        row.setHorizontalSpacing(SPACING)
        row.addWidget(self._add, 0, 5)
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
            self.tr("Look into the layers"),
            self.tr("Reads the weights of the variants: sizes, errors, outliers and distributions, layer by layer."),
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

    def _fill_more(self, menu: QMenu) -> None:
        menu.clear()
        for variant in self._variants:
            if variant.id not in self.ids():
                action = menu.addAction(variant.title)
                action.setCheckable(True)
                action.setChecked(variant.id in self._more)
                action.toggled.connect(partial(self._on_more, variant.id))
        if menu.isEmpty():
            menu.addAction(self.tr("There are only these two")).setEnabled(False)

    def _on_more(self, variant: str, on: bool) -> None:
        self._more = [each for each in self._more if each != variant] + ([variant] if on else [])
        self._layer_pages.setCurrentWidget(self._ask)
        self._fill()

    def _on_inspect(self) -> None:
        self.inspect_requested.emit(self.compared())

    def _on_copy(self) -> None:
        copy_table(self.shown_table())

    def _on_save(self) -> None:
        save_table(self.shown_table(), "comparison", self)

    # -- inside ----------------------------------------
    @staticmethod
    def _id(box: QComboBox) -> str:
        return str(box.currentData() or "")

    def _fill(self) -> None:
        compared = self.compared()
        self._add.setText(self.tr("{0} more").format(len(compared) - 2) if len(compared) > 2 else self.tr("More"))
        if not compared:
            return
        self._warn(compared)
        self._inspect.setEnabled(all(each.artifact for each in compared))
        titles = [f"{letter} · {each.title}" for letter, each in zip(LETTERS, compared, strict=False)]
        last = [self.tr("Difference"), self.tr("Ratio"), self.tr("B is")] if len(compared) == 2 else []
        heads = [self.tr("Metric"), *titles, *last]
        self.table.setRowCount(0)
        self.table.setColumnCount(len(heads))
        self.table.setHorizontalHeaderLabels(heads)
        for column, text in enumerate(heads):
            header = self.table.horizontalHeaderItem(column)
            assert header is not None  # all were named just now
            header.setTextAlignment(self._side(column))
            header.setToolTip(as_plain(text))
        names = metric_names(*compared)
        held = [rows(compared[0], each, names) for each in compared[1:]]
        for name, *against in zip(names, *held, strict=True):
            self._add_metric(name, compared, against)
        for word, texts, differs in protocol_rows(*compared):
            self._add_protocol(word, texts, differs)
        self.scatter.show_variants(self._variants, *self.ids())

    def _warn(self, compared: Sequence[Variant]) -> None:
        different = differing(*compared)
        if different:
            text = self.tr("Measured in different ways, so the metrics can't be compared: {0}")
            self.banner.tell("warning", text.format("; ".join(different)))
        else:
            self.banner.clear()

    def _add_metric(self, name: str, compared: Sequence[Variant], against: Sequence[Row]) -> None:
        """Of two: difference, ratio and verdict; of more, each is tinted by how it stands against the first."""
        cells = [_Cell(title_of(name), help_of(name))]
        cells += [self._metric_cell(name, each) for each in compared]
        if len(compared) == 2:
            row = against[0]
            tone = TONES.get(row.verdict)
            bold = tone not in (None, "muted")
            cells += [_Cell(difference_text(row)), _Cell(ratio_text(row)), _Cell(verdict_text(row), "", tone, bold)]
        else:
            for place, row in enumerate(against, start=2):
                said = "   ".join(filter(None, (difference_text(row), ratio_text(row), verdict_text(row))))
                cells[place] = cells[place]._replace(tip=said, tone=TONES.get(row.verdict))
        self._add_row(cells)

    def _metric_cell(self, name: str, variant: Variant) -> _Cell:
        text = metric_text(name, variant.known, variant.protocol, "–")
        if name in variant.known and name not in variant.metrics:
            return _Cell(text, self.tr("By definition: this is the original, held against itself."), "muted")
        return _Cell(text)

    def _add_protocol(self, word: str, texts: Sequence[str], differs: bool) -> None:
        verdict = self.tr("differs") if differs else self.tr("same")
        tone = "warning" if differs else "muted"
        cells = [_Cell(self.tr("Measured with: {0}").format(word), self.tr("How they were measured"), tone)]
        cells += [_Cell(text or "–", "", tone) for text in texts]
        if len(texts) == 2:
            cells += [_Cell(""), _Cell(""), _Cell(verdict, "", tone)]
        self._add_row(cells)

    def _side(self, column: int) -> Qt.AlignmentFlag:
        """Numbers at the right; the first column, and the verdict on two, are words."""
        word = column == 0 or (column == 5 and len(self.compared()) == 2)
        return (Qt.AlignmentFlag.AlignLeft if word else Qt.AlignmentFlag.AlignRight) | Qt.AlignmentFlag.AlignVCenter

    def _add_row(self, cells: Sequence[_Cell]) -> None:
        number = self.table.rowCount()
        self.table.insertRow(number)
        for column, (text, tip, tone, bold) in enumerate(cells):
            item = QTableWidgetItem(text)
            item.setTextAlignment(self._side(column))
            item.setToolTip(as_plain(tip or text))
            if tone is not None:
                item.setForeground(color(tone))
            if bold:
                item.setFont(font(bold=True))
            self.table.setItem(number, column, item)
