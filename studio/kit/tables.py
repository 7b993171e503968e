"""Tables of values: how all of them look, what a cell says, models and small tables made of cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QTableWidget, QTableWidgetItem, QWidget

from studio.kit.plaintext import as_plain
from studio.kit.theme import color, font, measured
from studio.kit.widgets import TintedDelegate, single_shot

Index = QModelIndex | QPersistentModelIndex
WORDS = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ORDINALS = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
TEXT, TIP, TONE, FONT, SIDE = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.ForegroundRole,
    Qt.ItemDataRole.FontRole,
    Qt.ItemDataRole.TextAlignmentRole,
)
MOST = 0.8
"""Share of the cells of a column that make its width, where columns share that of their table."""
MORE = (0.85, 0.9, 0.95, 1.0)
"""Larger shares, one after the other, as long as the table has room for them."""
_NUMBER = re.compile(r"[+−×±≈ -]*\d[\d.,]*(?:e[+-]?\d+)?(?: ?[%\w/]{1,10})?(?: ± [\d.e-]+)?")
ROLES = frozenset((TEXT, TIP, TONE, FONT))
"""Roles that a `Cell` answers. Qt asks so often that looking up enum names counts."""


class Cell(NamedTuple):
    """Content of a cell; ``tip`` is plain text, ``tone`` a color token, None for the text color."""

    text: str
    tip: str = ""
    tone: str | None = None
    bold: bool = False

    def data(self, role: int) -> Any:
        """The value of a Qt item role."""
        if role == TEXT:
            return self.text
        if role == TONE:
            return None if self.tone is None else color(self.tone)
        if role == FONT:
            return font(bold=True) if self.bold else None
        return as_plain(self.tip) or None if role == TIP else None


class CellsModel(QAbstractTableModel):
    """Rows of which a subclass says what stands in them, when it is asked: tables may have many thousands. GUI thread
    only."""

    def __init__(self, parent: QObject | None) -> None:
        super().__init__(parent)
        self.rows: Sequence[Any] = ()
        self._last_cell: tuple[int, int] = (-1, -1)
        """Last (row, column): Qt asks for all roles of a cell in turn."""
        self._cell = Cell("")
        self.modelReset.connect(self._forget)

    def _forget(self) -> None:
        self._last_cell = (-1, -1)

    def head(self, column: int) -> Cell:
        """The header of a column."""
        raise NotImplementedError

    def cell(self, row: int, column: int) -> Cell:
        """Content of a cell."""
        raise NotImplementedError

    def side(self, column: int) -> Qt.AlignmentFlag:
        """Alignment of a column's header and cells: the first column holds words, the others numbers."""
        return NUMBERS if column else WORDS

    def width(self) -> int:
        """Number of columns."""
        raise NotImplementedError

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self.width()

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = TEXT) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= self.width():
            return None
        if role == SIDE:
            return self.side(section)
        return self.head(section).data(role) if role in ROLES else None

    def data(self, index: Index, role: int = TEXT) -> Any:
        if role == SIDE:
            return self.side(index.column())
        if role not in ROLES:
            return None
        position = index.row(), index.column()
        if position != self._last_cell:
            self._last_cell, self._cell = position, self.cell(*position)
        return self._cell.data(role)


def paint_once(table: QTableView) -> None:
    """Paint once after each change of all rows: Qt paints them as they come and, a moment later, when bars and headers
    have their sizes."""
    later = single_shot(partial(table.setUpdatesEnabled, True), table)
    table.model().modelAboutToBeReset.connect(partial(table.setUpdatesEnabled, False))
    table.model().modelReset.connect(later.start)


def share_width(table: QTableView) -> None:
    """Give each column what its head and cells need, as far as they are in view, and an equal share of what is left
    over; where there is not enough room, the first one what it needs, and of the others those that need less."""
    model, header, room = table.model(), table.horizontalHeader(), table.viewport().width()
    needs = [max(table.sizeHintForColumn(n), header.sectionSizeHint(n)) for n in range(model.columnCount())]
    spare = max(0, room - sum(needs)) // max(1, len(needs))
    order = sorted(range(len(needs)), key=lambda column: (column > 0, needs[column]))
    for rank, column in enumerate(order):
        fair = room if column == 0 else room // (len(order) - rank)
        width = max(min(needs[column], fair), header.minimumSectionSize())
        room -= width
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
        table.setColumnWidth(column, width + spare)


