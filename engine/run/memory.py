"""Watches memory while a run works: events twice a second, and the peak of each block."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

import torch

from engine import devices
from engine.base.collector import libraries_are_loaded
from engine.contracts.events import Event, Memory
from engine.measure.engine_memory import ENGINE_MEMORY
from engine.measure.memory import MemoryMeter
from engine.record.report import Entry

SECONDS = 0.5


class Watch:
    """A context; ``emit`` is called from a thread of its own and must not raise. ``block``: where it belongs."""

    def __init__(self, run: str, device: torch.device, emit: Callable[[Event], None]) -> None:
        self._run = run
        self._emit = emit
        self._meter = MemoryMeter(device)
        apart = devices.is_accelerator(device)
        self._name = devices.name_of(device) if apart else ""
        self._total = devices.total_memory(device) if apart else None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._report, name="memory events", daemon=True)
        self._highest = 0
        self.block: str | None = None

    def __enter__(self) -> Self:
        self._meter.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._meter.stop()

    @contextlib.contextmanager
    def computing(self, entry: Entry) -> Iterator[None]:
        """While a block is computed: its peaks, and what there was before; filled in where it ends well. What earlier
        blocks have done with is given back before."""
        libraries_are_loaded()
        devices.give_back(collect=False)
        self._highest = max(self._highest, self._meter.now().process_peak)
        self._meter.reset()
        before, spent = self._meter.now().process, time.process_time()
        with ENGINE_MEMORY.working():
            yield
        use = self._meter.now()
        entry.engine_memory_bytes, entry.peak_memory_bytes = before, use.process_peak
        entry.peak_device_memory_bytes = use.device_peak or 0
        entry.processor_seconds = time.process_time() - spent

    def _report(self) -> None:
        while True:
            use = self._meter.now()
            self._highest = max(self._highest, use.process_peak)
            self._emit(
                Memory(
                    run=self._run,
                    block=self.block,
                    process=use.process,
                    process_peak=self._highest,
                    device=use.device,
                    device_peak=use.device_peak,
                    device_name=self._name,
                    device_total=self._total,
                )
            )
            if self._stop.wait(SECONDS):
                return
