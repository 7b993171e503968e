"""Commands have ids of their own; what a check found adds up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.contracts.commands import Checked, DescribeDevice


def checked(memory: int = 100, cached: tuple[str, ...] = ()) -> Checked:
    estimates = {"model_1": (0, 10, 0.1), "round_to_nearest_1": (50, memory, 2.0)}
    return Checked((), estimates, cached, 1000, 10_000)


def test_every_command_has_an_id_of_its_own() -> None:
    assert DescribeDevice().id != DescribeDevice().id and DescribeDevice(id="mine").id == "mine"


def test_the_estimate_counts_only_what_is_not_cached() -> None:
    assert checked().needs() == (100, 50, pytest.approx(2.1))
    assert checked(cached=("round_to_nearest_1",)).needs() == (10, 0, pytest.approx(0.1))
    assert replace(checked(), measuring=3.0).needs() == (100, 50, pytest.approx(5.1))
    unknown = replace(checked(), estimates={"a": (0, 10, None)})
    assert unknown.needs() == (10, 0, None)


def test_too_little_memory_or_disk_is_said() -> None:
    assert checked().shortage() == ""
    assert checked(memory=5000).shortage() == "About 5.00 kB of memory are needed and 1.00 kB are free."
    both = replace(checked(memory=5000), free_disk=1).shortage()
    assert both.startswith("About 5.00 kB of memory") and "; about 50 B of disk are needed and 1 B are free." in both
