"""Looking at a text before it is used, and searching the hub."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.base.errors import BadInput
from engine.data.looking import BEGINNING, describe_text, search_datasets


class Words:
    """A tokenizer whose tokens are words."""

    chat_template = None
    eos_token_id = None
    model_max_length = 10**9

    def __call__(self, text: str, **options: Any) -> dict[str, list[int]]:
        return {"input_ids": [hash(word) % 1000 for word in text.split()]}

    def decode(self, ids: list[int]) -> str:
        return " ".join(map(str, ids))


def test_a_plain_text_is_counted_as_the_tokenizer_reads_it() -> None:
    found = describe_text("mixed:dialogue", "validation", Words())
    assert found.records is None and found.tokens is not None and 10_000 < found.tokens < found.characters / 3
    assert len(found.beginning) == BEGINNING and found.chat_template is False
    assert describe_text("mixed:dialogue", "validation").tokens is None


def test_records_are_counted_with_what_is_learned_from_them(tmp_path: Path) -> None:
    file = tmp_path / "chats.jsonl"
    lines = [{"prompt": "one two", "answer": "three"}, {"text": "four five"}]
    file.write_text("\n".join(map(json.dumps, lines)))
    found = describe_text(str(file), tokenizer=Words())
    assert (found.records, found.tokens, found.characters) == (2, 5, 21)
    assert "one two" in describe_text(str(file)).beginning


def test_a_record_that_says_nothing_is_named(tmp_path: Path) -> None:
    file = tmp_path / "chats.jsonl"
    file.write_text('{"text": "fine"}\n{"nothing": 1}')
    with pytest.raises(BadInput, match="record 2"):
        describe_text(str(file), tokenizer=Words())


def test_the_hub_is_searched_with_licenses(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [SimpleNamespace(id="a/b", downloads=7, gated="auto", tags=["language:en", "license:mit"])]
    monkeypatch.setattr("huggingface_hub.list_datasets", lambda **asked: iter(listed))
    (found,) = search_datasets("b")
    assert (found.name, found.downloads, found.license, found.gated) == ("a/b", 7, "mit", True)


def test_without_a_network_the_reason_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**asked: Any) -> None:
        raise ConnectionError("no route to the hub\nand more")

    monkeypatch.setattr("huggingface_hub.list_datasets", fail)
    with pytest.raises(BadInput, match="no route to the hub") as caught:
        search_datasets("b")
    assert "and more" not in str(caught.value)
