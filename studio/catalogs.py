"""Catalogs of the window's texts, extracted and compiled with Qt's own tools.

    python -m studio.catalogs            brings resources/languages/*.ts up to date, then makes a .qm of each
    python -m studio.catalogs --check    names texts that a catalog lacks or no longer needs; exit status 1 if any
    python -m studio.catalogs fr         begins a catalog for another language

A .ts file is what translators edit. It has no line numbers, so that a change of the sources leaves it as it is.
That of English has only the texts with a number: the sources say "%n blocks", and it adds "%n block" for one.
"""

from __future__ import annotations

import argparse
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from engine.base import children
from studio.kit.marking import ENGINE

SOURCES = Path(__file__).resolve().parent
FOLDER = SOURCES.parent / "resources" / "languages"
ENGLISH = "en"
"""The language of the sources."""


class Text(NamedTuple):
    """A text in a catalog.

    Parameters
    ----------
    comment: tells apart what is one text in English, such as "Run" as a verb and as a noun.
    translation: one form, or one for each number with "%n"; empty where it is missing.
    """

    context: str
    source: str
    comment: str
    translation: tuple[str, ...]
    finished: bool


def catalogs(folder: Path = FOLDER) -> list[Path]:
    """All catalogs that translators edit."""
    return sorted(folder.glob("*.ts"))


def texts(catalog: Path) -> list[Text]:
    """Texts of a catalog in its order. The file is one of this repository."""
    messages = []
    for context in ET.parse(catalog).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is None:
                continue
            forms = translation.findall("numerusform") or [translation]
            messages.append(
                Text(
                    context.findtext("name") or "",
                    message.findtext("source") or "",
                    message.findtext("comment") or "",
                    tuple(form.text or "" for form in forms),
                    translation.get("type") is None,
                )
            )
    return messages


@functools.cache
def engine_texts() -> tuple[str, ...]:
    """Texts that come from the engine's registries: `studio.engine_words` translates them when they are shown."""
    from engine import words  # which loads torch, unlike the window

    return (*words.short_words(), *words.summaries(), *words.help_texts())


def tool(name: str) -> str | None:
    """The path of lupdate or lrelease: that of PySide6 beside the running Python, or in its package, or on the path."""
    beside = shutil.which(f"pyside6-{name}", path=str(Path(sys.executable).parent))
    return beside or _packaged(name) or shutil.which(f"pyside6-{name}")


def _packaged(name: str) -> str | None:
    import PySide6

    package = Path(PySide6.__file__).parent
    folders = (package, package / "libexec")
    return next(filter(None, (shutil.which(name, path=str(folder)) for folder in folders)), None)


def update(catalog: Path) -> None:
    """Add the texts of the sources that a catalog lacks, without guesses, and remove those that are gone."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "sources.lst"
        words = Path(folder) / "engine.py"
        words.write_text("".join(f"translate({ENGINE!r}, {text!r})\n" for text in engine_texts()), "utf-8")
        sources = [*sorted(SOURCES.rglob("*.py")), words]
        listed.write_text("\n".join(path.as_posix() for path in sources), "utf-8")
        language = ("-source-language", "en", "-target-language", catalog.stem)
        options = ("-locations", "none", "-no-obsolete", "-disable-heuristic", "similartext", "-silent")
        some = ("-pluralonly",) if catalog.stem == ENGLISH else ()
        _call("lupdate", f"@{listed}", *options, *some, *language, "-ts", str(catalog))


def compile_catalog(catalog: Path, target: Path) -> None:
    """Make the .qm that the window loads."""
    _call("lrelease", "-silent", str(catalog), "-qm", str(target))


def differences(catalog: Path) -> list[str]:
    """Texts that the sources have and a catalog lacks, or the other way round, a line each."""
    before = {text[:3] for text in texts(catalog)}
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / catalog.name
        shutil.copyfile(catalog, fresh)
        update(fresh)
        after = {text[:3] for text in texts(fresh)}
    return list(_lines(catalog.name, "lacks", after - before)) + list(_lines(catalog.name, "has", before - after))


def _lines(name: str, verb: str, keys: set[tuple[str, str, str]]) -> Iterator[str]:
    end = "" if verb == "lacks" else ", which is gone from the sources"
    for context, source, _ in sorted(keys):
        yield f"{name} {verb} “{source}” of {context or 'no context'}{end}"


def _call(name: str, *arguments: str) -> None:
    """Run a tool of Qt; its words are shown if it fails. Raises `subprocess.CalledProcessError` then."""
    path = tool(name)
    if path is None:
        raise FileNotFoundError(f"pyside6-{name} is missing. It comes with PySide6-Essentials.")
    status = children.start_command([path, *arguments], os.environ, stdout=None, stderr=None).wait()
    if status:
        raise subprocess.CalledProcessError(status, path)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m studio.catalogs", description="Catalogs of the window's texts.")
    parser.add_argument("language", nargs="*", help="begin a catalog for this language, such as fr or pt_BR")
    parser.add_argument("--check", action="store_true", help="change nothing; name what catalogs lack")
    options = parser.parse_args(argv)
    if options.check:
        lines = [line for catalog in catalogs() for line in differences(catalog)]
        print("\n".join(lines) or "All catalogs have the texts of the sources.")
        return 1 if lines else 0
    FOLDER.mkdir(exist_ok=True)
    for catalog in sorted({*catalogs(), *(FOLDER / f"{name}.ts" for name in options.language)}):
        update(catalog)
        compile_catalog(catalog, catalog.with_suffix(".qm"))
        everything = texts(catalog)
        done = sum(text.finished for text in everything)
        print(f"{catalog.name}: {done} of {len(everything)} texts are translated.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
