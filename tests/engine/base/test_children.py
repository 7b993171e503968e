"""Processes that the program starts: how their threads wait for each other."""

from __future__ import annotations

import os
import sys

import pytest

from engine.base import children


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """One with four cores and glibc's OpenMP, on which nobody has chosen anything."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(("load", "busy"), [(0.0, False), (1.5, False), (1.7, True), (9.0, True)])
def test_threads_sleep_sooner_on_a_busy_machine(machine: pytest.MonkeyPatch, load: float, busy: bool) -> None:
    machine.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0), raising=False)
    assert children.spin_variables() == ({"GOMP_SPINCOUNT": children.SPIN_COUNT} if busy else {})


@pytest.mark.parametrize("name", ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"])
def test_what_a_person_has_chosen_stays(machine: pytest.MonkeyPatch, name: str) -> None:
    machine.setattr(os, "getloadavg", lambda: (9.0, 0.0, 0.0), raising=False)
    machine.setenv(name, "1")
    assert children.spin_variables() == {}


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_elsewhere_nothing_is_set(machine: pytest.MonkeyPatch, platform: str) -> None:
    machine.setattr(sys, "platform", platform)
    machine.delattr(os, "getloadavg", raising=False)
    assert children.spin_variables() == {}