class CellsTable(QTableWidget):
    """A small table that is filled as a whole."""

    def __init__(self, name: str, parent: QWidget) -> None:
        """``name``: for screen readers."""
        super().__init__(parent)
        self._shares = False
        dress(self, name, air=12)

    def show_cells(self, heads: Sequence[str], rows: Sequence[Sequence[Cell]], words: Sequence[int] = (0,)) -> None:
        """Headers and rows; ``words``: columns that stand at the left."""
        self.setColumnCount(len(heads))
        self.setRowCount(len(rows))
        for column, text in enumerate(heads):
            self.setHorizontalHeaderItem(column, _item(Cell(text, text), column in words))
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                self.setItem(row, column, _item(cell, column in words))
        if self._shares:
            self.share_width()

    def share_width(self) -> None:
        """From now on all columns have the same width, as long as each of them has room for what it says; else each
        has what most of its cells need, or all of them as far as there is room, and the first one the rest."""
        self._shares, header, room = True, self.horizontalHeader(), self.viewport().width()
        self.setWordWrap(False)  # hints are those of one line
        needs = [max(self._needed(n, MOST), header.sectionSizeHint(n)) for n in range(self.columnCount())]
        even = max(needs, default=0) * len(needs) <= room
        for share in () if even else MORE:
            lacking = [max(0, self._needed(n, share) - need) for n, need in enumerate(needs)]
            for column in sorted(range(len(needs)), key=lacking.__getitem__):
                needs[column] += lacking[column] if sum(needs) + lacking[column] <= room else 0
        modes = QHeaderView.ResizeMode
        for column, need in enumerate(needs):
            stretched = even or (column == 0 and sum(needs) <= room)
            header.setSectionResizeMode(column, modes.Stretch if stretched else modes.Interactive)
            if not stretched:
                self.setColumnWidth(column, need)
        self._wrap()

    def _wrap(self) -> None:
        """Give the rows whose first cell is wider than its column a second line: it says what the row means."""
        usual, metrics = self.verticalHeader().defaultSectionSize(), QFontMetrics(self.font())
        cells = [self.model().index(row, 0) for row in range(self.rowCount())]
        long = {cell.row() for cell in cells if self.sizeHintForIndex(cell).width() > self.columnWidth(0)}
        for row in range(self.rowCount()):
            self.setRowHeight(row, usual + (metrics.lineSpacing() if row in long else 0))
        self.setWordWrap(bool(long))

    def _needed(self, column: int, share: float) -> int:
        """Pixels in which this share of the cells of a column is whole, and all of its numbers: cut they would be other
        ones."""
        cells = [self.model().index(row, column) for row in range(self.rowCount())]
        hints = [self.sizeHintForIndex(cell).width() for cell in cells]
        numbers = [hint for cell, hint in zip(cells, hints, strict=True) if _NUMBER.fullmatch(cell.data() or "")]
        return max([*sorted(hints)[: int(share * (len(hints) - 1)) + 1][-1:], *numbers], default=0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._shares:
            self.share_width()


def _item(cell: Cell, word: bool) -> QTableWidgetItem:
    item = QTableWidgetItem()
    item.setTextAlignment(WORDS if word else NUMBERS)
    for role in ROLES:
        item.setData(role, cell.data(role))
    return item


def dress(table: QTableView, name: str, air: int = 10) -> None:
    """Rows are selected as a whole and read, never edited; colors of values stay in a selected row. ``air``: pixels of
    a row beside its text."""
    table.setItemDelegate(TintedDelegate(table))
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setAccessibleName(name)
    table.setTabKeyNavigation(False)  # arrows go through the cells, Tab leaves the table
    table.verticalHeader().hide()
    measured(table, lambda table: table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + air))
    table.horizontalHeader().setHighlightSections(False)
