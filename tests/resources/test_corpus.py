"""The bundled mixed texts: what their record says, kept apart, under licenses that are there, of several languages."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from engine import resources
from engine.data.texts import domains, load_text

CORPUS = resources.path("corpus")
RECORD: dict[str, Any] = json.loads((CORPUS / "corpus.json").read_text(encoding="utf-8"))


def test_the_files_are_those_of_the_record_and_below_three_and_a_half_megabytes() -> None:
    for domain, parts in RECORD.items():
        for part, about in parts.items():
            data = (CORPUS / domain / f"{part}.txt").read_bytes()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (about["bytes"], about["sha256"])
    assert sum(file.stat().st_size for file in CORPUS.rglob("*.*")) < 3_500_000


@pytest.mark.parametrize("domain", sorted(RECORD))
def test_no_document_and_no_long_paragraph_is_in_both_parts(domain: str) -> None:
    train, validation = (RECORD[domain][part]["documents"] for part in ("train", "validation"))
    assert not set(train) & set(validation)
    seen, held_out = (set(domains("mixed", part)[domain].read_text().split("\n\n")) for part in ("train", "validation"))
    assert not {paragraph for paragraph in held_out & seen if len(paragraph) > 300}


def test_every_source_has_its_license() -> None:
    page = (CORPUS / "README.md").read_text()
    rows = [line.split("|") for line in page.splitlines() if re.match(r"\| [a-z]+ \|", line)][1:]
    assert {row[1].strip() for row in rows} == set(RECORD)
    for row in rows:
        assert re.search(r"public domain|CC BY-SA 3.0|PSF License 2|the same", row[5]), row
    assert {file.name for file in (CORPUS / "licenses").iterdir()} == {"CC-BY-SA-3.0.txt", "PSF-2.0.txt"}


def test_the_first_windows_have_something_of_every_domain() -> None:
    """Few windows are measured: they must not all be of the domain that comes first."""
    start = load_text("mixed").text[:130_000]
    assert all(any(p in start for p in _paragraphs(file)) for file in domains("mixed").values())
    assert re.search("[а-я]{4}", start) and re.search("[一-鿿]{4}", start) and "def " in start


def test_all_of_it_is_there_once() -> None:
    whole = sorted(load_text("mixed", "train").text.split("\n\n"))
    assert whole == sorted(
        p for file in domains("mixed", "train").values() for p in file.read_text().strip("\n").split("\n\n")
    )


def _paragraphs(file: Path) -> list[str]:
    return [paragraph for paragraph in file.read_text().split("\n\n") if len(paragraph) > 100]
