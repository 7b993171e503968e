"""The name of each row stays in view while the other columns of a table are scrolled to the side."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from studio.kit.theme import theme
from studio.kit.widgets import single_shot


class FrozenName(QTableView):
    """Lies over the left edge of a table, and is seen only while it is scrolled. Rows, selection and order are those of
    the table: what is clicked here is clicked there."""

    def __init__(self, table: QTableView, column: int) -> None:
        """``column``: that of the name."""
        super().__init__(table)
        self._table, self._column = table, column
        self.setModel(table.model())
        self.setSelectionModel(table.selectionModel())
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keys go to the table
        self.setAccessibleName(table.accessibleName())
        self.setSelectionBehavior(table.selectionBehavior())
        self.setSelectionMode(table.selectionMode())
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(table.verticalScrollMode())
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.hide()
        self._later = single_shot(self._arrange, self)
        self._connect()

    def _connect(self) -> None:
        table, header = self._table, self._table.horizontalHeader()
        self.horizontalHeader().setSectionsClickable(True)
        self.horizontalHeader().sectionClicked.connect(self._sort)
        table.verticalScrollBar().valueChanged.connect(self._follow)
        for moved in (table.horizontalScrollBar().valueChanged, header.sectionResized, header.sectionMoved):
            moved.connect(self._later.start)
        table.model().modelReset.connect(self._later.start)
        theme().changed.connect(self._color)
        self._color()
        table.viewport().installEventFilter(self)
        self.doubleClicked.connect(table.doubleClicked)

    def _follow(self, value: int) -> None:
        if self.isVisible():
            self.verticalScrollBar().setValue(value)

    def _sort(self, column: int) -> None:
        """By the name, the other way round with the next click."""
        header = self._table.horizontalHeader()
        up, down = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
        here = header.sortIndicatorSection() == column and header.sortIndicatorOrder() == up
        self._table.sortByColumn(column, down if here else up)

    def _color(self) -> None:
        self.setStyleSheet(f"QTableView {{ border: none; border-right: 1px solid {theme().tokens.border}; }}")
        self._arrange()

    def _arrange(self) -> None:
        table, header = self._table, self._table.horizontalHeader()
        self.verticalHeader().setDefaultSectionSize(table.verticalHeader().defaultSectionSize())
        behind = header.sectionViewportPosition(self._column) < 0
        width = min(header.sectionSize(self._column), table.viewport().width() // 2)
        self.setVisible(behind and not table.isColumnHidden(self._column) and width > 0)
        if self.isHidden():
            return
        for number in range(self.model().columnCount()):
            self.setColumnHidden(number, number != self._column)
        self.setColumnWidth(self._column, width)
        self.horizontalHeader().setFixedHeight(header.height())
        frame = table.frameWidth()
        self.setGeometry(frame, frame, width, header.height() + table.viewport().height())
        self.setItemDelegate(table.itemDelegateForColumn(self._column) or table.itemDelegate())
        self.raise_()
        self.verticalScrollBar().setValue(table.verticalScrollBar().value())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._later.start()
        return False
