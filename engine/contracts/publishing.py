"""Publishing an export: commands and their results. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.base.human import bytes_text
from engine.contracts.commands import Command
from engine.contracts.opening import MAIN, OpenIn

FileState = Literal["new", "changed", "same"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribePush(Command):
    """Look at what a push of this export would send. Result: `PushPlan`."""

    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Push(Command):
    """Send an export to a repository of the hub, which is made if it is not there: ``public`` or private. ``update``:
    replace what an existing one holds. Result: `Pushed`."""

    folder: str
    repo: str
    public: bool = False
    branch: str = MAIN
    message: str = ""
    update: bool = False


@dataclass(frozen=True, slots=True)
class FileToPush:
    """A file by its name in the export and its bytes."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class PushPlan:
    """The files of an export that are published. ``others``: names of files beside them, which are not."""

    folder: str
    format: str
    files: tuple[FileToPush, ...]
    others: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all of them."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class PushedFile:
    """A file, and whether the repository had it before: not at all, with other contents, or as it is."""

    name: str
    size: int
    state: FileState


@dataclass(frozen=True, slots=True)
class Pushed:
    """Result of a push. ``commit``: "" where everything was there already. ``sent_bytes``: of contents that the hub's
    storage did not hold. ``removed``: files of an earlier model that would be loaded in place of this one. ``others``:
    files of the repository that were not touched. ``unsent``: files in the folder that are not of the export."""

    repo: str
    url: str
    branch: str
    private: bool
    created: bool
    commit: str
    files: tuple[PushedFile, ...]
    sent_bytes: int
    removed: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    unsent: tuple[str, ...] = ()
    open_in: tuple[OpenIn, ...] = ()

    @property
    def sentence(self) -> str:
        """The result in words."""
        kind = "private" if self.private else "public"
        repository = f"the {'new ' if self.created else ''}{kind} repository {self.url}"
        if not self.commit:
            return f"Everything is in {repository} already: nothing was sent."
        count = sum(file.state != "same" for file in self.files)
        size = sum(file.size for file in self.files if file.state != "same")
        same = len(self.files) - count
        unchanged = f", {same} of {len(self.files)} were there already" if same else ""
        files = "1 file" if count == 1 else f"{count} files"
        where = "" if self.branch == MAIN else f" (branch {self.branch})"
        return f"Pushed {files} ({bytes_text(size)}) to {repository}{where}{unchanged}."

    def __str__(self) -> str:
        return self.sentence
