"""Versions of an installation beside each other, with their sizes: what ``status`` prints and the window shows."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Literal

from engine.base.human import bytes_text
from engine.installer.cleaning import size_of
from engine.installer.layout import Installation, Record

Mark = Literal["current", "before", "other", "incomplete"]
MARKS: dict[Mark, str] = {"current": "current", "before": "previous", "other": "", "incomplete": ""}
SHARED = 3
"""Links of a file that two versions have: one in each of them and one in uv's cache."""


@dataclass(frozen=True)
class Version:
    """``own``: bytes that no other version shares, and that are free once it is removed; ``running``: a program runs
    from it."""

    name: str
    mark: Mark
    record: Record | None
    bytes: int
    own: int
    running: bool

    def __str__(self) -> str:
        if self.record is None:
            what = "not whole: it is removed by the next installation"
        else:
            extras = "" if self.record.window else ", without the window"
            what = f"{self.record.backend}, code {self.record.code}{extras}, {bytes_text(self.bytes)}"
        return f"{self.name:12}{MARKS[self.mark]:12}{what}{', running' if self.running else ''}"


@dataclass(frozen=True)
class Overview:
    """``free``: bytes on the disk; ``bytes``: of the whole installation, with what uv keeps."""

    versions: tuple[Version, ...]
    bytes: int
    free: int

    @property
    def current(self) -> Version | None:
        """The version that is started."""
        return next((version for version in self.versions if version.mark == "current"), None)


def overview(installation: Installation) -> Overview:
    """Look at an installation; every file is looked at for its size."""
    versions = tuple(_version(installation, name) for name in installation.names())
    return Overview(versions, size_of(installation.root), shutil.disk_usage(installation.root).free)


def _version(installation: Installation, name: str) -> Version:
    record = installation.record(name)
    current, before = installation.current()
    marks: dict[str, Mark] = {before: "before", current: "current"}
    mark = marks.get(name, "other") if record is not None else "incomplete"
    folder = installation.version(name)
    return Version(name, mark, record, size_of(folder), size_of(folder, links=SHARED - 1), installation.in_use(name))
