"""Texts by name, and their windows of tokens."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from engine import resources
from engine.base import pinned
from engine.base.errors import BadInput
from engine.base.pinned import set_content
from engine.data import texts
from engine.data.batches import windows
from engine.data.texts import is_bundled, is_word, joined_hash, joined_rows, load_rows, load_text, suited
from engine.data.tokens import TEXTS_KEPT, token_ids
from engine.testing.models import byte_tokenizer


def test_a_file_is_read_with_its_hash_and_line_feeds(tmp_path: Path) -> None:
    data = "\ufeffÄpfel\r\nund Birnen\rdazu\n".encode()
    (tmp_path / "a.txt").write_bytes(data)
    text = load_text(str(tmp_path / "a.txt"))
    assert text.text == "Äpfel\nund Birnen\ndazu\n"
    assert text.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("sample", True), ("sample:stories", True), ("mixed", True), ("wiki.txt", False), ("hub:sample", False)],
)
def test_texts_that_ship_with_the_program(name: str, expected: bool) -> None:
    assert is_bundled(name) is expected


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"GGUF\x00\x01text", "not a text file"),
        (b"", "empty"),
        (b" \n\n ", "empty"),
        ("Äpfel".encode("latin-1"), "byte 0 can't be decoded"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    with pytest.raises(BadInput, match=sentence) as caught:
        load_text(str(tmp_path / "a.txt"))
    assert "a.txt" in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="text file was not found"):
        load_text(str(tmp_path / "none.txt"))


# -- folders -----------------------------------------------------------------------------------------------------------
def test_files_of_a_folder_take_turns(tmp_path: Path) -> None:
    """Each as often as its length asks for; what is no text by its name is not read."""
    long, short = (
        ["x" * texts._PIECE + f" {name}{number}" for number in range(count)] for name, count in (("b", 8), ("a", 2))
    )
    (tmp_path / "b.txt").write_text("\n\n".join(long))
    (tmp_path / "a.TXT").write_text("\n\n".join(short))
    (tmp_path / "table.bin").write_bytes(b"\0")
    (tmp_path / ".hidden.txt").write_text("hidden")
    text = load_text(str(tmp_path))
    order = [paragraph.split()[1] for paragraph in text.text.split("\n\n")]
    assert [name for name in order if name[0] == "b"] == [f"b{number}" for number in range(8)]
    assert [at for at, name in enumerate(order) if name[0] == "a"] == [2, 7]
    hashes = [hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("a.TXT", "b.txt")]
    assert text.sha256 == joined_hash(hashes)


def test_a_folder_of_one_file_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n\n\ntwo\n")
    alone, folder = load_text(str(tmp_path / "a.txt")), load_text(str(tmp_path))
    assert (folder.text, folder.sha256) == (alone.text, alone.sha256)


def test_files_of_a_folder_are_the_same_in_one_session(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("first")
    with pinned.session():
        before = load_text(str(tmp_path))
        (tmp_path / "b.txt").write_text("came later")
        assert load_text(str(tmp_path)) == before
    assert load_text(str(tmp_path)) != before


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ({}, "no file in it ends in .txt"),
        ({"notes.md": b"text"}, "no file in it ends in .txt"),
        ({"config.json": b"{}", "vocab.txt": b"[PAD]"}, "folder of a model"),
        ({"model.GGUF": b"GGUF", "LICENSE.txt": b"MIT"}, "folder of a model"),
        ({"adapter_model.safetensors": b"", "notes.txt": b"text"}, "folder of a model"),
        ({"a.txt": b"text", "b.txt": b""}, "empty.*b.txt"),
        ({"a.txt": b"text", "b.txt": b"\0"}, "not a text file.*b.txt"),
    ],
)
def test_what_is_no_folder_of_texts_is_refused(names: dict[str, bytes], sentence: str, tmp_path: Path) -> None:
    for name, data in names.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(BadInput) as caught:
        load_text(str(tmp_path))
    assert re.search(sentence, str(caught.value), re.DOTALL)


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another corpus in the place of the bundled one."""
    for domain in ("stories", "facts"):
        folder = tmp_path / "sample" / "corpus" / domain
        folder.mkdir(parents=True)
        (folder / "validation.txt").write_text(f"about {domain}")
        (folder / "train.txt").write_text("never measured")
    monkeypatch.setattr(resources, "ROOT", tmp_path)


