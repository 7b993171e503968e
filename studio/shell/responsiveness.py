"""Responsiveness of the window while an engine works in the same process, and the probe that measures it.

Kernels release the interpreter's lock and do no harm; long waits come from the garbage collector, which would run in
whatever thread allocates, and from the lock itself, which a busy thread keeps for the switch interval.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from studio.kit.layouts import vbox
from studio.kit.theme import SPACING
from studio.kit.widgets import PlainLabel, label

SWITCH_SECONDS = 0.0005
"""Seconds for which a thread keeps the interpreter once another waits; less slows training down."""
COLLECT_MS = 1000
IMPORT_BURST = 50
"""So many new modules within a tick are a heavy import: its objects stay, so they are set aside, not searched."""
OLD_EVERY, OLD_AT_LAST = 30, 240
"""Ticks between collections of the old generation: it takes several frames where much is shown, so it waits for a tick
in which nobody scrolls and nothing is drawn, up to the second number."""
QUIET_TICKS = 5
QUIET_SECONDS = 0.05
"""Less processor time than this in a tick, of all threads together, is quiet."""
INTERVAL_MS = 16
KEPT_SECONDS = 60
LIMITS_MS = (16, 50, 100, 250)


def prepare_interpreter() -> None:
    """First thing in the process, before anything heavy is imported: short switches between threads, no automatic
    garbage collection (`GarbageTimer` does it), one core left for drawing."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.disable()
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, str(max(1, (os.cpu_count() or 1) - 1)))


class GarbageTimer(QObject):
    """Collects garbage in the GUI thread only: an engine thread must never destroy a QObject. Start it once the
    window is shown; what was imported until then is set aside for good."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._modules = 0
        self._since_old = 0
        self._quiet = 0
        self._pending = False
        self._used = time.process_time()
        self._timer = QTimer(self, interval=COLLECT_MS)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Set aside what is there, and begin."""
        gc.disable()
        gc.collect()
        gc.freeze()
        self._modules = len(sys.modules)
        self._timer.start()

    def stop(self) -> None:
        """Give everything back to the automatic collector."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def tick(self) -> None:
        """Once a second: the young, when all is quiet now and then the old, and everything after a heavy import."""
        self._since_old += 1
        used, self._used = time.process_time() - self._used, time.process_time()
        self._quiet = self._quiet + 1 if used < QUIET_SECONDS else 0
        burst = len(sys.modules) - self._modules > IMPORT_BURST
        self._modules = len(sys.modules)
        if burst:
            gc.freeze()
            self._pending = True
        elif self._pending and self._quiet >= QUIET_TICKS:
            gc.unfreeze()  # garbage that was set aside with the imports is found now, when nobody waits
            gc.collect()
            gc.freeze()
            self._pending = False
        elif self._since_old >= (OLD_EVERY if self._quiet else OLD_AT_LAST):
            gc.collect()
            self._since_old = 0
        else:
            gc.collect(1)


@dataclass(frozen=True)
class Lateness:
    """Of the events of the last while, in milliseconds. ``over``: limit -> how many were later."""

    count: int
    p50: float
    p95: float
    p99: float
    largest: float
    over: dict[int, int]


class LatenessProbe(QObject):
    """Lateness of a 16 ms timer of this thread: the delay of any click, key or repaint."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._values: deque[float] = deque(maxlen=KEPT_SECONDS * 1000 // INTERVAL_MS)
        self._last = 0.0
        self._timer = QTimer(self, interval=INTERVAL_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)

    def start(self) -> None:
        """Begin anew."""
        self._values.clear()
        self._last = time.perf_counter()
        self._timer.start()

    def stop(self) -> None:
        """Measure no more; `lateness` stays."""
        self._timer.stop()

    def lateness(self) -> Lateness:
        """Over the last minute, or since `start`."""
        ordered = sorted(self._values) or [0.0]
        last = len(ordered) - 1
        p50, p95, p99 = (ordered[round(share * last)] for share in (0.5, 0.95, 0.99))
        over = {limit: sum(value > limit for value in ordered) for limit in LIMITS_MS}
        return Lateness(len(self._values), p50, p95, p99, ordered[-1], over)

    def _on_tick(self) -> None:
        now = time.perf_counter()
        self._values.append(1000 * (now - self._last) - INTERVAL_MS)
        self._last = now


class ResponsivenessDialog(QDialog):
    """The probe's metrics, live, while the window is used as always."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Responsiveness"))
        self.probe = LatenessProbe(self)
        grid = QGridLayout()
        grid.setHorizontalSpacing(4 * SPACING)
        self._cells: list[PlainLabel] = []
        names = [self.tr("Median"), self.tr("95th percentile"), self.tr("99th percentile"), self.tr("Maximum")]
        names += [self.tr("Over {0} ms").format(limit) for limit in LIMITS_MS]
        for row, name in enumerate(names):
            grid.addWidget(PlainLabel(name, self), row, 0)
            self._cells.append(PlainLabel("–", self))
            grid.addWidget(self._cells[-1], row, 1, Qt.AlignmentFlag.AlignRight)
        text = self.tr("Delay of this window's events over the last minute.")
        self.setLayout(vbox(label(text, self, look="muted"), grid, margins=2 * SPACING, gap=2 * SPACING))
        self._timer = QTimer(self, interval=500)
        self._timer.timeout.connect(self._fill)
        self._timer.start()
        self.probe.start()

    def _fill(self) -> None:
        lateness = self.probe.lateness()
        times = [f"{max(value, 0.0):.1f} ms" for value in (lateness.p50, lateness.p95, lateness.p99, lateness.largest)]
        for cell, text in zip(self._cells, times + [str(count) for count in lateness.over.values()], strict=True):
            cell.setText(text)
