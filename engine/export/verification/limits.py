"""Limits of memory and time for a process that loads an export: a damaged or hostile folder may ask for any amount."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from engine.base.human import bytes_text

BYTES, BYTES_PER_BYTE = 4_000_000_000, 48
"""Of memory: for libraries, and per byte of tensors. 1.5 bits become 32, twice where a library makes a copy."""
SECONDS, BYTES_PER_SECOND = 1200.0, 1_500_000
"""From start to end, and per tensor bytes: several times what a busy laptop needs."""


class Limits:
    """The limits of one process that loads ``files``."""

    def __init__(self, process: int, files: Iterable[Path]) -> None:
        size = sum(file.stat().st_size for file in files)
        self._process = psutil.Process(process)
        self._bytes = BYTES + BYTES_PER_BYTE * size
        self._seconds = SECONDS + size / BYTES_PER_SECOND
        self._started = time.monotonic()

    def exceeded(self) -> str:
        """The reason to end the process now, "" while it is within its limits."""
        if time.monotonic() - self._started > self._seconds:
            return f"loading it took longer than {self._seconds / 60:.0f} minutes, which is more than its size needs"
        try:
            used = self._process.memory_info().rss
        except psutil.Error:  # it has just ended
            return ""
        if used > self._bytes:
            return f"loading it took more than {bytes_text(self._bytes)} of memory, which is more than its size needs"
        return ""
