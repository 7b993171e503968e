"""A run that another process executes is followed by its files, and asked to pause, to go on, to stop, to end."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest
from filelock import FileLock

from engine.base.errors import BadInput
from engine.contracts.commands import ReadStructure, RunPipeline
from engine.contracts.events import Event, Memory, Progress, RunChanged, StageChanged, to_line
from engine.pipeline.document import Pipeline
from engine.record.folder import EVENTS, HOLDER, LOCK, REQUEST, RunFolder
from engine.record.home import Home
from engine.run.requests import RequestQueue, request
from engine.service.follow import Follower
from engine.service.worker import Engine

Chain = Callable[..., Pipeline]


@pytest.fixture
def engine(home: Home) -> Iterator[Engine]:
    made = Engine(home, device="cpu")
    made.start()
    yield made
    assert made.close(20)


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


class Heard(list[Event]):
    """What was told so far."""

    def __init__(self, follower: Follower) -> None:
        super().__init__()
        self.follower = follower

    def states(self) -> list[str]:
        self += self.follower.drain(10_000)
        return [event.state for event in self if isinstance(event, RunChanged)]


def begun(engine: Engine, home: Home, pipeline: Pipeline) -> Follower:
    """A run in the other thread, which a new follower follows."""
    engine.send(RunPipeline(id="r", pipeline=pipeline.to_json()))
    until(lambda: (home.runs / "r" / HOLDER).exists())
    follower = Follower(RunFolder.open(home.runs / "r"))
    follower.start()
    return follower


def test_a_run_is_followed_to_its_end(engine: Engine, home: Home, chain: Chain) -> None:
    follower = begun(engine, home, chain({"seconds": 0.3}))
    heard = Heard(follower)
    until(lambda: heard.states()[-1:] == ["done"])
    until(lambda: not follower.is_busy and not engine.is_busy)
    clock = (Progress, Memory)
    told = [e for e in engine.drain(10_000) if not isinstance(e, clock)]
    assert told[0] == RunChanged(run="r", state="queued", time=told[0].time)
    assert [event for event in heard if not isinstance(event, clock)] == told[1:]
    assert any(isinstance(event, Progress) for event in heard)


def test_it_is_paused_resumed_and_cancelled_by_requests(engine: Engine, home: Home, chain: Chain) -> None:
    follower = begun(engine, home, chain({"seconds": 60.0}))
    heard = Heard(follower)
    until(lambda: bool(heard.states()) and any(isinstance(e, StageChanged) and e.block == "probe_1" for e in heard))
    assert RunFolder.open(home.runs / "r").executing_process()
    for ask, state in ((follower.pause, "paused"), (follower.resume, "running"), (follower.cancel, "cancelled")):
        ask("r")
        until(lambda state=state: heard.states()[-1:] == [state])
    until(lambda: not engine.is_busy)
    assert RunFolder.open(home.runs / "r").executing_process() is None
    assert not (home.runs / "r" / REQUEST).exists()
    with pytest.raises(BadInput, match="followed"):
        follower.send(ReadStructure(id="s", model="m"))


def test_old_and_broken_requests_are_not_obeyed(engine: Engine, home: Home, chain: Chain) -> None:
    follower = begun(engine, home, chain({"seconds": 0.4}))
    for nonsense in ('{"request": "explode"}', "[]", "{"):
        (home.runs / "r" / REQUEST).write_text(nonsense)
        until(lambda: not (home.runs / "r" / REQUEST).exists())
    until(lambda: not engine.is_busy)
    assert Heard(follower).states()[-1] != "cancelled"
    assert not request(RunFolder(home.runs / "r"), "cancel")  # nobody is there
    (home.runs / "r" / REQUEST).write_text('{"request": "cancel"}')  # of an execution that is over
    engine.send(RunPipeline(id="r", resume=True))
    until(lambda: not engine.is_busy)
    assert [e.state for e in engine.drain(10_000) if isinstance(e, RunChanged)][-1] == "done"


def test_requests_in_a_row_are_all_obeyed_in_their_order(engine: Engine, home: Home, chain: Chain) -> None:
    """They come before the run has begun, and none takes the place of another."""
    folder = RunFolder(home.runs / "r")
    queue = RequestQueue(folder)
    for what in ("pause", "resume", "cancel", "pause"):
        queue.add(what)  # type: ignore[arg-type]
    engine.send(RunPipeline(id="r", pipeline=chain({"seconds": 60.0}).to_json()))

    def is_over() -> bool:
        queue.send()
        return not engine.is_busy

    until(is_over)
    states = [event.state for event in folder.events() if isinstance(event, RunChanged)]
    assert states[-1] == "cancelled"


def test_nothing_is_asked_before_what_was_asked_of_an_earlier_execution_is_removed(home: Home, chain: Chain) -> None:
    """Whoever takes up a run holds its lock before it has written that it does."""
    folder = RunFolder.create(home.runs / "r", chain({}), {"run": "r"})
    with subprocess.Popen([sys.executable, "-c", ""]) as earlier:
        started = psutil.Process(earlier.pid).create_time()
    holder = {"process": earlier.pid, "started": started, "node": platform.node()}
    (folder.path / HOLDER).write_text(json.dumps(holder))
    with FileLock(folder.path / LOCK):
        assert folder.executing_process() == earlier.pid and not request(folder, "cancel")
    with folder.locked():
        assert request(folder, "pause") and not request(folder, "cancel"), "the first one is not taken yet"
        assert json.loads((folder.path / REQUEST).read_text()) == {"request": "pause"}
    with folder.locked():
        assert not (folder.path / REQUEST).exists()


def test_a_run_whose_process_died_is_interrupted(home: Home, chain: Chain) -> None:
    folder = RunFolder.create(home.runs / "r", chain({}), {"run": "r"})
    states = ["running", "cancelled", "running"]  # it had been taken up again
    events = [RunChanged(run="r", state=state) for state in states]  # type: ignore[arg-type]
    text = "".join(to_line(event) + "\n" for event in events)
    (folder.path / EVENTS).write_text(text + '{"kind": "Log", "run": "r", "lev')
    (folder.path / HOLDER).write_text('{"process": 1}')
    follower = Follower(folder)
    follower.start()
    until(lambda: not follower.is_busy)
    assert Heard(follower).states() == ["running", "running", "interrupted"]
