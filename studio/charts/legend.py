"""The legend above a plot: one chip a curve, which shows or hides it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QLayout, QLayoutItem, QToolButton, QWidget

from studio.theme import color, font, theme


class Entry(NamedTuple):
    """A curve in the legend. ``colour`` as "#rrggbb"; ``dashed`` as it is drawn."""

    key: str
    text: str
    colour: str
    dashed: bool = False


class FlowLayout(QLayout):
    """Widgets from left to right, wrapped into as many lines as they need."""

    def __init__(self, parent: QWidget, gap: int = 4) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
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
        sizes = [item.minimumSize() for item in self._items]
        return QSize(max((s.width() for s in sizes), default=0), max((s.height() for s in sizes), default=0))

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """Lay the items out in ``rect``; gives the height that they need."""
        x, y, line = rect.x(), rect.y(), 0
        for item in self._items:
            size = item.sizeHint()
            if x > rect.x() and x + size.width() > rect.right() + 1:
                x, y, line = rect.x(), y + line + self._gap, 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + self._gap
            line = max(line, size.height())
        return y + line - rect.y()


class Legend(QWidget):
    """Chips of all curves. Hidden keys are remembered when the entries change."""

    toggled = Signal()
    """A curve was shown or hidden."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._layout = FlowLayout(self)
        self._entries: tuple[Entry, ...] = ()
        self._chips: list[QToolButton] = []
        self._hidden: set[str] = set()
        theme().changed.connect(self._paint_chips)
        self.hide()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, hidden ones too."""
        return self._entries

    def is_shown(self, key: str) -> bool:
        """Whether the curve with this key is to be drawn."""
        return key not in self._hidden

    def set_shown(self, key: str, shown: bool) -> None:
        """Show or hide a curve, as a click on its chip does."""
        (self._hidden.discard if shown else self._hidden.add)(key)
        for entry, chip in zip(self._entries, self._chips, strict=True):
            chip.setChecked(self.is_shown(entry.key))
        self._paint_chips()
        self.toggled.emit()

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Replace the entries; a single one needs no legend and is not shown."""
        if tuple(entries) == self._entries:
            return
        self._entries = tuple(entries)
        while len(self._chips) > len(entries):
            chip = self._chips.pop()
            self._layout.removeWidget(chip)
            chip.deleteLater()
        while len(self._chips) < len(entries):
            self._chips.append(self._new_chip())
        self._paint_chips()
        self.setVisible(len(entries) > 1)
        self.updateGeometry()

    def _new_chip(self) -> QToolButton:
        chip = QToolButton(self)
        chip.setAutoRaise(True)
        chip.setCheckable(True)
        chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        chip.setIconSize(QSize(16, 12))
        chip.setFont(font(-1))
        chip.setCursor(Qt.CursorShape.PointingHandCursor)
        chip.clicked.connect(self._on_clicked)
        self._layout.addWidget(chip)
        return chip

    def _on_clicked(self) -> None:
        for entry, chip in zip(self._entries, self._chips, strict=True):
            (self._hidden.discard if chip.isChecked() else self._hidden.add)(entry.key)
        self._paint_chips()
        self.toggled.emit()

    def _paint_chips(self) -> None:
        for entry, chip in zip(self._entries, self._chips, strict=True):
            shown = self.is_shown(entry.key)
            chip.setText(entry.text)
            chip.setChecked(shown)
            chip.setIcon(self._swatch(entry if shown else entry._replace(colour=theme().tokens.border)))
            chip.setToolTip(self.tr("Hide {0}").format(entry.text) if shown else self.tr("Show {0}").format(entry.text))
            chip.setAccessibleName(entry.text)
            ink = color("text" if shown else "muted").name()
            strike = "none" if shown else "line-through"
            chip.setStyleSheet(
                "QToolButton { border: 0; background: transparent; padding: 1px 4px 1px 1px;"
                f" color: {ink}; text-decoration: {strike}; }}"
                f" QToolButton:hover, QToolButton:focus {{ background: {theme().tokens.raised}; border-radius: 4px; }}"
            )

    def _swatch(self, entry: Entry) -> QIcon:
        """A short piece of the curve."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(16 * ratio), round(12 * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setPen(self._pen(entry))
        painter.drawLine(1, 6, 13, 6)
        painter.end()
        return QIcon(picture)

    @staticmethod
    def _pen(entry: Entry) -> QPen:
        pen = QPen(QColor(entry.colour), 3)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if entry.dashed:
            pen.setDashPattern([1.2, 1.0])
        return pen

    def paint_to(self, painter: QPainter, corner: QPoint) -> None:
        """Draw the shown entries as text and lines, for an exported picture."""
        painter.setFont(font(-1))
        for entry, chip in zip(self._entries, self._chips, strict=True):
            if not self.is_shown(entry.key):
                continue
            place = chip.geometry().translated(corner)
            painter.setPen(self._pen(entry))
            painter.drawLine(place.left(), place.center().y(), place.left() + 13, place.center().y())
            painter.setPen(color("text"))
            text = place.adjusted(20, 0, 40, 0)
            painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, entry.text)
