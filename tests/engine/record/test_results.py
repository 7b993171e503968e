"""Results of all runs as rows: one for each model, columns, filters, order, what differs, which no other beats."""

from __future__ import annotations

import dataclasses

import pytest
from past_results import PROTOCOL, ROWS, result

from engine.base.errors import BadInput
from engine.base.human import number_text
from engine.base.pareto import front
from engine.export.model_card import _metrics
from engine.record.report import cell, metric_text
from engine.record.results import RATIO, Filter, Records, differences, key_of


def test_what_runs_found_in_the_cache_is_one_result() -> None:
    assert [key_of(row) for row in Records(ROWS).rows].count(("2", "model")) == 1
    assert ("1", "model") not in map(key_of, Records(ROWS).rows)


def test_ratio_is_against_the_source_of_the_same_run() -> None:
    records = Records(ROWS)
    assert records.value(ROWS[4], RATIO) == 0.31 and records.text(ROWS[4], RATIO) == "× 0.310"


def test_numbers_of_a_column_have_as_many_decimals() -> None:
    assert [metric_text("coverage", share) for share in (1.0, 0.7141, 0.0002)] == ["100.0 %", "71.4 %", "0.02 %"]
    values = {
        "perplexity": [984.3, 1019.427, 20.0, 2.4e7],
        "kl_divergence": [2.35861, 0.00085, 0.1, 3e-7],
        "bits_per_weight": [16.0, 7.612, 10.05],
        "decode_tokens_per_second": [1234.56, 98.4, 5.0],
        "hidden_cosine": [1.0, 0.99912, 0.95],
    }
    shown = {
        "perplexity": ["984.30", "1019.43", "20.00", "2.400e+07"],
        "kl_divergence": ["2.35861", "0.00085", "0.10000", "3.000e-07"],
        "bits_per_weight": ["16.00", "7.61", "10.05"],
        "decode_tokens_per_second": ["1234.6", "98.4", "5.0"],
        "hidden_cosine": ["1.0000", "0.9991", "0.9500"],
    }
    for name, numbers in values.items():
        rows = [result("1", "int4", 30e6, metrics={name: number}) for number in numbers]
        assert [Records([row]).text(row, name) for row in rows] == shown[name]
        if name != "hidden_cosine":  # of the same numbers the terminal says the same
            assert [metric_text(name, number).removesuffix(" tokens/s") for number in numbers] == shown[name]


def test_everyday_numbers_have_no_exponent() -> None:
    assert [number_text(value, 3) for value in (1234.5, 999.6, 98.44, 0.00012)] == ["1234", "1000", "98.4", "0.00012"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ["model", "int4", "int2", "nf4", "unmeasured"]),
        ("nf4", ["nf4"]),
        ("gptq ppl<25", ["int4"]),
        ("size <= 30MB", ["int4", "int2", "unmeasured"]),
        ("ratio<25%", ["int2", "unmeasured"]),
        ("nf4 cpu", ["nf4"]),
    ],
)
def test_words_and_limits_filter(text: str, shown: list[str]) -> None:
    records = Records(ROWS)
    chosen = Filter.read(text, records.columns())
    assert [row.title for row in records.chosen(chosen)] == shown


def test_a_limit_of_nothing_known_is_refused() -> None:
    with pytest.raises(BadInput, match="'size_of'"):
        Filter.read("size_of<3", Records(ROWS).columns())


@pytest.mark.parametrize("higher", [False, True])
def test_the_front_is_what_no_other_beats(higher: bool) -> None:
    points = [(3.0, 1.0), (1.0, 3.0), (2.0, 2.5), (2.0, 2.0), (4.0, 1.0), (3.0, 4.0)]
    good = [(x, -y) for x, y in points] if higher else points
    for index, (x, y) in enumerate(points):
        beaten = any((a <= x and b <= y) and (a, b) != (x, y) for a, b in points)
        assert (index in front(good, higher=higher)) == (not beaten)


