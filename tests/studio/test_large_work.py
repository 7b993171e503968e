"""Large work: what a movement costs does not grow with what is not seen. How long it takes is measured by
tests/benchmarks/window/large_work.py."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.contracts.inspection import FourBitFit, LayerStatistics
from engine.record.results import Records
from studio.allresults.model import ResultModel
from studio.allresults.panel import ResultsPanel
from studio.allresults.pareto import ParetoChart
from studio.canvas.items import LinkItem
from studio.canvas.outline import Outline
from studio.canvas.scene import AT_ONCE
from studio.charts.dots import DotsItem
from studio.charts.plot import Plot
from studio.inspector.model import LayersModel
from studio.inspector.panel import InspectorPanel
from studio.inspector.plots import Inspected, layer_series
from studio.runs import block_painter
from studio.runs.run_list import RunModel, run_list
from studio.shell.assembly import Studio
from tests.benchmarks.window import large_work

SEEN = 60
"""No window shows more rows at once."""
UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Any] | Any, str], list[object]]:
    """``calls(owner, name)``: a list that grows by an entry with each call of a function."""

    def count(owner: Any, name: str) -> list[object]:
        made: list[object] = []
        real = getattr(owner, name)

        def counted(*arguments: Any, **named: Any) -> Any:
            made.append(arguments[1:2])
            return real(*arguments, **named)

        monkeypatch.setattr(owner, name, counted)
        return made

    return count


def test_opening_hundreds_of_blocks_looks_at_each_once(studio: Studio, calls: Callable[..., list[object]]) -> None:
    made = calls(block_painter, "with_texts")
    studio.document.open(large_work.pipeline_of(300), None)
    assert len(studio.canvas.pipeline_scene.blocks) == 300 and made == [], "nothing is cached yet"
    names = [block.id for block in studio.document.pipeline.blocks]
    painter = studio.runs._painter
    painter.set_cached(studio.document.pipeline, names)
    made.clear()
    painter.draw_all()
    assert len(made) <= 1
    assert {studio.canvas.pipeline_scene.block_state(name).state for name in names} == {"cached"}


def large_results(qtbot: QtBot) -> ResultsPanel:
    """Results of 10,000 rows, drawn."""
    panel = ResultsPanel(None)  # type: ignore[arg-type]  # a window of its own
    qtbot.addWidget(panel)
    panel.resize(1400, 800)
    panel.show()
    records = large_work.results_of(10_000)
    records.prepare()
    panel.show_records(records)
    qtbot.waitUntil(lambda: not panel._charts_timer.isActive())
    return panel


def test_ten_thousand_results_are_scrolled_filtered_and_sorted(
    qtbot: QtBot, calls: Callable[..., list[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = large_results(qtbot)
    looked_up, cells, drawn = calls(Records, "value"), calls(ResultModel, "cell"), calls(ParetoChart, "show_rows")
    panel.table.verticalScrollBar().setValue(5000)
    panel.table.viewport().repaint()
    assert 0 < len(set(cells)) <= SEEN and not drawn
    looked_up.clear()
    for text in ("i", "in", "int", "int4"):
        panel.filter.setText(text)
    assert len(panel.model.results()) == 2000 and not drawn, "charts come when nothing is typed any more"
    assert len(looked_up) < SEEN * 40, "no row is looked up again with a letter"
    qtbot.waitUntil(lambda: bool(drawn))
    panel.table.sortByColumn(panel.model.columns.index("perplexity"), UP)  # looks up a column once
    looked_up.clear()
    panel.table.sortByColumn(panel.model.columns.index("perplexity"), DOWN)
    assert len(looked_up) < SEEN * 40
    values = [result.metrics["perplexity"] for result in panel.model.results()]
    assert values == sorted(values, reverse=True)


def test_sorting_filters_nothing_draws_no_chart_and_paints_once(
    qtbot: QtBot, calls: Callable[..., list[object]]
) -> None:
    panel = large_results(qtbot)
    qtbot.wait(100)
    looked_up, filtered, drawn = calls(Records, "value"), calls(Records, "chosen"), calls(ParetoChart, "draw")
    painted = Paints(panel.table.viewport())
    panel.table.sortByColumn(panel.model.columns.index("perplexity"), UP)
    qtbot.wait(400)
    assert filtered == [] and drawn == [] and len(painted.rects) == 1
    assert len(looked_up) < SEEN * 40, "a column was looked up by the thread that read the results"
    panel.filter.setText("int4")
    qtbot.waitUntil(lambda: bool(drawn))
    qtbot.wait(100)
    assert len(filtered) == 1 and len(drawn) == 1 and len(painted.rects) == 2


class Paints(QObject):
    """Notes each time that a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.rects: list[QRect] = []
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.rects.append(event.rect())
        return False


