"""Looks in large text, in a small window: what was found by looking at pictures of all pages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import studio_data
from fake_engine import FakeEngine
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from engine.contracts.metrics import METRICS
from engine.contracts.opening import OpenIn
from studio.allresults.pareto import ParetoChart
from studio.bridge import Bridge
from studio.charts.sparsity import LayersChart
from studio.compare.layers import LayersComparison
from studio.compare.panel import ComparePanel
from studio.export.result import ResultCard
from studio.kit.ab_badge import Letter
from studio.kit.layouts import TableSplit, hbox
from studio.kit.tables import Cell, CellsTable
from studio.kit.theme import theme
from studio.kit.widgets import IconLabel, Meter, button, label, make_tall, search_line, set_look, tool
from studio.plots.board import Board
from studio.runs.result_card import PAIR
from studio.shell.assembly import Studio
from tests.benchmarks.window.large_work import inspection_of, results_of
from tests.studio.runs.test_watch import begin, measure, pipeline

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def usual_size() -> Iterator[None]:
    yield
    theme().enlarge(0)


def test_no_name_is_cut_in_the_middle() -> None:
    """Names are cut at their end, and at their beginning where only their ends differ."""
    for path in sorted((ROOT / "studio").rglob("*.py")):
        names = {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
        assert "ElideMiddle" not in names, path


def test_icons_and_letters_are_as_large_as_the_texts_beside_them(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    push, flat = button("Run", parent, picture="run"), tool("Save", "Save", parent, picture="save")
    drawn, letter = IconLabel("run", parent, size=16), Letter(parent, "A")
    before = [push.iconSize(), flat.iconSize(), drawn.size(), letter.size()]
    assert before == [QSize(16, 16), QSize(15, 15), QSize(16, 16), QSize(18, 16)]
    small = tool("", "Help", parent, picture="help", pixels=14)
    theme().choose("light")
    assert small.iconSize() == QSize(14, 14)
    theme().enlarge(5)
    scale = theme().scale
    assert scale > 1.3
    after = [push.iconSize(), flat.iconSize(), drawn.size(), letter.size()]
    assert after == [QSize(round(scale * size.width()), round(scale * size.height())) for size in before]


def test_a_title_keeps_its_size_with_another_look(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    theme().choose("light")
    title = label("Written and verified", parent, size=1, bold=True)
    parent.show()
    theme().enlarge(5)
    before = title.font().pointSizeF()
    for look in ("warning", ""):
        set_look(title, look)
        assert title.font().pointSizeF() == before and title.font().bold()


def test_a_search_line_is_as_wide_as_the_text_in_it(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    short, long = (
        search_line(text, parent, width=200) for text in ("Filter", "Nach Name oder Rolle der Schicht filtern")
    )
    assert short.width() == 200
    for larger in (0, 5):
        theme().enlarge(larger)
        assert long.width() > long.fontMetrics().horizontalAdvance(long.placeholderText()) + 30


def test_letters_of_a_field_are_whole(qtbot: QtBot) -> None:
    field = QSpinBox()
    qtbot.addWidget(field)
    make_tall(field)
    for larger in (0, 5):
        theme().enlarge(larger)
        field.resize(field.minimumWidth(), field.minimumHeight())
        field.show()
        QApplication.processEvents()
        assert field.lineEdit().height() >= field.fontMetrics().height()


@pytest.mark.parametrize(("width", "titled"), [(700, True), (430, True), (290, False)])
def test_the_title_of_a_chart_is_read_or_not_there(qtbot: QtBot, width: int, titled: bool) -> None:
    """Boxes beside it say the whole of what is chosen."""
    theme().enlarge(5)
    chart = ParetoChart(None)  # type: ignore[arg-type]
    qtbot.addWidget(chart)
    chart.resize(width, 260)
    chart.show()
    QTest.qWait(20)
    assert chart._title.isVisible() == titled
    if titled:
        assert chart._title.text() == chart._title.whole()
    for box in chart.findChildren(QComboBox):
        assert box.width() >= box.fontMetrics().horizontalAdvance(box.currentText()) + 20, box.currentText()


def test_the_result_of_an_export_is_as_narrow_as_its_place(qtbot: QtBot, bridge: Bridge) -> None:
    """In large text its buttons stand in several lines."""
    theme().enlarge(5)
    card = ResultCard(bridge, None)  # type: ignore[arg-type]
    qtbot.addWidget(card)
    card.resize(430, 500)
    card._pages.setCurrentIndex(1)
    line = 'AutoModelForCausalLM.from_pretrained("/a/folder/whose/name/is/as/long/as/names/of/folders/are")'
    card.opening.show_entries([OpenIn("transformers", "python", line)])
    card.show()
    QTest.qWait(20)
    assert card._card.width() <= 430 and card._card.minimumSizeHint().width() <= 400
    edges = [verb.mapTo(card, verb.rect().bottomRight()).x() for verb in (card._open, card._copy, card.push)]
    assert max(edges) <= 430


def test_names_of_the_pareto_front_do_not_cover_each_other(qtbot: QtBot) -> None:
    chart = ParetoChart(None)  # type: ignore[arg-type]
    qtbot.addWidget(chart)
    chart.resize(420, 300)
    chart.show()
    records = results_of(300)
    chart.show_rows(records, records.rows, {})
    QTest.qWait(50)
    seen = [label for label in chart._labels if label.isVisible()]
    assert seen
    boxes = [label.mapRectToScene(label.boundingRect()) for label in seen]
    assert not any(a.intersects(b) for n, a in enumerate(boxes) for b in boxes[:n])


def test_what_is_needed_and_what_is_free_are_whole(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    meter = Meter("memory", "Peak memory", parent)
    parent.show()
    for width in (400, 190):
        meter.resize(width, meter.height())
        meter.show_value("576 MB, 16.1 GB free", 0.1)
        meter.show()
        QTest.qWait(10)
        assert meter._value.text() == "576 MB, 16.1 GB free", width


def test_columns_share_the_width_as_long_as_each_is_whole(qtbot: QtBot) -> None:
    table = CellsTable("Metrics", None)  # type: ignore[arg-type]
    qtbot.addWidget(table)
    rows = [[Cell("Perplexity"), Cell("8.28"), Cell("2.1140 nats/token")]]
    table.show_cells(["Metric", "A", "B"], rows)
    table.share_width()
    for width in (1200, 260):
        table.resize(width, 120)
        table.show()
        QTest.qWait(10)
        assert all(table.columnWidth(n) >= table.sizeHintForColumn(n) for n in range(3)), width
        even = table.columnWidth(0) == table.columnWidth(1)
        assert even == (width == 1200)


def test_no_value_is_cut_as_long_as_there_is_room(qtbot: QtBot) -> None:
    """A few values are much longer than the others of their column, and the first column has room to spare."""
    table = CellsTable("Metrics", None)  # type: ignore[arg-type]
    qtbot.addWidget(table)
    short = [[Cell(f"Metric {n} with a long name"), Cell("8.28"), Cell("8.3"), Cell("+0.01")] for n in range(9)]
    table.show_cells(["Metric", "A", "B", "Change"], [*short, [Cell("Loss"), *[Cell("2.1140 nats/token")] * 3]])
    table.share_width()
    table.resize(620, 300)
    table.show()
    QTest.qWait(10)
    assert table.columnWidth(0) != table.columnWidth(1)
    assert all(table.columnWidth(n) >= table.sizeHintForColumn(n) for n in range(4))
    far = [Cell("not measured, for nobody has asked for it and it takes a while"), *[Cell("2.1140 nats/token")] * 3]
    table.show_cells(["Metric", "A", "B", "Change"], [*short, far])  # one that is too long takes nothing from others
    QTest.qWait(10)
    assert all(table.columnWidth(n) >= table.sizeHintForColumn(n) for n in range(1, 4))


def test_long_names_are_seen_from_their_beginning(studio: Studio) -> None:
    studio.files.open_sample()
    name = "A pipeline with a name that is longer than its field can ever be, even in a large window"
    studio.document.change("Name", studio.document.pipeline.model_copy(update={"name": name}))
    line = next(editor.line for editor in studio.form.findChildren(QWidget) if getattr(editor, "line", None))
    assert line.text() == name and line.cursorPosition() == 0
    studio.document.undo_stack.setClean()


def test_results_are_all_in_view_once_they_are_there(
    studio: Studio, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    """In large text the cards of four branches have two lines, also those that had three while the run was on."""
    studio.window.resize(1280, 720)
    theme().enlarge(5)
    studio.window.show()
    document = pipeline((2, 1, 1, 1))
    run = begin(studio, engine, document)
    studio.window.workspace.watch(True)
    names = [block.id for block in document.blocks]
    measure(studio, engine, run, tmp_path, dict.fromkeys(names, 8.28))
    watch = studio.watch
    qtbot.waitUntil(lambda: all(card.lines <= PAIR for card in watch.cards.cards.values()))
    room = watch.area.viewport().rect()
    for card in watch.cards.cards.values():
        assert room.contains(card.geometry()), card.item.title


def test_a_low_compare_panel_has_its_table_first(qtbot: QtBot) -> None:
    panel = ComparePanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.set_variants(studio_data.variants())
    panel.resize(1000, 330)
    panel.show()
    QTest.qWait(50)
    assert panel._metrics.orientation() == Qt.Orientation.Horizontal
    assert panel.table.height() > 0.5 * panel.height()
    panel.resize(1000, 800)
    QTest.qWait(50)
    assert panel._metrics.orientation() == Qt.Orientation.Vertical


def test_a_table_keeps_its_height_before_charts_in_large_text(qtbot: QtBot) -> None:
    """Rows of large text need a higher panel before charts stand below them."""
    parent = QWidget()
    qtbot.addWidget(parent)
    split = TableSplit(QWidget(parent), QWidget(parent), parent)
    split.fit(600)
    assert split.orientation() == Qt.Orientation.Vertical
    theme().enlarge(5)
    assert split.orientation() == Qt.Orientation.Horizontal
    split.fit(round(600 * theme().scale))
    assert split.orientation() == Qt.Orientation.Vertical


def test_heads_of_compared_layers_are_whole(qtbot: QtBot) -> None:
    theme().enlarge(5)
    panel = LayersComparison(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.resize(1264, 400)
    panel.show()
    inspection = inspection_of(4, 1)
    rows = tuple(replace(row, name=f"model.layers.{row.layer}.self_attn.q_proj") for row in inspection.layers)
    inspection = replace(inspection, layers=rows)
    panel.show_beside([inspection, inspection], ["Model", "Fit to budget"])
    QTest.qWait(20)
    header = panel.table.horizontalHeader()
    sizes = [(header.sectionSize(n), header.sectionSizeHint(n)) for n in range(panel.model.width())]
    assert all(size >= hint for size, hint in sizes), sizes
    assert header.length() <= panel.table.viewport().width()


@pytest.mark.parametrize("width", [230, 300, 330, 380, 460])
def test_a_title_of_a_chart_is_whole_or_left_to_the_box_beside_it(width: int, qtbot: QtBot) -> None:
    theme().enlarge(5)
    board = Board(None)  # type: ignore[arg-type]
    qtbot.addWidget(board)
    board.clear("run")
    board.add_events(studio_data.layer_events())
    pareto = ParetoChart(board)
    records = results_of(20)
    pareto.show_rows(records, records.rows, {})
    seen = set()
    for chart in (board.layers, pareto):
        chart.setParent(board)
        chart.resize(width, 300)
        chart.show()
        board.show()
        QTest.qWait(20)
        title = chart._title
        seen.add(title.isVisible())
        assert title.isHidden() or title.text() == title.whole(), (width, title.text())
        assert all(box.isVisible() for box in chart._boxes)
    assert True in seen if width > 400 else False in seen


def test_a_title_that_loses_its_room_while_it_is_shown_is_gone(qtbot: QtBot) -> None:
    """To show it lays all out that waits for it, and the chart may become narrow. Qt takes a widget that is hidden in
    the midst of being shown for both: it lay under the box."""
    theme().enlarge(5)
    holder = QWidget()
    qtbot.addWidget(holder)
    chart = LayersChart(holder)
    row = hbox(chart, margins=0)
    holder.setLayout(row)
    chart._metric.offer([("sparsity", "Sparsity"), ("error", "Relative error")])
    holder.resize(280, 200)
    holder.show()
    QTest.qWait(20)
    assert chart._title.isHidden()
    row.setContentsMargins(0, 0, 50, 0)
    chart._metric.clear()  # the title has room for a moment
    QTest.qWait(20)
    assert chart.width() == 230 and chart._title.isHidden() and not chart._title.isVisible()


@pytest.mark.parametrize("points", [0, 5])
def test_names_of_metrics_are_whole_in_a_narrow_comparison(points: int, qtbot: QtBot) -> None:
    """On a second line, where the columns of numbers need the room."""
    theme().enlarge(points)
    panel = ComparePanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    metrics = {metric.name: 2.0 for metric in METRICS}
    first, *_, last = studio_data.variants()
    panel.set_variants([replace(first, title="Model", metrics=metrics), replace(last, metrics=metrics)])
    panel.resize(1270, 330)
    panel.show()
    QTest.qWait(50)
    table = panel.table
    wrapped = 0
    for row in range(table.rowCount()):
        place, text = table.visualRect(table.model().index(row, 0)), table.item(row, 0).text()
        room = place.adjusted(3, 0, -3, 0)
        needed = table.fontMetrics().boundingRect(QRect(0, 0, room.width(), 1000), Qt.TextFlag.TextWordWrap, text)
        assert needed.width() <= room.width() and needed.height() <= room.height(), text
        wrapped += needed.height() > table.fontMetrics().height()
    assert bool(wrapped) == bool(points)
    panel.resize(2600, 330)
    QTest.qWait(50)
    assert len({table.rowHeight(row) for row in range(table.rowCount())}) == 1
