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
from typing import Any

import torch
from filelock import FileLock

from engine import devices
from engine.base.errors import StudioError
from engine.base.files import file_mode, home, make_folder, read_object, write_json

ROUNDS = 3
"""The shortest of so many runs counts: others were held up."""
PROCESSES = 5
"""So many processes measure: the first may have run beside programs that took most of the machine."""


def seconds(name: str, device: torch.device | str, work: Callable[[], torch.Tensor]) -> float:
    """Seconds that ``work`` takes on this machine: the shortest time that was measured under this name, in earlier
    processes or now.

    ``work`` gives a tensor on ``device``; ``name`` says what it is and how large. Kept in the cache of the workspace
    with the names of the processor and the device, threads and torch's version.
    """
    about = _about(name, device)
    key = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:16]
    file = home() / "cache" / "timings.json"
    make_folder(file.parent)
    with FileLock(file.with_suffix(".lock"), mode=file_mode(file)):
        kept = _read(file)
        shortest, count = _known(kept.get(key))
        if not count or (count < PROCESSES and key not in _here):
            shortest, count = min(shortest, _measured(work)), count + 1
            kept[key] = {**about, "seconds": shortest, "processes": count}
            write_json(file, kept)
        _here.add(key)
        return shortest


_here: set[str] = set()
"""Names of the measurements of this process."""


def _known(entry: Any) -> tuple[float, int]:
    """The shortest time so far, and how many processes measured."""
    found = entry.get("seconds") if isinstance(entry, dict) else None
    if not isinstance(found, float) or not 0 < found < math.inf:  # NaN neither
        return math.inf, 0
    count = entry.get("processes")
    return found, count if isinstance(count, int) and count > 0 else 1


@functools.cache
def operations_per_second(device: str, dtype: torch.dtype = torch.float32) -> float:
    """Floating-point operations per second of a matrix product."""
    size = 2048 if devices.is_accelerator(torch.device(device)) else 1024
    a = torch.ones(size, size, device=device, dtype=dtype)
    name = str(dtype).removeprefix("torch.")
    return 2.0 * size**3 / seconds(f"{name} product of {size} x {size}", device, lambda: a @ a)


def slowdown(device: str) -> float:
    """Slowdown of a matrix product against a quiet machine, at least 1."""
    size = 2048 if devices.is_accelerator(torch.device(device)) else 1024
    a = torch.ones(size, size, device=device)
    found = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        devices.synchronize((a @ a).device)
        found.append(time.perf_counter() - started)
    return max(1.0, statistics.median(found) * operations_per_second(device) / (2.0 * size**3))


def _about(name: str, device: torch.device | str) -> dict[str, Any]:
    found = {key: value for key, value in devices.info(device).items() if key != "memory"}
    return {"what": name, "torch": torch.__version__, "processor": devices.name_of(devices.CPU), **found}


def _read(file: Any) -> dict[str, Any]:
    try:
        return read_object(file)
    except StudioError:
        return {}


def _measured(work: Callable[[], torch.Tensor]) -> float:
    work()  # the first run of a kernel loads it
    found = []
    for _ in range(ROUNDS):
        started, own, all_cores = time.perf_counter(), time.thread_time(), time.process_time()
        device = work().device
        devices.synchronize(device)
        taken = time.perf_counter() - started
        if not devices.is_accelerator(device):  # without what this thread waited for while other programs had its core
            worked = max(time.thread_time() - own, (time.process_time() - all_cores) / torch.get_num_threads())
            taken = min(taken, worked)
        found.append(taken)
    return max(min(found), 1e-9)
