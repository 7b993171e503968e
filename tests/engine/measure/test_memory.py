"""The memory meter sees what is allocated, and forgets it on reset."""

from __future__ import annotations

import time

import numpy as np
import torch

from engine.measure.memory import INTERVAL, MemoryMeter, device_info

MB = 10**6


def test_a_peak_between_two_looks_is_seen() -> None:
    with MemoryMeter() as meter:
        before = meter.now()
        block = np.ones(200 * MB // 8)
        time.sleep(4 * INTERVAL)
        during = meter.now().process
        del block
        time.sleep(2 * INTERVAL)
        after = meter.now()
        meter.reset()
        assert 150 * MB < during - before.process < 260 * MB
        assert after.process_peak - before.process > 150 * MB
        assert after.process - before.process < 100 * MB
        assert meter.now().process_peak - before.process < 100 * MB
    assert after.device is None


def test_it_stops() -> None:
    meter = MemoryMeter().start()
    thread = meter._thread
    assert thread is not None and thread.is_alive()
    meter.stop()
    assert not thread.is_alive()


def test_the_device_is_described() -> None:
    info = device_info("cpu")
    assert info["device"] == "cpu" and info["name"] and int(info["memory"]) > 10**8
    assert info["threads"] == torch.get_num_threads()
