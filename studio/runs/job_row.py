"""A job of the engine that takes a while: its bar, what it does now, and the button that stops it."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from engine.contracts.events import Event, Progress
from engine.record.timing import Timing, left_text
from studio.engine_words import remaining_time, work_words
from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING
from studio.kit.widgets import button, label

TICK_MS = 500
"""Interval in milliseconds for updating the time left, also while the engine is silent."""


class JobRow(QWidget):
    """Hidden while nothing is done."""

    stop_requested = Signal()
    """The user wants the job to stop; it is said at once that it does."""

    def __init__(self, parent: QWidget, *, stop: str = "") -> None:
        """``stop``: what the button says, "Stop" if nothing else."""
        super().__init__(parent)
        self._bar = QProgressBar(self, textVisible=False)
        self._text = label("", self, look="muted")
        self.stop = button(stop or self.tr("Stop"), self, picture="cancel", on=self._on_stop)
        self.stop.setAutoDefault(False)
        self._said, self._timing = "", Timing()
        self._clock = QTimer(self, interval=TICK_MS)
        self._clock.timeout.connect(self._show)
        self.setLayout(vbox(self._bar, hbox((self._text, 1), self.stop), margins=0, gap=SPACING // 2))
        self.hide()

    @property
    def fraction(self) -> float:
        """Progress of the bar, 0 to 1; 0 while unknown."""
        return self._bar.value() / 1000 if self._bar.maximum() else 0.0

    def text(self) -> str:
        """The present step of the job."""
        return self._text.text()

    def begin(self, text: str) -> None:
        """A job was sent; how far it is, is not known yet."""
        self._bar.setRange(0, 0)
        self._text.setText(text)
        self._said, self._timing = text, Timing()
        self.stop.setEnabled(True)
        self.show()

    def show_event(self, event: Event) -> None:
        """Show how far it is; once it is to stop, only that is shown."""
        if isinstance(event, Progress) and self.stop.isEnabled():
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(event.fraction * 1000))
            self._said = work_words(event.text)
            self._timing.tell(event.elapsed, event.time, event.eta, event.unit)
            self._show()
            self._clock.start()

    def end(self) -> None:
        """It is over."""
        self._clock.stop()
        self.hide()

    def _show(self) -> None:
        parts = (f"{self.fraction:.0%}", self._said, remaining_time(left_text(self._timing, time.time())))
        self._text.setText(" · ".join(filter(None, parts)))

    def _on_stop(self) -> None:
        self._clock.stop()
        self.stop.setEnabled(False)
        self._text.setText(self.tr("Stopping…"))
        self.stop_requested.emit()
