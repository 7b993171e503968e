"""Codes that Refine solves by GPTQ before it trains."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.methods.quantization.refine import solving as refine_solving
from engine.methods.quantization.refine.method import RefineRun
from engine.models.source import open_model
from engine.numerics.column_walk import ColumnWalk
from engine.numerics.quantization.refining import Levels
from engine.testing.stage import Killed, RecordingStage, compress
from tests.engine.methods.quantization.test_refine import FEW, INT3, TEXT, divergence, raised, refined, tensors

Tiny = Callable[[str], Path]
STILL: dict[str, Any] = {**FEW, "steps": 1, "learning_rate": 1e-12}
"""Nothing but the codes changes."""


@pytest.mark.parametrize("form", [INT3[1], {"format": "nf4", "group_size": 16}, {"format": "Q4_1"}], ids=str)
def test_codes_that_were_rounded_to_nearest_are_solved_on_the_scales_as_they_are(
    form: dict[str, Any], tiny: Tiny, tmp_path: Path
) -> None:
    stage = refined(tiny, ("round_to_nearest", form), STILL, tmp_path)
    before, after = divergence(stage)
    assert after < before and stage.details["codes_changed"] > 0.02
    assert any("GPTQ chose" in line for line in stage.lines)
    came, left = tensors(tmp_path / "before" / "artifact"), tensors(tmp_path / "artifact")
    changed = {name for name in came if not torch.equal(came[name].view(torch.uint8), left[name].view(torch.uint8))}
    assert changed and all(name.endswith(("codes", "blocks")) for name in changed)


def test_codes_of_a_solver_and_of_ignored_layers_are_not_solved_again(tiny: Tiny, tmp_path: Path) -> None:
    calibrated = {"text": TEXT, "num_samples": 8, "sequence_length": 32, "format": "int3", "granularity": "channel"}
    stage = refined(tiny, ("gptq", calibrated), STILL, tmp_path / "gptq")
    assert stage.details["codes_changed"] == 0 and not any("GPTQ chose" in line for line in stage.lines)
    stage = refined(tiny, INT3, {**STILL, "ignore": ("down_proj",)}, tmp_path / "ignored")
    assert stage.details["codes_changed"] > 0
    came, left = (tensors(tmp_path / "ignored" / folder / "artifact") for folder in ("before", ""))
    assert all(torch.equal(came[name], left[name]) == ("down_proj" in name) for name in came if name.endswith("codes"))


def test_solved_codes_that_are_no_better_are_not_taken(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_alike(walk: ColumnWalk, levels: Levels, *_: torch.Tensor | None) -> torch.Tensor:
        return torch.full_like(levels.ranks, 1)

    refined(tiny, INT3, {**FEW, "trains": "both", "solve_codes": False}, tmp_path / "without")
    monkeypatch.setattr(refine_solving, "solved_ranks", all_alike)
    errors = itertools.count()  # that of the solved layer comes first: it is the smaller one
    monkeypatch.setattr(ColumnWalk, "error_of", lambda *_: float(next(errors)))
    stage = refined(tiny, INT3, {**FEW, "trains": "both"}, tmp_path / "with")
    assert any("are no better on the held-out samples" in line for line in stage.lines)
    with_it, without = (tensors(tmp_path / folder / "artifact") for folder in ("with", "without"))
    assert all(torch.equal(with_it[name], without[name]) for name in without)


def test_solved_codes_are_those_of_the_run_that_was_killed(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compress(tiny("llama"), *INT3, tmp_path / "before")

    def run(folder: str) -> RecordingStage:
        inputs = {"teacher": open_model(tiny("llama"))}
        return compress(tmp_path / "before" / "artifact", "refine", FEW, tmp_path / folder, inputs=inputs)

    run("whole")
    with monkeypatch.context() as patched:
        patched.setattr(RefineRun, "_steps", lambda *_: raised(Killed()))
        with pytest.raises(Killed):
            run("killed")
    monkeypatch.setattr(refine_solving, "walk", lambda *_, **__: raised(AssertionError("solved again")))
    run("killed")
    whole, killed = (tensors(tmp_path / folder / "artifact") for folder in ("whole", "killed"))
    assert all(torch.equal(whole[name], killed[name]) for name in whole)


def test_codes_that_were_solved_stay_where_the_training_after_them_does_not_help(tiny: Tiny, tmp_path: Path) -> None:
    stage = refined(tiny, INT3, STILL, tmp_path / "solved")
    settings = {**STILL, "learning_rate": 50.0, "eval_steps": 0, "early_stopping_patience": 0, "trains": "both"}
    trained = refined(tiny, INT3, settings, tmp_path / "trained")
    assert any("scales stay as they came" in line for line in trained.lines)
    assert divergence(trained) == pytest.approx(divergence(stage))
    solved, left = (tensors(tmp_path / folder / "artifact") for folder in ("solved", "trained"))
    assert all(torch.equal(left[name], solved[name]) for name in solved)
