"""Folders of an installation, in the data folder beside the person's runs.

``program/``:

- ``versions/0.1.0-1/``: an environment of Python with the program; whole if it holds ``installed.json``
- ``bundles/0.1.0-<hash>/``: what it was installed from: wheel, locks, uv, this installer
- ``current``: two lines, the version that is started and the one before it; replaced by a rename
- ``bin/compression-studio``: starts the version that ``current`` names
- ``cache``, ``python``: of uv; ``tools``: uv itself, for updates, which come without it
- ``lock``: held by the one process that changes something
- ``installer.log``: what the last installation said

A program that runs holds ``in-use`` of its version: nobody removes that version under it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO

from engine.base.errors import BadInput, RunFailed

NAME = "compression-studio"
WINDOWS = os.name == "nt"
PROGRAM = "program"
_VERSION = re.compile(r"(\d[\w.+!]*)-(\d+)")
IN_USE = "in-use"
"""File of a version that programs which run from it hold."""
LAUNCHER = """#!/bin/sh
# Starts the version of Compression Studio that the file "current" names.
root=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0" 2>/dev/null || echo "$0")")/.." && pwd)
read -r version < "$root/current" || { echo "compression-studio: no version is installed in $root" >&2; exit 1; }
exec "$root/versions/$version/bin/compression-studio" "$@"
"""
LAUNCHER_WINDOWS = """@echo off
set /p version=<"%~dp0..\\current"
"%~dp0..\\versions\\%version%\\Scripts\\compression-studio.exe" %*
"""


@dataclass(frozen=True)
class Record:
    """``installed.json`` of a version. ``version``: of the program; ``code``: hash of its sources; ``backend``: build
    of torch; ``bundle``: name of its bundle's folder; ``window``: Qt is installed; ``python``: version of the
    interpreter; ``checks``: lines of the test that it passed; ``extras``: of the program, such as "hub"."""

    version: str
    code: str
    backend: str
    bundle: str
    window: bool
    python: str
    checks: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()


@dataclass(frozen=True)
class Installation:
    """The folder ``program``."""

    root: Path

    @property
    def versions(self) -> Path:
        """Folder of environments."""
        return self.root / "versions"

    @property
    def bundles(self) -> Path:
        """Folder of bundles."""
        return self.root / "bundles"

    @property
    def uv(self) -> Path:
        """The uv that the last installer which carried one left."""
        return self.root / "tools" / ("uv.exe" if WINDOWS else "uv")

    @property
    def log(self) -> Path:
        """Lines of the last installation."""
        return self.root / "installer.log"

    @property
    def launcher(self) -> Path:
        """The program that people and desktops start."""
        return self.root / "bin" / (f"{NAME}.cmd" if WINDOWS else NAME)

    def version(self, name: str) -> Path:
        """Folder of a version."""
        return self.versions / name

    def record(self, name: str) -> Record | None:
        """Of a version that is whole; None for another. What a newer program wrote besides is passed over."""
        try:
            plain: Any = json.loads((self.version(name) / "installed.json").read_text("utf-8"))
            values = {field.name: plain[field.name] for field in fields(Record) if field.name in plain}
            usual = ("window", "update") if plain["window"] else ("update",)
            values |= {"checks": tuple(plain["checks"]), "extras": tuple(plain.get("extras", usual))}
            return Record(**values)
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None

    def whole(self) -> list[str]:
        """Names of versions that were installed and tested, the oldest first."""
        return [name for name in self.names() if self.record(name) is not None]

    def names(self) -> list[str]:
        """Names of all folders of versions, the oldest first."""
        names = [path.name for path in self.versions.glob("*") if _VERSION.fullmatch(path.name)]
        return sorted(names, key=_order)

    def next_name(self, version: str) -> str:
        """Of a version to be installed: one more than any before it."""
        numbers = [_order(name) for name in self.names()]
        return f"{version}-{max(numbers, default=0) + 1}"

    def current(self) -> tuple[str, str]:
        """The version that is started and the one before it; "" where there is none that is whole."""
        try:
            lines = (self.root / "current").read_text("utf-8").splitlines()
        except (OSError, ValueError):
            lines = []
        names = [line if line and self.record(line) is not None else "" for line in [*lines, "", ""][:2]]
        return names[0], names[1]

    def switch(self, name: str) -> None:
        """Start this version from now on; the one that was started becomes the one before it, unless it is damaged."""
        current, before = self.current()
        write(self.root / "current", f"{name}\n{current if current not in ('', name) else before}\n")

    def write_launcher(self) -> None:
        """Write the program that starts the current version."""
        write(self.launcher, LAUNCHER_WINDOWS if WINDOWS else LAUNCHER)
        self.launcher.chmod(0o755)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time changes an installation. Raises `BadInput` while another does, `RunFailed` where
        nothing can be written."""
        with contextlib.ExitStack() as stack:
            try:
                self.root.mkdir(parents=True, exist_ok=True)
                path = self.root / "lock"
                file = stack.enter_context(open(path, "a+b"))
                _lock(file.fileno())
                if not WINDOWS and os.stat(path).st_ino != os.fstat(file.fileno()).st_ino:
                    raise BlockingIOError  # it was uninstalled since the file was opened
            except (BlockingIOError, FileNotFoundError):
                what = "Another installer is at work in this folder"
                raise BadInput(what, where=str(self.root), advice="wait until it has ended") from None
            except OSError as error:
                advice = "choose a data folder where you may write: --folder DIR"
                why = error.strerror or str(error)
                raise RunFailed("The folder can't be used", where=str(self.root), why=why, advice=advice) from None
            yield

    def in_use(self, name: str) -> bool:
        """True while a program runs from this version. Windows refuses to rename its folder then, and needs no mark."""
        if sys.platform == "win32":
            return False
        try:
            with open(self.version(name) / IN_USE, "rb") as file:
                _lock(file.fileno())
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False


