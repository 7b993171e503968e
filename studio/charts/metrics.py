"""The metrics of a run side by side: a chart for each group that the user ticks in a list."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QListWidget, QListWidgetItem, QWidget

from studio.charts.curves import CurvesChart, metric_groups, metric_title
from studio.charts.data import RunData
from studio.plaintext import as_plain
from studio.theme import SPACING
from studio.widgets import EmptyState, set_look

AT_FIRST = 4
"""So many charts are shown until the user chooses."""
LIST_WIDTH = 190
LEAST = 250
"""Pixels of a chart's height: its legend may take a part of it, and its axis has a label to be read."""


class MetricsBoard(QWidget):
    """Charts of the ticked groups, the first ones until the user ticks. GUI thread only."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.titles: Mapping[str, str] = {}
        self.letters: Mapping[str, str] = {}
        self.subject = ""
        self._data = RunData()
        self._charts: dict[str, CurvesChart] = {}
        self._picked = False
        self._list = QListWidget(self)
        self._list.setFixedWidth(LIST_WIDTH)
        self._list.setAccessibleName(self.tr("Metrics that are shown"))
        self._list.setToolTip(self.tr("Tick the metrics that you want to see"))
        set_look(self._list, "plain")
        self._list.itemChanged.connect(self._on_ticked)
        text = self.tr("Curves appear here while a block that trains is running.")
        self._empty = EmptyState("chart", self.tr("No metrics yet"), text, self)
        self._grid = QGridLayout()
        self._grid.setSpacing(SPACING)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACING)
        layout.addWidget(self._list)
        layout.addWidget(self._empty, 1)
        layout.addLayout(self._grid, 1)
        self._list.hide()

    def frames(self) -> tuple[CurvesChart, ...]:
        """The charts that are shown."""
        return tuple(self._charts.values())

    def show_data(self, data: RunData) -> None:
        """Show another run."""
        self._data = data
        self._picked = False
        self._list.clear()
        self._list.hide()
        self._arrange()
        self.update_groups()

    def set_titles(self, titles: Mapping[str, str]) -> None:
        """What the blocks are called on screen, by id."""
        self.titles = titles
        for chart in self.frames():
            chart.titles = dict(titles)
            chart.touch()

    def set_letters(self, letters: Mapping[str, str]) -> None:
        """Which blocks are A and B."""
        self.letters = letters
        for chart in self.frames():
            chart.letters = dict(letters)
            chart.redraw()

    def update_groups(self) -> None:
        """There may be metrics of a new kind."""
        groups = metric_groups(self._data)
        if groups == self._listed():
            return
        before = set(self.ticked())
        with QSignalBlocker(self._list):
            self._list.clear()
            for index, group in enumerate(groups):
                item = QListWidgetItem(metric_title(group), self._list)
                item.setData(Qt.ItemDataRole.UserRole, group)
                item.setToolTip(as_plain(item.text()))
                on = group in before if self._picked else index < AT_FIRST
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self._list.setVisible(len(groups) > 1)
        self._arrange()

    def ticked(self) -> list[str]:
        """The groups that are shown."""
        items = (self._list.item(row) for row in range(self._list.count()))
        return [i.data(Qt.ItemDataRole.UserRole) for i in items if i.checkState() == Qt.CheckState.Checked]

    def tick(self, group: str, on: bool) -> None:
        """Show a group or not, as its tick does."""
        row = self._listed().index(group)
        self._list.item(row).setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)

    def _listed(self) -> list[str]:
        return [self._list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self._list.count())]

    def _on_ticked(self, item: QListWidgetItem) -> None:
        self._picked = True
        self._arrange()

    def _arrange(self) -> None:
        wanted = self.ticked()
        for group in self._charts.keys() - set(wanted):
            self._grid.removeWidget(self._charts[group])
            self._charts[group].hide()
            self._charts.pop(group).deleteLater()
        columns = math.ceil(math.sqrt(len(wanted))) if wanted else 1
        for index, group in enumerate(wanted):
            if group not in self._charts:
                self._charts[group] = CurvesChart(self, group)
                self._charts[group].setMinimumHeight(LEAST)
                self._charts[group].titles = dict(self.titles)
                self._charts[group].letters = dict(self.letters)
                self._charts[group].subject = self.subject
                self._charts[group].show_data(self._data)
            self._grid.addWidget(self._charts[group], index // columns, index % columns)
            self._charts[group].show()
        self._charts = {group: self._charts[group] for group in wanted}
        for chart in self.frames():
            chart.refresh()
        self._empty.setVisible(not wanted)
