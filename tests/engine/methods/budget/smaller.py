"""Fits that may remove parts of a model: set-up and checks that hold for all kinds of parts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.contracts.budget import BudgetProblem, Plan
from engine.contracts.details import BUDGET
from engine.contracts.problem import Problem
from engine.export.registry import export_format
from engine.fit.plan_file import PlanFile
from engine.methods.base import problems
from engine.methods.budget.fit_to_budget.units import dense_bytes
from engine.methods.registry import method
from engine.models.source import open_model
from engine.pipeline.document import Pipeline
from engine.pipeline.fitting import as_ordinary_block
from engine.record.home import Home
from engine.run.runner import start
from engine.testing.stage import Killed, RecordingStage, compress

TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
SMALL: dict[str, Any] = {
    "text": TEXT, "num_samples": 8, "sequence_length": 32, "fisher_samples": 4, "held_out": 2,
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A fit: its stage, what it left, the folder of the artifact, the model and the settings that it was made with."""

    stage: RecordingStage
    problem: BudgetProblem
    plan: Plan
    artifact: Path
    source: Path
    settings: dict[str, Any]

    @property
    def guard(self) -> dict[str, Any]:
        """What was measured on held-out text."""
        guard: dict[str, Any] = self.stage.details[BUDGET]["guard"]
        return guard

    @property
    def tensors(self) -> dict[str, torch.Tensor]:
        """All tensors of the artifact."""
        return tensors(self.artifact)

    @property
    def files(self) -> dict[str, bytes]:
        """The tensor files of the artifact."""
        return {file.name: file.read_bytes() for file in self.artifact.glob("*.safetensors")}


def tensors(folder: Path) -> dict[str, torch.Tensor]:
    """All tensors of a folder's files."""
    return {name: tensor for file in folder.glob("*.safetensors") for name, tensor in load_file(file).items()}


def fitted(source: Path, folder: Path, known: Run | None = None, **settings: Any) -> Run:
    """Fit a model to a budget. ``known``: another fit of it, whose measurements are at hand."""
    values = {**SMALL, **settings}
    if known is not None:
        shutil.copytree(known.artifact.parent / "scratch" / "cache", folder / "scratch" / "cache")
    stage = compress(source, "fit_to_budget", values, folder)
    problem, plan = stage.details[BUDGET]["problem"], stage.details[BUDGET]["plan"]
    found = BudgetProblem.model_validate(problem), Plan.model_validate(plan)
    return Run(stage, *found, folder / "artifact", source, values)


def scaled(source: Path, folder: Path, change: Callable[[str, torch.Tensor], torch.Tensor]) -> Path:
    """A copy of a model whose layers are far from linear: all but norms and embeddings are ``change``d and six times as
    large."""
    shutil.copytree(source, folder)
    (folder / "generation_config.json").write_text('{"eos_token_id": 257}', encoding="utf-8")
    for file in folder.glob("*.safetensors"):
        loaded = load_file(file)
        changed = {
            name: tensor if "norm" in name or "embed" in name else 6 * change(name, tensor)
            for name, tensor in loaded.items()
        }
        save_file(changed, file, {"format": "pt"})
    return folder


def checked(source: Path, **settings: Any) -> list[Problem]:
    """Problems that are known before anything is spent."""
    info, model = method("fit_to_budget"), open_model(source)
    return problems(info.load(), model.anatomy, info.settings.parse({**SMALL, **settings}), model.header)


def assert_gguf_has_the_bytes_of_the_plan(run: Run, share: float, folder: Path) -> None:
    """The exported file takes what the plan says, and no more than this share of the original."""
    kind = export_format("gguf")
    folder.mkdir()
    kind.write(open_model(run.artifact), folder, kind.options(), lambda *_: None)
    written = sum(file.stat().st_size for file in folder.iterdir() if file.suffix == ".gguf")
    assert run.plan.bytes == written <= run.plan.budget == int(share * dense_bytes(open_model(run.source).anatomy))


def assert_built_again_by_file_and_blocks(run: Run, folder: Path, methods: Sequence[str]) -> BudgetProblem:
    """The plan of a file gives the same bytes; so do ordinary blocks, of these ``methods``. Gives what was read."""
    file = folder / "fit.json"
    PlanFile.of(run.problem, run.plan).write(file)
    settings = {name: value for name, value in run.settings.items() if not name.startswith(("remove_", "factor"))}
    again = fitted(run.source, folder / "again", run, **settings, plan=str(file))
    assert again.files == run.files
    pipeline = Pipeline.linear([("model", {"model": str(run.source)}), ("fit_to_budget", run.settings)])
    block = pipeline.blocks[-1].id
    blocks = as_ordinary_block(pipeline, block, run.problem, run.plan, open_model(run.source).anatomy)
    assert [one.method for one in blocks.order()] == ["model", *methods]
    outcome = start(blocks, home=Home(folder / "home"), device="cpu")
    assert outcome.status == "done", outcome.error
    weights = tensors(Path(outcome.report["stages"][-1]["artifact"]))
    assert weights.keys() == run.tensors.keys() and all(weights[name].equal(run.tensors[name]) for name in weights)
    return again.problem


def assert_taken_up(run: Run, places: Sequence[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fit that is killed again and again, each time in one of these functions, is taken up to the same bytes."""

    def killed(*_: Any, **__: Any) -> Any:
        raise Killed

    for place in places:
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(f"engine.methods.budget.fit_to_budget.{place}", killed)
            fitted(run.source, folder, **run.settings)
    assert fitted(run.source, folder, **run.settings).files == run.files


def at_another_size(
    run: Run, size: str, folder: Path, never: tuple[type, str], monkeypatch: pytest.MonkeyPatch
) -> BudgetProblem:
    """A fit of the same model to another size, which must not call a function again."""

    def called(*_: Any) -> Any:
        raise AssertionError("it was tried before")

    monkeypatch.setattr(*never, called)
    return fitted(run.source, folder, run, **{**run.settings, "size": size}).problem


def smallest_file(problem: BudgetProblem) -> int:
    """Bytes of the smallest file of a problem."""
    return problem.fixed_bytes + sum(min(option.bytes for option in unit.options) for unit in problem.units)
