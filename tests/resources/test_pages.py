"""README and the help pages say what the registry has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.methods.base import FAMILY_TITLES
from engine.methods.registry import methods
from engine.methods.tables import filled

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "resources" / "help").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_tables_of_methods_are_those_of_the_registry(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == filled(text), f"run: python -m engine.methods.tables {page.relative_to(ROOT)}"


def test_every_method_is_in_the_readme_and_every_method_that_compresses_on_its_help_page() -> None:
    readme = PAGES[0].read_text(encoding="utf-8")
    for info in methods().values():
        if info.is_source or info.origin:
            continue
        assert f"| {info.title} |" in readme
        page = ROOT / "resources" / "help" / f"{info.family}.md"
        if f"<!-- methods: {info.family} -->" in page.read_text(encoding="utf-8"):
            assert info.choose_for, f"{info.id} does not say what a person wants who should take it"


def test_every_family_that_compresses_has_a_table() -> None:
    for family in set(FAMILY_TITLES) - {"source", "training"}:
        assert f"<!-- methods: {family} -->" in (ROOT / "resources" / "help" / f"{family}.md").read_text(
            encoding="utf-8"
        )


def test_a_family_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError, match="no_family"):
        filled("<!-- methods: no_family -->\n<!-- end of methods -->\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert link.startswith("https://") or (page.parent / link).exists(), link
