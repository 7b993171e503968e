"""A slider through the time of a training: the charts of layers show what was seen then."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QSlider, QWidget

from engine.base.human import grouped_text
from studio.kit.layouts import hbox
from studio.kit.theme import SPACING
from studio.kit.widgets import PlainLabel, set_look


class Timeline(QWidget):
    """Needed where there is more than one moment to see. GUI thread only."""

    moved = Signal()
    """Another moment was chosen."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._block = ""
        self._steps: list[int] = []
        title = PlainLabel(self.tr("Time"), self)
        set_look(title, "muted")
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setAccessibleName(self.tr("Training step"))
        self._slider.setToolTip(self.tr("Layers and weight distributions at an earlier training step"))
        self._slider.setPageStep(10)
        self._slider.valueChanged.connect(self._on_moved)
        self._now = PlainLabel("", self)
        self.setLayout(hbox(title, (self._slider, 1), self._now, margins=(SPACING, 0, SPACING, 0), gap=SPACING))
        self.hide()

    @property
    def moment(self) -> int | None:
        """The chosen one, None for the newest."""
        return self._slider.value() if self._slider.value() < self._slider.maximum() else None

    @property
    def is_needed(self) -> bool:
        """True if there is more than one moment."""
        return len(self._steps) > 1

    def show_steps(self, block: str, steps: list[int]) -> None:
        """Offer the moments of a block. Who looks at the newest goes on to do so, who looks back stays at that step."""
        if (block, steps) == (self._block, self._steps):
            return
        looks_back = block == self._block and self.moment is not None
        before = self._steps[self._slider.value()] if looks_back else None
        self._block, self._steps = block, list(steps)
        last = max(0, len(steps) - 1)
        earlier = [number for number, step in enumerate(steps[:last]) if before is not None and step <= before]
        with QSignalBlocker(self._slider):
            self._slider.setMaximum(last)
            self._slider.setValue(earlier[-1] if earlier else last)
        widest = max((self._text(number) for number in range(len(steps))), key=len, default="")
        self._now.setMinimumWidth(self._now.fontMetrics().horizontalAdvance(widest) + 2)
        self._say()

    def go_to(self, step: float | None) -> None:
        """Choose the last moment up to a step; None for the newest."""
        upto = [number for number, at in enumerate(self._steps) if step is None or at <= step]
        self._slider.setValue(upto[-1] if upto else 0)

    def text(self) -> str:
        """Label of the moment that is shown."""
        return self._now.text()

    def _text(self, number: int) -> str:
        if number >= len(self._steps):
            return ""
        step = self.tr("step {0}").format(grouped_text(self._steps[number]))
        return self.tr("{step} (latest)").format(step=step) if number == len(self._steps) - 1 else step

    def _say(self) -> None:
        self._now.setText(self._text(self._slider.value()))

    def _on_moved(self) -> None:
        self._say()
        self.moved.emit()
