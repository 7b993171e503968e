"""Writing files so that they appear whole or not at all: temporary name, fsync, rename."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import psutil
from platformdirs import user_config_path, user_data_path

from engine.base.errors import BadInput, RunFailed
from engine.base.human import printable

MOST_DIGITS = 300
"""Of a whole number in JSON, its sign among them: with more it is beyond all floats."""
DEEPEST = 100
"""Levels of JSON that is read."""
_MAYBE_HALF = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
"""An escaped or plain surrogate in JSON."""
ABANDONED_SECONDS = 600.0
"""A temporary file of a process that is gone is removed when it has not changed for so long: on a folder that several
machines share, the process may be another machine's."""
NAME_LENGTH, PATH_LENGTH = 255, 4000
"""Bytes of a name and characters of a path that file systems take; to ask for longer ones is an error."""
_TEMPORARY = re.compile(r"\..+?\.(\d+)(\.\d+)?\.part")
_swept: set[Path] = set()
_private: set[Path] = set()
"""Data folders: what is made in them is for nobody but the person."""


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; when the block ends without an error it becomes ``path``.

    Raises `RunFailed` for a full disk and `BadInput` for a folder that can't be written; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        make_folder(path.parent)
        sweep(path.parent)
        temporary.unlink(missing_ok=True)  # a link of that name would be followed
        yield temporary
        restrict(temporary)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        raise disk_error(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def open_for_writing(path: Path, flags: int) -> int:
    """The descriptor of a file that is written in its place, made if it is not there. ``flags``: of `os.open`, such as
    ``os.O_RDWR | os.O_APPEND``.

    Raises `BadInput` for a link: a folder that came from elsewhere could point to any file of the person's. All that is
    written in its place in folders of runs is opened here; all else is written beside and renamed (`whole_file`), which
    replaces a link.
    """
    binary, no_follow = getattr(os, "O_BINARY", 0), getattr(os, "O_NOFOLLOW", 0)
    try:
        if not no_follow and (path.is_symlink() or _is_junction(path)):
            raise OSError(errno.ELOOP, "it is a link")
        return os.open(path, flags | os.O_CREAT | binary | no_follow, file_mode(path))
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EMLINK):  # FreeBSD says the second
            raise
        raise BadInput(
            "A file that should be written is a link",
            where=str(path),
            why="what it points to is not this program's",
            advice="delete the link",
        ) from None


def _is_junction(path: Path) -> bool:
    """True if it is one of Windows' other kinds of links."""
    status = os.lstat(path) if os.path.lexists(path) else None
    return bool(getattr(status, "st_reparse_tag", 0))


def refuse_existing(path: Path, what: str) -> None:
    """Raise `BadInput` if there is something where a file should be written that a person named; ``what``: it would be,
    e.g. "pipeline"."""
    if os.path.lexists(path):
        raise BadInput(
            f"The {what} would replace a file",
            where=str(path),
            why="there is one of that name already",
            advice="choose another name, or delete it first",
        )


def keep_private(root: Path) -> None:
    """From now on folders and files that are made in ``root``, a data folder, are the person's alone; elsewhere, as
    where a model is exported to, they are what the person's umask says."""
    _private.add(Path(os.path.abspath(root)))


def is_private(path: Path) -> bool:
    """True if a path is a data folder or lies in one."""
    whole = Path(os.path.abspath(path))
    return not _private.isdisjoint((whole, *whole.parents)) or whole.is_relative_to(os.path.abspath(home()))


def file_mode(path: Path) -> int:
    """Mode of a new file, before the umask."""
    return 0o600 if is_private(path) else 0o666


def make_folder(path: Path) -> None:
    """Make a folder and what is missing above it; those in a data folder, and it itself, are the person's alone."""
    if not path.is_dir():
        if path.parent != path:
            make_folder(path.parent)
        path.mkdir(mode=0o700 if is_private(path) else 0o777, exist_ok=True)


def restrict(path: Path) -> None:
    """Take from a file, or from all in a folder, what others may do with it, if it lies in a data folder."""
    if os.name == "nt" or not is_private(path):
        return
    for folder in (path, *path.rglob("*")) if path.is_dir() else (path,):
        if not folder.is_symlink():
            folder.chmod(folder.stat().st_mode & 0o700)


def sweep(folder: Path) -> None:
    """Remove what killed processes left half written in a folder; done by the first write of this process into it."""
    if folder in _swept:
        return
    _swept.add(folder)
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            match = _TEMPORARY.fullmatch(entry.name)
            if match and not psutil.pid_exists(int(match[1])) and _is_old(entry):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    os.unlink(entry.path)


def _is_old(entry: os.DirEntry[str]) -> bool:
    return time.time() - entry.stat(follow_symlinks=False).st_mtime > ABANDONED_SECONDS


def read_regular(path: Path, what: str) -> bytes:
    """The bytes of a file; ``what`` it is called in the sentence, e.g. "text".

    Raises `BadInput` for everything that is not an ordinary file (a device never ends, a pipe may never begin) or
    can't be read.
    """
    try:
        refuse_irregular(path, what)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise unreadable(path, what, error) from None


def refuse_irregular(path: Path, what: str) -> None:
    """Raises `BadInput` for what is not there or not an ordinary file."""
    try:
        if not path.is_file():
            kind = "a folder" if path.is_dir() else "not a regular file" if path.exists() else ""
            raise BadInput(
                f"The {what} is {kind}" if kind else f"The {what} does not exist",
                where=str(path),
                advice="choose a file" if kind else "check the path",
            )
    except (OSError, ValueError) as error:
        raise unreadable(path, what, error) from None


