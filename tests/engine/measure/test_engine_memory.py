"""What a loaded engine takes of this machine: measured while nothing is computed, the same for two checks."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from engine.measure.engine_memory import EngineMemory


@pytest.fixture
def resident(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the process takes, in bytes."""
    found = SimpleNamespace(rss=500)
    process = SimpleNamespace(memory_info=lambda: found)
    monkeypatch.setattr("engine.measure.engine_memory.psutil.Process", lambda: process)
    return found


def test_what_earlier_work_left_is_not_the_engines(resident: SimpleNamespace) -> None:
    engine = EngineMemory()
    assert engine.measured() == 500
    resident.rss = 900
    assert engine.measured() == 500
    resident.rss = 450
    assert engine.measured() == 450


def test_libraries_that_a_method_brings_count(resident: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = EngineMemory()
    engine.measured()
    monkeypatch.setitem(sys.modules, "a_library_that_a_method_brings", ModuleType("brought"))
    resident.rss = 700
    assert engine.measured() == 700 == engine.measured()


def test_what_a_run_takes_is_not_the_engines(resident: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = EngineMemory()
    engine.measured()
    monkeypatch.setitem(sys.modules, "a_library_that_a_method_brings", ModuleType("brought"))
    resident.rss = 7000
    with engine.working():
        assert engine.measured() == 500
    resident.rss = 600
    assert engine.measured() == 600


def test_an_engine_that_was_never_idle_is_measured_all_the_same(resident: SimpleNamespace) -> None:
    engine = EngineMemory()
    with engine.working():
        assert engine.measured() == 500
