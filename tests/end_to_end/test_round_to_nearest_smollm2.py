"""Round to nearest on SmolLM2-135M: better than the peer, and an export that says the same in stock transformers."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from engine.export.registry import export_format
from engine.methods.registry import method
from engine.models.source import load_tokenizer, open_model
from engine.testing.stage import compress

SETTINGS = {"format": "int4", "symmetric": True, "group_size": 64}

pytestmark = pytest.mark.real_model


def windows(source: Path, text: Path, length: int, count: int) -> torch.Tensor:
    """The start of a text, cut into windows that do not overlap."""
    start = text.read_text(encoding="utf-8")[: 20 * length * count]
    tokens = load_tokenizer(source)(start, return_tensors="pt").input_ids[0]
    return torch.as_tensor(tokens[: length * count]).view(count, length)


def perplexity(module: torch.nn.Module, tokens: torch.Tensor) -> float:
    """exp of the mean negative log-likelihood of all predicted tokens."""
    total = 0.0
    for window in tokens:
        with torch.no_grad():
            logits = module(input_ids=window[None]).logits[0, :-1].float()
        total += float(torch.nn.functional.cross_entropy(logits, window[1:], reduction="sum"))
    return math.exp(total / (tokens.shape[0] * (tokens.shape[1] - 1)))


@pytest.fixture(scope="module")
def small(smollm2: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("smollm2")
    compress(smollm2, "round_to_nearest", SETTINGS, folder)
    return folder / "artifact"


def test_estimate(small: Path, smollm2: Path) -> None:
    info = method("round_to_nearest")
    model = open_model(smollm2)
    estimate = info.load().estimate(model.header, model.anatomy, info.settings.parse(SETTINGS), torch.device("cpu"))
    assert estimate.disk_bytes == pytest.approx(sum(f.stat().st_size for f in small.glob("*.safetensors")), rel=0.02)


def as_the_peer_rounds(weight: torch.Tensor) -> torch.Tensor:
    """llm-compressor's int4 in groups of 64 without data: the scale is 2 max|w| / 15, and always positive. It has a
    perplexity of 28.71 on the first 16 windows of 2048 tokens."""
    groups = weight.float().view(-1, SETTINGS["group_size"])
    scale = groups.abs().amax(1, keepdim=True) / 7.5
    return ((groups / scale).round().clamp(-8, 7) * scale).view_as(weight)


@pytest.mark.slow
def test_perplexity_is_below_that_of_the_peer(small: Path, smollm2: Path, shared_data: Path) -> None:
    tokens = windows(smollm2, shared_data / "wikitext2-test.raw", 512, 2)
    peer = open_model(smollm2).ready()
    for linear in peer.anatomy.linears:
        weight = peer.module.get_submodule(linear.name).weight
        weight.data.copy_(as_the_peer_rounds(weight.data))
    theirs = perplexity(peer.module, tokens)
    assert perplexity(open_model(small).ready().module, tokens) < 0.97 * theirs


@pytest.mark.slow
def test_the_export_says_the_same(small: Path, smollm2: Path, shared_data: Path, tmp_path: Path) -> None:
    tokens = windows(smollm2, shared_data / "wikitext2-test.raw", 128, 2)
    entry = export_format("compressed-tensors")
    entry.write(open_model(small), tmp_path / "out", entry.options(), lambda fraction, text: None)
    stock = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    module = open_model(small).ready().module
    embedding = module.get_input_embeddings().weight
    embedding.data = embedding.data.bfloat16().float()  # Q8_0 in the artifact, which this format can't hold
    ours = perplexity(module, tokens)
    assert perplexity(stock, tokens) == pytest.approx(ours, rel=5e-5)
