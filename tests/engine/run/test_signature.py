"""Signatures: stable, and sensitive to what matters only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine import resources
from engine.base import pinned
from engine.checkpoints.checkpoint import read_header
from engine.contracts.settings import Settings, setting
from engine.data import texts
from engine.methods.base import MethodInfo
from engine.methods.registry import method
from engine.run.signature import block_signature, content_hash, digest, source_signature, stage_seed
from engine.testing.stage import compress


class TextSettings(Settings):
    """A method that reads a file."""

    text: str = setting("sample", title="Text", help="", kind="file")
    count: int = setting(4, title="Count", help="")


INFO = MethodInfo(
    id="reader", title="Reader", family="pruning", summary="", settings=TextSettings, algorithm="nowhere:Nothing"
)


def rtn(**values: object) -> str:
    info = method("round_to_nearest")
    return block_signature(info, info.settings.parse(dict(values)), {"model": "abc"}, 0, "cpu")


def test_defaults_written_out_change_nothing() -> None:
    assert rtn() == rtn(format="int4", group_size=64)
    assert rtn() != rtn(group_size=32)


def test_everything_that_matters_changes_it() -> None:
    info = method("round_to_nearest")
    settings = info.settings()
    base = block_signature(info, settings, {"model": "abc"}, 0, "cpu")
    assert base != block_signature(info, settings, {"model": "abd"}, 0, "cpu")
    assert base != block_signature(info, settings, {"teacher": "abc"}, 0, "cpu")
    assert base != block_signature(info, settings, {"model": "abc"}, 1, "cpu")
    assert base != block_signature(info, settings, {"model": "abc"}, 0, "cuda")


def test_a_source_counts_by_its_content(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    info, copied = method("model"), tmp_path / "copied"
    shutil.copytree(tiny("llama"), copied)
    signature = source_signature(info, read_header(tiny("llama")))
    assert source_signature(info, read_header(copied)) == signature
    assert source_signature(info, read_header(tiny("gpt2"))) != signature


def test_an_artifact_counts_with_the_code_of_its_layers(
    tiny: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What opens it decides what its codes mean; a checkpoint holds plain weights."""
    info = method("model")
    compress(tiny("llama"), "round_to_nearest", {"group_size": 4}, tmp_path)
    headers = [read_header(path) for path in (tiny("llama"), tmp_path / "artifact")]
    assert [header.format for header in headers] == ["safetensors", "artifact"]
    before = [source_signature(info, header) for header in headers]
    monkeypatch.setattr("engine.run.signature.kinds", lambda: ())
    after = [source_signature(info, header) for header in headers]
    assert (before[0] == after[0], before[1] == after[1]) == (True, False)


def test_a_file_counts_by_its_content_not_by_its_path(tmp_path: Path) -> None:
    one, two, other = tmp_path / "one.txt", tmp_path / "two.txt", tmp_path / "other.txt"
    one.write_text("same")
    two.write_text("same")
    other.write_text("not the same")
    signatures = [block_signature(INFO, TextSettings(text=str(path)), {}, 0, "cpu") for path in (one, two, other)]
    assert signatures[0] == signatures[1] != signatures[2]
    one.write_text("changed")
    assert block_signature(INFO, TextSettings(text=str(one)), {}, 0, "cpu") != signatures[0]


def test_a_folder_of_texts_counts_by_the_content_of_its_files(tmp_path: Path) -> None:
    def signature(name: str) -> str:
        return block_signature(INFO, TextSettings(text=str(tmp_path / name)), {}, 0, "cpu")

    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        for file in ("a.txt", "b.txt"):
            (tmp_path / name / file).write_text(f"text of {file}")
    (tmp_path / "two" / "notes.md").write_text("not read")
    first = signature("one")
    assert signature("two") == first
    assert texts.load_text(str(tmp_path / "one")).sha256 == content_hash(tmp_path / "one")
    (tmp_path / "two" / "b.txt").write_text("changed")
    assert signature("two") != first
    (tmp_path / "one" / "c.txt").write_text("one more")
    assert signature("one") != first


@pytest.mark.parametrize("name", ["sample", "mixed", "sample:{domain}"])
@pytest.mark.parametrize("part", ["train", "validation"])
def test_a_text_that_ships_with_the_program_counts_by_its_content(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, part: str
) -> None:
    """A later version may ship another, under the same name."""
    word = name.partition(":")[0]
    folder, path = texts._FOLDERS[word], resources.path
    copy = shutil.copytree(path(*folder), tmp_path / "corpus")

    def there(*names: str) -> Path:
        return copy.joinpath(*names[len(folder) :]) if names[: len(folder)] == folder else path(*names)

    monkeypatch.setattr(resources, "path", there)
    file = sorted(copy.glob(f"*/{part}.txt"))[-1]
    settings = TextSettings(text=name.format(domain=file.parent.name))
    first = block_signature(INFO, settings, {}, 0, "cpu")
    assert block_signature(INFO, settings, {}, 0, "cpu") == first
    file.write_text("another text")
    assert block_signature(INFO, settings, {}, 0, "cpu") != first


def test_each_file_is_read_once_in_a_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "text.txt"
    file.write_text("a text")
    read: list[Path] = []
    opened = pinned.Pinned.open
    monkeypatch.setattr(pinned.Pinned, "open", lambda self: read.append(self.path) or opened(self))
    with pinned.session():
        for seed in range(3):
            block_signature(INFO, TextSettings(text=str(file)), {}, seed, "cpu")
        assert texts.load_text(str(file)).text == "a text"
    assert read.count(file) == 1


def test_the_same_in_every_process() -> None:
    program = (
        "from engine.methods.registry import method; from engine.run.signature import *\n"
        "info = method('round_to_nearest')\n"
        "print(block_signature(info, info.settings(), {'model': 'abc', 'a': 'b'}, 0, 'cpu'), stage_seed('x', 'y'))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


def test_pinned() -> None:
    """A change here makes every artifact that users have be computed again."""
    assert digest({"b": 1, "a": [1.5, None, "ä"]}) == "c9194e8c6bd7e1dfe2d404f26cecbefa"
    assert stage_seed("abc", "noise") == stage_seed("abc", "noise") != stage_seed("abc", "other")
    assert 0 <= stage_seed("abc") < 2**63


def test_the_content_of_domains_and_configs_counts(tmp_path: Path) -> None:
    """Also of files that stand inside a list, and of the config of a model's folder."""
    text, model = tmp_path / "a.txt", tmp_path / "model"
    model.mkdir()

    def signed(method_id: str, settings: dict[str, Any]) -> str:
        info = method(method_id)
        return block_signature(info, info.settings.parse(settings), {}, 0, "cpu")

    cases: list[tuple[Path, str, dict[str, Any]]] = [
        (text, "fine_tuning", {"domains": [f"one = {text}", "two=sample:stories"]}),
        (model / "config.json", "train_from_scratch", {"config": str(model)}),
        (model / "config.json", "width_pruning", {"target": "config", "config": str(model / "config.json")}),
        (text, "gptq", {"text": str(text)}),
    ]
    for file, method_id, settings in cases:
        file.write_text("{}")
        first = signed(method_id, settings)
        assert signed(method_id, settings) == first
        file.write_text("{ }")
        assert signed(method_id, settings) != first, method_id
