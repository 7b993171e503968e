"""Readers that the machine ended: that says nothing about the files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from engine.base import children
from engine.export.verification import reader_process
from engine.export.verification.check import export, verify
from engine.export.verification.machine import is_memory, machine_reason

SAMPLE = Path(__file__).parents[3] / "resources" / "sample" / "model"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exported") / "out"
    assert export(SAMPLE, "container", out, {}, lambda *_: None, lambda: None).ok
    return out


def again(folder: Path) -> Any:
    return verify(folder, lambda *_: None, lambda: None)


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize(
    ("number", "said"), [(signal.SIGKILL, "memory ran out"), (signal.SIGSEGV, "crashed (SIGSEGV)")]
)
def test_a_reader_that_dies_of_a_signal_says_nothing_about_the_file(
    number: signal.Signals, said: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = children.start

    def begin(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        child = start(*arguments, **options)
        os.kill(child.pid, number)
        return child

    monkeypatch.setattr(reader_process.children, "start", begin)
    verified = again(folder)
    assert verified.unchecked and not verified.ok
    assert verified.sentence.startswith("Could not be checked here") and said in verified.sentence
    assert "can't be loaded" not in verified.sentence


def test_a_changed_weight_is_wrong_even_where_the_reader_dies(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = json.loads((folder / "verification.json").read_text("utf-8"))
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    name = next(name for name in record["files"] if name.endswith(".safetensors"))
    data = bytearray((tmp_path / name).read_bytes())
    data[-1] ^= 1
    (tmp_path / name).write_bytes(data)
    monkeypatch.setattr(
        "engine.export.verification.check.ask",
        lambda *_: (None, {"loaded_by": "", "faults": [], "unchecked": "memory ran out"}),
    )
    verified = again(tmp_path)
    assert not verified.ok and not verified.unchecked and f"{name} was changed" in verified.sentence


@pytest.mark.parametrize(
    ("status", "lines", "reason"),
    [
        (-9, [], "memory ran out"),
        (-6, ["terminate called after throwing an instance of 'std::bad_alloc'"], "memory ran out"),
        (1, ["RuntimeError: DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"], "memory ran"),
        (1, ["MemoryError"], "memory ran out"),
        (0xC0000005, [], "crashed (status 0xC0000005)"),
        (-7, ["a last word"], "crashed (SIGBUS); it said: a last word"),
        (1, ["ValueError: the config is damaged"], ""),
    ],
)
def test_what_an_end_says_about_the_machine(status: int, lines: list[str], reason: str) -> None:
    found = machine_reason(status, lines)
    assert reason in found and bool(reason) == bool(found)


def test_which_exceptions_mean_that_memory_ran_out() -> None:
    assert is_memory(MemoryError()) and is_memory(RuntimeError("std::bad_alloc"))
    assert not is_memory(RuntimeError("a size that does not fit"))
