"""What is kept of an original that many models are compared with."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine import resources
from engine.contracts.generation import GENERATION
from engine.measure import generation_check, reading
from engine.measure.evaluate import Measurement
from engine.models.source import open_model
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from engine.run import measuring
from engine.run.runner import Outcome


def test_the_original_reads_once_for_all_blocks_and_runs(
    chain: Callable[..., Pipeline],
    home: Home,
    go: Callable[..., Outcome],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, read = reading.enter, []

    def enter(model: Any, *others: Any) -> Any:
        read.append(model.path)
        return real(model, *others)

    monkeypatch.setattr(reading, "enter", enter)
    few = Evaluation(window_size=32, num_windows=2)
    outcome = go(chain({"factor": 0.5}, {"factor": 0.75}, evaluation=few))
    assert len(read) == len(set(read)) == 3, "a source and two blocks, each by itself"
    assert "kl_divergence" in outcome.report["stages"][2]["metrics"]
    (kept,) = (home.cache / "states").iterdir()
    go(chain({"factor": 0.25}, evaluation=few))
    assert len(read) == 4 and kept.is_file(), "another run: the new block alone"


def test_the_oldest_go_when_all_together_are_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for age in range(4):
        file = tmp_path / f"{age}.safetensors"
        file.write_bytes(bytes(100))
        os.utime(file, (1e9 - age, 1e9 - age))
    monkeypatch.setattr(measuring, "STATES_BYTES", 250)
    measuring._keep_newest(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"0.safetensors", "1.safetensors"}


def test_a_run_leaves_no_more_of_originals_than_there_is_room_for(
    chain: Callable[..., Pipeline], home: Home, go: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Evaluation(window_size=32, num_windows=2)
    go(chain({"factor": 0.5}, evaluation=few))
    assert len(list((home.cache / "states").iterdir())) == 1
    monkeypatch.setattr(measuring, "STATES_BYTES", 0)
    go(chain({"factor": 0.25}, evaluation=few))
    assert not list((home.cache / "states").iterdir())


@pytest.mark.parametrize(
    ("stored", "expected"),
    [((), False), (("metrics",), False), (("generation",), False), (("metrics", "generation"), True)],
)
def test_a_result_is_known_when_everything_was_measured(
    stored: tuple[str, ...], expected: bool, tmp_path: Path
) -> None:
    evaluation = Evaluation(window_size=32, num_windows=2, generation="check")
    run = measuring.Measuring(Home(tmp_path), evaluation, torch.device("cpu"))
    subject, original = (measuring.Subject(content, lambda: pytest.fail("known")) for content in ("one", "other"))
    paths = {
        "metrics": run._path(subject, original, True),
        "generation": run._generation._path("metrics", subject, original),
    }
    for name in stored:
        measuring.write_metrics(paths[name], Measurement({"perplexity": 2.0}, {}))
    assert run.is_known(subject, original) is expected
    by_another = dataclasses.replace(subject, program="llama.cpp (xllamacpp 1)")
    assert not run.is_known(by_another, original), "a number is that of one program"


@pytest.mark.parametrize("original", ["original", None])
def test_answers_are_kept_by_the_original_that_they_are_compared_with(original: str | None, tmp_path: Path) -> None:
    generation = measuring.MeasuringGeneration(Home(tmp_path), Evaluation(generation="check"), torch.device("cpu"))
    kept = Measurement({"loops": 0.5}, {})
    subject, another, reference = (
        measuring.Subject(content, lambda: pytest.fail("known")) for content in ("content", "another", original or "")
    )
    compared = None if original is None else reference
    measuring.write_metrics(generation._path("metrics", subject, compared), kept)
    assert generation.measure(subject, compared, lambda *_: None, lambda: None).metrics == kept.metrics
    assert generation.is_known(subject, compared) and not generation.is_known(subject, another)


def test_a_check_that_does_not_fit_says_why_and_is_tried_another_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generation_check, "refusal", lambda *_: "too large for this machine")
    monkeypatch.setattr(generation_check, "answers_of", lambda *_: pytest.fail("it does not fit"))
    generation = measuring.MeasuringGeneration(Home(tmp_path), Evaluation(generation="check"), torch.device("cpu"))
    subject = measuring.Subject("content", lambda: open_model(resources.path("sample", "model")))
    for reference in (None, subject):
        measured = generation.measure(subject, reference, lambda *_: None, lambda: None)
        assert measured == Measurement({}, {GENERATION: "not measured: too large for this machine"})
    assert not generation.is_known(subject, None) and not list(tmp_path.rglob("*.json"))