def test_ten_thousand_points_are_one_picture(qtbot: QtBot, calls: Callable[..., list[object]]) -> None:
    """Drawn anew for other points or another range, and not with each thing that moves over them."""
    widget = Plot(None)  # type: ignore[arg-type]
    qtbot.addWidget(widget)
    widget.resize(500, 400)
    dots = DotsItem()
    widget.addItem(dots)
    widget.getViewBox().setRange(xRange=(0, 1), yRange=(0, 1), padding=0)
    widget.show()
    generator = np.random.default_rng(0)
    drawn = calls(DotsItem, "_rendered")
    dots.show_dots(generator.random(10_000), generator.random(10_000), QColor("#ff0000"))
    widget.grab()
    items = len(widget.getViewBox().allChildren())
    assert len(drawn) == 1 and items < 20
    widget.viewport().repaint()
    widget.grab()
    assert len(drawn) == 1
    widget.getViewBox().setRange(xRange=(0, 2), yRange=(0, 1), padding=0)
    widget.grab()
    assert len(drawn) == 2


def test_points_stand_where_their_values_are(qtbot: QtBot) -> None:
    """Round, in their color, cut at the edges; without those that have no place on the axes."""
    widget = Plot(None)  # type: ignore[arg-type]
    qtbot.addWidget(widget)
    widget.resize(500, 400)
    widget.setBackground("#000000")
    dots = DotsItem()
    widget.addItem(dots)
    view = widget.getViewBox()
    view.setRange(xRange=(0, 1), yRange=(0, 1), padding=0)
    widget.show()
    places = [(0.25, 0.5), (0.75, 0.25), (1.0, 1.0)]
    x, y = np.array([[*place] for place in places] + [[np.nan, 0.5], [5.0, 0.5]]).T
    dots.show_dots(x, y, QColor("#ff0000"))
    picture = widget.grab().toImage()

    def red(at: tuple[float, float], right: int = 0) -> int:
        place = widget.mapFromScene(view.mapViewToScene(QPointF(*at)))
        return picture.pixelColor(place.x() + right, place.y()).red()

    assert all(red(place, -1) > 200 for place in places)
    assert red((0.25, 0.5), 2) > 200 and red((0.25, 0.5), 5) < 60 and red((0.5, 0.5)) < 60
    twice = QImage(2 * widget.size(), QImage.Format.Format_RGB32)
    twice.setDevicePixelRatio(2.0)
    painter = QPainter(twice)
    widget.render(painter, QRectF(widget.rect()), widget.viewport().rect())
    painter.end()
    for at in places[:2]:
        place = widget.mapFromScene(view.mapViewToScene(QPointF(*at)))
        assert twice.pixelColor(2 * place.x(), 2 * place.y()).red() > 200, "on a sharper screen, and in pictures"
    view.setRange(xRange=(4, 6), yRange=(0, 1), padding=0)
    picture = widget.grab().toImage()
    assert red((5.0, 0.5)) > 200, "points that come into view are seen"


def test_ten_thousand_past_runs_are_not_looked_through_for_a_picture(qtbot: QtBot, tmp_path: Path) -> None:
    from engine.record.history import PastRun

    view, model = run_list(None)  # type: ignore[arg-type]
    qtbot.addWidget(view)
    view.resize(500, 600)
    runs = [PastRun(f"r{n}", "run", tmp_path / str(n), "done", "2026-03-01T10", "", "") for n in range(10_000)]
    model.show_runs(runs)
    view.show()
    QTest.qWait(300)
    model.thumbnails.read.emit(tmp_path / "3")
    assert 0 < len(model._rows) <= SEEN


