"""Time as it was shown in real runs: recorded logs are played, and looked at twice a second.

`tests/benchmarks/progress_logs.py` records them.
"""

from __future__ import annotations

import gzip
import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.base.human import duration_text
from engine.contracts.events import Event, Progress, RunChanged, StageChanged, from_line
from engine.pipeline.document import Pipeline
from engine.pipeline.names import distinct_titles
from engine.record.state import RunState
from engine.record.timing import Timing

LOGS = sorted((Path(__file__).parents[2] / "resources" / "progress").glob("*.json.gz"))
RUNS = [path for path in LOGS if "_export" not in path.name]
LOOK = 0.5
"""Seconds between two looks."""


@dataclass
class Seen:
    """What is shown at one moment, ``at`` seconds as of time.time()."""

    at: float
    state: str
    elapsed: float
    total: float
    left: float | None
    activity: str
    block: str


@dataclass
class Log:
    """A recorded log: the wall time of each execution without pauses, and the events."""

    seconds: list[float]
    pipeline: Pipeline | None
    events: list[Event]

    @classmethod
    def read(cls, path: Path) -> Log:
        data: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
        pipeline = None if data["pipeline"] is None else Pipeline.from_json(json.dumps(data["pipeline"]))
        return cls(data["seconds"], pipeline, [from_line(json.dumps(each)) for each in data["events"]])

    @property
    def says_phases(self) -> bool:
        """Whether it is not of an earlier release."""
        return any(isinstance(event, Progress) and event.phase for event in self.events)

    def executions(self) -> list[list[Event]]:
        """The events of each execution."""
        starts = [i for i, e in enumerate(self.events) if isinstance(e, RunChanged) and e.total_elapsed == 0.0] or [0]
        return [self.events[a:b] for a, b in itertools.pairwise([*starts, len(self.events)])]


def fresh(log: Log) -> RunState:
    assert log.pipeline is not None
    return RunState.start("r", log.pipeline, None, distinct_titles(log.pipeline))


def played(run: RunState, events: list[Event]) -> list[Seen]:
    """What is shown while these events come, at each look."""
    seen: list[Seen] = []
    at = events[0].time
    for event in events:
        while at < event.time:
            seen.append(look(run, at))
            at += LOOK
        run.apply(event)
    seen.append(look(run, max(at, events[-1].time)))
    return seen


def look(run: RunState, at: float) -> Seen:
    block = run.current
    return Seen(
        at,
        run.state,
        run.seconds(at),
        run.total,
        run.remaining_time(at),
        run.activity,
        block.id if block is not None else "",
    )


@pytest.fixture(params=RUNS, ids=lambda path: path.name.removesuffix(".json.gz"))
def log(request: pytest.FixtureRequest) -> Log:
    return Log.read(request.param)


def test_there_are_nine_of_them_and_two_exports() -> None:
    assert len(RUNS) == 9 and len(LOGS) == 11
    assert sum(path.stat().st_size for path in LOGS) < 300_000


def test_a_run_takes_its_wall_time_and_its_blocks_add_up_to_it(log: Log) -> None:
    run = fresh(log)
    for seconds, events in zip(log.seconds, log.executions(), strict=True):
        for event in events:
            run.apply(event)
        assert run.is_over
        assert run.elapsed == pytest.approx(seconds, rel=0.02, abs=1.0)
        assert sum(block.elapsed for block in run.blocks.values()) == pytest.approx(run.elapsed, abs=0.01)
        assert run.seconds(events[-1].time + 1000.0) == run.elapsed


def test_seconds_never_jump(log: Log) -> None:
    """They tick with the clock, stand still while paused, and never go back; those of blocks neither."""
    for events in log.executions():
        seen = played(fresh(log), events)
        for before, after in itertools.pairwise(seen):
            passed = after.at - before.at
            grown = after.elapsed - before.elapsed
            if before.state == after.state == "paused":
                assert grown == 0.0
            assert -0.05 <= grown <= passed + 0.5


def test_the_whole_never_goes_back(log: Log) -> None:
    for events in log.executions():
        totals = [each.total for each in played(fresh(log), events)]
        assert totals == sorted(totals) and max(totals) <= 1.0
    last = log.events[-1]
    assert (isinstance(last, RunChanged) and totals[-1] == 1.0) or last.state != "done"


def test_what_is_left_never_runs_back(log: Log) -> None:
    for events in log.executions():
        lowest: float | None = None
        withdrawn = 0
        for each in played(fresh(log), events):
            if each.left is not None:
                assert lowest is None or each.left <= 1.1 * lowest + 0.1
                lowest = each.left if lowest is None else min(lowest, each.left)
            elif lowest is not None:  # what turned out far too small is taken back, and not corrected upward
                lowest, withdrawn = None, withdrawn + (each.state == "running")
        assert withdrawn <= 2


def test_what_is_left_never_stands_still(log: Log) -> None:
    """What is read changes at least with the next unit of work, however long a unit takes."""
    for events in log.executions():
        seen = [each for each in played(fresh(log), events) if each.state == "running" and each.left is not None]
        told = [event.time for event in events if isinstance(event, Progress | StageChanged | RunChanged)]
        for words, same in itertools.groupby(seen, key=lambda each: duration_text(max(1.0, round(each.left or 0.0)))):
            stretch = list(same)
            first, last = stretch[0].at, stretch[-1].at
            units = [time for time in told if first < time <= last]
            if stretch[0].left is not None and stretch[0].left > 1.5 and last - first > 3.0:
                assert len(units) <= 1 or last - first < 10.0, f"{words} for {last - first:.0f} s"


def test_what_is_done_is_said_at_every_moment(log: Log) -> None:
    for events in log.executions():
        for each in played(fresh(log), events)[1:]:
            if each.state == "running":
                assert each.activity and (not log.says_phases or not each.block or ": " in each.activity), each


@pytest.mark.parametrize("path", [path for path in LOGS if path not in RUNS], ids=lambda path: path.name)
def test_an_export_ticks_to_its_end(path: Path) -> None:
    log = Log.read(path)
    timing, total = Timing(), 0.0
    words: set[str] = set()
    at, shown = log.events[0].time, []
    for event in log.events:
        assert isinstance(event, Progress)
        while at < event.time:
            shown.append((at, timing.remaining_time(at)))
            at += LOOK
        timing.tell(event.total_elapsed, event.time, event.total_eta, event.unit)
        assert event.total >= total and event.text
        total = event.total
        words.add(event.text.split()[0])
    assert total >= 0.99 and timing.clock.elapsed == pytest.approx(log.seconds[0], rel=0.02, abs=1.0)
    assert "Writing" in words
    known = [left for _, left in shown if left is not None]
    assert all(after <= 1.1 * before + 0.1 for before, after in itertools.pairwise(known))
