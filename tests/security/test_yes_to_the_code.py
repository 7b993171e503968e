"""The code that runs is the code that a yes was said to: wherever it is loaded, and however a model names it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.architecture import pretrained
from engine.base.errors import BadInput
from engine.checkpoints import consent
from engine.export.verification.check import export, verify
from engine.models.source import load_tokenizer, open_model

Tiny = Callable[[str], Path]
OWN = (
    "open({trace!r}, 'a').write({word!r})\n"
    "from transformers import LlamaConfig, LlamaForCausalLM\n"
    "class OwnConfig(LlamaConfig):\n    model_type = 'own_code'\n"
    "class OwnModel(LlamaForCausalLM):\n    config_class = OwnConfig\n"
)
NAMED = {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnModel"}


@pytest.fixture
def brought(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model with code of its own, to which somebody said yes."""
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))
    folder = Path(shutil.copytree(tiny("llama"), tmp_path / "m"))
    change(folder, model_type="own_code", architectures=["OwnModel"], auto_map=NAMED)
    write(folder / "own.py", tmp_path, "good ")
    consent.give(consent.code_in(folder), "m")
    return folder


def change(folder: Path, **entries: Any) -> None:
    """Entries of config.json."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | entries), "utf-8")


def write(path: Path, tmp_path: Path, word: str) -> None:
    """Code that leaves ``word`` in the file "ran"."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(OWN.format(trace=str(tmp_path / "ran"), word=word), "utf-8")


def ran(tmp_path: Path) -> set[str]:
    """The words of all code that ran, forgotten afterwards."""
    path = tmp_path / "ran"
    found = set(path.read_text("utf-8").split()) if path.exists() else set()
    path.unlink(missing_ok=True)
    return found


def looked(folder: Path) -> Any:
    return verify(folder, lambda *_: None, lambda: None)


@pytest.fixture
def exported(brought: Path, tmp_path: Path) -> Path:
    verified = export(brought, "dense", tmp_path / "out", {}, lambda *_: None, lambda: None)
    assert verified.ok, verified.sentence
    assert ran(tmp_path) == {"good"}
    return tmp_path / "out"


@pytest.mark.usefixtures("warm_reader")
def test_a_reference_elsewhere_runs_nothing(exported: Path, tmp_path: Path) -> None:
    write(exported / "sub" / "evil.py", tmp_path, "evil ")
    write(tmp_path / "evil.py", tmp_path, "evil ")
    for reference in ("sub/evil", "sub\\evil", "../evil", "evil/repo--own", "sub.evil", ""):
        classes = {"AutoConfig": f"{reference}.OwnConfig", "AutoModelForCausalLM": f"{reference}.OwnModel"}
        change(exported, auto_map=classes)
        verified = looked(exported)
        assert not verified.ok and "The code that the model 'own_code' needs" in verified.sentence, reference
        with pytest.raises(BadInput, match=r"lies in another|can't be found"):
            open_model(exported)
        assert not ran(tmp_path), reference


def test_verify_runs_what_was_read_not_what_lies_there_now(exported: Path, tmp_path: Path) -> None:
    write(exported / "own.py", tmp_path, "other ")
    verified = looked(exported)
    assert not verified.ok and "own.py would run with all your rights" in verified.sentence
    assert "own.py was changed" in verified.sentence and not ran(tmp_path)


def test_the_copy_is_read_whatever_becomes_of_the_folder(brought: Path, tmp_path: Path) -> None:
    """Also by transformers' own way of loading, which takes the model's folder for its weights."""
    code = consent.code_in(brought)
    write(brought / "own.py", tmp_path, "other ")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consent, "code_in", lambda folder: code)
        pretrained.stock_model(brought, "AutoModelForCausalLM", None)
    assert ran(tmp_path) == {"good"}


def test_what_travels_is_what_was_read(brought: Path, tmp_path: Path) -> None:
    model = open_model(brought)
    before = (brought / "own.py").read_bytes()
    write(brought / "own.py", tmp_path, "other ")
    copied = next(path for path in model.companions if path.name == "own.py")
    assert copied.read_bytes() == before


def test_code_that_is_a_link_out_of_the_folder_is_refused(brought: Path, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere.py", tmp_path, "linked ")
    (brought / "own.py").unlink()
    (brought / "own.py").symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(BadInput, match="a link to a file outside"):
        open_model(brought, trust_remote_code=True)
    assert not ran(tmp_path)


def test_a_class_of_a_file_that_is_not_there_is_named(brought: Path) -> None:
    change(brought, auto_map={**NAMED, "AutoConfig": "gone.OwnConfig"})
    with pytest.raises(BadInput, match=r"there is no gone\.py"):
        open_model(brought)


@pytest.mark.parametrize(
    "named", [["evil/repo--tok.Tok", None], {"AutoTokenizer": ["evil/repo--tok.Tok"]}, [["evil/repo--tok.Tok"]]]
)
def test_a_tokenizer_of_another_repository_is_refused(
    named: Any, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))
    folder = Path(shutil.copytree(tiny("llama"), tmp_path / "t"))
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "Tok", "auto_map": named}), "utf-8")
    (folder / "benign.py").write_text("x = 1\n", "utf-8")
    consent.give(consent.code_in(folder), "t")
    import transformers.dynamic_module_utils as loading

    monkeypatch.setattr(loading, "get_class_from_dynamic_module", lambda *_, **__: pytest.fail("it was loaded"))
    with pytest.raises(BadInput) as refused:
        load_tokenizer(folder)
    if not isinstance(named, list) or isinstance(named[0], str):
        assert "another repository" in str(refused.value)
