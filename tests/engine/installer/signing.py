"""The program that signs updates, and archives for it."""

from __future__ import annotations

import importlib.util
import json
import shutil
import zipfile
from pathlib import Path
from types import ModuleType

from engine.installer.bundle import Bundle, read, write_release
from tests.engine.installer.small_bundles import bundle

ROOT = Path(__file__).resolve().parents[3]


def signing() -> ModuleType:
    """``.packaging/sign.py``."""
    return packaging("sign")


def packaging(name: str) -> ModuleType:
    """A program of ``.packaging``."""
    spec = importlib.util.spec_from_file_location(name, ROOT / ".packaging" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def archive(folder: Path, version: str, news: str = "") -> Path:
    """An archive of a bundle, as a release makes it: without uv. ``news``: a page in its wheel."""
    made = bundle(folder / f"bundle {version}", version, "bbbb", uv=False)
    if news:
        made = _with_news(made, news)
    return Path(shutil.make_archive(str(folder / f"compression-studio-{version}-update"), "zip", made.folder))


def _with_news(made: Bundle, news: str) -> Bundle:
    """A program of the shell that is a zip archive, too: the archive lies behind the script's end."""
    wheel = made.folder / made.wheel
    with open(wheel, "ab") as file:
        file.write(b"\nexit 0\n")
    with zipfile.ZipFile(wheel, "a") as opened:
        opened.writestr("resources/help/news.md", news)
    plain = json.loads((made.folder / "release.json").read_text("utf-8"))
    (made.folder / "release.json").unlink()
    write_release(made.folder, {key: plain[key] for key in ("version", "code", "python", "wheel", "locks", "headless")})
    return read(made.folder)
