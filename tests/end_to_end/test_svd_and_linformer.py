"""SVD and Linformer through the command line: on the bundled sample, and a little of both on SmolLM2-135M."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.models.source import open_model
from engine.modules.quantized import QuantizedLinear

Compress = Callable[..., list[dict[str, float]]]


@pytest.fixture
def compress(told: Callable[..., dict[str, Any]]) -> Compress:
    """``compress("sample", "svd removed=0.3", …)``: the metrics of every stage."""

    def run(
        model: str, *words: str, windows: int = 6, window_size: int = 256, compare: bool = True
    ) -> list[dict[str, float]]:
        stages = told(model, *words, window_size=window_size, num_windows=windows, compare=compare)["stages"]
        return [{**stage["metrics"], "artifact": stage["artifact"]} for stage in stages]

    return run


def test_what_is_made_smallest_decides(compress: Compress) -> None:
    """The same number of weights: fewer of the outputs are lost than of the weights, and least behind what the layers
    before have lost."""
    fixed = "svd compression_ratio=0.4 rank_allocation=uniform pivoting=false num_samples=16 sequence_length=256"
    ways = ("variant=plain", "variant=whitened", "statistics=sequential update=original")
    found = [compress("sample", f"{fixed} {way}", windows=4) for way in ways]
    divergences = [stages[-1]["kl_divergence"] for stages in found]
    assert divergences == sorted(divergences, reverse=True) and divergences[-1] < 0.7 * divergences[0]
    sizes = {stages[-1]["size_bytes"] for stages in found}
    assert len(sizes) == 1 and sizes.pop() < 0.8 * found[0][0]["size_bytes"]


def test_factors_are_rounded_to_four_bits(compress: Compress) -> None:
    original, low, both = compress(
        "sample",
        "svd compression_ratio=0.3 pivoting=false num_samples=16",
        "round_to_nearest format=int4 group_size=32",
    )
    assert both["perplexity"] < 1.1 * original["perplexity"]
    assert both["size_bytes"] < 0.6 * low["size_bytes"] < 0.5 * original["size_bytes"]
    modules = open_model(Path(str(both["artifact"]))).load().module.modules()
    assert sum(isinstance(module, QuantizedLinear) for module in modules) > 2 * 20


def test_a_causal_linformer(compress: Compress) -> None:
    settings = "linformer segment_length=64 sequence_length=256 batch_size=4 benchmark_length=0"
    original, start = compress("sample", f"{settings} segment_projected_dim=4 fit_steps=0 recovery=none")
    after = compress("sample", f"{settings} segment_projected_dim=4 fit_steps=10 steps=10")[-1]
    assert original["perplexity"] < after["perplexity"] < start["perplexity"] < 3 * original["perplexity"]
    assert after["kl_divergence"] < 0.8 * start["kl_divergence"]


@pytest.mark.real_model
@pytest.mark.slow
def test_smollm2_factorized(smollm2: Path, compress: Compress) -> None:
    """Four of the thirty layers, with a twentieth of the published calibration."""
    few = "ignore=layers.[4-9].*,layers.1?.*,layers.2?.*"
    words = (
        f"svd compression_ratio=0.2 pivoting=false num_samples=4 sequence_length=128 {few}",
        f"round_to_nearest format=int8 {few}",
    )
    original, low, both = compress(str(smollm2), *words, windows=1, window_size=128, compare=False)
    assert original["perplexity"] < low["perplexity"] < 10 * original["perplexity"]
    assert both["perplexity"] == pytest.approx(low["perplexity"], rel=0.05)
    assert both["size_bytes"] < 0.8 * low["size_bytes"]


@pytest.mark.real_model
@pytest.mark.slow
def test_smollm2_attends_to_segments(smollm2: Path, compress: Compress) -> None:
    settings = "linformer segment_length=32 segment_projected_dim=8 sequence_length=128 batch_size=1 eval_samples=1"
    settings += " benchmark_length=0 recovery=none"
    original, start = compress(str(smollm2), f"{settings} fit_steps=0", windows=1, window_size=128)
    fitted = compress(str(smollm2), f"{settings} fit_steps=2 fit_lr=2e-3", windows=1, window_size=128)[-1]
    assert original["perplexity"] < start["perplexity"] < 10 * original["perplexity"]
    assert fitted["kl_divergence"] < start["kl_divergence"]
