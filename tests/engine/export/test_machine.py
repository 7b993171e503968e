"""The end of a reader: what lies in the machine, and what in the files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.base import children
from engine.export.verification import reader_process
from engine.export.verification.check import export, verify
from engine.export.verification.limits import Limits
from engine.export.verification.machine import End, end_of, is_memory

SAMPLE = Path(__file__).parents[3] / "resources" / "sample" / "model"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exported") / "out"
    assert export(SAMPLE, "container", out, {}, lambda *_: None, lambda: None).ok
    return out


def again(folder: Path) -> Any:
    return verify(folder, lambda *_: None, lambda: None)


def ended_by(numbers: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The readers that are started end by these signals, one after the other; 0: by themselves."""
    start = children.start

    def begin(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        child = start(*arguments, **options)
        if number := numbers.pop(0):
            os.kill(child.pid, number)
        return child

    monkeypatch.setattr(reader_process.children, "start", begin)


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize(("number", "said"), [(signal.SIGKILL, "memory ran out"), (signal.SIGILL, "crashed (SIGILL)")])
def test_a_reader_that_the_machine_ended_says_nothing_about_the_file(
    number: signal.Signals, said: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended_by([number], monkeypatch)
    verified = again(folder)
    assert verified.unchecked and not verified.ok
    assert verified.sentence.startswith("Could not be checked here") and said in verified.sentence
    assert "can't be loaded" not in verified.sentence


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([signal.SIGABRT], "it can't be loaded: the program that read the files gave up on them (SIGABRT)"),
        ([signal.SIGSEGV, signal.SIGSEGV], "crashed (SIGSEGV), and so did a second one"),
    ],
)
def test_a_reader_that_gives_up_or_crashes_twice_is_a_fault_of_the_file(
    numbers: list[int], said: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended_by(numbers, monkeypatch)
    verified = again(folder)
    assert not verified.ok and not verified.unchecked and said in verified.sentence and not numbers


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_crash_that_does_not_come_again_is_forgotten(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended_by([signal.SIGSEGV, 0], monkeypatch)
    assert again(folder).ok


def test_more_memory_than_the_size_explains_lies_in_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.export.verification.limits.BYTES", 1)
    own = Limits(os.getpid(), [])
    assert "of memory, which is more than its size needs" in own.exceeded().file
    assert not own.exceeded().machine


def test_a_process_that_ended_at_once_exceeds_nothing() -> None:
    ended = subprocess.Popen([sys.executable, "-S", "-c", ""])
    ended.wait()
    assert Limits(ended.pid, []).exceeded() == End()


@pytest.mark.parametrize("busy", [True, False])
def test_seconds_lie_in_the_files_where_a_processor_worked_all_the_time(
    busy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.export.verification.limits.SECONDS", 0.0 if busy else 1e6)
    own = Limits(os.getpid(), [])
    if not busy:
        own._started -= 2e6
    end = own.exceeded()
    assert bool(end.file) == busy and bool(end.machine) != busy


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
    ("status", "lines", "machine", "file", "recurs"),
    [
        (-9, [], "memory ran out", "", False),
        (-6, ["terminate called after throwing an instance of 'std::bad_alloc'"], "memory ran out", "", False),
        (1, ["RuntimeError: DefaultCPUAllocator: can't allocate memory: you tried"], "memory ran", "", False),
        (1, ["MemoryError"], "memory ran out", "", False),
        (-6, ["GGML_ASSERT(n > 0) failed"], "", "gave up on them (SIGABRT): GGML_ASSERT(n > 0) failed", False),
        (0xC0000409, [], "", "gave up on them (status 0xC0000409)", False),
        (-11, [], "crashed (SIGSEGV)", "", True),
        (0xC0000005, [], "crashed (status 0xC0000005)", "", True),
        (-7, ["a last word"], "crashed (SIGBUS); it said: a last word", "", False),
        (1, ["ValueError: the config is damaged"], "", "", False),
    ],
)
def test_what_an_end_says(status: int, lines: list[str], machine: str, file: str, recurs: bool) -> None:
    end = end_of(status, lines)
    assert machine in end.machine and file in end.file and end.recurs == recurs
    assert (bool(end.machine), bool(end.file)) == (bool(machine), bool(file))
    assert (end == End()) == (not machine and not file)


def test_which_exceptions_mean_that_memory_ran_out() -> None:
    assert is_memory(MemoryError()) and is_memory(RuntimeError("std::bad_alloc"))
    assert not is_memory(RuntimeError("a size that does not fit"))
