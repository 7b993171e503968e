"""The inspector: every layer of a model or artifact in a table, with plots and distributions below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QProgressBar,
    QSplitter,
    QTabBar,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.contracts.human import count_text
from engine.contracts.metrics import value_text
from engine.contracts.table import Table
from studio.charts.distribution import DistributionChart
from studio.charts.saving import copy_table, save_table
from studio.icons import icon
from studio.inspector.model import NAME, LayersFilter, LayersModel
from studio.inspector.plots import CodesChart, MetricChart, run_data
from studio.inspector.rotation import RotationPage
from studio.pair import Letter, mark_items
from studio.plaintext import as_plain
from studio.theme import SPACING, font, theme
from studio.widgets import (
    CheckMenu,
    ElidedLabel,
    EmptyState,
    Pages,
    PlainLabel,
    TintedDelegate,
    button,
    label,
    set_look,
)

if TYPE_CHECKING:
    from engine.contracts.inspection import Inspection

HIDDEN = ("parameters", "mean", "nf4_error", "fp4_error", "nvfp4_error", "mxfp4_error", "int4_error")
"""Columns that are not shown at first."""


class InspectorPanel(QWidget):
    """GUI thread only. `set_artifacts` says what there is to inspect; choosing one asks for it by a signal, and
    `show_loading`, then `show` or `show_error` answer."""

    inspect_requested = Signal(str)
    """The path of an artifact or model."""
    cancel_requested = Signal()
    rotation_requested = Signal(str)
    """The path of an artifact whose activations shall be looked at."""
    layer_shown = Signal(str)
    """The name of the layer that was picked."""
    plots_requested = Signal(str)
    ignore_requested = Signal(str, str)
    """Path of the artifact, and the layer or the role that its block shall leave as it is."""
    """The name of a layer whose plots shall be shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.model = LayersModel(self)
        self.filter = LayersFilter(self)
        self.filter.setSourceModel(self.model)
        self.metric_chart = MetricChart(self)
        self.distribution = DistributionChart(self)
        self.codes = CodesChart(self.distribution)
        tip = self.tr("What NF4, FP4 and int4 would make of this layer")
        self.distribution.add(self.codes, self.tr("4 bits"), tip)
        self.rotation = RotationPage(self)
        self.rotation.ask_requested.connect(self._on_rotation)
        self._path = ""
        self._letters: Mapping[str, str] = {}
        self._build_head()
        self._build_table()
        self._build_pages()
        self.metric_chart.selected.connect(self.pick_layer)
        self.distribution.selected.connect(self.pick_layer)
        theme().changed.connect(self._restyle)

    # -- what the window calls ----------------------------------------
    def set_artifacts(self, artifacts: Sequence[tuple[str, str]]) -> None:
        """What can be inspected: (path, title). What is shown stays."""
        self._artifacts.clear()
        for path, title in artifacts:
            self._artifacts.addItem(title, path)
        self._artifacts.setCurrentIndex(self._artifacts.findData(self._path))
        self._artifacts.setEnabled(bool(artifacts))
        self.set_letters(self._letters)
        self._tabs.setVisible(bool(artifacts))

    def set_letters(self, letters: Mapping[str, str]) -> None:
        """Which artifacts are A and B, by path."""
        self._letters = letters
        mark_items(self._artifacts, letters)
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
        self.model.show(inspection)
        self._fit_columns()
        data = run_data(inspection)
        for chart in (self.distribution.one, self.distribution.all):
            chart.show_data(data)
        self.metric_chart.show_rows(inspection)
        self._show_page(self._content)
        if inspection.layers:
            self.pick_layer(inspection.layers[0].name)

    def show_loading(self, text: str, fraction: float | None = None) -> None:
        """Say that an inspection is being made; ``fraction`` in 0..1 once it is known."""
        self._loading_text.setText(text)
        self._bar.setRange(0, 0 if fraction is None else 1000)
        self._bar.setValue(round(1000 * (fraction or 0.0)))
        self._show_page(self._loading)

    def show_error(self, what: str, text: str = "") -> None:
        """Say what went wrong, and why and what to do in ``text``."""
        self._error.set_text(what, text)
        self._show_page(self._error)

    def show_nothing(self) -> None:
        """Back to the empty state."""
        self._path = ""
        self._go.setText("")
        self._artifacts.setCurrentIndex(-1)
        self._show_page(self._empty)

    def offer(self, artifact: str) -> None:
        """Have this artifact ready to be inspected; nothing is read before the person asks for it."""
        index = self._artifacts.findData(artifact)
        if index < 0 or artifact in (self._path, self.artifact):
            return
        self._path = ""
        self._artifacts.setCurrentIndex(index)
        text = self.tr("Inspect “{0}”").format(self._artifacts.currentText())
        self._go.setText(text.replace("&", "&&"))
        self.rotation.show_ask()
        self._show_page(self._ready)

    def offer_plots(self, there: bool) -> None:
        """Whether there are plots of the picked layer."""
        self._plots.setVisible(there)

    @property
    def shown(self) -> str:
        """The path of what the table shows, "" for nothing."""
        return self._path

    @property
    def artifact(self) -> str:
        """The path of what is chosen, "" for nothing."""
        return str(self._artifacts.currentData() or "")

    def layer_menu(self, name: str) -> QMenu:
        """What can be done with a layer: leave it, or all of its role, as they are at the next run."""
        row = next(each for each in self.model.rows if each.name == name)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        entries = [(name, self.tr("Ignore {layer} in this block").format(layer=name))]
        if row.role:
            entries.append((row.role, self.tr("Ignore every “{role}” in this block").format(role=row.role)))
        for pattern, text in entries:
            menu.addAction(text.replace("&", "&&")).triggered.connect(partial(self._ignore, pattern))
        menu.addSeparator()
        menu.addAction(self.tr("Copy as CSV")).triggered.connect(self.copy)
        return menu

    def _on_menu(self, place: QPoint) -> None:
        index = self.table.indexAt(place)
        if index.isValid():
            row = self.filter.mapToSource(index).row()
            self.layer_menu(self.model.rows[row].name).popup(self.table.viewport().mapToGlobal(place))

    def _ignore(self, pattern: str, checked: bool = False) -> None:
        self.ignore_requested.emit(self._path, pattern)

    def pick_layer(self, name: str) -> None:
        """Select a layer in the table and show its distribution."""
        row = next((i for i, each in enumerate(self.model.rows) if each.name == name), -1)
        index = self.filter.mapFromSource(self.model.index(row, NAME)) if row >= 0 else QModelIndex()
        if index.isValid():
            self.table.setCurrentIndex(index)
            self.table.scrollTo(index)
        self._show_layer(name)

    def shown_table(self) -> Table:
        """The table as it is shown: filtered, sorted, without the hidden columns."""
        hidden = {i for i in range(len(self.model.columns)) if self.table.isColumnHidden(i)}
        return self.filter.table(hidden)

    # -- construction ----------------------------------------
    def _build_head(self) -> None:
        self._artifacts = QComboBox(self)
        self._artifacts.setPlaceholderText(self.tr("Choose a stage or model…"))
        self._artifacts.setMinimumWidth(220)
        self._artifacts.setAccessibleName(self.tr("What is inspected"))
        self._artifacts.setEnabled(False)
        self._artifacts.activated.connect(self._on_artifact)
        self._tabs = QTabBar(self)
        self._tabs.setDrawBase(False)
        self._tabs.addTab(self.tr("Layers"))
        self._tabs.addTab(self.tr("Rotation"))
        self._tabs.currentChanged.connect(self._on_tab)
        self._tabs.hide()
        self._search = QLineEdit(self)
        self._search.setPlaceholderText(self.tr("Filter by name or role"))
        self._search.setClearButtonEnabled(True)
        self._search.setAccessibleName(self.tr("Filter layers"))
        self._search.setFixedWidth(220)
        self._search.textChanged.connect(self._on_filter)
        self._count = PlainLabel("", self)
        self._count.setProperty("look", "muted")
        self._columns_button = self._menu_button(self.tr("Columns"), "", self.tr("Show or hide columns"))
        self._columns_menu = CheckMenu(self)
        self._columns_menu.triggered.connect(self._on_column)
        self._columns_button.setMenu(self._columns_menu)
        self._take = self._menu_button("", "export", self.tr("Copy or save the table"))
        menu = QMenu(self)
        menu.addAction(self.tr("Copy as CSV")).triggered.connect(self.copy)
        menu.addAction(self.tr("Save as CSV…")).triggered.connect(self._on_save)
        self._take.setMenu(menu)

    def _menu_button(self, text: str, picture: str, tip: str) -> QToolButton:
        tool = QToolButton(self)
        tool.setText(text)
        if picture:
            tool.setIcon(icon(picture, "muted"))
            tool.setIconSize(QSize(15, 15))
        tool.setToolTip(as_plain(tip))
        tool.setAccessibleName(tip)
        tool.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        if text:
            set_look(tool, "menu")
        return tool

    def _build_table(self) -> None:
        self.table = QTableView(self)
        self.table.setModel(self.filter)
        self.table.setItemDelegate(TintedDelegate(self.table))
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setWordWrap(False)
        self.table.setShowGrid(False)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setAccessibleName(self.tr("Layers"))
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        header = self.table.horizontalHeader()
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._on_header_menu)
        for number, column in enumerate(self.model.columns):
            action = QAction(column.title, self._columns_menu)
            action.setCheckable(True)
            action.setChecked(column.name not in HIDDEN)
            action.setData(number)
            action.setToolTip(as_plain(column.help))
            self._columns_menu.addAction(action)
            self.table.setColumnHidden(number, column.name in HIDDEN)
        self.table.selectionModel().currentChanged.connect(self._on_current)
        copy = QAction(self.tr("Copy as CSV"), self.table)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy)
        self.table.addAction(copy)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._on_menu)

    def _build_pages(self) -> None:
        self._content = QWidget(self)
        self._title = ElidedLabel("", self._content)
        self._title.setFont(font(1, bold=True))
        self._summary = PlainLabel("", self._content)
        self._summary.setProperty("look", "muted")
        self._plots = button(self.tr("Plots of this layer"), self._content, look="quiet", picture="chart")
        self._plots.clicked.connect(self._on_plots)
        self._plots.hide()
        names = QHBoxLayout()
        names.setContentsMargins(0, SPACING // 2, 0, 0)
        names.setSpacing(SPACING + 4)
        self._letter = Letter(self._content)
        names.addWidget(self._letter)
        names.addWidget(self._title, 1)
        names.addWidget(self._summary)
        names.addWidget(self._plots)
        charts = QSplitter(Qt.Orientation.Horizontal, self._content)
        charts.addWidget(self.metric_chart)
        charts.addWidget(self.distribution)
        charts.setSizes([500, 500])
        split = QSplitter(Qt.Orientation.Vertical, self._content)
        split.addWidget(self.table)
        split.addWidget(charts)
        split.setSizes([360, 300])
        for splitter in (charts, split):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(SPACING)
            splitter.setStyleSheet("QSplitter::handle { background: transparent; }")
        content = QVBoxLayout(self._content)
        content.setContentsMargins(0, 0, 0, 0)
        content.addLayout(names)
        content.addWidget(split, 1)
        self._empty = EmptyState(
            "inspect",
            self.tr("Nothing inspected yet"),
            self.tr("Choose a model or a finished stage above to see its layers: sizes, outliers, errors."),
            self,
        )
        self._ready = self._ready_page()
        self._error = EmptyState("error", "", "", self)
        self._loading = self._loading_page()
        self._pages = Pages()
        for page in (self._empty, self._ready, self._loading, self._error, self._content, self.rotation):
            self._pages.addWidget(page)
        self._page: QWidget = self._empty
        head = QHBoxLayout()
        head.setSpacing(SPACING)
        head.addWidget(self._artifacts)
        head.addWidget(self._tabs)
        head.addStretch(1)
        self._tools = (self._count, self._search, self._columns_button, self._take)
        for widget in self._tools:
            head.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        layout.addLayout(head)
        layout.addLayout(self._pages, 1)

    def _ready_page(self) -> EmptyState:
        self._go = button("", self, look="primary", picture="inspect")
        self._go.clicked.connect(self._on_artifact)
        return EmptyState(
            "inspect",
            self.tr("Ready to be inspected"),
            self.tr("Reads the weights of every layer: sizes, outliers, errors against the original."),
            self,
            self._go,
        )

    def _loading_page(self) -> QWidget:
        page = QWidget(self)
        layout = QVBoxLayout(page)
        self._loading_text = label("", page)
        self._loading_text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._bar = QProgressBar(page)
        self._bar.setTextVisible(False)
        self._bar.setMaximumWidth(320)
        cancel = button(self.tr("Cancel"), page)
        cancel.clicked.connect(self.cancel_requested)
        layout.addStretch(1)
        layout.addWidget(self._loading_text)
        layout.addWidget(self._bar, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(SPACING)
        layout.addWidget(cancel, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        self._bar.setMinimumWidth(240)
        return page

    # -- the user ----------------------------------------
    def copy(self) -> None:
        """Put the table as shown on the clipboard, as CSV."""
        copy_table(self.shown_table())

    def _on_save(self) -> None:
        save_table(self.shown_table(), "layers", self)

    def _on_artifact(self) -> None:
        looking = self._tabs.currentIndex() == 1 and self.rotation.is_looking
        self.rotation.show_ask()
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
        self._pages.setCurrentWidget(self.rotation if tab else self._page)

    def _show_page(self, page: QWidget) -> None:
        """Of the layers; it comes to the front unless the page on rotations is there."""
        self._page = page
        self._on_tab(self._tabs.currentIndex())

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

    def _show_layer(self, name: str) -> None:
        for chart in (self.distribution.one, self.distribution.all):
            chart.show_layer("", name)
            chart.refresh()
        self.codes.show_row(next((row for row in self.model.rows if row.name == name), None))
        self.codes.refresh()

    # -- inside ----------------------------------------
    def _fit_columns(self) -> None:
        """Widths by content; columns in which nobody has a value are not shown."""
        for action in self._columns_menu.actions():
            column = int(action.data())
            there = self.model.has_values(column)
            action.setEnabled(there)
            self.table.setColumnHidden(column, not (there and action.isChecked()))
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column in range(len(self.model.columns)):
            self._fit_column(column)
        self._tell_count()

    def _fit_column(self, column: int) -> None:
        """Hidden ones have no width to speak of: they get it when they are shown."""
        if not self.table.isColumnHidden(column):
            self.table.resizeColumnToContents(column)
            self.table.setColumnWidth(column, min(self.table.columnWidth(column) + 10, 320))

    def _tell_count(self) -> None:
        shown, all_rows = self.filter.rowCount(), self.model.rowCount()
        self._count.setText("" if shown == all_rows else self.tr("{0} of {1} layers").format(shown, all_rows))

    def _summary_of(self, inspection: Inspection) -> str:
        rows = inspection.layers
        weights = sum(row.parameters for row in rows)
        if not weights:
            return ""
        bits = sum(row.bits_per_weight * row.parameters for row in rows) / weights
        parts = [
            self.tr("{0} layers").format(len(rows)),
            self.tr("{0} parameters").format(count_text(weights)),
            self.tr("{0} bits per weight").format(value_text("bits_per_weight", bits)),
        ]
        if inspection.text is not None:
            parts.append(self.tr("inputs measured on {0} tokens").format(count_text(inspection.tokens)))
        return " · ".join(parts)

    def _restyle(self) -> None:
        self.table.viewport().update()
