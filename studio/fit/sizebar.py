"""A slider over file sizes, or over the memory of file and cache, with a box to type one: "60MB", "40%"."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QSlider, QWidget

from engine.base.errors import BadInput
from engine.base.human import bytes_text, grouped_text
from engine.contracts.budget import KeyValueCache
from engine.fit.size import CONTEXTS, bytes_of, rounded_up, size_text
from studio.kit.combo import Choice
from studio.kit.layouts import hbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, color, measured
from studio.kit.widgets import PlainLabel, set_look, single_shot

STEPS = 1000
SETTLE_MS = 200
"""After so long without a key or a turn of the wheel a size is chosen."""


class SizeBar(QWidget):
    """Sizes of files between two ends, on a logarithmic scale. What is shown and typed is the file's size with the
    keys and values of a context beside it, where one is chosen. GUI thread only."""

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
        self._cache: KeyValueCache | None = None
        self.of = Choice(self.tr("The size is that of"), self)
        self.of.setToolTip(as_plain(self.tr("The file alone, or with the keys and values of a context in 16 bits")))
        self.of.activated.connect(self._on_context)
        self.show_cache(None)
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
        parts = self.of, self._least, (self.slider, 1), self._most, self.box
        self.setLayout(hbox(*parts, margins=0, gap=SPACING))

    @property
    def context(self) -> int:
        """Tokens whose keys and values are part of the size; 0: none."""
        return int(self.of.value)

    @property
    def beside(self) -> int:
        """Bytes of these keys and values."""
        return self._cache.bytes_at(self.context) if self._cache is not None else 0

    def show_cache(self, cache: KeyValueCache | None) -> None:
        """Of the model; None where it is not known, and only the file's size can be chosen."""
        self._cache = cache
        memory = self.tr("Memory, context {0}")
        contexts = [(str(tokens), memory.format(grouped_text(tokens))) for tokens in CONTEXTS]
        self.of.offer([("0", self.tr("File size")), *(contexts if cache is not None else ())])
        self.of.setEnabled(cache is not None)

    def show_ends(self, low: int, high: int, whole: int) -> None:
        """The smallest and the largest file; ``whole``: bytes that a share is of. The size stays, if it is between."""
        self._low, self._high, self._whole = max(low, 1), rounded_up(max(high, low, 1)), whole
        self._write_ends()
        self.show_size(self.budget)

    def _write_ends(self) -> None:
        self._least.setText(bytes_text(self._low + self.beside))
        self._most.setText(bytes_text(self._high + self.beside))

    def _on_context(self) -> None:
        self._write_ends()
        self._write()

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
        return size_text(rounded_up(self.budget + self.beside))

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
            size = bytes_of(self.box.text(), self._whole) - self.beside
        except BadInput as error:
            self._complain(f"{error.what}. {error.advice}")
            return
        if size < self._low:
            words = self.tr("With its keys and values the smallest file takes {0}")
            least = (words if self.beside else self.tr("The smallest file takes {0}")).format(self._least.text())
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
