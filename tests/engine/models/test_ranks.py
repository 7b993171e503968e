"""Processes that work together: a frozen or dead one ends all with a sentence, a busy one does not."""

from __future__ import annotations

import socket
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import warm_children

from engine.base.errors import RunFailed
from engine.models import heartbeat
from engine.models.heartbeat import Heartbeat

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import os, signal, sys, time
from pathlib import Path
import torch
from engine.models import heartbeat, ranks
heartbeat.BEAT_SECONDS, heartbeat.LOST_SECONDS, ranks.FAREWELL_SECONDS = 0.2, 4.0, 0.1
what, trace = sys.argv[1], Path(sys.argv[2])
ranks.join(torch.device("cpu"))
ranks.barrier()
if what == "busy":
    assert ranks.on_main(lambda: time.sleep(9) or "done") == "done"
    ranks.finalize()
    sys.exit(0)
if ranks.rank() == 1:
    os.kill(os.getpid(), signal.SIGSTOP)
with ranks.watched(lambda error: trace.write_text(str(error))):
    ranks.barrier()
"""


class Store(dict[str, bytes]):
    """A store in this process."""

    def set(self, key: str, value: str) -> None:
        self[key] = value.encode()

    def check(self, keys: list[str]) -> bool:
        return all(key in self for key in keys)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.005)
    monkeypatch.setattr(heartbeat, "LOST_SECONDS", 0.2)


def beat(store: Any, count: int = 2) -> tuple[Heartbeat, list[tuple[RunFailed, int]], threading.Event]:
    lost: list[tuple[RunFailed, int]] = []
    reported = threading.Event()

    def on_lost(error: RunFailed, who: int) -> None:
        lost.append((error, who))
        reported.set()

    thread = Heartbeat(store, 0, count, on_lost)
    thread.start()
    return thread, lost, reported


def test_silence_is_reported_once_with_the_number(quick: None) -> None:
    thread, lost, reported = beat(Store())
    assert reported.wait(60)
    thread.join(60)
    assert [who for _, who in lost] == [1] and "Process 1 of this run gave no sign of life" in str(lost[0][0])


def test_who_has_left_is_not_missed(quick: None) -> None:
    store = Store({"beat/1": b"left"})
    thread, lost, reported = beat(store)
    assert not reported.wait(1.0) and not lost
    thread.stop()
    thread.join(60)
    assert store["beat/0"] == b"left"


def test_a_farewell_is_the_last_that_is_written(quick: None) -> None:
    class Slow(Store):
        def set(self, key: str, value: str) -> None:
            if value != "left":
                written.set()
                assert goes_on.wait(60)
            super().set(key, value)

    written, goes_on, store = threading.Event(), threading.Event(), Slow({"beat/1": b"left"})
    thread, _, _ = beat(store)
    assert written.wait(60)
    stopping = threading.Thread(target=thread.stop)
    stopping.start()
    stopping.join(0.2)
    goes_on.set()
    stopping.join(60)
    thread.join(60)
    assert store["beat/0"] == b"left"


def test_a_store_that_is_gone_is_reported(quick: None) -> None:
    class Gone(Store):
        def set(self, key: str, value: str) -> None:
            raise RuntimeError("Connection reset by peer")

    _, lost, reported = beat(Gone())
    assert reported.wait(60) and lost[0][1] == -1 and "The launcher" in str(lost[0][0])


@pytest.mark.skipif(sys.platform == "win32", reason="processes can't be stopped there")
@pytest.mark.parametrize("what", ["frozen", "busy"])
def test_a_frozen_process_ends_all_and_a_busy_one_none(what: str, tmp_path: Path) -> None:
    import os

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    more = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "ACCELERATE_USE_CPU": "true"}
    started = []
    for rank in range(2):
        variables = {**os.environ, **more, "PYTHONPATH": str(ROOT), "RANK": str(rank), "LOCAL_RANK": str(rank)}
        with (tmp_path / f"errors {rank}").open("wb") as errors:
            words = ("-c", PROGRAM, what, str(tmp_path / "trace"))
            begun = warm_children.begin(*words, folder=ROOT, stdout=errors, stderr=errors, variables=variables)
        started.append(begun)
    try:
        started[0].wait(timeout=300)
        told = (tmp_path / "errors 0").read_text("utf-8")
        if what == "busy":
            assert (started[0].returncode, started[1].wait(300)) == (0, 0), told
        else:
            assert started[0].returncode == 1 and "Process 1 of this run gave no sign of life" in told, told
            assert "no sign of life" in (tmp_path / "trace").read_text("utf-8")
    finally:
        for process in started:
            process.kill()
            process.wait()
