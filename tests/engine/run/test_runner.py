"""Running pipelines: results, cache, branches, failures, pause and cancel."""

from __future__ import annotations

import dataclasses
import errno
import json
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from engine import devices
from engine.base.errors import BadInput, OutOfMemory, RunFailed
from engine.contracts.events import Failure, LayerDone, Log, Measured, Memory, Metric, Progress, RunChanged
from engine.methods.shared.cutting import cut
from engine.models.slicing import Shape
from engine.models.source import open_model
from engine.pipeline.document import Block, Evaluation, Link, Pipeline
from engine.record.home import Home
from engine.record.report import cell
from engine.run.absolute_paths import with_absolute_paths
from engine.run.artifacts import Store
from engine.run.control import Control
from engine.run.estimate import check
from engine.run.node import nodes_of
from engine.run.runner import Outcome, resume, start

Go = Callable[..., Outcome]
Chain = Callable[..., Pipeline]


def stage(outcome: Outcome, block: str) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in outcome.report["stages"] if entry["block"] == block)
    return found


def weight(outcome: Outcome, block: str, name: str) -> torch.Tensor:
    folder = Path(stage(outcome, block)["artifact"])
    index = json.loads((folder / "model.safetensors.index.json").read_text())
    return load_file(folder / index["weight_map"][name])[name]


Q = "model.layers.0.self_attn.q_proj.weight"


# -- what comes out ----------------------------------------------------------------------------------------------------
def test_a_bypassed_block_is_left_out(go: Go, chain: Chain, home: Home, tiny: Callable[[str], Path]) -> None:
    pipeline = chain({"factor": 0.5}, {"factor": 3.0})
    pipeline = pipeline.with_block(pipeline.block("probe_1").model_copy(update={"bypassed": True}))
    assert set(check(pipeline, home=home, device="cpu").estimates) == {"model_1", "probe_2"}
    outcome = go(pipeline)
    assert outcome.status == "done" and [entry["block"] for entry in outcome.report["stages"]] == ["model_1", "probe_2"]
    assert torch.equal(weight(outcome, "probe_2", Q), load_file(tiny("llama") / "model.safetensors")[Q] * 3.0)


def test_a_chain_of_two(go: Go, chain: Chain, heard: Any, tiny: Callable[[str], Path]) -> None:
    outcome = go(chain({"factor": 0.5}, {"factor": 3.0}))
    assert outcome.status == "done" and outcome.exit_status == 0
    original = load_file(tiny("llama") / "model.safetensors")[Q]
    assert torch.equal(weight(outcome, "probe_1", Q), original * 0.5)
    assert torch.equal(weight(outcome, "probe_2", Q), original * 0.5 * 3.0)
    assert [entry["state"] for entry in outcome.report["stages"]] == ["done"] * 3
    assert stage(outcome, "probe_1")["details"] == {"factor": 0.5}
    assert stage(outcome, "probe_1")["peak_memory_bytes"] > 10e6
    assert [step["method"] for step in open_model(Path(stage(outcome, "probe_2")["artifact"])).history] == [
        "model",
        "probe",
        "probe",
    ]
    assert heard.states("probe_1") == ["running", "done"]
    assert [event.state for event in heard.of(RunChanged)] == ["running", "done"]
    assert len(heard.of(LayerDone)) == 2 * 14 and len(heard.of(Metric)) == 2 * 4
    assert heard.of(Memory) and heard.of(Progress)[-1].total == pytest.approx(1.0)
    written = [event for event in outcome.folder.events() if not isinstance(event, Progress)]
    assert written == [event for event in heard if not isinstance(event, Progress)]


def test_a_method_that_does_not_walk_is_stored_all_the_same(go: Go, chain: Chain) -> None:
    layer_step = go(chain({"factor": 0.25, "noise": 0.1}))
    whole = go(chain({"factor": 0.25, "noise": 0.1, "walk": False}))
    assert stage(layer_step, "probe_1")["signature"] != stage(whole, "probe_1")["signature"]
    for name in (Q, "model.embed_tokens.weight", "model.norm.weight"):
        one, other = weight(layer_step, "probe_1", name), weight(whole, "probe_1", name)
        assert one.shape == other.shape
        if name != Q:  # the noise of two signatures differs
            assert torch.equal(one, other)


