"""A slider over file sizes with a box to type one: "60MB", "40%"."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QSlider, QWidget

from engine.base.errors import BadInput
from engine.base.human import bytes_text
from engine.fit.size import bytes_of, rounded_up, size_text
from studio.kit.layouts import hbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, color, measured
from studio.kit.widgets import PlainLabel, set_look, single_shot

STEPS = 1000
SETTLE_MS = 200
"""After so long without a key or a turn of the wheel a size is chosen."""


class SizeBar(QWidget):
    """Sizes between two ends, on a logarithmic scale. GUI thread only."""

    moved = Signal(int)
    """Bytes while the slider moves."""
    chosen = Signal(int)
    """Bytes once it rests, or that were typed."""
    refused = Signal(str)
    """A sentence on a size that can not be; "" once it can."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._low, self._high, self._whole = 1, 2, 2
        self.budget = 1
        """Bytes that are chosen."""
        title = PlainLabel(self.tr("File size"), self)
        set_look(title, "muted")
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(STEPS // 20)
        self.slider.setMinimumWidth(140)
        self.slider.setAccessibleName(self.tr("File size"))
        self.slider.setToolTip(self.tr("Bytes that the file may take, from the smallest to the largest"))
        self.slider.valueChanged.connect(self._on_moved)
        self.slider.sliderReleased.connect(self._on_rest)
        self.box = QLineEdit(self)
        self.box.setAccessibleName(self.tr("File size in bytes or percent"))
        self.box.setToolTip(as_plain(self.tr("Type a size such as 60MB, 1.5GB, or a share of the 16-bit size: 40%")))
        measured(self.box, lambda box: box.setFixedWidth(box.fontMetrics().horizontalAdvance("8888.88MB") + 20))
        self.box.returnPressed.connect(self._on_typed)
        self.box.installEventFilter(self)
        self._least, self._most = PlainLabel("", self), PlainLabel("", self)
        for end in (self._least, self._most):
            set_look(end, "muted")
        self._settle = single_shot(self._on_rest, self, SETTLE_MS)
        parts = title, self._least, (self.slider, 1), self._most, self.box
        self.setLayout(hbox(*parts, margins=0, gap=SPACING))

    def show_ends(self, low: int, high: int, whole: int) -> None:
        """The smallest and the largest file; ``whole``: bytes that a share is of. The size stays, if it is between."""
        self._low, self._high, self._whole = max(low, 1), rounded_up(max(high, low, 1)), whole
        self._least.setText(bytes_text(low))
        self._most.setText(bytes_text(high))
        self.show_size(self.budget)

    def show_size(self, size: int) -> None:
        """Put the slider there, without a signal."""
        self.budget = self.within(size)
        with QSignalBlocker(self.slider):
            self.slider.setValue(self._position(self.budget))
        self._write()

    def within(self, size: int) -> int:
        """The nearest size between the ends."""
        return min(max(size, self._low), self._high)

    def _position(self, size: int) -> int:
        width = math.log(self._high / self._low)
        return round(STEPS * math.log(size / self._low) / width) if width else 0

    def _size_at(self, position: int) -> int:
        """A number that can be read, within the ends."""
        return self.within(rounded_up(self._low * (self._high / self._low) ** (position / STEPS)))

    def _write(self) -> None:
        self.box.setText(self._text())
        self._complain("")

    def _text(self) -> str:
        """The chosen size as it is written in the box."""
        return size_text(rounded_up(self.budget))

    def _on_moved(self, position: int) -> None:
        self.budget = self._size_at(position)
        self._write()
        self.moved.emit(self.budget)
        if not self.slider.isSliderDown():
            self._settle.start()

    def _on_rest(self) -> None:
        self._settle.stop()
        self.chosen.emit(self.budget)

    def _on_typed(self) -> None:
        if self.box.text() == self._text():
            self._complain("")
            self._on_rest()
            return
        try:
            size = bytes_of(self.box.text(), self._whole)
        except BadInput as error:
            self._complain(f"{error.what}. {error.advice}")
            return
        if size < self._low:
            least = self.tr("The smallest file takes {0}").format(bytes_text(self._low))
            self._complain(least)
            return
        self.show_size(size)
        self.chosen.emit(self.budget)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A size that was typed and not confirmed by Enter goes once the box is left."""
        if watched is self.box and event.type() == QEvent.Type.FocusOut:
            self._write()
        return super().eventFilter(watched, event)

    def _complain(self, why: str) -> None:
        """Say what is wrong with what was typed; "" for nothing."""
        self.box.setStyleSheet(f"color: {color('error').name()}" if why else "")
        self.refused.emit(why)
