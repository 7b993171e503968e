"""Crash reports without paths and names: they say where in the program it failed, not on whose machine."""

from __future__ import annotations

import getpass
import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePath

from engine.base.files import home

ROOT = Path(__file__).resolve().parents[2]
"""Folder that the program's packages are in."""
SHORTEST = 3
"""Letters of a name at least that is looked for: shorter ones are parts of other words."""
_QUOTED = re.compile(r"(?<!\w)(['\"“])([^'\"“”\n]*[/\\][^'\"“”\n]*)(['\"”])(?!\w)")
_PATH = re.compile(r"(?<![\w.<>/\\-])(?:~|[A-Za-z]:)?[/\\](?:[\w.@+~ -]*[\w.@+~-][/\\])*[\w.@+~-]+")
_PROGRAM = re.compile(r'^(\s*File ")([^"]+)(", line )', re.MULTILINE)


def anonymous(text: str) -> str:
    """The same text with "<path>" for files and folders (the program's own are relative), "<name>" for what is quoted
    and has slashes, as ids of models have, "<user>" and "<machine>"."""
    text = _PROGRAM.sub(lambda match: f"{match[1]}{_own(match[2])}{match[3]}", text)
    lines = (line if _PROGRAM.match(line) else _scrubbed(line) for line in text.split("\n"))
    text = "\n".join(lines)
    for word, name in _names():
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", name, text)
    return text


def _scrubbed(line: str) -> str:
    line = _QUOTED.sub(lambda match: f"{match[1]}{_kind(match[2])}{match[3]}", line)
    return _PATH.sub("<path>", line)


def _kind(quoted: str) -> str:
    """A path begins at a root or at the home folder, all else with slashes is a name."""
    return "<path>" if quoted.startswith(("/", "~", "\\")) or quoted[1:2] == ":" else "<name>"


def _own(path: str) -> str:
    """A source file relative to the program or to the packages of its Python."""
    packages = sorted((Path(name) for name in sys.path if name), key=lambda folder: -len(str(folder)))
    folders = [*packages, Path(sys.prefix), Path(sys.base_prefix)]
    if Path(path).is_relative_to(ROOT) and not Path(path).is_relative_to(sys.prefix):
        folders = [ROOT]
    for folder in folders:
        if Path(path).is_relative_to(folder):
            return Path(path).relative_to(folder).as_posix()
    return path if path.startswith("<") else f"<path>/{PurePath(path.replace(chr(92), '/')).name}"


def _names() -> Iterator[tuple[str, str]]:
    """Folders and names of this machine, the longest first."""
    folders = {str(home()), str(Path.home()), tempfile.gettempdir(), os.getcwd()}
    yield from ((folder, "<path>") for folder in sorted(folders, key=len, reverse=True) if len(folder) > SHORTEST)
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = ""
    for word, name in ((platform.node(), "<machine>"), (user, "<user>")):
        if len(word) >= SHORTEST:
            yield word, name
