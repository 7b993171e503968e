"""Memory of a loaded engine: what its process takes of this machine before a block begins, measured in the process
itself. Estimates of memory are this and what the block adds, so that they are of what is shown afterwards."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import psutil

from engine import devices


@dataclass
class EngineMemory:
    """Bytes of the resident set while nothing is computed.

    Libraries are loaded as methods need them, so it is measured again where more modules are there than before: else
    the smallest of what was measured holds, and two checks of one pipeline promise the same.
    """

    _bytes: int = 0
    _modules: int = 0
    _working: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """While a run works: what it takes is not the engine's own."""
        with self._lock:
            self._working += 1
        try:
            yield
        finally:
            with self._lock:
                self._working -= 1

    def measured(self) -> int:
        """Bytes that the process takes now; while a run works what it took before, where that is known."""
        with self._lock:
            if self._working and self._bytes:
                return self._bytes
            devices.give_back(collect=False)
            now, modules = int(psutil.Process().memory_info().rss), len(sys.modules)
            self._bytes = now if modules > self._modules else min(now, self._bytes)
            self._modules = max(modules, self._modules)
            return self._bytes


ENGINE_MEMORY = EngineMemory()
"""Of this process."""
