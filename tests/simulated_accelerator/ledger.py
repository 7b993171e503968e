"""What a simulated device counts: kernels, waits of the host, copies, and bytes alive."""

from __future__ import annotations

import collections
import sys
import threading
import weakref
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torchgen
import yaml

GIBIBYTE = 1 << 30
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Written in C where PyYAML was built with it: ten times as fast."""
TABLE = Path(torchgen.__file__).parent / "packaged" / "ATen" / "native" / "native_functions.yaml"
"""PyTorch's own table of operators and of the back ends that have a kernel for each."""


def _without_a_kernel_for_mps() -> frozenset[str]:
    """Operators that have a kernel for the CPU, none for MPS, and are not made of others."""
    kernels: dict[str, list[bool]] = {}
    for entry in yaml.load(TABLE.read_text("utf-8"), _Loader):
        back_ends = {name.strip() for names in entry.get("dispatch") or () for name in names.split(",")}
        if "CPU" in back_ends:
            name = entry["func"].partition("(")[0].partition(".")[0]
            composed = any(each.startswith("Composite") for each in back_ends)
            kernels.setdefault(name, []).append("MPS" in back_ends or composed)
    return frozenset(name for name, present in kernels.items() if not any(present))


MPS_LACKS = _without_a_kernel_for_mps() | {"float64", "_linalg_eigh", "linalg_eig", "_linalg_svd", "linalg_qr"}
"""Operators and dtypes that Apple's devices do not have: those of this PyTorch, and a few that earlier ones lacked."""
TURING = (7, 5)
"""The last capability of NVIDIA with units for float16 and none for bfloat16 (T4)."""
_THROUGH = "numerics/randomness.py"
"""Every function of torch passes it while random numbers are handed in: it causes nothing itself."""


@dataclass
class Device:
    """One simulated device.

    total: bytes of its memory; ``limit``: of them may be allocated, more raises `torch.OutOfMemoryError`. lacks: names
    of operators ("linalg_eigh") and dtypes ("float64") that it does not have, as MPS has no float64. has_bf16: whether
    its units compute in bfloat16. capability: NVIDIA's word for the generation of its units; None for other makers.
    """

    name: str = "Simulated accelerator"
    total: int = 16 * GIBIBYTE
    limit: int | None = None
    lacks: frozenset[str] = frozenset()
    has_bf16: bool = True
    capability: tuple[int, int] | None = None
    alive: int = 0
    peak: int = 0

    @property
    def free(self) -> int:
        """Bytes that can still be allocated."""
        return (self.total if self.limit is None else self.limit) - self.alive


@dataclass
class Ledger:
    """Totals since the last `reset`: "launch" (an operator that would start a kernel), "sync" (the host waits for the
    device), "to device" and "to host" (copies), with ", bytes" behind copies; and the same by line of the engine."""

    totals: collections.Counter[str] = field(default_factory=collections.Counter)
    by_line: collections.Counter[tuple[str, str]] = field(default_factory=collections.Counter)
    devices: list[Device] = field(default_factory=lambda: [Device(), Device()])
    _alive: dict[int, weakref.ref[torch.UntypedStorage]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def reset(self) -> None:
        """Count from zero; peaks begin at what is alive."""
        self.totals.clear()
        self.by_line.clear()
        for device in self.devices:
            device.peak = device.alive

    def count(self, what: str, nbytes: int = 0) -> None:
        """Count one event that stops the host or crosses the bus, with the line that caused it."""
        self.totals[what] += 1
        if nbytes:
            self.totals[what + ", bytes"] += nbytes
        self.by_line[what, line_of_the_engine()] += 1

    def launch(self) -> None:
        """Count one kernel."""
        self.totals["launch"] += 1

    def lines(self, what: str) -> dict[str, int]:
        """Line of the engine -> how often it caused that, the most frequent first."""
        return {line: count for (kind, line), count in self.by_line.most_common() if kind == what}

    def allocate(self, storage: torch.UntypedStorage, index: int) -> None:
        """Know a storage until it is freed. Raises `torch.OutOfMemoryError` beyond the device's limit."""
        key, nbytes, device = storage._cdata, storage.nbytes(), self.devices[index]
        with self._lock:
            if key in self._alive:
                return
            if nbytes > device.free:
                raise torch.OutOfMemoryError(
                    f"{device.name} {index} out of memory. Tried to allocate {nbytes} bytes; {device.free} are free"
                )
            device.alive += nbytes
            device.peak = max(device.peak, device.alive)

            def freed(_: object) -> None:
                with self._lock:
                    self._alive.pop(key, None)
                    device.alive -= nbytes

            self._alive[key] = weakref.ref(storage, freed)


def line_of_the_engine() -> str:
    """The innermost line of the engine on the stack, as "training/loop.py:250", or of transformers, as
    "transformers/masking_utils.py:761", if that is further in; "outside" if there is none."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename.replace("\\", "/")
        if "/site-packages/transformers/" in name:
            return f"transformers/{name.rpartition('/')[2]}:{frame.f_lineno}"
        if "/engine/" in name and "/tests/" not in name and not name.endswith(_THROUGH):
            return f"{name.rsplit('/engine/', 1)[1]}:{frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]
    return "outside"


LEDGER = Ledger()
"""Of this process."""