def test_charts_of_few_results_follow_at_once(qtbot: QtBot, calls: Callable[..., list[object]]) -> None:
    panel = ResultsPanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.show_records(large_work.results_of(20))
    drawn = calls(ParetoChart, "show_rows")
    panel.filter.setText("int4")
    assert len(drawn) == 1 and not panel._charts_timer.isActive()


def test_twenty_thousand_layers_are_scrolled_filtered_and_sorted(
    qtbot: QtBot, calls: Callable[..., list[object]]
) -> None:
    panel = InspectorPanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.resize(1400, 800)
    panel.show()
    compared = calls(LayerStatistics, "__eq__")
    panel.set_artifacts([("/m", "Mixture")])
    panel.show(large_work.inspection_of(80, 256), "Mixture")
    assert panel.filter.rowCount() == 20_480 and compared == []
    qtbot.waitUntil(lambda: panel.table.viewport().height() > 100)
    qtbot.wait(10)
    cells = calls(LayersModel, "cell")
    panel.table.verticalScrollBar().setValue(9000)
    panel.table.viewport().repaint()
    assert 0 < len(set(cells)) <= SEEN
    cells.clear()
    panel.pick_layer("model.layers.7.mlp.experts.12.down_proj")
    QTest.keyClicks(panel._search, "layers.7. experts.12")
    shown = [panel.filter.cell(row, 1).text for row in range(panel.filter.rowCount())]
    assert len(shown) == 11 and all(".layers.7." in name and ".experts.12" in name for name in shown)
    current = panel.table.currentIndex().siblingAtColumn(1).data()
    assert current == "model.layers.7.mlp.experts.12.down_proj", "the layer stays selected"
    panel._search.clear()
    cells.clear()
    for order in (UP, DOWN):
        panel.table.sortByColumn(panel.model.column_of("sqnr_db"), order)
        panel.table.viewport().repaint()
    assert len(set(cells)) <= 2 * SEEN, "only rows in view are asked for their texts"
    best = [panel.model.rows[row].sqnr_db or 0.0 for row in panel.filter.rows]
    assert best == sorted(best, reverse=True)
    assert panel.table.currentIndex().siblingAtColumn(1).data() == current


