"""A bundle: all that an installation needs but the packages, in one folder, with the hash of each file.

``release.json`` beside the wheel, a lock for each system and build of torch (``locks/linux-x86_64-cu130.txt``:
requirements with hashes, for uv and pip), uv, this installer, and the root of trust for updates.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from engine.base.errors import BadInput, RunFailed, StudioError
from engine.installer.hardware import Machine
from engine.installer.layout import remove

FORMAT = 1
RELEASE = "release.json"
BROKEN = "download the installer again"
_VERSION = re.compile(r"\d[\w.+!]*")
_WORD = re.compile(r"\w+")
LARGEST = 1 << 20
"""Bytes of a release.json."""


@dataclass(frozen=True)
class Lock:
    """Requirements for a system and a build. ``bytes``: of all wheels, to be fetched; ``packages``: how many."""

    file: str
    bytes: int
    packages: int


@dataclass(frozen=True)
class Bundle:
    """``python``: version of the interpreter that the locks are for, such as "3.12"; ``updates``: address of the folder
    of signed metadata, "" without one."""

    folder: Path
    version: str
    code: str
    python: str
    wheel: str
    files: dict[str, tuple[str, int]]
    """Name -> SHA-256, bytes."""
    locks: dict[str, Lock]
    """``linux-x86_64-cu130`` -> lock."""
    updates: str = ""
    headless: dict[str, Lock] = field(default_factory=dict)
    """The same without the window's packages."""

    @property
    def name(self) -> str:
        """Of its folder in an installation."""
        return f"{self.version}-{self.code}"

    def lock(self, machine: Machine, backend: str, window: bool = True) -> Lock | None:
        """Of a build for a machine, with or without the window's packages; None if the bundle has no such lock."""
        return (self.locks if window else self.headless).get(lock_name(machine, backend))

    def builds(self, machine: Machine, window: bool = True) -> list[str]:
        """Builds that it has locks of, for a machine, with or without the window's packages."""
        start = f"{platform_of(machine)}-"
        locks = self.locks if window else self.headless
        return [key.removeprefix(start) for key in locks if key.startswith(start)]

    def check(self) -> None:
        """Read every file and compare its hash. Raises `RunFailed` for one that is damaged or not there."""
        for name, (digest, size) in self.files.items():
            path = self.folder / name
            try:
                right = path.stat().st_size == size and file_hash(path) == digest
            except OSError:
                right = False
            if not right:
                raise RunFailed("The installer is damaged", where=name, why="its bytes are others", advice=BROKEN)

    def copy_to(self, folder: Path) -> Bundle:
        """The same in another folder, where it appears whole or not at all. One that is there whole stays: at no moment
        is the version that it belongs to without it. Raises `RunFailed` if a byte of the copy is another."""
        if _is_copy(folder, self.folder / RELEASE):
            return read(folder)
        temporary = folder.with_name(f".{folder.name}.part")
        remove(temporary)
        try:
            for name in [RELEASE, *self.files]:
                target = temporary / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.folder / name, target)
            read(temporary).check()
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)  # on a disk that is full it would be in the way
            raise
        remove(folder)
        os.replace(temporary, folder)
        return read(folder)


def _is_copy(folder: Path, release: Path) -> bool:
    try:
        if (folder / RELEASE).read_bytes() != release.read_bytes():
            return False
        read(folder).check()
    except (OSError, StudioError):
        return False
    return True


def lock_name(machine: Machine, backend: str) -> str:
    """As bundles name the lock of a build for a machine, such as ``linux-x86_64-cu130``."""
    return f"{platform_of(machine)}-{backend}"


def platform_of(machine: Machine) -> str:
    """As locks are named, such as ``linux-x86_64``."""
    return f"{machine.system.lower()}-{machine.architecture}"


def read(folder: Path) -> Bundle:
    """The bundle of a folder. Raises `BadInput` if there is none, or if it can't be read."""
    try:
        with open(folder / RELEASE, "rb") as file:
            plain: Any = json.loads(file.read(LARGEST))
        if plain["format"] != FORMAT:
            raise BadInput("This installer is for another version", where=str(folder), advice=BROKEN)
        files = {safe(name): (str(entry["sha256"]), int(entry["bytes"])) for name, entry in plain["files"].items()}
        locks, headless = _locks(plain["locks"], files), _locks(plain.get("headless", {}), files)
        version, code, python, wheel = (safe(plain[key]) for key in ("version", "code", "python", "wheel"))
        if wheel not in files or "/" in wheel or not _VERSION.fullmatch(version) or not _WORD.fullmatch(code):
            raise ValueError
        return Bundle(folder, version, code, python, wheel, files, locks, str(plain.get("updates", "")), headless)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        why = f"there is no {RELEASE} that can be read"
        raise BadInput("There is nothing to install here", where=str(folder), why=why, advice=BROKEN) from None


def _locks(plain: Any, files: dict[str, tuple[str, int]]) -> dict[str, Lock]:
    """Raises ValueError, KeyError for one whose bytes nobody compares."""
    locks = {
        str(key): Lock(safe(entry["file"]), int(entry["bytes"]), int(entry["packages"])) for key, entry in plain.items()
    }
    if not all(lock.file in files for lock in locks.values()):
        raise ValueError
    return locks


def write_release(folder: Path, facts: dict[str, Any], updates: str = "") -> None:
    """Write ``release.json`` for all files that lie in a folder. ``facts``: version, code, python, wheel, locks."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    files = {
        name: {"sha256": file_hash(folder / name), "bytes": (folder / name).stat().st_size}
        for name in names
        if name != RELEASE
    }
    plain = {"format": FORMAT, **facts, "files": files, "updates": updates}
    (folder / RELEASE).write_text(json.dumps(plain, indent=1) + "\n", "utf-8")


def safe(name: object) -> str:
    """A relative name that stays within its folder. Raises ValueError for another one."""
    path = PurePosixPath(name) if isinstance(name, str) else PurePosixPath("/")
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in str(name) or ":" in str(name):
        raise ValueError(name)
    return path.as_posix()


def file_hash(path: Path) -> str:
    """SHA-256 in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