_open_marks: list[BinaryIO] = []
"""The mark of the version that this process runs from; closed when it ends."""


def hold_version(prefix: str = sys.prefix) -> None:
    """Let nobody remove the version that this process runs from, as long as it runs."""
    if sys.platform == "win32" or installation_of(prefix) is None:
        return
    import fcntl

    with contextlib.suppress(OSError):  # a disk where nothing can be written or locked
        file = open(Path(prefix) / IN_USE, "ab")  # noqa: SIM115 - held until the process ends
        _open_marks.append(file)
        fcntl.flock(file.fileno(), fcntl.LOCK_SH)


def write_record(folder: Path, record: Record) -> None:
    """The last step of an installation: from now on the version is whole."""
    write(folder / "installed.json", json.dumps(asdict(record), indent=2) + "\n")


def write(path: Path, text: str) -> None:
    """A file that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    with open(temporary, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def remove(path: Path) -> None:
    """Remove a file, or a folder with everything in it, if it exists. Raises `RunFailed` if it can't be removed."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        advice = "close Compression Studio and run this again"
        raise RunFailed("A folder can't be removed", where=str(path), why=error.strerror or "", advice=advice) from None


def data_folder() -> Path:
    """Folder of runs and of the installation, as `engine.base.files.home` names it without preferences: that one needs
    packages that may not be there."""
    if named := os.environ.get("COMPRESSION_STUDIO_HOME"):
        return Path(named).expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / NAME
    if WINDOWS:
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / NAME / NAME
    named = os.environ.get("XDG_DATA_HOME", "").strip()
    return (Path(named) if named else Path.home() / ".local" / "share") / NAME


def installation_of(prefix: str = sys.prefix) -> Installation | None:
    """The installation that an interpreter's environment is a version of; None for one that pip or uv installed."""
    folder = Path(prefix)
    if folder.parent.name == "versions" and (folder / "installed.json").is_file():
        return Installation(folder.parent.parent)
    return None


def program_in(folder: Path, name: str = NAME) -> Path:
    """A script of an environment."""
    return folder / "Scripts" / f"{name}.exe" if WINDOWS else folder / "bin" / name


def python_of(folder: Path) -> str:
    """The version of an environment's interpreter, from its ``pyvenv.cfg``; "" where it does not say."""
    try:
        text = (folder / "pyvenv.cfg").read_text("utf-8")
    except OSError:
        return ""
    match = re.search(r"^version(?:_info)? = ([\d.]+)", text, re.M)
    return match[1] if match else ""


def _order(name: str) -> int:
    match = _VERSION.fullmatch(name)
    return int(match[2]) if match else 0


def _lock(descriptor: int) -> None:
    """Raises BlockingIOError while another process holds it, another OSError where locks can't be had."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            raise BlockingIOError from None
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