def test_a_large_inspection_is_shown_step_by_step(
    qtbot: QtBot, calls: Callable[..., list[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event loop is reached between table, distributions and metrics; no layer becomes an event before it is looked
    at, and the box of layers takes them little by little. A second one ends the first."""
    panel = InspectorPanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.resize(1400, 800)
    panel.show()
    first, second = large_work.inspection_of(80, 256), large_work.inspection_of(20, 100)
    panel.set_artifacts([("/m", "Mixture")])
    steps = [calls(owner, name) for owner, name in (
        (InspectorPanel, "_fit_widths"), (InspectorPanel, "_show_distributions"), (InspectorPanel, "_show_metrics"),
    )]  # fmt: skip
    made, asked = calls(Inspected, "_event_of"), calls(LayerStatistics, "_loss")
    panel.show(first, "Mixture")
    assert not any(steps) and panel.layers.shown is not panel.layers.answer and asked == []
    turns = 0
    while panel.metric_chart._rows is not first.layers:
        done = sum(map(len, steps))
        QTest.qWait(0)
        turns += 1
        assert sum(map(len, steps)) <= done + 1 and turns < 100
    qtbot.waitUntil(lambda: panel._layer == first.layers[0].name)
    picker = panel.distribution.one._picker
    assert 0 < picker.count() < len(first.layers) and 0 < len(made) < SEEN
    qtbot.waitUntil(lambda: picker.count() == len(first.layers))
    assert picker.value == panel._layer
    panel.show(first, "Mixture")
    panel.show(second, "Mixture")
    qtbot.waitUntil(lambda: panel.metric_chart._rows is second.layers and bool(panel._layer))
    assert [len(step) for step in steps] == [2, 2, 2] and picker.value == second.layers[0].name


def test_an_error_in_four_bits_is_known_where_a_format_was_tried() -> None:
    rows = list(large_work.inspection_of(2, 2).layers)
    assert not LayerStatistics.any_has(rows, "nf4_error") and LayerStatistics.any_has(rows, "error")
    rows[-1] = replace(rows[-1], four_bit={"nf4": FourBitFit(0.1, (), ())})
    assert LayerStatistics.any_has(rows, "nf4_error") and not LayerStatistics.any_has(rows, "int4_error")
    assert not LayerStatistics.any_has(rows, "divergence")


def test_links_of_a_large_pipeline_are_led_once(
    studio: Studio, qtbot: QtBot, calls: Callable[..., list[object]]
) -> None:
    """They come in several turns of the event loop, and so do the rows of the outline."""
    led, words, turns = calls(LinkItem, "follow"), calls(Outline, "_show_block"), calls(Outline, "_go_on")
    links = calls(type(studio.canvas.pipeline_scene), "_add_more_links")
    studio.document.open(large_work.pipeline_of(300), None)
    scene = studio.canvas.pipeline_scene
    assert len(scene.blocks) == 300 and not scene.links and not studio.outline._items, "the cards are seen first"
    qtbot.waitUntil(lambda: len(scene.links) == 299)
    assert len(led) == 299 and len(links) == math.ceil(299 / AT_ONCE)
    assert all(item._path.elementCount() > 1 for item in scene.links.values())
    qtbot.waitUntil(lambda: studio.outline._rows is None and len(studio.outline._items) == 300)
    assert len(words) == 300 and len(turns) > 1
    assert all(item.isExpanded() for item in studio.outline._items.values() if item.childCount())


def test_an_edit_while_a_large_pipeline_comes_in_is_shown(studio: Studio, qtbot: QtBot) -> None:
    """What is not there yet comes as it is by then."""
    scene, outline = studio.canvas.pipeline_scene, studio.outline
    studio.document.open(large_work.pipeline_of(300), None)
    qtbot.waitUntil(lambda: 0 < len(scene.links) < 299)
    pipeline = studio.document.pipeline
    renamed = pipeline.with_block(pipeline.block("b250").model_copy(update={"title": "Another"}))
    studio.document.change("Name", renamed)
    studio.document.change("Delete", renamed.without(("b299",)))
    qtbot.waitUntil(lambda: len(scene.links) == 298 and len(outline._items) == 299 and outline._rows is None)
    assert outline._items["b250"].text(0) == "Another" and set(scene.links) == set(studio.document.pipeline.links)
    studio.document.undo_stack.undo()
    qtbot.waitUntil(lambda: len(scene.links) == 299 and len(outline._items) == 300 and outline._rows is None)


def test_experts_stand_side_by_side_without_being_compared(calls: Callable[..., list[object]]) -> None:
    compared = calls(LayerStatistics, "__eq__")
    rows = list(large_work.inspection_of(3, 4).layers)
    series = layer_series(rows, "sqnr_db")
    assert compared == [] and len(series) == 12
    assert [round(float(x), 3) for x in series.x[:5]] == [0.0, 0.2, 0.4, 0.6, 1.0]


def test_a_picture_of_a_run_draws_its_row_and_no_other(
    qtbot: QtBot, calls: Callable[..., list[object]], tmp_path: Path
) -> None:
    from engine.record.history import PastRun

    asked = calls(RunModel, "rowCount")  # before Qt looks it up
    view, model = run_list(None)  # type: ignore[arg-type]
    qtbot.addWidget(view)
    view.resize(500, 600)
    model.show_runs(
        [PastRun(f"r{n}", "run", tmp_path / str(n), "done", "2026-03-01T10", "", "") for n in range(10_000)]
    )
    view.show()
    qtbot.waitUntil(lambda: view.verticalScrollBar().maximum() > 9000 * 20)
    QTest.qWait(200)
    asked.clear()
    model.thumbnails.read.emit(tmp_path / "3")
    QTest.qWait(400)
    assert len(asked) < 1000
