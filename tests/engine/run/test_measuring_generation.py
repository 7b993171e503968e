"""The generation check in a run: the original answers once, results are judged and kept, damage is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from run_fixtures import Recorder

from engine.contracts.events import Measured
from engine.contracts.generation import DAMAGED, GENERATION, generation_of
from engine.measure import generation_check, generation_facts
from engine.measure.answers import Prompt
from engine.pipeline.document import Evaluation, Pipeline
from engine.pipeline.names import distinct_titles
from engine.record.comparison import protocol_rows, variants_of
from engine.record.home import Home
from engine.record.report_page import as_html
from engine.record.state import RunState
from engine.run.runner import Outcome

PROMPTS = tuple(
    Prompt(name=f"prompt {n}", domain="prose", text=text, tokens=18)
    for n, text in enumerate(("Once upon a time", "Emma: Hello <David>!\nDavid:"))
)
FEW = Evaluation(window_size=32, num_windows=2, generation="check")
HALF = ("one_shot_pruning", {"score": "magnitude", "sparsity": 0.5})
ALL = ("one_shot_pruning", {"score": "magnitude", "sparsity": 0.95})


def of_sample(*steps: tuple[str, dict[str, Any]], evaluation: Evaluation = FEW) -> Pipeline:
    return Pipeline.linear([("model", {"model": "sample"}), *steps], evaluation=evaluation)


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The models that have answered, in order."""
    paths: list[Path] = []
    real = generation_check.answers_of

    def answers_of(model: Any, *more: Any) -> Any:
        paths.append(model.path)
        return real(model, *more)

    for module in (generation_check, generation_facts):
        monkeypatch.setattr(module, "prompts", lambda scope: PROMPTS)
    monkeypatch.setattr(generation_check, "answers_of", answers_of)
    return paths


def test_the_original_answers_once_for_all_blocks_and_runs(go: Callable[..., Outcome], answered: list[Path]) -> None:
    outcome = go(of_sample(("round_to_nearest", {"format": "bfloat16"}), HALF))
    assert len(answered) == len(set(answered)) == 3, "a source and two blocks, each by itself"
    source, same, other = outcome.report["stages"]
    assert "loops" in source["metrics"] and GENERATION not in source["details"]
    assert same["metrics"]["generation_agreement"] == 1.0 and other["metrics"]["generation_agreement"] < 1.0
    assert "temperature" in other["protocol"][GENERATION]
    go(of_sample(("round_to_nearest", {"format": "bfloat16"}), HALF))
    assert len(answered) == 3, "nothing is checked twice"
    go(of_sample(ALL))
    assert len(answered) == 4, "another run: the new block alone"


def test_metrics_of_before_are_not_measured_again(
    chain: Callable[..., Pipeline], go: Callable[..., Outcome], answered: list[Path], home: Home
) -> None:
    go(chain({"factor": 0.5}, evaluation=FEW.replace(generation="off")))
    kept = {file.name for file in (home.cache / "metrics").iterdir()}
    assert not answered
    go(chain({"factor": 0.5}, evaluation=FEW))
    assert kept < {file.name for file in (home.cache / "metrics").iterdir()}
    (states,) = (home.cache / "states").iterdir()
    assert states.is_file() and len(answered) == 2


def test_damage_is_a_warning_on_card_and_page(
    go: Callable[..., Outcome], answered: list[Path], heard: Recorder
) -> None:
    pipeline = of_sample(ALL)
    outcome = go(pipeline)
    _, stage = outcome.report["stages"]
    check = generation_of(stage["details"])
    assert check is not None and check.verdict == "damaged" and stage["protocol"][DAMAGED] in stage["warnings"][-1]
    page = as_html(outcome.report)
    assert "Does not write as the original" in page and "Hello &lt;David&gt;" in page
    (event,) = [event for event in heard.of(Measured) if event.block == stage["block"]]
    assert generation_of(event.details) == check
    run = RunState.start("run", pipeline, None, distinct_titles(pipeline))
    for event in heard:
        run.apply(event)
    block = run.blocks[stage["block"]]
    graded = run.grade(block)
    assert graded is not None and graded.grade == "broken" and "does not write" in graded.reason
    _, variant = variants_of(run)
    assert generation_of(variant.details) == check
    assert not [word for word, *_ in protocol_rows(*variants_of(run)) if "damaged" in word]


def test_files_of_earlier_releases_read_a_pipeline_without_a_check(chain: Callable[..., Pipeline]) -> None:
    assert "generation" not in chain({}).to_json()
    pipeline = chain({}, evaluation=FEW)
    assert Pipeline.from_json(pipeline.to_json()).evaluation.generation == "check"
