"""Commands go to the right lane, answers to whoever asked, events of old runs nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_engine import FakeEngine

from engine.base.errors import BadInput
from engine.contracts.commands import (
    CheckPipeline,
    Download,
    Export,
    Inspect,
    ReadStructure,
    RunClaims,
    RunPipeline,
)
from engine.contracts.events import Event, Failure, JobDone, Log, Progress, RunChanged
from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder
from engine.service.client import Client


class Listener(Client):
    """Keeps what it hears."""

    def __init__(self, **more) -> None:
        super().__init__(**more)
        self.batches: list[list[Event]] = []
        self.lines: list[Log] = []

    def on_events(self, events: list[Event]) -> None:
        self.batches.append(events)

    def on_log(self, line: Log) -> None:
        self.lines.append(line)


@pytest.fixture
def engines() -> dict[str, FakeEngine]:
    return {}


@pytest.fixture
def client(engines):
    made = Listener(make=lambda lane: engines.setdefault(lane, FakeEngine()))
    yield made
    made.close()


class Answers:
    def __init__(self) -> None:
        self.done: list[object] = []
        self.failed: list[object] = []
        self.between: list[object] = []


def ask(client: Client, command, answers: Answers) -> str:
    return client.ask(command, answers.done.append, answers.failed.append, answers.between.append)


def test_every_kind_of_work_has_its_thread(client, engines):
    answers = Answers()
    for command in (
        RunPipeline(id="r"),
        CheckPipeline(id="c", pipeline="{}"),
        ReadStructure(id="s", model="m"),
        Download(id="d", model="a/b"),
        Inspect(id="i", model="m"),
        Export(id="e", artifact="m", format="dense", folder=Path("x")),
    ):
        client.run(command) if isinstance(command, RunPipeline) else ask(client, command, answers)
    sent = {lane: [command.id for command in engine.commands] for lane, engine in engines.items()}
    assert sent == {"run": ["r"], "check": ["c"], "look": ["s"], "download": ["d"], "study": ["i", "e"]}


def test_an_answer_ends_a_job(client, engines):
    answers = Answers()
    ask(client, ReadStructure(id="s", model="m"), answers)
    engines["look"].say(
        Progress(run="s", fraction=0.5, total=0.5), JobDone(run="s", result=7), Log(run="s", level="info", text="late")
    )
    client.pump()
    assert answers.done == [7] and not answers.failed
    assert [type(event) for event in answers.between] == [Progress]


def test_failure_and_cancel_are_told_apart(client, engines):
    answers = Answers()
    ask(client, ReadStructure(id="a", model="m"), answers)
    ask(client, ReadStructure(id="b", model="m"), answers)
    failure = Failure(run="a", what="No")
    engines["look"].say(failure, RunChanged(run="b", state="cancelled"))
    client.pump()
    assert answers.failed == [failure, None]


def test_events_of_older_runs_are_dropped(client, engines):
    client.run(RunPipeline(id="old"))
    client.run(RunPipeline(id="new"))
    late, now = RunChanged(run="old", state="done"), RunChanged(run="new", state="running")
    engines["run"].say(late, now)
    client.pump()
    assert client.batches == [[now]]


def test_a_forgotten_job_is_cancelled_and_not_called_back(client, engines):
    answers = Answers()
    ask(client, ReadStructure(id="s", model="m"), answers)
    client.forget("s")
    engines["look"].say(JobDone(run="s", result=1))
    client.pump()
    assert engines["look"].calls == [("cancel", "s")] and not answers.done


def test_a_flood_is_spread_over_ticks(client, engines):
    client.run(RunPipeline(id="r"))
    engines["run"].say(*(Log(run="r", level="info", text=str(n)) for n in range(1200)))
    for _ in range(4):
        client.pump()
    assert [len(events) for events in client.batches] == [512, 512, 176]


def test_closing_cancels_what_goes_on(client, engines):
    client.run(RunPipeline(id="r"))
    client.close()
    assert engines["run"].calls == [("cancel", "r")] and engines["run"].closed


def test_a_run_that_ends_without_a_persons_wish_is_offered_again(client, engines, tmp_path, monkeypatch):
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path))
    folders = {
        id: RunFolder.create(tmp_path / "runs" / id, Pipeline(name=id), {"run": id}) for id in ("wished", "not wished")
    }
    client.run(RunPipeline(id="wished"))
    client.close()
    client.run(RunPipeline(id="not wished"))
    client.interrupt()
    assert [name for name, folder in folders.items() if folder.was_interrupted] == ["not wished"]
    assert engines["run"].calls[-1] == ("cancel", "not wished") and engines["run"].closed


def test_a_refusal_to_take_a_command_is_a_failure_not_a_crash(client, engines, monkeypatch):
    def full(self: FakeEngine, command: object) -> None:
        raise BadInput("Too much is waiting", why="64 commands")

    monkeypatch.setattr(FakeEngine, "send", full)
    answers = Answers()
    ask(client, ReadStructure(id="s", model="m"), answers)
    assert answers.failed[0].what == "Too much is waiting"
    client.run(RunPipeline(id="r"))
    assert client.batches[-1][-1].state == "failed"


def test_an_engine_that_could_not_start_is_heard(client, engines):
    ask(client, ReadStructure(id="s", model="m"), Answers())
    line = Log(run="", level="error", text="The engine could not start")
    engines["look"].say(line)
    client.pump()
    assert client.lines == [line]


def test_claims_are_measured_where_runs_are_and_end_with_the_window() -> None:
    """Two trainings at once in one process would share the state that accelerate has of one."""

    class Process:
        def __init__(self) -> None:
            self.lanes: dict[str, FakeEngine] = {}
            self.cancelled: list[tuple[str, str]] = []

        def lane(self, name: str) -> FakeEngine:
            return self.lanes.setdefault(name, FakeEngine())

        def detach(self) -> bool:
            self.cancelled = list(self.lanes["run"].calls)
            return True

    process = Process()
    client = Listener(process=process)  # type: ignore[arg-type]
    client.run(RunPipeline(id="r", pipeline="{}"))
    ask(client, RunClaims(id="c"), Answers())
    ask(client, ReadStructure(id="s", model="m"), Answers())
    assert [command.id for command in process.lanes["run"].commands] == ["r", "c"]
    assert client.leave_alone() and process.cancelled == [("cancel", "c")], "the run goes on alone"


class Followed(FakeEngine):
    """An engine of one run elsewhere."""

    started = False

    def start(self) -> None:
        self.started = True


def test_runs_beside_the_present_one_are_heard_by_who_asked(client, engines):
    heard: list[Event] = []
    elsewhere = Followed()
    client.attend(elsewhere, "far")
    client.run_beside(RunPipeline(id="near"), heard.extend)
    assert elsewhere.started and [command.id for command in engines["run"].commands] == ["near"]
    far, near = RunChanged(run="far", state="running"), RunChanged(run="near", state="running")
    elsewhere.say(far)
    engines["run"].say(near)
    client.pump()
    assert client.batches == [[far]] and heard == [near]
    client.pause("near")
    client.cancel("far")
    assert engines["run"].calls == [("pause", "near")] and elsewhere.calls == [("cancel", "far")]
    client.put_beside(heard.extend)
    client.bring_forward("near")
    elsewhere.say(far)
    engines["run"].say(near)
    client.pump()
    assert client.batches == [[far], [near]] and heard == [near, far]
    elsewhere.say(RunChanged(run="far", state="done"))
    client.pump()
    elsewhere.say(far)
    client.pump()
    assert heard[-1].state == "done", "it is over"


def test_closing_cancels_runs_of_this_computer_and_leaves_those_elsewhere(client, engines):
    shown, beside = Followed(), Followed()
    client.attend(shown, "shown")
    client.attend_beside(beside, "far", lambda events: None)
    client.run_beside(RunPipeline(id="near"), lambda events: None)
    assert not client.can_go_on_alone, "an engine in a thread of this process"
    client.close()
    assert engines["run"].calls == [("cancel", "near")]
    assert shown.closed and beside.closed and not shown.calls and not beside.calls


class LeftProcess:
    """An engine process that is left alone."""

    def __init__(self) -> None:
        self.engines: dict[str, FakeEngine] = {}
        self.detached = False

    def lane(self, name: str) -> FakeEngine:
        return self.engines.setdefault(name, FakeEngine())

    def detach(self) -> bool:
        self.detached = True
        return True

    def close(self, timeout: float) -> bool:
        return True


def test_all_open_runs_are_left_alone():
    for near in (True, False):
        process, far = LeftProcess(), Followed()
        client = Listener(process=process)
        client.attend(far, "far")
        if near:
            client.run_beside(RunPipeline(id="near"), lambda events: None)
        assert client.can_go_on_alone and client.leave_alone()
        assert process.detached == near and far.closed and not far.calls
        assert all(not engine.calls for engine in process.engines.values())


def test_interrupted_runs_of_this_computer_can_be_taken_up(client, engines, tmp_path, monkeypatch):
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path))
    pipeline = Pipeline.linear([("model", {"model": "sample"})])
    folders = [RunFolder.create(tmp_path / "runs" / name, pipeline, {}) for name in ("present", "beside")]
    client.run(RunPipeline(id="present"))
    client.run_beside(RunPipeline(id="beside"), lambda events: None)
    client.interrupt()
    assert all(folder.was_interrupted for folder in folders)
    assert engines["run"].calls == [("cancel", "beside"), ("cancel", "present")]
