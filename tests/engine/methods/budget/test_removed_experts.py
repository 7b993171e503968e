"""Fit to budget with fewer experts: those go whose bytes are worth more elsewhere, and the better plan is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.base.errors import BadInput
from engine.fit.words import guard_text, removed_text
from engine.methods.budget.fit_to_budget.experts import ExpertSearch
from engine.methods.budget.fit_to_budget.removal import Removal
from engine.methods.budget.fit_to_budget.removal_limits import expert_counts
from engine.methods.pruning.expert_pruning.counts import experts_of
from engine.models.source import open_model
from engine.pipeline.fitting import fit_pipeline
from engine.testing.stage import RecordingStage
from tests.engine.methods.budget.smaller import (
    Run,
    assert_built_again_by_file_and_blocks,
    assert_gguf_has_the_bytes_of_the_plan,
    assert_taken_up,
    at_another_size,
    checked,
    fitted,
    scaled,
    smallest_file,
)

Tiny = Callable[[str], Path]


@pytest.fixture(scope="module")
def idle(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mixture of experts whose experts add next to nothing to what enters them, and take most of its bytes."""
    folder = tmp_path_factory.mktemp("model") / "idle"
    is_last = ("w2", "down")
    return scaled(
        tiny("mixtral"),
        folder,
        lambda name, x: x * 1e-3 / 6 if "experts" in name and any(word in name for word in is_last) else x,
    )


@pytest.fixture(scope="module")
def run(idle: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A fit of it with fewer experts."""
    return fitted(idle, tmp_path_factory.mktemp("run"), size="34%", remove_experts=True)


def test_experts_that_do_nothing_go_and_the_file_has_the_bytes_of_the_plan(
    run: Run, idle: Path, tmp_path: Path
) -> None:
    model = open_model(run.artifact)
    before, after = experts_of(open_model(idle).anatomy), experts_of(model.anatomy)
    assert set(before.values()) == {4} and set(after.values()) == {3}
    assert {len(gone) for gone in run.problem.removed_experts.values()} == {1}
    assert model.config["num_local_experts"] == 3, "other programs load it"
    assert_gguf_has_the_bytes_of_the_plan(run, 0.34, tmp_path / "exported")
    assert run.stage.details["pruned experts"] == {"before": 4, "left": 3, "layers": 2}
    (other,) = run.guard["others"]
    assert run.guard["removed"] == "experts" and other["removed"] == "" and run.guard["kl"] < other["kl"]
    assert "With all experts it would lose" in guard_text(run.guard)
    assert removed_text(run.problem) == "1 expert of each layer"


@pytest.fixture(scope="module")
def plain(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A fit of a model whose experts are all needed, with all of them."""
    return fitted(tiny("mixtral"), tmp_path_factory.mktemp("plain"), size="70%", guard=False)


def test_experts_that_are_needed_stay(plain: Run, tmp_path: Path) -> None:
    may_go = fitted(plain.source, tmp_path, plain, size="70%", guard=False, remove_experts=True)
    assert may_go.problem.removed_experts == {} and may_go.plan.choices == plain.plan.choices
    assert may_go.files == plain.files


def test_the_plan_with_all_experts_is_given_where_it_is_better(
    plain: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prediction that errs: nothing is taken to be lost."""
    monkeypatch.setattr(ExpertSearch, "_loss", lambda self, count, number, of: 1e-9)
    run = fitted(plain.source, tmp_path, plain, size="35%", rounds=0, remove_experts=True)
    assert run.problem.removed_experts == {} and "With fewer experts it would lose" in guard_text(run.guard)
    assert set(experts_of(open_model(run.artifact).anatomy).values()) == {4}


def test_layers_of_experts_stay_and_their_experts_go(idle: Path, tmp_path: Path, run: Run) -> None:
    """Layers with experts can't be taken out yet: where both are allowed, a word says so, and experts go."""
    problems = checked(idle, size="34%", remove_layers=True, remove_experts=True)
    assert [problem.severity for problem in problems] == ["warning"] and "No layer can go" in problems[0].message
    both = fitted(idle, tmp_path / "run", run, size="34%", remove_layers=True, remove_experts=True)
    assert both.problem.removed_experts == run.problem.removed_experts and both.plan.choices == run.plan.choices


def test_a_size_that_no_format_reaches(idle: Path, tmp_path: Path, run: Run) -> None:
    whole = fitted(idle, tmp_path / "whole", run, size="60%", guard=False)
    size = smallest_file(whole.problem) - 2000
    assert not [
        problem for problem in checked(idle, size=str(size), remove_experts=True) if problem.severity == "error"
    ]
    assert fitted(idle, tmp_path / "run", run, size=str(size), remove_experts=True).plan.bytes <= size
    (error,) = checked(idle, size="9kB", remove_experts=True)
    assert error.severity == "error" and "with 2 experts in each layer" in error.message


def test_the_plan_of_a_file_and_its_ordinary_blocks_give_the_same_weights(run: Run, tmp_path: Path) -> None:
    again = assert_built_again_by_file_and_blocks(run, tmp_path, ["expert_pruning", "gguf_quants"])
    assert again.removed_experts == run.problem.removed_experts


def test_a_killed_fit_is_taken_up_to_the_same_bytes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = ["experts.ExpertSearch._loss", "removal.without_experts", "method.FitRun.give"]
    assert_taken_up(run, places, tmp_path / "run", monkeypatch)


def test_a_second_size_tries_no_number_again(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert at_another_size(run, "33%", tmp_path, (ExpertSearch, "_loss"), monkeypatch).removed_experts


def test_experts_that_a_model_does_not_have(run: Run, idle: Path, tmp_path: Path) -> None:
    module = next(iter(run.problem.removed_experts))
    stage = RecordingStage(tmp_path)
    model = open_model(idle)
    for experts, why in (
        ({module: (9,)}, "it has 4 experts, and 9 would go"),
        ({module: (-1,)}, "it has 4 experts"),
        ({"model.layers.7.mlp.experts": (1,)}, "it has no experts"),
        ({module: (0, 1, 2)}, "3 of 4 would go"),
    ):
        with pytest.raises(BadInput) as refused:
            Removal(experts=tuple(experts.items())).applied(model, stage)
        assert why in refused.value.why


def test_a_model_without_experts_gets_a_word_and_a_plan(tiny: Tiny, tmp_path: Path) -> None:
    problems = checked(tiny("llama"), size="90%", remove_experts=True)
    assert [problem.severity for problem in problems] == ["warning"] and "No expert can go" in problems[0].message
    assert expert_counts(open_model(tiny("llama")).anatomy) == []
    run = fitted(tiny("llama"), tmp_path, size="90%", guard=False, remove_experts=True)
    assert run.plan.choices and not any("All of the model stays" in line for line in run.stage.lines)
    assert expert_counts(open_model(tiny("qwen3_moe")).anatomy) == [14, 12, 10, 8]


def test_the_command_allows_experts() -> None:
    pipeline = fit_pipeline("sample", "40%", allow=("bits", "layers", "experts"))
    assert pipeline.blocks[-1].settings["remove_experts"] and pipeline.blocks[-1].settings["remove_layers"]
