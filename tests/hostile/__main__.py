"""Tries thousands of damaged inputs, kills, failing disks, runs in a row; prints a table and how to repeat failures::

python -m tests.hostile --count 20000 [--seed N] [--only KIND] [--kills N] [--faults N] [--soak N]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path

os.environ.update({"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"})
sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1])]

from tests.hostile.kinds import CASES, SHARES, prepare  # noqa: E402
from tests.hostile.worker import Result, attempts  # noqa: E402


def main() -> int:
    """1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=0, help="damaged inputs of all kinds together")
    parser.add_argument("--seed", type=int, default=0, help="the number of the first case of each kind")
    parser.add_argument("--only", choices=sorted(CASES), help="one kind of input")
    parser.add_argument("--kills", type=int, default=0, help="runs that are killed, over all pipelines")
    parser.add_argument("--faults", type=int, default=0, help="runs whose disk fails")
    parser.add_argument("--soak", type=int, default=0, help="short runs in one engine process")
    words = parser.parse_args()
    failed = mutations(words.count, words.seed, words.only) if words.count else 0
    if words.kills:
        from tests.hostile.kills import kills

        failed += kills(words.kills, words.seed)
    if words.faults:
        from tests.hostile.faults import faults

        failed += faults(words.faults, words.seed)
    if words.soak:
        from tests.hostile.soak import soak

        failed += soak(words.soak, words.seed)
    return min(1, failed)


def mutations(count: int, seed: int, only: str | None) -> int:
    """Print the table; how many cases failed."""
    kinds = [only] if only else sorted(CASES)
    prepare(kinds)
    total = sum(SHARES[kind] for kind in kinds)
    failures: list[Result] = []
    print(f"{'kind':14}{'tried':>8}{'refused':>9}{'accepted':>10}{'failed':>8}{'seconds':>9}", flush=True)
    whole: Counter[str] = Counter()
    for kind in kinds:
        started = time.monotonic()
        tried = max(1, round(count * SHARES[kind] / total))
        found = Counter[str]()
        for result in attempts(kind, range(seed, seed + tried), CASES[kind]):
            found[result.outcome] += 1
            if result.outcome == "failed":
                failures.append(result)
        whole += found
        _line(kind, found, time.monotonic() - started)
    if len(kinds) > 1:
        _line("all", whole, 0.0)
    for result in failures:
        print(f"python -m tests.hostile --count 1 --only {result.kind} --seed {result.number}: {result.why}")
    return len(failures)


def _line(kind: str, found: Counter[str], seconds: float) -> None:
    tried = sum(found.values())
    print(f"{kind:14}{tried:8}{found['refused']:9}{found['accepted']:10}{found['failed']:8}{seconds:9.0f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
