"""Memory of this process and of the device, and its peak while something runs."""

from __future__ import annotations

import platform
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import torch

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
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
        self._sample()

    def now(self) -> MemoryUse:
        """What is used at this moment, and the peaks."""
        process = self._sample()
        if self._device.type == "cuda":
            device, peak = torch.cuda.memory_allocated(self._device), torch.cuda.max_memory_allocated(self._device)
            return MemoryUse(process, self._peak, device, peak)
        if self._device.type == "mps":
            used = torch.mps.driver_allocated_memory()
            self._device_peak = max(self._device_peak, used)
            return MemoryUse(process, self._peak, used, self._device_peak)
        return MemoryUse(process, self._peak)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _sample(self) -> int:
        used = int(self._process.memory_info().rss)
        self._peak = max(self._peak, used)
        return used

    def _watch(self) -> None:
        while not self._stop.wait(INTERVAL):
            self._sample()


def device_info(device: torch.device | str = "cpu") -> dict[str, str | int]:
    """What a report says about the device: its name, its memory in bytes, and for the CPU the threads in use."""
    device = torch.device(device)
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return {"device": str(device), "name": properties.name, "memory": properties.total_memory}
    if device.type == "mps":
        return {"device": "mps", "name": "Apple GPU", "memory": torch.mps.recommended_max_memory()}
    return {
        "device": "cpu",
        "name": _processor(),
        "memory": int(psutil.virtual_memory().total),
        "threads": torch.get_num_threads(),
    }


def _processor() -> str:
    """The CPU's name where the system tells it, else its architecture."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
