"""Machines by name, and a run on one of them through an ssh that a test makes."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from engine import resources
from engine.base.errors import BadInput
from engine.cli.main import main
from engine.contracts.events import LayerDone, RunChanged, from_line
from engine.machines.records import read_machines
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.folder import RunFolder
from engine.record.home import Home
from tests.engine.machines.simulated_machine import simulated

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
    there = json.loads((far / "runs" / shown["run"] / "report.json").read_text())
    assert [stage["metrics"] for stage in report["stages"]] == [stage["metrics"] for stage in there["stages"]]
    assert str(far) not in json.dumps(report["stages"]) and report["folder"] == str(folder)
    assert report["stages"][-1]["metrics"]["perplexity"] > 1
    events = [from_line(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert [event.state for event in events if isinstance(event, RunChanged)][-1] == "done"
    assert not (workspace.root / "artifacts").exists() and any((far / "artifacts").iterdir())

    assert main(["machines", "check", "box"]) == 0
    checked = capsys.readouterr().out
    assert "box can be used" in checked and "device: cpu" in checked and "GB" in checked

    assert main(["history", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)["runs"]
    assert (listed["id"], listed["status"], listed["folder"]) == (shown["run"], "done", str(folder))
    assert main(["resume", shown["run"]]) == 2
    assert f"resume {shown['run']} --on box" in capsys.readouterr().err


def test_results_and_weights_of_a_model_that_was_sent(
    workspace: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder and a text that are only here are read there."""
    far = tmp_path / "far"
    monkeypatch.setattr("engine.machines.session.EngineProcess", simulated(Home(far)))
    shutil.copytree(resources.path("sample", "model"), tmp_path / "mine")
    (tmp_path / "text.txt").write_text("All that is measured here is a short text of a few words. " * 40)
    measured = Evaluation(text=str(tmp_path / "text.txt"), window_size=32, num_windows=2)
    mine = Pipeline.linear(
        [("model", {"model": str(tmp_path / "mine")}), ("round_to_nearest", {})], evaluation=measured
    )
    (tmp_path / "p.json").write_text(mine.to_json())
    assert main(["machines", "add", "box", "me@gpu"]) == 0
    assert main(["run", str(tmp_path / "p.json"), "--on", "box", "--quiet"]) == 0
    capsys.readouterr()
    sent = sorted(path.name for path in far.glob("received/models/*/*"))
    assert "text.txt" in sent and "config.json" in sent

    assert main(["results", "--on", "box", "--json"]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert run["status"] == "done"
    shutil.rmtree(workspace.root / "far")
    assert main(["results", "--on", "box", run["id"], "--fetch", "--json", "--quiet"]) == 0
    shown = json.loads(capsys.readouterr().out)
    weights = Path(shown["weights"])
    assert shown["report"]["stages"][-1]["artifact"] == str(weights)
    made = {path.name: path.read_bytes() for path in weights.iterdir()}
    (artifact,) = [path for path in (far / "artifacts").iterdir() if (path / "compression.json").is_file()]
    assert made == {path.name: path.read_bytes() for path in artifact.iterdir() if not path.name.startswith(".")}
    folder = RunFolder(Path(shown["folder"]))
    assert any(isinstance(event, LayerDone) for event in folder.events()) and (folder.path / "report.html").is_file()
    assert main(["resume", "--on", "box", run["id"], "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "done"
    assert main(["resume", "--on", "box", "2026-01-01-000000-abcd"]) == 1
    assert "Run not found" in capsys.readouterr().err
