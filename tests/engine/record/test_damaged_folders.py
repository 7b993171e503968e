"""No damaged file of a run takes down the history, a resume, an export or another run."""

from __future__ import annotations

import contextlib
import json
import os
import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.base import files
from engine.base.errors import StudioError
from engine.base.files import parse_json, read_json, write_json
from engine.contracts.events import Event
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.folder import ENVIRONMENT, EVENTS, REPORT, RunFolder
from engine.record.history import History
from engine.record.home import Home
from engine.record.report import read_report
from engine.record.report_page import as_html
from engine.run.artifacts import Store
from engine.run.failures import explain
from engine.run.runner import Outcome, resume
from engine.service.jobs import artifact_of, stages_of

Go = Callable[..., Outcome]
DEEP = "[" * 100_000
ODD: tuple[Any, ...] = (None, True, -1, 1e300, "", "\ud800", [], {}, [[]], {"": None}, ["x", 3], {"block": 3})


@pytest.fixture
def done(go: Go, chain: Callable[..., Pipeline], text: str) -> Outcome:
    evaluation = Evaluation(text=text, window_size=32, num_windows=1, speed=False)
    return go(chain({}, evaluation=evaluation))


def mutations(value: Any, rng: random.Random, count: int) -> list[Any]:
    """Copies of a JSON value in which one thing, anywhere, is another or gone."""
    found = []
    for _ in range(count):
        copy = json.loads(json.dumps(value))
        place: Any = copy
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = rng.choice(keys)
            if isinstance(place[key], dict | list) and place[key] and rng.random() < 0.8:
                place = place[key]
                continue
            if rng.random() < 0.3:
                del place[key]
            else:
                place[key] = rng.choice(ODD)
            break
        found.append(copy)
    return found


def _use(folder: RunFolder, home: Home) -> None:
    """All that reads the files of a run that is over; refusals are sentences."""
    report = folder.report()
    if report:
        as_html(report)
    home.history.unlink(missing_ok=True)
    with History.open(home) as history:
        for run in history.runs():
            history.metrics(run.id)
        assert len(history.runs()) == 1
    with contextlib.suppress(StudioError):
        artifact = artifact_of(str(folder.path), home)
        stages_of(artifact, home)
    assert isinstance(folder.id, str)
    for event in folder.events():
        assert isinstance(event, Event)


@pytest.mark.parametrize("name", [REPORT, ENVIRONMENT])
def test_damaged_values_anywhere(done: Outcome, home: Home, name: str) -> None:
    file = done.folder.path / name
    rng = random.Random(7)
    for broken in mutations(json.loads(file.read_text()), rng, 60):
        file.write_text(json.dumps(broken))
        _use(done.folder, home)


@pytest.mark.parametrize("name", [REPORT, ENVIRONMENT, EVENTS])
@pytest.mark.parametrize(
    "broken", ["", "null", "3", DEEP, '{"stages": ' + DEEP, "\xff\xfe\x00", '{"run": "x", "stages": [{"block": "a"}]}']
)
def test_files_that_are_something_else(done: Outcome, home: Home, name: str, broken: str) -> None:
    (done.folder.path / name).write_bytes((broken + "\n").encode("latin-1"))
    _use(done.folder, home)
    again = resume(done.folder.path, home=home, device="cpu")
    assert again.status == "done"


def test_damaged_events_are_left_out(done: Outcome, home: Home) -> None:
    file = done.folder.path / EVENTS
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    rng = random.Random(11)
    sound = len(list(done.folder.events()))
    for _ in range(100):
        number = rng.randrange(len(lines))
        broken = [*lines[:number], *mutations(lines[number], rng, 1), *lines[number + 1 :]]
        file.write_text("".join(json.dumps(line) + "\n" for line in broken))
        _use(done.folder, home)
        assert len(list(done.folder.events())) >= sound - 1


