"""Memory of this process and of the device, and its peak while something runs."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psutil
import torch

from engine import devices

INTERVAL = 0.05
"""Seconds between two looks at the process: what lives shorter may be missed."""


@dataclass(frozen=True)
class MemoryUse:
    """Bytes: resident set of the process, its peak since the last reset, the same of the device (None: no device)."""

    process: int
    process_peak: int
    device: int | None = None
    device_peak: int | None = None


class MemoryMeter:
    """Watches the resident set from a thread of its own, 20 times a second (some 20 µs each).

    Use it as a context, or call `start` and `stop`. The operating system keeps a peak too, but only one for the whole
    life of the process, which can't be reset everywhere.
    """

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self._device = torch.device(device)
        self._process = psutil.Process()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._peak = 0
        self._device_peak = 0

    def start(self) -> Self:
        """Begin to watch, with a peak of its own."""
        self.reset()
        self._stop.clear()
        self._thread = threading.Thread(target=self._watch, name="memory meter", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> MemoryUse:
        """End watching; the last use."""
        use = self.now()
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        return use

    def reset(self) -> None:
        """Let the peaks begin anew, from what is used now."""
        self._peak = self._device_peak = 0
        devices.reset_peak(self._device)
        self._sample()

    def now(self) -> MemoryUse:
        """Memory in use at this moment, and the peaks."""
        process = self._sample()
        used = devices.allocated(self._device)
        if used is None:
            return MemoryUse(process, self._peak)
        return MemoryUse(process, self._peak, used, devices.peak_allocated(self._device) or self._device_peak)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _sample(self) -> int:
        used = int(self._process.memory_info().rss)
        self._peak = max(self._peak, used)
        self._device_peak = max(self._device_peak, devices.allocated(self._device) or 0)
        return used

    def _watch(self) -> None:
        while not self._stop.wait(INTERVAL):
            self._sample()
