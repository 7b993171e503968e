"""Problems and costs before a run."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.human import bytes_text
from engine.contracts.commands import Checked
from engine.contracts.problem import Expected
from engine.measure.engine_memory import EngineMemory
from engine.methods.costs.bytes import host_bytes
from engine.methods.registry import method
from engine.models.source import open_model
from engine.pipeline.document import Block, Evaluation, Link, Pipeline
from engine.record.home import Home
from engine.run.estimate import check
from engine.run.promised_memory import seconds_text
from engine.run.runner import Outcome

Chain = Callable[..., Pipeline]


ENGINE = 400_000_000


@pytest.fixture
def engine_memory(monkeypatch: pytest.MonkeyPatch) -> int:
    """A loaded engine of so many bytes."""
    monkeypatch.setattr(EngineMemory, "measured", lambda self: ENGINE)
    return ENGINE


def rtn(tiny: Callable[[str], Path], **settings: Any) -> Pipeline:
    steps: list[tuple[str, dict[str, Any]]] = [("model", {"model": str(tiny("llama"))}), ("round_to_nearest", settings)]
    return Pipeline.linear(steps, evaluation=Evaluation(when="never"))


def test_estimates_come_close_to_what_is_written(
    tiny: Callable[[str], Path], home: Home, go: Callable[..., Outcome]
) -> None:
    pipeline = rtn(tiny, format="int4", group_size=32)
    checked = check(pipeline, home=home, device="cpu")
    assert checked.problems == () and checked.cached == ()
    assert checked.free_memory > 0 and checked.free_disk > 0
    stages = go(pipeline).report["stages"]
    assert abs(checked.estimates["round_to_nearest_1"][0] / stages[1]["metrics"]["size_bytes"] - 1) < 0.02
    assert abs(checked.estimates["model_1"][0] / stages[0]["metrics"]["size_bytes"] - 1) < 0.02
    assert check(pipeline, home=home, device="cpu").cached == ("round_to_nearest_1",)


def test_on_the_cpu_a_part_is_there_twice_while_it_is_stored(tiny: Callable[[str], Path], home: Home) -> None:
    """And what came packed as often more as it is compared and written."""
    opened = open_model(tiny("llama"))
    table = 4 * opened.anatomy.vocabulary * opened.anatomy.hidden_size
    found = host_bytes(opened.header, opened.anatomy)
    assert found >= 2 * table
    packed = tuple(
        dataclasses.replace(x, dtype="Q8_0", nbytes=math.prod(x.shape) * 34 // 32) if "embed" in x.name else x
        for x in opened.header.tensors
    )
    others = dataclasses.replace(opened.header, tensors=tuple(x for x in packed if "embed" in x.name))
    assert host_bytes(others, opened.anatomy) == table + 2 * (table // 4 * 34 // 32)
    changed = opened.anatomy.embeddings
    assert host_bytes(others, opened.anatomy, changed) == 0  # the method counts what it changes
    checked = check(rtn(tiny, format="int4", group_size=32), home=home, device="cpu")
    left = host_bytes(opened.header, opened.anatomy, [x.name for x in opened.anatomy.linears])
    assert checked.estimates["round_to_nearest_1"][1] >= left >= 2 * table


def test_measuring_is_counted_until_it_is_done(chain: Chain, home: Home, go: Callable[..., Outcome]) -> None:
    whole = chain({}, {}, evaluation=Evaluation(window_size=32, num_windows=2))
    ends = chain({}, {}, evaluation=Evaluation(when="ends", window_size=32, num_windows=2))
    every, two = (check(pipeline, home=home, device="cpu").measuring for pipeline in (whole, ends))
    assert every > two > 0
    assert check(chain({}, evaluation=Evaluation(when="never")), home=home, device="cpu").measuring == 0
    go(ends)
    assert check(ends, home=home, device="cpu").measuring == 0
    assert 0 < check(whole, home=home, device="cpu").measuring < every


def test_the_engine_is_counted_once(
    tiny: Callable[[str], Path], home: Home, monkeypatch: pytest.MonkeyPatch, engine_memory: int
) -> None:
    """Promised is the whole process, as it is shown; what has to be free is what the block adds."""
    pipeline = rtn(tiny, format="int4", group_size=32)
    opened = open_model(tiny("llama"))
    changed = [x.name for x in opened.anatomy.linears]
    info = method("round_to_nearest")
    settings = info.settings.parse({"format": "int4", "group_size": 32})
    alone = info.load().estimate(opened.header, opened.anatomy, settings, torch.device("cpu")).memory_bytes
    adds = max(alone, host_bytes(opened.header, opened.anatomy, changed))
    for free, said in ((adds, False), (adds - 1, True)):
        monkeypatch.setattr("engine.devices.free_memory", lambda device, free=free: free)
        checked = check(pipeline, home=home, device="cpu")
        assert checked.estimates["round_to_nearest_1"][1] == engine_memory + adds == checked.needs()[0]
        assert checked.engine_memory == engine_memory
        sentences = [p.message for p in checked.problems if "of memory" in p.message]
        assert bool(sentences) == said == bool(checked.shortage())
    assert f"{bytes_text(engine_memory + adds)} of memory, 400 MB of it taken by the program already," in sentences[0]
    assert f"{bytes_text(adds - 1)} are free" in sentences[0] and "400 MB of it taken" in checked.shortage()


def test_measuring_counts_the_engine_once(
    chain: Chain, home: Home, monkeypatch: pytest.MonkeyPatch, engine_memory: int
) -> None:
    wanted = Evaluation(when="ends", window_size=64, num_windows=1)
    most = check(chain({}, evaluation=wanted), home=home, device="cpu").measuring_memory
    assert most > engine_memory
    for free, count in ((most - engine_memory, 0), (most - engine_memory - 1, 1)):
        monkeypatch.setattr("engine.devices.free_memory", lambda device, free=free: free)
        problems = check(chain({}, evaluation=wanted), home=home, device="cpu").problems
        assert sum(problem.message.startswith("Measuring") for problem in problems) == count


def test_memory_of_an_accelerator_is_apart() -> None:
    """The process is shown beside it; what has to be free there is what is used there."""
    on_host, apart = Expected(1, 900, 400), Expected(1, 900, 400, 5000)
    assert (on_host.memory_bytes, on_host.adds) == (900, 500)
    assert (apart.memory_bytes, apart.adds) == (5000, 5000)


def test_seconds_are_those_of_a_quiet_machine_and_what_it_does_beside_is_apart(
    tiny: Callable[[str], Path], home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = rtn(tiny, format="int4", group_size=32)
    found = []
    for slowdown in (1.0, 3.0):
        monkeypatch.setattr("engine.measure.machine.slowdown", lambda device, now=slowdown: now)
        checked = check(pipeline, home=home, device="cpu")
        assert checked.slowdown == slowdown
        found.append(checked.needs()[2])
    assert found[0] == found[1] > 0
    assert seconds_text(10.0, 1.0) == "about 10 s"
    assert seconds_text(10.0, 3.0) == "about 10 s on a quiet machine and 30 s as it is now"
    assert seconds_text(None, 3.0) == ""


def test_what_was_promised_stands_beside_what_was(
    tiny: Callable[[str], Path], home: Home, go: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the report of the run, of which --json shows the stages; what is cached was not computed."""
    monkeypatch.setattr("engine.measure.machine.slowdown", lambda device: 2.0)
    pipeline = rtn(tiny, format="int4", group_size=32)
    checked = check(pipeline, home=home, device="cpu", quick=True)
    source, stage = go(pipeline).report["stages"]
    assert source["estimated_peak_memory_bytes"] == 0 and source["estimated_seconds"] is None
    adds = checked.estimates["round_to_nearest_1"][1] - checked.engine_memory
    assert stage["estimated_peak_memory_bytes"] > adds
    assert stage["peak_memory_bytes"] >= stage["engine_memory_bytes"] > 0 and stage["processor_seconds"] > 0
    assert stage["peak_memory_bytes"] == stage["metrics"]["peak_memory_bytes"]
    assert stage["estimated_quiet_seconds"] == pytest.approx(checked.estimates["round_to_nearest_1"][2])
    assert stage["estimated_seconds"] == pytest.approx(2 * stage["estimated_quiet_seconds"])
    _, again = go(pipeline).report["stages"]
    assert again["cached"] and again["estimated_peak_memory_bytes"] == 0 and again["estimated_seconds"] is None


