"""Measured time and memory of one head's attention at growing lengths."""

from __future__ import annotations

import functools
import math
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from engine import devices
from engine.models.stage import Stage
from engine.numerics import linformer

WIDTH = 64
"""Of the head."""
LENGTHS = tuple(2**power for power in range(9, 17))
"""512 … 65 536 tokens."""
LONG = 10.0
"""Seconds."""
MATRIX_BYTES = 4.5 * 2**30
"""No way is measured at lengths where it would write out a matrix of weights larger than this."""


@dataclass(frozen=True)
class Way:
    """A way to compute attention.

    "exact": torch's own kernel, which never holds the matrix of weights. "written out": with the whole matrix. "slots":
    through ``slots``. "segments": the causal form, with ``slots`` for each segment of ``segment`` tokens.
    """

    kind: Literal["exact", "causal", "written out", "slots", "segments"]
    slots: int = 0
    segment: int = 0

    @property
    def title(self) -> str:
        """As charts and tables call it."""
        named = {"exact": "exact", "causal": "exact, causal", "written out": "exact, written out"}
        if self.kind == "segments":
            return f"{self.slots} slots per {self.segment} tokens"
        return named.get(self.kind, f"{self.slots} slots")

    def fits(self, length: int) -> bool:
        """True if its matrix of weights is one that a machine can be asked for."""
        return self.slots <= length and (self.kind != "written out" or 4 * length**2 <= MATRIX_BYTES)

    def ready(self, length: int, device: torch.device) -> Callable[[], torch.Tensor]:
        """One attention over ``length`` tokens, inputs drawn already."""
        generator = torch.Generator().manual_seed(0)
        q, k, v = (torch.randn(1, 1, length, WIDTH, generator=generator).to(device) for _ in range(3))
        scale = WIDTH**-0.5
        if self.kind in ("exact", "causal"):
            return lambda: F.scaled_dot_product_attention(q, k, v, is_causal=self.kind == "causal")
        if self.kind == "written out":
            return lambda: torch.softmax(q @ k.transpose(-1, -2) * scale, -1) @ v
        e = linformer.segment_mean(self.slots, self.segment or length)[None].to(device)
        if self.kind == "slots":
            return lambda: linformer.attend(q, k, v, e, e, scale=scale)
        logits = torch.full((1, self.slots), math.log(self.segment / self.slots), device=device)
        return lambda: linformer.attend_causal(q, k, v, e, e, logits, scale=scale)


class Allocations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """``peak``: the most bytes of tensors made inside the block that were alive at a time."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.peak = self._alive = 0
        self._seen: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        inputs = {_storage(x) for x in tree_flatten((args, kwargs or {}))[0] if isinstance(x, torch.Tensor)}
        result = func(*args, **(kwargs or {}))
        for tensor in tree_flatten(result)[0]:
            if isinstance(tensor, torch.Tensor) and _storage(tensor) not in self._seen | inputs:
                self._born(tensor.untyped_storage())
        return result

    def _born(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        self._seen.add(key)
        self._alive += size
        self.peak = max(self.peak, self._alive)
        weakref.finalize(storage, self._gone, key, size)

    def _gone(self, key: int, size: int) -> None:
        self._seen.discard(key)
        self._alive -= size


def _storage(tensor: torch.Tensor) -> int:
    key: int = tensor.untyped_storage()._cdata
    return key


@torch.no_grad()
def measured(attention: Callable[[], torch.Tensor], repeats: int = 2) -> tuple[float, int]:
    """Seconds (the shortest run; only one where that takes `LONG`) and bytes."""
    with Allocations() as allocations:
        started = time.perf_counter()
        out = attention()
        devices.synchronize(out.device)
        seconds = time.perf_counter() - started
    del out
    if seconds < LONG:
        for _ in range(repeats):
            started = time.perf_counter()
            devices.synchronize(attention().device)
            seconds = min(seconds, time.perf_counter() - started)
    return seconds, allocations.peak


@functools.cache
def cost(way: Way, length: int, device: str) -> tuple[float, int]:
    """Seconds and bytes of one attention; measured once in a process."""
    return measured(way.ready(length, torch.device(device)))


def charts(stage: Stage, ways: Sequence[Way], longest: int) -> None:
    """The charts "Attention time" and "Attention memory" up to so many tokens, each way a curve."""
    for way in ways:
        lengths = [length for length in LENGTHS if length <= longest and way.fits(length)]
        costs = []
        for length in lengths:
            stage.checkpoint()
            costs.append(cost(way, length, str(stage.device)))
        for chart, title, values in (
            ("Attention time", "ms for one head", [1e3 * seconds for seconds, _ in costs]),
            ("Attention memory", "MB for one head", [size / 1e6 for _, size in costs]),
        ):
            if values:
                stage.curve(chart, way.title, lengths, values, x_title="tokens", y_title=title, log_x=True, log_y=True)
