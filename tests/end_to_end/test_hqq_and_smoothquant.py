"""HQQ and SmoothQuant through the command line: on the bundled sample, and a little of both on SmolLM2-135M."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main

Compress = Callable[..., list[dict[str, float]]]
WHOLE_RANGES = "round_to_nearest format={} symmetric=false zero_point=float"
ROUNDED = "round_to_nearest format=int8 granularity=channel activations={}"


@pytest.fixture
def compress(told: Callable[..., dict[str, Any]]) -> Compress:
    """``compress("sample", "hqq format=int3")``: the metrics of every stage."""

    def run(model: str, *words: str, windows: int | None = 6, window_size: int = 256) -> list[dict[str, float]]:
        stages = told(model, *words, window_size=window_size, num_windows=windows)["stages"]
        return [stage["metrics"] for stage in stages]

    return run


def test_hqq_loses_less_than_whole_ranges(compress: Compress) -> None:
    for name in ("int3", "int2"):
        whole = compress("sample", WHOLE_RANGES.format(name))[-1]
        optimized = compress("sample", f"hqq format={name}")[-1]
        assert optimized["kl_divergence"] < 0.95 * whole["kl_divergence"]
        assert optimized["size_bytes"] == pytest.approx(whole["size_bytes"], rel=0.001)


def test_w8a8_by_smoothquant_is_as_good_as_the_original_and_loads(
    compress: Compress, told: Callable[..., dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sample has no outliers: nothing is lost by moving none."""
    original, smooth = compress("sample", "smoothquant num_samples=16 sequence_length=256")
    rounded = compress("sample", ROUNDED.format("int8"))[-1]
    assert smooth["perplexity"] == pytest.approx(original["perplexity"], rel=0.002)
    assert smooth["kl_divergence"] < 1.3 * rounded["kl_divergence"]
    words = ("smoothquant num_samples=4 sequence_length=128", "--export", "compressed-tensors", "--out")
    assert told("sample", *words, str(tmp_path / "small"), num_windows=1)["status"] == "done"
    assert main(["verify", str(tmp_path / "small"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["export"]["ok"] is True


@pytest.mark.real_model
@pytest.mark.slow
def test_smollm2_by_hqq(smollm2: Path, compress: Compress) -> None:
    """Which of HQQ and whole ranges loses less depends on the text: the weights of this file lie on a 4-bit grid."""
    few = "ignore=layers.[4-9].*,layers.1?.*,layers.2?.*"
    original, optimized = compress(str(smollm2), f"hqq format=int3 {few}", windows=1, window_size=128)
    whole = compress(str(smollm2), f"{WHOLE_RANGES.format('int3')} {few}", windows=None)[-1]
    assert 0 < optimized["kl_divergence"] < 1 and optimized["perplexity"] < 2.5 * original["perplexity"]
    assert optimized["size_bytes"] == pytest.approx(whole["size_bytes"], rel=0.001)


@pytest.mark.real_model
@pytest.mark.slow
def test_smollm2_by_smoothquant(smollm2: Path, compress: Compress) -> None:
    """Its outliers cost what 4-bit activations can't hold; moved into the weights they cost less."""
    few = "ignore=layers.[4-9].*,layers.1?.*,layers.2?.*"
    settings = f"activations=int4 num_samples=2 sequence_length=128 {few}"
    smooth = compress(str(smollm2), f"smoothquant {settings}", windows=1, window_size=128)[-1]
    rounded = compress(str(smollm2), f"{ROUNDED.format('int4')} {few}", windows=1, window_size=128)[-1]
    assert smooth["kl_divergence"] < rounded["kl_divergence"]
