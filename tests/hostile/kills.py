"""Runs and exports killed at random moments: taken up they leave the same bytes; no export has a false name."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from artifact_files import digests

from engine.export.verification.check import export
from tests.benchmarks.kill_and_resume import dying, forked
from tests.hostile.runs import Reference, ended, place, prepared, work

MODES = ("time", "operation", "operation", "twice", "two", "export")


def kills(count: int, seed: int) -> int:
    """Print a table; how many of ``count`` were not survived."""
    found: Counter[str] = Counter()
    failures: list[str] = []
    with place() as name:
        folder = Path(name)
        references = prepared(folder)
        for number in range(seed, seed + count):
            draw = random.Random(f"kill {number}")
            reference, mode = references[number % len(references)], MODES[number // len(references) % len(MODES)]
            why = _one(draw, reference, mode, folder, number)
            found[f"{reference.name} {'failed' if why else 'survived'}"] += 1
            if why:
                failures.append(f"python -m tests.hostile --kills 1 --seed {number}: {reference.name}, {mode}: {why}")
        print(f"{'kills of':24}{'survived':>9}{'failed':>8}")
        for reference in references:
            good, bad = (found[f"{reference.name} {word}"] for word in ("survived", "failed"))
            print(f"{reference.name:24}{good:9}{bad:8}", flush=True)
    print("\n".join(failures))
    return len(failures)


def _one(draw: random.Random, reference: Reference, mode: str, folder: Path, number: int) -> str:
    """Why it was not survived, "" if it was."""
    home = folder / f"home{number}"

    def task() -> None:
        work(reference.pipeline, home)

    if mode == "export":
        return _exported(draw, reference, folder, number)
    if mode == "two":
        return _two(draw, reference, home)
    for _ in range(2 if mode == "twice" else 1):
        if mode == "time":
            _killed(task, draw.uniform(0.02, 0.98) * reference.seconds)
        else:
            os.waitpid(forked(dying(task, draw.randint(1, reference.operations), draw.random() < 0.5)), 0)
    if ended(task) != 0:
        return "it could not be taken up"
    return "" if digests(home) == reference.files else "other bytes"


def _killed(task: Callable[[], None], seconds: float) -> None:
    child = forked(task)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _two(draw: random.Random, reference: Reference, home: Path) -> str:
    """Two runs of the same pipeline in one workspace at once, one of them killed."""
    children = [forked(lambda run=run: work(reference.pipeline, home, run)) for run in ("one", "two")]  # type: ignore[misc]
    time.sleep(draw.uniform(0.05, 0.95) * reference.seconds)
    os.kill(children[0], signal.SIGKILL)
    os.waitpid(children[0], 0)
    if os.waitpid(children[1], 0)[1] != 0:
        return "the other run failed"
    if ended(lambda: work(reference.pipeline, home, "one")) != 0:
        return "it could not be taken up"
    return "" if digests(home) == reference.files else "other bytes"


def _exported(draw: random.Random, reference: Reference, folder: Path, number: int) -> str:
    """An export: under its name there is nothing, or all of it with its verification."""
    artifact = folder / reference.name / "artifacts" / next(iter(reference.files)).split("/")[0]
    out = folder / f"export{number}"

    def task() -> None:
        export(artifact, "container", out, {}, lambda *_: None, lambda: None)

    _killed(task, draw.uniform(0.02, 0.98) * 8.0)
    if out.exists():
        card, record = out / "README.md", out / "verification.json"
        whole = record.is_file() and card.is_file() and "## Verification" in card.read_text("utf-8")
        return "" if whole else "it has its name without having been verified"
    return "" if ended(task) == 0 else "it can't be exported again"
