"""What is known of a run, from its events."""

from __future__ import annotations

from engine.contracts.events import Failure, Log, Measured, Progress, RunChanged, StageChanged
from engine.pipeline.document import Block, Link, Pipeline
from engine.pipeline.names import distinct_titles
from engine.pipeline.variants import swap
from engine.run.state import RunState


def branched() -> Pipeline:
    pipeline = Pipeline.linear([("model", {}), ("round_to_nearest", {"format": "int8"})])
    other = Block(id="b", method="round_to_nearest", settings={"format": "int4"})
    return pipeline.with_block(other).with_link(Link(source="model_1", target="b"))


def started(until: str | None = None) -> RunState:
    pipeline = branched()
    return RunState.start("r", pipeline, until, distinct_titles(pipeline))


def test_only_what_is_needed_is_queued():
    assert list(started().blocks) == ["model_1", "round_to_nearest_1", "b"]
    assert list(started("b").blocks) == ["model_1", "b"]


def test_progress_and_states_are_followed():
    run = started()
    run.apply(RunChanged(run="r", state="running"))
    assert run.apply(StageChanged(run="r", block="b", state="running")) == "b"
    run.apply(Progress(run="r", block="b", fraction=0.5, total=0.25, text="layer 3", elapsed=2, eta=2, total_eta=6))
    block = run.blocks["b"]
    assert (run.total, run.eta, block.fraction, block.text, run.current) == (0.25, 6, 0.5, "layer 3", block)
    run.apply(StageChanged(run="r", block="b", state="done", seconds=4.0, artifact="/a"))
    assert (block.state, block.elapsed, block.fraction, block.artifact) == ("done", 4.0, 1.0, "/a")


def test_events_of_blocks_that_are_unknown_are_ignored():
    run = started()
    assert run.apply(StageChanged(run="r", block="gone", state="running")) is None
    assert run.apply(Progress(run="r", block="gone", fraction=0.5, total=0.5)) is None


def test_metrics_and_warnings_mark_a_block():
    run = started()
    run.apply(Measured(run="r", block="b", artifact="/a", metrics={"perplexity": 3.0}, protocol={"window": 8}))
    run.apply(StageChanged(run="r", block="b", state="done"))
    assert run.blocks["b"].shown_state == "done"
    run.apply(Log(run="r", block="b", level="warning", text="careful"))
    assert run.blocks["b"].shown_state == "warning" and run.blocks["b"].metrics == {"perplexity": 3.0}


def test_a_failure_stays_with_its_block():
    run = started()
    failure = Failure(run="r", block="b", what="No")
    run.apply(failure)
    run.apply(StageChanged(run="r", block="b", state="failed"))
    run.apply(RunChanged(run="r", state="failed"))
    assert run.blocks["b"].failure is failure and run.failure is failure and run.is_over


def test_what_had_not_begun_is_not_left_queued():
    run = started()
    run.apply(RunChanged(run="r", state="cancelled"))
    assert {block.state for block in run.blocks.values()} == {"cancelled"}


def test_a_run_whose_process_died_is_interrupted_and_nothing_else():
    run = started()
    run.apply(StageChanged(run="r", block="model_1", state="done", artifact="/m"))
    run.apply(StageChanged(run="r", block="b", state="running"))
    run.apply(RunChanged(run="r", state="interrupted"))
    assert [run.blocks[name].state for name in ("model_1", "b")] == ["done", "interrupted"]
    assert run.shown_state == "interrupted" and run.is_over and run.current is None
    assert "b" in started().takes_up(run)


def test_a_finished_run_is_stale_once_the_pipeline_is_another():
    run, pipeline = started(), branched()
    for name in run.blocks:
        run.apply(StageChanged(run="r", block=name, state="done", artifact=f"/{name}"))
    run.apply(RunChanged(run="r", state="done"))
    assert run.shown_state == "done"
    run.compare(pipeline.with_settings("b", format="int2"))
    assert run.shown_state == "stale" and run.blocks["b"].shown_state == "stale"
    run.compare(pipeline)
    assert run.shown_state == "done", "undo makes it fit again"


def test_a_swapped_method_starts_anew_and_undo_brings_its_state_back():
    run, pipeline = started(), branched()
    run.apply(RunChanged(run="r", state="cancelled"))
    swapped = swap(pipeline, "b", "gptq")
    assert run.compare(swapped) == {"b"}
    assert run.blocks["b"].shown_state == "ready" and run.blocks["b"].successor == "GPTQ"
    assert run.compare(pipeline) == {"b"}
    assert run.blocks["b"].shown_state == "cancelled" and run.blocks["b"].successor is None
