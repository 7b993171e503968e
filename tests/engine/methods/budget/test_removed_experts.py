"""Fit to budget with fewer experts: those go whose bytes are worth more elsewhere, and the better plan is given."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from engine.base.errors import BadInput
from engine.contracts.budget import BudgetProblem, Plan
from engine.contracts.details import BUDGET
from engine.export.registry import export_format
from engine.fit.plan_file import PlanFile
from engine.fit.words import guard_text, plan_text
from engine.methods.budget.fit_to_budget.expert_limits import expert_counts
from engine.methods.budget.fit_to_budget.experts import ExpertSearch
from engine.methods.budget.fit_to_budget.removal import Removal
from engine.methods.budget.fit_to_budget.units import dense_bytes
from engine.methods.pruning.expert_pruning.counts import experts_of
from engine.methods.registry import method
from engine.models.source import open_model
from engine.pipeline.document import Pipeline
from engine.pipeline.fitting import as_ordinary_block, fit_pipeline
from engine.record.home import Home
from engine.run.runner import start
from engine.testing.stage import Killed, RecordingStage, compress

Tiny = Callable[[str], Path]
Run = tuple[RecordingStage, BudgetProblem, Plan, Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
SMALL: dict[str, Any] = {
    "text": TEXT, "num_samples": 8, "sequence_length": 32, "fisher_samples": 4, "held_out": 2, "remove_experts": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def idle(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mixture of experts whose experts add next to nothing to what enters them, and take most of its bytes."""
    folder = tmp_path_factory.mktemp("model") / "idle"
    shutil.copytree(tiny("mixtral"), folder)
    (folder / "generation_config.json").write_text('{"eos_token_id": 257}', encoding="utf-8")
    for file in folder.glob("*.safetensors"):
        tensors = load_file(file)
        for name, tensor in tensors.items():
            if "norm" not in name and "embed" not in name:
                tensors[name] = tensor * (1e-3 if "experts" in name and ("w2" in name or "down" in name) else 6)
        save_file(tensors, file, {"format": "pt"})
    return folder


def fitted(source: Path, folder: Path, **settings: Any) -> tuple[RecordingStage, BudgetProblem, Plan]:
    stage = compress(source, "fit_to_budget", {**SMALL, **settings}, folder)
    detail = stage.details[BUDGET]
    return stage, BudgetProblem.model_validate(detail["problem"]), Plan.model_validate(detail["plan"])


