"""The legend above a plot: one chip a curve, which shows or hides it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QToolButton, QWidget

from studio.charts.stroke import Stroke
from studio.kit.layouts import FlowLayout
from studio.kit.plaintext import as_plain
from studio.kit.theme import color, font, theme
from studio.kit.widgets import set_look

LONGEST = 150
"""Pixels of a name in the legend; longer ones are cut in the middle, and whole in the tooltip."""


class Entry(NamedTuple):
    """A series in the legend, with the stroke that it is drawn with."""

    key: str
    text: str
    stroke: Stroke = Stroke()


class Legend(QWidget):
    """Chips of all curves. Hidden keys are remembered when the entries change."""

    toggled = Signal()
    """A curve was shown or hidden."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._layout = FlowLayout(self)
        self._entries: tuple[Entry, ...] = ()
        self._chips: list[QToolButton] = []
        """As many as there ever were entries at once: to make one costs half a millisecond."""
        self._painted: list[Entry | None] = []
        """The entry of each label."""
        self._hidden: set[str] = set()
        self.more = 0
        """Pixels of height that its lines take beyond the first."""
        theme().changed.connect(self._paint_chips)
        self.hide()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, hidden ones too."""
        return self._entries

    def is_shown(self, key: str) -> bool:
        """True if the curve with this key is drawn."""
        return key not in self._hidden

    def set_shown(self, key: str, shown: bool) -> None:
        """Show or hide a curve, as a click on its chip does."""
        (self._hidden.discard if shown else self._hidden.add)(key)
        self._paint_chips()
        self.toggled.emit()

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Replace the entries; a single one needs no legend and is not shown."""
        if tuple(entries) == self._entries:
            return
        self._entries = tuple(entries)
        while len(self._chips) < len(entries):
            self._chips.append(self._new_chip())
            self._painted.append(None)
        for index, chip in enumerate(self._chips):  # those left over are for the next run
            chip.setVisible(index < len(entries))
            if index < len(entries) and self._painted[index] != entries[index]:
                self._paint_chip(index)
        self.setVisible(len(entries) > 1)
        self.updateGeometry()
        self._measure()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def _measure(self) -> None:
        """More lines, or fewer, are told to the chart around it."""
        shown = len(self._entries) > 1 and self.testAttribute(Qt.WidgetAttribute.WA_Resized)
        more = self.heightForWidth(self.width()) - self.minimumSizeHint().height() if shown else 0
        if more != self.more:
            self.more = more
            self.updateGeometry()

    def _new_chip(self) -> QToolButton:
        chip = QToolButton(self)
        chip.setAutoRaise(True)
        chip.setCheckable(True)
        chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        chip.setIconSize(QSize(16, 12))
        chip.setFont(font(-1))
        set_look(chip, "legend")
        chip.setCursor(Qt.CursorShape.PointingHandCursor)
        chip.clicked.connect(self._on_clicked)
        self._layout.addWidget(chip)
        return chip

    def _on_clicked(self) -> None:
        for entry, chip in zip(self._entries, self._chips, strict=False):
            (self._hidden.discard if chip.isChecked() else self._hidden.add)(entry.key)
        self._paint_chips()
        self.toggled.emit()

    def _paint_chips(self) -> None:
        self._painted = [None] * len(self._chips)  # the theme may have changed
        for index in range(len(self._entries)):
            self._paint_chip(index)

    def _paint_chip(self, index: int) -> None:
        entry, chip = self._entries[index], self._chips[index]
        self._painted[index] = entry
        shown = self.is_shown(entry.key)
        chip.setText(chip.fontMetrics().elidedText(entry.text, Qt.TextElideMode.ElideMiddle, LONGEST))
        chip.setChecked(shown)
        colored = bool(entry.stroke.color)
        chip.setIcon(self._swatch(entry.stroke, shown) if colored else QIcon())
        styles = Qt.ToolButtonStyle
        chip.setToolButtonStyle(styles.ToolButtonTextBesideIcon if colored else styles.ToolButtonTextOnly)
        tip = self.tr("Hide {0}") if shown else self.tr("Show {0}")
        chip.setToolTip(as_plain(tip.format(entry.text)))
        chip.setAccessibleName(entry.text)

    def _swatch(self, stroke: Stroke, shown: bool) -> QIcon:
        """A short piece of the curve."""
        stroke = stroke if shown else stroke._replace(color=theme().tokens.border)
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(16 * ratio), round(12 * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setPen(stroke.swatch_pen())
        painter.drawLine(1, 6, 13, 6)
        painter.end()
        return QIcon(picture)

    def paint_to(self, painter: QPainter, corner: QPoint) -> None:
        """Draw the shown entries as text and lines, for an exported picture."""
        painter.setFont(font(-1))
        for entry, chip in zip(self._entries, self._chips, strict=False):
            if not self.is_shown(entry.key) or not entry.stroke.color:
                continue  # maps have their names above them
            box = chip.geometry().translated(corner)
            painter.setPen(entry.stroke.swatch_pen())
            painter.drawLine(box.left(), box.center().y(), box.left() + 13, box.center().y())
            painter.setPen(color("text"))
            text = box.adjusted(20, 0, 40, 0)
            painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, entry.text)
