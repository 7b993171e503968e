"""The charts of a run, four at once in a grid or one at a time in tabs."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from operator import attrgetter

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QTabBar, QVBoxLayout, QWidget

from engine.contracts.events import Event
from studio.charts.base import ChartFrame
from studio.charts.curves import CurvesChart
from studio.charts.data import Kind, RunData
from studio.charts.distribution import DistributionChart
from studio.charts.memory import MemoryChart
from studio.charts.metrics import MetricsBoard
from studio.charts.sparsity import LayersChart
from studio.charts.timeline import Timeline
from studio.pair import letter_icon, mark_items
from studio.theme import SPACING
from studio.widgets import PlainLabel

REDRAW_SECONDS = 0.1
"""Between two pictures of one chart."""
GAP_SECONDS = 0.016
"""Between the pictures of two charts: the mouse waits for one at most."""
EMPTY_MS = 500
"""A run that has nothing to show for so long gets the charts of a panel that waits. Until then they stay as they are:
otherwise all are drawn and moved twice for each of many short runs."""


class ChartsPanel(QWidget):
    """All charts of one run. GUI thread only.

    `take` once per tick of the pump; events of other runs than the one given to `clear` are ignored. The layer
    charts show one block and one layer, the newest until the user picks.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._data = RunData()
        self._picked_block = False
        self._picked_layer = False
        self._titles: dict[str, str] = {}
        self._letters: dict[str, str] = {}
        self.curves = CurvesChart(self)
        self.layers = LayersChart(self)
        self.distribution = DistributionChart(self)
        self.memory = MemoryChart(self)
        self.board = MetricsBoard(self)
        self.timeline = Timeline(self)
        self._cells: tuple[QWidget, ...] = (self.curves, self.layers, self.distribution, self.memory)
        self._shown: list[QWidget] = []
        self._emptied = QTimer(self)
        self._emptied.setSingleShot(True)
        self._emptied.setInterval(EMPTY_MS)
        self._emptied.timeout.connect(self._show_empty)
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._draw_next)
        self._build()
        self.layers.selected.connect(self.pick_layer)
        self.distribution.selected.connect(self.pick_layer)
        self.timeline.moved.connect(self._on_moment)

    # -- what the window calls ----------------------------------------
    def take(self, events: Iterable[Event]) -> None:
        """Sort new events in and draw what changed, where it can be seen, one chart at a time."""
        changed = self._data.take(events)
        if not changed:
            return
        if "metrics" in changed:
            self.board.update_groups()
        if "layers" in changed:
            self._offer_blocks()
            self._show_layer()
        for kind, charts in self._by_kind().items():
            for chart in charts if kind in changed else ():
                chart.touch()
        if self._emptied.isActive() and not (self._data.metrics or self._data.layers):
            return  # memory alone: it is drawn when the time is over
        self._emptied.stop()
        self._arrange()
        self._draw_next()

    def flush(self) -> None:
        """Draw all that waits to be drawn now."""
        for chart in self.frames():
            chart.refresh()
            chart.settle()

    def clear(self, run_id: str | None, carried: Iterable[str] = ()) -> None:
        """Begin a run: everything is empty but for the ``carried`` blocks, and only its events are taken. The charts
        show so when the first of these come, or after `EMPTY_MS`; at once for None, without a run: nothing of the
        former one stays."""
        former, self._data = self._data, RunData(run_id)
        self._data.carry(former, carried)
        self._picked_block = self._picked_layer = False
        self._block.clear()
        self._block_row.hide()
        self._offer_blocks()
        for chart in self.frames():
            chart.show_data(self._data)
        for chart in (self.layers, self.distribution.one, self.distribution.all):
            chart.show_layer("", None)
        self.board.show_data(self._data)
        if run_id is None:
            self._emptied.stop()
            self._arrange()
            self.flush()
        else:
            self._emptied.start()

    def _show_empty(self) -> None:
        self._arrange()
        self._draw_next()

    def set_subject(self, subject: str) -> None:
        """Name the run on exported pictures."""
        self.board.subject = subject
        for chart in self.frames():
            chart.subject = subject

    def set_titles(self, titles: Mapping[str, str]) -> None:
        """What the blocks are called on screen, by id."""
        if titles == self._titles:
            return
        self._titles = dict(titles)
        self.curves.titles = self._titles
        self.board.set_titles(self._titles)
        for index in range(self._block.count()):
            block = self._block.itemData(index)
            self._block.setItemText(index, self._titles.get(block, block))
        self.curves.touch()
        self.curves.refresh()

    def set_letters(self, letters: Mapping[str, str]) -> None:
        """Which blocks are A and B: their curves have the colors of these, their names the letters."""
        if dict(letters) != self.curves.letters:
            self._letters = self.curves.letters = dict(letters)
            self.board.set_letters(self._letters)
            mark_items(self._block, self._letters)
            self.curves.redraw()

    def frames(self) -> tuple[ChartFrame, ...]:
        """All charts."""
        every = (self.curves, self.layers, self.distribution.one, self.distribution.all, self.memory)
        return (*every, *self.board.frames())

    def _draw_next(self) -> None:
        """Draw the chart that waited longest, none more often than ten times a second; then the others in turn, each in
        a picture of its own: Qt paints all that changed at once."""
        now = time.monotonic()
        frames = self.frames()
        free = max(chart.drawn_at for chart in frames) + GAP_SECONDS
        waiting = sorted((chart for chart in frames if chart.is_waiting), key=attrgetter("drawn_at"))
        if waiting and now >= max(free, waiting[0].drawn_at + REDRAW_SECONDS):
            waiting.pop(0).refresh()
            free = now + GAP_SECONDS
        if waiting:
            due = max(free, waiting[0].drawn_at + REDRAW_SECONDS)
            self._next.start(max(0, math.ceil(1000 * (due - now))))

    # -- block and layer ----------------------------------------
    @property
    def block(self) -> str:
        """The block whose layers are shown."""
        return str(self._block.currentData() or "")

    def pick_block(self, block: str) -> None:
        """Stay with this block, also when others run."""
        self._picked_block = True
        self._block.setCurrentIndex(self._block.findData(block))
        self._show_layer()
        self.flush()

    def follow_block(self, block: str) -> None:
        """A block was selected: stay with it if it has layers to show; "": with the block at work again."""
        index = self._block.findData(block) if block else -1
        if index >= 0:
            self.pick_block(block)
        elif not block:
            self._picked_block = False

    def pick_layer(self, layer: str) -> None:
        """Show this layer in all charts."""
        self._picked_layer = True
        self._show_layer(layer)
        self.flush()

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

    def _offer_blocks(self) -> None:
        blocks = list(self._data.layers)
        for block in blocks[self._block.count() :]:
            self._block.addItem(letter_icon(self._letters.get(block, "")), self._titles.get(block, block), block)
            if not self._picked_block:
                self._block.setCurrentIndex(self._block.count() - 1)
        self._offer_time()

    def _on_block(self) -> None:
        self.pick_block(self.block)

    def _by_kind(self) -> dict[Kind, tuple[ChartFrame, ...]]:
        return {
            "metrics": (self.curves, *self.board.frames()),
            "layers": (self.layers, self.distribution.one, self.distribution.all),
            "memory": (self.memory,),
        }

    # -- layout ----------------------------------------
    def _on_tab(self, tab: int) -> None:
        self._sheet.setVisible(tab != 1)
        self.board.setVisible(tab == 1)
        self._offer_time()
        self._arrange()

    def _offer_time(self) -> None:
        """The slider and the choice of a block belong to the charts of layers."""
        of_layers = self.tabs.currentIndex() in (0, 2, 3)
        self.timeline.setVisible(self.timeline.is_needed and of_layers)
        self._block_row.setVisible(self._block.count() > 0 and of_layers)

    def _arrange(self) -> None:
        """Of all at once, those that have something to show; all of them while there is nothing yet. The last one of
        an odd number takes the whole row."""
        tab, data = self.tabs.currentIndex(), self._data
        known = (bool(data.metrics), bool(data.layers), _any_histogram(data), bool(data.memory))
        wanted = [
            cell
            for index, cell in enumerate(self._cells)
            if (tab == 0 and (known[index] or not any(known[:3]))) or tab == index + 1
        ]
        if wanted == self._shown:
            return
        self._shown = wanted
        for cell in self._cells:
            self._grid.removeWidget(cell)
            cell.setVisible(cell in wanted)
        for index, cell in enumerate(wanted):
            last = index == len(wanted) - 1 and index % 2 == 0
            self._grid.addWidget(cell, index // 2, index % 2, 1, 2 if last else 1)
        # rows of one height, whichever charts are in them: the canvas above is not drawn anew for some pixels
        least = max(cell.minimumSizeHint().height() for cell in self._cells)
        for row in range((len(self._cells) + 1) // 2):
            self._grid.setRowMinimumHeight(row, least if 2 * row < len(wanted) else 0)

    def _build(self) -> None:
        self.tabs = QTabBar(self)
        self.tabs.setDrawBase(False)
        for name in (self.tr("All"), self.tr("Metrics"), self.tr("Layers"), self.tr("Distribution"), self.tr("Memory")):
            self.tabs.addTab(name)
        self.tabs.currentChanged.connect(self._on_tab)
        self._block_row = QWidget(self)
        row = QHBoxLayout(self._block_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(PlainLabel(self.tr("Layers of"), self._block_row))
        self._block = QComboBox(self._block_row)
        self._block.setAccessibleName(self.tr("Block whose layers are shown"))
        self._block.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._block.activated.connect(self._on_block)
        row.addWidget(self._block)
        policy = self._block_row.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # or the canvas above would be drawn anew, a few pixels higher
        self._block_row.setSizePolicy(policy)
        self._block_row.hide()
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.tabs)
        head.addStretch(1)
        head.addWidget(self._block_row)
        self._sheet = QWidget(self)
        self._grid = QGridLayout(self._sheet)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACING)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING, SPACING // 2, SPACING, SPACING)
        layout.setSpacing(SPACING // 2)
        layout.addLayout(head)
        layout.addWidget(self._sheet, 1)
        layout.addWidget(self.timeline)
        layout.addWidget(self.board, 1)
        self.board.hide()
        self._arrange()


def _any_histogram(data: RunData) -> bool:
    return any(event.before or event.after for layers in data.layers.values() for event in layers.values())