def test_the_sample_joins_its_domains_in_alphabetical_order(corpus: None) -> None:
    assert load_text("sample").text == "about facts\n\nabout stories"
    assert load_text("sample:stories").text == "about stories"
    with pytest.raises(BadInput, match="it has facts, stories"):
        load_text("sample:poems")


def test_long_domains_of_the_sample_stand_one_behind_the_other_and_those_of_the_mix_take_turns(
    corpus: None, tmp_path: Path
) -> None:
    for domain in ("stories", "facts"):
        for folder in (tmp_path / "sample" / "corpus" / domain, tmp_path / "corpus" / domain):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "validation.txt").write_text("\n\n".join(f"{domain} {n} " + "x" * 3000 for n in range(8)))
    joined, mixed = (
        [word for word in load_text(name).text.split() if word in ("facts", "stories")] for name in ("sample", "mixed")
    )
    assert joined == ["facts"] * 8 + ["stories"] * 8
    assert sorted(mixed) == joined and mixed[:8].count("facts") == 4


@pytest.mark.parametrize(
    ("name", "part", "digest"),
    [
        ("sample", "train", "e4ed6b15bcf2cfc7f1fcf1e836023b5c4590d4b49c5354ffeb377465eb668cd8"),
        ("sample", "validation", "bc8f46da4e3d8919826a9af841941b516b993420c52a39deae418c4a96e6e05a"),
        ("mixed", "train", "0b112009a0e8d914a67148e317b230badfd7586c467d531783fdf75a4432b67d"),
        ("mixed", "validation", "e167931235d9860e1af7321f0e4077336006b4bde1e3b817870222a9dbf08cfe"),
    ],
)
def test_bundled_texts_are_those_of_all_figures(name: str, part: str, digest: str) -> None:
    """With another text, or its pieces in another order, no perplexity can be compared with an earlier one."""
    assert load_text(name, part).sha256 == digest


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sample", True),
        ("mixed:code", True),
        ("bundled", True),
        ("pipeline", True),
        ("model", True),
        ("hub:owner/name", True),
        ("samples", False),
        ("text.txt", False),
        ("/sample", False),
        ("bundled:code", False),
        ("", False),
    ],
)
def test_words_of_the_program_are_no_paths(name: str, expected: bool) -> None:
    assert is_word(name) is expected


@pytest.fixture(scope="module")
def datasets() -> Any:
    """The library takes seconds to load: only where it is used."""
    import datasets

    return datasets


@pytest.mark.parametrize("name", ["hub:", "hub:a//b", "hub:a/b/c/d/e"])
def test_hub_names_are_checked(name: str) -> None:
    with pytest.raises(BadInput, match="not the name of a data set"):
        load_text(name)


def test_the_hub_offline_gives_a_sentence(monkeypatch: pytest.MonkeyPatch, datasets: Any) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    with pytest.raises(BadInput, match="can't be loaded") as caught:
        load_text("hub:nobody/no-such-text/default/test")
    assert "network" in caught.value.advice


def test_a_data_set_is_asked_for_by_its_parts(monkeypatch: pytest.MonkeyPatch, datasets: Any) -> None:
    asked = []

    def load_dataset(name: str, config: str | None, split: str) -> Any:
        asked.append((name, config, split))
        return datasets.Dataset.from_dict({"id": [1, 2], "text": ["one", "two"]})

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    splits = ["train", "validation", "test"]
    monkeypatch.setattr(datasets, "get_dataset_split_names", lambda *_: splits)
    for name in ("wikitext", "owner/wikitext", "wikitext/raw/validation", "owner/wikitext/raw/validation"):
        assert load_text(f"hub:{name}").text == "one\n\ntwo"
    assert asked == [
        ("wikitext", None, "test"),
        ("owner/wikitext", None, "test"),
        ("wikitext", "raw", "validation"),
        ("owner/wikitext", "raw", "validation"),
    ]
    asked.clear()
    load_rows("hub:text", "train")
    splits.remove("test")
    load_rows("hub:text")
    splits[:] = ["all", "rest"]
    load_rows("hub:text")
    load_rows("hub:text", "train")
    assert [split for _, _, split in asked] == ["train", "validation", "all", "all"]


