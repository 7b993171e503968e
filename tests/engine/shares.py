"""Work that tests share or leave to other runs: pairs that the matrix takes without ``--all-kinds``, one type checker
at a time."""

from __future__ import annotations

import contextlib
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

USUAL_KINDS = ("llama", "gpt2", "bert")
"""Architectures that the matrix takes every method through; of the others one of `SHARE`."""
SHARE = 3
ANY_KIND = (
    *("resume_after_a_kill", "cancel_keeps", "in_memory_it_gives", "estimate_of_the_disk"),
    "the_device_gives",
)
"""Parts of names of tests of what depends on the method far more than on the architecture: every method on the first
kind, and one of `SHARE` pairs with another."""


def is_taken(method_id: str, kind: str, test: str = "") -> bool:
    """True for a usual architecture, and for a third of all other pairs, the same in every run: each method keeps a
    third of the architectures, and each of them a third of the methods."""
    usual = USUAL_KINDS[:1] if any(part in test for part in ANY_KIND) else USUAL_KINDS
    return kind in usual or zlib.crc32(f"{method_id} {kind}".encode()) % SHARE == 0


@contextlib.contextmanager
def checking_types() -> Iterator[None]:
    """One type checker at a time: the second one reads what the first one has learned of the libraries."""
    with FileLock(Path(tempfile.gettempdir()) / "checking types.lock"):
        yield