def unreadable(path: Path, what: str, error: OSError | ValueError) -> BadInput:
    """The sentence for a file that is there and can't be read."""
    why = getattr(error, "strerror", None) or str(error)
    return BadInput(f"The {what} can't be read", where=str(path), why=why, advice="choose a file that may be read")


def link_or_copy(source: Path, target: Path) -> None:
    """The same file at another place: one more name for it, or a copy where the disk knows no links."""
    try:
        os.link(source, target)
    except OSError:
        with whole_file(target) as temporary:
            shutil.copyfile(source, temporary)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all; half a character, which no file can hold, becomes a question mark."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="replace")


def write_json(path: Path, data: Any) -> None:
    """Write a JSON file, whole or not at all."""
    write_text(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def parse_json(text: str | bytes) -> Any:
    """The value that JSON text says; raises ValueError, also for one that is nested deeper than `DEEPEST`, holds half
    of a character, or a whole number that no float is near: what walks through it or writes it must not fail."""
    text = text if isinstance(text, str) else text.decode(json.detect_encoding(text), "surrogatepass")
    try:
        value = json.loads(text, parse_int=whole_number)
        if _MAYBE_HALF.search(text) is not None:  # most are halves of pairs, which are whole once they were read
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeEncodeError:
        raise ValueError("it holds half a character") from None
    level = [value]
    for _ in range(DEEPEST):
        inside = (item.values() if isinstance(item, dict) else item for item in level)
        level = [item for values in inside if isinstance(values, Iterable) for item in values if _is_nested(item)]
        if not level:
            return value
    raise ValueError("it is nested too deeply")


def whole_number(digits: str) -> int:
    """A whole number of JSON. Raises ValueError for one of more than `MOST_DIGITS`."""
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"it holds a whole number of {len(digits)} digits")
    return int(digits)


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict | list)


def read_json(path: Path) -> Any:
    """The value in a JSON file, or `BadInput` saying what is wrong with it (see `read_regular`)."""
    return _json_in(read_regular(path, "file"), path)


def read_object(path: Path) -> dict[str, Any]:
    """The object in a JSON file, or `BadInput`."""
    return object_in(read_regular(path, "file"), path)


def _json_in(data: bytes, path: Path) -> Any:
    try:
        return parse_json(data)
    except ValueError as error:
        raise BadInput(
            "The file is damaged", where=str(path), why=f"it is not JSON ({error})", advice="download or copy it again"
        ) from None


def object_in(content: bytes, path: Path) -> dict[str, Any]:
    """The object that the ``content`` of a JSON file says, or `BadInput` naming ``path``."""
    data = _json_in(content, path)
    if not isinstance(data, dict):
        raise BadInput(
            "The file is damaged", where=str(path), why="it holds no JSON object", advice="download or copy it again"
        )
    return data


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


def file_error(error: OSError, path: Path) -> Exception:
    """The sentence for an OSError met while working with ``path``, of which nobody knows whether it was read or
    written."""
    writing = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)
    forbidden = error.errno in (errno.EACCES, errno.EPERM)
    if error.errno in writing or (forbidden and (not path.exists() or os.access(path, os.R_OK))):
        return disk_error(error, path)
    return BadInput("The file can't be read", where=str(path), why=error.strerror or str(error))


def chosen_home() -> str:
    """The workspace that was chosen in the preferences, "" for the user's data folder."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return _home_file().read_text(encoding="utf-8").strip()
    return ""


def choose_home(folder: str) -> None:
    """Use another workspace from the next start on, "" for the user's data folder. What lies in the present one stays
    there. Raises `StudioError`."""
    write_text(_home_file(), folder)


def _home_file() -> Path:
    return user_config_path("compression-studio") / "workspace"


def home() -> Path:
    """The folder of runs, artifacts and caches: $COMPRESSION_STUDIO_HOME, the one that was chosen in the preferences
    (`choose_home`), or the user's data folder.

    Raises `BadInput` for a user without a home folder, as in a container.
    """
    named = os.environ.get("COMPRESSION_STUDIO_HOME") or chosen_home()
    root = expanded(named) if named else user_data_path("compression-studio")
    if not named and not root.is_absolute():
        raise BadInput(
            "There is not a folder for results",
            why="this user has no home folder",
            advice="name one: COMPRESSION_STUDIO_HOME=/some/folder",
        )
    return root


def expanded(path: str | os.PathLike[str]) -> Path:
    """With the home folder in the place of ``~`` and ``~name``; raises `BadInput` if there is none, and for what no
    file can be called: what is too long, such as a text in the place of its file, or holds a zero or half a
    character."""
    name = os.fspath(path)
    if not _is_name(name):
        raise BadInput(
            "This is not the name of a file",
            where=printable(name[:200]),
            why="it holds a character that no name can have",
            advice="write the name anew",
        )
    if len(name) > PATH_LENGTH or any(len(part.encode("utf-8", "replace")) > NAME_LENGTH for part in name.split("/")):
        raise BadInput(
            "This is too long for the name of a file",
            where=f"{' '.join(name[:40].split())}…",
            why=f"it has {len(name)} characters",
            advice="give a path; in Python [text] is a text itself",
        )
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise BadInput(
            "The home folder was not found", where=os.fspath(path), advice="write the whole path, or ./~name for a file"
        ) from None


def _is_name(name: str) -> bool:
    """False for what the system's calls raise a ValueError at."""
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def existing_parent(path: Path) -> Path:
    """The nearest folder at or above ``path`` that exists."""
    while not path.exists():
        path = path.parent
    return path