@pytest.fixture(scope="module")
def run(idle: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A fit of it with fewer experts, and the folder of its artifact."""
    folder = tmp_path_factory.mktemp("run")
    return *fitted(idle, folder, size="34%"), folder / "artifact"


def tensor_bytes(artifact: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in artifact.glob("*.safetensors")}


def test_experts_that_do_nothing_go_and_the_file_has_the_bytes_of_the_plan(
    run: Run, idle: Path, tmp_path: Path
) -> None:
    stage, problem, plan, artifact = run
    model = open_model(artifact)
    before, after = experts_of(open_model(idle).anatomy), experts_of(model.anatomy)
    assert set(before.values()) == {4} and set(after.values()) == {3}
    assert {len(gone) for gone in problem.removed_experts.values()} == {1}
    assert model.config["num_local_experts"] == 3, "other programs load it"
    kind, folder = export_format("gguf"), tmp_path / "exported"
    folder.mkdir()
    kind.write(model, folder, kind.options(), lambda *_: None)
    written = sum(file.stat().st_size for file in folder.iterdir() if file.suffix == ".gguf")
    assert plan.bytes == written <= plan.budget == int(0.34 * dense_bytes(open_model(idle).anatomy))
    assert stage.details["pruned experts"] == {"before": 4, "left": 3, "layers": 2}
    guard = stage.details[BUDGET]["guard"]
    (other,) = guard["others"]
    assert guard["removed"] == "experts" and other["removed"] == "" and guard["kl"] < other["kl"]
    assert "With all experts it would lose" in guard_text(guard)
    assert "without 1 expert of each layer" in plan_text(problem, plan)


def test_experts_that_are_needed_stay(tiny: Tiny, tmp_path: Path) -> None:
    _, problem, plan = fitted(tiny("mixtral"), tmp_path / "with", size="70%")
    _, _, alone = fitted(tiny("mixtral"), tmp_path / "without", size="70%", remove_experts=False)
    assert problem.removed_experts == {} and plan.choices == alone.choices
    assert tensor_bytes(tmp_path / "with" / "artifact") == tensor_bytes(tmp_path / "without" / "artifact")


def test_the_plan_with_all_experts_is_given_where_it_is_better(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prediction that errs: nothing is taken to be lost."""
    monkeypatch.setattr(ExpertSearch, "_loss", lambda self, count, number, of: 1e-9)
    stage, problem, _ = fitted(tiny("mixtral"), tmp_path / "run", size="35%")
    guard = stage.details[BUDGET]["guard"]
    assert problem.removed_experts == {} and "With fewer experts it would lose" in guard_text(guard)
    assert set(experts_of(open_model(tmp_path / "run" / "artifact").anatomy).values()) == {4}


def test_layers_of_experts_stay_and_their_experts_go(idle: Path, tmp_path: Path, run: Run) -> None:
    """Layers with experts can't be taken out yet: where both are allowed, a word says so, and experts go."""
    info = method("fit_to_budget")
    both = info.settings.parse({**SMALL, "size": "34%", "remove_layers": True})
    problems = info.load().check(open_model(idle).anatomy, both)
    assert [problem.severity for problem in problems] == ["warning"] and "No layer can go" in problems[0].message
    _, problem, plan = fitted(idle, tmp_path / "run", size="34%", remove_layers=True)
    assert problem.removed_experts == run[1].removed_experts and plan.choices == run[2].choices


def test_a_size_that_no_format_reaches(idle: Path, tmp_path: Path) -> None:
    info, anatomy = method("fit_to_budget"), open_model(idle).anatomy

    def errors(size: str) -> list[str]:
        settings = info.settings.parse({**SMALL, "size": size})
        return [problem.message for problem in info.load().check(anatomy, settings) if problem.severity == "error"]

    _, problem, _ = fitted(idle, tmp_path / "whole", size="60%", remove_experts=False, guard=False)
    smallest = problem.fixed_bytes + sum(min(option.bytes for option in unit.options) for unit in problem.units)
    assert not errors(str(smallest - 2000))
    _, _, plan = fitted(idle, tmp_path / "run", size=str(smallest - 2000))
    assert plan.bytes <= smallest - 2000
    assert "with 2 experts in each layer" in errors("9kB")[0]


def test_the_plan_of_a_file_and_its_ordinary_blocks_give_the_same_weights(run: Run, idle: Path, tmp_path: Path) -> None:
    _, problem, plan, whole = run
    file = tmp_path / "fit.json"
    PlanFile.of(problem, plan).write(file)
    _, again, _ = fitted(idle, tmp_path / "again", plan=str(file), remove_experts=False)
    assert again.removed_experts == problem.removed_experts
    assert tensor_bytes(tmp_path / "again" / "artifact") == tensor_bytes(whole)
    pipeline = Pipeline.linear([("model", {"model": str(idle)}), ("fit_to_budget", {**SMALL, "size": "34%"})])
    blocks = as_ordinary_block(pipeline, pipeline.blocks[-1].id, problem, plan, open_model(idle).anatomy)
    assert [one.method for one in blocks.order()] == ["model", "expert_pruning", "gguf_quants"]
    outcome = start(blocks, home=Home(tmp_path / "home"), device="cpu")
    assert outcome.status == "done", outcome.error
    artifact = Path(outcome.report["stages"][-1]["artifact"])
    weights, other = (
        {name: tensor for file in folder.glob("*.safetensors") for name, tensor in load_file(file).items()}
        for folder in (artifact, whole)
    )
    assert weights.keys() == other.keys() and all(weights[name].equal(other[name]) for name in weights)


@pytest.mark.parametrize("where", ["experts.ExpertSearch._loss", "removal.without_experts", "method.FitRun.give"])
def test_a_killed_fit_is_taken_up_to_the_same_bytes(
    where: str, run: Run, idle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(f"engine.methods.budget.fit_to_budget.{where}", killed)
        fitted(idle, tmp_path / "run", size="34%")
    fitted(idle, tmp_path / "run", size="34%")
    assert tensor_bytes(tmp_path / "run" / "artifact") == tensor_bytes(run[-1])


def test_a_second_size_tries_no_number_again(
    run: Run, idle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(run[-1].parent / "scratch" / "cache", tmp_path / "scratch" / "cache")

    def never(*_: Any) -> Any:
        raise AssertionError("it was tried before")

    monkeypatch.setattr(ExpertSearch, "_loss", never)
    _, problem, _ = fitted(idle, tmp_path, size="33%")
    assert problem.removed_experts


def test_experts_that_a_model_does_not_have(run: Run, idle: Path, tiny: Tiny, tmp_path: Path) -> None:
    _, problem, _, _ = run
    module = next(iter(problem.removed_experts))
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
    info = method("fit_to_budget")
    problems = info.load().check(open_model(tiny("llama")).anatomy, info.settings.parse({**SMALL, "size": "90%"}))
    assert [problem.severity for problem in problems] == ["warning"] and "No expert can go" in problems[0].message
    assert expert_counts(open_model(tiny("llama")).anatomy) == []
    stage, _, plan = fitted(tiny("llama"), tmp_path, size="90%", guard=False)
    assert plan.choices and not any("All of the model stays" in line for line in stage.lines)
    assert expert_counts(open_model(tiny("qwen3_moe")).anatomy) == [14, 12, 10, 8]


def test_the_command_allows_experts() -> None:
    pipeline = fit_pipeline("sample", "40%", allow=("bits", "layers", "experts"))
    assert pipeline.blocks[-1].settings["remove_experts"] and pipeline.blocks[-1].settings["remove_layers"]
