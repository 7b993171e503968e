"""Machines by name, and a run on one of them through an ssh that a test makes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from engine.base.errors import BadInput
from engine.cli.main import main
from engine.contracts.events import RunChanged, from_line
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from engine.service.machines import read_machines

FAKE_SSH = Path(__file__).resolve().parents[2] / "fake_ssh.py"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "here"))
    return Home(tmp_path / "here")


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The workspace of the machine that ``ssh`` reaches."""
    folder, far = tmp_path / "bin", tmp_path / "far"
    folder.mkdir()
    program = folder / "ssh"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE_SSH}" "{far}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    yield far
    for process in psutil.process_iter(["cmdline"]):
        if str(far) in (process.info["cmdline"] or []):
            process.kill()


def test_machines_are_kept_by_name(workspace: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["machines", "list"]) == 0
    assert main(["machines", "add", "box", "me@gpu", "--python", "/opt/x/bin/python", "--home", "/data"]) == 0
    assert main(["machines", "add", "a", "gpu2"]) == 0
    assert [record.name for record in read_machines(workspace)] == ["a", "box"]
    capsys.readouterr()
    assert main(["machines", "list"]) == 0
    assert "box  me@gpu  /opt/x/bin/python  /data" in capsys.readouterr().out
    assert main(["machines", "remove", "a"]) == 0
    assert [record.name for record in read_machines(workspace)] == ["box"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "box", "other"], "There is a machine of this name"),
        (["add", "../x", "other"], "This can't be the name of a machine"),
        (["add", "y", "-oProxyCommand=x"], "is not understood"),
        (["add", "y", "a b"], "ssh can't use this destination"),
        (["add", "y"], "The destination is missing"),
        (["check"], "The name of a machine is missing"),
        (["remove", "y"], "Unknown machine (y): there are box"),
        (["lend", "y"], "There is no action 'lend'"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    workspace: Home, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert main(["machines", "add", "box", "me@gpu"]) == 0
    assert main(["machines", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_a_damaged_list_is_refused(workspace: Home) -> None:
    workspace.root.mkdir(parents=True)
    (workspace.root / "machines.json").write_text('[{"name": 3}]')
    with pytest.raises(BadInput, match="damaged"):
        read_machines(workspace)


@pytest.mark.skipif(sys.platform == "win32", reason="a program of the shell")
def test_a_run_on_another_machine(
    workspace: Home, far: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measured = Evaluation(text="sample", window_size=64, num_windows=2)
    pipeline = Pipeline.linear([("model", {"model": "sample"}), ("round_to_nearest", {})], evaluation=measured)
    (tmp_path / "p.json").write_text(pipeline.to_json())
    assert main(["machines", "add", "box", "me@gpu"]) == 0
    capsys.readouterr()
    assert main(["run", str(tmp_path / "p.json"), "--on", "box", "--json", "--quiet"]) == 0
    shown = json.loads(capsys.readouterr().out)
    folder = Path(shown["folder"])
    assert shown["status"] == "done" and folder.is_relative_to(workspace.root / "far" / "box")
    report = json.loads((folder / "report.json").read_text())
    assert report == json.loads((far / "runs" / shown["run"] / "report.json").read_text())
    assert report["stages"][-1]["metrics"]["perplexity"] > 1
    events = [from_line(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert [event.state for event in events if isinstance(event, RunChanged)][-1] == "done"
    assert not (workspace.root / "artifacts").exists() and any((far / "artifacts").iterdir())

    assert main(["machines", "check", "box"]) == 0
    checked = capsys.readouterr().out
    assert "box can be used" in checked and "device: cpu" in checked and "GB" in checked

    there = Pipeline.linear([("model", {"model": str(tmp_path)}), ("round_to_nearest", {})])
    (tmp_path / "q.json").write_text(there.to_json())
    assert main(["run", str(tmp_path / "q.json"), "--on", "box"]) == 2
    refused = capsys.readouterr().err
    assert "box refuses the pipeline" in refused and "no files are sent yet" in refused
