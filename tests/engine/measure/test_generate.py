"""Generated text: what transformers writes, in pieces that are whole characters."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from engine.base.errors import BadInput, Cancelled
from engine.measure.generate import Detokenizer, Draw, Stops, generate
from engine.models.source import open_model
from engine.testing.models import byte_tokenizer, tiny_model

Tiny = Callable[[str], Path]


def written(folder: Path, prompt: str = "Once upon", **more: Any) -> str:
    pieces: list[str] = []
    arguments: dict[str, Any] = {
        "tokens": 24,
        "temperature": 0.0,
        "seed": 0,
        "chat": False,
        "checkpoint": lambda: None,
    }
    speed = generate(open_model(folder), prompt=prompt, piece=pieces.append, **(arguments | more))
    assert speed > 0 or not pieces
    return "".join(pieces)


@pytest.mark.parametrize("kind", ["llama", "gemma2", "gpt2", "opt", "phi3"])
def test_greedy_text_is_that_of_transformers(kind: str, tiny: Tiny) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny(kind))
    model = AutoModelForCausalLM.from_pretrained(tiny(kind), dtype=torch.float32)
    ids = tokenizer("Once upon", return_tensors="pt")["input_ids"]
    ours = written(tiny(kind))
    theirs = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=24, do_sample=False)
    assert ours == tokenizer.decode(theirs[0, ids.shape[1] :], skip_special_tokens=True)
    assert ours


def test_a_network_with_states_in_the_place_of_keys_writes_too(tmp_path: Path) -> None:
    config = AutoConfig.for_model("mamba", vocab_size=260, hidden_size=32, num_hidden_layers=2, state_size=4)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).eval()
    model.save_pretrained(tmp_path)
    byte_tokenizer().save_pretrained(tmp_path)
    ids = byte_tokenizer()("Once upon", return_tensors="pt")["input_ids"]
    for _ in range(6):
        with torch.no_grad():
            ids = torch.cat([ids, model(ids).logits[:, -1:].argmax(-1)], dim=1)
    assert written(tmp_path, tokens=6) == byte_tokenizer().decode(ids[0, 9:])


def test_a_seed_gives_the_same_text_again(tiny: Tiny) -> None:
    one, two, other = (written(tiny("llama"), temperature=1.0, seed=seed) for seed in (1, 1, 2))
    assert one == two != other


def test_only_the_most_likely_tokens_are_drawn() -> None:
    logits = torch.tensor([0.5, 0.2, 0.15, 0.1, 0.05]).log()
    for top_p, kept in ((1.0, {0, 1, 2, 3, 4}), (0.6, {0, 1}), (0.5, {0}), (0.0, {0})):
        draw = Draw(1.0, top_p, seed=0)
        assert {draw(logits) for _ in range(300)} == kept


@pytest.mark.parametrize("sizes", [1, 3, 100])
def test_text_ends_before_a_stop_word_however_it_comes(sizes: int) -> None:
    def through(text: str, *words: str) -> tuple[str, bool]:
        stops = Stops(words)
        given = "".join(stops.add(text[n : n + sizes]) for n in range(0, len(text), sizes))
        return given + stops.rest(), stops.reached

    assert through("one\ntwo END three", "END", "\n\n") == ("one\ntwo ", True)
    assert through("one\ntwo EN", "END", "\n\n") == ("one\ntwo EN", False)
    assert through("aab aac", "aac") == ("aab ", True)
    assert through("as it is") == ("as it is", False)


def test_a_model_stops_before_a_word_and_writes_no_more_of_it(tiny: Tiny) -> None:
    whole = written(tiny("llama"))
    word = whole[5:8]
    assert written(tiny("llama"), stop=[word]) == whole[: whole.index(word)]


def test_it_ends_at_the_end_token_and_at_the_last_position(tmp_path: Path, tiny: Tiny) -> None:
    folder = tiny_model("llama", tmp_path / "model")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    ids = AutoTokenizer.from_pretrained(folder)("Once upon", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        first = int(model(ids).logits[0, -1].argmax())
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [first, 257]}))
    assert written(folder) == ""
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1

    prompt = "x" * 250  # of 256 positions
    once = written(tiny("llama"), prompt, tokens=1, checkpoint=count)
    single, calls = calls, 0
    assert len(once) <= 1
    written(tiny("llama"), prompt, tokens=100, checkpoint=count)
    assert calls < 7 * single
    with pytest.raises(BadInput, match="too long"):
        written(tiny("llama"), "x" * 256)


def test_the_chat_template_is_used_if_there_is_one(tmp_path: Path) -> None:
    folder = tiny_model("llama", tmp_path / "model")
    plain = written(folder)
    assert written(folder, chat=True) == plain
    assert written(folder, chat=True, before=[("Hi", "Oh, hi")]) == written(folder, "Hi\nOh, hi\nOnce upon")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = "{% for m in messages %}<s>{{ m.role }}: {{ m.content }}</s>{% endfor %}assistant:"
    tokenizer.save_pretrained(folder)
    assert written(folder, chat=True) == written(folder, "<s>user: Once upon</s>assistant:") != plain
    turns = "<s>user: Hi</s><s>assistant: Oh, hi</s><s>user: Once upon</s>assistant:"
    assert written(folder, chat=True, before=[("Hi", "Oh, hi")]) == written(folder, turns)


def test_an_encoder_writes_nothing(tiny: Tiny) -> None:
    with pytest.raises(BadInput, match="encoder"):
        written(tiny("bert"))


def test_cancel_between_tokens(tiny: Tiny) -> None:
    pieces: list[str] = []

    def checkpoint() -> None:
        if pieces:
            raise Cancelled

    with pytest.raises(Cancelled):
        arguments: dict[str, Any] = {"tokens": 200, "temperature": 1.0, "seed": 3, "chat": False}
        generate(open_model(tiny("llama")), prompt="a", checkpoint=checkpoint, piece=pieces.append, **arguments)
    assert len(pieces) == 1


def test_pieces_are_whole_characters() -> None:
    tokenizer = byte_tokenizer()
    text = "naïve 🦊 – 狐!"
    detokenizer = Detokenizer(tokenizer)
    pieces = [detokenizer.add(token) for token in tokenizer(text)["input_ids"]]
    assert "".join(pieces) + detokenizer.rest() == text
    assert {piece for piece in pieces if piece} == set(text)


def test_what_is_no_character_is_given_at_the_end() -> None:
    tokenizer = byte_tokenizer()
    ids = tokenizer("a狐")["input_ids"][:-1]
    detokenizer = Detokenizer(tokenizer)
    assert [detokenizer.add(token) for token in ids] == ["a", "", ""]
    assert detokenizer.rest() == "\ufffd"