def test_a_report_that_says_little_is_taken_for_what_it_says() -> None:
    report = read_report({"run": "x", "stages": [{"block": "a"}, {"title": "no block"}, 3], "seed": "many"})
    assert report["run"] == "x"
    assert report["seed"] == 0
    assert [stage["block"] for stage in report["stages"]] == ["a"]
    assert report["stages"][0]["metrics"] == {}
    assert "error" not in report
    assert read_report([]) == read_report({}) == {}


def test_a_report_of_the_first_release_is_read() -> None:
    """It called the metrics "figures"."""
    stage = {"block": "a", "figures": {"perplexity": 3.5}, "details": {"steps": 2}}
    (read,) = read_report({"run": "x", "stages": [stage]})["stages"]
    assert read["metrics"] == {"perplexity": 3.5}
    assert read["details"] == {"steps": 2}


def test_damaged_rows_of_the_index(done: Outcome, home: Home) -> None:
    with contextlib.closing(sqlite3.connect(home.history)) as connection, connection:
        connection.execute("UPDATE runs SET metrics = ?, name = NULL, status = 3", (DEEP,))
    with History.open(home) as history:
        (run,) = history.runs(limit=10**30)
        assert run.metrics == {}
        assert run.name == ""


def test_deep_json_is_a_sentence_wherever_it_is_read(tmp_path: Path) -> None:
    for depth in (files.DEEPEST + 1, 5_000, 100_000):
        with pytest.raises(ValueError, match="nested too deeply"):
            parse_json("[" * depth + "]" * depth)
    assert parse_json("[" * files.DEEPEST + "]" * files.DEEPEST)
    file = tmp_path / "pipeline.json"
    file.write_text("[" * 100_000 + "]" * 100_000)
    with pytest.raises(StudioError, match="nested too deeply"):
        Pipeline.read(file)
    with pytest.raises(StudioError, match="nested too deeply"):
        read_json(file)


def test_what_can_not_be_read_is_not_called_unwritable(tmp_path: Path) -> None:
    file = tmp_path / "tokenizer.json"
    file.mkdir()
    for path in (file, tmp_path / ("a" * 5000)):
        with pytest.raises(OSError) as raised:
            path.read_bytes()
        assert explain(raised.value).what == "The file can't be read"
    forbidden = PermissionError(13, "Permission denied", str(tmp_path))
    assert explain(forbidden).what == "The folder can't be written"
    full = OSError(28, "No space left", str(tmp_path))
    assert explain(full).what == "The disk is full"


# -- what killed processes leave ---------------------------------------------------------------------------------------
def dead_process() -> int:
    child = os.fork() if hasattr(os, "fork") else 0
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def test_half_written_files_of_dead_processes_go(tmp_path: Path) -> None:
    gone, old = dead_process(), time.time() - 2 * files.ABANDONED_SECONDS
    left = tmp_path / f".metrics.json.{gone}.1.part"
    fresh = tmp_path / f".other.json.{gone}.1.part"
    alive = tmp_path / f".mine.json.{os.getpid()}.1.part"
    folder = tmp_path / f".tokenizer.{gone}.part"
    folder.mkdir()
    (folder / "a").write_text("")
    other = tmp_path / ".hidden"
    for file in (left, fresh, alive, other):
        file.write_text("")
    for file in (left, alive, folder, other):
        os.utime(file, (old, old))
    files._swept.clear()
    write_json(tmp_path / "metrics.json", {})
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([fresh.name, alive.name, other.name, "metrics.json"])


def test_locks_of_artifacts_go(tmp_path: Path, done: Outcome, home: Home) -> None:
    assert not list(home.artifacts.glob("*.lock"))
    store = Store(tmp_path)
    (tmp_path / "killed.lock").write_text("")
    with store.locked("a", lambda: None):
        assert [file.name for file in tmp_path.glob("*.lock")] == ["a.lock"]
        waited: list[int] = []

        def waiting() -> None:
            waited.append(1)
            raise InterruptedError

        with pytest.raises(StudioError), store.locked("a", waiting):
            pass
        assert waited
        with store.locked("b", lambda: None):
            assert len(list(tmp_path.glob("*.lock"))) == 2
    assert not list(tmp_path.glob("*.lock"))
    with store.locked("a", lambda: None):
        pass
