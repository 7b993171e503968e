"""Samples to train on: windows of a plain text, or records (prompts with answers, chats) of which only the answers are
learned.

Records come from a JSON lines file (or a JSON file with a list) or from a data set on the hub. A record is one of
``{"prompt", "answer"}`` (also completion, response, output, target; instruction with input, question), ``{"messages":
[{"role", "content"}]}`` (also conversations with from and value), or ``{"text"}``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from engine.base.errors import BadInput
from engine.base.files import expanded, parse_json
from engine.data.batches import windows
from engine.data.templates import render
from engine.data.texts import joined_rows, load_rows, load_text
from engine.data.tokens import encoded, token_ids

IGNORED = -100
"""Label of a token that nothing is asked for."""

_PROMPTS = ("prompt", "instruction", "question", "query", "input")
_ANSWERS = ("answer", "completion", "response", "output", "target")
_CHATS = ("messages", "conversations", "conversation")
_ROLES = {"human": "user", "gpt": "assistant", "bot": "assistant", "model": "assistant"}
_ADVICE = 'a line is {"prompt": …, "answer": …}, {"messages": [{"role": …, "content": …}, …]} or {"text": …}'


@dataclass(frozen=True)
class Samples:
    """``tensors``: input_ids and labels (n, length) int64, and attention_mask where samples are padded. ``dropped``
    records had no answer within ``length``; ``cut`` ones were longer and lost their end."""

    name: str
    sha256: str
    tensors: dict[str, torch.Tensor]
    cut: int = 0
    dropped: int = 0


def load_samples(tokenizer: Any, name: str, length: int, part: str = "train") -> Samples:
    """The samples of the text, file or data set called ``name`` (see `engine.data.texts.load_text`), of ``length``
    tokens at most.

    Plain texts are tokenized as a whole and cut into windows; everything is learned. Of records the answers, and of
    chats what the assistant says, are learned; they go through the tokenizer's chat template if it has one. Shorter
    ones are padded at the end. Raises `BadInput` naming the line that is wrong.
    """
    read = load_records(name, part)
    if read.records is None:
        return Samples(name, read.sha256, {"input_ids": windows(token_ids(tokenizer, read.text), length, name=name)})
    return _tokenized(tokenizer, name, read.sha256, read.records, length)


def load_ids(tokenizer: Any, name: str, part: str = "train") -> tuple[torch.Tensor, str]:
    """The tokens of the whole text called ``name``, (n,) int64, and the SHA-256 of what was read; of records, one
    behind the other with prompts and answers as `load_samples` puts them together. Raises `BadInput`."""
    read = load_records(name, part)
    if read.records is None:
        return token_ids(tokenizer, read.text), read.sha256
    tokenized = (record_tokens(tokenizer, record, where)[0] for record, where in _objects(name, read.records))
    return torch.tensor([token for ids in tokenized for token in ids], dtype=torch.int64), read.sha256


@dataclass(frozen=True)
class Records:
    """Content of a text, file or data set: records, or (None) a plain ``text``."""

    sha256: str
    records: Sequence[Any] | None
    text: str = ""


def load_records(name: str, part: str = "train") -> Records:
    """The records or the text called ``name``, not tokenized. Raises `BadInput` naming the line that is wrong."""
    if name.startswith("hub:"):
        rows = load_rows(name, part)
        if not _are_records(rows.column_names):
            text = joined_rows(rows, name)
            return Records(hashlib.sha256(text.encode()).hexdigest(), None, text)
        records = [dict(row) for row in rows]
        digest = hashlib.sha256(json.dumps(records, sort_keys=True, default=str).encode()).hexdigest()
        return Records(digest, records)
    path = expanded(name)
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        lines = load_text(name)
        return Records(lines.sha256, list(_parsed(path, lines.text)))
    whole = load_text(name, part)
    return Records(whole.sha256, None, whole.text)


def prompt_tokens(tokenizer: Any, record: Any, where: str = "") -> list[int]:
    """Prompt of a record as tokens that an answer can follow; of a chat, all before the assistant's last turn. Raises
    `BadInput` for a record without a prompt."""
    chat = next((record[key] for key in _CHATS if record.get(key)), None) if isinstance(record, dict) else None
    prompt = _prompt(record) if isinstance(record, dict) else None
    if chat is None and prompt is None:
        raise BadInput("A record has no prompt that could be answered", where=where, advice=_ADVICE)
    if chat is None and not getattr(tokenizer, "chat_template", None):
        return _ids(tokenizer, str(prompt))
    messages = [{"role": "user", "content": str(prompt)}] if chat is None else _messages(chat, where)
    if messages[-1]["role"] == "assistant":
        messages = messages[:-1]
    return _templated(tokenizer, messages, where, add_generation_prompt=True)


def answered(record: Mapping[str, Any], answer: str) -> dict[str, Any]:
    """The record with another answer, in the words of this program."""
    chat = next((record[key] for key in _CHATS if record.get(key)), None)
    if chat is None:
        return {"prompt": _prompt(record), "answer": answer}
    messages = _messages(chat, "")
    if messages[-1]["role"] == "assistant":
        messages = messages[:-1]
    return {"messages": [*messages, {"role": "assistant", "content": answer}]}


def record_tokens(tokenizer: Any, record: Mapping[str, Any], where: str = "") -> tuple[list[int], list[int]]:
    """Ids and labels of one record, whole: the labels of all that is not learned are -100."""
    chat = next((record[key] for key in _CHATS if record.get(key)), None)
    if chat is not None:
        return _chat_tokens(tokenizer, _messages(chat, where), where)
    answer = next((str(record[key]) for key in _ANSWERS if record.get(key)), None)
    prompt = _prompt(record)
    if answer is not None and prompt is not None:
        return _answer_tokens(tokenizer, prompt, answer, where)
    if isinstance(record.get("text"), str):
        ids = [*_ids(tokenizer, record["text"]), *_end(tokenizer)]
        return ids, list(ids)
    raise BadInput("A record has no text that could be learned", where=where, advice=_ADVICE)


# -- tokens ------------------------------------------------------------------------------------------------------------
def _tokenized(tokenizer: Any, name: str, digest: str, records: Sequence[Any], length: int) -> Samples:
    pairs: list[tuple[list[int], list[int]]] = []
    cut = dropped = 0
    for record, where in _objects(name, records):
        ids, labels = record_tokens(tokenizer, record, where)
        cut += len(ids) > length
        if all(label == IGNORED for label in labels[1:length]):  # the first token is never predicted
            dropped += 1
        else:
            pairs.append((ids[:length], labels[:length]))
    if not pairs:
        raise BadInput(
            "No record can be learned from",
            where=name,
            why=f"of {len(records)} none has an answer within {length} tokens",
            advice="choose longer samples or another file",
        )
    return Samples(name, digest, _padded(pairs, _padding(tokenizer)), cut, dropped)


def _objects(name: str, records: Sequence[Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """The records and where each stands."""
    for number, record in enumerate(records, 1):
        where = f"{name}, record {number}"
        if not isinstance(record, dict):
            raise BadInput("A record is not a JSON object", where=where, advice=_ADVICE)
        yield record, where


def _padded(pairs: Sequence[tuple[list[int], list[int]]], padding: int) -> dict[str, torch.Tensor]:
    """As wide as the longest."""
    shape = len(pairs), max(len(ids) for ids, _ in pairs)
    tensors = {
        "input_ids": torch.full(shape, padding),
        "labels": torch.full(shape, IGNORED),
        "attention_mask": torch.zeros(shape, dtype=torch.int64),
    }
    for row, (ids, labels) in enumerate(pairs):
        tensors["input_ids"][row, : len(ids)] = torch.tensor(ids)
        tensors["labels"][row, : len(ids)] = torch.tensor(labels)
        tensors["attention_mask"][row, : len(ids)] = 1
    return tensors


def _answer_tokens(tokenizer: Any, prompt: str, answer: str, where: str) -> tuple[list[int], list[int]]:
    """Through the chat template, or one behind the other with the end of the text."""
    if getattr(tokenizer, "chat_template", None):
        messages = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
        return _chat_tokens(tokenizer, messages, where)
    before = _ids(tokenizer, prompt)
    after = [*encoded(tokenizer, answer, add_special_tokens=False)["input_ids"], *_end(tokenizer)]
    return before + after, [IGNORED] * len(before) + after


def _chat_tokens(tokenizer: Any, messages: list[dict[str, str]], where: str) -> tuple[list[int], list[int]]:
    """Tokens of a chat; the assistant's words are learned, and the mark that ends its turn."""
    ids = _templated(tokenizer, messages, where)
    labels = [IGNORED] * len(ids)
    for turn, message in enumerate(messages):
        if message["role"] == "assistant":
            start = len(_templated(tokenizer, messages[:turn], where, add_generation_prompt=True))
            end = len(_templated(tokenizer, messages[: turn + 1], where))
            labels[start:end] = ids[start:end]
    return ids, labels


