"""A bundle: all that an installation needs but the packages, in one folder, with the hash of each file.

``release.json`` beside the wheel, a lock for each system and build of torch (``locks/linux-x86_64-cu130.txt``:
requirements with hashes, for uv and pip), uv, this installer, and the root of trust for updates.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from engine.base.errors import BadInput, RunFailed
from engine.installer.hardware import Machine
from engine.installer.layout import remove

FORMAT = 1
RELEASE = "release.json"
BROKEN = "download the installer again"
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

    @property
    def name(self) -> str:
        """Of its folder in an installation."""
        return f"{self.version}-{self.code}"

    def lock(self, machine: Machine, backend: str) -> Lock | None:
        """Of a build for a machine; None if the bundle has no locks."""
        return self.locks.get(f"{platform_of(machine)}-{backend}")

    def builds(self, machine: Machine) -> list[str]:
        """Builds that it has locks of, for a machine."""
        start = f"{platform_of(machine)}-"
        return [key.removeprefix(start) for key in self.locks if key.startswith(start)]

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
        """The same in another folder, where it appears whole or not at all."""
        if folder == self.folder:
            return self
        temporary = folder.with_name(f".{folder.name}.part")
        remove(temporary)
        for name in [RELEASE, *self.files]:
            target = temporary / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.folder / name, target)
        remove(folder)
        os.replace(temporary, folder)
        return read(folder)


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
        locks = {
            str(key): Lock(safe(entry["file"]), int(entry["bytes"]), int(entry["packages"]))
            for key, entry in plain["locks"].items()
        }
        version, code, python, wheel = (safe(plain[key]) for key in ("version", "code", "python", "wheel"))
        if wheel not in files or not all(word.isprintable() and "/" not in word for word in (version, code, wheel)):
            raise ValueError
        return Bundle(folder, version, code, python, wheel, files, locks, str(plain.get("updates", "")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        why = f"there is no {RELEASE} that can be read"
        raise BadInput("There is nothing to install here", where=str(folder), why=why, advice=BROKEN) from None


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
