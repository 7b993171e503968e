"""Fixtures of tests that run pipelines: a tiny model, a text, a home for each test, and the probe as a method."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from probe import PROBE, TEACHER

from engine.contracts.events import Event, Failure, StageChanged
from engine.methods.registry import methods
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from engine.run.runner import Outcome, start


@pytest.fixture(autouse=True)
def _probe_is_a_method(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(methods(), "probe", PROBE)
    monkeypatch.setitem(methods(), "learner", TEACHER)


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Tiny products gain nothing from more, and lose much on a busy machine."""
    torch.set_num_threads(1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture(scope="session")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("text") / "fox.txt"
    path.write_text("The quick brown fox jumps over the lazy dog. " * 60, encoding="utf-8")
    return str(path)


@pytest.fixture
def chain(tiny: Callable[[str], Path]) -> Callable[..., Pipeline]:
    """``chain({"factor": 0.5}, {...})``: a tiny Llama with one probe after another; nothing is measured but size."""

    def make(*steps: dict[str, Any], **more: Any) -> Pipeline:
        more.setdefault("evaluation", Evaluation(when="never"))
        blocks = [("model", {"model": str(tiny("llama"))}), *(("probe", settings) for settings in steps)]
        return Pipeline.linear(blocks, **more)

    return make


class Recorder(list[Event]):
    """Hears the events of runs."""

    def __call__(self, event: Event) -> None:
        self.append(event)

    def states(self, block: str | None = None) -> list[str]:
        """The states of a block in their order, or of all blocks."""
        return [e.state for e in self if isinstance(e, StageChanged) and block in (None, e.block)]

    def of(self, kind: type[Any]) -> list[Any]:
        """All events of a kind."""
        return [event for event in self if isinstance(event, kind)]


@pytest.fixture
def heard() -> Recorder:
    return Recorder()


@pytest.fixture
def go(home: Home, heard: Recorder) -> Iterator[Callable[..., Outcome]]:
    """Run a pipeline in this test's home, on the CPU, with ``heard`` listening."""

    def run(pipeline: Pipeline, **more: Any) -> Outcome:
        outcome = start(pipeline, **{"home": home, "device": "cpu", "sink": heard, **more})
        for failure in heard.of(Failure):
            print(failure.traceback)
        return outcome

    yield run


TOGETHER = {
    "steps": 6,
    "batch_size": 4,
    "micro_batch_size": 1,
    "sequence_length": 32,
    "eval_samples": 4,
    "eval_steps": 3,
}
"""Settings of a training that several processes share: four samples a step, one at a time."""