def test_measuring_that_does_not_fit_says_with_what_it_would(
    chain: Chain, home: Home, monkeypatch: pytest.MonkeyPatch, engine_memory: int
) -> None:
    def planned(free: int, **evaluation: Any) -> Checked:
        monkeypatch.setattr("engine.devices.free_memory", lambda device: free)
        wanted = Evaluation(**{"when": "ends", "window_size": 64, "num_windows": 64, **evaluation})
        return check(chain({}, evaluation=wanted), home=home, device="cpu")

    much, one = (planned(1 << 40, num_windows=windows).measuring_memory for windows in (64, 1))
    alone = planned(1 << 40, num_windows=1, compare=False).measuring_memory
    assert much > one > alone > 0
    one, alone = one - engine_memory, alone - engine_memory
    for free, advice in ((one, "With one window it"), (alone, "not compared"), (1, "Close other")):
        (problem,) = (p for p in planned(free).problems if p.message.startswith("Measuring"))
        assert problem.block == "probe_1" and advice in problem.advice
    assert planned(1 << 40, when="never").measuring_memory == 0


def test_what_does_not_fit_names_a_setting_with_which_it_would(
    tiny: Callable[[str], Path], home: Home, monkeypatch: pytest.MonkeyPatch, engine_memory: int
) -> None:
    training = {"batch_size": 16, "micro_batch_size": 16, "sequence_length": 512}
    steps: list[tuple[str, dict[str, Any]]] = [("model", {"model": str(tiny("llama"))}), ("fine_tuning", training)]
    pipeline = Pipeline.linear(steps, evaluation=Evaluation(when="never"))
    whole = check(pipeline, home=home, device="cpu").estimates["fine_tuning_1"][1] - engine_memory
    smaller = check(pipeline.with_settings("fine_tuning_1", micro_batch_size=1), home=home, device="cpu")
    less = smaller.estimates["fine_tuning_1"][1] - engine_memory
    assert less < whole / 2
    for free, advice in ((less, "'Micro-batch size' 1 it would take"), (1, "Close other programs")):
        monkeypatch.setattr("engine.devices.free_memory", lambda device, free=free: free)
        (problem,) = (p for p in check(pipeline, home=home, device="cpu").problems if "of memory" in p.message)
        assert problem.block == "fine_tuning_1" and advice in problem.advice


