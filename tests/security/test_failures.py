"""What a library or a kill does in the middle: a sentence and a closed run, and no export that nobody has verified."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import BadInput
from engine.export.verification import check as verifying
from engine.export.verification.check import export
from engine.methods.quantization.round_to_nearest.method import RoundToNearest
from engine.pipeline.document import Pipeline
from engine.record.history import History
from engine.record.home import Home
from engine.run import runner

pytestmark = pytest.mark.usefixtures("warm_readers")
Tiny = Callable[[str], Path]


class PanicException(BaseException):
    """What pyo3 raises when a library in Rust panics."""


def pipeline(model: Path) -> Pipeline:
    steps = [("model", {"model": str(model)}), ("round_to_nearest", {"format": "int8", "group_size": 32})]
    made = Pipeline.linear(steps)
    return made.with_evaluation(made.evaluation.replace(when="never"))


@pytest.mark.parametrize("place", ["block", "run"])
def test_the_panic_of_a_library_ends_a_run(
    place: str, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def panic(*_: Any, **__: Any) -> Any:
        raise PanicException("Onig: Regex search error: retry-limit-in-match over")

    if place == "block":
        monkeypatch.setattr(RoundToNearest, "apply", panic)
    else:
        monkeypatch.setattr(runner.Runner, "_prepare", panic)
    home = Home(tmp_path / "home")
    outcome = runner.start(pipeline(tiny("llama")), home=home)
    assert outcome.status == "failed" and "A library could not go on" in str(outcome.error)
    assert outcome.folder.report()["status"] == "failed"
    history = History.open(home)
    assert [run.status for run in history.runs(5)] == ["failed"]
    history.close()


def test_an_exit_is_no_failure(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(*_: Any, **__: Any) -> Any:
        raise SystemExit(3)

    monkeypatch.setattr(RoundToNearest, "apply", leave)
    with pytest.raises(SystemExit):
        runner.start(pipeline(tiny("llama")), home=Home(tmp_path / "home"))


def written(source: Path, folder: Path) -> verifying.Verified:
    return export(source, "dense", folder, {}, lambda *_: None, lambda: None)


def test_an_export_that_is_killed_while_it_is_verified_has_no_name(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: list[bool] = []
    verify = verifying.verify

    def watched(folder: Path, *more: Any) -> Any:
        there.append((tmp_path / "out").exists())
        assert folder.name == "out" and (folder / "config.json").exists()
        return verify(folder, *more)

    monkeypatch.setattr(verifying, "verify", watched)
    pid = os.fork() if hasattr(os, "fork") else None
    if pid == 0:
        monkeypatch.setattr(verifying, "ask", lambda *_: os._exit(9))
        written(tiny("llama"), tmp_path / "out")
    if pid:
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
        assert not (tmp_path / "out").exists()
    verified = written(tiny("llama"), tmp_path / "out")
    assert verified.ok and verified.folder == tmp_path / "out" and there == [False]
    assert "## Verification" in (tmp_path / "out" / "README.md").read_text("utf-8")


def test_what_does_not_verify_keeps_its_name(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "changed_files", lambda *_: ["model.safetensors was changed"])
    assert not written(tiny("llama"), tmp_path / "out").ok
    assert "Not verified" in (tmp_path / "out" / "README.md").read_text("utf-8")


def test_a_model_without_tokenizer_is_exported_with_a_warning(tiny: Tiny, tmp_path: Path) -> None:
    source = Path(shutil.copytree(tiny("llama"), tmp_path / "m"))
    for file in source.glob("*token*"):
        file.unlink()
    verified = written(source, tmp_path / "out")
    assert verified.ok and verifying.NO_TOKENIZER in verified.warnings and verifying.NO_TOKENIZER in verified.sentence
    assert verifying.NO_TOKENIZER in (tmp_path / "out" / "README.md").read_text("utf-8")
    again = verifying.verify(tmp_path / "out", lambda *_: None, lambda: None)
    assert again.ok and verifying.NO_TOKENIZER in again.sentence


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"model": {"type": "BPE"}})])
def test_a_broken_tokenizer_is_not_exported(content: str, tiny: Tiny, tmp_path: Path) -> None:
    source = Path(shutil.copytree(tiny("llama"), tmp_path / "m"))
    (source / "tokenizer.json").write_text(content, "utf-8")
    with pytest.raises(BadInput, match="tokenizer"):
        written(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_links_out_of_the_folder_do_not_travel(tiny: Tiny, tmp_path: Path) -> None:
    secret = tmp_path / "id_rsa"
    secret.write_text("secret", "utf-8")
    source = Path(shutil.copytree(tiny("llama"), tmp_path / "m"))
    (source / "LICENSE").symlink_to(secret)
    (source / "NOTICE").symlink_to(source / "config.json")
    (source / "generation_config.json").unlink(missing_ok=True)
    (source / "generation_config.json").symlink_to("/etc/passwd")
    written(source, tmp_path / "out")
    assert not (tmp_path / "out" / "LICENSE").exists() and (tmp_path / "out" / "NOTICE").exists()
    assert not (tmp_path / "out" / "generation_config.json").exists()


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_the_cache_of_the_hub_is_made_of_links(tiny: Tiny, tmp_path: Path) -> None:
    from engine.checkpoints.checkpoint import read_header

    blobs, snapshot = tmp_path / "models--a--b" / "blobs", tmp_path / "models--a--b" / "snapshots" / "c0ffee"
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for number, file in enumerate(sorted(tiny("llama").iterdir())):
        shutil.copy(file, blobs / str(number))
        (snapshot / file.name).symlink_to(blobs / str(number))
    names = {path.name for path in read_header(tiny("llama")).companions}
    assert {path.name for path in read_header(snapshot).companions} == names
    (tmp_path / "secret").write_text("secret")
    (snapshot / "LICENSE").symlink_to(tmp_path / "secret")
    assert {path.name for path in read_header(snapshot).companions} == names
