"""Refine through the command line: behind rounding, and on a GGUF file, of the bundled sample and of SmolLM2-135M."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.checkpoints.checkpoint import read_header

Told = Callable[..., dict[str, Any]]
SHORT = "text=sample sequence_length=128 steps=16 batch_size=4 micro_batch_size=4 eval_samples=8"


def types_of(file: Path) -> dict[str, tuple[str, int]]:
    """Type and bytes of each tensor."""
    return {tensor.name: (tensor.dtype, tensor.nbytes) for tensor in read_header(file).tensors}


def test_rounded_integers_get_better_at_the_same_size(told: Told) -> None:
    words = ("round_to_nearest format=int3 group_size=32 clip=mse", f"refine trains=both {SHORT}")
    _, rounded, refined = (stage["metrics"] for stage in told("sample", *words, num_windows=4)["stages"])
    assert refined["kl_divergence"] < 0.8 * rounded["kl_divergence"]
    assert refined["size_bytes"] == rounded["size_bytes"]


def test_a_gguf_file_keeps_its_types(told: Told, tmp_path: Path) -> None:
    made = "gguf_quants type=Q3_K_S method=nearest importance=none"
    told("sample", made, "--export", "gguf", "--out", str(tmp_path / "made"))
    (file,) = (tmp_path / "made").glob("*.gguf")
    words = (f"refine original=sample trains=both {SHORT}", "--export", "gguf", "--out", str(tmp_path / "refined"))
    answer = told(file, *words)
    (refined,) = (tmp_path / "refined").glob("*.gguf")
    assert types_of(file) == types_of(refined)
    before, after = answer["stages"][-1]["details"]["held_out_divergence"].values()
    assert after < 0.8 * before


@pytest.mark.real_model
@pytest.mark.slow
def test_smollm2(smollm2: Path, told: Told) -> None:
    """Its last layers in 3 bits: nothing is learned through the others."""
    few = "ignore=layers.[0-9].*,layers.1?.*"
    rounded = f"round_to_nearest format=int3 group_size=64 {few}"
    settings = "text=sample sequence_length=64 steps=4 batch_size=1 eval_samples=2 eval_steps=0 solve_samples=8"
    answer = told(smollm2, rounded, f"refine trains=scales {settings} {few}", num_windows=1, window_size=128)
    _, before, after = (stage["metrics"] for stage in answer["stages"])
    assert after["kl_divergence"] < before["kl_divergence"]
    described = 64  # the embedding of the file, which was stored as it came, has an entry of its own now
    assert 0 <= after["size_bytes"] - before["size_bytes"] < described
