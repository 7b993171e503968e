"""Which process is meant by an id and a start."""

from __future__ import annotations

import os
import subprocess
import sys

from engine.base.processes import is_alive, own_start


def test_a_process_is_told_from_a_later_one_with_the_same_id() -> None:
    assert is_alive(os.getpid(), own_start())
    assert not is_alive(os.getpid(), own_start() - 60.0)


def test_a_process_that_ended_is_not_alive() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert not is_alive(ended.pid, own_start())
    assert not is_alive(2**80, 1.0)
