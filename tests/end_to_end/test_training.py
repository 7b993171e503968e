"""Training, lottery tickets and shearing through the command line: on the bundled sample and on SmolLM2-135M."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import transformers
from safetensors.torch import load_file

Compress = Callable[..., dict[str, Any]]
SHORT = "sequence_length=64 batch_size=4 micro_batch_size=4 eval_samples=4"
DOMAINS = "domains=stories=sample:stories,dialogue=sample:dialogue"


@pytest.fixture
def compress(told: Callable[..., dict[str, Any]]) -> Compress:
    """``compress(model, "shearing budget=50", …)``: what the command told."""
    return partial(told, window_size=256, num_windows=4)


def perplexities(told: dict[str, Any]) -> list[float]:
    return [stage["metrics"]["perplexity"] for stage in told["stages"]]


def zeros(folder: Path) -> dict[str, float]:
    """Share of zeros by tensor, of matrices inside layers."""
    tensors = {name: t for file in folder.glob("*.safetensors") for name, t in load_file(file).items()}
    return {n: float((t == 0).float().mean()) for n, t in tensors.items() if t.ndim == 2 and ".layers." in n}


def test_a_ticket_of_a_new_network_stays_sparse_to_the_export(compress: Compress, tmp_path: Path) -> None:
    network = "layers=1 hidden=32 heads=1 kv_heads=1 inner=64"
    training = f"{SHORT} steps=8 weight_decay=0.1"
    out = ("--export", "dense", "--out", str(tmp_path / "out"))
    told = compress(
        "sample",
        f"train_from_scratch {network} {training}",
        f"lottery_ticket density=20% rounds=2 controls=none eval_steps=4 {training}",
        f"fine_tuning {training} learning_rate=1e-2",
        *out,
    )
    shares = zeros(tmp_path / "out")
    assert len(shares) == 7 and sum(shares.values()) / 7 == pytest.approx(0.8, abs=0.05)
    assert perplexities(told)[1] < 4096 * 1.1  # a new network knows nothing: about the vocabulary


def test_a_sheared_model_heals_and_opens_elsewhere(compress: Compress, tmp_path: Path) -> None:
    out = ("--export", "dense", "--out", str(tmp_path / "out"))
    shape = "target=numbers layers=3 hidden=192 heads=4 kv_heads=1 inner=320"
    told = compress("sample", f"shearing {shape} {SHORT} steps=12", f"fine_tuning {DOMAINS} {SHORT} steps=20", *out)
    original, sheared, healed = perplexities(told)
    assert original < healed < 0.9 * sheared
    stock = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    assert (stock.config.num_hidden_layers, stock.config.hidden_size, stock.config.num_key_value_heads) == (3, 192, 1)


@pytest.mark.real_model
def test_shearing_and_a_ticket_of_a_real_model(smollm2: Path, compress: Compress, tmp_path: Path) -> None:
    """A step or two of each: that they work at this size, not that they are good, which nobody measures."""
    tiny = "sequence_length=32 batch_size=1 micro_batch_size=1 eval_samples=1 text=sample:dialogue"
    out = ("--export", "dense", "--out", str(tmp_path / "out"))
    shape = "target=numbers layers=4 hidden=288 inner=512"
    compress(
        str(smollm2),
        f"shearing {shape} {tiny} steps=2 train_weights=false",
        f"lottery_ticket rewind=learning_rate rounds=1 density=0.5 controls=none {tiny} steps=2 eval_steps=2",
        *out,
        num_windows=None,
    )
    shares = zeros(tmp_path / "out")
    assert len(shares) == 4 * 7 and sum(shares.values()) / 28 == pytest.approx(0.5, abs=0.1)
    stock = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    assert (stock.config.hidden_size, stock.config.head_dim, stock.config.num_attention_heads) == (288, 64, 9)
