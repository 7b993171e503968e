"""The charts show what the events said, of the right run, and hand it on unchanged."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyqtgraph as pg
import pytest
import studio_data
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from engine.base.errors import StudioError
from engine.base.table import Table
from engine.contracts.events import Event, Histogram, LayerDone, Memory, Metric
from engine.measure.histograms import shares
from studio.charts.axes import LayerAxis
from studio.charts.base import ChartFrame
from studio.charts.distribution import HistogramChart
from studio.charts.legend import Entry
from studio.charts.stroke import Stroke
from studio.kit.theme import theme
from studio.kit.tokens import DARK, LIGHT
from studio.plots.board import LAYERS, MEMORY, OVERVIEW, Board


def records(table: Table) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.to_csv())))


def drawn(chart: ChartFrame, key: str) -> tuple[np.ndarray, np.ndarray]:
    return chart._items[key].getData()  # type: ignore[attr-defined]


def tell(panel: Board, events: Iterable[Event]) -> None:
    """Events come, and all is drawn."""
    panel.add_events(events)
    panel.flush()


# -- metrics ---------------------------------------------------------------------------------------------------------
def test_curves_equal_the_events(panel: Board) -> None:
    events = studio_data.training_events()
    tell(panel, events)
    told = [(e.step, e.value) for e in events if isinstance(e, Metric) and e.name == "loss/train"]
    x, y = drawn(panel.curves, "logit_distillation_1/loss/train")
    assert list(zip(x.tolist(), y.tolist(), strict=True)) == told
    assert [entry.text for entry in panel.curves.legend.entries] == ["train", "eval"]
    assert panel.curves.data.metric_groups() == ["loss", "learning_rate"]


def test_choosing_a_metric_and_hiding_a_curve(panel: Board) -> None:
    tell(panel, studio_data.training_events())
    panel.curves.choose("learning_rate")
    assert [curve.name for curve in panel.curves.shown()] == ["learning rate"]
    assert panel.curves.left.labelText == "Learning rate"
    panel.curves.choose("loss")
    panel.curves.legend.set_shown("logit_distillation_1/loss/train", False)
    assert [curve.name for curve in panel.curves.shown()] == ["eval"]
    assert {row["curve"] for row in records(panel.curves.table())} == {"eval"}


def test_late_events_of_another_run_change_nothing(panel: Board) -> None:
    tell(panel, studio_data.training_events("run"))
    before = panel.curves.table().to_csv()
    tell(panel, studio_data.training_events("old", steps=50))
    tell(panel, studio_data.layer_events("old"))
    tell(panel, studio_data.memory_events("old", 3))
    assert panel.curves.table().to_csv() == before
    assert panel.layers.shown() == [] and panel.memory.curves() == []


def test_a_new_run_starts_empty(panel: Board) -> None:
    tell(panel, studio_data.training_events())
    tell(panel, studio_data.layer_events())
    panel.clear("next")
    panel.flush()
    assert panel.curves.curves() == [] and panel.distribution.one.histograms() == []
    assert all(chart.is_empty for chart in panel.frames() if chart.isVisible())


def test_an_empty_chart_takes_no_keys_and_covers_its_plot(panel: Board, qtbot: QtBot) -> None:
    chart = panel.memory
    assert chart.is_empty and not chart.plot.isEnabled() and not chart.legend.isEnabled()
    plain = chart._empty.grab().toImage()
    colors = {plain.pixelColor(x, y).name() for x in range(0, plain.width(), 7) for y in (2, plain.height() - 3)}
    assert colors == {theme().tokens.surface}  # nothing shines through
    tell(panel, studio_data.memory_events(seconds=3))
    assert not chart.is_empty and chart.plot.isEnabled() and chart.plot.isVisible()
    panel.clear("next")
    chart._bare_timer.setInterval(50)
    chart.refresh()
    assert chart.is_empty and chart.plot.isVisible(), "laid out for what comes at once"
    qtbot.waitUntil(lambda: not chart.plot.isVisible())  # nothing came: nothing of the former run is kept
    tell(panel, [dataclasses.replace(event, run="next") for event in studio_data.memory_events(seconds=3)])
    assert chart.plot.isVisible()


def test_charts_that_come_do_not_move_what_stands_above(panel: Board) -> None:
    """The whole canvas would be drawn anew with each run."""
    panel.contents.pick([LAYERS])
    panel.flush()
    panel.layout().activate()
    top = panel._sheet.y()
    tell(panel, studio_data.layer_events())
    panel.layout().activate()
    assert panel._sheet.y() == top


def test_rows_of_charts_have_one_least_height(panel: Board, qtbot: QtBot) -> None:
    """Whichever charts are in them: or each run would move the canvas above by some pixels."""
    panel.layers.plot.setMinimumHeight(150)
    panel.distribution.one.plot.setMinimumHeight(200)
    qtbot.wait(20)
    heights = []
    tell(panel, studio_data.memory_events(seconds=2))
    for events in (studio_data.layer_events(), studio_data.training_events()):  # three charts, then four
        tell(panel, events)
        qtbot.wait(20)  # layouts tell each other by events
        heights.append(panel.minimumSizeHint().height())
    assert panel._shown == list(panel._cells[:4]) and heights[0] == heights[1]


def test_chips_of_the_legend_stay_for_the_next_run(panel: Board) -> None:
    tell(panel, studio_data.memory_events(seconds=3))
    legend = panel.memory.legend
    legend.set_entries(
        [Entry("a", "A", Stroke("#ff0000")), Entry("b", "B", Stroke("#00ff00")), Entry("c", "C", Stroke("#0000ff"))]
    )
    chips = list(legend._chips)
    legend.set_entries([Entry("b", "B", Stroke("#00ff00")), Entry("d", "D", Stroke("#0000ff"))])
    assert legend._chips == chips and [chip.isHidden() for chip in chips] == [False, False, True]
    assert [chip.text() for chip in chips[:2]] == ["B", "D"]
    chips[0].click()
    assert not legend.is_shown("b") and legend.is_shown("a")
    legend.set_entries([Entry("a", "A", Stroke("#ff0000")), Entry("b", "B", Stroke("#00ff00"))])
    assert [chip.isChecked() for chip in chips[:2]] == [True, False]


def test_names_that_come_one_by_one_need_the_room_of_the_longest(panel: Board) -> None:
    names = ["q", "a long name of several words", "v", "k"]
    axis, whole = LayerAxis("bottom"), LayerAxis("bottom")
    for count in range(1, len(names) + 1):
        axis.show_names(names[:count])
    whole.show_names(names)
    assert (axis._least, axis._lines, axis.textHeight) == (whole._least, whole._lines, whole.textHeight)
    axis.show_names(["q"])
    assert axis._lines == 1 and axis._least == 34


def test_a_short_run_does_not_move_the_charts(panel: Board, qtbot) -> None:
    """Each run would draw everything twice: as empty, and with its first events."""
    tell(panel, studio_data.layer_events())
    panel.flush()
    drawn = panel.layers.drawn_at
    panel.clear("next")
    assert panel.layers.drawn_at == drawn and not panel.layers.is_empty
    panel.add_events([dataclasses.replace(event, run="next") for event in studio_data.memory_events(seconds=2)])
    assert not panel.curves.isVisible() and not panel.layers.is_empty
    tell(panel, [dataclasses.replace(event, run="next") for event in studio_data.layer_events()])
    assert panel.layers.data.layers and not panel.layers.is_empty and not panel._emptied.isActive()
    panel.clear("another")
    qtbot.waitUntil(lambda: panel.waiting.isVisible() and not panel.layers.isVisible())  # nothing came: they wait


def test_of_all_charts_those_with_something_to_show_have_the_room(panel: Board) -> None:
    cells = (panel.curves, panel.layers, panel.distribution, panel.memory)
    assert panel.waiting.isVisible() and not any(cell.isVisible() for cell in cells)  # nothing yet: what is done
    tell(panel, [*studio_data.training_events(steps=5), *studio_data.memory_events(seconds=2)])
    assert [cell.isVisible() for cell in cells] == [True, False, False, True]
    tell(panel, [dataclasses.replace(event, before=None, after=None) for event in studio_data.layer_events()])  # type: ignore[call-arg]
    assert [cell.isVisible() for cell in cells] == [True, True, False, True]
    tell(panel, studio_data.layer_events())
    assert all(cell.isVisible() for cell in cells)
    panel.contents.pick([LAYERS])
    assert [cell.isVisible() for cell in cells] == [False, True, False, False]
    panel.clear("next")
    panel.contents.pick([OVERVIEW])
    assert panel.waiting.isVisible() and not any(cell.isVisible() for cell in cells)


def test_a_target_has_the_color_of_what_should_reach_it(panel: Board) -> None:
    names = ("sparsity/heads", "sparsity/heads_target", "sparsity/hidden", "sparsity/hidden_target")
    tell(panel, [Metric(run="run", block="b", name=name, value=0.5, step=1) for name in names])
    first, target, second, _ = panel.curves.curves()
    assert first.stroke.color == target.stroke.color != second.stroke.color
    assert [curve.stroke.dashed for curve in panel.curves.curves()] == [False, True, False, True]


def test_two_blocks_with_the_same_metric_are_two_curves(panel: Board) -> None:
    panel.set_titles({"a": "First", "b": "Second"})
    tell(
        panel,
        [Metric(run="run", block=b, name="loss", value=v, step=s) for b, v in (("a", 1.0), ("b", 2.0)) for s in (0, 1)],
    )
    assert [curve.name for curve in panel.curves.curves()] == ["First", "Second"]


def test_legend_and_line_have_one_color_while_blocks_begin_and_letters_move(panel: Board) -> None:
    def looks() -> tuple[list[Stroke], list[Stroke]]:
        told = {entry.key: entry.stroke for entry in panel.curves.legend.entries}
        pens = {key: item.opts["pen"] for key, item in panel.curves._items.items()}
        marks = {key: pg.mkColor(item.opts["symbolBrush"]).name() for key, item in panel.curves._items.items()}
        lines = [Stroke(pens[key].color().name(), pens[key].style() == Qt.PenStyle.DashLine) for key in told]
        assert [marks[key] for key in told] == [stroke.color for stroke in told.values()]
        return list(told.values()), lines

    def losses(block: str) -> list[Metric]:
        names = ("loss/train", "loss/eval", "loss/merged")
        return [Metric(run="run", block=block, name=name, value=2.0, step=s) for name in names for s in (0, 1)]

    tell(panel, losses("a"))
    told, drawn_alone = looks()
    assert told == drawn_alone
    panel.set_letters({"a": "A", "b": "B"})
    tell(panel, losses("b"))
    told, lines = looks()
    assert told == lines and told[: len(drawn_alone)] != drawn_alone
    panel.set_letters({"b": "A", "a": "B"})
    panel.curves.refresh()
    swapped, lines = looks()
    assert swapped == lines and swapped != told


def test_long_runs_stay_light(panel: Board) -> None:
    for start in range(0, 200_000, 50_000):
        tell(
            panel,
            [
                Metric(run="run", block="b", name="loss", value=math.sin(s / 900), step=s)
                for s in range(start, start + 50_000)
            ],
        )
    x, _ = drawn(panel.curves, "b/loss")
    assert len(x) <= 2 * panel.curves.plot.width() + 80
    assert len(records(panel.curves.table())) == 200_000
    assert panel.curves._items["b/loss"].opts["pen"].width() == 1


def test_zoom_stops_following_and_limits_what_is_exported(panel: Board, qtbot: QtBot) -> None:
    tell(panel, studio_data.training_events())
    chart = panel.curves
    chart.follow.setChecked(False)
    chart.plot.getViewBox().setRange(xRange=(100, 110), padding=0)
    qtbot.wait(60)
    steps = {float(row["step"]) for row in records(chart.table()) if row["curve"] == "train"}
    assert steps == set(range(100, 111))
    chart.reset_zoom()
    low, high = chart.plot.getViewBox().viewRange()[0]
    assert chart.follow.isChecked() and low <= 0 and high >= 299


def test_log_scale_leaves_out_what_has_no_logarithm(panel: Board) -> None:
    tell(panel, [Metric(run="run", block="b", name="loss", value=v, step=s) for s, v in enumerate((10.0, 0.0, 1000.0))])
    panel.curves.log_y.click()
    _, y = drawn(panel.curves, "b/loss")
    assert y[0] == 1.0 and math.isnan(y[1]) and y[2] == 3.0
    assert [float(row["value"]) for row in records(panel.curves.table())] == [10.0, 0.0, 1000.0]


def test_hidden_charts_are_not_redrawn(panel: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    for chart in panel.frames():
        name = type(chart).__name__
        monkeypatch.setattr(chart, "draw", lambda name=name: bool(calls.append(name)))
    panel.contents.pick([LAYERS])
    tell(panel, studio_data.layer_events())
    assert set(calls) == {"LayersChart"}
    tell(panel, studio_data.memory_events(seconds=2))
    assert set(calls) == {"LayersChart"}
    panel.contents.pick([MEMORY])
    assert calls[-1] == "MemoryChart"


def test_charts_are_drawn_one_at_a_time_and_all_in_the_end(
    panel: Board, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [
        *studio_data.training_events(steps=5), *studio_data.layer_events(), *studio_data.memory_events(seconds=2),
    ]  # fmt: skip
    tell(panel, events)
    calls: list[str] = []
    for chart in panel.frames():
        name = type(chart).__name__
        monkeypatch.setattr(chart, "draw", lambda name=name: bool(calls.append(name)))
    panel.add_events(events)
    assert len(calls) <= 1
    qtbot.waitUntil(lambda: len(calls) == 4, timeout=2000)
    assert set(calls) == {"CurvesChart", "LayersChart", "HistogramChart", "MemoryChart"}


def test_one_redraw_a_tick(panel: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    draw = panel.curves.draw
    monkeypatch.setattr(panel.curves, "draw", lambda: (calls.append(1), draw())[1])
    tell(panel, studio_data.training_events())
    assert len(calls) == 1


# -- layers ----------------------------------------------------------------------------------------------------------
def test_bars_are_the_sparsity_of_the_layers(panel: Board) -> None:
    events = studio_data.layer_events()
    tell(panel, events)
    rows = records(panel.layers.table())
    assert [float(row["sparsity"]) for row in rows] == [event.metrics["sparsity"] for event in events]  # type: ignore[attr-defined]
    heights = {rect.center().x(): rect.height() for bar in panel.layers._bars.values() for rect in bar.rects}
    told = {i: event.metrics["sparsity"] for i, event in enumerate(events)}  # type: ignore[attr-defined]
    assert heights == {i: pytest.approx(value) for i, value in told.items() if value} and len(heights) > 2
    panel.layers.choose("sqnr_db")
    assert panel.layers._title.whole() == "SQNR (dB) per layer"


def test_layers_come_in_order_of_execution_whatever_the_order_of_events(panel: Board) -> None:
    events = studio_data.layer_events()
    tell(panel, reversed(events))
    assert [row["layer"] for row in records(panel.layers.table())] == [e.layer for e in events]  # type: ignore[attr-defined]


def test_the_range_has_room_for_layers_to_come_and_does_not_move_for_each(panel: Board) -> None:
    events = studio_data.layer_events()
    tell(panel, events[:2])
    seen = panel.layers._range()[0]
    assert seen[1] >= len(events) - 0.5
    for event in events[2:]:
        panel.layers.reset_zoom()
        tell(panel, [event])
    assert panel.layers._range()[0] == seen


def test_only_what_grows_keeps_room_at_the_right_and_only_while_it_does(panel: Board, qtbot: QtBot) -> None:
    events = studio_data.training_events()
    tell(panel, events[: len(events) // 2])
    tell(panel, studio_data.layer_events())
    tell(panel, events[len(events) // 2 :])
    for chart, room in ((panel.curves, True), (panel.layers, False), (panel.distribution.one, False)):
        bounds = chart.bounds()
        assert bounds is not None
        width = bounds.right - bounds.left
        chart.plot.getViewBox().setRange(xRange=(0, 1e-3), padding=0)  # what it shows no longer holds
        chart._follow_range()
        assert (chart._range()[0][1] - bounds.right > 0.1 * width) == room
        chart._calm_timer.timeout.emit()
        assert chart._range()[0][1] - bounds.right == pytest.approx(0.02 * width)


def test_another_run_is_in_view_at_once_though_the_former_one_waits_to_move(panel: Board) -> None:
    panel.contents.pick([OVERVIEW])
    panel.add_events([Metric(run="run", block="b", name="loss/train", value=1.0, step=step) for step in range(10)])
    panel.flush()
    panel.curves._range_timer.start(10_000)
    panel.clear("other")
    panel.add_events([Metric(run="other", block="b", name="loss/train", value=1.0, step=step) for step in range(1000)])
    panel.curves.refresh()
    assert panel.curves._range()[0][1] >= 999


def test_a_grid_is_opaque_and_looks_translucent(panel: Board) -> None:
    """Qt blends lines pixel by pixel, which takes ten times as long as to draw them."""
    tell(panel, studio_data.layer_events())
    axis = panel.layers.left
    for level in (0, 1):
        hue = axis._tick_pen(level, 4, 200.0).color()
        share = axis.grid / 255 / (level + 1)
        border, surface = axis.tickPen().color(), theme().tokens.surface
        wanted = [share * a + (1 - share) * b for a, b in zip(border.getRgb(), QColor(surface).getRgb(), strict=True)]
        assert hue.alpha() == 255
        assert hue.getRgb()[:3] == pytest.approx(wanted[:3], abs=1)


def test_a_picked_layer_is_shown_everywhere_and_stays(panel: Board) -> None:
    events = studio_data.layer_events()
    tell(panel, events[:5])
    assert panel.distribution.one.layer == events[4].layer  # type: ignore[attr-defined]
    panel.distribution.all.clicked(0.0, 2.2)
    tell(panel, events[5:])
    wanted = events[2].layer  # type: ignore[attr-defined]
    assert [c.layer for c in (panel.layers, panel.distribution.one, panel.distribution.all)] == [wanted] * 3


def test_distribution_is_the_histogram_of_the_event(panel: Board) -> None:
    events = studio_data.layer_events()
    tell(panel, events)
    panel.pick_layer(events[3].layer)  # type: ignore[attr-defined]
    rows = records(panel.distribution.one.table())
    for name, histogram in (("Before", events[3].before), ("After", events[3].after)):  # type: ignore[attr-defined]
        assert tuple(int(row["weights"]) for row in rows if row["histogram"] == name) == histogram.counts
    assert float(rows[0]["low"]) == events[3].before.low  # type: ignore[attr-defined]


def test_heat_map_has_a_row_of_shares_for_each_layer(panel: Board) -> None:
    events = studio_data.layer_events()
    tell(panel, events)
    panel.distribution.show_all()
    matrix = panel.distribution.all.matrix()
    assert matrix.shape == (len(events), 256)
    assert matrix.sum(axis=1) == pytest.approx(1.0)
    assert matrix[7] == pytest.approx(shares(events[7].after))  # type: ignore[attr-defined]
    image = panel.distribution.all._image.image
    assert image.shape == matrix.shape and image.max() == pytest.approx(1.0)
    panel.distribution.all.show_log(False)
    assert panel.distribution.all._image.image == pytest.approx(matrix / matrix.max())


def test_another_block_gets_its_own_layers(panel: Board) -> None:
    tell(panel, studio_data.layer_events(block="a", form="int4"))
    tell(panel, studio_data.layer_events(block="b", form="int2"))
    assert panel.block == "b"
    newest = panel.layers.table().to_csv()
    panel.pick_block("a")
    tell(panel, studio_data.layer_events(block="c", form="int8"))
    assert panel.block == "a" and panel.layers.table().to_csv() != newest


def test_all_metrics_are_read_out_at_the_mouse(panel: Board) -> None:
    tell(panel, studio_data.training_events())
    tell(panel, studio_data.layer_events())
    tell(panel, studio_data.memory_events(seconds=5))
    found = panel.curves.readout(57.3, 0.0)
    assert found is not None and found[0] == 57.0 and "train" in found[1] and "step 57" in found[1]
    bars = panel.layers.readout(6.2, 0.0)
    assert bars is not None and "0.mlp.down_proj" in bars[1] and "dB" in bars[1]
    memory = panel.memory.readout(2.0, 0.0)
    assert memory is not None and "B</b>" in memory[1] and "0:02" in memory[1]
    panel.curves._on_mouse(panel.curves.plot.getViewBox().mapViewToScene(QPointF(100.0, 1.0)))
    assert panel.curves._hover.isVisible()


def test_no_value_is_read_out_where_none_was_measured(panel: Board) -> None:
    tell(panel, [Metric(run=panel._data.run or "", block="b", name="loss/train", value=3.0, step=n) for n in range(12)])
    tell(panel, [Metric(run=panel._data.run or "", block="b", name="loss/held out", value=2.9, step=10)])
    between, at = panel.curves.readout(6.2, 0.0), panel.curves.readout(9.9, 0.0)
    assert between is not None and between[0] == 6.0 and "held out" not in between[1] and "train" in between[1]
    assert at is not None and at[0] == 10.0 and "held out" in at[1] and "train" in at[1]


def test_the_loss_of_what_is_trained_now_is_shown_until_another_metric_is_picked(panel: Board) -> None:
    run = panel._data.run or ""
    tell(panel, [Metric(run=run, block="ticket", name="dense: loss/train", value=3.0, step=1)])
    assert panel.curves.group() == "dense: loss"
    tell(
        panel,
        [Metric(run=run, block="ticket", name=f"round 1: {n}", value=3.0, step=1) for n in ("loss/train", "norm")],
    )
    assert panel.curves.group() == "round 1: loss"
    panel.curves.choose("dense: loss")
    tell(panel, [Metric(run=run, block="ticket", name="round 2: loss/train", value=3.0, step=1)])
    assert panel.curves.group() == "dense: loss"


# -- memory ----------------------------------------------------------------------------------------------------------
def test_memory_over_seconds_since_the_start(panel: Board) -> None:
    gb = 10**9
    tell(
        panel, [Memory(run="run", time=500.0 + s, process=gb + s, process_peak=2 * gb, device=3 * gb) for s in range(4)]
    )
    x, y = drawn(panel.memory, "process")
    assert x.tolist() == [0, 1, 2, 3] and y.tolist() == [gb, gb + 1, gb + 2, gb + 3]
    assert [curve.key for curve in panel.memory.curves()] == ["process", "process_peak", "device"]
    panel.memory._follow_range()
    assert panel.memory.plot.getViewBox().viewRange()[1][0] == 0.0
    panel.grab()
    assert "0" in [text for _, _, text in panel.memory.left.picture[2]], "also at the end of the axis"


def test_axes_read_as_people_do(panel: Board) -> None:
    assert panel.memory.left.texts([0.0, 5e8, 1e9, 1.5e9], 5e8) == ["0", "0.5 GB", "1.0 GB", "1.5 GB"]
    assert panel.memory.bottom.texts([0.0, 75.0, 3720.0], 60.0) == ["0:00", "1:15", "1:02:00"]
    assert panel.curves.bottom.texts([0.0, 50_000.0, 100_000.0], 50_000.0) == ["0", "50 k", "100 k"]
    assert panel.curves.left.texts([0.02, 0.04], 0.02) == ["0.02", "0.04"]


# -- export ----------------------------------------------------------------------------------------------------------
def test_export(panel: Board, tmp_path: Path) -> None:
    tell(panel, studio_data.training_events())
    chart = panel.curves
    for suffix in ("png", "svg", "csv"):
        chart.export(tmp_path / f"chart.{suffix}")
    image = QImage(str(tmp_path / "chart.png"))
    assert image.width() == 2 * chart.width()
    colors = {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert LIGHT.surface in colors and len(colors) > 20
    drawing = (tmp_path / "chart.svg").read_text()
    assert QSvgRenderer(str(tmp_path / "chart.svg")).isValid() and ">train<" in drawing and "<path" in drawing
    assert (tmp_path / "chart.csv").read_text() == chart.table().to_csv()
    assert {p.name for p in tmp_path.iterdir()} == {"chart.png", "chart.svg", "chart.csv"}


def test_export_to_a_place_that_is_none_says_so(panel: Board) -> None:
    tell(panel, studio_data.training_events())
    for suffix in ("png", "svg", "csv"):
        with pytest.raises(StudioError):
            panel.curves.export(Path(f"/proc/none/chart.{suffix}"))


# -- looks -----------------------------------------------------------------------------------------------------------
def test_theme_is_taken_over_at_once(panel: Board) -> None:
    tell(panel, studio_data.training_events())
    theme().apply("light")
    assert panel.curves.plot.backgroundBrush().color().name() == LIGHT.surface
    assert panel.curves._items["logit_distillation_1/loss/train"].opts["pen"].color().name() == LIGHT.chart[0]
    theme().apply("dark")
    assert panel.curves.plot.backgroundBrush().color().name() == DARK.surface


def test_everything_has_a_name_for_screen_readers(panel: Board) -> None:
    for chart in panel.frames():
        assert chart.plot.accessibleName()
        tools = [tool for tool in chart.findChildren(QToolButton) if not chart.legend.isAncestorOf(tool)]
        assert len(tools) >= 5 and all(tool.accessibleName() for tool in tools)


def test_histograms_of_other_makers_are_laid_over_each_other(qtbot: QtBot) -> None:
    chart = HistogramChart(None, picker=False)  # type: ignore[arg-type]
    qtbot.addWidget(chart)
    chart.resize(500, 300)
    chart.show()
    chart.show_pairs([("Left", Histogram(-1, 1, (1, 2, 3, 4))), ("Right", Histogram(-2, 2, (4, 3, 2, 1)))])
    assert [name for name, _ in chart.shown()] == ["Left", "Right"]
    found = chart.bounds()
    assert found is not None and (found.left, found.right) == (-2, 2)


def test_a_picture_is_light_and_names_its_run_in_a_dark_window(panel: Board, tmp_path: Path) -> None:
    tell(panel, studio_data.training_events())
    panel.set_subject("Distilled twice")
    panel.curves.export(tmp_path / "chart.png")
    panel.curves.export(tmp_path / "chart.svg")
    image = QImage(str(tmp_path / "chart.png"))
    places = [(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)]
    colors = Counter(image.pixelColor(x, y).name() for x, y in places)
    assert colors.most_common(1)[0][0] == LIGHT.surface and LIGHT.chart[0] in colors
    assert colors[DARK.surface] < len(places) / 1000  # the edge of a letter may have any gray
    assert "Distilled twice" in (tmp_path / "chart.svg").read_text()
    assert theme().tokens is DARK and panel.curves.plot.backgroundBrush().color().name() == DARK.surface


def test_a_training_that_is_taken_up_keeps_its_curve(panel: Board) -> None:
    for step in range(1, 21):
        panel.add_events([Metric(run="run", block="b", name="loss/train", value=float(step), step=step)])
    panel.clear("next", ["b"])
    panel.add_events([Metric(run="next", block="b", name="loss/train", value=0.0, step=18)])
    panel.flush()
    x, y = panel._data.metrics["b", "loss/train"].x, panel._data.metrics["b", "loss/train"].y
    assert x.tolist() == list(range(1, 19)) and y[-1] == 0.0, "what is done again replaces what there was"
    panel.clear("other")
    assert not panel._data.metrics


def test_a_target_has_a_title(panel: Board) -> None:
    for name in ("sparsity/hidden", "sparsity/hidden_target"):
        panel.add_events([Metric(run="run", block="b", name=name, value=0.5, step=step) for step in (1, 2)])
    panel.flush()
    assert [curve.name for curve in panel.curves.curves()] == ["hidden", "hidden, target"]


def test_a_spike_is_shown_on_a_logarithmic_scale_until_a_person_chooses(panel: Board) -> None:
    def done(layer: str, counts: tuple[int, ...]) -> LayerDone:
        both = Histogram(-1.0, 1.0, counts)
        return LayerDone(run="run", block="b", layer=layer, index=0, count=2, metrics={}, before=both, after=both)

    chart = panel.distribution.one
    tell(panel, [done("even", (5, 5, 5, 5)), done("spike", (1, 97, 1, 1))])
    panel.pick_layer("spike")
    assert chart.log_y.isChecked() and chart.left.logMode
    panel.pick_layer("even")
    assert not chart.log_y.isChecked() and not chart.left.logMode
    chart.log_y.click()
    panel.pick_layer("spike")
    chart.log_y.click()
    panel.flush()
    assert not chart.log_y.isChecked(), "as was chosen"


def test_a_distribution_says_whether_it_is_of_weights_or_of_an_update(panel: Board) -> None:
    events = studio_data.layer_events()
    tell(panel, events)
    assert panel.distribution.one._title.whole() == "Weights"
    tell(panel, [dataclasses.replace(event, quantity="update") for event in events])  # type: ignore[call-arg]
    assert "update" in panel.distribution.one._title.whole()
