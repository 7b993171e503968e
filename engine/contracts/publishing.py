"""Results of publishing an export. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.base.human import bytes_text
from engine.contracts.opening import MAIN, OpenIn

FileState = Literal["new", "changed", "same"]


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
