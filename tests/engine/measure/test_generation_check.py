"""Answers of real networks: the greedy text of `generate`, its draws, its choices along the answers of another."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.base.errors import Cancelled
from engine.measure import answers, generation_check, generation_facts
from engine.measure.answers import Answers, Prompt
from engine.measure.generation_check import answers_of, answers_or_reason, refusal
from engine.measure.generation_facts import check_of
from engine.measure.program import TorchAlone
from engine.measure.reading import ReadContext, freed
from engine.models.source import open_model
from tests.engine.measure.test_generate import written

Tiny = Callable[[str], Path]
SHORT = (
    Prompt(name="one", domain="prose", text="Once upon", tokens=20),
    Prompt(name="two", domain="language", text="Es war", tokens=6),
    Prompt(name="long", domain="long prompt", text="", tokens=4, long=True, repeats=100),
)


@pytest.fixture(autouse=True)
def _few_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    def prompts(scope: str) -> tuple[Prompt, ...]:
        return SHORT if scope == "long" else SHORT[:2]

    for module in (generation_check, generation_facts):
        monkeypatch.setattr(module, "prompts", prompts)
    monkeypatch.setattr(generation_check, "SHORTEST_LONG", 64)
    monkeypatch.setattr(generation_check, "REPEATED_TOKENS", 10)


def context(checkpoint: Callable[[], None] = lambda: None) -> ReadContext:
    return ReadContext(torch.device("cpu"), torch.float32, lambda fraction, text: None, checkpoint)


def answered(folder: Path, original: Answers | None = None, scope: answers.Scope = "check") -> Answers:
    model = open_model(folder)
    with freed(model):
        return answers_of(model, scope, context(), original)


@pytest.mark.parametrize("kind", ["llama", "gemma2", "gpt2", "qwen3_moe"])
def test_the_first_answer_is_greedy_and_the_choices_along_it_are_its_tokens(kind: str, tiny: Tiny) -> None:
    first = answered(tiny(kind))
    again = answered(tiny(kind), first)
    for prompt, answer, repeated in zip(SHORT, first.written, again.written, strict=False):
        assert len(answer.rows) == 4 and answer.rows == repeated.rows, "draws have the same noise for every model"
        assert answer.rows[0].text == written(tiny(kind), prompt.text, tokens=prompt.tokens)
        assert repeated.choices == answer.forced and not answer.choices
        assert len(answer.confidence) == len(answer.forced) and all(0 < share <= 1 for share in answer.confidence)
    assert len({tuple(row.tokens) for row in first.written[0].rows}) > 1, "draws differ"
    assert check_of(first, again)[1].verdict == "writes"


def test_an_encoder_and_a_decoder_answer_too(tiny: Tiny) -> None:
    first = answered(tiny("t5"))
    assert first.written[0].rows[0].text == written(tiny("t5"), "Once upon", tokens=20)
    assert answered(tiny("t5"), first).written[0].choices == first.written[0].forced


def test_an_encoder_is_refused(tiny: Tiny) -> None:
    why, answers = answers_or_reason(open_model(tiny("bert")), "check", context(), None, TorchAlone())
    assert "encoder" in why and answers is None
    assert refusal(open_model(tiny("llama")), context()) == ""


def test_a_long_prompt_repeats_its_beginning(tiny: Tiny) -> None:
    first = answered(tiny("llama"), scope="long")
    prompt, again = first.written[2], answered(tiny("llama"), first, scope="long").written[2]
    assert len(prompt.ids) == 90 and prompt.rows[0].tokens == prompt.ids[1:5] and len(prompt.rows) == 1
    assert prompt.choices == again.choices and len(prompt.choices) == len(prompt.confidence) == 4
    metrics, check = check_of(first, first)
    assert metrics["generation_agreement"] == 1.0 and check.verdict == "writes"


def test_a_model_of_few_positions_gets_shorter_prompts_or_none(tiny: Tiny, tmp_path: Path) -> None:
    shutil.copytree(tiny("llama"), tmp_path / "short")
    config = json.loads((tmp_path / "short" / "config.json").read_text())
    (tmp_path / "short" / "config.json").write_text(json.dumps({**config, "max_position_embeddings": 8}))
    every = answered(tmp_path / "short", scope="long").written
    assert [answer.name for answer in every] == ["two"], "'Once upon' takes nine bytes"
    assert len(every[0].rows[0].tokens) <= 2


def test_numbers_that_are_not_finite_are_an_error_of_their_prompt(tiny: Tiny, tmp_path: Path) -> None:
    first = answered(tiny("mistral"))
    shutil.copytree(tiny("mistral"), tmp_path / "bad")
    (file,) = (tmp_path / "bad").glob("*.safetensors")
    tensors = load_file(file)
    (only, *_) = set(first.written[1].ids) - set(first.written[0].ids)
    tensors["model.embed_tokens.weight"][only] = torch.inf
    save_file(tensors, file, {"format": "pt"})
    result = answered(tmp_path / "bad", first)
    assert "after 0 tokens" not in result.written[0].error
    assert "after 0 tokens" in result.written[1].error
    assert any(reason.startswith("two: the logits") for reason in check_of(first, result)[1].reasons)


def test_it_can_be_cancelled_within_a_token(tiny: Tiny) -> None:
    calls = 0

    def cancel() -> None:
        nonlocal calls
        calls += 1
        if calls > 60:
            raise Cancelled

    model = open_model(tiny("llama"))
    with pytest.raises(Cancelled), freed(model):
        answers_of(model, "check", context(cancel))
    assert calls == 61


def test_the_bundled_prompts_are_whole() -> None:
    every = answers.prompts("long")
    assert len({prompt.name for prompt in every}) == len(every) and set(answers.prompts("check")) < set(every)
    assert {"prose", "instruction", "JSON", "code", "counting", "copying", "language"} <= {p.domain for p in every}
    assert all(len(prompt.text) > 20 or prompt.repeats for prompt in every)
    assert max(prompt.tokens for prompt in every) >= 512 and max(prompt.repeats for prompt in every) > 2048