def _templated(tokenizer: Any, messages: list[dict[str, str]], where: str, **options: bool) -> list[int]:
    if not getattr(tokenizer, "chat_template", None):
        raise BadInput(
            "The model's tokenizer has no chat template",
            where=where,
            why="it was not made for chats",
            advice="choose a chat model, or records with prompts and answers",
        )
    text = render(tokenizer, messages, where, **options)
    ids: list[int] = encoded(tokenizer, text, add_special_tokens=False)["input_ids"]
    return ids


def _ids(tokenizer: Any, text: str) -> list[int]:
    ids: list[int] = encoded(tokenizer, text)["input_ids"]
    end = _end(tokenizer)
    return ids[:-1] if end and ids[-1:] == end else ids  # some tokenizers end every text by themselves


def _end(tokenizer: Any) -> list[int]:
    return [] if tokenizer.eos_token_id is None else [int(tokenizer.eos_token_id)]


def _padding(tokenizer: Any) -> int:
    return int(next((x for x in (tokenizer.pad_token_id, tokenizer.eos_token_id) if x is not None), 0))


# -- records -----------------------------------------------------------------------------------------------------------
def _are_records(columns: Iterable[str]) -> bool:
    names = set(columns)
    return bool(names & set(_CHATS)) or bool(names & set(_PROMPTS) and names & set(_ANSWERS))


