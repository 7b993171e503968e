"""Threads that each compute a layer, or a piece of one."""

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
    pool: ThreadPoolExecutor, function: Callable[[T], R], items: Sequence[T], size: Callable[[T], float]
) -> Iterator[R]:
    """Results of ``function`` for each item, in order. The largest items are begun first, so that the other threads do
    not wait long for the last one."""
    futures = {
        index: pool.submit(function, items[index]) for index in sorted(range(len(items)), key=lambda i: -size(items[i]))
    }
    try:
        for index in range(len(items)):
            yield futures[index].result()
    finally:
        for future in futures.values():
            future.cancel()


def for_each(function: Callable[[T], None], items: Sequence[T], device: torch.device) -> None:
    """Call ``function`` with each item in `workers`; in this thread if there is nothing to gain, as in a worker."""
    if len(items) == 1 or torch.get_num_threads() == 1 or devices.is_accelerator(device):
        for item in items:
            function(item)
        return
    with workers(device) as pool:
        for _ in pool.map(function, items):
            pass  # what one of them raises is raised here


def _begin(device: torch.device) -> None:
    torch.set_num_threads(1)
    devices.stay_on(device)
