"""Lines that open a model in other programs, for a folder or for a repository of the hub. Torch-free."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

SHELL, QUOTED = "@MODEL:SHELL@", "@MODEL:QUOTED@"
"""The place of a folder or a repository in `OpeningLines`: as a word of a shell, and inside of double quotes."""
MAIN = "main"
"""The branch that a repository shows."""


@dataclass(frozen=True, slots=True)
class OpeningLines:
    """Lines that open a model in ``program``: one that lies in a folder (``here``), and one that is on the hub, with
    `SHELL` or `QUOTED` where its name goes. ``language``: of the lines, for a page that shows them."""

    program: str
    language: Literal["sh", "python"]
    here: str
    hub: str


@dataclass(frozen=True, slots=True)
class OpenIn:
    """Lines that open one model in ``program``, as they are typed."""

    program: str
    language: Literal["sh", "python"]
    lines: str


def open_folder(lines: Iterable[OpeningLines], folder: str) -> tuple[OpenIn, ...]:
    """The lines for a folder of this machine."""
    return tuple(OpenIn(entry.program, entry.language, _named(entry.here, folder)) for entry in lines)


def open_repository(lines: Iterable[OpeningLines], repo: str, branch: str = MAIN) -> tuple[OpenIn, ...]:
    """The lines for a repository of the hub; those for another branch than the main one fetch it first, since not every
    program takes the name of a branch."""
    if branch == MAIN:
        return tuple(OpenIn(entry.program, entry.language, _named(entry.hub, repo)) for entry in lines)
    folder = repo.rpartition("/")[2]
    fetch = f"hf download {shlex.quote(repo)} --revision {shlex.quote(branch)} --local-dir {shlex.quote(folder)}"
    return (OpenIn("the hub's own program", "sh", fetch), *open_folder(lines, folder))


def _named(lines: str, name: str) -> str:
    return lines.replace(SHELL, shlex.quote(name)).replace(QUOTED, json.dumps(name, ensure_ascii=False)[1:-1])
