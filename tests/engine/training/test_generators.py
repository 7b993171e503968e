"""A training draws from generators of its own: the same bits whatever else the process does, and after a resume."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.checkpoints.container import ArtifactWriter
from engine.contracts.events import Event
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from engine.run.estimate import check
from engine.run.runner import Outcome, resume, start

TRAINING = {"sequence_length": 16, "steps": 4, "batch_size": 4, "micro_batch_size": 2, "eval_steps": 2}
METHODS: dict[str, dict[str, Any]] = {
    "fine_tuning": {**TRAINING, "dropout": 0.1},
    "sheared_llama": {**TRAINING, "target": "numbers", "num_hidden_layers": 1},
    "sheared_llama together": {**TRAINING, "target": "numbers", "num_hidden_layers": 1, "mask_schedule": "together"},
    "lora": {**TRAINING, "lora_dropout": 0.2},
    "train_from_scratch": {**TRAINING, "dropout": 0.1, "keep_step": 1},
    "fine_tuning recomputed": {**TRAINING, "dropout": 0.1, "gradient_checkpointing": True},
}


class Killed(SystemExit):
    """Stands for kill -9: nothing keeps it."""


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("text") / "fox.txt"
    path.write_text("The quick brown fox jumps over the lazy dog. " * 60, encoding="utf-8")
    return str(path)


@pytest.fixture(params=METHODS)
def pipeline(request: pytest.FixtureRequest, tiny: Callable[[str], Path], text: str) -> Pipeline:
    settings = {"text": text, **METHODS[request.param]}
    blocks = [("model", {"model": str(tiny("llama"))}), (request.param.partition(" ")[0], settings)]
    return Pipeline.linear(blocks, evaluation=Evaluation(when="never"))


@pytest.fixture
def busy(tiny: Callable[[str], Path], tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Once called, another thread draws from the default generator and checks pipelines all the time."""
    over, threads = threading.Event(), []
    other = Pipeline.linear([("model", {"model": str(tiny("llama"))}), ("round_to_nearest", {"format": "int8"})])

    def work() -> None:
        while not over.is_set():
            torch.rand(7)
            torch.nn.functional.dropout(torch.ones(9), 0.5)
            check(other, home=Home(tmp_path / "checked"), device="cpu")

    def begin() -> None:
        threads.append(threading.Thread(target=work))
        threads[0].start()

    yield begin
    over.set()
    for thread in threads:
        thread.join()


def contents(outcome: Outcome) -> dict[str, bytes]:
    assert outcome.status == "done", outcome.error
    return {file.name: file.read_bytes() for file in Path(outcome.report["stages"][-1]["artifact"]).iterdir()}


def test_the_same_bits_whatever_other_threads_do(pipeline: Pipeline, tmp_path: Path, busy: Callable[[], None]) -> None:
    alone = contents(start(pipeline, home=Home(tmp_path / "alone"), device="cpu"))
    busy()
    assert contents(start(pipeline, home=Home(tmp_path / "busy"), device="cpu")) == alone


def test_the_same_bits_after_a_kill_in_the_middle(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = contents(start(pipeline, home=Home(tmp_path / "alone"), device="cpu"))
    monkeypatch.setattr("engine.training.loop.CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr("engine.training.loop.CHECKPOINT_SHARE", 1e9)
    home, armed = Home(tmp_path / "killed"), [True]

    def sink(event: Event) -> None:
        if armed[0] and getattr(event, "name", "") == "loss/eval":
            armed[0] = False
            raise Killed

    with pytest.raises(Killed):
        start(pipeline, home=home, run="r", device="cpu", sink=sink)
    kept = {file.name for file in home.artifacts.glob("*.scratch/*.safetensors")}
    assert kept & {"training.safetensors", "masks.safetensors"}, "a checkpoint of the training at work"
    torch.rand(3)
    assert contents(resume("r", home=home)) == alone


def test_the_same_bits_after_a_kill_between_two_parts_that_are_stored(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The history too: what was stored before the kill is not what came in."""
    alone = contents(start(pipeline, home=Home(tmp_path / "alone"), device="cpu"))
    home, written, write = Home(tmp_path / "killed"), [], ArtifactWriter.write

    def killed(self: ArtifactWriter, part: str, *rest: Any) -> None:
        if len(written) == 2:
            raise Killed
        written.append(part)
        write(self, part, *rest)

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(ArtifactWriter, "write", killed)
        start(pipeline, home=home, run="r", device="cpu")
    assert written[0] == "embeddings"
    assert contents(resume("r", home=home)) == alone


def test_another_seed_draws_otherwise(tiny: Callable[[str], Path], text: str, tmp_path: Path) -> None:
    found = []
    for seed in (0, 1):
        blocks = [("model", {"model": str(tiny("llama"))}), ("fine_tuning", {"text": text, **TRAINING, "dropout": 0.5})]
        pipeline = Pipeline.linear(blocks, evaluation=Evaluation(when="never"), seed=seed)
        found.append(contents(start(pipeline, home=Home(tmp_path), device="cpu")))
    assert found[0] != found[1]
