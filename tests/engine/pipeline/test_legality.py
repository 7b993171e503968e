"""What is wrong with a pipeline, in sentences, without torch."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from probe import PROBE, TEACHER

from engine.base.errors import BadInput
from engine.contracts.problem import Problem
from engine.methods.registry import methods
from engine.pipeline.document import Block, Link, Pipeline
from engine.pipeline.legality import inputs_of, problems, resolve, roots, selected


@pytest.fixture(autouse=True)
def _probe_is_a_method(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(methods(), "probe", PROBE)
    monkeypatch.setitem(methods(), "learner", TEACHER)


def chain(*steps: tuple[str, dict[str, Any]]) -> Pipeline:
    return Pipeline.linear([("model", {}), *steps])


def only(pipeline: Pipeline, until: str | None = None) -> Problem:
    (problem,) = problems(pipeline, until)
    return problem


def test_a_right_one_has_none() -> None:
    assert problems(chain(("round_to_nearest", {"format": "int8"}), ("probe", {}))) == []


def test_an_unknown_method_and_the_likely_one() -> None:
    problem = only(chain(("round_to_nearst", {})))
    assert problem.severity == "error" and problem.block == "round_to_nearst_1"
    assert "Unknown method 'round_to_nearst'" in problem.message and "'round_to_nearest'" in problem.advice
    assert "There are: " in only(chain(("xyzzy", {}))).advice
    assert "'round_to_nearest'" in only(chain(("Round to nearest", {}))).advice


def test_each_wrong_setting_is_a_sentence() -> None:
    found = problems(chain(("round_to_nearest", {"group_size": 0, "bits": 4, "format": "int99"})))
    assert len(found) == 3 and {problem.block for problem in found} == {"round_to_nearest_1"}
    assert any("no setting 'bits'" in problem.message for problem in found)


def test_nothing_to_do() -> None:
    assert "no model" in only(Pipeline()).message
    assert problems(chain()) == [], "measuring a model is something to do"


def test_a_missing_input() -> None:
    problem = only(chain().with_block(Block(id="alone", method="probe")))
    assert problem.block == "alone" and "nothing at its input 'model'" in problem.message
    pipeline = chain(("learner", {}))
    assert "input 'teacher'" in only(pipeline).message
    assert problems(pipeline.with_link(Link(source="model_1", target="learner_1", port="teacher"))) == []


def test_an_unknown_port() -> None:
    pipeline = chain(("probe", {})).with_link(Link(source="model_1", target="probe_1", port="left"))
    assert "no input 'left'" in only(pipeline).message and "model" in only(pipeline).advice


def test_a_source_in_the_middle() -> None:
    problem = only(chain(("model", {})))
    assert problem.block == "model_2" and "takes none" in problem.message


def test_several_sources() -> None:
    pipeline = chain(("probe", {})).with_block(Block(id="other", method="model"))
    pipeline = pipeline.with_block(Block(id="p2", method="probe")).with_link(Link(source="other", target="p2"))
    assert problems(pipeline) == []
    assert [block.id for block in selected(pipeline)][:2] == ["model_1", "other"]
    assert roots(pipeline)["p2"] == "other" and roots(pipeline)["probe_1"] == "model_1"


def test_a_circle() -> None:
    pipeline = Pipeline(
        blocks=(Block(id="a", method="probe"), Block(id="b", method="probe")),
        links=(Link(source="a", target="b"), Link(source="b", target="a")),
    )
    assert "circle" in only(pipeline).message
    with pytest.raises(BadInput, match="circle"):
        Pipeline.from_json(pipeline.to_json())


def test_what_may_not_come_after_what_and_why() -> None:
    base = chain(("round_to_nearest", {}), ("probe", {}), ("learner", {}))
    pipeline = base.with_link(Link(source="model_1", target="learner_1", port="teacher"))
    problem = only(pipeline)
    assert problem.block == "learner_1" and "Integers can't be trained" in problem.message
    assert problem.advice == "Put it before."
    assert only(chain(("round_to_nearest", {}), ("round_to_nearest", {}))).severity == "warning"


def test_the_original_is_where_no_teacher_is_linked() -> None:
    pipeline = chain(("probe", {}), ("logit_distillation", {}))
    assert problems(pipeline) == []
    assert inputs_of(pipeline, "logit_distillation_1", "model_1") == {"model": "probe_1", "teacher": "model_1"}
    linked = pipeline.with_block(Block(id="other", method="model", settings={}))
    linked = linked.with_link(Link(source="other", target="logit_distillation_1", port="teacher"))
    assert problems(linked) == []
    assert inputs_of(linked, "logit_distillation_1", "model_1") == {"model": "probe_1", "teacher": "other"}
    assert inputs_of(pipeline, "probe_1", "model_1") == {"model": "model_1"}


def test_a_quantized_teacher_is_no_reason() -> None:
    pipeline = chain(("round_to_nearest", {})).with_block(Block(id="l", method="learner"))
    pipeline = pipeline.with_link(Link(source="model_1", target="l"))
    assert problems(pipeline.with_link(Link(source="round_to_nearest_1", target="l", port="teacher"))) == []


def test_only_what_leads_to_the_block_counts() -> None:
    pipeline = chain(("probe", {}), ("nonsense", {}))
    assert problems(pipeline, "probe_1") == []
    assert len(problems(pipeline)) == 1
    assert "Unknown block" in only(pipeline, "nowhere").message


def test_a_title_is_used_where_there_is_one() -> None:
    block = Block(id="x", method="probe", title="My probe")
    assert only(chain().with_block(block)).message.startswith("My probe")
    assert resolve(block).info is PROBE


def test_a_newer_version_is_refused() -> None:
    with pytest.raises(BadInput, match="newer version"):
        Pipeline.from_json('{"version": 99, "blocks": []}')


def test_it_loads_no_torch() -> None:
    modules = "engine.pipeline.legality, engine.service.worker, engine.record.history"
    program = f"import sys, {modules}; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"