def test_the_report_says_what_was_done_with_what(go: Go, chain: Chain) -> None:
    outcome = go(chain({}, seed=5, name="Täst"))
    report = json.loads(outcome.folder.report_path.read_text(encoding="utf-8"))
    assert report["status"] == "done" and report["seed"] == 5 and report["name"] == "Täst"
    assert report["environment"]["versions"].keys() >= {"python", "torch", "transformers", "engine"}
    assert report["environment"]["device"] == "cpu" and report["environment"]["cores"] >= 1
    assert report["pipeline"]["blocks"][1]["method"] == "probe"
    assert stage(outcome, "probe_1")["settings"]["batch_size"] == 8, "defaults are written out"
    assert (
        stage(outcome, "model_1")["metrics"]["size_bytes"] > 0
        and "coverage" not in stage(outcome, "model_1")["metrics"]
    )
    covered = stage(outcome, "probe_1")["coverage"]
    assert covered["parameters"] == stage(outcome, "probe_1")["metrics"]["coverage"] > 0.5
    assert "%" in cell(stage(outcome, "probe_1"), "coverage")
    assert open_model(Path(stage(outcome, "probe_1")["artifact"])).history[-1]["coverage"] == covered
    again = stage(go(chain({}, seed=5)), "probe_1")
    assert again["state"] == "cached" and again["coverage"] == covered
    assert "<table>" in (outcome.folder.path / "report.html").read_text(encoding="utf-8")


def test_a_block_that_changed_nothing_is_a_warning(go: Go, chain: Chain) -> None:
    told = stage(go(chain({"factor": 1.0})), "probe_1")
    assert told["coverage"]["parameters"] == 0 and "Probe has changed none of the parameters" in told["warnings"][-1]
    assert not any("changed none" in text for text in stage(go(chain({})), "probe_1")["warnings"])


def test_a_result_larger_than_its_source_is_a_warning(go: Go, tiny: Callable[[str], Path]) -> None:
    blocks = (
        Block(id="model", method="model", settings={"model": str(tiny("llama"))}),
        Block(id="pruned", method="one_shot_pruning", settings={"score": "magnitude", "sparsity": 0.01}),
    )
    link = Link(source="model", target="pruned")
    pipeline = Pipeline(blocks=blocks, links=(link,), evaluation=Evaluation(when="never"))
    warnings = stage(go(pipeline), "pruned")["warnings"]
    assert any("larger than its source" in line and "of F32" in line for line in warnings)
    assert stage(go(pipeline), "pruned")["warnings"] == [line for line in warnings if "larger than" in line]


