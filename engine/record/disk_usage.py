"""Space of the workspace on disk, and cleaning up: artifacts that no run has, the oldest ones, caches."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.record.folder import RunFolder
from engine.record.history import History
from engine.record.home import Home

PARTS = (".partial", ".scratch", ".lock")
"""Endings of what a block in work keeps beside its artifact."""


@dataclass(frozen=True)
class Usage:
    """Bytes. ``unused``: of artifacts that no run refers to. ``cache``: metrics and hidden states, computed again
    where they are needed."""

    artifacts: int
    unused: int
    runs: int
    cache: int

    @property
    def total(self) -> int:
        """Of all of it."""
        return self.artifacts + self.runs + self.cache


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below a folder; 0 where there is none."""
    total = 0
    for directory, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(directory, name)).st_size
    return total


def usage(home: Home) -> Usage:
    """Space in use now."""
    used, sizes = _used(home), {path: folder_bytes(path) for path in _artifacts(home)}
    return Usage(
        sum(sizes.values()),
        sum(size for path, size in sizes.items() if path not in used),
        folder_bytes(home.runs),
        folder_bytes(home.cache),
    )


def free_unused(home: Home) -> int:
    """Remove the artifacts that no run refers to; bytes that were freed. What a run in any process works at stays."""
    used = _used(home) | _referenced(home)
    return sum(_remove(path) for path in _artifacts(home) if path not in used)


def free_cache(home: Home) -> int:
    """Remove metrics and hidden states that can be computed again; bytes that were freed."""
    return _remove(home.cache)


def trim(home: Home, limit: int) -> int:
    """Remove artifacts, those that no run refers to first, then the oldest, until all take no more than ``limit``
    bytes; bytes that were freed. Their runs keep metrics and charts. What a run in any process works at stays."""
    used, referenced = _used(home), _referenced(home)
    artifacts = [(path in used, _changed(path), path) for path in _artifacts(home) if path not in referenced]
    total, freed = sum(folder_bytes(path) for path in _artifacts(home)), 0
    for _, _, path in sorted(artifacts):
        if total - freed <= limit:
            break
        freed += _remove(path)
    return freed


def _artifacts(home: Home) -> list[Path]:
    """Folders of finished artifacts, and what blocks in work keep beside them."""
    with contextlib.suppress(OSError):
        return [path for path in home.artifacts.iterdir() if path.is_dir()]
    return []


def _used(home: Home) -> set[Path]:
    """Artifacts that a run refers to, with what is kept for their blocks to go on."""
    with History.open(home) as history:
        named = {Path(result.artifact) for result in history.results() if result.artifact}
        unfinished = [run for run in history.runs() if run.status not in ("done", "failed")]
    return named | {path for run in unfinished for path in _of_run(RunFolder(run.folder), home)}


def _referenced(home: Home) -> set[Path]:
    """Artifacts of runs that a process executes now."""
    artifacts = set[Path]()
    with History.open(home) as history:
        running = [run for run in history.runs() if run.status not in ("done", "failed")]
    for run in running:
        if RunFolder(run.folder).executing_process() is not None:
            artifacts |= set(_of_run(RunFolder(run.folder), home))
    return artifacts


def _of_run(folder: RunFolder, home: Home) -> Iterator[Path]:
    for stage in folder.report().get("stages", []):
        if signature := stage.get("signature"):
            yield home.artifacts / signature
            yield from (home.artifacts / f"{signature}{part}" for part in PARTS)


def _changed(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _remove(path: Path) -> int:
    """Bytes that were freed."""
    before = folder_bytes(path)
    shutil.rmtree(path, ignore_errors=True)
    return before - folder_bytes(path)
