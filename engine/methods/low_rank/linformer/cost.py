"""What attention costs: measured time and memory of one layer's attention at growing lengths."""

from __future__ import annotations

import functools
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from engine.contracts.stage import Stage
from engine.numerics import linformer

HEADS, WIDTH = 1, 64
LENGTHS = (512, 1024, 2048, 4096, 8192)
LONGEST_WRITTEN_OUT = 4096


class Allocations(TorchDispatchMode):
    """``peak``: the most bytes of tensors made inside the block that were alive at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.peak = self._alive = 0
        self._known: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = {_storage(x) for x in tree_flatten((args, kwargs or {}))[0] if isinstance(x, torch.Tensor)}
        result = func(*args, **(kwargs or {}))
        for tensor in tree_flatten(result)[0]:
            if isinstance(tensor, torch.Tensor) and _storage(tensor) not in self._known | given:
                self._born(tensor.untyped_storage())
        return result

    def _born(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        self._known.add(key)
        self._alive += size
        self.peak = max(self.peak, self._alive)
        weakref.finalize(storage, self._gone, key, size)

    def _gone(self, key: int, size: int) -> None:
        self._known.discard(key)
        self._alive -= size


def _storage(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage()._cdata


def attention(length: int, slots: int | None, device: torch.device, heads: int = HEADS) -> Callable[[], torch.Tensor]:
    """One attention over ``length`` tokens: exact (torch's own kernel), or through ``slots``."""
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(1, heads, length, WIDTH, generator=generator).to(device) for _ in range(3))
    if slots is None:
        return lambda: F.scaled_dot_product_attention(q, k, v)
    e = linformer.segment_mean(slots, length)[None].to(device)
    return lambda: linformer.attend(q, k, v, e, e, scale=WIDTH**-0.5)


def written_out(length: int, device: torch.device, heads: int = HEADS) -> Callable[[], torch.Tensor]:
    """Exact attention with the whole matrix of weights in memory."""
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(1, heads, length, WIDTH, generator=generator).to(device) for _ in range(3))
    return lambda: torch.softmax(q @ k.transpose(-1, -2) * WIDTH**-0.5, -1) @ v


@torch.no_grad()
def measured(work: Callable[[], torch.Tensor], repeats: int = 2) -> tuple[float, int]:
    """Seconds (the shortest of the repeats after a warm-up; one run where it takes long) and bytes."""
    with Allocations() as allocations:
        started = time.perf_counter()
        out = work()
        _wait(out)
        seconds = time.perf_counter() - started
    del out
    if seconds < 1.0:
        for _ in range(repeats):
            started = time.perf_counter()
            _wait(work())
            seconds = min(seconds, time.perf_counter() - started)
    return seconds, allocations.peak


def _wait(tensor: torch.Tensor) -> None:
    if tensor.is_cuda:
        torch.cuda.synchronize(tensor.device)


@functools.cache
def curve(slots: int | None, whole: bool, device: str) -> tuple[tuple[int, ...], tuple[float, ...], tuple[int, ...]]:
    """Lengths, seconds and bytes of one head; measured once in a process. ``slots``: None for exact attention, with its
    ``whole`` matrix in memory or without."""
    lengths = tuple(n for n in LENGTHS if not whole or n <= LONGEST_WRITTEN_OUT)
    place = torch.device(device)
    found = [measured(written_out(n, place) if whole else attention(n, slots, place)) for n in lengths]
    return lengths, tuple(seconds for seconds, _ in found), tuple(size for _, size in found)


def charts(stage: Stage, slots: Sequence[int]) -> None:
    """The charts "Attention cost" and "Attention memory": exact attention beside projections to these many slots."""
    ways: dict[str, tuple[int | None, bool]] = {"exact": (None, False), "exact, written out": (None, True)}
    ways |= {f"{k} slots": (k, False) for k in slots}
    for name, way in ways.items():
        stage.checkpoint()
        lengths, seconds, sizes = curve(*way, str(stage.device))
        for chart, title, values in (
            ("Attention cost", "ms for one head", [1e3 * value for value in seconds]),
            ("Attention memory", "MB for one head", [size / 1e6 for size in sizes]),
        ):
            stage.curve(chart, name, lengths, values, x_title="tokens", y_title=title, log_x=True, log_y=True)
