"""The buffer between engine and window."""

from __future__ import annotations

import threading

from engine.contracts.events import Event, Log, Metric, RunChanged, StageChanged
from engine.service.buffer import EventBuffer


def metric(step: int) -> Metric:
    return Metric(run="r", name="loss", value=float(step), step=step)


def drained(buffer: EventBuffer) -> list[Event]:
    found: list[Event] = []
    while taken := buffer.drain(100):
        found += taken
    return found


def test_order_and_limit() -> None:
    buffer = EventBuffer()
    for step in range(10):
        buffer.put(metric(step))
    first = buffer.drain(3)
    assert [event.step for event in first if isinstance(event, Metric)] == [0, 1, 2] and len(buffer) == 7


def test_states_are_never_dropped_and_curves_stay_curves() -> None:
    buffer = EventBuffer(capacity=1000)
    for step in range(50_000):
        buffer.put(metric(step))
        if step % 100 == 0:
            buffer.put(StageChanged(run="r", block=str(step), state="running"))
    events = drained(buffer)
    assert [e.block for e in events if isinstance(e, StageChanged)] == [str(s) for s in range(0, 50_000, 100)]
    steps = [e.step for e in events if isinstance(e, Metric)]
    assert steps == sorted(steps) and 50 <= len(steps) <= 1000 and steps[-1] > 49_000
    assert len(events) <= 2000


def test_too_many_that_matter_are_kept_all_the_same() -> None:
    buffer = EventBuffer(capacity=10)
    for number in range(500):
        buffer.put(Log(run="r", level="info", text=str(number)))
    assert len(drained(buffer)) == 500


def test_many_threads_put_while_one_drains() -> None:
    buffer = EventBuffer(capacity=500)
    found: list[Event] = []

    def put(name: str) -> None:
        for step in range(3000):
            buffer.put(metric(step))
            if step % 10 == 0:
                buffer.put(RunChanged(run=f"{name}{step}", state="done"))

    threads = [threading.Thread(target=put, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        found += buffer.drain(50)
    found += drained(buffer)
    states = [event.run for event in found if isinstance(event, RunChanged)]
    assert len(states) == len(set(states)) == 900
