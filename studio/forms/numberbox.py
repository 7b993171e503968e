"""A spin box that keeps what was typed, also when it is not a number."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from engine.base.human import from_percent, to_percent
from engine.contracts.settings import FieldInfo

Number = int | float | str


def parse_number(text: str, whole: bool) -> Number:
    """The number that a text means, or the text itself if it means none."""
    plain = text.replace("_", "").strip()
    if whole:
        try:
            return int(plain)
        except ValueError:
            pass
    try:
        number = float(plain)
    except ValueError:
        return text
    return int(number) if whole and number.is_integer() else number


def number_to_text(value: Number | None) -> str:
    """As short as it can be without changing the value: ``1e-05`` -> ``"1e-5"``, ``1.0`` -> ``"1"``."""
    if isinstance(value, float):
        text = repr(value)
        mantissa, mark, exponent = text.partition("e")
        return f"{mantissa}e{int(exponent)}" if mark else text.removesuffix(".0")
    return "" if value is None else str(value)


def stepped(value: float, steps: int, info: FieldInfo) -> Number:
    """The value some steps on, within the bounds; floats without a step of their own move by their first digit."""
    if info.kind == "int":
        step = info.step or 1
    else:
        step = info.step or 10.0 ** (math.floor(math.log10(abs(value))) if value else -2) / 10
    result = value + steps * step
    if info.minimum is not None and result <= info.minimum:
        result = value if info.exclusive_minimum and result <= info.minimum else max(result, info.minimum)
    if info.maximum is not None and result >= info.maximum:
        result = value if info.exclusive_maximum and result >= info.maximum else min(result, info.maximum)
    if info.kind == "int":
        return round(result)
    return float(f"{result:.12g}")


class NumberBox(QAbstractSpinBox):
    """Arrows step within the field's bounds; any text may be typed, and stays. The wheel only scrolls the form.

    A share is shown in percent: its value is the fraction.
    """

    edited = Signal(object)

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(parent)
        self._info = info
        self.setMinimumWidth(72)
        self.lineEdit().textEdited.connect(self._on_text_edited)

    def value(self) -> Number:
        """The number that is shown, or the text if it is not a number."""
        shown = parse_number(self.lineEdit().text().rstrip("% "), self._info.kind == "int")
        return from_percent(shown) if self._info.share and not isinstance(shown, str) else shown

    def set_value(self, value: Number | None) -> None:
        """Show a value; the cursor is left alone if it is shown already."""
        if value != self.value() or type(value) is str:
            self._show(value)

    def stepBy(self, steps: int) -> None:
        """Arrows and Page keys."""
        value = self.value()
        start = value if not isinstance(value, str) else self._info.default
        if not isinstance(start, int | float):
            start = self._info.minimum or 0
        self._show(stepped(start, steps, self._info))
        self.edited.emit(self.value())

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Not beyond the bounds."""
        value = self.value()
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if isinstance(value, str) or self._info.maximum is None or value < self._info.maximum:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        if isinstance(value, str) or self._info.minimum is None or value > self._info.minimum:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return flags

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        """Everything may be typed: the form says what is wrong with it."""
        return QValidator.State.Acceptable, text, pos

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def _show(self, value: Number | None) -> None:
        if self._info.share and isinstance(value, int | float):
            value = to_percent(value)
        self.lineEdit().setText(number_to_text(value))

    def _on_text_edited(self, text: str) -> None:
        self.edited.emit(self.value())
