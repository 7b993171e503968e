"""The queue on the disk: kept as it was, moved within its ends, empty where the file is damaged."""

from __future__ import annotations

import json

from engine.pipeline.document import Pipeline
from engine.record.home import Home
from engine.service.queue import Waiting, due, moved, read_queue, write_queue

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


def test_those_that_were_begun_stand_first_and_stay() -> None:
    begun = WAITING[0].model_copy(update={"run": "r"})
    order = [begun, *WAITING[1:]]
    assert [each.name for each in moved(order, WAITING[2].id, -1)] == ["a", "c", "b"]
    assert moved(order, WAITING[2].id, -2) == moved(order, begun.id, 1) == order


def test_on_each_machine_it_is_the_turn_of_the_first_that_waits_for_it() -> None:
    places = {"a": "box", "b": "box", "c": ""}
    order = [entry.model_copy(update={"machine": places[entry.name]}) for entry in WAITING]
    assert [each.name for each in due(order, ())] == ["a", "c"]
    assert [each.name for each in due(order, {"box"})] == ["c"]
    assert [each.name for each in due(order, {"", "box"})] == []
    begun = order[0].model_copy(update={"run": "r"})
    assert [each.name for each in due([begun, *order[1:]], {"box"})] == ["c"]


def test_a_queue_of_before_is_read(home: Home) -> None:
    write_queue(home, WAITING)
    entries = json.loads(home.queue.read_text())
    for entry in entries:
        for name in ("machine", "run", "until"):
            del entry[name]
    home.queue.write_text(json.dumps(entries))
    assert read_queue(home) == WAITING
