"""What a run told, sorted: groups of metrics, layers through the time of a training."""

from __future__ import annotations

import pytest

from engine.contracts.events import LayerDone, Metric
from engine.contracts.metrics import metric_group, metric_title, series_title
from engine.record.run_data import MOST, Moments, RunData


def seen(layer: str, step: int) -> LayerDone:
    return LayerDone(run="run", block="heal", layer=layer, index=0, count=1, metrics={}, step=step)


@pytest.mark.parametrize(
    ("name", "group", "title"),
    [
        ("loss/kl", "loss", "Loss"),
        ("loss", "loss", "Loss"),
        ("learning rate", "learning rate", "Learning rate"),
        ("domain/wiki", "domain", "Domain"),
    ],
)
def test_the_first_word_makes_the_group(name: str, group: str, title: str) -> None:
    assert metric_group(name) == group and metric_title(group) == title


def test_the_loss_comes_first_and_what_tells_of_the_machine_last() -> None:
    data = RunData("run")
    names = ("mask/heads", "gradient norm", "tokens per second", "loss/kl", "learning rate", "loss/train")
    data.take(Metric(run="run", block="b", name=name, value=1.0, step=step) for step in range(3) for name in names)
    assert data.metric_groups() == ["loss", "learning rate", "mask", "gradient norm", "tokens per second"]


def test_a_curve_that_another_one_should_reach_says_so() -> None:
    assert series_title("hidden_target") == "hidden, target" and series_title("mean_width") == "mean width"


def test_the_newest_loss_is_that_of_the_training_that_began_last() -> None:
    data = RunData("run")
    names = ("loss/train", "round 2: loss/train", "gradient norm")
    data.take(Metric(run="run", name=name, value=1.0, step=0) for name in names)
    assert data.newest_loss() == "round 2: loss" and RunData("run").newest_loss() is None


def test_many_moments_become_fewer_and_no_layer_is_lost() -> None:
    moments = Moments()
    for step in range(4 * MOST):
        moments.take(seen(f"layers.{step % 2}.up", step))
    assert len(moments.steps) <= MOST and moments.steps[-1] == 4 * MOST - 1 and moments.steps == sorted(moments.steps)
    assert set(moments.at(0)) == {"layers.0.up", "layers.1.up"}
    for number, step in enumerate(moments.steps):
        assert max(event.step or 0 for event in moments.at(number).values()) == step
