"""Threads that each work on a layer, or a piece of one, of their own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from engine import devices

T = TypeVar("T")
R = TypeVar("R")


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


def largest_first(
    pool: ThreadPoolExecutor, work: Callable[[T], R], items: Sequence[T], size: Callable[[T], float]
) -> Iterator[R]:
    """What ``work`` makes of each item, in order. The largest are begun first: the last one that is begun is what the
    other threads wait for."""
    futures = {
        index: pool.submit(work, items[index]) for index in sorted(range(len(items)), key=lambda i: -size(items[i]))
    }
    try:
        for index in range(len(items)):
            yield futures[index].result()
    finally:
        for future in futures.values():
            future.cancel()


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
