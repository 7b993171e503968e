"""Speed of this machine: measured by a few processes and kept, so that estimates are soon the same in all of them,
whatever else it is doing."""

from __future__ import annotations

import functools
import hashlib
import json
import math
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock

from engine import devices
from engine.base.errors import StudioError
from engine.base.files import file_mode, home, make_folder, read_object, write_json

ROUNDS = 3
"""The shortest of so many runs counts: others were held up."""
VALID_SECONDS = 5.0
"""For so long a measured slowdown stands for the present: checks that follow one another measure once."""
SIZES, ACCELERATOR_SIZES = (256, 512, 1024), (2048,)
"""Of the square matrices whose product is timed: the next one while it is expected to be short."""
LONGEST_PRODUCT = 0.5
"""Seconds that a timed product may be expected to take."""
PROCESSES = 5
"""So many processes measure: the first may have run beside programs that took most of the machine."""


def seconds(name: str, device: torch.device | str, operation: Callable[[], torch.Tensor]) -> float:
    """Seconds that ``operation`` takes on this machine: the shortest time that was measured under this name, in earlier
    processes or now.

    ``operation`` gives a tensor on ``device``; ``name`` says what it is and how large. Stored in the cache of the
    workspace with the names of the processor and the device, threads and torch's version.
    """
    about, key, file = _entry(name, device)
    with FileLock(file.with_suffix(".lock"), mode=file_mode(file)):
        stored = _read(file)
        shortest, count = _stored_seconds(stored.get(key))
        if not count or (count < PROCESSES and key not in _here):
            shortest, count = min(shortest, _measured(operation)), count + 1
            stored[key] = {**about, "seconds": shortest, "processes": count}
            write_json(file, stored)
        _here.add(key)
        return shortest


def seconds_once(name: str, device: torch.device | str, measure: Callable[[], float]) -> float:
    """Seconds that were measured under this name once, by an earlier process or now. Nobody waits for a measurement of
    another process: the first one that is stored holds."""
    about, key, file = _entry(name, device)
    shortest, count = _stored_seconds(_read(file).get(key))
    if count:
        return shortest
    measured = measure()
    with FileLock(file.with_suffix(".lock"), mode=file_mode(file)):
        stored = _read(file)
        shortest, count = _stored_seconds(stored.get(key))
        if not count:
            shortest = measured
            stored[key] = {**about, "seconds": measured, "processes": 1}
            write_json(file, stored)
    return shortest


def _entry(name: str, device: torch.device | str) -> tuple[dict[str, Any], str, Path]:
    """The description of a measurement, its key, and the file that has it."""
    about = _about(name, device)
    key = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:16]
    file = home() / "cache" / "timings.json"
    make_folder(file.parent)
    return about, key, file


_here: set[str] = set()
"""Names of the measurements of this process."""


def _stored_seconds(entry: Any) -> tuple[float, int]:
    """The shortest time so far, and how many processes measured."""
    seconds = entry.get("seconds") if isinstance(entry, dict) else None
    if not isinstance(seconds, float) or not 0 < seconds < math.inf:  # NaN neither
        return math.inf, 0
    count = entry.get("processes")
    return seconds, count if isinstance(count, int) and count > 0 else 1


def operations_per_second(device: str, dtype: torch.dtype = torch.float32) -> float:
    """Floating-point operations per second of a matrix product."""
    size, duration = _product(device, dtype)
    return 2.0 * size**3 / duration


@functools.cache
def _product(device: str, dtype: torch.dtype) -> tuple[int, float]:
    """Size of the largest square product that takes no longer than `LONGEST_PRODUCT`, and its seconds. A processor
    without units for a dtype needs a hundred times as long as for another."""
    name = str(dtype).removeprefix("torch.")
    sizes = (*SIZES, *ACCELERATOR_SIZES) if devices.is_accelerator(torch.device(device)) else SIZES
    for size in sizes:
        a = torch.ones(size, size, device=device, dtype=dtype)
        duration = seconds(f"{name} product of {size} x {size}", device, lambda a=a: a @ a)  # type: ignore[misc]
        if 8.0 * duration > LONGEST_PRODUCT:
            break
    return size, duration


_slowdowns: dict[str, tuple[float, float]] = {}
"""By device: when its slowdown was measured, and what it was."""


def slowdown(device: str) -> float:
    """Slowdown of a matrix product against a quiet machine, at least 1; of the last `VALID_SECONDS`."""
    measured, value = _slowdowns.get(device, (-math.inf, 1.0))
    if time.monotonic() - measured > VALID_SECONDS:
        value = _measured_slowdown(device)
        _slowdowns[device] = time.monotonic(), value
    return value


def _measured_slowdown(device: str) -> float:
    size, quiet = _product(device, torch.float32)
    a = torch.ones(size, size, device=device)
    durations = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        devices.synchronize((a @ a).device)
        durations.append(time.perf_counter() - started)
    return max(1.0, statistics.median(durations) / quiet)


def _about(name: str, device: torch.device | str) -> dict[str, Any]:
    description = {key: value for key, value in devices.info(device).items() if key != "memory"}
    return {"what": name, "torch": torch.__version__, "processor": devices.name_of(devices.CPU), **description}


def _read(file: Path) -> dict[str, Any]:
    try:
        return read_object(file)
    except StudioError:
        return {}


def _measured(operation: Callable[[], torch.Tensor]) -> float:
    operation()  # the first run of a kernel loads it
    seconds_of_rounds = []
    for _ in range(ROUNDS):
        started, own, all_cores = time.perf_counter(), time.thread_time(), time.process_time()
        device = operation().device
        devices.synchronize(device)
        elapsed = time.perf_counter() - started
        if not devices.is_accelerator(device):  # without what this thread waited for while other programs had its core
            worked = max(time.thread_time() - own, (time.process_time() - all_cores) / torch.get_num_threads())
            elapsed = min(elapsed, worked)
        seconds_of_rounds.append(elapsed)
    return max(min(seconds_of_rounds), 1e-9)
