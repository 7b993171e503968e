"""What is written follows no link and replaces nothing that a person did not say yes to."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.base.errors import BadInput
from engine.base.files import open_for_writing, write_text
from engine.calibration import imatrix
from engine.cli import main
from engine.contracts.events import Log
from engine.measure import machine
from engine.methods.quantization.gguf_quants.method import GgufQuants
from engine.methods.quantization.gguf_quants.settings import GgufQuantsSettings
from engine.models.source import open_model
from engine.record.folder import RunFolder

Tiny = Callable[[str], Path]
links = pytest.mark.skipif(os.name == "nt", reason="links need a right there")


@links
def test_the_log_of_a_run_is_not_written_through_a_link(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine\n")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "events.jsonl").symlink_to(precious)
    folder = RunFolder(tmp_path / "run")
    with pytest.raises(BadInput, match="is a link"):
        folder.append(Log(run="a", level="info", text="b"))
    assert precious.read_text() == "mine\n"


@links
@pytest.mark.parametrize("no_follow", [True, False])
def test_files_are_opened_where_they_are(no_follow: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the system's own word, and on systems that have none."""
    if not no_follow:
        monkeypatch.delattr(os, "O_NOFOLLOW")
    for name, target in (("a", tmp_path / "there"), ("b", tmp_path / "nowhere")):
        (tmp_path / "there").write_text("mine")
        (tmp_path / name).symlink_to(target)
        with pytest.raises(BadInput, match="is a link"):
            open_for_writing(tmp_path / name, os.O_WRONLY | os.O_TRUNC)
    assert (tmp_path / "there").read_text() == "mine" and not (tmp_path / "nowhere").exists()
    os.close(open_for_writing(tmp_path / "new", os.O_WRONLY))
    assert (tmp_path / "new").is_file()


@links
def test_a_file_that_is_written_whole_replaces_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    (tmp_path / "a").symlink_to(tmp_path / "there")
    import threading

    (tmp_path / f".a.{os.getpid()}.{threading.get_ident()}.part").symlink_to(tmp_path / "there")
    write_text(tmp_path / "a", "new")
    assert (tmp_path / "there").read_text() == "mine" and (tmp_path / "a").read_text() == "new"


def test_an_importance_matrix_replaces_its_own_kind_alone(tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny("llama"))
    inputs = {"blk.0.attn_q.weight": 64, "blk.0.ffn_down.weight": 96}

    def written(path: Path, text: str, names: dict[str, int]) -> None:
        imatrix.write(path, {n: torch.ones(size) for n, size in names.items()}, text=text, chunks=1, chunk_size=8)

    def problems(path: Path) -> list[str]:
        given = {"type": "Q4_0", "method": "nearest", "save_imatrix": str(path), "text": "a.txt"}
        settings = GgufQuantsSettings.parse(given, where="here")
        return [each.message for each in GgufQuants().check(model.anatomy, settings) if each.severity == "error"]

    path = tmp_path / "matrix.gguf"
    assert problems(path) == []
    written(path, "a.txt", inputs)
    assert problems(path) == []
    written(path, "b.txt", inputs)
    assert problems(path) == ["The importance matrix would replace a file"]
    written(path, "a.txt", {**inputs, "blk.0.attn_q.weight": 32})
    assert len(problems(path)) == 1
    written(path, "a.txt", {"blk.77.attn_q.weight": 64})
    assert len(problems(path)) == 1
    path.write_bytes(b"a diary")
    assert len(problems(path)) == 1 and len(problems(tmp_path)) == 1
    path.unlink()
    if os.name != "nt":
        written(tmp_path / "real.gguf", "a.txt", inputs)
        path.symlink_to(tmp_path / "real.gguf")
        assert len(problems(path)) == 1


def test_a_survey_is_saved_beside_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.json").write_text("mine")
    assert main(["survey", "sample", "round_to_nearest", "--save", str(tmp_path / "p.json")]) == 2
    assert "would replace a file" in capsys.readouterr().err and (tmp_path / "p.json").read_text() == "mine"


@pytest.mark.skipif(os.name == "nt", reason="there are no such modes there")
def test_locks_and_timings_are_the_persons_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))
    before = os.umask(0)
    try:
        machine.seconds("a test", "cpu", lambda: torch.zeros(1))
    finally:
        os.umask(before)
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "home").rglob("*")}
    assert found == {"cache": 0o700, "timings.json": 0o600, "timings.lock": 0o600}
