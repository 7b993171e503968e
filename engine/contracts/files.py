"""Writing files so that they appear whole or not at all: temporary name, fsync, rename."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from engine.contracts.errors import BadInput, RunFailed


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; when the block ends without an error it becomes ``path``.

    Raises `RunFailed` for a full disk and `BadInput` for a folder that can't be written; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        raise disk_error(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def link_or_copy(source: Path, target: Path) -> None:
    """The same file at another place: one more name for it, or a copy where the disk knows no links."""
    try:
        os.link(source, target)
    except OSError:
        with whole_file(target) as temporary:
            shutil.copyfile(source, temporary)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, data: Any) -> None:
    """Write a JSON file, whole or not at all."""
    write_text(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut (a no-op where folders can't be opened, as on Windows)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def disk_error(error: OSError, path: Path) -> Exception:
    """The sentence for an OSError met while writing ``path``."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        free = shutil.disk_usage(existing_parent(path)).free
        return RunFailed(
            "The disk is full",
            where=str(path),
            why=f"{free / 1e6:.0f} MB are free",
            advice="free some space or choose a folder on another disk, then resume: finished work is kept",
        )
    if error.errno == errno.EFBIG:
        return RunFailed(
            "A file would be larger than its disk or the system's limit allows",
            where=str(path),
            why=error.strerror or str(error),
            advice="choose a folder on another disk (FAT32 takes 4 GB a file), or raise the limit (ulimit -f)",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return BadInput(
            "The folder can't be written",
            where=str(path),
            why=error.strerror or str(error),
            advice="choose another folder",
        )
    return RunFailed("Writing failed", where=str(path), why=error.strerror or str(error))


def home() -> Path:
    """The folder of runs, artifacts and caches: $COMPRESSION_STUDIO_HOME, or the user's data folder.

    Raises `BadInput` for a user without a home folder, as in a container.
    """
    named = os.environ.get("COMPRESSION_STUDIO_HOME")
    found = expanded(named) if named else user_data_path("compression-studio")
    if not named and not found.is_absolute():
        raise BadInput(
            "There is no folder for results",
            why="this user has no home folder",
            advice="name one: COMPRESSION_STUDIO_HOME=/some/folder",
        )
    return found


def expanded(path: str | os.PathLike[str]) -> Path:
    """With the home folder in the place of ``~`` and ``~name``; raises `BadInput` if there is none."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise BadInput(
            "There is no such home folder", where=os.fspath(path), advice="write the whole path, or ./~name for a file"
        ) from None


def existing_parent(path: Path) -> Path:
    """The nearest folder at or above ``path`` that exists."""
    while not path.exists():
        path = path.parent
    return path
