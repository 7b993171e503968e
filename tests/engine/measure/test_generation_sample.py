"""The check on the bundled sample: seeded failures that short perplexity misses are damage, good models are none."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import engine
from engine import resources
from engine.contracts.generation import generation_of
from engine.measure import answers, generation_check, generation_facts
from engine.measure.answers import Answers
from engine.measure.generation_check import answers_of, generation_measurement
from engine.measure.reading import ReadContext, freed
from engine.models.source import open_model

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks" / "generation"))

from seeded_failures import damage

SAMPLE = resources.path("sample", "model")
NAMES = ("talk", "capital", "records", "accents")


@pytest.fixture(scope="module", autouse=True)
def _few_prompts() -> Any:
    """Four of the bundled prompts, and short answers."""
    few = tuple(prompt.model_copy(update={"tokens": 32}) for prompt in answers.prompts("check") if prompt.name in NAMES)
    with pytest.MonkeyPatch.context() as patch:
        for module in (generation_check, generation_facts):
            patch.setattr(module, "prompts", lambda scope: few)
        yield


def answered(model: Any, original: Answers | None = None) -> Answers:
    context = ReadContext(torch.device("cpu"), torch.float32, lambda fraction, text: None, lambda: None)
    opened = open_model(model)
    with freed(opened):
        return answers_of(opened, "check", context, original)


@pytest.fixture(scope="module")
def original() -> Answers:
    return answered(SAMPLE)


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ("digit rows of head", "sure of"),
        ("end at every sentence", "end early"),
        ("rare embedding not finite", "not finite"),
    ],
)
def test_a_failure_is_damage(failure: str, reason: str, original: Answers, tmp_path: Path) -> None:
    damaged = damage(SAMPLE, tmp_path / "damaged", failure)
    check = generation_of(generation_measurement(original, answered(damaged, original)).details)
    assert check is not None and check.verdict == "damaged"
    assert reason in "\n".join(check.reasons)


def test_a_good_model_is_not(original: Answers, tmp_path: Path) -> None:
    small = engine.compress(
        SAMPLE, ("round_to_nearest", {"format": "nf4"}), evaluation=None, folder=tmp_path / "run", progress=False
    )
    measured = generation_measurement(original, answered(small.artifact, original))
    check = generation_of(measured.details)
    assert check is not None and check.verdict == "writes", check.reasons
    assert measured.metrics["token_flips"] < 0.05
