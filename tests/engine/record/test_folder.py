"""The run folder: torn lines, locks, folders that vanish, full disks."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.base.errors import BadInput, RunFailed
from engine.contracts.events import Event, Histogram, LayerDone, Log, Metric, StageChanged
from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run", Pipeline(name="A"), {"run": "r1", "seed": 3})


EVENTS: tuple[Event, ...] = (
    StageChanged(run="r1", block="b", state="running"),
    LayerDone(
        run="r1",
        block="b",
        layer="l",
        index=0,
        count=2,
        metrics={"sparsity": 0.5},
        before=Histogram(-1.0, 1.0, (1, 2, 3)),
    ),
    Log(run="r1", level="warning", text="Übertrag → ∞"),
    Metric(run="r1", block="b", name="loss", value=1.5, step=3),
)


def test_events_come_back_equal(folder: RunFolder) -> None:
    for event in EVENTS:
        folder.append(event)
    folder.close()
    assert list(RunFolder.open(folder.path).events()) == list(EVENTS)


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_a_torn_last_line_is_ignored_and_written_over(folder: RunFolder, cut: int) -> None:
    for event in EVENTS[:2]:
        folder.append(event)
    folder.close()
    path = folder.path / "events.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    again = RunFolder.open(folder.path)
    assert list(again.events()) == list(EVENTS[:1])
    again.append(EVENTS[2])
    again.close()
    assert list(again.events()) == [EVENTS[0], EVENTS[2]]


def test_lines_of_a_newer_version_are_left_out(folder: RunFolder) -> None:
    (folder.path / "events.jsonl").write_text('{"kind": "Hologram", "run": "r1"}\n[]\n', encoding="utf-8")
    folder.append(EVENTS[0])
    assert list(folder.events()) == list(EVENTS[:1])


def test_a_second_run_in_the_same_folder_is_refused(folder: RunFolder) -> None:
    with pytest.raises(BadInput, match="already a run"):
        RunFolder.create(folder.path, Pipeline(), {})


def test_another_process_is_told_who_holds_the_run(folder: RunFolder) -> None:
    program = (
        "import sys; from pathlib import Path; from engine.record.folder import RunFolder\n"
        "try:\n"
        "    with RunFolder.open(Path(sys.argv[1])).locked(): print('got it')\n"
        "except Exception as error: print(error)\n"
    )
    command = [sys.executable, "-c", program, str(folder.path)]
    with folder.locked():
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"process {os.getpid()}" in told and "executed already" in told
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "got it\n"


def test_a_folder_that_was_deleted_meanwhile_is_noticed(folder: RunFolder) -> None:
    folder.append(EVENTS[0])
    shutil.rmtree(folder.path)
    with pytest.raises(RunFailed, match="is gone"):
        folder.append(EVENTS[1])
    with pytest.raises(RunFailed, match="is gone"):
        folder.write_report({})
    assert not folder.path.exists()


def test_a_full_disk_is_a_sentence(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(RunFailed, match="disk is full"):
        folder.append(EVENTS[0])


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((BadInput, RunFailed)):
        RunFolder.create(tmp_path / "file" / "run", Pipeline(), {})
    with pytest.raises(BadInput, match="no run"):
        RunFolder.open(tmp_path)


def test_a_half_written_report_never_appears(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write_report({"status": "running"})

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(RunFailed):
        folder.write_report({"status": "done"})
    assert json.loads(folder.report_path.read_text()) == {"status": "running"}
    assert sorted(path.name for path in folder.path.iterdir()) == ["environment.json", "pipeline.json", "report.json"]
