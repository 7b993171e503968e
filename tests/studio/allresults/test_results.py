"""One table of every result of every run: filters, order, groups, baseline, front, notes, ten thousand rows."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.contracts.errors import BadInput
from engine.contracts.human import number_text
from engine.pipeline.document import Pipeline
from engine.run.folder import RunFolder
from engine.run.history import History, Result
from engine.run.home import Home
from engine.run.report import metric_text
from studio.allresults.model import CHANGE, ResultModel
from studio.allresults.panel import ResultsPanel
from studio.allresults.records import RATIO, Filter, Records, differences, front, key_of, variant_of

PROTOCOL = {"text": "wiki", "window": 512, "windows": 4}


def result(run: str, block: str, size: float, perplexity: float | None = None, **more: object) -> Result:
    metrics = {"size_bytes": size} | ({} if perplexity is None else {"perplexity": perplexity})
    values = {
        "run": run, "run_name": f"run {run}", "status": "done", "started": f"2026-03-0{run}T10:00:00", "note": "",
        "folder": Path(f"/runs/{run}"), "block": block, "title": block, "method": "gptq", "settings": {},
        "metrics": metrics, "protocol": PROTOCOL, "seconds": 3.0, "artifact": f"/a/{run}{block}", "cached": False,
        "source": "model", "model": "some/model", "device": "cpu",
    }  # fmt: skip
    return Result(**{**values, **more})  # type: ignore[arg-type]


ROWS = [
    result("2", "model", 100e6, 20.0, artifact="/a/m", method="model"),
    result("2", "int4", 30e6, 21.0, settings={"group_size": 64}),
    result("2", "int2", 20e6, 90.0, settings={"group_size": 32}),
    result("1", "model", 100e6, 20.0, artifact="/a/m", method="model"),
    result("1", "nf4", 31e6, 22.0, method="nf4"),
    result("1", "unmeasured", 10e6, seconds=0.0),
]


@pytest.fixture
def panel(qtbot: QtBot) -> ResultsPanel:
    panel = ResultsPanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.resize(1100, 500)
    panel.show_records(Records(ROWS))
    panel.show()
    return panel


def titles(model: ResultModel) -> list[str]:
    return [row.title for row in model.results()]


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
    assert [row.title for row in records.rows if chosen.takes(records, row)] == shown


def test_a_limit_of_nothing_known_is_refused() -> None:
    with pytest.raises(BadInput, match="'size_of'"):
        Filter.read("size_of<3", Records(ROWS).columns())


def test_order_and_groups_keep_what_is_unknown_last(panel: ResultsPanel) -> None:
    column = panel.model.columns.index("perplexity")
    for order, first in ((Qt.SortOrder.AscendingOrder, "model"), (Qt.SortOrder.DescendingOrder, "int2")):
        panel.table.sortByColumn(column, order)
        assert titles(panel.model)[0] == first and titles(panel.model)[-1] == "unmeasured"
    panel.group.setCurrentIndex(panel.group.findData("run"))
    panel.group.activated.emit(0)
    assert panel.model.rowCount() == 5 + 2
    assert panel.model.result(0) is None and panel.model.data(panel.model.index(0, 0)) == "run 2  (3)"


def test_titles_of_columns_are_whole(panel: ResultsPanel) -> None:
    encoders = [result("3", "int4", 30e6, metrics={"size_bytes": 3e7, "hidden_cosine": 0.95, "pooled_cosine": 0.9})]
    panel.show_records(Records(encoders))
    header = panel.table.horizontalHeader()
    assert {"hidden_cosine", "pooled_cosine"} <= set(panel.model.columns)
    for index in range(header.count()):
        assert header.sectionSize(index) >= header.sectionSizeHint(index)


def test_a_baseline_stays_on_top_and_the_others_are_held_against_it(panel: ResultsPanel) -> None:
    panel.table.selectRow(panel.model.row_of(("2", "int4")))
    panel.pin()
    assert titles(panel.model)[0] == "int4"
    row, column = panel.model.row_of(("2", "int2")), panel.model.columns.index("perplexity")
    assert panel.model.index(row, column).data(CHANGE) == ("+69.00", "error")
    size = panel.model.columns.index("size_bytes")
    assert panel.model.index(row, size).data(CHANGE) == ("−10.0 MB", "success")
    panel.pin()
    assert panel.model.pinned() is None and panel.model.index(row, size).data(CHANGE) == ("", "")


def test_metrics_on_another_text_are_not_compared(panel: ResultsPanel) -> None:
    other = result("3", "other", 5e6, 9.0, protocol={**PROTOCOL, "text": "news"})
    panel.show_records(Records([*ROWS, other]))
    panel.model.pin(("2", "int4"))
    row = panel.model.row_of(("3", "other"))
    assert panel.model.index(row, panel.model.columns.index("perplexity")).data(CHANGE)[0] == "≠"
    panel._show_details()
    assert "other" not in [row.title for row in panel.pareto.front_rows()]
    assert "1 not comparable" in panel.pareto._title.whole()


@pytest.mark.parametrize("higher", [False, True])
def test_the_front_is_what_no_other_beats(higher: bool) -> None:
    points = [(3.0, 1.0), (1.0, 3.0), (2.0, 2.5), (2.0, 2.0), (4.0, 1.0), (3.0, 4.0)]
    good = [(x, -y) for x, y in points] if higher else points
    for index, (x, y) in enumerate(points):
        beaten = any((a <= x and b <= y) and (a, b) != (x, y) for a, b in points)
        assert (index in front(good, higher=higher)) == (not beaten)


def test_differences_are_the_settings_that_are_not_shared(panel: ResultsPanel) -> None:
    assert differences([ROWS[1], ROWS[2]]) == [("Group size", ["64", "32"])]
    found = dict(differences([ROWS[1], ROWS[4]]))
    assert found["Method"] == ["GPTQ", "NF4 and FP4"]
    for key in (("2", "int4"), ("2", "int2")):
        panel._select([key])
    assert panel.differences.table.rowCount() == 1


def made(home: Home, run: str) -> RunFolder:
    chain = Pipeline.linear([("model", {"model": "sample"})], name=run)
    folder = RunFolder.create(home.runs / run, chain, {"run": run})
    stage = {"block": "model_1", "method": "model", "title": "Model", "settings": {"model": "sample"}}
    (home.artifacts / run).mkdir(parents=True)
    stage |= {"metrics": {"size_bytes": 1e6}, "artifact": str(home.artifacts / run)}
    folder.write_report({"run": run, "name": run, "status": "done", "stages": [stage], "started": "2026-01-01"})
    return folder


def test_runs_are_annotated_and_deleted(qtbot: QtBot, panel: ResultsPanel, answers: list[str], own_home: Path) -> None:
    home = Home.default()
    folders = [made(home, run) for run in ("first", "second")]
    with contextlib.closing(History.open(home)) as history:
        for folder in folders:
            history.record(folder, folder.report())
    panel.refresh()
    qtbot.waitUntil(lambda: titles(panel.model) == ["Model", "Model"], timeout=10_000)
    panel.table.selectRow(0)
    panel.run.note.setPlainText("the good one")
    panel.run.keep_note()
    qtbot.waitUntil(lambda: panel.model.result(0).note == "the good one", timeout=10_000)
    assert (folders[1].path / "note.txt").read_text() == "the good one"
    answers[:] = ["cancel", "delete"]
    panel._on_delete(panel.selected()[0])
    assert folders[1].path.is_dir()
    panel._on_delete(panel.selected()[0])
    qtbot.waitUntil(lambda: len(panel.model.results()) == 1, timeout=10_000)
    assert not folders[1].path.exists() and not (home.artifacts / "second").exists()


def test_no_cell_is_made_before_it_is_seen(panel: ResultsPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [result("1", f"b{i}", 1e6 + i, 20.0 + i) for i in range(3000)]
    asked = []
    text = Records.text
    monkeypatch.setattr(Records, "text", lambda self, row, name: asked.append(row) or text(self, row, name))
    panel.show_records(Records(many))
    panel.table.grab()
    assert panel.model.rowCount() == 3000
    assert len(set(map(key_of, asked))) < 200, "only rows on the screen"


def test_variants_of_a_sweep_are_told_apart_by_what_differs() -> None:
    swept = [result("3", f"b{size}", 1e6, 20.0, title="GPTQ", settings={"group_size": size}) for size in (32, 64)]
    records = Records([*swept, result("3", "other", 1e6, 20.0, title="Other")])
    assert [records.text(row, "title") for row in records.rows] == ["GPTQ · 32", "GPTQ · 64", "Other"]
    assert [records.name(row) for row in Records(ROWS).rows[:2]] == ["model", "int4"]
    formats = [result("4", f"b{n}", 1e6, 20.0, title="GPTQ", settings={"format": f"int{n}"}) for n in (3, 8)]
    assert [Records(formats).name(row) for row in formats] == ["GPTQ · int3", "GPTQ · int8"], "as short as they can be"


def test_chosen_rows_are_handed_to_be_compared(qtbot: QtBot, panel: ResultsPanel, tmp_path: Path) -> None:
    rows = [result("2", name, 30e6, 21.0, artifact=str(tmp_path / name)) for name in ("int4", "int2", "gone")]
    for name in ("int4", "int2"):
        (tmp_path / name).mkdir()
    panel.show_records(Records(rows))
    panel.table.selectRow(0)
    assert not panel.compare_button.isEnabled(), "one is held against nothing"
    panel.table.selectAll()
    with qtbot.waitSignal(panel.compare_requested) as asked:
        panel.compare_button.click()
    assert [row.block for row in asked.args[0]] == ["int4", "int2"], "what was deleted can't be looked into"


def test_errors_are_relative_to_the_source_unless_weights_were_rotated(tmp_path: Path) -> None:
    blocks = [("model", {"model": "m"}), ("spinquant", {"rotation": "random_hadamard"})]
    for number, pipeline in enumerate((Pipeline.linear([blocks[0], ("gptq", {})]), Pipeline.linear(blocks))):
        folder = RunFolder.create(tmp_path / str(number), pipeline, {})
        source, last = (pipeline.blocks[index].id for index in (0, 1))
        every = [
            result("1", source, 9.0, artifact="/a/source", folder=folder.path, source=source),
            result("1", last, 5.0, artifact="/a/last", folder=folder.path, source=source),
        ]
        folder.close()
        variants = [variant_of(Records(every), row) for row in every]
        assert [each.reference for each in variants] == ["", "" if number else "/a/source"]
        assert variants[1].artifact == "/a/last" and "run 1" in variants[1].title
