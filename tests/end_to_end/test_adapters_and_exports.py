"""NF4, LoRA, QLoRA and their exports from end to end: on the sample through the command line, and on SmolLM2."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import engine
from engine.base.llama_cpp import serve
from engine.export.verification.llama_cpp import log_probabilities
from engine.models.source import load_tokenizer

Compress = Callable[..., list[dict[str, Any]]]
SHORT = "steps=16 batch_size=4 micro_batch_size=4 sequence_length=128 eval_samples=4 learning_rate=1e-3 warmup_ratio=0"


@pytest.fixture
def compress(told: Callable[..., dict[str, Any]]) -> Compress:
    """``compress("sample", "nf4", num_windows=4)``: the stages of the report."""

    def run(*words: object, **measure: Any) -> list[dict[str, Any]]:
        stages: list[dict[str, Any]] = told(*words, **measure)["stages"]
        return stages

    return run


def perplexity(stage: dict[str, Any]) -> float:
    return float(stage["metrics"]["perplexity"])


def said_by_llama_cpp(file: Path, prompt: list[int], count: int) -> list[int]:
    """The tokens that llama.cpp finds likeliest after a prompt."""
    server = serve(file, len(prompt) + count + 8)
    asked = {"prompt": prompt, "n_predict": count, "n_probs": 1, "temperature": 0.0, "ignore_eos": True}
    answer = server.handle_completions(asked)
    return [int(entry["id"]) for entry in answer["choices"][0]["logprobs"]["content"]]


def next_logits(artifact: Path, tokens: list[int]) -> torch.Tensor:
    """What the artifact says after every token, (tokens, vocabulary)."""
    module = engine.load(artifact, dtype=torch.float32)
    with torch.no_grad():
        found: torch.Tensor = module(input_ids=torch.tensor([tokens])).logits[0]
    return found


def agree(artifact: Path, file: Path, text: str, count: int, margin: float) -> None:
    """Greedy tokens are the same but where two are as good as equal (by ``margin`` nats)."""
    prompt: list[int] = load_tokenizer(artifact)(text)["input_ids"]
    theirs = said_by_llama_cpp(file, prompt, count)
    assert len(theirs) == count
    logits = next_logits(artifact, prompt + theirs)[len(prompt) - 1 : -1]
    lost = logits.max(-1).values - logits.gather(-1, torch.tensor(theirs)[:, None])[:, 0]
    assert float(lost.max()) <= margin
    assert int((lost == 0).sum()) >= count - 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "options", "margin"),
    [
        ("", {"dtype": "float32"}, 1e-3),
        ("", {"dtype": "bfloat16"}, 0.05),
        ("round_to_nearest format=int4 group_size=32", {}, 0.2),
        ("round_to_nearest format=int4 group_size=32 symmetric=false", {}, 0.2),
        ("round_to_nearest format=int8 group_size=32", {}, 0.2),
    ],
)
def test_llama_cpp_goes_on_in_the_same_words(
    step: str, options: dict[str, Any], margin: float, sample_model: Path, tmp_path: Path, compress: Compress
) -> None:
    from engine.export.verification.check import export

    artifact = sample_model
    if step:
        artifact = Path(compress("sample", step)[-1]["artifact"])
    verified = export(artifact, "gguf", tmp_path / "out", options, lambda *_: None, lambda: None)
    assert verified.ok, verified.sentence
    agree(artifact, tmp_path / "out" / "out.gguf", "Once upon a time there was", 16, margin)


def test_lora_recovers_what_rounding_lost(tmp_path: Path, compress: Compress) -> None:
    rounded = "round_to_nearest format=int2 group_size=32 clip=mse"
    export = ("--export", "peft", "--out", str(tmp_path / "out"))
    stages = compress("sample", rounded, f"lora {SHORT}", *export, num_windows=4)
    assert perplexity(stages[2]) < perplexity(stages[1])
    assert (tmp_path / "out" / "adapter_config.json").is_file() and (tmp_path / "out" / "base").is_dir()


def test_qlora_on_the_sample(tmp_path: Path, compress: Compress) -> None:
    export = ("--export", "peft", "--out", str(tmp_path / "out"))
    stages = compress("sample", f"qlora optimizer=adamw schedule=cosine {SHORT}", *export, num_windows=4)
    assert perplexity(stages[1]) < 1.02 * perplexity(stages[0])
    assert json.loads((tmp_path / "out" / "base" / "config.json").read_text())["quantization_config"]["load_in_4bit"]


@pytest.mark.slow
@pytest.mark.real_model
def test_smollm2_in_four_bits(smollm2: Path, compress: Compress) -> None:
    """In the order of the paper, in blocks of 64: NF4 before FP4. Integers, last there, have signed scales here, which
    keep the largest weight of a block exactly: they are as good as NF4 on this model."""
    few = "double=false ignore=layers.[4-9].*,layers.1?.*,layers.2?.*"
    steps = (f"nf4 {few}", f"nf4 format=fp4_e2m1 {few}")
    found = [perplexity(compress(smollm2, step, window_size=128, num_windows=1, compare=False)[-1]) for step in steps]
    assert found == sorted(found)


@pytest.mark.slow
@pytest.mark.real_model
def test_smollm2_runs_in_llama_cpp(smollm2: Path, tmp_path: Path, compress: Compress) -> None:
    from engine.export.verification.check import export

    step = "round_to_nearest format=int4 group_size=32"
    artifact = Path(compress(smollm2, step)[-1]["artifact"])
    verified = export(artifact, "gguf", tmp_path / "out", {}, lambda *_: None, lambda: None)
    assert verified.ok, verified.sentence
    file = tmp_path / "out" / "out.gguf"
    text = "The river was wide and slow, and on its banks the people of the village had built a bridge of stone."
    agree(artifact, file, text, 12, 0.3)
    tokens: list[int] = load_tokenizer(artifact)(text)["input_ids"]
    places = range(1, len(tokens), 4)  # llama.cpp lists 49152 probabilities for each
    ours = torch.log_softmax(next_logits(artifact, tokens)[[place - 1 for place in places]], -1)
    server = serve(file, len(tokens) + 8)
    theirs = torch.stack(
        [torch.from_numpy(log_probabilities(server, tokens[:place], ours.shape[1])) for place in places]
    )
    targets = torch.tensor([tokens[place] for place in places])[:, None]
    losses = [-float(each.gather(-1, targets).mean()) for each in (ours, theirs)]
    assert losses[1] == pytest.approx(losses[0], abs=0.05)


@pytest.mark.slow
@pytest.mark.real_model
def test_smollm2_learns_beside_four_bits(smollm2: Path, compress: Compress) -> None:
    short = "steps=2 batch_size=1 micro_batch_size=1 sequence_length=64 eval_samples=2 r=8"
    short += " target_modules=q,v optimizer=adamw"
    stage = compress(smollm2, f"qlora {short}")[-1]
    resident = stage["details"]["resident"]
    assert resident["bits_per_packed_weight"] == pytest.approx(4.127, abs=0.001)
