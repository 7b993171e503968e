"""The memory meter sees what is allocated, and forgets it on reset."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.measure.memory import MemoryMeter

MB = 10**6
ROOT = Path(__file__).resolve().parents[3]


PROGRAM = """
import mmap, time
from engine.measure.memory import INTERVAL, MemoryMeter
size, page = 200 * 10**6, b"x" * 4096
with MemoryMeter() as meter:
    before = meter.now()
    block = mmap.mmap(-1, size)
    while block.tell() + len(page) <= size:
        block.write(page)
    time.sleep(4 * INTERVAL)
    during = meter.now()
    block.close()
    time.sleep(2 * INTERVAL)
    after = meter.now()
    meter.reset()
    reset = meter.now()
    assert after.device is None
print(*(use - before.process for use in (during.process, after.process, after.process_peak, reset.process_peak)))
"""


def test_a_peak_between_two_looks_is_seen() -> None:
    # a process of its own: beside other tests the allocator may hand out memory that is resident already
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, cwd=ROOT, check=True)
    during, after, peak, reset = (int(word) / MB for word in done.stdout.split())
    assert 150 < during < 260
    assert peak > 150
    assert after < 100
    assert reset < 100


EARLIER = """
import torch
from engine.measure.memory import MemoryMeter
from engine.run.memory import Watch
from engine.record.report import Entry
small = [bytearray(60_000) for _ in range(4_000)]  # of the heap, which keeps what lies before the last
last = bytearray(60_000)
watch = Watch("run", torch.device("cpu"), lambda event: None)
entry = Entry("block", "probe", "Probe", {})
with watch:
    with watch.computing(entry):
        pass
    before = entry.peak_memory_bytes
    del small
    with watch.computing(entry):
        pass
    print(before - entry.peak_memory_bytes)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="nothing gives memory back there")
def test_the_peak_of_a_block_is_not_that_of_the_block_before() -> None:
    done = subprocess.run([sys.executable, "-c", EARLIER], capture_output=True, text=True, cwd=ROOT, check=True)
    assert int(done.stdout) > 200 * MB


def test_it_stops() -> None:
    meter = MemoryMeter().start()
    thread = meter._thread
    assert thread is not None and thread.is_alive()
    meter.stop()
    assert not thread.is_alive()
