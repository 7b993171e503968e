"""The inspector: every layer of a model or artifact in a table, with plots and distributions below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QMenu, QStackedLayout, QTabBar, QTableView, QWidget

from engine.base.human import count_text
from engine.base.table import Table
from engine.contracts.metrics import value_text
from studio.charts.distribution import DistributionChart
from studio.charts.saving import copy_markdown, copy_table, take_menu
from studio.inquiry import InquiryPages
from studio.inspector.model import NAME, LayersFilter, LayersModel
from studio.inspector.plots import CodesChart, Inspected, MetricChart
from studio.inspector.rotation import RotationPage
from studio.kit.ab_badge import Letter
from studio.kit.combo import Choice
from studio.kit.frozen import FrozenName
from studio.kit.later import later
from studio.kit.layouts import TableSplit, hbox, splitter, vbox
from studio.kit.plaintext import as_plain
from studio.kit.tables import dress, paint_once
from studio.kit.theme import SPACING, scaled, set_font, theme
from studio.kit.widgets import (
    CheckMenu,
    ElidedLabel,
    EmptyState,
    EndsDelegate,
    PlainLabel,
    button,
    search_line,
    set_look,
    tool,
)  # fmt: skip

if TYPE_CHECKING:
    from engine.contracts.inspection import Inspection

HIDDEN = ("parameters", "mean", "nf4_error", "fp4_error", "nvfp4_error", "mxfp4_error", "int4_error")
"""Columns that are not shown at first."""


MEASURED = 25
"""Rows that make the widths of columns."""
MANY = 1000
"""Layers from which on an inspection is shown in several turns of the event loop."""


class InspectorPanel(QWidget):
    """GUI thread only. `set_artifacts` says what there is to inspect; choosing one asks for it by a signal; the pages
    of `layers` say how that goes, and `show` answers."""

    inspect_requested = Signal(str)
    """The path of an artifact or model."""
    rotation_requested = Signal(str)
    """The path of an artifact whose activations shall be looked at."""
    layer_shown = Signal(str)
    """The name of the layer that was picked."""
    plots_requested = Signal(str)
    """The name of a layer whose plots shall be shown."""
    ignore_requested = Signal(str, str)
    """Path of the artifact, and the layer or the role that its block shall leave as it is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.model = LayersModel(self)
        self.filter = LayersFilter(self.model, self)
        self.metric_chart = MetricChart(self)
        self.distribution = DistributionChart(self)
        self.codes = CodesChart(self.distribution)
        tip = self.tr("Error of this layer in NF4, FP4 and int4")
        self.distribution.add(self.codes, self.tr("4 bits"), tip)
        self.rotation = RotationPage(self)
        self.rotation.ask_requested.connect(self._on_rotation)
        self._path = self._layer = ""
        self._letters: Mapping[str, str] = {}
        self._build_head()
        self._build_table()
        self._build_pages()
        self.show_nothing()
        self.metric_chart.selected.connect(self.pick_layer)
        self.distribution.selected.connect(self.pick_layer)
        theme().changed.connect(self.table.viewport().update)
        theme().changed.connect(self._fit_widths)

    # -- what the window calls ----------------------------------------
    def set_artifacts(self, artifacts: Sequence[tuple[str, str]]) -> None:
        """List the artifacts to inspect as (path, title); the shown one stays."""
        self._artifacts.offer(artifacts, chosen=self._path, otherwise=-1)
        self._artifacts.setEnabled(bool(artifacts))
        self.set_letters(self._letters)
        self._tabs.setVisible(bool(artifacts))

    def set_letters(self, letters: Mapping[str, str]) -> None:
        """Mark artifacts as A and B, by path."""
        self._letters = letters
        self._artifacts.mark(letters)
        self._letter.show_letter(letters.get(self._path, ""))

    def show(self, inspection: Inspection | None = None, title: str = "", note: str = "") -> None:
        """Show an inspection, with a ``note`` on what it does not show; without one, show the widget as always."""
        if inspection is None:
            super().show()
            return
        self._path = inspection.model
        self._artifacts.setCurrentIndex(self._artifacts.findData(self._path))
        self._title.set_whole(title)
        self._letter.show_letter(self._letters.get(self._path, ""))
        self._summary.setText(" · ".join(filter(None, (self._summary_of(inspection), note))))
        self._layer = ""
        self.model.show(inspection)
        steps = (
            self._hide_empty_columns,
            self._fit_widths,
            partial(self._show_distributions, inspection),
            self.layers.show_answer,
            partial(self._show_metrics, inspection),
            self._pick_first,
        )
        self._do(steps, inspection, at_once=len(inspection.layers) <= MANY)

    def _do(self, steps: Sequence[Callable[[], object]], inspection: Inspection, *, at_once: bool) -> None:
        """Show an inspection by these steps: those of a large one take most of a frame each, and have a turn of the
        event loop each. They end where another one is shown meanwhile."""
        for number, step in enumerate(steps if self.model.rows is inspection.layers else ()):
            step()
            if not at_once and number + 1 < len(steps):
                rest = partial(self._do, steps[number + 1 :], inspection, at_once=False)
                later(self, partial(later, self, rest))  # what this step has to paint comes before
                return

    def _show_distributions(self, inspection: Inspection) -> None:
        data = Inspected(inspection)
        for chart in (self.distribution.one, self.distribution.all):
            chart.show_data(data)

    def _show_metrics(self, inspection: Inspection) -> None:
        self.metric_chart.show_rows(inspection, self.model.measured)

    def _pick_first(self) -> None:
        if self.model.rows:
            self.pick_layer(self._layer or self.model.rows[0].name)

    def show_nothing(self) -> None:
        """Back to the empty state."""
        self._path = ""
        self._artifacts.setCurrentIndex(-1)
        text = self.tr("Choose a model or result above to see the size, outliers and error of each layer.")
        self._show_ask("", self.tr("Nothing to show yet"), text)

    def offer(self, artifact: str) -> None:
        """Have this artifact ready to be inspected; nothing is read before the person asks for it."""
        index = self._artifacts.findData(artifact)
        if index < 0 or artifact in (self._path, self.artifact):
            return
        self._path = ""
        self._artifacts.setCurrentIndex(index)
        self.rotation.pages.show_ask()
        go = self.tr("Inspect “{0}”").format(self._artifacts.currentText())
        text = self.tr("Reads the weights of every layer and shows size, outliers and error relative to the original.")
        self._show_ask(go, self.tr("Ready to inspect"), text)

    def _show_ask(self, go: str, title: str, text: str) -> None:
        self._go.setText(go.replace("&", "&&"))
        self._go.setVisible(bool(go))
        self._ask.set_text(title, text)
        self.layers.show_ask()

    def offer_plots(self, there: bool) -> None:
        """Show or hide the button for plots of the picked layer."""
        self._plots.setVisible(there)

    @property
    def shown(self) -> str:
        """The path of what the table shows, "" for nothing."""
        return self._path

    @property
    def artifact(self) -> str:
        """The path of what is chosen, "" for nothing."""
        return self._artifacts.value

    def layer_menu(self, name: str) -> QMenu:
        """Menu of a layer: exclude it, or all layers of its role, from its block."""
        role = self.model.rows[self.model.row_of(name)].role
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        entries = {name: self.tr("Skip {layer} in this block").format(layer=name)}
        if role:
            entries[role] = self.tr("Skip all “{role}” layers in this block").format(role=role)
        for pattern, text in entries.items():
            menu.addAction(text.replace("&", "&&")).triggered.connect(partial(self._ignore, pattern))
        menu.addSeparator()
        menu.addAction(self.tr("Copy as Markdown")).triggered.connect(self.copy_markdown)
        menu.addAction(self.tr("Copy as CSV")).triggered.connect(self.copy)
        return menu

    def _on_menu(self, position: QPoint) -> None:
        index = self.table.indexAt(position)
        if index.isValid():
            name = str(index.siblingAtColumn(NAME).data())
            self.layer_menu(name).popup(self.table.viewport().mapToGlobal(position))

    def _ignore(self, pattern: str, checked: bool = False) -> None:
        self.ignore_requested.emit(self._path, pattern)

    def pick_layer(self, name: str) -> None:
        """Select a layer in the table and show its distribution."""
        row = self.model.row_of(name)
        index = self.filter.index_of(row, NAME)
        if index.isValid():
            self.table.setCurrentIndex(index)
            self.table.scrollTo(index)
        if self._layer != name:
            self._show_layer(name)

    def shown_table(self) -> Table:
        """The table as it is shown: filtered, sorted, without the hidden columns."""
        hidden = {i for i in range(len(self.model.columns)) if self.table.isColumnHidden(i)}
        return self.filter.table(hidden)

    # -- construction ----------------------------------------
    def _build_head(self) -> None:
        self._artifacts = Choice(self.tr("Model or result"), self)
        self._artifacts.setPlaceholderText(self.tr("Choose a model or result…"))
        self._artifacts.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContentsOnFirstShow)
        self._artifacts.setMinimumWidth(220)
        self._artifacts.setEnabled(False)
        self._artifacts.activated.connect(self._on_artifact)
        self._tabs = QTabBar(self)
        self._tabs.setDrawBase(False)
        self._tabs.addTab(self.tr("Layers"))
        self._tabs.addTab(self.tr("Rotation"))
        self._tabs.currentChanged.connect(self._on_tab)
        self._tabs.hide()
        self._search = search_line(self.tr("Filter by name or role"), self, self.tr("Filter layers"), width=220)
        self._search.textChanged.connect(self._on_filter)
        self._count = PlainLabel("", self)
        set_look(self._count, "muted")
        self._columns_menu = CheckMenu(self)
        self._columns_menu.triggered.connect(self._on_column)
        columns = tool(self.tr("Columns"), self.tr("Show or hide columns"), self, menu=self._columns_menu)
        menu = take_menu(self.shown_table, "layers", self)
        export = tool("", self.tr("Copy or save the table"), self, picture="export", menu=menu)
        self._tools = (self._count, self._search, columns, export)

    def _build_table(self) -> None:
        self.table = QTableView(self)
        dress(self.table, self.tr("Layers"), air=7)
        self.table.setModel(self.filter)
        paint_once(self.table)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setItemDelegateForColumn(NAME, EndsDelegate(self.table))
        self.table.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        header = self.table.horizontalHeader()
        header.setSectionsMovable(True)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._on_header_menu)
        for number, column in enumerate(self.model.columns):
            action = QAction(column.title, self._columns_menu, checkable=True, checked=column.name not in HIDDEN)
            action.setData(number)
            action.setToolTip(as_plain(column.help))
            self._columns_menu.addAction(action)
            self.table.setColumnHidden(number, column.name in HIDDEN)
        self.table.selectionModel().currentChanged.connect(self._on_current)
        self.name = FrozenName(self.table, NAME)
        self.filter.modelReset.connect(self._keep_current)
        header.setResizeContentsPrecision(MEASURED)
        copy = QAction(self.tr("Copy as CSV"), self.table)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy)
        self.table.addAction(copy)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._on_menu)

    def _build_pages(self) -> None:
        content = QWidget(self)
        self._letter = Letter(content)
        self._title = ElidedLabel("", content)
        set_font(self._title, 1, bold=True)
        self._summary = PlainLabel("", content)
        set_look(self._summary, "muted")
        text = self.tr("Plots of this layer")
        self._plots = button(text, content, look="quiet", picture="chart", on=self._on_plots)
        self._plots.hide()
        names = hbox(
            self._letter, (self._title, 1), self._summary, self._plots,
            margins=(0, SPACING // 2, 0, 0), gap=SPACING + 4,
        )  # fmt: skip
        self._charts = splitter(Qt.Orientation.Horizontal, content, (self.metric_chart, 500), (self.distribution, 500))
        self._split = TableSplit(self.table, self._charts, content)
        self._split.turned.connect(self.metric_chart.setHidden)
        content.setLayout(vbox(names, (self._split, 1), margins=0))
        self._go = button("", self, look="primary", picture="inspect", on=self._on_artifact)
        self._ask = EmptyState("inspect", "", "", self, self._go)
        self.layers = InquiryPages(self._ask, content, self)
        self._pages = QStackedLayout()
        for page in (self.layers, self.rotation):
            self._pages.addWidget(page)
        head = hbox(self._artifacts, self._tabs, None, *self._tools, gap=SPACING)
        self.setLayout(vbox(head, (self._pages, 1), margins=SPACING))
        inside = [child for child in self._charts.findChildren(QWidget) if child.window() is self.window()]
        taking = [child for child in inside if child.focusPolicy() & Qt.FocusPolicy.TabFocus]
        for before, after in pairwise((self.table, *taking)):  # they were made before what is above and beside them
            QWidget.setTabOrder(before, after)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The table has the height: in a low panel a strip beside it has the chart of the layer."""
        super().resizeEvent(event)
        self._split.fit(self.height())

    # -- the user ----------------------------------------
    def copy_markdown(self) -> None:
        """Put the table as shown on the clipboard, as Markdown."""
        copy_markdown(self.shown_table())

    def copy(self) -> None:
        """Put the table as shown on the clipboard, as CSV."""
        copy_table(self.shown_table())

    def _on_artifact(self) -> None:
        looking = self._tabs.currentIndex() == 1 and self.rotation.pages.is_asked
        self.rotation.pages.show_ask()
        self.inspect_requested.emit(self.artifact)
        if looking:
            self._on_rotation()

    def _on_rotation(self) -> None:
        if self.artifact:
            self.rotation_requested.emit(self.artifact)

    def _on_plots(self) -> None:
        self.plots_requested.emit(str(self.table.currentIndex().siblingAtColumn(NAME).data()))

    def _on_tab(self, tab: int) -> None:
        for widget in self._tools:
            widget.setVisible(tab == 0)
        self._pages.setCurrentIndex(tab)

    def _on_filter(self, text: str) -> None:
        self.filter.show_only(text)
        self._tell_count()

    def _on_column(self, action: QAction) -> None:
        self.table.setColumnHidden(int(action.data()), not action.isChecked())
        self._fit_column(int(action.data()))

    def _on_header_menu(self, position: QPoint) -> None:
        self._columns_menu.popup(self.table.horizontalHeader().mapToGlobal(position))

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid():
            self._show_layer(str(current.siblingAtColumn(NAME).data()))
            self.layer_shown.emit(str(current.siblingAtColumn(NAME).data()))
            self.metric_chart.choose(self.model.columns[current.column()].name)

    def _keep_current(self) -> None:
        """The same layer is selected in other rows, or in the same ones in another order."""
        index = self.filter.index_of(self.model.row_of(self._layer), NAME)
        if index.isValid():
            with QSignalBlocker(self.table.selectionModel()):
                self.table.setCurrentIndex(index)

    def _show_layer(self, name: str) -> None:
        self._layer = name
        for chart in (self.distribution.one, self.distribution.all):
            chart.show_layer("", name)
            chart.refresh()
        self.codes.show_row(next((row for row in self.model.rows if row.name == name), None))
        self.codes.refresh()

    # -- inside ----------------------------------------
    def _hide_empty_columns(self) -> None:
        """Show no columns in which nobody has a value."""
        for action in self._columns_menu.actions():
            column = int(action.data())
            there = self.model.columns[column].name in self.model.measured
            action.setEnabled(there)
            self.table.setColumnHidden(column, not (there and action.isChecked()))
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self._tell_count()

    def _fit_widths(self) -> None:
        for column in range(len(self.model.columns)):
            self._fit_column(column)

    def _fit_column(self, column: int) -> None:
        """Hidden ones have no width to speak of: they get it when they are shown."""
        if not self.table.isColumnHidden(column):
            self.table.resizeColumnToContents(column)
            self.table.setColumnWidth(column, min(self.table.columnWidth(column) + 10, scaled(320)))

    def _tell_count(self) -> None:
        shown, all_rows = self.filter.rowCount(), self.model.rowCount()
        self._count.setText("" if shown == all_rows else self.tr("{0} of %n layers", "", all_rows).format(shown))

    def _summary_of(self, inspection: Inspection) -> str:
        if not inspection.layers or not inspection.parameters:
            return ""
        parts = [
            self.tr("%n layers", "", len(inspection.layers)),
            self.tr("{0} parameters").format(count_text(inspection.parameters)),
            value_text("size_bytes", inspection.size_bytes),
            self.tr("{0} bits per weight").format(value_text("bits_per_weight", inspection.bits_per_weight)),
        ]
        if inspection.text is not None:
            parts.append(self.tr("activations from {0} tokens").format(count_text(inspection.tokens)))
        return " · ".join(parts)