def test_metrics_are_measured_once(
    go: Go, chain: Chain, heard: Any, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import engine.run.measuring as measuring

    count: list[str] = []
    evaluate = measuring.evaluate

    def counted(*arguments: Any, **keywords: Any) -> Any:
        count.append(str(arguments[0].path))
        return evaluate(*arguments, **keywords)

    monkeypatch.setattr(measuring, "evaluate", counted)
    evaluation = Evaluation(text=text, window_size=64, num_windows=4)
    first = go(chain({"factor": 0.9}, evaluation=evaluation))
    assert len(count) == 2
    metrics = stage(first, "probe_1")["metrics"]
    assert metrics.keys() >= {
        "perplexity",
        "kl_divergence",
        "top1_agreement",
        "size_bytes",
        "bits_per_weight",
        "seconds",
    }
    assert stage(first, "probe_1")["protocol"]["windows"] == 4
    again = go(chain({"factor": 0.9}, evaluation=evaluation))
    assert len(count) == 2
    assert stage(again, "probe_1")["metrics"]["perplexity"] == metrics["perplexity"]
    go(chain({"factor": 0.9}, evaluation=evaluation.replace(windows=2)))
    assert len(count) == 4
    Path(text).with_name("copy.txt").write_bytes(Path(text).read_bytes())
    go(chain({"factor": 0.9}, evaluation=evaluation.replace(text=str(Path(text).with_name("copy.txt")))))
    assert len(count) == 4, "the same text under another name"
    assert len(heard.of(Measured)) == 8


def test_measuring_at_the_ends_only(go: Go, chain: Chain, text: str) -> None:
    outcome = go(chain({}, {}, evaluation=Evaluation(when="ends", text=text, window_size=64, num_windows=2)))
    measured = ["perplexity" in entry["metrics"] for entry in outcome.report["stages"]]
    assert measured == [True, False, True]
    assert all("size_bytes" in entry["metrics"] for entry in outcome.report["stages"])


# -- cache -------------------------------------------------------------------------------------------------------------
def test_unchanged_blocks_are_not_computed_again(go: Go, chain: Chain, heard: Any) -> None:
    go(chain({"factor": 0.5}, {"factor": 2.0}))
    heard.clear()
    outcome = go(chain({"factor": 0.5}, {"factor": 4.0}))
    assert heard.states("probe_1") == ["running", "cached"] and heard.states("probe_2") == ["running", "done"]
    assert stage(outcome, "probe_1")["cached"] and not stage(outcome, "probe_2")["cached"]


def test_titles_and_positions_do_not_matter_but_the_seed_does(go: Go, chain: Chain) -> None:
    pipeline = chain({"noise": 0.1})
    go(pipeline)
    moved = pipeline.with_block(pipeline.block("probe_1").model_copy(update={"title": "Other", "x": 999.0}))
    assert stage(go(moved), "probe_1")["cached"]
    assert not stage(go(pipeline.model_copy(update={"seed": 1})), "probe_1")["cached"]


@pytest.mark.parametrize("harm", ["missing part", "cut off", "no description", "empty"])
def test_a_damaged_artifact_is_computed_again(go: Go, chain: Chain, heard: Any, harm: str) -> None:
    before = go(chain({"factor": 0.5}))
    folder = Path(stage(before, "probe_1")["artifact"])
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    part = folder / "model-00002-of-00004.safetensors"
    if harm == "missing part":
        part.unlink()
    elif harm == "cut off":
        part.write_bytes(part.read_bytes()[:-10])
    elif harm == "no description":
        (folder / "compression.json").write_text("{")
    else:
        shutil.rmtree(folder)
        folder.mkdir()
    heard.clear()
    after = go(chain({"factor": 0.5}))
    assert after.status == "done" and not stage(after, "probe_1")["cached"]
    assert any("damaged" in event.text for event in heard.of(Log))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == whole


# -- branches ----------------------------------------------------------------------------------------------------------
def branched(chain: Chain, *settings: dict[str, Any]) -> Pipeline:
    pipeline = chain()
    for number, values in enumerate(settings):
        pipeline = pipeline.with_block(Block(id=f"b{number}", method="probe", settings=values))
        pipeline = pipeline.with_link(Link(source="model_1", target=f"b{number}"))
    return pipeline


def test_all_variants_run(go: Go, chain: Chain) -> None:
    outcome = go(branched(chain, {"factor": 0.1}, {"factor": 0.2}))
    assert [entry["state"] for entry in outcome.report["stages"]] == ["done"] * 3


def test_a_failing_branch_does_not_stop_the_others(go: Go, chain: Chain, heard: Any) -> None:
    pipeline = branched(chain, {"action": "error"}, {"factor": 0.2})
    pipeline = pipeline.with_block(Block(id="after", method="probe")).with_link(Link(source="b0", target="after"))
    outcome = go(pipeline)
    assert outcome.status == "failed" and outcome.exit_status == 1
    states = {entry["block"]: entry["state"] for entry in outcome.report["stages"]}
    assert states == {"model_1": "done", "b0": "failed", "b1": "done", "after": "skipped"}
    (failure,) = heard.of(Failure)
    assert failure.block == "b0" and "ZeroDivisionError: a bug" in failure.why and "misbehave" in failure.traceback
    assert outcome.report["error"]["block"] == "b0"
    assert Path(stage(outcome, "b1")["artifact"]).is_dir()


def test_up_to_a_block(go: Go, chain: Chain) -> None:
    outcome = go(chain({}, {}, {}), until="probe_2")
    assert [entry["block"] for entry in outcome.report["stages"]] == ["model_1", "probe_1", "probe_2"]
    with pytest.raises(BadInput, match="Unknown block"):
        raise go(chain({}), until="nowhere").error or AssertionError


def test_a_teacher_is_an_input_of_its_own(go: Go, chain: Chain, tiny: Callable[[str], Path]) -> None:
    pipeline = chain({"factor": 0.5}).with_block(Block(id="learner_1", method="learner", settings={"factor": 2.0}))
    pipeline = pipeline.with_link(Link(source="probe_1", target="learner_1"))
    pipeline = pipeline.with_link(Link(source="model_1", target="learner_1", port="teacher"))
    outcome = go(pipeline)
    assert outcome.status == "done"
    assert torch.equal(weight(outcome, "learner_1", Q), load_file(tiny("llama") / "model.safetensors")[Q])


# -- what goes wrong ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("action", "kind", "words"),
    [
        ("refuse", BadInput, "for no reason"),
        ("memory", OutOfMemory, "Make 'Batch' smaller"),
        ("disk", RunFailed, "The disk is full"),
        ("nan", RunFailed, "model.layers.0.self_attn.q_proj.weight"),
    ],
)
def test_failures_are_sentences(go: Go, chain: Chain, action: str, kind: type[Exception], words: str) -> None:
    outcome = go(chain({}, {"action": action}))
    assert outcome.status == "failed" and type(outcome.error) is kind and words in str(outcome.error)
    assert outcome.exit_status == (2 if kind is BadInput else 1)
    assert stage(outcome, "probe_1")["state"] == "done" and stage(outcome, "probe_2")["state"] == "failed"
    assert outcome.folder.report()["error"]["message"] == str(outcome.error)


