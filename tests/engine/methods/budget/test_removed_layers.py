"""Fit to budget without some layers: those go whose bytes are worth more elsewhere, and the better plan is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.base.errors import BadInput
from engine.fit.depth import as_in_file, as_it_came, plan_in_file
from engine.fit.words import guard_text, removed_text
from engine.methods.budget.fit_to_budget.depth import Search
from engine.methods.budget.fit_to_budget.removal_limits import FEWEST
from engine.models.source import open_model
from engine.pipeline.document import Pipeline
from engine.pipeline.fitting import as_ordinary_block
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
    """A model whose first layer of two adds next to nothing to what enters it."""
    folder = tmp_path_factory.mktemp("model") / "idle"
    ends = ("o_proj", "down_proj")
    return scaled(
        tiny("llama_untied"),
        folder,
        lambda name, x: x * 1e-3 if "layers.0." in name and any(word in name for word in ends) else x,
    )


@pytest.fixture(scope="module")
def run(idle: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A fit of it without its first layer."""
    return fitted(idle, tmp_path_factory.mktemp("run"), size="33%", remove_layers=True)


def test_a_layer_that_does_nothing_goes_and_the_file_has_the_bytes_of_the_plan(run: Run, tmp_path: Path) -> None:
    assert run.problem.removed_layers == (0,) and len(open_model(run.artifact).anatomy.layers) == 1
    assert {unit.layer for unit in run.problem.units} == {None, 1}
    assert all(".0." not in name for unit in run.problem.units for name in unit.layers)
    assert_gguf_has_the_bytes_of_the_plan(run, 0.33, tmp_path / "exported")
    assert run.stage.details["shape"]["layers"] == 1
    built = [point for point in run.problem.measured_points if point.label == "built"]
    assert [point.measured for point in built] == [pytest.approx(run.guard["kl"])]
    (other,) = run.guard["others"]
    assert run.guard["removed"] == "layers" and other["removed"] == "" and run.guard["kl"] < other["kl"]
    assert "With all layers it would lose" in guard_text(run.guard)
    assert removed_text(run.problem) == "layer 0"


def test_layers_that_are_needed_stay(tiny: Tiny, tmp_path: Path) -> None:
    alone = fitted(tiny("llama_untied"), tmp_path / "without", size="70%")
    may_go = fitted(tiny("llama_untied"), tmp_path / "with", alone, size="70%", remove_layers=True)
    assert may_go.problem.removed_layers == () and may_go.plan.choices == alone.plan.choices
    assert may_go.files == alone.files and "shape" not in may_go.stage.details


def test_the_plan_with_all_layers_is_given_where_it_is_better(
    idle: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prediction that errs: the last layer, which does all the work, is taken to be the one that is not missed."""
    monkeypatch.setattr(Search, "_steps", lambda self: [])  # not those of the fit before
    monkeypatch.setattr(Search, "_next", lambda self, gone: (1, 0.0))
    fit = fitted(idle, tmp_path / "run", run, size="33%", remove_layers=True)
    assert fit.problem.removed_layers == () and len(open_model(fit.artifact).anatomy.layers) == 2
    (other,) = fit.guard["others"]
    assert fit.guard["kl"] < other["kl"] and "Without some layers it would lose" in guard_text(fit.guard)


def test_sizes_that_no_format_reaches(idle: Path, tmp_path: Path, run: Run) -> None:
    whole = fitted(idle, tmp_path / "whole", run, size="60%", guard=False)
    size = smallest_file(whole.problem) - 2000
    assert not checked(idle, size=str(size), remove_layers=True)
    assert fitted(idle, tmp_path / "run", run, size=str(size), remove_layers=True).plan.bytes <= size
    with pytest.raises(BadInput, match="Nothing fits"):
        fitted(idle, tmp_path / "other", run, size=str(size), remove_layers=True, locks=["layers.0.*=Q8_0"])


def test_layers_with_a_locked_format_stay(idle: Path, tmp_path: Path, run: Run) -> None:
    fit = fitted(idle, tmp_path / "run", run, size="40%", remove_layers=True, locks=["layers.0.*.v_proj=Q4_0"])
    assert 0 not in fit.problem.removed_layers
    locked = {fit.plan.choices[unit.name] for unit in fit.problem.units if unit.layer == 0 and unit.role == "v"}
    assert locked == {"Q4_0"}


def test_the_plan_of_a_file_and_its_ordinary_blocks_give_the_same_weights(run: Run, tmp_path: Path) -> None:
    again = assert_built_again_by_file_and_blocks(run, tmp_path, ["depth_pruning", "gguf_quants"])
    assert again.removed_layers == (0,)


def test_a_killed_fit_is_taken_up_to_the_same_bytes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = ["depth.Search._next", "removal.without_layers", "method.FitRun.give"]
    assert_taken_up(run, places, tmp_path / "run", monkeypatch)


def test_a_second_size_tries_no_layer_again(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert at_another_size(run, "33%", tmp_path, (Search, "_next"), monkeypatch).removed_layers == (0,)


def test_no_layer_is_tried_when_the_time_is_up_and_the_result_is_of_this_run_alone(idle: Path, tmp_path: Path) -> None:
    run = fitted(idle, tmp_path, size="33%", remove_layers=True, rounds=0, max_minutes=1e-6)
    assert any("no layer is tried" in line for line in run.stage.lines) and run.problem.removed_layers == ()
    assert run.stage.stopped_early and (tmp_path / "artifact.early").is_dir() and not (tmp_path / "artifact").exists()


def test_a_block_that_nothing_leads_into_stays_as_it_is(run: Run) -> None:
    pipeline = Pipeline.linear([("model", {"model": str(run.source)}), ("fit_to_budget", run.settings)])
    alone = pipeline.without_link(pipeline.links[0])
    with pytest.raises(BadInput, match="has no input"):
        as_ordinary_block(alone, alone.blocks[-1].id, run.problem, run.plan, open_model(run.source).anatomy)


def test_numbers_of_layers_in_the_file_and_as_they_came(run: Run) -> None:
    problem = run.problem
    in_file, names = as_in_file(problem)
    assert {unit.layer for unit in in_file.units} == {None, 0}
    anatomy = open_model(run.artifact).anatomy
    known = {linear.name for linear in anatomy.linears} | {*anatomy.embeddings, anatomy.head}
    assert all(set(unit.layers) <= known for unit in in_file.units)
    back, _ = as_it_came(in_file, problem.removed_layers)
    assert back.units == problem.units and back.uniform == problem.uniform
    as_built = [one for one in problem.measured if one.rounding != "nearest"]
    assert as_built
    for point, measured in zip(problem.measured_points, as_built, strict=True):
        assert point.measured == measured.measured + problem.removed_loss
    _, renamed = plan_in_file(problem, run.plan)
    assert renamed.choices == {names[name]: option for name, option in run.plan.choices.items()}


@pytest.mark.parametrize(("target", "severity"), [("gpt2", ""), ("bert", "error")])
def test_what_can_lose_layers(target: str, severity: str, tiny: Tiny) -> None:
    problems = checked(tiny(target), size="90%", remove_layers=True)
    assert [problem.severity for problem in problems] == ([severity] if severity else [])


def test_a_size_that_even_half_of_the_layers_miss_is_refused_before_anything_is_spent(tiny: Tiny) -> None:
    (problem,) = checked(tiny("llama"), size="5KB", remove_layers=True)
    assert problem.severity == "error" and f"{FEWEST:.0%}" in problem.message
