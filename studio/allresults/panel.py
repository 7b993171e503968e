"""One table of every result of every run, with its Pareto front, what differs between rows, and the runs' upkeep."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QHeaderView, QMenu, QStyledItemDelegate, QTableView, QTabWidget, QWidget

from engine.base.errors import BadInput, StudioError
from engine.base.table import Table
from engine.record.history import History, Result
from engine.record.home import Home
from engine.record.results import FIRST, Filter, Key, Records, column_title, key_of
from studio.allresults.details import Differences, RunPage
from studio.allresults.model import ResultDelegate, ResultModel
from studio.allresults.parallel import ParallelChart
from studio.allresults.pareto import ParetoChart
from studio.charts.saving import take_menu
from studio.engine_words import column_name, in_sentence, result_text
from studio.kit.background import BackgroundTask
from studio.kit.combo import Choice
from studio.kit.frozen import FrozenName
from studio.kit.icons import icon
from studio.kit.layouts import Pages, hbox, splitter, vbox
from studio.kit.tables import dress, paint_once
from studio.kit.theme import SPACING, font, measured, scaled, theme
from studio.kit.widgets import Banner, CheckMenu, EmptyState, PlainLabel, button, search_line, set_look, tool
from studio.runs.deleting import delete_run

THIS, ALL = "this", "all"
"""Scopes of the table: the results of the open pipeline, or of all pipelines."""
ALWAYS = {"model", "text"}
"""Columns that say what a row is about, also where all are alike."""
GROUPS = ("run", "method", "model", "device")
"""Columns whose equal values may stand together."""
LOW, HIGH = 23, 42
"""Height of a row, without and with a baseline that it is held against."""
WIDTHS = {"title": 150, "run": 110, "method": 120, "model": 100, "text": 110, "device": 70, "note": 160}
DATE = "2026-12-31 23:59"
"""As long as a date is, which is whole too."""
SAMPLED = 50
"""Rows whose values make the width of a column."""
MANY, CHARTS_MS = 200, 120
"""With so many rows the charts follow the table when nothing comes for so long: no letter of a filter waits for
ten thousand points."""
WIDTH = 64
"""Of a column of numbers, in pixels, at least: its title is whole."""


class ResultsPanel(QWidget):
    """`refresh` reads all anew, in a thread. GUI thread only."""

    open_requested = Signal(object)
    """Show the run of this `Result`."""
    compare_requested = Signal(list)
    """Put these `Result`s beside each other: two or more."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.records = Records()
        self.model = ResultModel(self)
        self._hidden: set[str] = set()
        self._chosen: set[str] = set()
        self._marked: dict[Key, str] = {}
        self._charts_timer = QTimer(self, singleShot=True, interval=CHARTS_MS)
        self._charts_timer.timeout.connect(self._show_charts)
        self._reading = self._again = False
        self.banner = Banner(self)
        self.filter = search_line(self.tr("Filter: ppl<25"), self, self.tr("Filter results"))
        self.filter.setToolTip(self.tr("Filter by words and limits, such as gptq ppl<25 size<50MB bits<=4"))
        self.group = Choice(self.tr("Group by"), self)
        by = [(name, self.tr("By {0}").format(in_sentence(column_title(name)))) for name in GROUPS]
        self.group.offer([("", self.tr("No grouping")), *by])
        self.scope = Choice(self.tr("Results shown"), self)
        self.scope.offer([(THIS, self.tr("This pipeline")), (ALL, self.tr("All pipelines"))])
        self._pipeline: str | None = None
        """Name of the open pipeline, None for one that nobody said."""
        self.count = PlainLabel("", self)
        set_look(self.count, "muted")
        self._build_table()
        self.pareto, self.differences, self.run = ParetoChart(self), Differences(self), RunPage(self)
        self.parallel = ParallelChart(self)
        self._lay_out()
        self.filter.textChanged.connect(self._arrange)
        self.group.activated.connect(self._arrange)
        self.scope.activated.connect(self._arrange)
        self.pareto.picked.connect(self._on_picked)
        self.parallel.picked.connect(self._on_picked)
        self.run.note_edited.connect(self._on_note)
        self.run.delete_requested.connect(self._on_delete)
        self.run.open_requested.connect(self.open_requested)
        theme().changed.connect(self._show_details)
        theme().changed.connect(self._size_columns)

    def show_pipeline(self, name: str) -> None:
        """Show the results of the pipeline with this name, unless all are shown."""
        if name != self._pipeline:
            self._pipeline = name
            self._arrange()

    # -- reading ------------------------------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Read what there is now; the table follows when that is done."""
        if self._reading:
            self._again = True
            return
        self._reading = True
        BackgroundTask(_records, self).done.connect(self._on_read)

    def _on_read(self, records: Records | None) -> None:
        self._reading = False
        self.show_records(records or Records())
        if self._again:
            self._again = False
            self.refresh()

    def show_records(self, records: Records) -> None:
        """Show these results; selection and baseline stay as far as they are still there."""
        selected = [key_of(row) for row in self.selected()]
        self.records = records
        self._empty.set_text(*self._nothing)
        self._pages.setCurrentIndex(1 if records.rows else 0)
        self.model.show_records(records, self._columns())
        self._size_columns()
        self._arrange()
        self._select(selected)

    # -- columns ------------------------------------------------------------------------------------------------------
    def _columns(self) -> list[str]:
        usual = (set(self.records.usual_columns()) | ALWAYS) - self._hidden
        return [name for name in self._every_column() if name in usual | self._chosen]

    def _every_column(self) -> list[str]:
        """Columns of the records, and the text that each was measured on beside the model."""
        columns = self.records.columns()
        columns.insert(columns.index("model") + 1, "text")
        return columns

    def _fill_columns(self, menu: QMenu) -> None:
        menu.clear()
        shown = self.model.columns
        for name in self._every_column():
            if name != FIRST[0]:
                action = menu.addAction(column_name(name))
                action.setCheckable(True)
                action.setChecked(name in shown)
                action.toggled.connect(partial(self._on_column, name))

    def _on_column(self, name: str, on: bool) -> None:
        (self._chosen if on else self._hidden).add(name)
        (self._hidden if on else self._chosen).discard(name)
        self.model.show_records(self.records, self._columns())
        self._size_columns()

    def _size_rows(self) -> None:
        """Two lines a row where values are held against a baseline."""
        pinned = self.model.pinned() is not None
        self.table.setItemDelegate(self._two_lines if pinned else self._one_line)
        height = scaled(HIGH if pinned else LOW)
        self.table.verticalHeader().setDefaultSectionSize(height)

    def _size_columns(self) -> None:
        widths = WIDTHS | {"date": QFontMetrics(font(bold=True)).horizontalAdvance(DATE) + 3 * SPACING}
        metrics, rows = QFontMetrics(font()), self.records.rows[:SAMPLED]
        for index, name in enumerate(self.model.columns):
            title = self.table.horizontalHeader().sectionSizeHint(index)
            texts = () if name in widths else (result_text(self.records, row, name) for row in rows)
            values = max(map(metrics.horizontalAdvance, texts), default=0) + 3 * SPACING
            self.table.setColumnWidth(index, max(scaled(widths.get(name, WIDTH)), title, values))

    # -- what is shown ------------------------------------------------------------------------------------------------
    def _arrange(self) -> None:
        selected = [key_of(row) for row in self.selected()]
        try:
            chosen = Filter.read(self.filter.text(), self.records.columns())
            self.banner.clear()
        except BadInput as error:
            self.banner.show_message("warning", str(error))
            return
        pipeline = self._pipeline if self.scope.value == THIS else None
        self.model.arrange(replace(chosen, pipeline=pipeline), self.group.value)
        self._select(selected)
        shown, every = len(self.model.results()), len(self.records.rows)
        if pipeline is not None and every and not self.records.of_pipeline(pipeline):
            go = button(self.tr("Show all results"), self, on=self.show_all)
            text = self.tr("This pipeline has no results yet. There are %n of other pipelines.", "", every)
            self.banner.show_message("info", text, go)
        text = self.tr("{shown} of {count}") if shown < every else self.tr("%n results", "", every)
        self.count.setText(text.format(shown=shown, count=every))
        widest = self.count.fontMetrics().horizontalAdvance(text.format(shown=every, count=every))
        if widest > self.count.minimumWidth():  # of one width: what is beside it, and the table, stay where they are
            self.count.setMinimumWidth(widest)
        self._show_details()

    def show_all(self) -> None:
        """Show the results of all pipelines."""
        self.scope.setCurrentIndex(self.scope.findData(ALL))
        self._arrange()

    def selected(self) -> list[Result]:
        """The selected results, in the order of the table."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [result for row in rows if (result := self.model.result(row)) is not None]

    def _select(self, keys: list[Key]) -> None:
        chosen = self.table.selectionModel()
        flags = QItemSelectionModel.SelectionFlag
        for key in keys[:50]:
            row = self.model.row_of(key)
            if row >= 0:
                chosen.select(self.model.index(row, 0), flags.Select | flags.Rows)

    def _show_details(self, *_: object) -> None:
        """Chart, differences and the run's page follow selection, filter and baseline."""
        selected, pinned = self.selected(), self.model.pinned()
        marked = {key_of(row): "b" for row in selected}
        if pinned is not None:
            marked[key_of(pinned)] = "a"
        self._marked = marked
        if len(self.model.rows) < MANY:
            self._show_charts()
        else:
            self._charts_timer.start()
        baseline = [pinned] if pinned is not None and pinned not in selected else []
        self.differences.show_rows([*baseline, *selected])
        self.run.show_result(selected[0] if selected else None)
        self.pin_button.setChecked(pinned is not None)
        self.compare_button.setEnabled(len(self._comparable()) > 1)

    def _show_charts(self) -> None:
        self._charts_timer.stop()
        self.pareto.show_rows(self.records, self.model.filtered, self._marked)  # in any order: sorting changes nothing
        self.parallel.show_rows(self.records, self.model.filtered, self._marked)

    def _comparable(self) -> list[Result]:
        """The selected ones that left a model which is still there."""
        return [result for result in self.selected() if result.artifact and Path(result.artifact).is_dir()]

    def compare(self) -> None:
        """Put the selected results beside each other."""
        self.compare_requested.emit(self._comparable())

    def _on_picked(self, run: str, block: str) -> None:
        row = self.model.row_of((run, block))
        if row >= 0:
            self.table.selectRow(row)
            self.table.scrollTo(self.model.index(row, 0))

    # -- verbs --------------------------------------------------------------------------------------------------------
    def pin(self) -> None:
        """Hold all others against the selected result; nothing, if it is that already."""
        selected = self.selected()
        key = key_of(selected[0]) if selected else None
        self.model.pin(None if key == self.model.baseline else key)
        self._size_rows()
        self._select([key] if key else [])
        self._show_details()

    def _on_note(self, run: str, note: str) -> None:
        self._change(partial(History.annotate, run=run, note=note))

    def _on_delete(self, result: Result) -> None:
        why = delete_run(self, result.run, result.run_name, result.started, result.folder)
        if why:
            self.banner.show_message("error", why)
        if why is not None:
            self.refresh()

    def _change(self, verb: Callable[[History], None]) -> None:
        try:
            with History.open(Home.default()) as history:
                verb(history)
        except StudioError as error:
            self.banner.show_message("error", str(error))
        self.refresh()

    def _on_activated(self) -> None:
        selected = self.selected()
        if selected:
            self.open_requested.emit(selected[0])

    def _menu(self, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.selected():
            menu.addAction(icon("chart"), self.tr("Show this run")).triggered.connect(self._on_activated)
            pinned = self.model.baseline == key_of(self.selected()[0])
            text = self.tr("Clear baseline") if pinned else self.tr("Use as baseline")
            menu.addAction(icon("compare"), text).triggered.connect(self.pin)
        if self.compare_button.isEnabled():
            menu.addAction(icon("compare"), self.tr("Compare selected")).triggered.connect(self.compare)
        menu.addActions(self._export_menu.actions())
        menu.popup(self.table.viewport().mapToGlobal(position))

    def shown_table(self) -> Table:
        """The rows and columns that are shown."""
        return self.records.table(self.model.results(), self.model.columns)

    def selected_table(self) -> Table:
        """The selected rows, or all rows if none is selected."""
        return self.records.table(self.selected() or self.model.results(), self.model.columns)

    # -- construction -------------------------------------------------------------------------------------------------
    def _build_table(self) -> None:
        self.table = QTableView(self)
        dress(self.table, self.tr("All results"))
        self.table.setModel(self.model)
        paint_once(self.table)
        self._one_line, self._two_lines = QStyledItemDelegate(self.table), ResultDelegate(self.table)
        self.table.setSelectionMode(QTableView.SelectionMode.ExtendedSelection)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._menu)
        self.table.doubleClicked.connect(self._on_activated)
        self.table.selectionModel().selectionChanged.connect(self._show_details)
        rows = self.table.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        measured(self, ResultsPanel._size_rows)
        header = self.table.horizontalHeader()
        header.setSectionsMovable(True)
        header.setFont(QFont(self.font()))
        self.table.setSortingEnabled(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.name = FrozenName(self.table, 0)

    def _lay_out(self) -> None:
        columns = CheckMenu(self)
        columns.aboutToShow.connect(partial(self._fill_columns, columns))
        self._export_menu = take_menu(self.shown_table, "results", self, copied=self.selected_table)
        tip = self.tr("Compare all results with the selected one; click again to stop")
        self.pin_button = tool(self.tr("Baseline"), tip, self, picture="compare", on=self.pin)
        self.pin_button.setCheckable(True)
        tip = self.tr("Compare two or more selected results, with their layers")
        self.compare_button = tool(self.tr("Compare"), tip, self, picture="compare", on=self.compare)
        tip = self.tr("Choose columns")
        chosen = tool(self.tr("Columns"), tip, self, picture="grid", menu=columns)
        export = tool(
            self.tr("Export"), self.tr("Copy or save the table"), self, picture="export", menu=self._export_menu
        )
        verbs = (self.pin_button, self.compare_button, chosen, export)
        head = hbox((self.filter, 1), self.count, self.scope, self.group, *verbs, gap=SPACING)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.pareto, self.tr("Pareto"))
        self.tabs.addTab(self.parallel, self.tr("Parallel"))
        self.tabs.addTab(self.differences, self.tr("Differences"))
        self.tabs.addTab(self.run, self.tr("Run"))
        measured(self.tabs, lambda tabs: tabs.setMinimumWidth(tabs.tabBar().sizeHint().width()))
        split = splitter(Qt.Orientation.Horizontal, self, (self.table, 880), (self.tabs, 350))
        split.setStretchFactor(0, 4)
        split.setStretchFactor(1, 1)
        content = QWidget(self)
        content.setLayout(vbox(head, self.banner, (split, 1), margins=0, gap=SPACING))
        text = self.tr("Size, quality and speed of every result of every run appear here.")
        self._pages = Pages()
        self._empty = EmptyState("grid", self.tr("Reading the results…"), "", self)
        self._nothing = (self.tr("No results yet"), text)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(content)
        self.setLayout(vbox(self._pages, margins=(SPACING, SPACING // 2, SPACING, SPACING)))


def _records() -> Records:
    with contextlib.suppress(StudioError, OSError), History.open(Home.default()) as history:
        records = Records(history.results())
        records.prepare()  # here, in a thread of its own, not with the first letter of a filter
        return records
    return Records()
