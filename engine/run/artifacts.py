"""The store of artifacts: addressed by signature, shared by all runs, whole or not there."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from engine.base import pinned
from engine.base.files import disk_error, file_mode, make_folder
from engine.checkpoints.container import damage

WAIT_SECONDS = 0.2


class Store:
    """``root/<signature>/``; beside it, while a block works, ``.partial``, ``.scratch`` and ``.lock``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, signature: str) -> Path:
        """Folder of the artifact, there or not."""
        return self.root / signature

    def scratch(self, signature: str) -> Path:
        """Folder in which a method stores what it needs to go on after a kill."""
        return self.root / f"{signature}.scratch"

    def damage(self, signature: str) -> str:
        """Damage of an artifact that is there, to the last byte of its tensors, "" also if there is none."""
        folder = self.folder(signature)
        return damage(folder, signature=signature) if folder.exists() else ""

    def has(self, signature: str) -> bool:
        """True if the artifact is there, is the one of this signature, and complete, as far as headers and lengths
        tell."""
        folder = self.folder(signature)
        return folder.is_dir() and not damage(folder, contents=False, signature=signature)

    def discard(self, signature: str) -> None:
        """Remove an artifact (a damaged one)."""
        shutil.rmtree(self.folder(signature), ignore_errors=True)
        pinned.pins().forget(self.folder(signature))

    def clean(self, signature: str) -> None:
        """Remove what only a block in work needs."""
        shutil.rmtree(self.scratch(signature), ignore_errors=True)
        pinned.pins().forget(self.scratch(signature))

    def abandon(self, signature: str) -> None:
        """Remove an artifact that was never finished."""
        shutil.rmtree(self.root / f"{signature}.partial", ignore_errors=True)

    def sweep(self, signature: str) -> None:
        """Remove the temporary files that a killed process left in the unfinished artifact."""
        for partial in (self.root / f"{signature}.partial").glob(".*.part"):
            partial.unlink(missing_ok=True)

    @contextlib.contextmanager
    def locked(self, signature: str, waiting: Callable[[], None]) -> Iterator[None]:
        """Keep other runs from working at the same artifact; ``waiting`` is called five times a second meanwhile."""
        path = self.root / f"{signature}.lock"
        lock = FileLock(path, mode=file_mode(self.root))
        try:
            make_folder(self.root)
            self._sweep_locks()
            while not self._acquired(lock):
                time.sleep(WAIT_SECONDS)
                waiting()
        except OSError as error:
            raise disk_error(error, self.root) from error
        try:
            yield
        finally:
            with contextlib.suppress(OSError), self._gate():
                lock.release()
                path.unlink(missing_ok=True)
            lock.release()  # also where the folder is gone

    def _acquired(self, lock: FileLock) -> bool:
        with self._gate(), contextlib.suppress(Timeout):
            lock.acquire(timeout=0)
            return True
        return False

    def _sweep_locks(self) -> None:
        """Remove those of killed processes: nobody holds them."""
        with self._gate():
            for lock_file in self.root.glob("*.lock"):
                lock = FileLock(lock_file, mode=file_mode(self.root))
                with contextlib.suppress(OSError):
                    lock.acquire(timeout=0)
                    lock.release()
                    lock_file.unlink()

    @contextlib.contextmanager
    def _gate(self) -> Iterator[None]:
        """Only inside is a lock of an artifact taken or removed: a file that is removed while another process opens it
        would be a lock that two can hold."""
        with FileLock(self.root / ".gate", mode=file_mode(self.root)):
            yield
