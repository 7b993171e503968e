"""The page of measurements is made of its rows, and every table can be run."""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))

import claims
import rows
import tables

from engine.checkpoints.checkpoint import read_header
from engine.claims.catalog import CLAIMS
from engine.claims.rows import bundled, read
from engine.data.texts import is_bundled, load_text
from engine.methods.registry import method

TABLES = tables.tables()


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_settings_that_its_methods_take(name: str) -> None:
    for row in TABLES[name].rows:
        for method_id, settings in TABLES[name].steps(row):
            method(method_id).settings.parse(settings)


@pytest.mark.parametrize("name", TABLES)
def test_no_row_calibrates_on_a_text_that_it_is_measured_on(name: str) -> None:
    table = TABLES[name]
    steps = [step for row in table.rows for step in table.steps(row)]
    used = {part for _, settings in steps for part in tables.parts_of(settings.get("text", ""))}
    assert not set(table.texts) & {text for text in used if not is_bundled(text)}, "bundled ones have two parts"


def test_a_seed_calibrates_on_other_samples_of_the_same_text(tmp_path: Path) -> None:
    text, begins = load_text("mixed", "train").text, list[list[int]]()
    for seed in range(4):
        name = tables.drawn_text("mixed", seed, tmp_path)
        turned = load_text(name, "train").text
        samples = [turned[at * len(turned) // 40 :][:2000] for at in range(40)]
        begins.append([text.index(sample) for sample in samples if sample in text])  # one has the end and the begin
    assert all(len(each) >= 39 for each in begins)
    pairs = itertools.combinations(begins, 2)
    assert min(abs(one - other) for first, second in pairs for one in first for other in second) > 2000


def test_texts_of_several_are_written_into_the_folder_of_the_row(tmp_path: Path) -> None:
    code, manual = (load_text(f"mixed:{name}", "train").text for name in ("code", "manual"))
    (joined,) = tables.with_files({"text": "text:mixed:code+mixed:manual"}, None, tmp_path).values()
    (folder,) = tables.with_files({"text": "text:mixed:code,mixed:manual"}, None, tmp_path).values()
    assert tmp_path in Path(joined).parents and tmp_path in Path(folder).parents
    assert load_text(joined, "train").text == f"{code}\n\n{manual[: len(code)]}"
    assert [file.read_text("utf-8") for file in sorted(Path(folder).iterdir())] == [code, manual]


@pytest.mark.parametrize("setting", ["mixed:code", "text:mixed:code,mixed:manual", "text:mixed:manual+mixed:code"])
def test_a_row_is_marked_when_the_bundled_texts_that_it_calibrates_on_are_others(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tables.Table(title="", about="", model="", texts={}, rows={"GPTQ": [("gptq", {"text": setting})]})
    monkeypatch.setattr(tables, "is_current", lambda entry: True)
    hashes = tables.bundled_hashes(table.steps("GPTQ"))
    assert hashes["mixed:code"] == load_text("mixed:code", "train").sha256
    for measured, mark in ((hashes, ""), ({**hashes, "mixed:code": "0" * 64}, tables.OLD), ({}, tables.OLD)):
        entry = {"row": "GPTQ", "texts": {}, "bundled_texts": measured}
        assert f"| GPTQ{mark} |" in tables._grid(table, {"GPTQ": [entry]}, marks=True)


def test_the_page_is_made_of_the_rows() -> None:
    page = tables.PAGE.read_text("utf-8").replace(tables.OLD, "")
    assert page == tables.with_tables(page, marks=False), "python tests/benchmarks/tables.py page"


def test_the_comparisons_in_readme_are_made_of_the_rows() -> None:
    readme = tables.README.read_text("utf-8")
    assert readme == tables.with_pairs(readme), "python tests/benchmarks/tables.py page"
    assert readme.count(tables.BESIDE) == readme.count(tables.END_BESIDE) == 1


@pytest.mark.parametrize("name", TABLES)
def test_rows_that_are_compared_are_rows(name: str) -> None:
    table = TABLES[name]
    assert {*table.beside, *table.beside.values()} <= table.rows.keys()


def test_every_measured_row_is_of_a_table_and_says_how_it_was_measured() -> None:
    for line in rows.FILE.read_text("utf-8").splitlines():
        entry = json.loads(line)
        table = TABLES[entry["table"]]
        assert entry["row"] in table.rows or table.script
        assert {"seed", "texts", "code", "machine", "date", "command", "libraries", "methods"} <= entry.keys()
        assert "/" not in entry["command"].replace("tests/benchmarks/", "").replace("peers/", "")


def test_a_row_is_marked_when_its_code_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "FILE", tmp_path / "rows.jsonl")
    bundled = tables.bundled_hashes(TABLES["onebit_sample"].steps("OneBit"))
    measured = {"texts": {"sample": {"windows": 8, "perplexity": 12.0}}, "size_bytes": 5e6, "bundled_texts": bundled}
    rows.append("onebit_sample", "OneBit", ["onebit"], 0, measured)
    assert "| OneBit | 12.00 | 5.0 |" in tables.section("onebit_sample", TABLES["onebit_sample"])
    entry = json.loads(rows.FILE.read_text("utf-8"))
    rows.FILE.write_text(json.dumps({**entry, "code": "0" * 16}) + "\n", encoding="utf-8")
    assert "| OneBit ¹ | 12.00 | 5.0 |" in tables.section("onebit_sample", TABLES["onebit_sample"])


def test_rows_on_other_bytes_of_a_text_are_named() -> None:
    table = TABLES["objective"]

    def rows(*hashes: str) -> dict[str, list[dict[str, Any]]]:
        texts = [{name: {"sha256": each} if each else {} for name in table.texts} for each in hashes]
        return {f"row {number}": [{"texts": each}] for number, each in enumerate(texts)}

    assert tables._other_bytes(table, rows("a", "a")) == []
    assert tables._other_bytes(table, rows("", "")) == ["No row has a hash of the texts' bytes."]
    assert tables._other_bytes(table, rows("a", "", "a")) == ["Without a hash of the texts' bytes: row 1."]
    sentences = tables._other_bytes(table, rows("a", "b", "a"))
    assert sentences == [f"On other bytes of {name} than most rows: row 1." for name in table.texts]


def test_seeds_become_a_mean_with_its_deviation() -> None:
    assert tables.mean([1.0, 3.0]) == "2.00 ± 1.41" and tables.mean([0.5]) == "0.5000"


@pytest.mark.real_model
def test_the_fingerprint_of_smollm2_is_that_of_its_file(smollm2: Path) -> None:
    assert claims.FINGERPRINTS["SmolLM2-135M"] == read_header(smollm2).fingerprint


def test_the_pages_about_claims_are_made_of_their_rows() -> None:
    judged = claims.every()
    everywhere = [*judged, *(one for model in claims.FINGERPRINTS for one in claims.every(model))]
    assert all(one.claim.missing for one in everywhere if one.verdict in ("not shown", "contradicted"))
    hint = "python tests/benchmarks/claims.py page"
    readme, page = claims.README.read_text("utf-8"), claims.PAGE.read_text("utf-8")
    plain = claims.without_marks
    assert plain(readme) == plain(claims.with_verdicts(readme, judged)), hint
    assert plain(page) == plain(claims.whole_page(judged)), hint


def test_every_row_that_ships_is_of_a_claim() -> None:
    measured = read(bundled())
    assert {row.claim for row in measured} <= {claim.id for claim in CLAIMS}
    assert all(row.machine and row.versions and row.command.startswith("compression-studio claims") for row in measured)
