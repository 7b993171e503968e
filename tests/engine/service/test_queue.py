"""The queue on the disk: kept as it was, moved within its ends, empty where the file is damaged, shared by windows."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from filelock import FileLock

from engine.base.errors import RunFailed
from engine.pipeline.document import Pipeline
from engine.record.home import Home
from engine.service.queue import (
    Waiting,
    begin,
    busy_elsewhere,
    change_queue,
    due,
    is_gone,
    moved,
    new_window,
    read_queue,
    take_over,
)  # fmt: skip

WAITING = [Waiting(pipeline=Pipeline.linear([("model", {})], name=name).to_json(), name=name) for name in "abc"]


def test_what_waits_is_read_as_it_was_written(home: Home) -> None:
    assert read_queue(home) == []
    estimated = WAITING[0].model_copy(update={"seconds": 12.5})
    change_queue(home, lambda _: [estimated, WAITING[1]])
    assert read_queue(home) == [estimated, WAITING[1]]


def test_a_damaged_queue_counts_as_empty(home: Home) -> None:
    change_queue(home, lambda _: list(WAITING))
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
    change_queue(home, lambda _: list(WAITING))
    entries = json.loads(home.queue.read_text())
    for entry in entries:
        for name in ("machine", "run", "until", "window"):
            del entry[name]
    home.queue.write_text(json.dumps(entries))
    assert read_queue(home) == WAITING


CHANGES = """
import sys
from pathlib import Path
from engine.record.home import Home
from engine.service.queue import Waiting, begin, change_queue, new_window
home, name, pipeline = Home(Path(sys.argv[1])), sys.argv[2], sys.argv[3]
window, begun = new_window(), []
sys.stdin.readline()  # all begin at once
for number in range(40):
    change_queue(home, lambda entries: [*entries, Waiting(pipeline=pipeline, name=f"{name}{number}")])
for entry in sys.stdin.readline().split():
    if begin(home, entry, f"{name}-{entry}", window):
        print(entry, flush=True)
sys.stdin.readline()
"""


def test_windows_that_write_at_once_lose_nothing_and_begin_nothing_twice(home: Home) -> None:
    change_queue(home, lambda _: [entry.model_copy(update={"machine": entry.name}) for entry in WAITING])
    command = [sys.executable, "-c", CHANGES, str(home.root)]
    started: list[subprocess.Popen[str]] = [
        subprocess.Popen(
            [*command, name, WAITING[0].pipeline], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in "xyz"
    ]
    try:
        for line in ("\n", " ".join(entry.id for entry in WAITING) + "\n"):
            for process in started:
                assert process.stdin is not None
                process.stdin.write(line)
                process.stdin.flush()
        answers = [process.communicate("\n", timeout=120)[0].split() for process in started]
    finally:
        for process in started:
            process.kill()
    entries = read_queue(home)
    added = {f"{name}{number}" for name in "xyz" for number in range(40)}
    assert {entry.name for entry in entries} == added | set("abc") and len(entries) == 123
    assert sorted(entry for taken in answers for entry in taken) == sorted(entry.id for entry in WAITING)
    begun = {entry.id: entry.run[2:] for entry in entries if entry.run}
    assert begun == {entry.id: entry.id for entry in WAITING}


def test_each_machine_has_one_run_of_one_window_at_a_time(home: Home) -> None:
    places = {"a": "box", "b": "box", "c": ""}
    change_queue(home, lambda _: [entry.model_copy(update={"machine": places[entry.name]}) for entry in WAITING])
    one, other = new_window(), new_window()
    first = begin(home, WAITING[0].id, "r1", one)
    assert first is not None and (first.run, first.window) == ("r1", one)
    assert begin(home, WAITING[0].id, "r2", other) is None, "it was begun"
    assert begin(home, WAITING[1].id, "r2", other) is None, "the other window has that machine"
    assert busy_elsewhere(read_queue(home), other) == {"box"} and busy_elsewhere(read_queue(home), one) == set()
    assert begin(home, WAITING[2].id, "r3", other) is not None
    assert [(entry.name, entry.run) for entry in read_queue(home)] == [("a", "r1"), ("c", "r3"), ("b", "")]


def test_what_a_window_that_is_gone_began_is_followed_by_one_other(home: Home) -> None:
    alive, gone = new_window(), "2147483646 1.00 00000000"
    assert is_gone(gone) and is_gone("") and is_gone("?") and not is_gone(alive)
    begun = [
        entry.model_copy(update={"run": entry.name, "window": window})
        for entry, window in zip(WAITING, (gone, alive, ""), strict=True)
    ]
    change_queue(home, lambda _: begun)
    assert [entry.name for entry in take_over(home, alive)] == ["a", "c"]
    assert take_over(home, new_window()) == [] and {entry.window for entry in read_queue(home)} == {alive}


def test_a_window_that_hangs_is_said(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    change_queue(home, lambda _: list(WAITING))
    monkeypatch.setattr("engine.service.queue.WAIT_SECONDS", 0.1)
    with FileLock(home.queue.with_suffix(".lock")), pytest.raises(RunFailed, match="The queue can't be changed"):
        change_queue(home, lambda entries: entries[1:])
    assert read_queue(home) == WAITING
