"""Verifying an export has the limits of opening a model: what stands in its files is looked at before a library is."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.base.errors import BadInput, Cancelled
from engine.export.formats.dense import Dense
from engine.export.record import RECORD, digests
from engine.export.verification import check as verifying
from engine.export.verification import limits
from engine.export.verification.check import export, verify
from engine.models.source import open_model
from engine.testing.models import tiny_model

Tiny = Callable[[str], Path]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("limits")
    assert export(tiny_model("llama", folder / "m"), "dense", folder / "out", {}, lambda *_: None, lambda: None).ok
    return folder / "out"


@pytest.fixture
def copy(exported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported, tmp_path / "copy"))


def change(folder: Path, **entries: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | entries), "utf-8")


def again(folder: Path) -> Any:
    return verify(folder, lambda *_: None, lambda: None)


@pytest.mark.usefixtures("warm_reader")
@pytest.mark.parametrize(
    "entries",
    [
        {"num_labels": 9007199254740991},
        {"num_hidden_layers": 100_000_000},
        {"num_hidden_layers": 4096, "vocab_size": 9},
    ],
)
def test_a_config_that_no_model_has_is_given_to_no_library(entries: dict[str, int], copy: Path) -> None:
    change(copy, **entries)
    verified = again(copy)
    assert not verified.ok and "it can't be loaded: The " in verified.sentence and "config.json" in verified.sentence
    assert "config.json was changed" in verified.sentence


def test_every_file_that_a_loader_reads_is_noticed(copy: Path) -> None:
    record = json.loads((copy / RECORD).read_text("utf-8"))
    assert {"config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"} <= set(record["files"])
    assert RECORD not in record["files"] and "README.md" not in record["files"]
    with (copy / "tokenizer_config.json").open("a") as file:
        file.write("\n")
    (copy / "chat_template.jinja").write_text("{{ messages }}")
    (copy / "notes.txt").write_text("mine")
    sentence = again(copy).sentence
    assert "tokenizer_config.json was changed" in sentence and "chat_template.jinja was added" in sentence
    assert "notes.txt" not in sentence


@pytest.mark.usefixtures("warm_reader")
def test_records_of_the_first_version_are_read(copy: Path) -> None:
    record = json.loads((copy / RECORD).read_text("utf-8"))
    record |= {"version": 1, "files": digests(copy, lambda: None, version=1)}
    assert set(record["files"]) == {"model.safetensors"}
    (copy / RECORD).write_text(json.dumps(record), "utf-8")
    assert again(copy).ok


@pytest.fixture
def endless(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An export whose reader never ends."""
    (tmp_path / "endless.py").write_text("import time\nwhile True: time.sleep(1)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    class Endless(Dense):
        verifier = "endless"

    kind = Endless()
    monkeypatch.setattr(verifying, "export_format", lambda _: kind)
    return copy


@pytest.mark.parametrize("limit", ["SECONDS", "BYTES"])
def test_a_reader_that_does_not_end_is_ended(limit: str, endless: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, limit, 0.2)
    monkeypatch.setattr(limits, "BYTES_PER_BYTE", 0)
    monkeypatch.setattr(limits, "BYTES_PER_SECOND", 1e12)
    verified = again(endless)
    assert not verified.ok and "which is more than its size needs" in verified.sentence
    assert verified.unchecked == (limit == "SECONDS"), "it waited, which says nothing about the files"
    assert not readers()


@pytest.mark.parametrize("kind", [Cancelled, KeyboardInterrupt])
def test_the_reader_ends_with_the_one_who_asked(kind: type[BaseException], endless: Path) -> None:
    until = time.monotonic() + 60

    def checkpoint() -> None:
        if readers():
            raise kind()
        assert time.monotonic() < until

    with pytest.raises(kind):
        verify(endless, lambda *_: None, checkpoint)
    assert not readers()


def readers() -> list[psutil.Process]:
    def is_reader(process: psutil.Process) -> bool:
        try:
            return "endless" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    return [process for process in psutil.Process().children(recursive=True) if is_reader(process)]


@pytest.mark.usefixtures("warm_reader")
@pytest.mark.parametrize("word", ["flash_attention_2", "someone/kernel", {"": "flash_attention_3"}])
def test_the_kernels_of_the_author_are_not_looked_for(word: Any, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In no config that is opened, and in none that transformers loads after an export."""
    change(copy, attn_implementation=word, _attn_implementation=word, _experts_implementation="someone/kernel")
    import transformers.modeling_utils as modeling

    asked: list[Any] = []
    original = modeling.PreTrainedModel._check_and_adjust_attn_implementation

    def noted(self: Any, implementation: Any, *words: Any, **more: Any) -> Any:
        asked.append(implementation)
        return original(self, implementation, *words, **more)

    monkeypatch.setattr(modeling.PreTrainedModel, "_check_and_adjust_attn_implementation", noted)
    assert open_model(copy).anatomy.kind == "decoder"
    assert asked and not [each for each in asked if each not in (None, "sdpa", "eager")]
    assert again(copy).sentence == "Not verified: config.json was changed."


def test_kernels_in_nested_configs_are_dropped_too() -> None:
    from engine.architecture.pretrained import without_kernels

    given = {"a": 1, "text_config": {"_attn_implementation": "x", "b": [{"attn_implementation": "y", "c": 2}]}}
    assert without_kernels(given) == {"a": 1, "text_config": {"b": [{"c": 2}]}}


@pytest.mark.parametrize(
    "damage",
    [
        lambda record: record.pop("files"),
        lambda record: record.update(format=7),
        lambda record: record.update(text="abc"),
        lambda record: record.update(tolerance="x"),
        lambda record: record["expectation"].update(tokens=[[1], [1, 2]]),
        lambda record: record["expectation"].update(top=[[-1]]),
        lambda record: record["expectation"]["values"][0].append(1.0),
        lambda record: record["expectation"].update(rest=None),
        lambda record: record["expectation"].update(kind="other"),
    ],
)
def test_a_damaged_record_is_a_sentence(damage: Callable[[dict[str, Any]], Any], copy: Path) -> None:
    record = json.loads((copy / RECORD).read_text("utf-8"))
    damage(record)
    (copy / RECORD).write_text(json.dumps(record), "utf-8")
    with pytest.raises(BadInput, match="The record of what the model should give is damaged"):
        again(copy)