def test_differences_are_the_settings_that_are_not_shared() -> None:
    assert differences([ROWS[1], ROWS[2]]) == [("Group size", ["64", "32"])]
    assert dict(differences([ROWS[1], ROWS[4]]))["Method"] == ["GPTQ", "NF4 and FP4"]


def test_variants_of_a_sweep_are_told_apart_by_what_differs() -> None:
    swept = [result("3", f"b{size}", 1e6, 20.0, title="GPTQ", settings={"group_size": size}) for size in (32, 64)]
    records = Records([*swept, result("3", "other", 1e6, 20.0, title="Other")])
    assert [records.text(row, "title") for row in records.rows] == ["GPTQ · 32", "GPTQ · 64", "Other"]
    assert [records.name(row) for row in Records(ROWS).rows[:2]] == ["model", "int4"]
    formats = [result("4", f"b{n}", 1e6, 20.0, title="GPTQ", settings={"format": f"int{n}"}) for n in (3, 8)]
    assert [Records(formats).name(row) for row in formats] == ["GPTQ · int3", "GPTQ · int8"], "as short as they can be"


def test_what_has_no_value_comes_last_either_way() -> None:
    records = Records(ROWS)
    found = [[row.title for row in records.ordered(records.rows, "perplexity", down=down)] for down in (False, True)]
    assert found == [["model", "int4", "nf4", "int2", "unmeasured"], ["int2", "nf4", "int4", "model", "unmeasured"]]


def test_only_what_was_measured_alike_is_compared() -> None:
    other = result("3", "elsewhere", 1e6, 5.0, protocol={**PROTOCOL, "text": "another"})
    records = Records([*ROWS, other])
    found, others = records.comparable(records.rows, "size_bytes", "perplexity")
    assert [row.title for row in found] == ["model", "int4", "int2", "nf4"] and others == 1
    assert records.comparable(records.rows, "size_bytes", "perplexity", {key_of(other)}) == ([other], 4)


def test_columns_for_one_who_did_not_choose() -> None:
    usual = Records(ROWS).usual_columns()
    assert usual[:2] == ["title", "run"] and not {"model", "note"} & set(usual)
    strange = Records([result("3", "b", 1e6, metrics={"size_bytes": 1e6, "of_a_method": 1.0})])
    assert "of_a_method" in strange.usual_columns() and "perplexity" not in strange.usual_columns()


def test_what_matters_most_stands_first() -> None:
    """Size, its ratio and the quality, before figures that they explain."""
    row = dataclasses.replace(ROWS[0], metrics={**ROWS[0].metrics, "bits_per_weight": 4.25, "perplexity": 20.0})
    names = Records([row]).columns()
    order = [names.index(name) for name in ("title", "size_bytes", RATIO, "perplexity", "bits_per_weight")]
    assert order == sorted(order)


def test_a_speed_names_the_program_that_measured_it() -> None:
    protocol = {"speed_program": "llama.cpp (xllamacpp 2026.10)", "generation_program": "torch 2.13.0"}
    metrics = {"decode_tokens_per_second": 101.3, "token_flips": 0.02, "perplexity": 20.0}
    row = dataclasses.replace(result("1", "int4", 30e6, metrics=metrics), protocol=protocol)
    shown = {"decode_tokens_per_second": "101.3 · llama.cpp", "token_flips": "2.0 % · torch", "perplexity": "20.00"}
    assert {name: Records([row]).text(row, name) for name in metrics} == shown
    stage = {"title": "int4", "metrics": metrics, "protocol": protocol}
    assert cell(stage, "decode_tokens_per_second") == "101.3 tokens/s · llama.cpp", "in the report and the terminal"
    assert "| 101.3 · llama.cpp |" in _metrics([stage], has_picture=False), "in the model card"
    assert cell({**stage, "protocol": {}}, "decode_tokens_per_second") == "101.3 tokens/s", "of earlier releases"
