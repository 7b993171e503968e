"""Pruning on the bundled sample, through the command line: what goes, what it costs, what later blocks make of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Compress = Callable[..., list[dict[str, Any]]]
FEW = "num_samples=16 sequence_length=64"


@pytest.fixture
def compress(told: Callable[..., dict[str, Any]]) -> Compress:
    """``compress("width_pruning", …)``: the metrics of every stage, those of the source first."""

    def run(*words: str) -> list[dict[str, Any]]:
        stages = told("sample", *words, window_size=256, num_windows=4)["stages"]
        return [stage["metrics"] for stage in stages]

    return run


def test_half_of_the_weights_go_and_the_rest_is_quantized(compress: Compress) -> None:
    source, pruned, quantized = compress(f"one_shot_pruning {FEW}", f"gptq {FEW}")
    assert pruned["sparsity"] == pytest.approx(0.5, abs=0.002)
    assert quantized["sparsity"] >= pruned["sparsity"]
    assert pruned["size_bytes"] < 0.8 * source["size_bytes"]
    assert source["perplexity"] < pruned["perplexity"]
    assert quantized["perplexity"] < 1.05 * pruned["perplexity"]  # 4 bits cost little beside half of the weights


def test_layers_go_and_training_heals(compress: Compress) -> None:
    training = "fine_tuning steps=15 sequence_length=64 batch_size=8 micro_batch_size=8 eval_samples=2"
    source, pruned, healed = compress(f"depth_pruning by=influence remove=2 {FEW}", training)
    assert pruned["parameters"] < source["parameters"] and healed["parameters"] == pruned["parameters"]
    assert source["perplexity"] < healed["perplexity"] < pruned["perplexity"]


def test_a_narrower_model(compress: Compress) -> None:
    source, pruned = compress(f"width_pruning budget=75 {FEW}")
    assert 0.65 * source["parameters"] < pruned["parameters"] <= 0.75 * source["parameters"]
    assert source["perplexity"] < pruned["perplexity"]
