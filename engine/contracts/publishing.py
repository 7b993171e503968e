"""Publishing an export: the command and its result. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.base.human import bytes_text
from engine.contracts.commands import Command
from engine.contracts.opening import MAIN, OpenIn

FileState = Literal["new", "changed", "same"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Push(Command):
    """Send the export in a folder to a repository of the hub, which is made if it is not there: ``public`` or private.
    ``update``: replace files that an existing one holds. Result: `Pushed`."""

    folder: Path
    repo: str
    public: bool = False
    branch: str = MAIN
    message: str = ""
    update: bool = False


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
        unchanged = f", {same} of {len(self.files)} {'was' if same == 1 else 'were'} there already" if same else ""
        files = "1 file" if count == 1 else f"{count} files"
        where = "" if self.branch == MAIN else f" (branch {self.branch})"
        return f"Pushed {files} ({bytes_text(size)}) to {repository}{where}{unchanged}."

    def remarks(self, *, public: bool) -> list[str]:
        """Sentences on what a person may not expect. ``public``: whether the push was to be public."""
        remarks = []
        if public and self.private:
            remarks.append("The repository existed and is private. Its page can make it public.")
        for text, names in (
            ("Removed, because loaders would read them in place of these files", self.removed),
            ("Other files of the repository, not changed", self.others),
            ("Not part of the export, not sent", self.unsent),
        ):
            if names:
                remarks.append(f"{text}: {', '.join(names)}.")
        return remarks

    def __str__(self) -> str:
        return self.sentence
