"""The panel of plots: a list of all that methods drew, block by block, and the chosen one large."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.contracts.events import Curve, Event, Grid
from studio.charts.data import PlotKey, RunData, tick_name
from studio.charts.names import natural
from studio.icons import icon
from studio.plaintext import as_plain
from studio.plots.curves import LEGEND, CurvesPlot
from studio.plots.grids import GridChart
from studio.plots.sheet import Sheet
from studio.theme import SPACING, color, font
from studio.widgets import EmptyState, set_look

REDRAW_MS = 200
"""Between two pictures of a plot that changes while a block runs."""
_KEY = Qt.ItemDataRole.UserRole


class PlotsPanel(QWidget):
    """`take` once per tick of the pump; `show_block` when a block is selected. The newest plot is shown until the
    user picks one. GUI thread only."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._data = RunData()
        self._titles: dict[str, str] = {}
        self._shown: PlotKey | None = None
        self._picked = False
        self._sheets: dict[int, tuple[Grid, Sheet]] = {}
        self.curves = CurvesPlot(self)
        self.grids = GridChart(self)
        self._drawn: PlotKey | None = None
        self._stack = QStackedLayout()
        self._pages = QStackedLayout(self)
        self._none = EmptyState("chart", self.tr("No plot chosen"), self.tr("Choose one in the list."), self)
        self._series = QListWidget(self)
        self._build()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(REDRAW_MS)
        self._later.timeout.connect(self._show_changed)
        self._show()

    # -- what the window calls ----------------------------------------
    def take(self, events: Iterable[Event]) -> None:
        """Sort new events in; what changed is drawn soon."""
        if "plots" in self._data.take(events) and not self._later.isActive():
            self._later.start()

    def clear(self, run_id: str | None) -> None:
        """Begin a run: nothing is drawn yet."""
        self._data = RunData(run_id)
        self._shown, self._picked = None, False
        self._sheets.clear()
        self._tree.clear()
        self._block.clear()
        self._show()

    def set_titles(self, titles: Mapping[str, str]) -> None:
        """What the blocks are called on screen, by id."""
        self._titles = dict(titles)
        self._fill()

    def show_block(self, block: str) -> None:
        """A block was selected: show its plots, if it has any."""
        if block != self._block.currentData() and (index := self._block.findData(block)) > 0:
            self._block.setCurrentIndex(index)
            self._on_block()

    def pick(self, key: PlotKey) -> None:
        """Show this plot, as a click in the list does."""
        self._picked = True
        self._shown = key
        self._fill()
        self._show()

    def find_plot(self, word: str) -> PlotKey | None:
        """A plot with a series of this name, for example that of a layer; of the chosen block if it can be."""
        holders = [key for key, plot in self._data.plots.items() if any(_same(word, series) for series in plot)]
        here = [key for key in holders if key[0] == self._block.currentData()]
        return next(iter(here or holders), None)

    def point_at(self, key: PlotKey, word: str) -> None:
        """Show a plot and of its curves only those of this name."""
        self.pick(key)
        names = self.curves.names()
        if key in self._data.plots and names and len(names) > LEGEND:
            self.curves.hidden = {name for name in names if not _same(word, name)}
            self._fill_series()
            self.curves.redraw()
            self.curves.reset_zoom()

    def flush(self) -> None:
        """Draw all that waits to be drawn now."""
        self._later.stop()
        self._show_changed()

    @property
    def shown(self) -> PlotKey | None:
        """The plot that is shown: (block, title)."""
        return self._shown

    # -- inside ----------------------------------------
    def _show_changed(self) -> None:
        self._fill()
        if self._shown is None or not self._picked:
            newest = self._keys()
            self._shown = newest[0] if newest and self._shown not in newest else self._shown
            self._mark()
        self._show()

    def _keys(self) -> list[PlotKey]:
        """The plots that the chosen block and the filter let through, in order of blocks, then of names."""
        block, words = self._block.currentData(), self._search.text().lower().split()
        keys = [key for key in self._data.plots if not block or key[0] == block]
        found = [key for key in keys if all(word in key[1].lower() for word in words)]
        blocks = list(dict.fromkeys(key[0] for key in self._data.plots))
        return sorted(found, key=lambda key: (blocks.index(key[0]), natural(key[1])))

    def _fill(self) -> None:
        """Bring box and list up to date."""
        blocks = list(dict.fromkeys(block for block, _ in self._data.plots))
        entries = [("", self.tr("All blocks")), *((block, self._titles.get(block, block)) for block in blocks)]
        if entries != [(self._block.itemData(i), self._block.itemText(i)) for i in range(self._block.count())]:
            chosen = self._block.currentData()
            self._block.clear()
            for block, title in entries:
                self._block.addItem(title, block)
            self._block.setCurrentIndex(max(0, self._block.findData(chosen)))
        self._block.setVisible(len(blocks) > 1)
        keys = self._keys()
        if keys != self._listed():
            self._fill_tree(keys)
        self._search.setVisible(len(self._data.plots) > 8 or bool(self._search.text()))
        self._mark()

    def _fill_tree(self, keys: list[PlotKey]) -> None:
        with QSignalBlocker(self._tree):
            self._tree.clear()
            parents: dict[str, QTreeWidgetItem] = {}
            several = len({block for block, _ in keys}) > 1
            for key in keys:
                if several and key[0] not in parents:
                    parents[key[0]] = QTreeWidgetItem(self._tree, [self._titles.get(key[0], key[0])])
                    parents[key[0]].setFlags(Qt.ItemFlag.ItemIsEnabled)
                    parents[key[0]].setForeground(0, color("muted"))
                item = QTreeWidgetItem(parents[key[0]] if several else self._tree, [key[1]])
                is_grid = isinstance(next(iter(self._data.plots[key].values())), Grid)
                item.setIcon(0, icon("grid" if is_grid else "chart", "muted"))
                item.setData(0, _KEY, key)
                item.setToolTip(0, as_plain(key[1]))
            self._tree.expandAll()

    def _items(self) -> list[QTreeWidgetItem]:
        tops = [self._tree.topLevelItem(row) for row in range(self._tree.topLevelItemCount())]
        every = [item for top in tops if top is not None for item in (top, *map(top.child, range(top.childCount())))]
        return [item for item in every if item is not None and item.data(0, _KEY) is not None]

    def _listed(self) -> list[PlotKey]:
        return [tuple(item.data(0, _KEY)) for item in self._items()]

    def _mark(self) -> None:
        with QSignalBlocker(self._tree):
            for item in self._items():
                if tuple(item.data(0, _KEY)) == self._shown:
                    self._tree.setCurrentItem(item)

    def _show(self) -> None:
        """Draw the chosen plot."""
        plot = self._data.plots.get(self._shown) if self._shown is not None else None
        self._pages.setCurrentIndex(0 if not self._data.plots else 1)
        if plot is None or self._shown is None:
            self._stack.setCurrentWidget(self._none)
            self._series.hide()
            return
        title = self._shown[1]
        curves = {name: event for name, event in plot.items() if isinstance(event, Curve)}
        again = self._drawn == self._shown
        self._drawn = self._shown
        if curves:
            self.curves.show_curves(title, curves, again=again)
            self._stack.setCurrentWidget(self.curves)
        else:
            sheets = {name: self._sheet(event) for name, event in plot.items() if isinstance(event, Grid)}
            self.grids.show_sheets(title, sheets, again=again)
            self._stack.setCurrentWidget(self.grids)
        self._fill_series()

    def _sheet(self, grid: Grid) -> Sheet:
        """Made once for each event."""
        kept = self._sheets.get(id(grid))
        if kept is None or kept[0] is not grid:
            kept = self._sheets[id(grid)] = (grid, Sheet.of(grid))
        return kept[1]

    def _fill_series(self) -> None:
        """A list of the curves where there are too many for a legend."""
        many = self._stack.currentWidget() is self.curves and len(self.curves.names()) > LEGEND
        self._series.setVisible(many)
        if not many:
            return
        colors = self.curves.colors()
        with QSignalBlocker(self._series):
            self._series.clear()
            for name in self.curves.names():
                item = QListWidgetItem(name, self._series)
                item.setToolTip(as_plain(name))
                swatch = QPixmap(10, 10)
                swatch.fill(QColor(colors[name][0]))
                item.setIcon(QIcon(swatch))
                item.setData(_KEY, name)
                on = name not in self.curves.hidden
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)

    # -- the user ----------------------------------------
    def _on_block(self) -> None:
        self._picked = False
        self._shown = next(iter(self._keys()), None)
        self._fill()
        self._show()

    def _on_filter(self) -> None:
        self._fill()

    def _on_chosen(self, item: QTreeWidgetItem | None) -> None:
        if item is not None and item.data(0, _KEY) is not None:
            self._picked = True
            self._shown = tuple(item.data(0, _KEY))
            self._show()

    def _on_ticked(self, item: QListWidgetItem) -> None:
        on = item.checkState() == Qt.CheckState.Checked
        (self.curves.hidden.discard if on else self.curves.hidden.add)(item.data(_KEY))
        self.curves.redraw()

    def _on_only(self, item: QListWidgetItem) -> None:
        """A double click shows this curve alone, another one all of them again."""
        names = set(self.curves.names())
        others = names - {item.data(_KEY)}
        self.curves.hidden = set() if self.curves.hidden == others else others
        self._fill_series()
        self.curves.redraw()
        self.curves.reset_zoom()

    # -- layout ----------------------------------------
    def _build(self) -> None:
        left = self._list()
        self._series.setFont(font(-1))
        self._series.setAccessibleName(self.tr("Curves that are shown"))
        self._series.setToolTip(self.tr("Tick the curves to show; a double click shows one alone"))
        self._series.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._series.itemChanged.connect(self._on_ticked)
        self._series.itemDoubleClicked.connect(self._on_only)
        sheet = QWidget(self)
        sheet.setLayout(self._stack)
        for page in (self._none, self.curves, self.grids):
            self._stack.addWidget(page)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        for widget in (left, sheet, self._series):
            split.addWidget(widget)
            split.setStretchFactor(split.count() - 1, 1 if widget is sheet else 0)
        split.setSizes([250, 900, 190])
        split.setChildrenCollapsible(False)
        split.setHandleWidth(SPACING)
        split.setStyleSheet("QSplitter::handle { background: transparent; }")
        set_look(self._tree, "plain")
        empty = EmptyState(
            "chart",
            self.tr("No plots yet"),
            self.tr(
                "What methods draw of their own appears here: spectra, masks, heat maps, landscapes. "
                "Cached blocks draw nothing anew: Run › Past runs shows the run that made them."
            ),
            self,
        )
        split.setContentsMargins(SPACING, SPACING // 2, SPACING, SPACING)  # a stack has no margins
        self._pages.addWidget(empty)
        self._pages.addWidget(split)

    def _list(self) -> QWidget:
        left = QWidget(self)
        self._block = QComboBox(left)
        self._block.setAccessibleName(self.tr("Block whose plots are listed"))
        self._block.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._block.activated.connect(self._on_block)
        self._search = QLineEdit(left)
        self._search.setPlaceholderText(self.tr("Filter plots"))
        self._search.setAccessibleName(self.tr("Filter plots"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._on_filter)
        self._tree = QTreeWidget(left)
        self._tree.setHeaderHidden(True)
        self._tree.setRootIsDecorated(False)
        self._tree.setItemsExpandable(False)
        self._tree.setIndentation(SPACING)
        self._tree.setUniformRowHeights(True)
        self._tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._tree.setAccessibleName(self.tr("Plots"))
        self._tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._tree.currentItemChanged.connect(self._on_chosen)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING // 2)
        for widget in (self._block, self._search, self._tree):
            column.addWidget(widget)
        return left


def _same(word: str, series: str) -> bool:
    """Whether a series is about a layer: "layers.3.q_proj" is that of "model.layers.3.self_attn.q_proj"."""
    return bool(series) and (series == word or tick_name(word) in (series, tick_name(series)))
