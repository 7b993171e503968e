"""Kill a run with SIGKILL at random moments, resume it, compare every file of every artifact with an undisturbed run.

Prints a table; the exit status is 0 if all are identical. Runs on systems that can fork::

    python tests/benchmarks/kill_and_resume.py --kills 20

Children are forked from a process that has loaded everything, so that a run costs one second instead of five. Two kinds
of moments: random times within the run, and random file operations (right before or after a file or folder gets its
name), which hit the writing of parts, of reports and the finishing for certain.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # a forked child must not wait for threads that stayed behind
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ["TOKENIZERS_PARALLELISM"] = "false"
sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1])]

import torch  # noqa: E402
from artifact_files import digests  # noqa: E402

from engine.pipeline.document import Block, Evaluation, Link, Pipeline  # noqa: E402
from engine.record.home import Home  # noqa: E402
from engine.run import runner  # noqa: E402
from engine.testing.models import tiny_model  # noqa: E402
from engine.training import loop  # noqa: E402

RUN = "killed"
TEXT = "All happy families are alike; each unhappy family is unhappy in its own way. " * 20


LEARNING = {
    "steps": 6,
    "batch_size": 2,
    "micro_batch_size": 1,
    "sequence_length": 32,
    "eval_samples": 2,
    "eval_steps": 2,
    "top_k": 16,
}


def pipeline(model: Path, text: Path, learns: bool = True) -> Pipeline:
    """Two formats one after the other, and a branch; measured after every block. ``learns``: the end of the chain is
    trained to follow its original, whose likeliest tokens are kept beforehand."""
    made = Pipeline.linear(
        [
            ("model", {"model": str(model)}),
            ("round_to_nearest", {"format": "int8", "group_size": 32, "clip": "mse", "mse_steps": 60}),
            ("round_to_nearest", {"format": "int4", "group_size": 32}),
        ],
        evaluation=Evaluation(text=str(text), window_size=64, num_windows=2),
    )
    branch = Block(id="branch", method="round_to_nearest", settings={"format": "nf4", "group_size": 16, "clip": "mse"})
    made = made.with_block(branch).with_link(Link(source="model_1", target="branch"))
    if not learns:
        return made
    settings = {**LEARNING, "text": str(text), "student": "incoming"}
    learner = Block(id="learner", method="logit_distillation", settings=settings)
    return made.with_block(learner).with_link(Link(source="round_to_nearest_2", target="learner"))


def forked(work: Callable[[], None]) -> int:
    """Run ``work`` in a child; its process id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


def run(model: Path, text: Path, home: Path, learns: bool = True) -> None:
    """Start the run, or take it up. A training writes a checkpoint before every step."""
    loop.CHECKPOINT_SECONDS, loop.CHECKPOINT_SHARE = 0.0, math.inf
    os.environ["COMPRESSION_STUDIO_HOME"] = str(home)
    if (home / "runs" / RUN / "pipeline.json").exists():
        outcome = runner.resume(RUN, home=Home(home), device="cpu")
    else:
        outcome = runner.start(pipeline(model, text, learns), home=Home(home), run=RUN, device="cpu")
    assert outcome.status == "done", outcome.error


def dying(work: Callable[[], None], operation: int, after: bool) -> Callable[[], None]:
    """``work`` that kills itself around the given file operation."""

    def patched() -> None:
        replace = os.replace
        count = 0

        def counted(source: object, target: object) -> None:
            nonlocal count
            count += 1
            if count == operation and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            replace(source, target)  # type: ignore[arg-type]
            if count == operation and after:
                os.kill(os.getpid(), signal.SIGKILL)

        os.replace = counted  # type: ignore[assignment]
        work()

    return patched


def undisturbed(work: Callable[[], None]) -> tuple[int, float]:
    """How many files get their names in an undisturbed run, and its seconds."""
    reading, writing = os.pipe()
    started = time.monotonic()

    def counting() -> None:
        replace = os.replace

        def counted(source: object, target: object) -> None:
            os.write(writing, b".")
            replace(source, target)  # type: ignore[arg-type]

        os.replace = counted  # type: ignore[assignment]
        work()

    _, status = os.waitpid(forked(counting), 0)
    seconds = time.monotonic() - started
    os.close(writing)
    assert status == 0, "the undisturbed run failed"
    with open(reading, "rb") as pipe:
        return len(pipe.read()), seconds


def count_operations(work: Callable[[], None]) -> int:
    """How many files get their names in an undisturbed run."""
    return undisturbed(work)[0]


def main(kills: int, seed: int) -> int:
    """Print the table; how many of ``kills`` runs were not identical."""
    generator = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        model, text = folder / "model", folder / "text.txt"
        text.write_text(TEXT, encoding="utf-8")
        tiny_model("llama", model)
        torch.set_num_threads(1)  # also where torch was there before the variable
        run(model, text, folder / "loaded", learns=False)  # gradients don't survive a fork
        operations, seconds = undisturbed(lambda: run(model, text, folder / "reference"))
        undisturbed(lambda: run(model, text, folder / "again"))
        expected = digests(folder / "reference")
        print(f"undisturbed: {seconds:.2f} s, {len(expected)} files in artifacts, {operations} file operations")
        assert digests(folder / "again") == expected and len(expected) > 20
        print("kill  moment                     killed  resumed  identical")
        failures = 0
        for number in range(1, kills + 1):
            home = folder / f"home{number}"
            failures += not one(
                number, home, lambda home=home: run(model, text, home), expected, generator, seconds, operations
            )
    print(f"{kills - failures} of {kills} identical")
    return failures


def one(
    number: int,
    home: Path,
    work: Callable[[], None],
    expected: dict[str, str],
    generator: random.Random,
    seconds: float,
    operations: int,
) -> bool:
    """Kill once (every third run: twice), resume, compare."""
    killed = []
    for _ in range(2 if number % 3 == 0 else 1):
        if number % 2:
            moment = generator.uniform(0.02, 0.98) * seconds
            child = forked(work)
            time.sleep(moment)
            os.kill(child, signal.SIGKILL)
            words = f"after {moment:.2f} s"
        else:
            operation, after = generator.randint(1, operations), generator.random() < 0.5
            child = forked(dying(work, operation, after))
            words = f"{'after' if after else 'before'} file operation {operation}"
        _, status = os.waitpid(child, 0)
        killed.append(os.WIFSIGNALED(status))
    _, status = os.waitpid(forked(work), 0)
    found = digests(home)
    same = status == 0 and found == expected
    told = ["yes" if each else "NO" for each in (any(killed), status == 0, same)]
    print(f"{number:4}  {words:25}  {told[0]:6}  {told[1]:7}  {told[2]}")
    for name in sorted(found.keys() ^ expected.keys()):
        print(f"      only {'in the resumed' if name in found else 'in the undisturbed'} run: {name}")
    for name in sorted(name for name in found.keys() & expected.keys() if found[name] != expected[name]):
        print(f"      differs: {name}")
    return same


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    sys.exit(min(1, main(arguments.kills, arguments.seed)))
