"""A slider over file sizes, over the memory of file and cache, or over tokens per second, with a box to type one:
"60MB", "40%", "25"."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QSlider, QWidget

from engine.base.errors import BadInput
from engine.base.human import bytes_text, grouped_text
from engine.contracts.budget import KeyValueCache
from engine.fit.size import CONTEXTS, bytes_of, rounded_up, size_text
from engine.fit.words import speed_digits
from studio.engine_words import speed_words
from studio.kit.combo import Choice
from studio.kit.layouts import hbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, color, measured
from studio.kit.widgets import PlainLabel, set_look, single_shot

STEPS = 1000
SETTLE_MS = 200
"""After so long without a key or a turn of the wheel a size is chosen."""
SPEED = "speed"
"""Choice of what the slider is over, beside numbers of tokens."""
Bounds = tuple[float, float]


class SizeBar(QWidget):
    """Sizes of files, or tokens per second, between two ends, on a logarithmic scale. What is shown and typed of a size
    is the file's with the keys and values of a context beside it, where one is chosen. GUI thread only."""

    moved = Signal()
    """The slider moves: see `budget` and `speed`."""
    chosen = Signal()
    """It rests, or a number was typed, or another unit was chosen."""
    refused = Signal(str)
    """A sentence on a number that can not be; "" once it can."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._sizes: Bounds = 1, 2
        self._speeds: Bounds = 1, 2
        """The slowest and the fastest."""
        self._whole = 2
        self.budget = 1
        """Bytes that are chosen."""
        self._chosen_speed = 0.0
        self._cache: KeyValueCache | None = None
        self.of = Choice(self.tr("What the slider chooses"), self)
        words = self.tr("The size of the file, alone or with the keys and values of a context in 16 bits; or the speed")
        self.of.setToolTip(as_plain(words))
        self.of.activated.connect(self._on_unit)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(STEPS // 20)
        self.slider.setMinimumWidth(140)
        self.slider.valueChanged.connect(self._on_moved)
        self.slider.sliderReleased.connect(self._on_rest)
        self.box = QLineEdit(self)
        measured(self.box, lambda box: box.setFixedWidth(box.fontMetrics().horizontalAdvance("8888.88MB") + 20))
        self.box.returnPressed.connect(self._on_typed)
        self.box.installEventFilter(self)
        self._least, self._most = PlainLabel("", self), PlainLabel("", self)
        for label in (self._least, self._most):
            set_look(label, "muted")
        self._settle = single_shot(self._on_rest, self, SETTLE_MS)
        self.offer(None, has_speed=False)
        parts = self.of, self._least, (self.slider, 1), self._most, self.box
        self.setLayout(hbox(*parts, margins=0, gap=SPACING))

    @property
    def is_speed(self) -> bool:
        """True where tokens per second are chosen."""
        return self.of.value == SPEED

    @property
    def speed(self) -> float:
        """Tokens per second that are chosen; 0 where a size is."""
        return self._chosen_speed if self.is_speed else 0.0

    @property
    def context(self) -> int:
        """Tokens whose keys and values are part of the size; 0: none."""
        return 0 if self.is_speed else int(self.of.value)

    @property
    def beside(self) -> int:
        """Bytes of these keys and values."""
        return self._cache.bytes_at(self.context) if self._cache is not None else 0

    def offer(self, cache: KeyValueCache | None, *, has_speed: bool) -> None:
        """Units to choose from. ``cache``: of the model, None where it is not known; ``has_speed``: whether the speeds
        of its formats are."""
        self._cache = cache
        memory = self.tr("Memory, context {0}")
        offered = CONTEXTS if cache is not None else ()
        contexts = [(str(tokens), memory.format(grouped_text(tokens))) for tokens in offered]
        speeds = [(SPEED, self.tr("Tokens per second"))] if has_speed else []
        self.of.offer([("0", self.tr("File size")), *speeds, *contexts])
        self.of.setEnabled(self.of.count() > 1)
        self._name_parts()

    def show_bounds(self, sizes: tuple[int, int], whole: int, speeds: Bounds | None) -> None:
        """The smallest and the largest file; ``whole``: bytes that a share is of; ``speeds``: the slowest and the
        fastest, where known. What is chosen stays, if it is between."""
        low, high = sizes
        self._sizes, self._whole = (max(low, 1), rounded_up(max(high, low, 1))), whole
        self._speeds = speeds or self._speeds
        self.budget = self.within(self.budget)
        self._chosen_speed = min(max(self._chosen_speed, self._speeds[0]), self._speeds[1])
        self._write_bounds()
        self._show()

    def show_size(self, size: int) -> None:
        """Put the slider there, without a signal; from tokens per second it turns to the file's size."""
        self.budget = self.within(size)
        if self.is_speed:
            self.of.choose("0")
            self._name_parts()
            self._write_bounds()
        self._show()

    def show_speed(self, speed: float) -> None:
        """Turn to tokens per second, so many, without a signal."""
        self.of.choose(SPEED)
        self._chosen_speed = min(max(speed, self._speeds[0]), self._speeds[1])
        self._name_parts()
        self._write_bounds()
        self._show()

    def within(self, size: int) -> int:
        """The nearest size between the ends."""
        low, high = self._sizes
        return min(max(size, int(low)), int(high))

    def _name_parts(self) -> None:
        if self.is_speed:
            name, tip = self.tr("Tokens per second"), self.tr("Tokens per second, from the slowest plan to the fastest")
            box, typed = name, self.tr("Type tokens per second, such as 25")
        else:
            name, tip = self.tr("File size"), self.tr("Bytes that the file may take, from the smallest to the largest")
            box = self.tr("File size in bytes or percent")
            typed = self.tr("Type a size such as 60MB, 1.5GB, or a share of the 16-bit size: 40%")
        self.slider.setAccessibleName(name)
        self.slider.setToolTip(as_plain(tip))
        self.box.setAccessibleName(box)
        self.box.setToolTip(as_plain(typed))

    def _write_bounds(self) -> None:
        for label, size, speed in zip((self._least, self._most), self._sizes, self._speeds, strict=True):
            label.setText(speed_words(speed) if self.is_speed else bytes_text(int(size) + self.beside))

    def _on_unit(self) -> None:
        """Another unit: of a speed the slowest, whose plan loses least, until another one is chosen."""
        if self.is_speed:
            self.show_speed(self._chosen_speed)
        else:
            self._name_parts()
            self._write_bounds()
            self._show()
        self._on_rest()

    @property
    def _bounds(self) -> Bounds:
        return self._speeds if self.is_speed else self._sizes

    def _show(self) -> None:
        low, high = self._bounds
        width, value = math.log(high / low), self._chosen_speed if self.is_speed else self.budget
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(STEPS * math.log(value / low) / width) if width else 0)
        self._write()

    def _write(self) -> None:
        self.box.setText(self._text())
        self._complain("")

    def _text(self) -> str:
        """The chosen number, as it is written in the box."""
        return speed_digits(self.speed) if self.is_speed else size_text(rounded_up(self.budget + self.beside))

    def _on_moved(self, position: int) -> None:
        low, high = self._bounds
        value = low * (high / low) ** (position / STEPS)
        if self.is_speed:
            self._chosen_speed = min(max(float(speed_digits(value)), low), high)
        else:
            self.budget = self.within(rounded_up(value))  # a number that can be read, within the ends
        self._write()
        self.moved.emit()
        if not self.slider.isSliderDown():
            self._settle.start()

    def _on_rest(self) -> None:
        self._settle.stop()
        self.chosen.emit()

    def _on_typed(self) -> None:
        if self.box.text() == self._text():
            self._complain("")
            self._on_rest()
            return
        if why := self._take_speed() if self.is_speed else self._take_size():
            self._complain(why)
        else:
            self.chosen.emit()

    def _take_size(self) -> str:
        """Choose the size that was typed, or say what is wrong with it."""
        try:
            size = bytes_of(self.box.text(), self._whole) - self.beside
        except BadInput as error:
            return f"{error.what}. {error.advice}"
        if size < self._sizes[0]:
            words = self.tr("With its keys and values the smallest file takes {0}")
            return (words if self.beside else self.tr("The smallest file takes {0}")).format(self._least.text())
        self.show_size(size)
        return ""

    def _take_speed(self) -> str:
        """The same of tokens per second."""
        try:
            speed = float(self.box.text().strip().replace(",", "."))
        except ValueError:
            speed = math.nan
        if not 0 < speed < math.inf:
            return self.tr("Type a number of tokens per second, such as 25")
        if speed > self._speeds[1]:
            return self.tr("The fastest plan writes {0}").format(self._most.text())
        self.show_speed(speed)
        return ""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A size that was typed and not confirmed by Enter goes once the box is left."""
        if watched is self.box and event.type() == QEvent.Type.FocusOut:
            self._write()
        return super().eventFilter(watched, event)

    def _complain(self, why: str) -> None:
        """Say what is wrong with what was typed; "" for nothing."""
        self.box.setStyleSheet(f"color: {color('error').name()}" if why else "")
        self.refused.emit(why)
