"""Fit to budget without some layers: those go whose bytes are worth more elsewhere, and the better plan is given."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.base.errors import BadInput
from engine.contracts.budget import BudgetProblem, Plan
from engine.contracts.details import BUDGET
from engine.export.registry import export_format
from engine.fit.depth import as_in_file, as_it_came, plan_in_file
from engine.fit.plan_file import PlanFile
from engine.fit.words import guard_text, plan_text
from engine.methods.budget.fit_to_budget.depth import Search
from engine.methods.budget.fit_to_budget.depth_limits import FEWEST
from engine.methods.budget.fit_to_budget.units import dense_bytes
from engine.methods.registry import method
from engine.models.source import open_model
from engine.pipeline.document import Pipeline
from engine.pipeline.fitting import as_ordinary_block
from engine.record.home import Home
from engine.run.runner import start
from engine.testing.stage import Killed, RecordingStage, compress

Tiny = Callable[[str], Path]
Run = tuple[RecordingStage, BudgetProblem, Plan, Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
SMALL: dict[str, Any] = {
    "text": TEXT, "num_samples": 8, "sequence_length": 32, "fisher_samples": 4, "held_out": 2, "remove_layers": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def idle(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose first layer of two adds next to nothing to what enters it."""
    folder = tmp_path_factory.mktemp("model") / "idle"
    shutil.copytree(tiny("llama_untied"), folder)
    (folder / "generation_config.json").write_text('{"eos_token_id": 257}', encoding="utf-8")
    for file in folder.glob("*.safetensors"):
        tensors = load_file(file)
        for name, tensor in tensors.items():
            if "norm" not in name and "embed" not in name:
                tensors[name] = tensor * 6
            if "layers.0." in name and ("o_proj" in name or "down_proj" in name):
                tensors[name] = tensor * 1e-3
        save_file(tensors, file, {"format": "pt"})
    return folder


def fitted(source: Path, folder: Path, **settings: Any) -> tuple[RecordingStage, BudgetProblem, Plan]:
    stage = compress(source, "fit_to_budget", {**SMALL, **settings}, folder)
    detail = stage.details[BUDGET]
    return stage, BudgetProblem.model_validate(detail["problem"]), Plan.model_validate(detail["plan"])


