"""The legend above a plot: one line of chips, one a curve, which show or hide it; the rest is in a menu."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QIcon, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from studio.charts.stroke import Stroke
from studio.kit.plaintext import as_plain
from studio.kit.theme import color, font, scaled, set_font, theme
from studio.kit.widgets import CheckMenu, set_look, tool

LONGEST = 150
"""Pixels of a name in the legend; longer ones are cut in the middle, and whole in the tooltip."""

GAP = 4
"""Pixels between two chips."""
PICTURE_GAP = 12
"""Pixels between two entries of an exported picture."""


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
        self._entries: tuple[Entry, ...] = ()
        self._chips: list[QToolButton] = []
        """As many as there ever were entries at once: to make one costs half a millisecond."""
        self._painted: list[Entry | None] = []
        """The entry of each label."""
        self._hidden: set[str] = set()
        self._menu = CheckMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._more = tool("", self.tr("More curves"), self, menu=self._menu)
        set_look(self._more, "more")
        self._more.hide()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._restyle)
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
        for index, entry in enumerate(entries):
            if self._painted[index] != entry:
                self._paint_chip(index)
        self.setVisible(len(entries) > 1)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def sizeHint(self) -> QSize:
        sizes = [chip.sizeHint() for chip in self._chips[: len(self._entries)]]
        wide = sum(size.width() + GAP for size in sizes)
        return QSize(wide, max((size.height() for size in sizes), default=0))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._more.sizeHint().width(), self.sizeHint().height())

    @property
    def in_line(self) -> tuple[Entry, ...]:
        """Entries with a chip of their own; the others are in the menu."""
        return tuple(e for e, chip in zip(self._entries, self._chips, strict=False) if not chip.isHidden())

    def _arrange(self) -> None:
        """Chips from the left as far as they fit; if not all do, a button leads to the others. Those left over are for
        the next run."""
        wide = [chip.sizeHint().width() for chip in self._chips[: len(self._entries)]]
        borders = [sum(wide[: index + 1]) + index * GAP for index in range(len(wide))]
        count = len(wide)
        if borders and borders[-1] > self.width() and self.testAttribute(Qt.WidgetAttribute.WA_Resized):
            self._more.setText(f"+{len(wide)}")
            room = self.width() - self._more.sizeHint().width() - GAP
            count = sum(border <= room for border in borders)
        high = self.sizeHint().height()
        for index, chip in enumerate(self._chips):
            chip.setVisible(index < count)
            if index < count:
                chip.setGeometry(borders[index] - wide[index], 0, wide[index], high)
        self._more.setVisible(count < len(wide))
        if count < len(wide):
            self._more.setText(f"+{len(wide) - count}")
            self._more.move(borders[count - 1] + GAP if count else 0, 0)
            self._more.resize(self._more.sizeHint().width(), high)

    def _fill_menu(self) -> None:
        """The entries that have no chip, ticked if they are shown."""
        self._menu.clear()
        for entry in self._entries[len(self.in_line) :]:
            swatch = self._swatch(entry.stroke, True) if entry.stroke.color else QIcon()
            action = self._menu.addAction(swatch, entry.text.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(self.is_shown(entry.key))
            action.toggled.connect(partial(self.set_shown, entry.key))

    def _restyle(self) -> None:
        self._paint_chips()
        self.updateGeometry()
        self._arrange()

    def _new_chip(self) -> QToolButton:
        chip = QToolButton(self)
        chip.setAutoRaise(True)
        chip.setCheckable(True)
        chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        chip.setIconSize(QSize(16, 12))
        set_font(chip, -1)
        set_look(chip, "legend")
        chip.setCursor(Qt.CursorShape.PointingHandCursor)
        chip.clicked.connect(self._on_clicked)
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
        chip.setText(chip.fontMetrics().elidedText(entry.text, Qt.TextElideMode.ElideRight, scaled(LONGEST)))
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

    def picture_height(self, width: int) -> int:
        """Height of `paint_to` on a picture of this width, in pixels."""
        return self._paint_lines(None, QPoint(0, 0), width)

    def paint_to(self, painter: QPainter, corner: QPoint, width: int) -> None:
        """Draw the shown entries as text and lines, for an exported picture: all of them, in as many lines as they
        need."""
        painter.setFont(font(-1))
        self._paint_lines(painter, corner, width)

    def _paint_lines(self, painter: QPainter | None, corner: QPoint, width: int) -> int:
        metrics = QFontMetrics(font(-1))
        x, y, high = 0, 0, metrics.height() + 4
        for entry in self._entries:
            if not self.is_shown(entry.key) or not entry.stroke.color:
                continue  # maps have their names above them
            wide = 20 + metrics.horizontalAdvance(entry.text)
            if x and x + wide > width:
                x, y = 0, y + high
            if painter is not None:
                x0, middle = corner.x() + x, corner.y() + y + high // 2
                painter.setPen(entry.stroke.swatch_pen())
                painter.drawLine(x0, middle, x0 + 13, middle)
                painter.setPen(color("text"))
                painter.drawText(x0 + 20, middle + (metrics.ascent() - metrics.descent()) // 2, entry.text)
            x += wide + PICTURE_GAP
        return y + high
