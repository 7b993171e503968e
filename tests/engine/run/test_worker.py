"""The engine thread: commands down, events up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.contracts.commands import (
    Checked,
    CheckPipeline,
    Command,
    Export,
    Generate,
    Inspect,
    ReadStructure,
    RunPipeline,
)
from engine.contracts.errors import BadInput
from engine.contracts.events import Event, Failure, Generated, JobDone, Metric, Progress, RunChanged, StageChanged
from engine.models.structure import Structure
from engine.pipeline.document import Pipeline
from engine.run.home import Home
from engine.run.worker import WAITING, Engine

Chain = Callable[..., Pipeline]


class Driver:
    """An engine and all that it told."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.events: list[Event] = []

    def until(self, condition: Callable[[], bool], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            self.events += self.engine.drain()
            assert time.monotonic() < end, [e for e in self.events if not isinstance(e, Progress)][-5:]
            time.sleep(0.005)

    def of(self, kind: type[Any], run: str) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind) and event.run == run]

    def states(self, run: str) -> list[str]:
        return [event.state for event in self.of(RunChanged, run)]

    def ask(self, command: Command) -> Any:
        """Send a job and wait for its result."""
        self.engine.send(command)
        self.until(lambda: bool(self.of(JobDone, command.id) or self.of(Failure, command.id)))
        assert not self.of(Failure, command.id), self.of(Failure, command.id)[0].traceback
        return self.of(JobDone, command.id)[0].result

    def run(self, pipeline: Pipeline, run: str = "r", **more: Any) -> None:
        self.engine.send(RunPipeline(id=run, pipeline=pipeline.to_json(), **more))


@pytest.fixture
def driver(home: Home) -> Iterator[Driver]:
    engine = Engine(home, device="cpu")
    engine.start()
    yield Driver(engine)
    assert engine.close(10)


def test_a_run_by_the_thread(driver: Driver, chain: Chain) -> None:
    driver.run(chain({"factor": 0.5}))
    driver.until(lambda: "done" in driver.states("r"))
    assert driver.states("r") == ["queued", "running", "done"]
    assert [e.state for e in driver.of(StageChanged, "r") if e.block == "probe_1"] == ["running", "done"]
    assert Path(driver.of(RunChanged, "r")[-1].report).is_file()
    driver.until(lambda: not driver.engine.is_busy)


def test_pause_resume_cancel_and_take_up_again(driver: Driver, chain: Chain) -> None:
    driver.run(chain({"seconds": 0.15}))
    driver.until(lambda: bool(driver.of(Metric, "r")))
    driver.engine.pause("r")
    driver.until(lambda: "paused" in driver.states("r"))
    driver.engine.resume("r")
    driver.until(lambda: driver.states("r")[-1] == "running")
    driver.engine.cancel("r")
    driver.until(lambda: "cancelling" in driver.states("r"))
    driver.until(lambda: driver.states("r")[-1] == "cancelled")
    assert [e.state for e in driver.of(StageChanged, "r") if e.block == "probe_1"][-1:] != ["done"]
    driver.until(lambda: not driver.engine.is_busy)
    driver.engine.send(RunPipeline(id="r", resume=True))
    driver.until(lambda: driver.states("r")[-1] == "done")


def test_what_waits_can_be_cancelled_before_it_begins(driver: Driver, chain: Chain) -> None:
    driver.run(chain({"seconds": 0.1}), "first")
    driver.run(chain({"seconds": 0.1}), "second")
    with pytest.raises(BadInput, match="already"):
        driver.run(chain({}), "second")
    driver.engine.cancel("second")
    driver.until(lambda: driver.states("second")[-1:] == ["cancelled"] and driver.states("first")[-1:] == ["done"])
    assert "running" not in driver.states("second")


def test_failures_are_events_and_the_thread_lives_on(driver: Driver, chain: Chain) -> None:
    driver.engine.send(RunPipeline(id="bad", pipeline="{"))
    driver.until(lambda: "failed" in driver.states("bad"))
    assert driver.of(Failure, "bad")[0].what == "Not a pipeline file"
    driver.engine.send(ReadStructure(id="none", model="/nowhere/at/all"))
    driver.until(lambda: bool(driver.of(Failure, "none")))
    driver.engine.send(Command(id="strange"))
    driver.until(lambda: bool(driver.of(Failure, "strange")))
    driver.run(chain({"action": "error"}))
    driver.until(lambda: "failed" in driver.states("r"))
    assert driver.of(Failure, "r")[0].block == "probe_1"
    driver.run(chain({}), "again")
    driver.until(lambda: "done" in driver.states("again"))


def test_jobs(driver: Driver, chain: Chain, tiny: Callable[[str], Path], text: str) -> None:
    model = str(tiny("llama"))
    structure = driver.ask(ReadStructure(id="structure", model=model))
    assert isinstance(structure, Structure) and structure.model_type == "llama"
    checked = driver.ask(CheckPipeline(id="check", pipeline=chain({}).to_json()))
    assert isinstance(checked, Checked) and checked.problems == () and set(checked.estimates) == {"model_1", "probe_1"}
    inspection = driver.ask(Inspect(id="inspect", model=model, reference=model, text=text))
    assert len(inspection.layers) >= 14
    speeds = driver.ask(Generate(id="generate", models=(model,), prompt="The fox", tokens=8, temperature=1.0))
    assert speeds[model] > 0
    pieces = driver.of(Generated, "generate")
    assert all(piece.model == model for piece in pieces)


def test_cancelling_a_job(driver: Driver, tiny: Callable[[str], Path]) -> None:
    model = str(tiny("llama"))
    driver.engine.send(Generate(id="long", models=(model,) * 50, prompt="The fox", tokens=200, temperature=1.0))
    driver.until(lambda: bool(driver.of(Generated, "long")))
    driver.engine.cancel("long")
    driver.until(lambda: driver.states("long")[-1:] == ["cancelled"])
    assert not driver.of(JobDone, "long")


@pytest.mark.slow
def test_export(driver: Driver, chain: Chain, home: Home, tmp_path: Path) -> None:
    driver.run(chain({"factor": 0.5}))
    driver.until(lambda: "done" in driver.states("r"))
    artifact = next(e.artifact for e in driver.of(StageChanged, "r") if e.block == "probe_1" and e.artifact)
    verified = driver.ask(Export(id="export", artifact=artifact, format="dense", folder=tmp_path / "out"))
    assert verified.ok, verified.sentence
    assert "Probe" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


def test_closing_ends_what_is_going_on(home: Home, chain: Chain) -> None:
    engine = Engine(home, device="cpu")
    engine.start()
    driver = Driver(engine)
    driver.run(chain({"seconds": 60.0}))
    driver.run(chain({}), "waiting")
    driver.until(lambda: bool(driver.of(StageChanged, "r")))
    assert engine.close(20)
    driver.events += engine.drain()
    assert driver.states("r")[-1] == "cancelled" and driver.states("waiting")[-1] == "cancelled"
    with pytest.raises(BadInput, match="closed"):
        driver.run(chain({}))
    assert engine.close(1)


def test_the_queue_is_bounded(home: Home) -> None:
    engine = Engine(home)
    for number in range(WAITING):
        engine.send(ReadStructure(id=str(number), model="x"))
    with pytest.raises(BadInput, match="Too much"):
        engine.send(ReadStructure(id="more", model="x"))
    assert engine.close(0.1)
