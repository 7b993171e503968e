"""Removal of versions that are no longer wanted, and of what belongs to them alone: bundles, and what uv keeps of their
packages.

uv links the files of an environment to those of its cache, so that a version which is removed frees its room only when
the cache lets go of them too. What another version still has costs nothing and stays.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from engine.base.errors import BadInput, RunFailed
from engine.installer.layout import WINDOWS, Installation, remove


def remove_version(installation: Installation, name: str) -> None:
    """Remove one that is not the current one. Raises `BadInput` for the current one, one that runs, and an unknown one;
    `RunFailed` if it can't be removed."""
    with installation.locked():
        where = str(installation.versions)
        if name not in installation.names():
            others = ", ".join(installation.names())
            raise BadInput(f"Version {name} is not installed", where=where, advice=f"choose one of: {others}")
        if name == installation.current()[0]:
            advice = "roll back to another first, or uninstall the program"
            raise BadInput(f"Version {name} is the current one", where=where, advice=advice)
        if installation.in_use(name):
            raise BadInput(f"Version {name} is running", where=where, advice="close it, then run this again")
        _forget(installation, name)
        remove(installation.version(name))
        remove_unused(installation)


def remove_old(installation: Installation) -> None:
    """Keep the current version, the one before it, and those that run now. What can't be removed now is removed next
    time: on Windows a program that runs holds its files."""
    keep = set(installation.current())
    for name in installation.names():
        if name not in keep and not installation.in_use(name):
            with contextlib.suppress(RunFailed):
                _forget(installation, name)
                remove(installation.version(name))
    remove_unused(installation)


def _forget(installation: Installation, name: str) -> None:
    """Take the record of a version away before its files: one that is half removed must not count as whole. Raises
    `RunFailed` on Windows while it runs: its folder can't be renamed then."""
    folder = installation.version(name)
    if WINDOWS:
        try:
            os.rename(folder, folder.with_name(f"{name}.removed"))
            os.rename(folder.with_name(f"{name}.removed"), folder)
        except OSError as error:
            raise RunFailed(f"Version {name} is running", why=error.strerror or "", advice="close it") from None
    remove(folder / "installed.json")


def remove_unused(installation: Installation) -> None:
    """Bundles of versions that are gone, and packages that no version has."""
    records = [installation.record(name) for name in installation.names()]
    bundles = {record.bundle for record in records if record is not None}
    for folder in installation.bundles.glob("*"):
        if folder.name not in bundles:
            shutil.rmtree(folder, ignore_errors=True)
    for folder in (installation.root / "cache").glob("archive-v*/*"):
        if not _is_linked(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_linked(folder: Path) -> bool:
    """True if a file in it is in an environment, too. Where files are copied and not linked, none is, and a repair
    fetches them again."""
    return any(path.lstat().st_nlink > 1 for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def size_of(path: Path, links: int = 0) -> int:
    """Bytes of a file, or of all files in a folder, each counted once. ``links``: only of files that have so many links
    at most. What vanishes meanwhile does not count."""
    total, seen = 0, set()
    for status in _statuses(path):
        inode = (status.st_dev, status.st_ino)
        if stat.S_ISREG(status.st_mode) and inode not in seen:
            total += status.st_size if not links or status.st_nlink <= links else 0
            if status.st_nlink > 1:
                seen.add(inode)
    return total


def _statuses(path: Path) -> Iterator[os.stat_result]:
    """Of a file, or of all that is in a folder; links are not followed. An installation has 50,000 files, for which
    pathlib takes three times as long."""
    with contextlib.suppress(OSError):
        yield os.stat(path, follow_symlinks=False)
    folders = [os.fspath(path)]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    yield entry.stat(follow_symlinks=False)
