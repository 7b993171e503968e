"""What a block told, at a glance: few points, the right picture for each method."""

from __future__ import annotations

from engine.contracts.events import Curve, Grid, Histogram, LayerDone, Metric
from engine.record.block_digest import MOST_BARS, MOST_POINTS, BlockDigest


def test_a_long_training_keeps_few_points_and_both_ends() -> None:
    digest = BlockDigest()
    for step in range(10_000):
        digest.take(Metric(run="r", block="b", name="loss/train", value=float(10_000 - step), step=step))
        digest.take(Metric(run="r", block="b", name="loss/eval", value=0.0, step=step))
    picture = digest.glance("distillation", running=True)
    assert picture is not None and picture.kind == "loss" and MOST_POINTS / 4 < len(picture.values) <= MOST_POINTS + 1
    assert picture.values[0] == 10_000 and list(picture.values) == sorted(picture.values, reverse=True)
    assert picture.values[-1] < 500


def test_each_method_has_its_picture() -> None:
    flat = Histogram(-1.0, 1.0, (1, 1, 1, 1))
    events = {
        "quantization": LayerDone(
            run="r", block="b", layer="0.up", index=0, count=1, metrics={}, before=flat, after=flat
        ),
        "pruning": LayerDone(run="r", block="b", layer="0.up", index=0, count=1, metrics={"sparsity": 0.25}),
        "low_rank": Curve(run="r", block="b", chart="Singular values: up", series="0", x=(1, 2), y=(1.0, 0.1)),
    }
    kinds = {"quantization": "histogram", "pruning": "density", "low_rank": "spectrum"}
    digest = BlockDigest()
    for event in events.values():
        digest.take(event)
    for family, kind in kinds.items():
        picture = digest.glance(family, running=False)
        assert picture is not None and picture.kind == kind
    density = digest.glance("pruning", running=False)
    assert density is not None and density.values == (0.75,)


def test_a_rotation_shows_kurtosis_before_and_after_in_few_bars() -> None:
    digest = BlockDigest()
    for series, value in (("before", 9.0), ("after", 3.0)):
        rows = tuple((value, float("nan")) for _ in range(64))
        digest.take(Grid(run="r", block="b", chart="Kurtosis", series=series, values=rows))
    picture = digest.glance("quantization", running=False)
    assert picture is not None and picture.kind == "kurtosis"
    assert set(picture.before) == {9.0} and set(picture.values) == {3.0} and len(picture.values) <= MOST_BARS