def _parsed(path: Path, text: str) -> Iterator[Any]:
    """The objects of a JSON lines file, or of the list in a JSON file."""
    if path.suffix.lower() == ".json":
        try:
            whole = parse_json(text)
        except ValueError as error:
            raise BadInput("The file is not JSON", where=str(path), why=str(error), advice=_ADVICE) from None
        if not isinstance(whole, list):
            raise BadInput("The JSON file holds no list of records", where=str(path), advice=_ADVICE)
        yield from whole
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield parse_json(line)
            except ValueError as error:
                where = f"{path}, line {number}"
                raise BadInput("A line is not JSON", where=where, why=str(error), advice=_ADVICE) from None


def _prompt(record: Mapping[str, Any]) -> str | None:
    """An instruction and what it is about are one prompt."""
    name = next((key for key in _PROMPTS if record.get(key)), None)
    if name is None:
        return None
    more = record.get("input") if name == "instruction" else None
    return f"{record[name]}\n\n{more}" if more else str(record[name])


def _messages(chat: Any, where: str) -> list[dict[str, str]]:
    try:
        messages = [(str(turn.get("role") or turn["from"]), turn.get("content", turn.get("value"))) for turn in chat]
        if not messages or not all(isinstance(content, str) for _, content in messages):
            raise TypeError
    except (AttributeError, KeyError, TypeError):
        raise BadInput("A chat is not a list of turns", where=where, advice=_ADVICE) from None
    return [{"role": _ROLES.get(role, role), "content": content} for role, content in messages]
