"""One plot that a method drew: curves or grids, and a list of the curves where they are too many for a legend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QStackedLayout, QWidget

from engine.contracts.events import Curve, Grid
from engine.contracts.layer_names import tick_name
from engine.record.run_data import PlotKey
from studio.engine_words import plot_word
from studio.kit.layouts import hbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, set_font
from studio.plots.curves import LEGEND, CurvesPlot
from studio.plots.grids import GridChart
from studio.plots.sheet import Sheet

LIST_WIDTH = 190
_KEY = Qt.ItemDataRole.UserRole


class PlotTile(QWidget):
    """Shows what `show_plot` gives. GUI thread only."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.shown: PlotKey | None = None
        """The plot that is drawn: (block, title)."""
        self.curves = CurvesPlot(self)
        self.grids = GridChart(self)
        self._large = False
        self._sheets: dict[int, tuple[Grid, Sheet]] = {}
        self._series = QListWidget(self)
        set_font(self._series, -1)
        self._series.setFixedWidth(LIST_WIDTH)
        self._series.setAccessibleName(self.tr("Curves"))
        self._series.setToolTip(self.tr("Check the curves to show; double-click one to show it alone"))
        self._series.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._series.itemChanged.connect(self._on_ticked)
        self._series.itemDoubleClicked.connect(self._on_only)
        self._series.hide()
        self._stack = QStackedLayout()
        for chart in (self.curves, self.grids):
            self._stack.addWidget(chart)
        self.setLayout(hbox((self._stack, 1), self._series, margins=0, gap=SPACING))

    def show_plot(self, key: PlotKey, block: str, plot: Mapping[str, Curve | Grid]) -> None:
        """Draw all series of a plot; ``block`` is what its block is called on screen."""
        again, self.shown = self.shown == key, key
        title = self.tr("{what} of {block}").format(what=plot_word(key[1]), block=block)
        curves = {plot_word(name): event for name, event in plot.items() if isinstance(event, Curve)}
        if curves:
            self._stack.setCurrentWidget(self.curves)
            self.curves.show_curves(title, curves, again=again)
        else:
            self._sheets = {id(event): self._sheet(event) for event in plot.values() if isinstance(event, Grid)}
            self._stack.setCurrentWidget(self.grids)
            sheets = {plot_word(name): self._sheets[id(event)][1] for name, event in plot.items()}
            self.grids.show_sheets(title, sheets, again=again)
        self._fill_series()

    def set_large(self, large: bool) -> None:
        """Set the enlarged form, which has room for the list of curves."""
        self._large = large
        self._fill_series()

    def set_subject(self, subject: str) -> None:
        """Name the run on exported pictures."""
        self.curves.subject = self.grids.subject = subject

    def show_only(self, word: str) -> None:
        """Of many curves only those of this name."""
        names = self.curves.names()
        if len(names) > LEGEND:
            self._hide_series({name for name in names if not same(word, name)})

    def _sheet(self, grid: Grid) -> tuple[Grid, Sheet]:
        """Made once for each event."""
        cached = self._sheets.get(id(grid))
        return cached if cached is not None and cached[0] is grid else (grid, _translated(Sheet.of(grid)))

    def _hide_series(self, hidden: set[str]) -> None:
        self.curves.hidden = hidden
        self._fill_series()
        self.curves.redraw()
        self.curves.reset_zoom()

    def _fill_series(self) -> None:
        many = self._stack.currentWidget() is self.curves and len(self.curves.names()) > LEGEND
        self._series.setVisible(many and self._large)
        if not many:
            return
        strokes = self.curves.strokes()
        with QSignalBlocker(self._series):
            self._series.clear()
            for name in self.curves.names():
                item = QListWidgetItem(name, self._series)
                item.setToolTip(as_plain(name))
                swatch = QPixmap(10, 10)
                swatch.fill(QColor(strokes[name].color))
                item.setIcon(QIcon(swatch))
                item.setData(_KEY, name)
                on = name not in self.curves.hidden
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)

    def _on_ticked(self, item: QListWidgetItem) -> None:
        on = item.checkState() == Qt.CheckState.Checked
        (self.curves.hidden.discard if on else self.curves.hidden.add)(item.data(_KEY))
        self.curves.redraw()

    def _on_only(self, item: QListWidgetItem) -> None:
        """A double click shows this curve alone, another one all of them again."""
        others = set(self.curves.names()) - {item.data(_KEY)}
        self._hide_series(set() if self.curves.hidden == others else others)


def _translated(sheet: Sheet) -> Sheet:
    titles = plot_word(sheet.row_title), plot_word(sheet.column_title)
    rows, columns = tuple(map(plot_word, sheet.rows)), tuple(map(plot_word, sheet.columns))
    return replace(sheet, row_title=titles[0], column_title=titles[1], rows=rows, columns=columns)


def same(word: str, series: str) -> bool:
    """True if a series belongs to a layer: "layers.3.q_proj" to "model.layers.3.self_attn.q_proj"."""
    return bool(series) and (series == word or tick_name(word) in (series, tick_name(series)))
