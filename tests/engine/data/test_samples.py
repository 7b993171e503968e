"""Samples of texts, prompts with answers, and chats: what is learned and what is only read."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import BadInput
from engine.data.samples import IGNORED, answered, load_ids, load_samples, prompt_tokens, record_tokens
from engine.testing.models import byte_tokenizer

TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}</{{ m.role }}>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


@pytest.fixture
def tokenizer() -> Any:
    return byte_tokenizer()


@pytest.fixture
def chatty() -> Any:
    made = byte_tokenizer()
    made.chat_template = TEMPLATE
    return made


def learned(tokenizer: Any, ids: list[int], labels: list[int]) -> str:
    assert all(label in (IGNORED, token) for token, label in zip(ids, labels, strict=True))
    return str(tokenizer.decode([label for label in labels if label != IGNORED]))


def lines(folder: Path, *records: Any) -> str:
    file = folder / "records.jsonl"
    file.write_text("\n".join(json.dumps(record) for record in records) + "\n", "utf-8")
    return str(file)


def test_a_plain_text_is_learned_whole(tokenizer: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("abcdefghij" * 5, "utf-8")
    samples = load_samples(tokenizer, str(tmp_path / "a.txt"), 16)
    assert set(samples.tensors) == {"input_ids"} and samples.tensors["input_ids"].shape == (3, 16)
    assert (samples.cut, samples.dropped) == (0, 0)


def test_only_answers_are_learned(tokenizer: Any, tmp_path: Path) -> None:
    name = lines(
        tmp_path, {"prompt": "2+2=", "answer": "4"}, {"instruction": "Add", "input": "1, 2", "output": "three"}
    )
    samples = load_samples(tokenizer, name, 64)
    ids, labels, mask = (samples.tensors[key] for key in ("input_ids", "labels", "attention_mask"))
    first = learned(tokenizer, ids[0, : mask[0].sum()].tolist(), labels[0, : mask[0].sum()].tolist())
    assert first == "4</s>"
    assert tokenizer.decode(ids[1, : mask[1].sum()]) == "Add\n\n1, 2three</s>"
    assert ids.shape[1] == int(mask.sum(1).max()) and bool((labels[mask == 0] == IGNORED).all())
    assert bool((ids[mask == 0] == tokenizer.pad_token_id).all())


def test_of_chats_what_the_assistant_says_is_learned(chatty: Any) -> None:
    chat = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"from": "human", "value": "Bye"},
        {"from": "gpt", "value": "See you"},
    ]
    ids, labels = record_tokens(chatty, {"messages": chat})
    assert chatty.decode(ids).count("<assistant>") == 2
    assert learned(chatty, ids, labels) == "Hello</assistant>See you</assistant>"
    ids, labels = record_tokens(chatty, {"question": "Hi", "answer": "Hello"})
    assert learned(chatty, ids, labels) == "Hello</assistant>"


def test_long_records_are_cut_and_those_without_an_answer_left_out(tokenizer: Any, tmp_path: Path) -> None:
    name = lines(tmp_path, {"prompt": "a" * 30, "answer": "b"}, {"prompt": "a", "answer": "b" * 30}, {"text": "short"})
    samples = load_samples(tokenizer, name, 16)
    assert (samples.cut, samples.dropped, len(samples.tensors["input_ids"])) == (2, 1, 2)
    assert samples.tensors["input_ids"].shape[1] == 16


def test_the_first_token_of_an_answer_is_enough(tokenizer: Any, tmp_path: Path) -> None:
    samples = load_samples(tokenizer, lines(tmp_path, {"prompt": "a", "answer": "bc"}), 2)
    assert (samples.cut, samples.dropped) == (1, 0)
    assert samples.tensors["labels"].tolist() == [[IGNORED, tokenizer("b")["input_ids"][0]]]


def test_a_text_beside_half_a_record_is_learned(tokenizer: Any) -> None:
    for record in ({"answer": "b", "text": "cd"}, {"prompt": "a", "text": "cd"}):
        assert learned(tokenizer, *record_tokens(tokenizer, record)) == "cd</s>"


class Ending:
    """A tokenizer that ends every text by itself, and has no token for padding."""

    pad_token_id = None
    chat_template = None

    def __init__(self, end: int | None) -> None:
        self.eos_token_id = end

    def __call__(self, text: str, *, add_special_tokens: bool = True, **_: bool) -> dict[str, list[int]]:
        end = [self.eos_token_id] if add_special_tokens and self.eos_token_id is not None else []
        return {"input_ids": [*text.encode(), *end]}


@pytest.mark.parametrize(("end", "behind", "padding"), [(7, [7], 7), (None, [], 0)])
def test_an_end_stands_once_behind_the_answer_and_fills_up_what_is_shorter(
    end: int | None, behind: list[int], padding: int, tmp_path: Path
) -> None:
    name = lines(tmp_path, {"prompt": "ab", "answer": "cd"}, {"prompt": "a", "answer": "b"})
    first, second = load_samples(Ending(end), name, 16).tensors["input_ids"].tolist()
    assert first == [*b"abcd", *behind] and second == [*b"ab", *behind, padding, padding]
    assert prompt_tokens(Ending(end), {"prompt": "ab"}) == [*b"ab"]


def test_a_list_in_a_json_file(tokenizer: Any, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([{"prompt": "x", "completion": "y"}]), "utf-8")
    assert len(load_samples(tokenizer, str(tmp_path / "a.json"), 16).tensors["input_ids"]) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"prompt": "a", "answer": "b"}\n{"prompt": "a"', "line 2"),
        ('{"prompt": "a", "answer": "b"}\n[1]', "record 2"),
        ('{"title": "a"}', "no text that could be learned"),
        ('{"messages": [{"role": "user"}]}', "not a list of turns"),
        ('{"messages": [{"role": "user", "content": "x"}]}', "no chat template"),
    ],
)
def test_wrong_lines_are_named(text: str, sentence: str, tokenizer: Any, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(text, "utf-8")
    with pytest.raises(BadInput, match=sentence):
        load_samples(tokenizer, str(tmp_path / "a.jsonl"), 16)


def test_data_sets_of_records_and_of_texts(tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    rows = {"a/chats": {"prompt": ["1", "2"], "response": ["one", "two"]}, "a/texts": {"text": ["long " * 10, "er"]}}
    monkeypatch.setattr(datasets, "get_dataset_split_names", lambda *_: ["test", "train"])
    asked: list[str] = []

    def load(name: str, config: Any, split: str) -> Any:
        asked.append(split)
        return datasets.Dataset.from_dict(rows[name])

    monkeypatch.setattr(datasets, "load_dataset", load)
    assert set(load_samples(tokenizer, "hub:a/chats", 16).tensors) == {"input_ids", "labels", "attention_mask"}
    assert torch.equal(
        load_samples(tokenizer, "hub:a/texts", 8).tensors["input_ids"][0, :5],
        torch.tensor(tokenizer("long ")["input_ids"]),
    )
    assert asked == ["train", "train"]
    rows["a/questions"] = {"question": ["why"], "text": ["long " * 10]}
    assert set(load_samples(tokenizer, "hub:a/questions", 16).tensors) == {"input_ids"}, "nothing answers them"


def test_a_prompt_of_a_chat_needs_a_template_too(tokenizer: Any) -> None:
    chat = {"messages": [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Hello."}]}
    with pytest.raises(BadInput, match="no chat template") as caught:
        prompt_tokens(tokenizer, chat, "chats.jsonl, record 1")
    assert caught.value.where == "chats.jsonl, record 1" and caught.value.advice


@pytest.mark.parametrize(
    ("turns", "prompt"),
    [
        ("ua", "<user>0</user><assistant>"),
        ("uau", "<user>0</user><assistant>1</assistant><user>2</user><assistant>"),
        ("sua", "<system>0</system><user>1</user><assistant>"),
        ("u", "<user>0</user><assistant>"),
    ],
)
def test_a_prompt_is_all_before_the_last_answer(chatty: Any, turns: str, prompt: str) -> None:
    roles = {"u": "user", "a": "assistant", "s": "system"}
    chat = {"messages": [{"role": roles[turn], "content": str(number)} for number, turn in enumerate(turns)]}
    assert chatty.decode(prompt_tokens(chatty, chat)) == prompt


@pytest.mark.parametrize(
    ("record", "prompt"),
    [
        ({"question": "Why?"}, "Why?"),
        ({"instruction": "Add", "input": "1, 2"}, "Add\n\n1, 2"),
        ({"prompt": "Add", "input": "1, 2"}, "Add"),
        ({"instruction": "Add", "input": ""}, "Add"),
        ({"input": "1, 2"}, "1, 2"),
    ],
)
def test_a_prompt_goes_through_the_template_where_there_is_one(
    tokenizer: Any, chatty: Any, record: dict[str, str], prompt: str
) -> None:
    assert tokenizer.decode(prompt_tokens(tokenizer, record)) == prompt
    assert chatty.decode(prompt_tokens(chatty, record)) == f"<user>{prompt}</user><assistant>"


@pytest.mark.parametrize("record", [{"answer": "Yes"}, {"prompt": ""}, ["Why?"]])
def test_a_record_without_a_prompt_is_refused(tokenizer: Any, record: Any) -> None:
    with pytest.raises(BadInput, match="no prompt"):
        prompt_tokens(tokenizer, record)


def test_another_answer_takes_the_place_of_the_last_one() -> None:
    asked, said = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}
    assert answered({"messages": [asked, said]}, "Oh") == answered({"messages": [asked]}, "Oh")
    assert answered({"messages": [asked]}, "Oh") == {"messages": [asked, {"role": "assistant", "content": "Oh"}]}
    assert answered({"instruction": "Add", "input": "1, 2", "output": "4"}, "3") == {
        "prompt": "Add\n\n1, 2",
        "answer": "3",
    }


def test_tokens_of_records_stand_one_behind_the_other(tokenizer: Any, tmp_path: Path) -> None:
    found, digest = load_ids(tokenizer, lines(tmp_path, {"prompt": "a", "answer": "b"}, {"text": "cd"}))
    assert tokenizer.decode(found) == "ab</s>cd</s>" and found.dtype == torch.int64
    (tmp_path / "plain.txt").write_text("abc", "utf-8")
    plain, other = load_ids(tokenizer, str(tmp_path / "plain.txt"))
    assert plain.tolist() == tokenizer("abc")["input_ids"] and len({digest, other}) == 2


def test_a_text_that_is_too_short_is_named(tokenizer: Any, tmp_path: Path) -> None:
    file = tmp_path / "short.txt"
    file.write_text("Short.", "utf-8")
    with pytest.raises(BadInput, match="shorter than one window") as caught:
        load_samples(tokenizer, str(file), 16)
    assert caught.value.where == str(file)


def test_several_chat_templates_without_a_default_are_a_sentence() -> None:
    """transformers raises a ValueError for them."""
    from engine.data.templates import render
    from engine.models.source import load_tokenizer

    tokenizer = copy.deepcopy(load_tokenizer("sample"))
    tokenizer.chat_template = {"rag": "a", "tools": "b"}
    with pytest.raises(BadInput, match="no chat template to choose"):
        render(tokenizer, [{"role": "user", "content": "hello"}])
