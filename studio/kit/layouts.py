"""Layouts: boxes of parts, pages, splitters, and a row that wraps."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLayout,
    QLayoutItem,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from studio.kit.later import later
from studio.kit.theme import SPACING, scaled, theme

Content = QWidget | QLayout


Part = Content | tuple[Content, int | Qt.AlignmentFlag] | int | None
"""Parts of a `vbox` or an `hbox`."""


Margins = int | tuple[int, int, int, int]
"""Pixels around everything; left, above, right, below."""


def splitter(way: Qt.Orientation, parent: QWidget, *parts: tuple[QWidget, int]) -> QSplitter:
    """Widgets with so many pixels each at first, and a gap between them that can be dragged."""
    split = QSplitter(way, parent)
    for widget, _ in parts:
        split.addWidget(widget)
    split.setSizes([size for _, size in parts])
    split.setChildrenCollapsible(False)
    split.setHandleWidth(SPACING)
    split.setStyleSheet("QSplitter::handle { background: transparent; }")
    return split


def vbox(*parts: Part, margins: Margins | None = None, gap: int | None = None) -> QVBoxLayout:
    """Parts from top to bottom: widgets and layouts, or a pair of one with its stretch or its alignment; a number is
    so many pixels of nothing, None is room that grows. Margins and gap that are not given are those of the style."""
    layout = QVBoxLayout()
    _fill(layout, parts, margins, gap)
    return layout


def hbox(*parts: Part, margins: Margins | None = None, gap: int | None = None) -> QHBoxLayout:
    """The same from left to right."""
    layout = QHBoxLayout()
    _fill(layout, parts, margins, gap)
    return layout


def _fill(layout: QBoxLayout, parts: tuple[Part, ...], margins: Margins | None, gap: int | None) -> None:
    if margins is not None:
        layout.setContentsMargins(*(margins if isinstance(margins, tuple) else 4 * (margins,)))
    if gap is not None:
        layout.setSpacing(gap)
    for part in parts:
        content, how = part if isinstance(part, tuple) else (part, 0)
        stretch = 0 if isinstance(how, Qt.AlignmentFlag) else how
        if isinstance(content, QWidget):
            layout.addWidget(content, stretch)
        elif isinstance(content, QLayout):
            layout.addLayout(content, stretch)
        elif content is None:
            layout.addStretch(1)
        else:
            layout.addSpacing(content)
        if isinstance(how, Qt.AlignmentFlag) and isinstance(content, QWidget | QLayout):
            layout.setAlignment(content, how)


class Pages(QStackedLayout):
    """Pages of which only the one in front counts for the room that they need."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(*([parent] if parent is not None else []))
        self.currentChanged.connect(self._on_changed)

    def hasHeightForWidth(self) -> bool:
        return False

    def minimumSize(self) -> QSize:
        page = self.currentWidget()
        return page.minimumSizeHint() if page is not None else QSize(0, 0)

    def sizeHint(self) -> QSize:
        page = self.currentWidget()
        return page.sizeHint() if page is not None else QSize(0, 0)

    def _on_changed(self, index: int) -> None:
        self.invalidate()
        holder = self.parentWidget()
        if holder is not None:
            holder.updateGeometry()


def clear_layout(layout: QLayout) -> None:
    """Take everything out of a layout and delete its widgets; they vanish at once."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


class FlowLayout(QLayout):
    """Widgets from left to right, wrapped into as many lines as they need."""

    def __init__(self, parent: QWidget, gap: int = 4) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._sizes: list[tuple[QSize, QSize]] = []
        """Hint and minimum of each item, while nothing changes: Qt asks dozens of times."""
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        sizes = [minimum for _, minimum in self._item_sizes()]
        return QSize(max((s.width() for s in sizes), default=0), max((s.height() for s in sizes), default=0))

    def invalidate(self) -> None:
        self._sizes.clear()
        super().invalidate()

    def _item_sizes(self) -> list[tuple[QSize, QSize]]:
        if len(self._sizes) != len(self._items):
            self._sizes = [(item.sizeHint(), item.minimumSize()) for item in self._items]
        return self._sizes

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """Lay the items out in ``rect``; gives the height that they need."""
        x, y, line = rect.x(), rect.y(), 0
        for item, (size, _) in zip(self._items, self._item_sizes(), strict=True):
            if item.isEmpty():
                continue  # hidden
            if x > rect.x() and x + size.width() > rect.right() + 1:
                x, y, line = rect.x(), y + line + self._gap, 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + self._gap
            line = max(line, size.height())
        return y + line - rect.y()


class TableSplit(QSplitter):
    """A table and its charts: below it where there is height for both, else in a strip beside it, so that the table has
    all of the height. A size that a person gives them stays while they stand in the same way."""

    turned = Signal(bool)
    """They stand beside each other from now on (True), or below each other."""
    LOW = 560
    """Pixels of height below which the charts stand beside the table, in texts of the usual size: rows of larger ones
    need more."""

    STRIP, HEIGHT = 370, 260
    """Pixels of the charts at first: width beside the table, height below it."""

    def __init__(self, table: QWidget, charts: QWidget, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.addWidget(table)
        self.addWidget(charts)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(SPACING)
        self.setStyleSheet("QSplitter::handle { background: transparent; }")
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 0)
        self._room = 0
        theme().changed.connect(self._refit)

    def _refit(self) -> None:
        if self._room:
            self.fit(self._room)

    def fit(self, height: int) -> None:
        """Stand as a panel of that height has room for."""
        self._room = height
        way = Qt.Orientation.Horizontal if height < scaled(self.LOW) else Qt.Orientation.Vertical
        if way != self.orientation():
            self.setOrientation(way)
            self.turned.emit(way == Qt.Orientation.Horizontal)
            later(self, self.share)  # once they have a size

    def share(self) -> None:
        """Give the charts their first size, the table the rest."""
        beside = self.orientation() == Qt.Orientation.Horizontal
        room, charts = (self.width(), self.STRIP) if beside else (self.height(), self.HEIGHT)
        self.setSizes([max(room - charts, charts), charts])
