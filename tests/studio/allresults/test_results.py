"""One table of every result of every run: filters, order, groups, baseline, front, notes, ten thousand rows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from past_results import PROTOCOL, ROWS, result
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder
from engine.record.history import History
from engine.record.home import Home
from engine.record.results import Records, key_of
from studio.allresults.model import CHANGE, ResultModel
from studio.allresults.panel import ResultsPanel
from studio.kit.theme import font, theme


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


def test_order_and_groups_keep_what_is_unknown_last(panel: ResultsPanel) -> None:
    column = panel.model.columns.index("perplexity")
    for order, first in ((Qt.SortOrder.AscendingOrder, "model"), (Qt.SortOrder.DescendingOrder, "int2")):
        panel.table.sortByColumn(column, order)
        assert titles(panel.model)[0] == first and titles(panel.model)[-1] == "unmeasured"
    panel.group.setCurrentIndex(panel.group.findData("run"))
    panel.group.activated.emit(0)
    assert panel.model.rowCount() == 5 + 2
    assert panel.model.result(0) is None and panel.model.data(panel.model.index(0, 0)) == "run 2  (3)"


def test_the_name_of_a_result_stays_in_view(panel: ResultsPanel, qtbot: QtBot) -> None:
    """While the other columns are scrolled: with rows, selection and order of the table."""
    frozen, table = panel.name, panel.table
    panel.resize(700, 300)
    QTest.qWait(20)
    assert frozen.isHidden()
    bar = table.horizontalScrollBar()
    assert bar.maximum() > 0
    bar.setValue(bar.maximum())
    qtbot.waitUntil(frozen.isVisible)
    shown = [n for n in range(frozen.model().columnCount()) if not frozen.isColumnHidden(n)]
    assert shown == [0] and frozen.width() == table.columnWidth(0)
    assert all(frozen.rowViewportPosition(n) == table.rowViewportPosition(n) for n in range(5))
    at = frozen.visualRect(frozen.model().index(2, 0)).center()
    QTest.mouseClick(frozen.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert [index.row() for index in table.selectionModel().selectedRows()] == [2]
    before = titles(panel.model)
    frozen.horizontalHeader().sectionClicked.emit(0)
    assert titles(panel.model) == sorted(before)
    frozen.horizontalHeader().sectionClicked.emit(0)
    assert titles(panel.model) == sorted(before, reverse=True)
    table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
    assert frozen.rowViewportPosition(3) == table.rowViewportPosition(3)
    bar.setValue(0)
    qtbot.waitUntil(frozen.isHidden)


def test_titles_of_columns_are_whole(panel: ResultsPanel) -> None:
    encoders = [result("3", "int4", 30e6, metrics={"size_bytes": 3e7, "hidden_cosine": 0.95, "pooled_cosine": 0.9})]
    panel.show_records(Records(encoders))
    header = panel.table.horizontalHeader()
    assert {"hidden_cosine", "pooled_cosine"} <= set(panel.model.columns)
    for index in range(header.count()):
        assert header.sectionSize(index) >= header.sectionSizeHint(index)


def test_dates_are_whole_in_large_text_too(panel: ResultsPanel) -> None:
    theme().enlarge(4)
    try:
        panel.show_records(Records(ROWS))
        date = panel.model.columns.index("date")
        whole = QFontMetrics(font(bold=True)).horizontalAdvance(str(panel.model.index(0, date).data()))
        assert panel.table.columnWidth(date) >= whole + 12, "with the padding of a cell, in the baseline's bold"
    finally:
        theme().enlarge(0)


def test_a_baseline_stays_on_top_and_the_others_are_held_against_it(panel: ResultsPanel) -> None:
    panel.table.selectRow(panel.model.row_of(("2", "int4")))
    panel.pin()
    assert titles(panel.model)[0] == "int4"
    row, column = panel.model.row_of(("2", "int2")), panel.model.columns.index("perplexity")
    assert panel.model.index(row, column).data(CHANGE) == ("+69.00", "error")
    size = panel.model.columns.index("size_bytes")
    assert panel.model.index(row, size).data(CHANGE) == ("−10.0 MB", "success")
    panel.pin()
    assert panel.model.pinned() is None and panel.model.index(row, size).data(CHANGE) is None


def test_metrics_on_another_text_are_not_compared(panel: ResultsPanel) -> None:
    other = result("3", "other", 5e6, 9.0, protocol={**PROTOCOL, "text": "news"})
    panel.show_records(Records([*ROWS, other]))
    panel.model.pin(("2", "int4"))
    row = panel.model.row_of(("3", "other"))
    assert panel.model.index(row, panel.model.columns.index("perplexity")).data(CHANGE)[0] == "≠"
    panel._show_details()
    assert "other" not in [row.title for row in panel.pareto.front_rows()]
    assert "1 not comparable" in panel.pareto._title.whole()


@pytest.mark.parametrize("size", [(1100, 500), (760, 420)])
def test_names_on_the_front_keep_off_its_line(size: tuple[int, int], panel: ResultsPanel, qtbot: QtBot) -> None:
    of = {"int2, groups of 64": (2e6, 60.0), "int4, groups of 64": (4e6, 15.0), "int8, groups of 64": (8e6, 14.0)}
    panel.show_records(Records([result("1", title, *values) for title, values in of.items()]))
    panel.resize(*size)
    qtbot.wait(20)
    chart = panel.pareto
    x, y = chart.points()
    order = np.argsort(x)
    view = chart.plot.getViewBox()
    pixels = [view.mapViewToScene(QPointF(*point)) for point in zip(x[order], y[order], strict=True)]
    visible = [label for label in chart._labels if label.isVisible()]
    assert len(visible) >= 2
    for label in visible:
        words = label.textItem.mapRectToScene(label.textItem.boundingRect().adjusted(5, 5, -5, -5))
        for start, stop in pairwise(pixels):
            on_line = [start + (stop - start) * share for share in np.linspace(0, 1, 200)]
            assert not any(words.contains(point) for point in on_line), label.toPlainText()


def test_differences_of_the_selected_ones_are_listed(panel: ResultsPanel) -> None:
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
    with History.open(home) as history:
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
        variants = [Records(every).variant(row) for row in every]
        assert [each.reference for each in variants] == ["", "" if number else "/a/source"]
        assert variants[1].artifact == "/a/last" and "run 1" in variants[1].title


def test_rows_of_the_open_pipeline_come_first_and_all_others_by_one_click(panel: ResultsPanel) -> None:
    names = {row.run_name for row in panel.records.rows}
    every = len(panel.model.results())
    assert {"model", "text"} <= set(panel.model.columns), "each row says of which model and text it is"
    for name in names:
        panel.show_pipeline(name)
        assert {row.run_name for row in panel.model.results()} == {name}
    panel.show_pipeline("of no run")
    assert not panel.model.results() and "no results yet" in panel.banner.text()
    (go,) = panel.banner.findChildren(QPushButton)
    QTest.mouseClick(go, Qt.MouseButton.LeftButton)
    assert len(panel.model.results()) == every and not panel.banner.text()
    panel.show_pipeline(next(iter(names)))
    assert len(panel.model.results()) == every, "who wants all keeps them"


def test_a_table_is_copied_as_markdown(panel: ResultsPanel) -> None:
    copy = next(action for action in panel._export_menu.actions() if "Markdown" in action.text())
    copy.trigger()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 2 + len(panel.model.results()) and all(line.startswith("| ") for line in lines)
    assert lines[1].split(" | ")[panel.model.columns.index("perplexity")] == "---:"
