"""The interpreter's settings, the garbage timer and the probe."""

from __future__ import annotations

import gc
import sys
import time
import types
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.shell.responsiveness import (
    IMPORT_BURST,
    OLD_AT_LAST,
    OLD_EVERY,
    SWITCH_SECONDS,
    GarbageTimer,
    LatenessProbe,
    ResponsivenessDialog,
    prepare_interpreter,
)


class Knot:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    interval = sys.getswitchinterval()
    yield
    sys.setswitchinterval(interval)
    gc.unfreeze()
    gc.enable()


@pytest.fixture
def garbage(as_before: None) -> Iterator[GarbageTimer]:
    owner = QObject()
    timer = GarbageTimer(owner)
    yield timer
    timer.stop()


def test_prepare(as_before: None) -> None:
    prepare_interpreter()
    assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS)
    assert not gc.isenabled()


def test_young_garbage_goes_at_the_next_tick(garbage: GarbageTimer) -> None:
    garbage.start()
    assert not gc.isenabled() and gc.get_freeze_count() > 1000
    knot = weakref.ref(Knot())
    assert knot() is not None
    garbage.tick()
    assert knot() is None


def test_heavy_imports_are_set_aside_and_searched_when_all_is_quiet(
    garbage: GarbageTimer, monkeypatch: pytest.MonkeyPatch
) -> None:
    garbage.start()
    for number in range(IMPORT_BURST + 1):
        monkeypatch.setitem(sys.modules, f"burst_{number}", types.ModuleType("burst"))
    knot = weakref.ref(Knot())
    before = gc.get_freeze_count()
    garbage.tick()
    assert gc.get_freeze_count() > before and knot() is not None
    monkeypatch.setattr(time, "process_time", lambda: 0.0)
    for _ in range(6):
        garbage.tick()
    assert knot() is None


def test_old_garbage_waits_for_a_moment_in_which_nothing_is_drawn(
    garbage: GarbageTimer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To search all that a large pipeline holds takes several frames: nobody who scrolls should wait for it."""
    used = [0.0]
    monkeypatch.setattr(time, "process_time", lambda: used[0])
    garbage.start()
    collected: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda generation=2: collected.append(generation))

    def ticks(count: int, seconds: float) -> list[int]:
        collected.clear()
        for _ in range(count):
            used[0] += seconds
            garbage.tick()
        return [generation for generation in collected if generation == 2]

    assert ticks(OLD_EVERY + 10, 0.5) == []
    assert ticks(1, 0.0) == [2] and ticks(OLD_EVERY - 1, 0.0) == []
    assert ticks(1, 0.0) == [2]
    assert ticks(OLD_AT_LAST - 1, 0.5) == [] and ticks(1, 0.5) == [2]  # at last, whatever is done


def test_stop_gives_the_collector_back(garbage: GarbageTimer) -> None:
    garbage.start()
    garbage.stop()
    assert gc.isenabled() and gc.get_freeze_count() == 0


def test_probe_sees_a_blocked_event_loop(qtbot: QtBot) -> None:
    owner = QObject()
    probe = LatenessProbe(owner)
    probe.start()
    qtbot.wait(100)
    time.sleep(0.15)
    qtbot.wait(100)
    probe.stop()
    found = probe.lateness()
    assert found.largest > 110 and found.over[100] >= 1
    assert found.p50 <= found.p95 <= found.p99 <= found.largest
    assert found.count > 3


def test_dialog_shows_metrics(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = ResponsivenessDialog(parent)
    dialog.show()
    qtbot.waitUntil(lambda: dialog._cells[0].text().endswith("ms"), timeout=5000)
    dialog.close()
