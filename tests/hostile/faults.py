"""Disks that are full, broken or read-only from the nth writing operation on: a sentence, then the run goes on as if
nothing had been."""

from __future__ import annotations

import builtins
import errno
import io
import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import safetensors.torch
from artifact_files import digests

from engine.base.errors import StudioError
from tests.benchmarks.kill_and_resume import forked
from tests.hostile.runs import Reference, ended, place, prepared, work
from tests.hostile.worker import UNEXPLAINED

ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS)
REFUSED, UNKNOWN = 10, 11
"""Statuses of a child: it failed with a sentence; with an error that nobody explains."""


class FailingDisk:
    """Operations that write fail: the ``at``-th, or all from there on."""

    def __init__(self, at: int, number: int, lasting: bool) -> None:
        self.count, self._at, self._number, self._lasting = 0, at, number, lasting

    def check(self) -> None:
        """One more operation; raises if it is its turn."""
        self.count += 1
        if self.count == self._at or (self._lasting and self.count > self._at > 0):
            raise OSError(self._number, os.strerror(self._number))

    def install(self) -> None:
        """Let everything in this process that writes files ask first."""
        for owner, name in (
            *((os, name) for name in ("fsync", "replace", "mkdir", "link", "truncate", "ftruncate")),
            (safetensors.torch, "serialize_file"),
        ):
            setattr(owner, name, self._guarded(getattr(owner, name)))
        opened, write = io.open, os.write

        def open_(file: Any, mode: str = "r", *more: Any, **options: Any) -> Any:
            if set(mode) & set("wax+"):
                self.check()
            return opened(file, mode, *more, **options)

        def write_(handle: int, data: bytes) -> int:
            if handle > 2:
                self.check()
            return write(handle, data)

        builtins.open = io.open = open_
        os.write = write_

    def _guarded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*arguments: Any, **options: Any) -> Any:
            self.check()
            return function(*arguments, **options)

        return guarded


def faults(count: int, seed: int) -> int:
    """Print a table; how many of ``count`` ended without a sentence or left other bytes."""
    found: Counter[str] = Counter()
    failures: list[str] = []
    with place() as name:
        folder = Path(name)
        references = prepared(folder)
        operations = [_operations(reference, folder) for reference in references]
        for number in range(seed, seed + count):
            draw = random.Random(f"fault {number}")
            at = number % len(references)
            outcome, why = _one(draw, references[at], operations[at], folder / f"faulty{number}")
            found[outcome] += 1
            if why:
                failures.append(f"python -m tests.hostile --faults 1 --seed {number}: {references[at].name}: {why}")
    words = ("a sentence", "finished all the same", "failed")
    print("".join(f"{word:>24}" for word in ("disks that fail", *words)))
    print("".join(f"{number:24}" for number in (count, *(found[word] for word in words))), flush=True)
    print("\n".join(failures))
    return len(failures)


def _operations(reference: Reference, folder: Path) -> int:
    """How many operations of an undisturbed run write."""
    told = folder / f"{reference.name}.count"
    opened = open

    def task() -> None:
        disk = FailingDisk(0, 0, False)
        disk.install()
        work(reference.pipeline, folder / f"{reference.name}-operations")
        with opened(told, "w") as file:
            file.write(str(disk.count))

    assert ended(task) == 0
    return int(told.read_text())


def _one(draw: random.Random, reference: Reference, operations: int, home: Path) -> tuple[str, str]:
    """How it ended, and what was wrong with that."""
    at, number, lasting = draw.randint(1, operations), draw.choice(ERRORS), draw.random() < 0.5
    told = home.with_name(home.name + ".why")
    opened = open

    def task() -> None:
        FailingDisk(at, number, lasting).install()
        try:
            work(reference.pipeline, home)
        except StudioError as error:
            with opened(told, "w") as file:
                file.write(str(error))
            os._exit(UNKNOWN if error.what in UNEXPLAINED else REFUSED)
        except BaseException as error:
            with opened(told, "w") as file:
                file.write(f"{type(error).__name__}: {error}")
            os._exit(UNKNOWN)

    place = f"{errno.errorcode[number]} at operation {at} of {operations}{' and after' if lasting else ''}"
    status = os.waitstatus_to_exitcode(os.waitpid(forked(task), 0)[1])
    if status not in (0, REFUSED):
        return "failed", f"{place}: {told.read_text() if told.exists() else f'status {status}'}"
    if ended(lambda: work(reference.pipeline, home)) != 0:
        return "failed", f"{place}: it could not be taken up"
    if digests(home) != reference.files:
        return "failed", f"{place}: other bytes"
    return ("finished all the same" if status == 0 else "a sentence"), ""