def test_real_shapes_are_checked(tiny: Callable[[str], Path], home: Home) -> None:
    (problem,) = check(rtn(tiny, group_size=48), home=home, device="cpu").problems
    assert problem.block == "round_to_nearest_1" and "not a multiple of group size 48" in problem.message


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("width_pruning", {"target": "numbers", "intermediate_size": 40}),
        ("sheared_llama", {"target": "numbers", "intermediate_size": 40}),
        ("hidden_state_distillation", {"student": "layers", "intermediate_size": 40}),
        ("logit_distillation", {"student": "config", "config": "config.json"}),
        ("train_from_scratch", {"intermediate_size": 40}),
        ("train_from_scratch", {"config": "config.json"}),
    ],
)
def test_shapes_are_foreseen_through_a_cut(
    method: str, settings: dict[str, Any], tiny: Callable[[str], Path], home: Home, tmp_path: Path
) -> None:
    """Hours of training must not be lost to a number that could be known before."""
    if "config" in settings:
        config = json.loads((tiny("llama") / "config.json").read_text())
        (tmp_path / "config.json").write_text(json.dumps({**config, "intermediate_size": 40}))
        settings = {**settings, "config": str(tmp_path / "config.json")}
    steps = [("model", {"model": str(tiny("llama"))}), (method, settings), ("round_to_nearest", {"group_size": 32})]
    checked = check(Pipeline.linear(steps, evaluation=Evaluation(when="never")), home=home, device="cpu")
    (problem,) = (problem for problem in checked.problems if problem.severity == "error")
    assert problem.block == "round_to_nearest_1" and "not a multiple of group size 32" in problem.message


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("width_pruning", {"target": "numbers", "hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 64}),
        ("depth_pruning", {"num_pruned_layers": 1}),
        ("width_pruning", {"target": "budget", "budget": 80}),
    ],
)
def test_estimates_go_through_a_cut(
    method: str, settings: dict[str, Any], tiny: Callable[[str], Path], home: Home, go: Callable[..., Outcome]
) -> None:
    text = {"text": str(Path(__file__).resolve().parents[3] / "LICENSE"), "num_samples": 2, "sequence_length": 32}
    steps = [
        ("model", {"model": str(tiny("llama"))}),
        (method, {**settings, **text}),
        ("round_to_nearest", {"format": "int8", "granularity": "channel"}),
    ]
    pipeline = Pipeline.linear(steps, evaluation=Evaluation(when="never"))
    checked = check(pipeline, home=home, device="cpu")
    stages = go(pipeline).report["stages"]
    for stage in stages[1:]:
        assert checked.estimates[stage["block"]][0] == pytest.approx(stage["metrics"]["size_bytes"], rel=0.02)
    assert checked.estimates["round_to_nearest_1"][0] < checked.estimates["model_1"][0]


