"""One protocol, two transports: commands down, events up, by a thread and by a process."""

from __future__ import annotations

import dataclasses
import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from artifact_files import digests

from engine.base.errors import BadInput
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.commands import (
    Checked,
    CheckPipeline,
    Command,
    DescribeDevice,
    DescribeLayers,
    DescribeText,
    Export,
    Generate,
    Inspect,
    ReadStructure,
    RunPipeline,
)
from engine.contracts.events import (
    OVER,
    Event,
    Failure,
    Generated,
    JobDone,
    Log,
    Memory,
    Metric,
    Progress,
    RunChanged,
    StageChanged,
)
from engine.pipeline.document import Pipeline
from engine.record.home import Home
from engine.run.control import Control
from engine.service.buffer import EventBuffer
from engine.service.jobs import execute
from engine.service.process import EngineProcess
from engine.service.protocol import WAITING, EngineProtocol
from engine.service.wire import decode, encode_events
from engine.service.worker import Engine

Chain = Callable[..., Pipeline]
CHILD = [sys.executable, str(Path(__file__).resolve().parents[2] / "engine_child.py")]
"""An engine process that knows the probe."""
NUMBERS = itertools.count(1)


class Driver:
    """An engine and all that it told. One process serves many tests: names of runs and seeds are made distinct."""

    def __init__(self, engine: EngineProtocol) -> None:
        self.engine = engine
        self.events: list[Event] = []
        self.number = next(NUMBERS)

    def id(self, name: str) -> str:
        """What the run or job of this name is called in the engine."""
        return f"{self.number}-{name}"

    def until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            self.events += self.engine.drain()
            assert time.monotonic() < end, [e for e in self.events if not isinstance(e, Progress)][-5:]
            time.sleep(0.005)

    def of(self, kind: type[Any], name: str) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind) and event.run == self.id(name)]

    def states(self, name: str) -> list[str]:
        return [event.state for event in self.of(RunChanged, name)]

    def send(self, kind: type[Command], name: str, **more: Any) -> None:
        self.engine.send(kind(id=self.id(name), **more))

    def ask(self, kind: type[Command], name: str, **more: Any) -> Any:
        """Send a job and wait for its result."""
        self.send(kind, name, **more)
        self.until(lambda: bool(self.of(JobDone, name) or self.of(Failure, name)))
        assert not self.of(Failure, name), self.of(Failure, name)[0]
        return self.of(JobDone, name)[0].result

    def run(self, pipeline: Pipeline, name: str = "r", **more: Any) -> None:
        seeded = pipeline.model_copy(update={"seed": self.number})
        self.send(RunPipeline, name, pipeline=seeded.to_json(), **more)

    def rest(self) -> None:
        """Wait until nothing is open, and take what was told last."""
        self.until(lambda: not self.engine.is_busy)
        self.events += self.engine.drain()


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    made = EngineProcess(Home(tmp_path_factory.mktemp("process")), device="cpu", command=CHILD)
    made.start()
    yield made
    assert made.close(20)


@pytest.fixture(params=["thread", "process"])
def driver(request: pytest.FixtureRequest, home: Home) -> Iterator[Driver]:
    if request.param == "thread":
        engine = Engine(home, device="cpu")
        engine.start()
        yield Driver(engine)
        assert engine.close(20)
    else:
        lane = request.getfixturevalue("process").lane(request.node.name)
        yield Driver(lane)
        assert lane.close(20)


def test_a_run(driver: Driver, chain: Chain) -> None:
    driver.run(chain({"factor": 0.5}))
    driver.until(lambda: "done" in driver.states("r"))
    assert driver.states("r") == ["queued", "running", "done"]
    assert [e.state for e in driver.of(StageChanged, "r") if e.block == "probe_1"] == ["running", "done"]
    assert Path(driver.of(RunChanged, "r")[-1].report).is_file()
    assert not driver.engine.is_busy


def test_pause_resume_cancel_and_take_up_again(driver: Driver, chain: Chain) -> None:
    driver.run(chain({"seconds": 0.15}))
    driver.until(lambda: bool(driver.of(Metric, "r")))
    driver.engine.pause(driver.id("r"))
    driver.until(lambda: "paused" in driver.states("r"))
    driver.engine.resume(driver.id("r"))
    driver.until(lambda: driver.states("r")[-1] == "running")
    driver.engine.cancel(driver.id("r"))
    driver.until(lambda: "cancelling" in driver.states("r"))
    driver.until(lambda: driver.states("r")[-1] == "cancelled")
    assert [e.state for e in driver.of(StageChanged, "r") if e.block == "probe_1"][-1:] != ["done"]
    driver.send(RunPipeline, "r", resume=True)
    driver.until(lambda: driver.states("r")[-1] == "done")


