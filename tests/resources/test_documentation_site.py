"""The sources of the documentation site: its navigation has every page, and its references exist."""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
SITE = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
PAGES = ROOT / SITE["docs_dir"]


def pages(entry: Any) -> Iterator[str]:
    """The files that an entry of the navigation names."""
    if isinstance(entry, str):
        yield entry
    else:
        for inner in entry.values() if isinstance(entry, dict) else entry:
            yield from pages(inner)


def test_the_navigation_has_every_page_and_no_other() -> None:
    assert sorted(pages(SITE["nav"])) == sorted(path.relative_to(PAGES).as_posix() for path in PAGES.rglob("*.md"))


def test_the_reference_names_what_is_there() -> None:
    text = (PAGES / "developers" / "reference.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^::: (\S+)\n((?:    .*\n)*)", text, re.MULTILINE)
    assert len(blocks) >= 6
    named = set()
    for module, options in blocks:
        members = re.search(r"members: \[(.*)\]", options)
        for member in members[1].split(", ") if members else ():
            assert getattr(importlib.import_module(module), member).__doc__, f"{module}.{member}"
            named.add(member)
    functions = {"apply", "compress", "evaluate", "export", "history", "inspect", "methods", "results", "resume"}
    assert functions | {"sweep", "verify"} <= named


def test_the_session_installs_what_the_extra_names() -> None:
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]["docs"]
    session = (ROOT / "noxfile.py").read_text("utf-8")
    assert all(f'"{requirement}"' in session for requirement in extra)
