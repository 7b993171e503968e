"""Threads that each work on a layer, or a piece of one, of their own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from engine import devices

T = TypeVar("T")


@contextlib.contextmanager
def workers(device: torch.device) -> Iterator[ThreadPoolExecutor]:
    """With single-threaded operations: many threads inside short operations would wait for each other longer than they
    work, above all beside other programs. One thread on an accelerator."""
    threads = torch.get_num_threads()
    count = 1 if devices.is_accelerator(device) else threads
    try:
        with ThreadPoolExecutor(count, "quantize", initializer=_begin, initargs=(device,)) as pool:
            yield pool
    finally:
        torch.set_num_threads(threads)


def spread(work: Callable[[T], None], items: Sequence[T], device: torch.device) -> None:
    """Do the ``work`` of each item in such threads; in this one if there is nothing to gain, as in such a thread."""
    if len(items) == 1 or torch.get_num_threads() == 1 or devices.is_accelerator(device):
        for item in items:
            work(item)
        return
    with workers(device) as pool:
        for _ in pool.map(work, items):
            pass  # what one of them raises is raised here


def _begin(device: torch.device) -> None:
    torch.set_num_threads(1)
    devices.stay_on(device)