def test_a_run_can_be_resumed_as_soon_as_its_end_is_told(home: Home, chain: Chain) -> None:
    """Even by whoever hears it in the thread that executed it."""
    resumed = False

    def resume(event: Event) -> None:
        nonlocal resumed
        if isinstance(event, RunChanged) and event.state in OVER and not resumed:
            resumed = True
            engine.send(RunPipeline(id="r", resume=True))

    engine = Engine(home, device="cpu", on_event=resume)
    engine.send(RunPipeline(id="r", pipeline=chain({"action": "error"}).to_json()))
    engine.start()
    while engine.is_busy:
        time.sleep(0.01)
    states = [event.state for event in engine.drain(1000) if isinstance(event, RunChanged)]
    assert resumed and states.count("running") == 2 and states.count("failed") == 2
    assert engine.close(20)


def test_what_waits_can_be_cancelled_before_it_begins(driver: Driver, chain: Chain) -> None:
    driver.run(chain({"seconds": 0.1}), "first")
    driver.run(chain({"seconds": 0.1}), "second")
    with pytest.raises(BadInput, match="already"):
        driver.run(chain({}), "second")
    driver.engine.cancel(driver.id("second"))
    driver.until(lambda: driver.states("second")[-1:] == ["cancelled"] and driver.states("first")[-1:] == ["done"])
    assert "running" not in driver.states("second")


def test_failures_are_events_and_the_thread_lives_on(driver: Driver, chain: Chain) -> None:
    driver.send(RunPipeline, "bad", pipeline="{")
    driver.until(lambda: "failed" in driver.states("bad"))
    assert driver.of(Failure, "bad")[0].what == "Not a pipeline file"
    driver.send(ReadStructure, "none", model="/nowhere/at/all")
    driver.until(lambda: bool(driver.of(Failure, "none")))
    driver.send(Command, "strange")
    driver.until(lambda: bool(driver.of(Failure, "strange")))
    driver.run(chain({"action": "error"}))
    driver.until(lambda: "failed" in driver.states("r"))
    assert driver.of(Failure, "r")[0].block == "probe_1"
    driver.run(chain({}), "again")
    driver.until(lambda: "done" in driver.states("again"))


def test_jobs(driver: Driver, chain: Chain, tiny: Callable[[str], Path], text: str) -> None:
    model = str(tiny("llama"))
    header = driver.ask(ReadStructure, "structure", model=model)
    assert isinstance(header, CheckpointHeader) and header.model_type == "llama"
    checked = driver.ask(CheckPipeline, "check", pipeline=chain({}).to_json())
    assert isinstance(checked, Checked) and checked.problems == () and set(checked.estimates) == {"model_1", "probe_1"}
    inspection = driver.ask(Inspect, "inspect", model=model, reference=model, text=text)
    assert len(inspection.layers) >= 14
    generation = driver.ask(Generate, "generate", models=(model,), prompt="The fox", tokens=8, temperature=1.0)
    assert generation.speeds[model] > 0 and not generation.programs
    pieces = driver.of(Generated, "generate")
    assert all(piece.model == model for piece in pieces)


def test_cancelling_a_job(driver: Driver, tiny: Callable[[str], Path]) -> None:
    model = str(tiny("llama"))
    driver.send(Generate, "long", models=(model,) * 50, prompt="The fox", tokens=200, temperature=1.0)
    driver.until(lambda: bool(driver.of(Generated, "long")))
    driver.engine.cancel(driver.id("long"))
    driver.until(lambda: driver.states("long")[-1:] == ["cancelled"])
    assert not driver.of(JobDone, "long")


@pytest.mark.slow
def test_export(driver: Driver, chain: Chain, home: Home, tmp_path: Path) -> None:
    driver.run(chain({"factor": 0.5}))
    driver.until(lambda: "done" in driver.states("r"))
    artifact = next(e.artifact for e in driver.of(StageChanged, "r") if e.block == "probe_1" and e.artifact)
    verified = driver.ask(Export, "export", artifact=artifact, format="dense", folder=tmp_path / "out")
    assert verified.ok, verified.sentence
    assert "Probe" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


def test_closing_ends_what_is_going_on(driver: Driver, chain: Chain) -> None:
    driver.run(chain({"seconds": 60.0}))
    driver.run(chain({}), "waiting")
    driver.until(lambda: bool(driver.of(StageChanged, "r")))
    assert driver.engine.close(20)
    driver.events += driver.engine.drain()
    assert driver.states("r")[-1] == "cancelled" and driver.states("waiting") == ["queued", "cancelling", "cancelled"]
    with pytest.raises(BadInput, match="closed"):
        driver.run(chain({}))
    assert driver.engine.close(1)


def test_the_queue_is_bounded(driver: Driver, chain: Chain) -> None:
    driver.run(chain({"seconds": 60.0}))
    for number in range(WAITING - 1):
        driver.send(ReadStructure, str(number), model="x")
    with pytest.raises(BadInput, match="Too much"):
        driver.send(ReadStructure, "more", model="x")
    assert driver.engine.close(20)
    driver.events += driver.engine.drain()
    assert all(driver.states(str(number))[-1] == "cancelled" for number in range(WAITING - 1))


