"""The collector is lazy while a process of the program loads its libraries, and in nobody else's process."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.base import collector
from engine.base.collector import collect_seldom_while_loading, libraries_are_loaded


@pytest.fixture
def usual(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int, int]]:
    """As in a new process."""
    monkeypatch.setattr(collector._Loading, "has_begun", False)
    monkeypatch.setattr(collector._Loading, "is_over", False)
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield gc.get_threshold()
    gc.set_threshold(*before)


def test_the_usual_thresholds_come_back_once_the_libraries_are_loaded(usual: tuple[int, int, int]) -> None:
    collect_seldom_while_loading()
    collect_seldom_while_loading()
    assert gc.get_threshold()[0] > 10 * usual[0]
    libraries_are_loaded()
    assert gc.get_threshold() == usual
    collect_seldom_while_loading()
    assert gc.get_threshold() == usual, "once in a process"


def test_thresholds_of_a_script_are_its_own(usual: tuple[int, int, int]) -> None:
    gc.set_threshold(500, 5, 5)
    libraries_are_loaded()
    assert gc.get_threshold() == (500, 5, 5)


def test_a_command_is_back_at_the_usual_thresholds_when_its_first_block_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path))  # where nothing is cached
    code = (
        "import gc; usual = gc.get_threshold()\n"
        "from engine.run import memory\n"
        "seen, give_back = [], memory.devices.give_back\n"
        "memory.devices.give_back = lambda **more: (seen.append(gc.get_threshold()), give_back(**more))\n"
        "from engine.base import collector; collector.collect_seldom_while_loading()\n"
        "assert gc.get_threshold() != usual\n"
        "from engine.cli import main; status = main(['compress', 'sample', 'round_to_nearest'])\n"
        "assert status == 0 and seen[-1:] == [usual], (status, seen)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
