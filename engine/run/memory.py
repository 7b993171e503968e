"""Watches memory while a run works: events twice a second, and the peak of each block."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import torch

from engine import devices
from engine.contracts.events import Event, Memory
from engine.measure.memory import MemoryMeter

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
        self._thread = threading.Thread(target=self._tell, name="memory events", daemon=True)
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

    def reset(self) -> None:
        """Let the peak of the block begin anew: what earlier blocks have done with is given back before."""
        devices.give_back(collect=False)
        self._highest = max(self._highest, self._meter.now().process_peak)
        self._meter.reset()

    def peak(self) -> int:
        """The largest resident set since `reset`, in bytes."""
        return self._meter.now().process_peak

    def device_peak(self) -> int:
        """The most that tensors took of the accelerator since `reset`, in bytes; 0 on the CPU."""
        return self._meter.now().device_peak or 0

    def _tell(self) -> None:
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