def test_a_problem_is_found_before_anything_is_spent(go: Go, chain: Chain, home: Home) -> None:
    outcome = go(chain({}, {"action": "problem"}))
    assert outcome.exit_status == 2 and outcome.report["error"]["block"] == "probe_2"
    assert not home.artifacts.exists()


def test_samples_longer_than_the_model_reads_are_found_before_anything_is_spent(
    go: Go, tiny: Callable[[str], Path], home: Home
) -> None:
    steps = [("model", {"model": str(tiny("gpt2"))}), ("nf4", {}), ("fine_tuning", {"sequence_length": 257})]
    outcome = go(Pipeline.linear(steps, evaluation=Evaluation(when="never")))
    assert outcome.exit_status == 2 and outcome.report["error"]["block"] == "fine_tuning_1"
    assert "257 tokens are too long: the model has 256 positions" in str(outcome.error)
    assert not home.artifacts.exists()


def test_wrong_pipelines_are_refused(go: Go, chain: Chain) -> None:
    assert go(chain({"factor": "much"})).exit_status == 2
    assert go(Pipeline()).exit_status == 2
    assert go(chain({}, evaluation=Evaluation(text="/nowhere.txt"))).exit_status == 2
    missing = go(
        Pipeline.linear([("model", {"model": "/nowhere"}), ("probe", {})], evaluation=Evaluation(when="never"))
    )
    assert missing.exit_status == 2 and "/nowhere" in str(missing.error)