def test_several_problems_in_the_order_of_blocks(chain: Chain, home: Home) -> None:
    pipeline = chain({"action": "problem"}, {"factor": "x"})
    pipeline = pipeline.with_block(Block(id="after", method="probe")).with_link(Link(source="probe_2", target="after"))
    checked = check(pipeline, home=home, device="cpu")
    assert [problem.block for problem in checked.problems] == ["probe_1", "probe_2"]
    assert set(checked.estimates) == {"model_1", "probe_1"}


def test_a_model_that_is_not_there(home: Home) -> None:
    pipeline = Pipeline.linear([("model", {"model": "/nowhere"}), ("probe", {})], evaluation=Evaluation(when="never"))
    (problem,) = check(pipeline, home=home, device="cpu").problems
    assert problem.severity == "error" and problem.block == "model_1" and "/nowhere" in str(problem)


@pytest.mark.parametrize("name", ["/nowhere", "a\0b", "a" * 300])
def test_a_model_that_is_not_there_is_one_problem_also_where_results_are_measured(name: str, home: Home) -> None:
    pipeline = Pipeline.linear([("model", {"model": name}), ("probe", {})])
    (problem,) = check(pipeline, home=home, device="cpu").problems
    assert (problem.severity, problem.block) == ("error", "model_1")
    assert any(words in problem.message for words in ("does not exist", "name of a file"))


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([("gptq", {"text": "a\0b"})], "not the name of a file"),
        ([("gptq", {"text": "a" * 300})], "too long for the name of a file"),
        ([("round_to_nearest", {}), ("refine", {"original": "/nowhere"})], "The model does not exist"),
        ([("train_from_scratch", {"config": "/nowhere"})], "The model does not exist"),
        ([("train_from_scratch", {"config": "/nowhere.json"})], "does not exist"),
    ],
)
def test_a_file_of_a_block_that_can_not_be_read_is_one_problem_of_it(
    steps: list[tuple[str, dict[str, str]]], words: str, home: Home
) -> None:
    """The others are checked all the same."""
    pipeline = Pipeline.linear([("model", {"model": "sample"}), *steps])
    checked = check(pipeline, home=home, device="cpu")
    assert [(problem.block, words in problem.message) for problem in checked.problems] == [(f"{steps[-1][0]}_1", True)]
    assert "model_1" in checked.estimates


def test_a_hub_model_is_not_downloaded(home: Home) -> None:
    pipeline = Pipeline.linear([("model", {"model": "owner/name"}), ("probe", {})], evaluation=Evaluation(when="never"))
    (problem,) = check(pipeline, home=home, device="cpu").problems
    assert problem.severity == "warning" and "downloaded when the pipeline runs" in problem.message


def test_a_text_that_is_not_there(chain: Chain, home: Home) -> None:
    (problem,) = check(chain({}, evaluation=Evaluation(text="/no/text.txt")), home=home, device="cpu").problems
    assert problem.block is None and "/no/text.txt" in problem.message


def test_up_to_a_block(chain: Chain, home: Home) -> None:
    checked = check(chain({}, {"action": "problem"}), "probe_1", home=home, device="cpu")
    assert checked.problems == () and set(checked.estimates) == {"model_1", "probe_1"}


