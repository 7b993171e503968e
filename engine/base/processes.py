"""Names of processes that no other process ever has: the id alone may belong to another one by now."""

from __future__ import annotations

import psutil

CLOCK_SECONDS = 5.0
"""The start of a process is computed from the system's clock, which may be set meanwhile."""


def own_start() -> float:
    """Time at which this process was started, in seconds since 1970."""
    return float(psutil.Process().create_time())


def is_alive(process: int, started: float) -> bool:
    """True if the process that was started then still runs."""
    try:
        return bool(abs(psutil.Process(process).create_time() - started) <= CLOCK_SECONDS)
    except (psutil.Error, ValueError, OverflowError):
        return False
