"""Fit to budget that may remove layers and factorize others: the best smaller model is tried with factors too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.fit.factored import ranks_of
from engine.fit.words import guard_text
from engine.methods.budget.fit_to_budget.method import FitRun, FitToBudget, SmallerRun
from engine.methods.budget.fit_to_budget.ranks import RankAnalysis
from engine.methods.budget.fit_to_budget.removal import Removal
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.models.source import open_model
from engine.modules.low_rank import LowRankLinear
from engine.numerics import svd
from engine.testing.stage import Killed
from tests.engine.methods.budget.smaller import (
    Run,
    assert_built_again_by_file_and_blocks,
    assert_taken_up,
    checked,
    fitted,
    scaled,
)

Tiny = Callable[[str], Path]
FEW: dict[str, Any] = {
    "target": "container", "group_size": 16, "formats": ("int4", "int8"), "locks": ("embedding=stored",),
    "guard": False, "rounds": 0,
}  # fmt: skip
"""Settings of all these fits: few formats, so that little is measured, and none for the embedding."""
BOTH = {"remove_layers": True, "factorize": True}


def _of_low_rank_without_work(name: str, weight: torch.Tensor) -> torch.Tensor:
    if weight.ndim < 2:
        return weight.bfloat16()
    idles = "layers.0." in name and ("o_proj" in name or "down_proj" in name)
    return ((1e-5 if idles else 5.0) * svd.truncate(weight, svd.decompose(weight), 8).weight).bfloat16()


@pytest.fixture(scope="module")
def skinny(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose layers have rank 8, and of which the first of two adds next to nothing."""
    return scaled(tiny("qwen2"), tmp_path_factory.mktemp("model") / "skinny", _of_low_rank_without_work)


@pytest.fixture(scope="module")
def run(skinny: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A fit of it without its first layer and with factors in the other."""
    return fitted(skinny, tmp_path_factory.mktemp("run"), size="62%", **FEW, **BOTH)


def test_layers_of_the_smaller_model_are_factorized(run: Run) -> None:
    assert run.problem.removed_layers == (0,) and ranks_of(run.plan.choices)
    model = open_model(run.artifact)
    assert len(model.anatomy.layers) == 1
    assert any(isinstance(module, LowRankLinear) for module in model.compressed().values())
    assert run.guard["removed"] == "layers+ranks"
    others = {other["removed"]: other["kl"] for other in run.guard["others"]}
    assert list(others) == ["layers", "ranks"], "at this size no plan has all layers whole"
    assert all(run.guard["kl"] < kl for kl in others.values())
    assert "Without factors it would lose" in guard_text(run.guard)


def test_the_plan_of_a_file_and_its_ordinary_blocks_give_the_same_weights(run: Run, tmp_path: Path) -> None:
    again = assert_built_again_by_file_and_blocks(run, tmp_path, ["depth_pruning", "svd", "gptq"])
    assert again.removed_layers == (0,)


def test_a_killed_fit_is_taken_up_to_the_same_bytes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is killed while the ranks of the smaller model are priced, and when all is built."""
    original = RankAnalysis._priced_ranks

    def killed(self: RankAnalysis) -> Any:
        if self.removal.layers:
            raise Killed
        return original(self)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(RankAnalysis, "_priced_ranks", killed)
        fitted(run.source, tmp_path, **run.settings)
    assert_taken_up(run, ["method.FitRun.give"], tmp_path, monkeypatch)


def test_the_smaller_model_stays_whole_when_the_time_is_up(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, late = SmallerRun._factorize, []

    def when_it_is_late(self: SmallerRun, removal: Removal, *arguments: Any) -> None:
        if removal.layers:
            late.append(True)
        original(self, removal, *arguments)

    monkeypatch.setattr(SmallerRun, "_factorize", when_it_is_late)
    monkeypatch.setattr(FitRun, "is_late", lambda self: bool(late))
    fit = fitted(run.source, tmp_path, run, size="62%", **FEW, **BOTH)
    assert late and "layers+ranks" not in [fit.guard["removed"], *(other["removed"] for other in fit.guard["others"])]
    assert fit.stage.stopped_early
    assert any("The time is up: no layer of the smaller model is factorized" in line for line in fit.stage.lines)


def test_factors_reach_no_size_that_the_smaller_model_does_not(skinny: Path) -> None:
    """The smaller model is built without them first: what only both would reach is refused before anything is
    spent."""
    both, *alone = (checked(skinny, size="5kB", **FEW, **one) for one in (BOTH, *({name: True} for name in BOTH)))
    messages = [problem.message for problems in (both, *alone) for problem in problems if problem.severity == "error"]
    assert len(messages) == 3 and messages[0] in messages[1:]


def test_the_estimate_counts_the_factors_of_the_smaller_model(tiny: Tiny) -> None:
    model, algorithm = open_model(tiny("llama")), FitToBudget()

    def seconds(**settings: bool) -> float:
        chosen = FitToBudgetSettings(target="container", **settings)
        estimated = algorithm.estimate(model.header, model.anatomy, chosen, torch.device("cpu")).seconds
        assert estimated is not None
        return estimated

    layers, factors = (seconds(**{name: True}) - seconds() for name in BOTH)
    assert seconds(**BOTH) - seconds() == pytest.approx(layers + 2 * factors, rel=0.01)
