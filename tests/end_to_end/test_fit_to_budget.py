"""Fit to budget through the command line: on the bundled sample, and a little of it on SmolLM2-135M."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.contracts.details import BUDGET
from engine.methods.budget.fit_to_budget.units import dense_bytes
from engine.models.source import open_model
from engine.numerics.ggml import search

Told = Callable[..., dict[str, Any]]
QUICK = "num_samples=8 sequence_length=128 fisher_samples=8 held_out=4 formats=Q*"


def test_the_sample_in_36_percent_beats_a_uniform_mix(told: Told, tmp_path: Path) -> None:
    """On text that took no part, in an exported file of the promised bytes, which llama.cpp's reader opens."""
    out = tmp_path / "small"
    answer = told("sample", f"fit_to_budget size=36% {QUICK}", "--export", "gguf", "--out", str(out), num_windows=4)
    stage = answer["stages"][-1]
    detail = stage["details"][BUDGET]
    plan, guard = detail["plan"], detail["guard"]
    (file,) = out.glob("*.gguf")
    assert file.stat().st_size == plan["bytes"] <= plan["budget"]
    assert guard["kept"] == "plan" and guard["kl"] < guard["uniform_kl"]
    assert 0 < stage["metrics"]["kl_divergence"] < 0.01
    low, high = plan["predicted"]["low"], plan["predicted"]["high"]
    assert low / 3 < guard["kl"] < 3 * high
    again = told("sample", f"fit_to_budget size=36% {QUICK}", num_windows=4)["stages"][-1]
    assert again["state"] == "cached" and again["details"][BUDGET] == detail, "the plan of a cached result is known"


@pytest.mark.real_model
@pytest.mark.slow
def test_smollm2_fits(smollm2: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few formats, few rows of each layer, a short text, scales of blocks that are hardly searched for: the embedding,
    which is a quarter of the file, is at neither extreme."""
    grid_of = search.grid_of
    coarse = functools.cache(lambda layout: replace(grid_of(layout), reaches=grid_of(layout).reaches[::5]))
    monkeypatch.setattr(search, "grid_of", coarse)
    monkeypatch.setattr(search, "REFITS", 1)
    monkeypatch.setattr("engine.methods.budget.fit_to_budget.sampling.PRICED", 1 << 14)
    monkeypatch.setattr("engine.methods.budget.fit_to_budget.sampling.SEARCHED", 1 << 13)
    monkeypatch.setattr("engine.methods.budget.fit_to_budget.sampling.LEAST_ROWS", 8)
    monkeypatch.setattr("engine.methods.budget.fit_to_budget.analysis.MEASURED", (0.5,))
    few = "num_samples=2 sequence_length=64 fisher_samples=2 held_out=1 rounding=nearest guard=false"
    few += " formats=Q4_0,Q4_1,Q5_1,Q8_0"
    stage = told(str(smollm2), f"fit_to_budget size=33% {few}")["stages"][-1]
    detail = stage["details"][BUDGET]
    plan, units = detail["plan"], {unit["name"]: unit for unit in detail["problem"]["units"]}
    assert plan["bytes"] <= plan["budget"] == int(0.33 * dense_bytes(open_model(smollm2).anatomy))
    embedding = units["model.embed_tokens"]
    sizes = sorted(option["bytes"] for option in embedding["options"])
    chosen = next(option for option in embedding["options"] if option["id"] == plan["choices"]["model.embed_tokens"])
    assert sizes[0] <= chosen["bytes"] < sizes[-1]
    assert len(set(plan["choices"].values())) > 2
    assert all(point["measured"] < 10 * point["predicted"] for point in detail["problem"]["measured"])
