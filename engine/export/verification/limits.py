"""Limits of memory and time for a process that loads an export: a damaged or hostile folder may ask for any amount."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from engine.base.human import bytes_text
from engine.export.verification.machine import End

BYTES, BYTES_PER_BYTE = 4_000_000_000, 48
"""Of memory: for libraries, and per byte of tensors. 1.5 bits become 32, twice where a library makes a copy."""
SECONDS, BYTES_PER_SECOND = 1200.0, 1_500_000
"""From start to end, and per tensor bytes: several times what a busy laptop needs."""


class Limits:
    """The limits of one process that loads ``files``."""

    def __init__(self, process: int, files: Iterable[Path]) -> None:
        size = sum(file.stat().st_size for file in files)
        self._process: psutil.Process | None
        try:
            self._process = psutil.Process(process)
        except psutil.NoSuchProcess:  # it ended at once, and its exit status says how
            self._process = None
        self._bytes = BYTES + BYTES_PER_BYTE * size
        self._seconds = SECONDS + size / BYTES_PER_SECOND
        self._started = time.monotonic()

    def exceeded(self) -> End:
        """The reason to end the process now, none while it is within its limits. More memory than the size of the files
        explains, and as many seconds of a processor, lie in the files; seconds that it waited do not."""
        if self._process is None:
            return End()
        try:
            used = self._process.memory_info().rss
            busy = sum(self._process.cpu_times()[:2])
        except psutil.Error:  # it has just ended
            return End()
        needs = "which is more than its size needs"
        if used > self._bytes:
            return End(file=f"loading it took more than {bytes_text(self._bytes)} of memory, {needs}")
        if time.monotonic() - self._started > self._seconds:
            why = f"loading it took longer than {self._seconds / 60:.0f} minutes, {needs}"
            return End(file=why) if busy > self._seconds else End(machine=why)
        return End()
