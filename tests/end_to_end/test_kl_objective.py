"""GPTQ for the model's KL divergence through the command line: on the bundled sample, and on a layer of SmolLM2."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Told = Callable[..., dict[str, Any]]
SETTINGS = "gptq format=int3 group_size=32 num_samples=16 sequence_length=256 objective={}"


def metrics(told: Told, model: str, words: str, **measuring: int) -> dict[str, float]:
    found: dict[str, float] = told(model, words, **measuring)["stages"][-1]["metrics"]
    return found


def test_the_divergence_is_smaller_at_the_same_size(told: Told) -> None:
    by_output, by_kl = (
        metrics(told, "sample", SETTINGS.format(objective), window_size=256, num_windows=6)
        for objective in ("output", "kl")
    )
    assert by_kl["kl_divergence"] < 0.95 * by_output["kl_divergence"]
    assert by_kl["size_bytes"] == pytest.approx(by_output["size_bytes"], rel=1e-4)


@pytest.mark.real_model
@pytest.mark.slow
def test_smollm2(smollm2: Path, told: Told) -> None:
    few = "ignore=layers.1?.*,layers.2?.*,layers.[0-8].* num_samples=2 sequence_length=64"
    words = f"gptq format=int3 objective=kl {few}"
    found = metrics(told, str(smollm2), words, window_size=128, num_windows=1)
    assert 0 < found["kl_divergence"] < 1
