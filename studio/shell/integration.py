"""The program in the desktop's menu, as the one that opens pipelines: ``compression-studio integrate``. Without Qt.

On Linux and other systems with the freedesktop.org menus: a desktop entry, an icon and the file type of pipelines
(``*.pipeline.json``) in the data folder of the user (XDG_DATA_HOME). Nothing is installed for others.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from engine.base.errors import BadInput
from engine.base.files import make_folder, write_text
from engine.installer.layout import installation_of

NAME = "compression-studio"
MIME = f"application/x-{NAME}-pipeline+json"
ENTRY = """[Desktop Entry]
Type=Application
Version=1.5
Name=Compression Studio
GenericName=Model Compression
Comment=Make language models smaller
Exec={program} %f
TryExec={try_program}
Icon={name}
Terminal=false
Categories=Science;Development;
Keywords=LLM;quantization;pruning;distillation;GGUF;
MimeType={mime};
StartupWMClass={name}
"""
TYPE = """<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
  <mime-type type="{mime}">
    <comment>Compression Studio pipeline</comment>
    <sub-class-of type="application/json"/>
    <glob pattern="*.pipeline.json" weight="60"/>
  </mime-type>
</mime-info>
"""
CACHES = (("update-desktop-database", "applications"), ("update-mime-database", "mime"))
"""Programs that let a desktop which is running read the new files, with the folder that each is called for."""


def main(arguments: Sequence[str]) -> int:
    """``integrate [--remove]``; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog=f"{NAME} integrate",
        description="Put Compression Studio into the menu of your desktop, and let it open *.pipeline.json.",
    )
    parser.add_argument("--remove", action="store_true", help="take it out of the menu again")
    parsed = parser.parse_args(arguments)
    try:
        for path in remove() if parsed.remove else add():
            sys.stdout.write(f"{'Removed' if parsed.remove else 'Wrote'} {path}\n")
        lines = [shlex.join([program, str(_root() / folder)]) for program, folder in CACHES if shutil.which(program)]
        if lines:
            sys.stdout.write("A desktop that is running reads them after:\n" + "".join(f"  {line}\n" for line in lines))
    except BadInput as error:
        sys.stderr.write(f"{NAME}: {error}\n")
        return error.exit_status
    return 0


def add() -> list[Path]:
    """Write the files; those of an earlier version are replaced. Raises `BadInput` where desktops have no such files,
    and where they can't be written."""
    entry, icon, kind = _files()
    program = _program()
    quoted = " ".join(f'"{_escaped(word)}"' for word in program)
    contents = {
        entry: ENTRY.format(program=quoted, try_program=program[0], name=NAME, mime=MIME),
        icon: _icon(),
        kind: TYPE.format(mime=MIME),
    }
    for path, content in contents.items():
        try:
            make_folder(path.parent)
            write_text(path, content)
        except OSError as error:
            raise BadInput("The file can't be written", where=str(path), why=error.strerror or "") from None
    return list(contents)


def remove() -> list[Path]:
    """Remove the files that `add` wrote, those that are there. Raises `BadInput` as `add`."""
    removed = []
    for path in _files():
        if path.is_file():
            path.unlink()
            removed.append(path)
    return removed


def _root() -> Path:
    if sys.platform in ("win32", "darwin"):
        what = "There is no menu to write to on this system"
        raise BadInput(what, advice="pin the running program to the task bar or the Dock")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


def _files() -> tuple[Path, Path, Path]:
    """Desktop entry, icon, file type."""
    root = _root()
    icons = root / "icons" / "hicolor" / "scalable" / "apps"
    return root / "applications" / f"{NAME}.desktop", icons / f"{NAME}.svg", root / "mime" / "packages" / f"{NAME}.xml"


def _program() -> list[str]:
    """The command of this installation: its launcher, which starts the current version; its script; else its Python."""
    installation = installation_of()
    if installation is not None:
        return [str(installation.launcher)]
    script = Path(sys.executable).parent / NAME
    return [str(script)] if script.is_file() else [sys.executable, "-m", "studio"]


def _escaped(word: str) -> str:
    """In double quotes of the key Exec (Desktop Entry Specification, "The Exec key")."""
    word = word.replace("%", "%%")
    for character in '\\"`$':
        word = word.replace(character, f"\\{character}")
    return word.replace("\\", "\\\\")  # once more for the string that the value is


def _icon() -> str:
    """The icon of the window in the accent color of the dark theme."""
    folder = resources.files("resources")
    color = json.loads((folder / "themes.json").read_text("utf-8"))["dark"]["accent"]
    return (folder / "icons" / "low_rank.svg").read_text("utf-8").replace("currentColor", color)