def test_a_text_that_is_too_short(go: Go, chain: Chain, tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("short")
    outcome = go(chain({}, evaluation=Evaluation(text=str(tmp_path / "short.txt"), window_size=64)))
    assert outcome.exit_status == 2 and "shorter than one window" in str(outcome.error)
    assert stage(outcome, "probe_1")["state"] == "skipped"


def test_a_warning_marks_the_block(go: Go, chain: Chain) -> None:
    assert stage(go(chain({"action": "warn"})), "probe_1")["warnings"] == ["That was close"]


def test_a_full_disk_while_a_part_is_written(go: Go, chain: Chain, monkeypatch: pytest.MonkeyPatch, home: Home) -> None:
    import engine.checkpoints.checksum as checksum

    saved = checksum.save_file
    calls: list[int] = []

    def full(*arguments: Any, **keywords: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        saved(*arguments, **keywords)

    monkeypatch.setattr(checksum, "save_file", full)
    outcome = go(chain({}))
    assert "The disk is full" in str(outcome.error) and outcome.exit_status == 1
    again = resume(outcome.report["run"], home=home)
    assert again.status == "done" and len(calls) == 5, "the two parts that were stored are kept"


def test_a_run_folder_that_is_deleted_meanwhile(go: Go, chain: Chain, home: Home) -> None:
    folder = home.runs / "gone"

    def delete(event: Any) -> None:
        if isinstance(event, Metric):
            shutil.rmtree(folder, ignore_errors=True)

    outcome = go(chain({}, {}), run="gone", sink=delete)
    assert outcome.status == "failed" and "is gone" in str(outcome.error)
    assert not folder.exists()


def test_a_read_only_home(chain: Chain, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises((BadInput, RunFailed)):
        start(chain({}), home=Home(tmp_path / "file"))


# -- pause, cancel, resume ---------------------------------------------------------------------------------------------
def in_thread(work: Callable[[], Outcome]) -> tuple[threading.Thread, list[Outcome]]:
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(work()))
    thread.start()
    return thread, outcomes


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


@pytest.mark.parametrize("moment", ["source", "work", "measure"])
def test_cancel_is_obeyed_and_resume_goes_on(
    go: Go, chain: Chain, heard: Any, home: Home, text: str, moment: str
) -> None:
    control = Control()
    pipeline = chain({"seconds": 0.2}, evaluation=Evaluation(text=text, window_size=64, num_windows=8))
    thread, outcomes = in_thread(lambda: go(pipeline, run="r", control=control))
    reached = {
        "source": lambda: bool(heard.states("model_1")),
        "work": lambda: bool(heard.of(Metric)),
        "measure": lambda: any(e.block == "probe_1" and e.fraction > 0.8 for e in heard.of(Progress)),
    }[moment]
    wait_for(reached)
    control.cancel()
    assert any(event.state == "cancelling" for event in heard.of(RunChanged))
    thread.join(30)
    (outcome,) = outcomes
    assert outcome.status == "cancelled" and outcome.exit_status == 130
    assert outcome.folder.report()["status"] == "cancelled"
    again = resume("r", home=home)
    assert again.status == "done" and again.report["run"] == "r"
    assert "perplexity" in stage(again, "probe_1")["metrics"]


def test_pause_and_go_on(go: Go, chain: Chain, heard: Any) -> None:
    control = Control()
    begun = time.monotonic()
    thread, outcomes = in_thread(lambda: go(chain({"seconds": 0.05}), control=control))
    wait_for(lambda: bool(heard.of(Metric)))
    control.pause()
    wait_for(lambda: "paused" in heard.states("probe_1"))
    count = len(heard.of(Metric))
    time.sleep(0.3)
    assert len(heard.of(Metric)) == count and thread.is_alive()
    control.resume()
    thread.join(10)
    assert outcomes[0].status == "done"
    assert heard.states("probe_1") == ["running", "paused", "running", "done"]
    assert stage(outcomes[0], "probe_1")["seconds"] < time.monotonic() - begun - 0.3  # the pause is not counted


def test_what_was_done_before_a_resume_keeps_its_metrics(go: Go, chain: Chain, home: Home) -> None:
    failed = go(chain({}, {"action": "error"}), run="r")
    seconds = stage(failed, "probe_1")["seconds"]
    assert seconds > 0
    again = resume(failed.folder.path, home=home)
    assert stage(again, "probe_1")["seconds"] == seconds and not stage(again, "probe_1")["cached"]


def test_a_resume_computes_with_as_many_threads_as_its_run_began_with(go: Go, chain: Chain, home: Home) -> None:
    """The window leaves a core free, a terminal does not: sums of other pieces would end in other last bits."""
    former, seen = torch.get_num_threads(), set()
    try:
        torch.set_num_threads(1)
        failed = go(chain({"action": "error"}), run="r")
        assert failed.folder.environment()["threads"] == 1
        torch.set_num_threads(2)
        resume("r", home=home, sink=lambda event: seen.add(torch.get_num_threads()))
        assert seen == {1} and torch.get_num_threads() == 2
        for damaged in ("many", 0, 10**9, None, True):
            with devices.threads(damaged):
                assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(former)


def test_the_same_run_twice_at_once_is_refused(go: Go, chain: Chain, heard: Any, home: Home) -> None:
    control = Control()
    thread, _ = in_thread(lambda: go(chain({"seconds": 0.2}), run="r", control=control))
    wait_for(lambda: bool(heard.of(Metric)))
    with pytest.raises(BadInput, match="executed already"):
        resume("r", home=home)
    control.cancel()
    thread.join(5)


def test_a_run_waits_for_another_that_computes_the_same_block(go: Go, chain: Chain, heard: Any, home: Home) -> None:
    signature = stage(go(chain({})), "probe_1")["signature"]
    shutil.rmtree(home.artifacts)
    heard.clear()
    with Store(home.artifacts).locked(signature, lambda: None):
        thread, outcomes = in_thread(lambda: go(chain({})))
        wait_for(lambda: any("waiting" in event.text for event in heard.of(Progress)))
        assert not heard.of(Metric)
    thread.join(10)
    assert outcomes[0].status == "done" and heard.of(Metric)


def test_an_unknown_run(home: Home) -> None:
    with pytest.raises(BadInput, match="Run not found"):
        resume("nothing", home=home)


def test_a_folder_called_sample_does_not_hide_the_sample(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    (tmp_path / "mine.txt").write_text("text", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    pipeline = Pipeline.linear([("model", {"model": "sample"})], evaluation=Evaluation(text="sample"))
    anchored = with_absolute_paths(pipeline)
    assert anchored.blocks[0].settings["model"] == "sample" and anchored.evaluation.text == "sample"
    mine = with_absolute_paths(pipeline.with_evaluation(Evaluation(text="mine.txt"))).evaluation.text
    assert mine == str((tmp_path / "mine.txt").resolve())


def test_a_collapse_is_said(go: Go, chain: Chain, heard: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the log, in the warnings of the block, and in the place of a perplexity that is not worth ranking."""
    monkeypatch.setattr("engine.measure.evaluate._collapse", lambda model, _: {"collapsed": "collapsed: it guesses"})
    evaluation = Evaluation(when="every_block", text=str(Path(__file__)), window_size=64, num_windows=2)
    outcome = go(chain({"factor": 2.0}).model_copy(update={"evaluation": evaluation}))
    entry = stage(outcome, "probe_1")
    assert any(text.endswith("has collapsed: it guesses") for text in entry["warnings"])
    assert any("collapsed" in event.text for event in heard.of(Log) if event.level == "warning")
    assert cell(entry, "perplexity") == "collapsed" and cell(entry, "loss") != "collapsed"


def test_texts_that_are_not_there_are_found_before_anything_is_spent(
    go: Go, tiny: Callable[[str], Path], home: Home
) -> None:
    for settings in ({"text": "/nowhere.txt"}, {"domains": ["a=sample:stories", "b=/nowhere.txt"]}):
        steps = [("model", {"model": str(tiny("llama"))}), ("nf4", {}), ("fine_tuning", settings)]
        outcome = go(Pipeline.linear(steps, evaluation=Evaluation(when="never")))
        assert outcome.exit_status == 2 and "/nowhere.txt" in str(outcome.error)
        assert not home.artifacts.exists()


def test_domains_are_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.txt").write_text("words")
    monkeypatch.chdir(tmp_path)
    steps = [("model", {}), ("fine_tuning", {"domains": ["a = mine.txt", "b=sample:stories"]})]
    anchored = with_absolute_paths(Pipeline.linear(steps, evaluation=Evaluation(when="never")))
    assert anchored.block("fine_tuning_1").settings["domains"] == [f"a={tmp_path / 'mine.txt'}", "b=sample:stories"]


def test_a_method_that_does_not_fit_what_was_not_foreseen_is_refused_before_it_begins(
    tiny: Callable[[str], Path], tmp_path: Path
) -> None:
    """A shape that was measured, say."""
    pipeline = Pipeline.linear([("model", {}), ("round_to_nearest", {"format": "int4", "group_size": 32})])
    source, node = nodes_of(pipeline, None).values()
    model = open_model(tiny("llama"))
    source.opened(model)
    node.foresee({source.id: source})
    node.refuse(model.anatomy)
    _, narrower = cut(model.header, model.anatomy, dataclasses.replace(Shape.of(model.anatomy), inner=40))
    with pytest.raises(BadInput, match="not a multiple of group size 32"):
        node.refuse(narrower)


def test_a_lock_leaves_no_file(home: Home) -> None:
    store = Store(home.artifacts)
    with store.locked("signature", lambda: None):
        assert [file.name for file in home.artifacts.glob("*.lock")] == ["signature.lock"]
    assert not list(home.artifacts.glob("*.lock"))
