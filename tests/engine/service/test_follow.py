"""A run that another process executes is followed by its files, and asked to pause, to go on, to stop, to end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from engine.base.errors import BadInput
from engine.contracts.commands import ReadStructure, RunPipeline
from engine.contracts.events import Event, Memory, Progress, RunChanged, StageChanged, to_line
from engine.pipeline.document import Pipeline
from engine.record.folder import EVENTS, HOLDER, RunFolder
from engine.record.home import Home
from engine.run.requests import FILE, request
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
    assert not (home.runs / "r" / FILE).exists()
    with pytest.raises(BadInput, match="followed"):
        follower.send(ReadStructure(id="s", model="m"))


def test_old_and_broken_requests_are_not_obeyed(engine: Engine, home: Home, chain: Chain) -> None:
    follower = begun(engine, home, chain({"seconds": 0.4}))
    for nonsense in ('{"request": "explode"}', "[]", "{"):
        (home.runs / "r" / FILE).write_text(nonsense)
        until(lambda: not (home.runs / "r" / FILE).exists())
    until(lambda: not engine.is_busy)
    assert Heard(follower).states()[-1] != "cancelled"
    request(home.runs / "r", "cancel")  # nobody is there
    engine.send(RunPipeline(id="r", resume=True))
    until(lambda: not engine.is_busy)
    assert [e.state for e in engine.drain(10_000) if isinstance(e, RunChanged)][-1] == "done"


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