@pytest.fixture(scope="module")
def run(idle: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A fit of it without its first layer, and the folder of its artifact."""
    folder = tmp_path_factory.mktemp("run")
    return *fitted(idle, folder, size="35%"), folder / "artifact"


def tensors(artifact: Path) -> dict[str, torch.Tensor]:
    return {name: tensor for file in artifact.glob("*.safetensors") for name, tensor in load_file(file).items()}


def tensor_bytes(artifact: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in artifact.glob("*.safetensors")}


def test_a_layer_that_does_nothing_goes_and_the_file_has_the_bytes_of_the_plan(
    run: Run, idle: Path, tmp_path: Path
) -> None:
    stage, problem, plan, artifact = run
    model = open_model(artifact)
    assert problem.removed_layers == (0,) and len(model.anatomy.layers) == 1
    assert {unit.layer for unit in problem.units} == {None, 1}
    assert all(".0." not in name for unit in problem.units for name in unit.layers)
    kind, folder = export_format("gguf"), tmp_path / "exported"
    folder.mkdir()
    kind.write(model, folder, kind.options(), lambda *_: None)
    written = sum(file.stat().st_size for file in folder.iterdir() if file.suffix == ".gguf")
    assert plan.bytes == written <= plan.budget == int(0.35 * dense_bytes(open_model(idle).anatomy))
    assert stage.details["shape"]["layers"] == 1
    found = stage.details[BUDGET]["guard"]
    built = [point for point in problem.measured_points if point.label == "built"]
    assert [point.measured for point in built] == [pytest.approx(found["kl"])]
    (other,) = found["others"]
    assert found["removed"] == "layers" and other["removed"] == "" and found["kl"] < other["kl"]
    assert "With all layers it would lose" in guard_text(found) and "without layer 0" in plan_text(problem, plan)


def test_layers_that_are_needed_stay(tiny: Tiny, tmp_path: Path) -> None:
    stage, problem, plan = fitted(tiny("llama_untied"), tmp_path / "with", size="70%")
    _, _, alone = fitted(tiny("llama_untied"), tmp_path / "without", size="70%", remove_layers=False)
    assert problem.removed_layers == () and plan.choices == alone.choices
    assert tensor_bytes(tmp_path / "with" / "artifact") == tensor_bytes(tmp_path / "without" / "artifact")
    assert "shape" not in stage.details


def test_the_plan_with_all_layers_is_given_where_it_is_better(
    idle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prediction that errs: the last layer, which does all the work, is taken to be the one that is not missed."""
    monkeypatch.setattr(Search, "_next", lambda self, gone: (1, 0.0))
    stage, problem, _ = fitted(idle, tmp_path / "run", size="35%")
    found = stage.details[BUDGET]["guard"]
    assert problem.removed_layers == () and len(open_model(tmp_path / "run" / "artifact").anatomy.layers) == 2
    (other,) = found["others"]
    assert found["kl"] < other["kl"] and "Without some layers it would lose" in guard_text(found)


def test_sizes_that_no_format_reaches(idle: Path, tmp_path: Path) -> None:
    _, problem, _ = fitted(idle, tmp_path / "whole", size="60%", remove_layers=False, guard=False)
    smallest = problem.fixed_bytes + sum(min(option.bytes for option in unit.options) for unit in problem.units)
    settings = {**SMALL, "size": str(smallest - 2000)}
    algorithm, kind = method("fit_to_budget").load(), method("fit_to_budget").settings
    anatomy = open_model(idle).anatomy
    assert not [x for x in algorithm.check(anatomy, kind.parse(settings)) if x.severity == "error"]
    _, _, plan = fitted(idle, tmp_path / "run", size=settings["size"])
    assert plan.bytes <= smallest - 2000
    with pytest.raises(BadInput, match="Nothing fits"):
        fitted(idle, tmp_path / "other", size=settings["size"], locks=["layers.0.*=Q8_0"])


def test_layers_with_a_locked_format_stay(idle: Path, tmp_path: Path) -> None:
    _, problem, plan = fitted(idle, tmp_path / "run", size="40%", locks=["layers.0.*.v_proj=Q4_0"])
    assert 0 not in problem.removed_layers
    assert {plan.choices[unit.name] for unit in problem.units if unit.layer == 0 and unit.role == "v"} == {"Q4_0"}


def test_the_plan_of_a_file_and_its_ordinary_blocks_give_the_same_weights(run: Run, idle: Path, tmp_path: Path) -> None:
    _, problem, plan, whole = run
    file = tmp_path / "fit.json"
    PlanFile.of(problem, plan).write(file)
    _, again, _ = fitted(idle, tmp_path / "again", plan=str(file), remove_layers=False)
    assert again.removed_layers == (0,)
    assert tensor_bytes(tmp_path / "again" / "artifact") == tensor_bytes(whole)
    pipeline = Pipeline.linear([("model", {"model": str(idle)}), ("fit_to_budget", {**SMALL, "size": "35%"})])
    block = pipeline.blocks[-1].id
    blocks = as_ordinary_block(pipeline, block, problem, plan, open_model(idle).anatomy)
    assert [one.method for one in blocks.order()] == ["model", "depth_pruning", "gguf_quants"]
    outcome = start(blocks, home=Home(tmp_path / "home"), device="cpu")
    assert outcome.status == "done", outcome.error
    artifact = Path(outcome.report["stages"][-1]["artifact"])
    weights, other = (tensors(folder) for folder in (artifact, whole))
    assert weights.keys() == other.keys() and all(weights[name].equal(other[name]) for name in weights)


@pytest.mark.parametrize("where", ["trial", "analysis", "end"])
def test_a_killed_fit_is_taken_up_to_the_same_bytes(
    where: str, run: Run, idle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> Any:
        raise Killed

    method_room = "engine.methods.budget.fit_to_budget"
    place = {
        "trial": f"{method_room}.depth.Search._next",
        "analysis": f"{method_room}.removal.without_layers",
        "end": f"{method_room}.method.FitRun.give",
    }[where]
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(place, killed)
        fitted(idle, tmp_path / "run", size="35%")
    fitted(idle, tmp_path / "run", size="35%")
    assert tensor_bytes(tmp_path / "run" / "artifact") == tensor_bytes(run[-1])


def test_a_second_size_tries_no_layer_again(
    run: Run, idle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(run[-1].parent / "scratch" / "cache", tmp_path / "scratch" / "cache")

    def never(*_: Any) -> Any:
        raise AssertionError("it was tried before")

    monkeypatch.setattr(Search, "_next", never)
    _, problem, _ = fitted(idle, tmp_path, size="33%")
    assert problem.removed_layers == (0,)


def test_no_layer_is_tried_when_the_time_is_up_and_the_result_is_of_this_run_alone(idle: Path, tmp_path: Path) -> None:
    stage, problem, _ = fitted(idle, tmp_path, size="35%", rounds=0, max_minutes=1e-6)
    assert any("no layer is tried" in line for line in stage.lines) and problem.removed_layers == ()
    assert stage.stopped_early and (tmp_path / "artifact.early").is_dir() and not (tmp_path / "artifact").exists()


def test_a_block_that_nothing_leads_into_stays_as_it_is(run: Run, idle: Path) -> None:
    _, problem, plan, _ = run
    pipeline = Pipeline.linear([("model", {"model": str(idle)}), ("fit_to_budget", {**SMALL, "size": "35%"})])
    alone = pipeline.without_link(pipeline.links[0])
    with pytest.raises(BadInput, match="has no input"):
        as_ordinary_block(alone, alone.blocks[-1].id, problem, plan, open_model(idle).anatomy)


def test_numbers_of_layers_in_the_file_and_as_they_came(run: Run) -> None:
    _, problem, plan, artifact = run
    in_file, names = as_in_file(problem)
    assert {unit.layer for unit in in_file.units} == {None, 0}
    anatomy = open_model(artifact).anatomy
    known = {linear.name for linear in anatomy.linears} | {*anatomy.embeddings, anatomy.head}
    assert all(set(unit.layers) <= known for unit in in_file.units)
    back, _ = as_it_came(in_file, problem.removed_layers)
    assert back.units == problem.units and back.uniform == problem.uniform
    for point, measured in zip(problem.measured_points, problem.measured, strict=True):
        assert point.measured == measured.measured + problem.removed_loss
    _, renamed = plan_in_file(problem, plan)
    assert renamed.choices == {names[name]: option for name, option in plan.choices.items()}


@pytest.mark.parametrize(("target", "severity"), [("gpt2", ""), ("bert", "error")])
def test_what_can_lose_layers(target: str, severity: str, tiny: Tiny) -> None:
    info = method("fit_to_budget")
    problems = info.load().check(open_model(tiny(target)).anatomy, info.settings.parse({**SMALL, "size": "90%"}))
    assert [problem.severity for problem in problems] == ([severity] if severity else [])


def test_a_size_that_even_half_of_the_layers_miss_is_refused_before_anything_is_spent(tiny: Tiny) -> None:
    info = method("fit_to_budget")
    (problem,) = info.load().check(open_model(tiny("llama")).anatomy, info.settings.parse({**SMALL, "size": "5KB"}))
    assert problem.severity == "error" and f"{FEWEST:.0%}" in problem.message
