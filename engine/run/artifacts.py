"""The store of artifacts: addressed by signature, shared by all runs, whole or not there."""

from __future__ import annotations

import contextlib
import json
import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from engine.contracts.files import disk_error
from engine.models.headers.safetensors import INDEX
from engine.models.structure import DESCRIPTION

WAIT_SECONDS = 0.2


class Store:
    """``root/<signature>/``; beside it, while a block works, ``.partial``, ``.scratch`` and ``.lock``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, signature: str) -> Path:
        """Where the artifact lies or will lie."""
        return self.root / signature

    def scratch(self, signature: str) -> Path:
        """Where a method keeps what it needs to go on after a kill."""
        return self.root / f"{signature}.scratch"

    def damage(self, signature: str) -> str | None:
        """What is wrong with an artifact that is there, or None: also if there is none."""
        folder = self.folder(signature)
        return damage(folder) if folder.exists() else None

    def has(self, signature: str) -> bool:
        """Whether the artifact is there and complete."""
        return self.folder(signature).is_dir() and damage(self.folder(signature)) is None

    def discard(self, signature: str) -> None:
        """Remove an artifact (a damaged one)."""
        shutil.rmtree(self.folder(signature), ignore_errors=True)

    def clean(self, signature: str) -> None:
        """Remove what only a block in work needs."""
        shutil.rmtree(self.scratch(signature), ignore_errors=True)

    def abandon(self, signature: str) -> None:
        """Remove an artifact that was never finished."""
        shutil.rmtree(self.root / f"{signature}.partial", ignore_errors=True)

    def sweep(self, signature: str) -> None:
        """Remove the temporary files that a killed process left in the unfinished artifact."""
        for left in (self.root / f"{signature}.partial").glob(".*.part"):
            left.unlink(missing_ok=True)

    @contextlib.contextmanager
    def held(self, signature: str, waiting: Callable[[], None]) -> Iterator[None]:
        """Keep other runs from working at the same artifact; ``waiting`` is called five times a second meanwhile."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.root / f"{signature}.lock")
            while True:
                with contextlib.suppress(Timeout):
                    lock.acquire(timeout=WAIT_SECONDS)
                    break
                waiting()
        except OSError as error:
            raise disk_error(error, self.root) from error
        try:
            yield
        finally:
            lock.release()


def damage(folder: Path) -> str | None:
    """Why the artifact in ``folder`` can't be used, or None. Looks at the headers and lengths of all tensor files."""
    try:
        json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        json.loads((folder / "config.json").read_text(encoding="utf-8"))
        weight_map: dict[str, str] = json.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"]
        held = {name: _tensors(folder / name) for name in sorted(set(weight_map.values()))}
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        return str(error)
    return next((f"{name} is not in {file}" for name, file in weight_map.items() if name not in held[file]), None)


def _tensors(path: Path) -> set[str]:
    """Names in a safetensors file; ValueError if its length is not what its header says."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        size = path.stat().st_size
        if length > size:
            raise ValueError(f"{path.name} is cut off")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    if 8 + length + end != size:
        raise ValueError(f"{path.name} has {size} bytes instead of {8 + length + end}")
    return set(header)
