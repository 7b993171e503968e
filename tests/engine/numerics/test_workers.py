"""Threads that work on layers and pieces of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch

from engine.numerics.workers import for_each, largest_first, workers

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(threads)


def test_what_is_largest_is_begun_first_and_results_are_in_order() -> None:
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        return 10 * item

    torch.set_num_threads(1)
    with workers(CPU) as pool:
        assert list(largest_first(pool, work, [3, 1, 4, 2], float)) == [30, 10, 40, 20]
    assert begun == [4, 3, 2, 1]


def test_what_was_not_begun_is_given_up_with_the_rest() -> None:
    begun: list[int] = []
    go_on = threading.Event()

    def work(item: int) -> int:
        begun.append(item)
        if item == 9:
            raise ValueError("a NaN")
        go_on.wait(60)
        return item

    torch.set_num_threads(1)
    with workers(CPU) as pool:
        with pytest.raises(ValueError, match="a NaN"):
            list(largest_first(pool, work, [9, *range(8)], float))
        go_on.set()
    assert set(begun) <= {9, 7}


def test_pieces_are_spread_over_single_threads() -> None:
    seen: dict[int, tuple[str, int]] = {}

    def work(item: int) -> None:
        seen[item] = threading.current_thread().name, torch.get_num_threads()

    for_each(work, range(20), CPU)
    assert sorted(seen) == list(range(20))
    assert all(name.startswith("quantize") and threads == 1 for name, threads in seen.values())
    assert torch.get_num_threads() == 2
    for_each(work, [7], CPU)
    assert seen[7] == (threading.current_thread().name, 2), "one piece alone has all threads"

    def fails(item: int) -> None:
        if item == 3:
            raise ValueError("infinite")

    with pytest.raises(ValueError, match="infinite"):
        for_each(fails, range(20), CPU)


def test_a_worker_does_its_pieces_itself() -> None:
    names: set[str] = set()

    def whole(_: int) -> str:
        for_each(lambda _: names.add(threading.current_thread().name), range(6), CPU)
        return threading.current_thread().name

    with workers(CPU) as pool:
        assert names <= set(pool.map(whole, range(4))) and names
