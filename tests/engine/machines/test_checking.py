"""Checks by the machine that would run a pipeline: by its rates, and without its having the model."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gguf_files import write_gguf

from engine.base.errors import BadInput, Cancelled, RunFailed
from engine.contracts.commands import Checked
from engine.contracts.events import Event, JobDone
from engine.contracts.transfers import FileEntry, PlaceHeaders, TakePiece
from engine.machines.checking import check_there
from engine.machines.far_run import FarRun
from engine.machines.records import MachineRecord
from engine.machines.session import Session
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from engine.run.estimate import check
from engine.service.content import place_content, place_headers
from engine.service.remote import Machine
from tests.engine.machines.simulated_machine import SimulatedProcess, simulated

FAKE_SSH = Path(__file__).resolve().parents[2] / "fake_ssh.py"
STEPS: list[Any] = [("one_shot_pruning", {}), ("round_to_nearest", {"format": "int4", "group_size": 32})]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[SimulatedProcess]:
    made = simulated(Home(tmp_path / "far"))
    monkeypatch.setattr("engine.machines.session.EngineProcess", made)
    monkeypatch.setattr("engine.machines.session.SECONDS", 0.001)
    return made


def checked(tmp_path: Path, pipeline: Pipeline) -> Checked:
    with Session(Home(tmp_path / "here"), Machine("box", ("ssh",))) as session:
        return check_there(session, "box", pipeline)


def sent_bytes(machine: type[SimulatedProcess]) -> int:
    return sum(len(c.data) for process in machine.made for c in process.sent if isinstance(c, TakePiece))


def shapes(answer: Checked) -> dict[str, tuple[int, int]]:
    """What does not depend on how fast the machine is at the moment."""
    return {block: (disk, memory) for block, (disk, memory, _) in answer.estimates.items()}


@pytest.mark.parametrize("kind", ["folder", "gguf"])
def test_headers_are_enough_for_an_estimate(
    kind: str, tiny: Callable[[str], Path], tmp_path: Path, machine: type[SimulatedProcess]
) -> None:
    """The same numbers as of the model itself, which is not sent."""
    model = tiny("llama")
    if kind == "gguf":
        model = write_gguf("llama", model, tmp_path / "model.gguf", pad=1)
        with open(model, "ab") as file:  # as large as a model is
            file.truncate(64 << 20)
    pipeline = Pipeline.linear([("model", {"model": str(model)}), *STEPS])
    there = checked(tmp_path, pipeline)
    here = check(pipeline, home=Home(tmp_path / "other"), device="cpu")
    assert [str(p) for p in there.problems] == [str(p) for p in here.problems]
    assert len(there.estimates) == 3 and shapes(there).keys() == shapes(here).keys()
    for block, (disk, memory) in shapes(there).items():
        assert disk == shapes(here)[block][0]
        assert memory == pytest.approx(shapes(here)[block][1], rel=0.01), "the engine's own is measured in each process"
    assert there.measuring > 0 and there.measuring_memory > 0 and not there.cached
    weights = sum(
        path.stat().st_size for path in [model, *model.rglob("*")] if path.suffix in (".safetensors", ".gguf")
    )
    assert 0 < sent_bytes(machine) < weights / 2
    before = sent_bytes(machine)
    checked(tmp_path, pipeline)
    assert sent_bytes(machine) == before, "headers are there now"


def test_what_is_there_already_is_known(tmp_path: Path, machine: type[SimulatedProcess]) -> None:
    """Of a model that the machine has, it knows which results it has, too."""
    few = {"num_samples": 2, "sequence_length": 64}
    steps: list[Any] = [("model", {"model": "sample"}), ("one_shot_pruning", few), STEPS[1]]
    pipeline = Pipeline.linear(steps, evaluation=Evaluation(when="never"))
    assert not checked(tmp_path, pipeline).cached
    assert not any(isinstance(c, PlaceHeaders) for process in machine.made for c in process.sent)
    with FarRun(Home(tmp_path / "here"), MachineRecord(name="box", destination="me@gpu")) as run:
        assert run.execute(pipeline, None)["status"] == "done"
    assert set(checked(tmp_path, pipeline).cached) == {"round_to_nearest_1", "one_shot_pruning_1"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_the_rates_are_those_of_that_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process with a workspace of its own, whose measured rates are a thousand times lower afterwards."""
    far = tmp_path / "far"
    machine = Machine("box", (sys.executable, str(FAKE_SSH), str(far)))
    pipeline = Pipeline.linear([("model", {"model": "sample"}), *STEPS])

    def seconds() -> float:
        with Session(Home(tmp_path / "here"), machine) as session:
            return check_there(session, "box", pipeline).estimates["one_shot_pruning_1"][2] or 0.0

    fast = seconds()
    file = far / "cache" / "timings.json"
    timings = json.loads(file.read_text())
    slow = {key: {**entry, "seconds": 1000 * entry["seconds"], "processes": 100} for key, entry in timings.items()}
    file.write_text(json.dumps(slow))
    assert 0 < 100 * fast < seconds()
    assert not (tmp_path / "here" / "cache" / "timings.json").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: {"problems": []},
        lambda answer: dataclasses.replace(answer, measuring=math.nan),
        lambda answer: dataclasses.replace(answer, free_memory=-1),
        lambda answer: dataclasses.replace(answer, free_disk=10**30),
        lambda answer: dataclasses.replace(answer, estimates={"a": (1, 1, math.inf)}),
        lambda answer: dataclasses.replace(answer, estimates={"a": (1, -1, None)}),
    ],
)
def test_answers_that_can_not_be_right_are_sentences(
    change: Callable[[Any], Any], tmp_path: Path, machine: type[SimulatedProcess]
) -> None:
    def answer(event: Event) -> Event:
        is_check = isinstance(event, JobDone) and isinstance(event.result, Checked)
        return dataclasses.replace(event, result=change(event.result)) if is_check else event  # type: ignore[attr-defined]

    machine.answer = staticmethod(answer)
    with pytest.raises(RunFailed, match="did not return the result of the pipeline check"):
        checked(tmp_path, Pipeline.linear([("model", {"model": "sample"}), *STEPS]))


def test_a_check_that_nobody_waits_for_ends(tmp_path: Path, machine: type[SimulatedProcess]) -> None:
    def give_up() -> None:
        raise Cancelled

    with Session(Home(tmp_path / "here"), Machine("box", ("ssh",))) as session, pytest.raises(Cancelled):
        check_there(session, "box", Pipeline.linear([("model", {"model": "sample"}), *STEPS]), checkpoint=give_up)


def test_headers_are_placed_beside_the_store_and_change_nothing_in_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    store = tmp_path / "received" / "content"
    store.mkdir(parents=True)
    entry = FileEntry("model.safetensors", 5, "a" * 64)
    (store / entry.sha256).write_bytes(b"12345")
    path = Path(place_headers(home, PlaceHeaders(files=(entry,), sizes=(1 << 40,), single=True)))
    assert path.stat().st_size == 1 << 40 and os.stat(path).st_blocks * 512 < 1 << 20, "a hole takes no disk"
    assert (store / entry.sha256).read_bytes() == b"12345"
    assert Path(place_content(home, (entry,), True)).read_bytes() == b"12345"
    for sizes in ((), (4,), (-1,), (1 << 60,), (9, 9)):
        with pytest.raises(BadInput):
            place_headers(home, PlaceHeaders(files=(entry,), sizes=sizes))
    with pytest.raises(BadInput, match="name of a file"):
        place_headers(home, PlaceHeaders(files=(dataclasses.replace(entry, name="../x"),), sizes=(5,)))