def test_a_flood_is_thinned_and_loses_nothing_that_matters(home: Home, process: EngineProcess, chain: Chain) -> None:
    lane = process.lane("flood")
    lane.events = EventBuffer(20)
    for engine in (Engine(home, device="cpu", capacity=20), lane):
        if isinstance(engine, Engine):
            engine.start()
        driver = Driver(engine)
        driver.run(chain(*({"factor": 0.5} for _ in range(4))))
        for number in range(WAITING - 1):
            driver.send(ReadStructure, str(number), model="/nowhere")
        while engine.is_busy:
            time.sleep(0.01)
        driver.events = engine.drain(100_000)
        assert driver.states("r") == ["queued", "running", "done"]
        assert [e.state for e in driver.of(StageChanged, "r")].count("done") == 5
        assert all(driver.of(Failure, str(number)) for number in range(WAITING - 1))
        assert len([event for event in driver.events if event.droppable]) <= 40
        assert engine.close(20)


CLOCK = ("time", "seconds", "elapsed", "total_elapsed", "protocol")
"""What a clock decides, and not the work."""


def told(events: list[Event]) -> list[tuple[str, dict[str, Any]]]:
    """What was said, in order, but for how far and how long."""
    lines = []
    for event in events:
        is_estimate = isinstance(event, Log) and " will take " in event.text
        if not isinstance(event, Progress | Memory) and not is_estimate:
            values = {name: value for name, value in dataclasses.asdict(event).items() if name not in CLOCK}
            for name in ("seconds", "peak_memory_bytes"):
                values.get("metrics", {}).pop(name, None)
            lines.append((type(event).__name__, values))
    return lines


def test_both_transports_tell_the_same_and_leave_the_same_bytes(tmp_path: Path, chain: Chain) -> None:
    pipeline = chain({"noise": 0.01, "action": "warn"}, {"factor": 2.0}).to_json()
    home = tmp_path / "home"
    kept = EngineProcess(Home(home), device="cpu", command=CHILD)
    results = []
    for engine in (Engine(Home(home), device="cpu"), kept.lane("run")):
        if isinstance(engine, Engine):
            engine.start()
        engine.send(RunPipeline(id="same", pipeline=pipeline))
        while engine.is_busy:
            time.sleep(0.01)
        results.append((told(engine.drain(100_000)), digests(home)))
        assert engine.close(20)
        home.rename(tmp_path / f"home{len(results)}")  # so that paths are the same in both
    assert kept.close(20)
    (first, files), (second, others) = results
    assert first == second and len(first) > 20
    assert files == others and len(files) > 10


@pytest.mark.parametrize(
    "command",
    [
        DescribeDevice(id="j"),
        DescribeLayers(id="j", model="sample"),
        DescribeText(id="j", text="sample", part="train", model="sample"),
        ReadStructure(id="j", model="sample"),
        CheckPipeline(id="j", pipeline=Pipeline.linear([("model", {})]).to_json(), quick=True),
    ],
    ids=lambda command: type(command).__name__,
)
def test_answers_cross_to_another_process_as_they_are(command: Command, home: Home) -> None:
    """Of classes that the window may load: else a dialog would wait for an answer that is none."""
    answer = JobDone(run="j", result=execute(command, home, "cpu", lambda *_: None, Control(), lambda _: None))
    assert sent(answer) == answer


def sent(event: Event) -> Event:
    """The event as it arrives beside another."""
    (frame,) = encode_events("look", [event, Log(run="", level="info", text="stays")])
    arrived, other = decode(frame[8:]).events
    assert other.text == "stays"
    return arrived  # type: ignore[no-any-return]


class Strange:
    """Can't be sent."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("not this one")


def test_what_cannot_be_sent_becomes_a_sentence() -> None:
    answer = JobDone(run="j", result=(1, "two", Path("three")))
    assert sent(answer) == answer
    lost = sent(JobDone(run="j", result=Strange()))
    assert isinstance(lost, Failure) and lost.run == "j" and "not this one" in lost.why
    lost = sent(JobDone(run="j", result=threading.Lock()))
    assert isinstance(lost, Failure) and "lock" in lost.why
    line = sent(Metric(run="j", name="loss", value=Strange(), step=1))  # type: ignore[arg-type]
    assert isinstance(line, Log) and "Metric" in line.text
    import torch

    heavy = sent(JobDone(run="j", result=torch.float32))
    assert isinstance(heavy, Failure) and "torch" in heavy.why
    scalars = {"a": torch.tensor(0.1), "b": torch.tensor(3), "c": torch.tensor(0.5, dtype=torch.bfloat16)}
    known = sent(JobDone(run="j", result=scalars))
    assert isinstance(known, JobDone) and known.result == {"a": float(torch.tensor(0.1)), "b": 3, "c": 0.5}
    metric = sent(Metric(run="j", name="loss", value=torch.tensor(0.1), step=1))  # type: ignore[arg-type]
    assert isinstance(metric, Metric) and metric.value == float(torch.tensor(0.1))
    vector = sent(JobDone(run="j", result={"a": torch.zeros(3)}))
    assert isinstance(vector, Failure) and "Tensor" in vector.why
