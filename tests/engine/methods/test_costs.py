"""Seconds of trainings and walks: each part that takes time is counted once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.methods.costs import rates
from engine.methods.costs.primitives import ADAMW, CHECKPOINTS, DIVERGENCE, LABELS, OPTIMIZER_PASSES, Train
from engine.methods.registry import method
from engine.models.source import open_model
from engine.training.settings import TrainingSettings

Tiny = Callable[[str], Path]
CPU = torch.device("cpu")
RATE, VALUE, WEIGHTS = 1e9, 1e-9, 1e6


@pytest.fixture
def seconds(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> Callable[..., float]:
    """Seconds of a training on a machine of round numbers, beside reading its text."""
    monkeypatch.setattr(rates, "of_training", lambda settings, device: RATE)
    monkeypatch.setattr(rates, "seconds_per_value", lambda device: VALUE)
    anatomy = open_model(tiny("llama")).anatomy

    def of(copies: int = LABELS, *, options: dict[str, object] | None = None, **more: float) -> float:
        usual: dict[str, object] = {"steps": 10, "batch_size": 2, "sequence_length": 100, "eval_samples": 0}
        train = Train(TrainingSettings.parse(usual | (options or {})), copies)
        return train.seconds(anatomy, WEIGHTS, CPU, **more) - rates.READING  # type: ignore[arg-type]

    return of


def test_each_part_of_a_training_is_counted(seconds: Callable[..., float]) -> None:
    plain = seconds(learned=0.0)
    moved = 10 * VALUE * OPTIMIZER_PASSES * WEIGHTS + CHECKPOINTS * ADAMW * WEIGHTS / rates.BYTES_PER_SECOND
    assert seconds() - plain == pytest.approx(moved)
    products = 2 * WEIGHTS * 2000 / RATE
    assert plain > 3 * products
    assert seconds(learned=0.0, teacher=WEIGHTS) - plain > products, "of the teacher, which predicts alone"
    assert plain - seconds(learned=0.0, frozen=True) > products, "gradients of weights that stay"
    evaluated = seconds(learned=0.0, options={"eval_samples": 4, "eval_steps": 5})
    assert evaluated - plain > 2 * WEIGHTS * 2 * 4 * 100 / RATE, "two evaluations of four samples"
    assert seconds(DIVERGENCE, learned=0.0) > plain, "a divergence goes over all logits of two networks"
    assert seconds(learned=0.0, options={"gradient_checkpointing": True}) - plain > products, "one more forward pass"


def test_svd_counts_the_walks_that_it_makes(tiny: Tiny) -> None:
    model = open_model(tiny("llama"))
    info = method("svd")

    def walks(**settings: object) -> float:
        chosen = info.settings.parse({"num_samples": 64, "rank_allocation": "uniform", **settings})
        estimate = info.load_planner().estimate(model.header, model.anatomy, chosen, CPU)
        assert estimate.seconds is not None
        return estimate.seconds - rates.READING

    once = walks(statistics="one-shot", update="none")
    assert walks(statistics="sequential", update="none") == pytest.approx(once)
    assert walks(statistics="one-shot", update="original") > 2 * once, "the original runs beside what is compressed"
