"""The list of all charts and plots of a run: one that is picked is shown large, several stand side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from studio.kit.combo import Choice
from studio.kit.icons import icon
from studio.kit.layouts import vbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, color, measured, scaled
from studio.kit.widgets import search_line, set_look
from studio.kit.wrapping import WrappedNames

LEAST_WIDTH, WIDEST = 120, 180
AROUND = 40
"""Pixels of a line of the list beside icon and name."""
FEW = 12
"""So many entries are found without a filter."""
_KEY = Qt.ItemDataRole.UserRole


class Key(NamedTuple):
    """An entry of the list: a built-in chart, a group of metrics, or a plot of a block."""

    kind: str
    name: str
    block: str = ""


class Entry(NamedTuple):
    """A line of the list. ``heading``: the line above it and its kind, "" for none."""

    key: Key
    text: str
    picture: str
    heading: str = ""


class Contents(QWidget):
    """The first entry is picked until the person picks another one, or several. GUI thread only."""

    chosen = Signal()
    """The selection changed, or something selected is gone."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._entries: list[Entry] = []
        self.block = Choice(self.tr("Block shown"), self, letters=1)
        self.search = search_line(self.tr("Filter charts"), self)
        self.search.textChanged.connect(self._filter)
        self.search.hide()
        self._tree = QTreeWidget(self)
        self._tree.setHeaderHidden(True)
        self._tree.setRootIsDecorated(False)
        self._tree.setItemsExpandable(False)
        self._tree.setIndentation(SPACING)
        self._tree.setItemDelegate(WrappedNames(self._tree))
        self._tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._tree.setAccessibleName(self.tr("Charts and plots"))
        self._tree.setToolTip(
            self.tr("Select one to enlarge it; select several with Ctrl or Shift to see them side by side")
        )
        self._tree.itemSelectionChanged.connect(self.chosen)
        set_look(self._tree, "plain")
        measured(self, Contents._fit)
        self.setFocusProxy(self._tree)
        self.setLayout(vbox(self.block, self.search, self._tree, margins=0, gap=SPACING // 2))

    def fill(self, entries: list[Entry]) -> None:
        """Bring the list up to date; what was picked stays."""
        if entries == self._entries:
            return
        picked, self._entries = self.picked(), entries
        with QSignalBlocker(self._tree):
            self._tree.clear()
            parents: dict[str, QTreeWidgetItem] = {}
            for key, text, picture, heading in entries:
                if heading and heading not in parents:
                    parents[heading] = QTreeWidgetItem(self._tree, [heading])
                    parents[heading].setFlags(Qt.ItemFlag.ItemIsEnabled)
                    parents[heading].setForeground(0, color("muted"))
                item = QTreeWidgetItem(parents[heading] if heading else self._tree, [text])
                item.setIcon(0, icon(picture, "muted"))
                item.setData(0, _KEY, key)
                item.setToolTip(0, as_plain(text))
            self._tree.expandAll()
        self._fit()
        self.search.setVisible(len(entries) > FEW or bool(self.search.text()))
        self._filter(self.search.text())
        self.pick(picked)
        if self.picked() != picked:
            self.chosen.emit()

    def _fit(self) -> None:
        """Names are whole, unless they are long."""
        bar = self._tree.verticalScrollBar().sizeHint().width()
        icon, metrics = self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize), self._tree.fontMetrics()
        widest = max((metrics.horizontalAdvance(entry.text) for entry in self._entries), default=0)
        self.setMinimumWidth(max(LEAST_WIDTH, min(scaled(WIDEST), widest + icon + bar + AROUND)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._tree.scheduleDelayedItemsLayout()  # names have more lines, or fewer

    def listed(self) -> list[Key]:
        """Entries that can be picked, in order."""
        return [entry.key for entry in self._entries]

    def picked(self) -> list[Key]:
        """Picked entries in the order of the list; the first entry alone if none is picked."""
        keys = [key for key, item in self._items().items() if item.isSelected()]
        others = [key for key in keys if key != self._entries[0].key]
        return others or self.listed()[:1]

    def pick(self, keys: Iterable[Key]) -> None:
        """Pick these, as clicks do; those that are not listed are left out."""
        items, before = self._items(), self.picked()
        with QSignalBlocker(self._tree):
            self._tree.clearSelection()
            chosen = [items[key] for key in keys if key in items]
            for item in chosen or list(items.values())[:1]:
                item.setSelected(True)
            if chosen:
                self._tree.setCurrentItem(chosen[0], 0, self._tree.selectionModel().SelectionFlag.NoUpdate)
        if self.picked() != before:
            self.chosen.emit()

    def shown(self) -> list[str]:
        """The lines that the filter lets through, headings too."""
        return [item.text(0) for item in self._lines() if not item.isHidden()]

    def _lines(self) -> list[QTreeWidgetItem]:
        return [line for top in _children(self._tree.invisibleRootItem()) for line in (top, *_children(top))]

    def _items(self) -> dict[Key, QTreeWidgetItem]:
        return {Key(*item.data(0, _KEY)): item for item in self._lines() if item.data(0, _KEY) is not None}

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for item in self._lines():
            matches = all(word in item.text(0).lower() for word in words)
            item.setHidden(item.data(0, _KEY) is not None and not matches)
        for item in self._lines():
            if item.data(0, _KEY) is None:
                item.setHidden(all(child.isHidden() for child in _children(item)))


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return [child for row in range(item.childCount()) if (child := item.child(row)) is not None]
