"""Groups of blocks that a person saved, to use them again in other pipelines. Torch-free."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from engine.base.errors import BadInput, StudioError
from engine.base.files import read_json, read_regular, write_text
from engine.record.home import Home

PREFIX = "saved:"
"""Prefix of their ids, which ids of methods don't have."""


def folder() -> Path:
    """Folder with a JSON file for each."""
    return Home.default().root / "blocks"


def all_saved() -> dict[str, str]:
    """Id -> title, in the order of the alphabet. Files that are damaged are left out."""
    titles = {}
    for path in sorted(folder().glob("*.json")):
        try:
            titles[PREFIX + path.stem] = str(read_json(path)["groups"][0]["title"])
        except (StudioError, LookupError, TypeError):
            continue
    return dict(sorted(titles.items(), key=lambda entry: entry[1].casefold()))


def save(title: str, text: str) -> str:
    """Keep what the clipboard would hold of a group; one of the same title goes. Gives its id. Raises `StudioError`."""
    if not title.strip():
        raise BadInput("A saved block needs a name", advice="rename the card first")
    # readable where the title has Latin letters, and never the file of another title
    words = re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")[:40]
    stem = f"{words}-{hashlib.sha256(title.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}".lstrip("-")
    folder().mkdir(parents=True, exist_ok=True)
    write_text(folder() / f"{stem}.json", text)
    return PREFIX + stem


def text_of(name: str) -> str:
    """Content of a saved group; raises `StudioError`."""
    return read_regular(_path(name), "saved block").decode("utf-8", "replace")


def remove(name: str) -> None:
    """Forget it."""
    _path(name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    return folder() / f"{name.removeprefix(PREFIX)}.json"
