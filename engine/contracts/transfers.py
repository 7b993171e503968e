"""Commands that move files between two machines over the engine's own connection, piece by piece and with hashes.

Files go to the other machine by the SHA-256 of their content, and results come back by the names in a run's folder.
Every piece says where it begins, so that a lost connection costs one piece. Names of files from another machine are
checked by `refuse_unsafe` before anything is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.base.errors import BadInput
from engine.contracts.commands import Command

PIECE_BYTES = 4 << 20
"""Bytes of a file in one message."""
MOST_FILES = 10_000
"""Files of one model or run."""
LONGEST_NAME = 400
SHA256 = re.compile(r"[0-9a-f]{64}")
_PART = re.compile(r"[^\x00-\x1f\x7f/\\:*?\"<>|]{1,200}")
"""Part of a path that is the name of a file on every system."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of a folder. ``name``: its parts are joined by "/". ``size`` in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindContent(Command):
    """Find out which files are on the machine already, whole or in part. Result: `ContentThere`."""

    files: tuple[FileEntry, ...]


@dataclass(frozen=True, slots=True)
class ContentThere:
    """``sizes``: bytes of each file that are there. ``free_disk``: bytes."""

    sizes: tuple[int, ...]
    free_disk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePiece(Command):
    """Append a piece of the file with this hash. Result: bytes of the file that are there, an int; a piece that does
    not begin there is ignored. The file whose last byte has come is compared with its hash."""

    sha256: str
    size: int
    offset: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceContent(Command):
    """Make a folder of files that are there. Result: its path as str, or with ``single`` that of its only file."""

    files: tuple[FileEntry, ...]
    single: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceHeaders(Command):
    """Make a folder of files of which only the beginning is there, for a check that reads headers alone: the rest of
    each, up to its size in ``sizes``, is a hole that takes no disk. Result as that of `PlaceContent`."""

    files: tuple[FileEntry, ...]
    sizes: tuple[int, ...]
    single: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRuns(Command):
    """List the last runs of the engine's workspace. Result: a tuple of `RunLine`, the newest first."""

    limit: int = 50


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in one line."""

    id: str
    name: str
    status: str
    started: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFiles(Command):
    """List the files of a run, or with ``block`` those of the model that this block left. Result: a tuple of
    `FileEntry`."""

    run: str
    block: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPiece(Command):
    """Read ``size`` bytes of a file in the list of `ListFiles`. Result: bytes, fewer only at the end of the file."""

    run: str
    name: str
    offset: int
    size: int
    block: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UseHubToken(Command):
    """Use this token of the hub for what this process downloads; it is written nowhere. Result: None."""

    token: str = field(repr=False)


COMMANDS = (FindContent, TakePiece, PlaceContent, PlaceHeaders, ListRuns, ListFiles, ReadPiece, UseHubToken)


def refuse_unsafe(files: Iterable[FileEntry]) -> None:
    """Raise `BadInput` for file names that leave the folder or are not valid on every system, and for invalid sizes
    and hashes."""
    names = set[str]()
    for number, entry in enumerate(files):
        parts = entry.name.split("/")
        if number >= MOST_FILES:
            raise BadInput("There are too many files", why=f"{MOST_FILES} are allowed")
        if len(entry.name) > LONGEST_NAME or any(not _is_name(part) for part in parts) or entry.name.lower() in names:
            raise BadInput("This can't be the name of a file", where=ascii(entry.name)[:80])
        if entry.size < 0 or not SHA256.fullmatch(entry.sha256):
            raise BadInput("The size or hash of a file can't be right", where=ascii(entry.name)[:80])
        names.add(entry.name.lower())


def _is_name(part: str) -> bool:
    return _PART.fullmatch(part) is not None and part == part.strip() and not part.endswith(".") and part.isprintable()
