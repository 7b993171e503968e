"""A block's card: size and quality against the source, a warning when it grew, a picture of what happened."""

from __future__ import annotations

import pytest

from engine.contracts.events import Curve, Grid, Histogram, LayerDone, Measured, Metric, StageChanged
from engine.pipeline.document import Pipeline
from studio.canvas.card import BlockItem
from studio.canvas.picture import Picture
from studio.runview.card import block_state
from studio.runview.gathered import MOST_BARS, MOST_POINTS, Gathered
from studio.runview.state import RunState

PIPELINE = Pipeline.linear([("model", {"model": "sample"}), ("round_to_nearest", {})])
MODEL, ROUNDED = "model_1", "round_to_nearest_1"


def run_of(size: float, perplexity: float, **more: float) -> RunState:
    """A run whose source has 100 MB and a perplexity of 20, and whose result is this."""
    run = RunState.start("r", PIPELINE, None, {})
    for block, metrics in (
        (MODEL, {"size_bytes": 1e8, "perplexity": 20.0}),
        (ROUNDED, {"size_bytes": size, "perplexity": perplexity, **more}),
    ):
        run.apply(Measured(run="r", block=block, artifact=f"/a/{block}", metrics=metrics, protocol={}))
        run.apply(StageChanged(run="r", block=block, state="done", seconds=1.0))
    return run


def shown(run: RunState) -> list[tuple[str, str, str]]:
    return [tuple(fact) for fact in block_state(run, run.blocks[ROUNDED]).facts]


def test_size_and_quality_stand_against_the_source() -> None:
    run = run_of(2.6e7, 21.5, coverage=0.87)
    assert shown(run) == [
        ("26.0 MB", "× 0.26", "success"),
        ("ppl 21.50", "+1.50", "text"),
        ("87 % covered", "", "muted"),
    ]
    assert block_state(run, run.blocks[ROUNDED]).state == "done"
    assert block_state(run, run.blocks[MODEL]).facts == (), "a source stands against nothing"


def test_a_result_that_grew_has_a_warning() -> None:
    run = run_of(1.7e8, 20.0)
    state = block_state(run, run.blocks[ROUNDED])
    assert shown(run)[0] == ("170 MB", "× 1.7", "warning")
    assert state.state == "warning" and "Larger than the source: 170 MB against 100 MB." in state.badge
    assert block_state(*(lambda r: (r, r.blocks[ROUNDED]))(run_of(1.0e8 + 200, 20.0))).state == "done", "200 B are none"


def test_collapsed_models_have_no_difference() -> None:
    run = run_of(2.6e7, 1e9)
    run.blocks[ROUNDED].protocol["collapsed"] = "worse than guessing"
    assert shown(run)[1] == ("collapsed", "", "error")


def test_a_long_training_keeps_few_points_and_both_ends() -> None:
    gathered = Gathered()
    for step in range(10_000):
        gathered.take(Metric(run="r", block="b", name="loss/train", value=float(10_000 - step), step=step))
        gathered.take(Metric(run="r", block="b", name="loss/eval", value=0.0, step=step))
    picture = gathered.picture("distillation", running=True)
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
    gathered = Gathered()
    for event in events.values():
        gathered.take(event)
    for family, kind in kinds.items():
        picture = gathered.picture(family, running=False)
        assert picture is not None and picture.kind == kind
    density = gathered.picture("pruning", running=False)
    assert density is not None and density.values == (0.75,)


def test_a_rotation_shows_kurtosis_before_and_after_in_few_bars() -> None:
    gathered = Gathered()
    for series, value in (("before", 9.0), ("after", 3.0)):
        rows = tuple((value, float("nan")) for _ in range(64))
        gathered.take(Grid(run="r", block="b", chart="Kurtosis", series=series, values=rows))
    picture = gathered.picture("quantization", running=False)
    assert picture is not None and picture.kind == "kurtosis"
    assert set(picture.before) == {9.0} and set(picture.values) == {3.0} and len(picture.values) <= MOST_BARS


@pytest.mark.parametrize("kind", ["loss", "spectrum", "histogram", "density", "kurtosis"])
def test_a_card_grows_for_its_result_and_its_ports_stay(qapp, kind) -> None:
    item = BlockItem(PIPELINE.block(ROUNDED))
    before, port = item.height, item.output_pos()
    state = block_state(*(lambda r: (r, r.blocks[ROUNDED]))(run_of(2.6e7, 21.5)))
    item.set_state(state.__class__(state.state, facts=state.facts, picture=Picture(kind, "t", (0.5, 1.0), (1.0,))))
    assert item.height > before and item.output_pos() == port
    assert item.boundingRect().height() >= item.height