def test_a_circle_and_an_empty_pipeline(home: Home) -> None:
    circle = Pipeline(
        blocks=(Block(id="a", method="probe"), Block(id="b", method="probe")),
        links=(Link(source="a", target="b"), Link(source="b", target="a")),
        evaluation=Evaluation(when="never"),
    )
    assert len(check(circle, home=home).problems) == 1
    assert len(check(Pipeline(evaluation=Evaluation(when="never")), home=home).problems) == 1


def test_a_quick_check_reads_no_weights_and_finds_the_same_problems(
    tiny: Callable[[str], Path], home: Home, monkeypatch: pytest.MonkeyPatch, engine_memory: int
) -> None:
    pipeline = rtn(tiny, group_size=48)
    asked = check(pipeline, home=home, device="cpu")

    def read(self: object) -> str:
        raise AssertionError("weights were read")

    monkeypatch.setattr("engine.checkpoints.checkpoint.CheckpointHeader.fingerprint", property(read))
    quick = check(pipeline, home=home, device="cpu", quick=True)
    assert quick.problems == asked.problems and quick.problems and quick.estimates == asked.estimates
    assert quick.cached == () and quick.measuring == 0


def test_a_window_beyond_the_positions_is_told(tiny: Callable[[str], Path], home: Home) -> None:
    model = tiny("llama")
    positions = json.loads((model / "config.json").read_text())["max_position_embeddings"]

    def found(size: int) -> tuple[Any, ...]:
        pipeline = rtn(tiny, group_size=32).with_evaluation(Evaluation(window_size=size))
        found = check(pipeline, home=home, device="cpu", quick=True).problems
        return tuple(problem for problem in found if "positions" in problem.message)

    (problem,) = found(2 * positions)
    assert problem.severity == "warning" and problem.block == "model_1" and f"{positions} positions" in problem.message
    assert found(positions) == () == found(Evaluation().window_size)


def test_sample_texts_and_a_real_model_do_not_go_together(
    tiny: Callable[[str], Path], home: Home, tmp_path: Path
) -> None:
    """Said on the block that uses them, before anything is run; not of the sample model, nor of other texts."""

    def told(model: str, text: str) -> dict[str | None, str]:
        steps: list[tuple[str, dict[str, Any]]] = [
            ("model", {"model": model}),
            ("gptq", {"text": text, "group_size": 32}),
        ]
        pipeline = Pipeline.linear(steps, evaluation=Evaluation(text=text))
        found = check(pipeline, home=home, device="cpu", quick=True).problems
        return {problem.block: problem.message for problem in found if "sample texts" in problem.message}

    own = tmp_path / "own.txt"
    own.write_text("Some words of my own. " * 400)
    assert told("sample", "sample") == {} == told(str(tiny("llama")), str(own))
    assert told(str(tiny("llama")), "mixed") == {} == told(str(tiny("llama")), "pipeline")
    real = told(str(tiny("llama")), "sample")
    assert real.keys() == {"gptq_1", None} and "GPTQ" in real["gptq_1"]


def test_metrics_on_what_was_learned_are_told(tiny: Callable[[str], Path], home: Home, tmp_path: Path) -> None:
    """A file has no held-out part."""
    own = tmp_path / "own.txt"
    own.write_text("Some words of my own. " * 400)

    def told(text: str, measured: str) -> list[str | None]:
        steps = [("model", {"model": str(tiny("llama"))}), ("gptq", {"text": text, "group_size": 32})]
        found = check(Pipeline.linear(steps, evaluation=Evaluation(text=measured)), home=home, device="cpu", quick=True)
        return [problem.block for problem in found.problems if "has seen" in problem.message]

    assert told(str(own), str(own)) == ["gptq_1"]
    assert told(str(own), "mixed") == [] == told("mixed", "mixed")
    (tmp_path / "texts").mkdir()
    own.rename(tmp_path / "texts" / "own.txt")
    folder, own = tmp_path / "texts", tmp_path / "texts" / "own.txt"
    assert told(str(folder), str(own)) == ["gptq_1"] == told(str(own), str(folder))
