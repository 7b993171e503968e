"""What is known of a run, from its events."""

from __future__ import annotations

from engine.contracts.events import Failure, Log, Measured, Progress, RunChanged, StageChanged
from engine.pipeline.document import Block, Link, Pipeline
from engine.pipeline.names import distinct_titles
from engine.pipeline.variants import swap
from engine.record.state import RunState


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
    run.apply(RunChanged(run="r", state="running", time=100.0))
    assert run.apply(StageChanged(run="r", block="b", state="running", time=101.0)) == "b"
    layer = Progress(run="r", block="b", time=102.0, fraction=0.5, total=0.25, text="layer 3", eta=2, total_eta=6)
    run.apply(layer)
    block = run.blocks["b"]
    assert (run.total, block.fraction, block.text, run.current) == (0.25, 0.5, "layer 3", block)
    assert (run.seconds(103.0), run.remaining_time(103.0), block.remaining_time(103.0)) == (3.0, 5.0, 1.0)
    assert run.activity == f"{block.title}: layer 3" and run.left_text(103.0) == "5 s left"
    run.apply(StageChanged(run="r", block="b", state="done", seconds=0.5, artifact="/a", time=104.0))
    assert (block.state, block.elapsed, block.fraction, block.artifact) == ("done", 4.0, 1.0, "/a")
    assert block.remaining_time(104.0) is None and block.seconds(200.0) >= 4.0


def test_blocks_have_all_the_seconds_of_the_run():
    """Their methods' own seconds are not what is shown; what is between blocks, and after the last, counts too."""
    run = started()
    run.apply(RunChanged(run="r", state="running", time=100.0, total_elapsed=0.0))
    for block, begin, end in (("model_1", 1.0, 3.0), ("round_to_nearest_1", 3.5, 10.0), ("b", 12.0, 20.0)):
        run.apply(StageChanged(run="r", block=block, state="running", time=100 + begin, total_elapsed=begin))
        run.apply(StageChanged(run="r", block=block, state="done", seconds=0.1, time=100 + end, total_elapsed=end))
    run.apply(RunChanged(run="r", state="done", time=121.0, total_elapsed=21.0))
    assert run.elapsed == 21.0 and run.seconds(500.0) == 21.0
    assert [block.elapsed for block in run.blocks.values()] == [3.5, 8.5, 9.0]
    assert [block.seconds(500.0) for block in run.blocks.values()] == [3.5, 8.5, 9.0]


def test_pausing_stops_the_clock_and_does_not_turn_it_back():
    run = started()
    run.apply(RunChanged(run="r", state="running", time=100.0, total_elapsed=0.0))
    run.apply(StageChanged(run="r", block="b", state="running", time=100.0, total_elapsed=0.0))
    run.apply(
        Progress(run="r", block="b", time=105.0, fraction=0.5, total=0.5, eta=9.0, total_elapsed=5.0, total_eta=9.0)
    )
    assert run.seconds(108.0) == run.blocks["b"].seconds(108.0) == 8.0
    run.apply(RunChanged(run="r", state="paused", time=108.0, total_elapsed=8.0))
    run.apply(StageChanged(run="r", block="b", state="paused", time=108.0, total_elapsed=8.0))
    assert run.seconds(170.0) == run.blocks["b"].seconds(170.0) == 8.0
    run.apply(RunChanged(run="r", state="running", time=170.0, total_elapsed=8.0))
    run.apply(StageChanged(run="r", block="b", state="running", time=170.0, total_elapsed=8.0))
    assert run.seconds(171.0) == run.blocks["b"].seconds(171.0) == 9.0
    assert run.remaining_time(171.0) == 5.0


def test_logs_of_earlier_releases_give_wall_time_too():
    """Their events bear no seconds but those of the last progress; when they were told is known."""
    run = started()
    run.apply(RunChanged(run="r", state="running", time=100.0))
    run.apply(StageChanged(run="r", block="b", state="running", time=100.0))
    progress = Progress(run="r", block="b", time=150.0, fraction=1.0, total=0.9, elapsed=50.0, total_elapsed=50.0)
    run.apply(progress)
    run.apply(StageChanged(run="r", block="b", state="done", seconds=2.4, time=188.0))
    run.apply(RunChanged(run="r", state="done", time=190.0))
    assert run.elapsed == run.blocks["b"].elapsed == 90.0


def test_a_run_that_is_taken_up_begins_to_count_anew():
    run = started()
    run.apply(RunChanged(run="r", state="running", time=100.0, total_elapsed=0.0))
    run.apply(RunChanged(run="r", state="paused", time=150.0, total_elapsed=50.0))
    run.apply(RunChanged(run="r", state="running", time=900.0, total_elapsed=0.0))  # killed while it was paused
    run.apply(RunChanged(run="r", state="done", time=910.0, total_elapsed=10.0))
    assert run.elapsed == 10.0


def test_nobody_knows_how_long_a_run_went_on_that_was_found_dead():
    run = started()
    run.apply(RunChanged(run="r", state="running", time=100.0, total_elapsed=0.0))
    run.apply(Progress(run="r", block="b", time=130.0, fraction=0.5, total=0.5, total_elapsed=30.0))
    run.apply(RunChanged(run="r", state="interrupted", time=9000.0))
    assert run.elapsed == run.seconds(9999.0) == 30.0 and run.activity == ""


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
    assert {block.state for block in run.blocks.values()} == {"skipped"}


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
    assert run.blocks["b"].shown_state == "skipped" and run.blocks["b"].successor is None
