"""Threads that each work on a layer of their own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import torch

from engine import devices


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


def _begin(device: torch.device) -> None:
    torch.set_num_threads(1)
    devices.stay_on(device)
