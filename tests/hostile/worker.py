"""Cases in children with limits: forked from a process that has loaded everything, started anew when one dies."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from engine.base.errors import StudioError

Case = Callable[[random.Random, Path], None]
"""Makes a damaged input in an empty folder and lets the program read it."""
CPU_SECONDS = 20.0
MEMORY = 2 << 30
"""Of one case: more is a failure."""
UNEXPLAINED = ("Something failed that should not", "A library could not go on")


@dataclass(frozen=True)
class Result:
    """``outcome``: "accepted", "refused" or "failed"; ``why``: the refusal or the failure."""

    kind: str
    number: int
    outcome: str
    why: str = ""


def attempt(kind: str, number: int, case: Case) -> Result:
    """One case in this process."""
    home = os.environ.get("COMPRESSION_STUDIO_HOME")
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        os.environ["COMPRESSION_STUDIO_HOME"] = str(Path(name) / "home")
        folder = Path(name) / "input"
        folder.mkdir()
        try:
            case(random.Random(f"{kind} {number}"), folder)
            return Result(kind, number, "accepted")
        except StudioError as error:
            outcome = "failed" if error.what in UNEXPLAINED else "refused"
            return Result(kind, number, outcome, str(error))
        except BaseException as error:  # anything else is what is looked for
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(where.filename).name}:{where.lineno}"
            return Result(kind, number, "failed", f"{type(error).__name__}: {str(error)[:200]} ({place})")
        finally:
            if home is not None:
                os.environ["COMPRESSION_STUDIO_HOME"] = home
            with contextlib.suppress(OSError):
                shutil.rmtree(name, ignore_errors=True)


def attempts(kind: str, numbers: Iterable[int], case: Case) -> Iterator[Result]:
    """All cases of these numbers, in children one after the other."""
    waiting = list(numbers)
    while waiting:
        with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
            child = _forked(kind, waiting, case, told)
            why = _watched(child, told)
            told.seek(0)
            lines = told.read().split("\n")
            done = [line.split("\t", 2) for line in lines if line.count("\t") == 2]
            for number, outcome, said in done:
                yield Result(kind, int(number), outcome, said)
            waiting = waiting[len(done) :]
            if why and waiting:
                yield Result(kind, waiting.pop(0), "failed", why)


def _forked(kind: str, numbers: list[int], case: Case, told: IO[str]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        limit = psutil.Process().memory_info().vms + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        for number in numbers:
            found = attempt(kind, number, case)
            why = found.why.encode("ascii", "backslashreplace").decode().replace("\t", " ").replace("\n", " ")
            told.write(f"{number}\t{found.outcome}\t{why}\n")
            told.flush()
    finally:
        os._exit(0)


def _watched(child: int, told: IO[str]) -> str:
    """Wait until the child ends; why it died or had to be killed, "" if it was done."""
    process, size, spent = psutil.Process(child), -1, 0.0
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return f"killed by signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else ""
        with contextlib.suppress(psutil.Error):
            now = process.cpu_times()
            used, written = now.user + now.system, os.fstat(told.fileno()).st_size
            if written != size:
                size, spent, began = written, used, time.monotonic()
            if used - spent > CPU_SECONDS or time.monotonic() - began > 30 * CPU_SECONDS:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return f"not done after {used - spent:.0f} s of work"
        time.sleep(0.02)
