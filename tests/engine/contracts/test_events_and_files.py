"""Events that survive lines and messages, errors that read like sentences, files that appear whole."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import BadInput, OutOfMemory, StudioError
from engine.base.files import read_json, whole_file, write_text
from engine.contracts import events
from engine.contracts.commands import Checked, RunPipeline
from engine.contracts.events import Event, Histogram
from engine.contracts.problem import Problem
from engine.service.wire import decode, encode

HISTOGRAM = Histogram(-0.5, 0.5, (1, 0, 2))
EXAMPLES: list[Event] = [
    events.RunChanged(run="r", state="done", report="x"),
    events.StageChanged(run="r", block="b", state="cached", artifact="a"),
    events.Progress(run="r", block="b", fraction=0.5, total=0.25, eta=3.0),
    events.Metric(run="r", block="b", name="loss", value=1.0, step=2),
    events.Memory(run="r", process=1, process_peak=2),
    events.LinkChanged(run="r", machine="box", connected=False),
    events.LayerDone(
        run="r", block="b", layer="l", index=0, count=1, metrics={"kurtosis": 3.0}, before=HISTOGRAM, after=HISTOGRAM
    ),
    events.Curve(run="r", block="b", chart="c", series="s", x=(1.0, 2.0), y=(0.5, float("inf")), log_y=True),
    events.Grid(run="r", block="b", chart="c", series="s", values=((1.0, 2.0), (3.0, 4.0)), rows=("a", "b"), low=0.0),
    events.Measured(run="r", block="b", artifact="a", metrics={"perplexity": 2.0}, protocol={"text": "t"}),
    events.Log(run="r", level="warning", text="Ü"),
    events.Failure(run="r", what="w", where="x", why="y", advice="z", traceback="t"),
    events.Generated(run="r", model="m", text="once"),
]


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_events_survive_lines_and_messages(event: Event) -> None:
    line = events.to_line(event)
    assert "\n" not in line and json.loads(line)["kind"] == type(event).__name__
    assert events.from_line(line) == events.from_line(line.encode()) == event
    assert decode(encode(event)[8:]) == event


def test_no_event_is_forgotten() -> None:
    """What is not among the examples above could be lost on resume."""
    kinds = {kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event)}
    assert kinds - {Event, events.JobDone} == {type(event) for event in EXAMPLES}


@pytest.mark.parametrize(
    "event", [event for event in EXAMPLES if hasattr(event, "metrics")], ids=lambda e: type(e).__name__
)
def test_events_of_the_first_release_are_read(event: Event) -> None:
    """They called the metrics "figures"."""
    line = events.to_line(event)
    assert events.from_line(line.replace('"metrics":', '"figures":')) == event


BROKEN = ["", "{}", "[1]", "null", '{"kind": "Later", "run": "r"}', '{"kind": "Log"}', "[" * 10**5]


@pytest.mark.parametrize("line", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        events.from_line(line)


def test_nothing_is_a_number_too() -> None:
    grid = events.Grid(run="r", chart="c", series="s", values=((1.0, float("nan")),))
    (row,) = events.from_line(events.to_line(grid)).values  # type: ignore[attr-defined]
    assert row[0] == 1.0 and row[1] != row[1]


@pytest.mark.parametrize(
    "message", [RunPipeline(id="r", pipeline="{}"), Checked((Problem("error", "m"),), {}, (), 1, 2)]
)
def test_commands_and_results_can_cross_to_another_process(message: Any) -> None:
    assert decode(encode(message)[8:]) == message


def test_only_what_can_be_thinned_is_droppable() -> None:
    assert {type(event).__name__ for event in EXAMPLES if event.droppable} == {"Progress", "Metric", "Memory"}


def test_errors_are_sentences_and_keep_their_kind() -> None:
    error = BadInput("It fails.", where="layer 3", why="1000 inputs.", advice="choose 125.")
    assert str(error) == "It fails (layer 3): 1000 inputs. Choose 125."
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is BadInput and str(again) == str(error) and again.exit_status == 2
    assert OutOfMemory("x").exit_status == 1 and isinstance(OutOfMemory("x"), StudioError)


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"
    write_text(path, "one")
    with pytest.raises(ZeroDivisionError), whole_file(path) as temporary:
        temporary.write_text("two")
        raise ZeroDivisionError
    assert path.read_text() == "one" and [entry.name for entry in path.parent.iterdir()] == ["file.txt"]


def test_a_folder_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError):
        write_text(tmp_path / "file" / "inside.txt", "x")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.json")
    with pytest.raises(BadInput, match="not a regular file"):
        read_json(tmp_path / "config.json")