def test_without_its_library_a_data_set_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def require(extra: str, what: str) -> None:
        raise BadInput(f"{what} needs {extra}")

    monkeypatch.setattr(texts.extras, "require", require)
    with pytest.raises(BadInput, match="A data set of the hub needs hub"):
        load_text("hub:owner/name")


def test_the_text_column_is_found(datasets: Any) -> None:
    assert joined_rows(datasets.Dataset.from_dict({"n": [1], "body": ["a"], "text": ["b"]}), "x") == "b"
    assert joined_rows(datasets.Dataset.from_dict({"n": [1], "body": ["a"]}), "x") == "a"
    with pytest.raises(BadInput, match="its columns are n"):
        joined_rows(datasets.Dataset.from_dict({"n": [1]}), "x")


def test_windows_do_not_overlap() -> None:
    ids = torch.arange(23)
    assert windows(ids, 5, 2).tolist() == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
    assert windows(ids, 5, 0).shape == (4, 5) == windows(ids, 5, 99).shape
    with pytest.raises(BadInput, match="it has 23 tokens, the window 24"):
        windows(ids, 24)


def test_tokens_are_those_of_the_tokenizer_with_its_own_special_ones(tiny: Callable[[str], Path]) -> None:
    tokenizer = byte_tokenizer()
    assert token_ids(tokenizer, "Hé").tolist() == tokenizer("Hé")["input_ids"]
    assert len(token_ids(tokenizer, "Hé")) == 3
    assert token_ids(AutoTokenizer.from_pretrained(tiny("bert")), "abc").dtype == torch.int64


def test_a_text_is_tokenized_once_and_nobody_can_change_what_is_kept() -> None:
    class Counting:
        calls = 0

        def __call__(self, text: str, **_: bool) -> dict[str, list[int]]:
            self.calls += 1
            return {"input_ids": [ord(letter) for letter in text]}

    one, other = Counting(), Counting()
    token_ids(one, "abc").zero_()
    assert token_ids(one, "abc").tolist() == [97, 98, 99] and one.calls == 1
    token_ids(other, "abc")
    assert other.calls == 1
    for number in range(TEXTS_KEPT):
        token_ids(one, str(number))
    token_ids(one, "abc")
    assert one.calls == 2 + TEXTS_KEPT, "the oldest text is forgotten"


def test_tokenizers_of_the_same_files_share_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each thread loads a tokenizer of its own; a text is tokenized once in the process."""

    class Counting:
        calls = 0

        def __call__(self, text: str, **_: bool) -> dict[str, list[int]]:
            Counting.calls += 1
            return {"input_ids": [ord(letter) for letter in text]}

    one, again, other = Counting(), Counting(), Counting()
    for tokenizer, content in ((one, "files"), (again, "files"), (other, "other files")):
        set_content(tokenizer, content)
    token_ids(one, "shared").zero_()
    assert token_ids(again, "shared").tolist() == [ord(letter) for letter in "shared"] and Counting.calls == 1
    assert token_ids(again, "shared").dtype == torch.int64
    token_ids(other, "shared")
    assert Counting.calls == 2, "other files may have other tokens"
    monkeypatch.setattr("engine.data.tokens.SHARED_BYTES", 12)
    token_ids(one, "too long")
    token_ids(again, "too long")
    assert Counting.calls == 4, "a text that takes more than all of the memory is not shared"
    token_ids(one, "abc")
    token_ids(again, "shared")
    fresh = Counting()
    set_content(fresh, "files")
    token_ids(fresh, "shared")
    assert Counting.calls == 6, "the least recently used text goes first"


def test_the_sample_gets_its_own_text_by_name_and_by_path() -> None:
    assert suited("sample") == suited(str(resources.path("sample", "model"))) == "sample"
    assert suited("owner/name") == suited("~nobody-here/model") == "mixed"


def test_the_sample_is_known_where_the_files_of_the_program_are_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "model"
    link.symlink_to(resources.path("sample", "model"), target_is_directory=True)
    monkeypatch.setattr(resources, "path", lambda *_: link)
    assert suited(str(link)) == suited(str(link.resolve())) == "sample"
    assert suited(str(tmp_path)) == suited("\0") == "mixed"
