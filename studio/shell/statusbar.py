"""The status bar: the last message at the left; device, memory and the state of the run at the right."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import psutil
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QProgressBar, QStatusBar, QWidget

from engine.base.human import bytes_text
from engine.contracts.events import Memory
from engine.record.state import RunState
from studio.kit.layouts import hbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, measured
from studio.kit.widgets import ElidedLabel, IconLabel, PlainLabel, set_look
from studio.runs.card import result_grade
from studio.states import look_of, run_state, state_word

REFRESH_MS = 2000
WIDE_BYTES = 8_880_000_000
"""Of memory, in three digits."""
MESSAGE_MS = 12_000
MOST_BESIDE = 1
"""Runs beside the one that is shown that have room here; the tooltip has all."""
ICONS = {"info": ("info", "accent"), "success": ("done", "success"), "warning": ("warning", "warning")}


class StatusBar(QStatusBar):
    """`tell` shows a sentence for a while; errors stay until the next one."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._said = self._tip = self._activity = self._shown = ""
        self._beside: list[RunState] = []
        self._kind = "info"
        message = QWidget(self)
        self._icon = IconLabel("info", message, size=15)
        self._message = ElidedLabel("", message)
        message.setLayout(hbox(self._icon, (self._message, 1), margins=(SPACING, 0, SPACING, 0), gap=SPACING))
        self.addWidget(message, 1)
        self._run_icon, self._run_text = self._part("ready")
        widest = f"{state_word('running')} 100%"
        words = self._run_text  # nothing moves
        measured(words, lambda words: words.setMinimumWidth(words.fontMetrics().horizontalAdvance(widest) + 2))
        self._progress = QProgressBar(self, maximum=1000, textVisible=False)
        self._progress.setFixedWidth(110)
        self.addPermanentWidget(self._progress)
        _, self._device = self._part("chip")
        _, self._memory = self._part("memory")
        busy = self._memory_text(WIDE_BYTES, 10 * WIDE_BYTES, 100)
        measured(self._memory, lambda label: label.setMinimumWidth(label.fontMetrics().horizontalAdvance(busy) + 2))
        self._about: dict[str, Any] = {}
        self._device.setText(self._cores(os.cpu_count() or 1))
        self._process = psutil.Process()
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self._show_memory)
        self._timer.start()
        self._expiry = QTimer(self, singleShot=True)
        self._expiry.timeout.connect(self.clear_message)
        self.clear_message()
        self._show_memory()
        self.show_run(None)

    def _part(self, picture: str) -> tuple[IconLabel, PlainLabel]:
        holder = QWidget(self)
        image, text = IconLabel(picture, holder, size=14, token="muted"), PlainLabel("", holder)
        holder.setLayout(hbox(image, text, margins=(SPACING, 0, SPACING // 2, 0), gap=SPACING // 2))
        self.addPermanentWidget(holder)
        return image, text

    def show_message(self, kind: str, text: str) -> None:
        """Show a sentence of the kind "info", "success", "warning" or "error"."""
        self._icon.show_icon(*ICONS.get(kind, ("error", "error")))
        self._said, self._kind, self._tip = text, kind, ""
        self._show_left()
        if kind == "error":
            self._expiry.stop()
        else:
            self._expiry.start(MESSAGE_MS)

    def show_tip(self, text: str) -> None:
        """Show the tip of the action under the mouse instead of the message; "" ends it."""
        self._tip = text
        self._show_left()

    def message(self) -> str:
        """The present message."""
        return self._said

    def _show_left(self) -> None:
        """One text at the left: the tip, else the message, else what the run does."""
        self._icon.setVisible(bool(self._said) and not self._tip)
        self._message.set_whole(self._tip or self._said or self._activity)
        set_look(self._message, "muted" if self._tip else "error" if self._said and self._kind == "error" else "")

    def forget(self, text: str) -> None:
        """Say nothing if this is what is said now."""
        if text and text == self.message():
            self.clear_message()

    def clear_message(self) -> None:
        """Say nothing."""
        self._said = ""
        self._show_left()

    def show_run(self, run: RunState | None, *, checking: bool = False) -> None:
        """State and progress of the run; ``checking``: the pipeline is being checked now."""
        state = "checking" if checking else run_state(run.shown_state) if run is not None else "ready"
        grade = result_grade(run) if run is not None and state == "done" else None
        _, picture, token = look_of(state, grade)
        self._run_icon.show_icon(picture, token)
        going = run is not None and not run.is_over
        self._activity = run.activity if run is not None else ""
        self._show_left()
        percent = f" {run.total:.0%}" if run is not None and going else ""
        where = self.tr(" on {0}").format(run.machine[:24]) if run is not None and going and run.machine else ""
        self._shown = f"{state_word(state, grade)}{percent}{where}"
        self._show_runs()
        self._progress.setVisible(going)
        if run is not None and going:
            self._progress.setValue(round(run.total * 1000))
        if run is not None and run.memory is not None:
            self._show_device(run.memory)

    def show_beside(self, runs: Sequence[RunState]) -> None:
        """Show where other runs go on, and how far they are."""
        self._beside = list(runs)
        self._show_runs()

    def _show_runs(self) -> None:
        parts, tips = [self._shown], []
        for run in self._beside:
            where = run.machine[:24] or self.tr("this computer")
            far = f"{run.total:.0%}" if run.connected else self.tr("reconnecting")
            parts.append(self.tr("{0} on {1}").format(far, where))
            tips.append(self.tr("“{0}” on {1}: {2}").format(run.pipeline.name, where, far))
        more = len(self._beside) - MOST_BESIDE
        parts = [*parts[: MOST_BESIDE + 1], *([self.tr("{0} more").format(more)] if more > 0 else [])]
        self._run_text.setText("  ·  ".join(parts))
        self._run_text.setToolTip(as_plain("\n".join(tips)))

    def show_device(self, about: object) -> None:
        """Show the device that the engine will compute on: `engine.run.environment.describe`."""
        assert isinstance(about, dict)
        self._about = about
        self._show_device(None)

    def device_unknown(self, failure: object) -> None:
        """The engine can't say it: a run will."""
        self._device.setToolTip(self.tr("The compute device is not known yet."))

    def _show_device(self, memory: Memory | None) -> None:
        """Its name and memory; while something is computed, how much of it is used."""
        name, total = str(self._about.get("name", "")), self._about.get("memory", 0)
        device = str(self._about.get("device", "cpu"))
        if memory is not None and memory.device is not None and memory.device_total is not None:
            used, whole = bytes_text(memory.device), bytes_text(memory.device_total)
            text = self.tr("{name}: {used} of {total}").format(name=memory.device_name or name, used=used, total=whole)
            self._device.setText(text)
        elif device != "cpu":
            self._device.setText(f"{name}: {bytes_text(total)}")
        elif self._about:
            self._device.setText(self._cores(self._about.get("cores", 1)))
        where = self.tr("Compute device: {name} ({device})").format(name=name, device=device)
        self._device.setToolTip(as_plain(where))

    def _cores(self, count: int) -> str:
        return self.tr("CPU, %n cores", "", count)

    def _memory_text(self, used: int, free: int, load: float) -> str:
        text = self.tr("{used} · {free} free · load {load:.0f} %")
        return text.format(used=bytes_text(used), free=bytes_text(free), load=load)

    def _show_memory(self) -> None:
        if not self.isVisible() and self._memory.text():
            return
        free = psutil.virtual_memory().available
        used = self._process.memory_info().rss
        self._memory.setText(self._memory_text(used, free, psutil.cpu_percent()))  # since it was asked last
        self._memory.setToolTip(
            self.tr(
                "Memory of the window, free memory and processor load of this machine. For the memory of the engine "
                "process, see Charts › Memory."
            )
        )
