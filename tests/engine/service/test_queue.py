"""The queue on the disk: kept as it was, moved within its ends, empty where the file is damaged."""

from __future__ import annotations

from engine.pipeline.document import Pipeline
from engine.record.home import Home
from engine.service.queue import Waiting, moved, read_queue, write_queue

WAITING = [Waiting(pipeline=Pipeline.linear([("model", {})], name=name).to_json(), name=name) for name in "abc"]


def test_what_waits_is_read_as_it_was_written(home: Home) -> None:
    assert read_queue(home) == []
    estimated = WAITING[0].model_copy(update={"seconds": 12.5})
    write_queue(home, [estimated, WAITING[1]])
    assert read_queue(home) == [estimated, WAITING[1]]


def test_a_damaged_queue_counts_as_empty(home: Home) -> None:
    write_queue(home, WAITING)
    whole = home.queue.read_text()
    for damaged in ("[{]", "7", '[{"pipeline": "{}"}]', whole.replace("model_1", "")):
        home.queue.write_text(damaged)
        assert read_queue(home) == []


def test_one_moves_as_far_as_there_is_room() -> None:
    last = WAITING[2].id
    assert [each.name for each in moved(WAITING, last, -2)] == ["c", "a", "b"]
    assert moved(WAITING, last, 1) == moved(WAITING, last, -3) == moved(WAITING, "unknown", 1) == WAITING
