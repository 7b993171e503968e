"""The board of a run: live curves, distributions, memory and what methods draw, as tiles beside one list of all."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from operator import attrgetter

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from engine.base.human import natural
from engine.contracts.events import Event, Grid
from engine.record.run_data import Kind, PlotKey, RunData
from studio.charts.base import ChartFrame
from studio.charts.crosshair import Crosshair
from studio.charts.curves import CurvesChart, SeriesChart
from studio.charts.distribution import DistributionChart
from studio.charts.memory import MemoryChart
from studio.charts.sparsity import LayersChart
from studio.charts.timeline import Timeline
from studio.engine_words import metric_chart_name, plot_word
from studio.kit.layouts import splitter, vbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING
from studio.kit.widgets import label, single_shot
from studio.plots.contents import Contents, Entry, Key
from studio.plots.tile import PlotTile, same
from studio.plots.waiting import Activity, WaitingTile

REDRAW_SECONDS = 0.1
"""Between two pictures of one chart."""
GAP_SECONDS = 0.016
"""Between the pictures of two charts: the mouse waits for one at most."""
PLOT_MS = 200
"""Between two pictures of a plot that changes while a block runs."""
EMPTY_MS = 500
"""A run that has nothing to show for so long gets the charts of a board that waits. Until then they stay as they are:
otherwise all are drawn and moved twice for each of many short runs."""
WIDE = 300
"""Pixels of width of a tile at least, where several stand side by side."""
LEAST = 250
"""Pixels of height of a tile that was picked beside others: its legend may take a part of it."""
OVERVIEW, LAYERS, DISTRIBUTION, MEMORY = (Key("live", name) for name in ("all", "layers", "distribution", "memory"))


class Board(QWidget):
    """All charts of one run. GUI thread only.

    `take` once per tick of the pump; events of other runs than the one given to `clear` are ignored. Layers and plots
    are those of one block, the newest until the user picks another, and of one layer.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._data = RunData()
        self._picked_layer = False
        self._titles: dict[str, str] = {}
        self._letters: dict[str, str] = {}
        self._subject = ""
        self.contents = Contents(self)
        self.curves = CurvesChart(self)
        self.layers = LayersChart(self)
        self.distribution = DistributionChart(self)
        self.memory = MemoryChart(self)
        self.newest = PlotTile(self)
        self.waiting = WaitingTile(self)
        self.timeline = Timeline(self)
        self._cells: tuple[QWidget, ...] = (self.curves, self.layers, self.distribution, self.memory, self.newest)
        self._tiles: dict[Key, CurvesChart | PlotTile] = {}
        self._shown: list[QWidget] = []
        self._columns = 1
        self._least = 0
        self._counts: tuple[int, ...] = ()
        self._crosshair = Crosshair(self)
        self._activity = label("", self, look="muted")
        self._said = Activity()
        self._emptied = single_shot(self._show_empty, self, EMPTY_MS)
        self._next = single_shot(self._draw_next, self)
        self._plots_later = single_shot(self._show_plots, self, PLOT_MS)
        self._build()
        self.layers.selected.connect(self.pick_layer)
        self.distribution.selected.connect(self.pick_layer)
        self.timeline.moved.connect(self._on_moment)
        self._crosshair.pinned.connect(self._on_pinned)

    # -- what the window calls ----------------------------------------
    def add_events(self, events: Iterable[Event]) -> None:
        """Sort new events in and draw what changed, where it can be seen, one chart at a time."""
        changed = self._data.take(events)
        if not changed:
            return
        counts = (len(self._data.metrics), len(self._data.layers), len(self._data.plots))
        if counts != self._counts:  # there is something of a new kind
            self._counts = counts
            self._offer()
        if "layers" in changed:
            self._show_layer()
        for kind, charts in self._by_kind().items():
            for chart in charts if kind in changed else ():
                chart.touch()
        if self._emptied.isActive() and changed == {"memory"}:
            return  # memory alone: it is drawn when the time is over
        self._emptied.stop()
        self._arrange()
        if "plots" in changed and not self._plots_later.isActive():
            self._plots_later.start()
        self._draw_next()

    def flush(self) -> None:
        """Draw all that waits to be drawn now."""
        self._arrange()
        for chart in self.frames():
            chart.refresh()
            chart.settle()
        self._level()
        self._plots_later.stop()
        self._show_plots()

    def clear(self, run_id: str | None, carried: Iterable[str] = ()) -> None:
        """Begin a run: everything is empty but for the ``carried`` blocks, and only its events are taken. The charts
        show so when the first of these come, or after `EMPTY_MS`; at once for None, without a run: nothing of the
        former one stays."""
        former, self._data = self._data, RunData(run_id)
        self._data.carry(former, carried)
        self._picked_layer = False
        self.waiting.show_reused(None)
        self._crosshair.clear()
        self._block.setCurrentIndex(0)
        for chart in self.frames():
            chart.show_data(self._data)
        for chart in (self.layers, self.distribution.one, self.distribution.all):
            chart.show_layer("", None)
        self._offer()
        if run_id is None:
            self._emptied.stop()
            self._arrange()
            self.flush()
        else:
            self._emptied.start()

    def _show_empty(self) -> None:
        self._arrange()
        self._draw_next()

    def show_activity(self, activity: Activity) -> None:
        """Say above the charts what the run does now, and in those that have nothing to show yet."""
        if activity == self._said:
            return
        self._said = activity
        self.waiting.show_activity(activity)
        self._activity.setText(activity.line)
        self._show_line()
        for chart in self.frames():
            chart.say_meanwhile(activity.line)

    def _show_line(self) -> None:
        """The line above the charts, unless a tile says the same."""
        self._activity.setVisible(bool(self._said.line) and self.waiting not in self._shown)

    def set_subject(self, subject: str) -> None:
        """Name the run on exported pictures."""
        self._subject = subject
        for chart in self.frames():
            chart.subject = subject
        for tile in self._plot_tiles():
            tile.set_subject(subject)

    def set_titles(self, titles: Mapping[str, str]) -> None:
        """Set the titles of the blocks, by id."""
        if titles == self._titles:
            return
        self._titles = dict(titles)
        for chart in self._curve_charts():
            chart.titles = self._titles
            chart.touch()
            chart.refresh()
        self._offer()
        self._show_plots()

    def set_letters(self, letters: Mapping[str, str]) -> None:
        """Mark blocks as A and B: their curves get the colors, their names the letters."""
        if dict(letters) != self._letters:
            self._letters = dict(letters)
            self._block.mark(self._letters)
            for chart in self._curve_charts():
                chart.letters = self._letters
                chart.redraw()

    def frames(self) -> tuple[ChartFrame, ...]:
        """All charts but those of what methods draw."""
        picked = (tile for tile in self._tiles.values() if isinstance(tile, CurvesChart))
        return (self.curves, self.layers, self.distribution.one, self.distribution.all, self.memory, *picked)

    def _curve_charts(self) -> list[CurvesChart]:
        return [chart for chart in self.frames() if isinstance(chart, CurvesChart)]

    def _plot_tiles(self) -> list[PlotTile]:
        return [self.newest, *(tile for tile in self._tiles.values() if isinstance(tile, PlotTile))]

    def _draw_next(self) -> None:
        """Draw the chart that waited longest, none more often than ten times a second; then the others in turn, each in
        a picture of its own: Qt paints all that changed at once."""
        now = time.monotonic()
        frames = self.frames()
        free = max(chart.drawn_at for chart in frames) + GAP_SECONDS
        waiting = sorted((chart for chart in frames if chart.is_waiting), key=attrgetter("drawn_at"))
        if waiting and now >= max(free, waiting[0].drawn_at + REDRAW_SECONDS):
            waiting.pop(0).refresh()
            self._level()
            free = now + GAP_SECONDS
        if waiting:
            due = max(free, waiting[0].drawn_at + REDRAW_SECONDS)
            self._next.start(max(0, math.ceil(1000 * (due - now))))

    # -- block and layer ----------------------------------------
    @property
    def block(self) -> str:
        """The block whose layers are shown."""
        return self._block.value or next(reversed(self._data.layers), "")

    def pick_block(self, block: str) -> None:
        """Stay with this block, also when others run; "": with the newest again."""
        self._block.setCurrentIndex(self._block.findData(block))
        self._on_block()

    def follow_block(self, block: str) -> None:
        """A block was selected: stay with it if it has something to show; "": with the newest again."""
        if block != self._block.value and self._block.findData(block) >= 0:
            self.pick_block(block)

    def pick_layer(self, layer: str) -> None:
        """Show this layer in all charts."""
        self._picked_layer = True
        self._show_layer(layer)
        self.flush()

    def _on_pinned(self, quantity: str, position: float | None) -> None:
        """The charts of layers show the moment of the step that is pinned."""
        if quantity == CurvesChart.x_name:
            self.timeline.go_to(position)

    def _on_moment(self) -> None:
        self._show_layer()
        self._draw_next()

    def _show_layer(self, layer: str | None = None) -> None:
        """Without a pick the newest layer that has a distribution."""
        events = self._data.layers.get(self.block, {})
        moments = self._data.moments.get(self.block)
        self.timeline.show_steps(self.block, moments.steps if moments is not None else [])
        self._offer_time()
        if layer is None:
            layer = self.layers.layer if self._picked_layer and self.layers.layer in events else None
        if layer is None:
            with_histogram = [name for name, event in events.items() if event.after or event.before]
            layer = with_histogram[-1] if with_histogram else None
        for chart in (self.layers, self.distribution.one, self.distribution.all):
            chart.show_layer(self.block, layer, self.timeline.moment)

    def _on_block(self) -> None:
        self._offer()
        self._show_layer()
        self._arrange()
        self.flush()

    def _by_kind(self) -> dict[Kind, tuple[ChartFrame, ...]]:
        return {
            "metrics": tuple(self._curve_charts()),
            "layers": (self.layers, self.distribution.one, self.distribution.all),
            "memory": (self.memory,),
        }

    # -- plots ----------------------------------------
    def find_plot(self, word: str) -> Key | None:
        """A plot with a series of this name, for example that of a layer; of the chosen block if it can be."""
        holders = [key for key, plot in self._data.plots.items() if any(same(word, series) for series in plot)]
        here = [key for key in holders if key[0] == self._block.value]
        return next((Key("plot", title, block) for block, title in here or holders), None)

    def point_at(self, key: Key, word: str) -> None:
        """Show a plot alone and of its curves only those of this name."""
        if key.block != self._block.value:
            self.pick_block("")
        self.contents.pick([key])
        tile = self._tiles.get(key)
        if isinstance(tile, PlotTile):
            tile.show_only(word)

    def _plot_keys(self) -> list[PlotKey]:
        """The plots of the chosen block, or of all, in order of blocks, then of names."""
        block = self._block.value
        blocks = list(dict.fromkeys(key[0] for key in self._data.plots))
        keys = [key for key in self._data.plots if not block or key[0] == block]
        return sorted(keys, key=lambda key: (blocks.index(key[0]), natural(key[1])))

    def _show_plots(self) -> None:
        """Draw what methods drew, where it can be seen: in the overview the first plot of the block that came last."""
        keys = self._plot_keys()
        latest = next((key for key in keys if key[0] == keys[-1][0]), None)
        shown = {self.newest: latest} | {
            tile: (key.block, key.name) for key, tile in self._tiles.items() if isinstance(tile, PlotTile)
        }
        for tile, plot in shown.items():
            if tile in self._shown and plot in self._data.plots:
                tile.show_plot(plot, self._titles.get(plot[0], plot[0]), self._data.plots[plot])

    # -- the list ----------------------------------------
    def _offer(self) -> None:
        """Bring the list and the box of blocks up to date."""
        data = self._data
        blocks = list(dict.fromkeys([*data.layers, *(block for block, _ in data.plots)]))
        newest = self._titles.get(blocks[-1], blocks[-1]) if blocks else ""
        first = self.tr("Latest: {block}").format(block=newest) if blocks else self.tr("Latest block")
        entries = [("", first), *((block, self._titles.get(block, block)) for block in blocks)]
        if self._block.offer(entries):
            self._block.mark(self._letters)
        self._block.setToolTip(as_plain(self._block.currentText()))
        self.contents.fill(self._entries())
        self._offer_time()

    def _entries(self) -> list[Entry]:
        live = [
            Entry(OVERVIEW, self.tr("Overview"), "layout"),
            Entry(LAYERS, self.tr("Layers"), "chart"),
            Entry(DISTRIBUTION, self.tr("Distribution"), "chart"),
            Entry(MEMORY, self.tr("Memory"), "memory"),
        ]
        metrics = [
            Entry(Key("metric", group), metric_chart_name(group), "chart", self.tr("Metrics"))
            for group in self._data.metric_groups()
        ]
        plots = []
        for key in self._plot_keys():
            is_grid = isinstance(next(iter(self._data.plots[key].values())), Grid)
            heading = self._titles.get(key[0], key[0])
            plots.append(Entry(Key("plot", key[1], key[0]), plot_word(key[1]), "grid" if is_grid else "chart", heading))
        return [*live, *metrics, *plots]

    def _tile(self, key: Key) -> QWidget:
        """The chart of an entry, made when it is picked."""
        live = {LAYERS: self.layers, DISTRIBUTION: self.distribution, MEMORY: self.memory}
        if key in live:
            return live[key]
        if key in self._tiles:
            return self._tiles[key]
        if key.kind == "plot":
            tile = self._tiles[key] = PlotTile(self._sheet)
            tile.set_subject(self._subject)
        else:
            chart = self._tiles[key] = CurvesChart(self._sheet, key.name)
            chart.titles, chart.letters, chart.subject = self._titles, self._letters, self._subject
            chart.show_data(self._data)
        self._offer_enlarge(self._tiles[key])
        return self._tiles[key]

    # -- one chart large ----------------------------------------
    def _offer_enlarge(self, cell: QWidget) -> None:
        """Let the charts of a tile be enlarged by their button; once for each tile."""
        for chart in _charts_in(cell):
            chart.offer_enlarge()
            chart.enlarge_requested.connect(self._on_enlarge)

    def _on_enlarge(self) -> None:
        """Show the chart alone that asks for it; if it is alone already, all charts."""
        cell = next((cell for cell in self._shown if self.sender() in _charts_in(cell)), None)
        key = None if cell is None else self._key_of(cell)
        if key is not None:
            self.contents.pick([OVERVIEW] if self.contents.picked() == [key] else [key])

    def _key_of(self, cell: QWidget) -> Key | None:
        """The entry of the list that shows this tile alone."""
        live: dict[QWidget, Key] = {self.layers: LAYERS, self.distribution: DISTRIBUTION, self.memory: MEMORY}
        if cell is self.curves:
            return Key("metric", self.curves.group())
        if cell is self.newest:
            return Key("plot", self.newest.shown[1], self.newest.shown[0]) if self.newest.shown is not None else None
        return live.get(cell) or next((key for key, tile in self._tiles.items() if tile is cell), None)

    def _on_chosen(self) -> None:
        self._offer_time()
        self._arrange()
        self.flush()

    # -- layout ----------------------------------------
    def _tiles_to_show(self) -> list[QWidget]:
        """The picked entries; for the overview the tiles with data; while there is none but memory, what is done."""
        picked = self.contents.picked()
        if picked != [OVERVIEW]:
            return [self._tile(key) for key in picked]
        data = self._data
        if not (data.metrics or data.layers or data.plots):
            return [self.waiting, *([self.memory] if data.memory else [])]
        state = (data.metrics, data.layers, data.has_histograms, data.memory, self._plot_keys())
        return [cell for cell, something in zip(self._cells, state, strict=True) if something]

    def _offer_time(self) -> None:
        """The slider belongs to the charts of layers."""
        of_layers = bool({OVERVIEW, LAYERS, DISTRIBUTION} & set(self.contents.picked()))
        self.timeline.setVisible(self.timeline.is_needed and of_layers)

    def _arrange(self) -> None:
        """The last tile of a row that is not full takes the rest of it."""
        shown = self._tiles_to_show()
        columns = max(1, min(math.ceil(math.sqrt(len(shown))), self._sheet.width() // WIDE))
        if (shown, columns) == (self._shown, self._columns):
            return
        for cell in self._shown:
            self._grid.removeWidget(cell)
            cell.setVisible(cell in shown)
        for key in [key for key, tile in self._tiles.items() if tile not in shown]:
            self._tiles.pop(key).deleteLater()
        self._shown, self._columns = shown, columns
        for index, cell in enumerate(shown):
            last = index == len(shown) - 1
            self._grid.addWidget(cell, index // columns, index % columns, 1, columns - index % columns if last else 1)
            cell.show()
            if isinstance(cell, PlotTile):
                cell.set_large(last and index == 0)
            for chart in _charts_in(cell):
                chart.show_enlarged(len(shown) == 1 and self.contents.picked() != [OVERVIEW])
        self._crosshair.link(chart for cell in shown for chart in _charts_in(cell) if isinstance(chart, SeriesChart))
        self._show_line()
        self._level()
        self._plots_later.start(0)

    def _level(self) -> None:
        """Rows of one least height, whichever charts are in them: the canvas above is not moved by some pixels."""
        self._least = max(self._least, *(cell.minimumSizeHint().height() for cell in self._cells))
        rows = math.ceil(len(self._shown) / self._columns)
        least = self._least if self.contents.picked() == [OVERVIEW] else LEAST if rows > 1 else 0
        for row in range(self._grid.rowCount()):
            height = least if row < rows else 0
            if self._grid.rowMinimumHeight(row) != height:
                self._grid.setRowMinimumHeight(row, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._sheet and event.type() == QEvent.Type.Resize:
            self._arrange()  # there is room for more columns, or for fewer
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        self._block = self.contents.block
        self._block.activated.connect(self._on_block)
        self.contents.chosen.connect(self._on_chosen)
        self._sheet = QWidget(self)
        self._sheet.installEventFilter(self)
        self._grid = QGridLayout(self._sheet)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACING)
        for cell in (*self._cells, self.waiting):
            cell.hide()
            self._offer_enlarge(cell)
        right = QWidget(self)
        right.setLayout(vbox((self._sheet, 1), self.timeline, margins=0, gap=SPACING // 2))
        split = splitter(Qt.Orientation.Horizontal, self, (self.contents, 182), (right, 1000))
        split.setChildrenCollapsible(True)  # the list can be dragged away
        split.setStretchFactor(1, 1)
        self._activity.hide()
        self.setLayout(vbox(self._activity, (split, 1), margins=(SPACING, SPACING // 2, SPACING, SPACING)))
        self.setFocusProxy(self.contents)
        self._offer()
        self._arrange()


def _charts_in(cell: QWidget) -> tuple[ChartFrame, ...]:
    """The charts that a tile can show."""
    if isinstance(cell, ChartFrame):
        return (cell,)
    if isinstance(cell, DistributionChart):
        return (cell.one, cell.all)
    return (cell.curves, cell.grids) if isinstance(cell, PlotTile) else ()
