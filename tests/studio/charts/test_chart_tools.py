"""Charts at rest and in use: few controls, one crosshair for all, bars where weights have few values."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from engine.contracts.events import Histogram, LayerDone, Memory, Metric
from studio.charts.axes import Axis, ElapsedAxis
from studio.charts.curves import SeriesChart
from studio.charts.distribution import HistogramChart, level_width, levels
from studio.charts.plot import Plot
from studio.plots.board import DISTRIBUTION, OVERVIEW, Board, Key

LOSS, RATE = Key("metric", "loss"), Key("metric", "learning rate")


@pytest.fixture
def panel(panel: Board) -> Board:
    """With curves and layers."""
    steps = range(0, 100, 10)
    panel.add_events(
        Metric(run="run", block="b", name=name, value=step + 1.0, step=step)
        for step in steps
        for name in ("loss/train", "loss/eval", "learning rate")
    )
    after = Histogram(-1.0, 1.0, tuple(range(32)))
    usual = {"run": "run", "block": "quantize", "count": 4, "metrics": {"error": 0.1}, "after": after}
    panel.add_events(LayerDone(layer=f"layers.{n}.up", index=n, **usual) for n in range(4))
    panel.flush()
    return panel


@pytest.fixture
def pair(panel: Board) -> tuple[SeriesChart, SeriesChart]:
    """Two charts over the same steps, side by side."""
    panel.contents.pick([LOSS, RATE])
    first, second = (panel._tiles[key] for key in (LOSS, RATE))
    assert isinstance(first, SeriesChart) and isinstance(second, SeriesChart)
    QApplication.processEvents()
    return first, second


def pixel(chart: SeriesChart, step: float) -> QPoint:
    """The middle of the plot above a step."""
    view = chart.plot.getViewBox()
    (_, _), (low, high) = view.viewRange()
    return chart.plot.mapFromScene(view.mapViewToScene(QPointF(step, (low + high) / 2)))


def values(chart: SeriesChart) -> str:
    return chart._hover.text() if chart._hover.isVisible() and chart._cross.isVisible() else ""


def mouse_leaves(chart: QWidget) -> None:
    """Wherever the mouse of this machine is."""
    chart.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    QApplication.sendEvent(chart, QEvent(QEvent.Type.Leave))
    QApplication.processEvents()


def test_at_rest_a_chart_has_two_controls_at_most(panel: Board) -> None:
    panel.contents.setFocus()
    for chart in panel.frames():
        if not chart.isVisible():
            continue
        mouse_leaves(chart)
        seen = [w for kind in (QToolButton, QComboBox) for w in chart.findChildren(kind) if w.isVisible()]
        seen = [widget for widget in seen if not chart.legend.isAncestorOf(widget)]
        assert len(seen) <= 2, [widget.accessibleName() for widget in seen]
        QApplication.sendEvent(chart, QEvent(QEvent.Type.Enter))
        assert chart.tools.isVisible() and chart.follow.isVisible() is not chart.follow.isHidden()
        assert chart.rect().contains(chart.tools.geometry())
        mouse_leaves(chart)
        assert not chart.tools.isVisible()


def test_the_keyboard_shows_the_tools_and_reaches_them(panel: Board, qtbot: QtBot) -> None:
    panel.activateWindow()
    mouse_leaves(panel.curves)
    panel.curves.plot.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is panel.curves.plot)
    assert panel.curves.tools.isVisible()
    QTest.keyClick(panel.curves.plot, Qt.Key.Key_Tab)
    focus = QApplication.focusWidget()
    assert focus is not None and panel.curves.isAncestorOf(focus) and panel.curves.tools.isVisible()
    panel.contents.setFocus()
    qtbot.waitUntil(lambda: not panel.curves.tools.isVisible())


def test_a_chart_is_enlarged_and_put_back_by_its_button(panel: Board) -> None:
    for chart, key in ((panel.curves, LOSS), (panel.distribution.one, DISTRIBUTION)):
        QTest.mouseClick(chart._enlarge, Qt.MouseButton.LeftButton)
        assert panel.contents.picked() == [key] and len(panel._shown) == 1
        alone = panel._tiles.get(key, panel.distribution.one)
        QTest.mouseClick(alone._enlarge, Qt.MouseButton.LeftButton)
        assert panel.contents.picked() == [OVERVIEW] and len(panel._shown) > 2


def test_all_charts_show_the_same_step_at_once(pair: tuple[SeriesChart, SeriesChart]) -> None:
    first, second = pair
    QTest.mouseMove(first.plot.viewport(), pixel(first, 41.0))  # no event is waited for: it is the same turn
    assert "step 40" in values(first) and "step 40" in values(second) and "41" in values(second)
    QApplication.sendEvent(first.plot.viewport(), QEvent(QEvent.Type.Leave))
    assert not values(first) and not values(second)


def test_a_click_pins_the_step_until_it_is_clicked_again(pair: tuple[SeriesChart, SeriesChart]) -> None:
    first, second = pair
    QTest.mouseClick(first.plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel(first, 40.0))
    QTest.mouseMove(second.plot.viewport(), pixel(second, 80.0))
    QApplication.sendEvent(second.plot.viewport(), QEvent(QEvent.Type.Leave))
    assert "step 40" in values(first) and "step 40" in values(second), "stays, whatever the mouse does"
    first.redraw()
    assert "step 40" in values(first), "new data do not take it away"
    QTest.mouseClick(second.plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel(second, 40.0))
    QApplication.sendEvent(second.plot.viewport(), QEvent(QEvent.Type.Leave))
    assert not values(first) and not values(second)


def test_arrows_move_the_crosshair_enter_pins_esc_releases(pair: tuple[SeriesChart, SeriesChart]) -> None:
    first, second = pair
    for _ in range(2):
        QTest.keyClick(first.plot, Qt.Key.Key_Left)
    assert "step 80" in values(first) and "step 80" in values(second)
    QTest.keyClick(first.plot, Qt.Key.Key_Return)
    QTest.keyClick(first.plot, Qt.Key.Key_Right)
    QApplication.sendEvent(first.plot.viewport(), QEvent(QEvent.Type.Leave))
    assert "step 90" in values(second), "pinned"
    assert first.key_pressed(Qt.Key.Key_Escape) and not values(first) and not values(second)
    assert not first.key_pressed(Qt.Key.Key_Escape), "Esc means what it always does"


def test_another_run_has_no_pin_of_the_former_one(panel: Board, pair: tuple[SeriesChart, SeriesChart]) -> None:
    QTest.mouseClick(pair[0].plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel(pair[0], 40.0))
    panel.clear("next")
    assert not panel._crosshair._pins


def test_a_pinned_step_is_the_moment_of_the_layers(panel: Board) -> None:
    histogram = Histogram(-1.0, 1.0, (1, 2, 1))
    panel.add_events(
        LayerDone(run="run", block="b", layer="up", index=0, count=1, metrics={"sparsity": step / 100}, after=histogram,
                  step=step)
        for step in (0, 30, 60, 90)
    )  # fmt: skip
    panel.pick_block("b")
    assert panel.curves.crosshair is not None
    panel.curves.crosshair.pin(panel.curves, 40.0)
    assert panel.timeline.moment == 1, "step 30 is the last one that was looked at until then"
    panel.curves.crosshair.release(panel.curves)
    assert panel.timeline.moment is None


def test_weights_with_few_values_are_bars_at_these(qtbot: QtBot) -> None:
    values = np.array([-1.5, -0.5, 0.5, 1.5]).repeat([10, 40, 40, 10])
    counts, _ = np.histogram(values, bins=64, range=(-2.0, 2.0))
    two_bits = Histogram(-2.0, 2.0, tuple(counts.tolist()))
    normal, _ = np.histogram(np.random.default_rng(0).normal(size=4000), bins=64, range=(-2.0, 2.0))
    before = Histogram(-2.0, 2.0, tuple(normal.tolist()))
    chart = HistogramChart(None, picker=False)
    qtbot.addWidget(chart)
    chart.resize(500, 300)
    chart.show()
    chart.show_pairs([("Before", before), ("After", two_bits)])
    chart.redraw()
    assert not len(levels(before)) and len(levels(two_bits)) == 4
    (_, outline), (bars, line) = chart._items
    assert outline.isVisible() and not line.isVisible() and bars is not None
    assert [rect.height() for rect in bars.rects] == pytest.approx([0.1, 0.4, 0.4, 0.1])
    assert all(rect.width() == pytest.approx(level_width(two_bits)) for rect in bars.rects)
    for rect, value in zip(bars.rects, (-1.5, -0.5, 0.5, 1.5), strict=True):
        assert rect.left() <= value <= rect.right() and not chart.log_y.isChecked()
    found = chart.readout(-0.7, 0.0)
    assert found is not None and "40 %" in found[1], "the nearest level is read out"


def test_the_first_moment_of_a_run_is_not_after_a_negative_one(panel: Board) -> None:
    panel.clear("next")
    panel.add_events([Memory(run="next", time=500.0, process=500, process_peak=500)])
    panel.flush()
    (left, right), _ = panel.memory.plot.getViewBox().viewRange()
    assert -0.05 < left < 0 < right


@pytest.mark.parametrize("height", [70, 90, 140, 300])
def test_numbers_at_a_low_axis_do_not_touch(height: int, qtbot: QtBot) -> None:
    """On a logarithmic axis the finer ones come close to the coarse ones."""
    bottom, left = Axis("bottom", "x"), Axis("left", "y")
    plot = Plot(None, axisItems={"bottom": bottom, "left": left})
    qtbot.addWidget(plot)
    plot.getPlotItem().setLogMode(y=True)
    plot.getPlotItem().showGrid(x=True, y=True)
    plot.resize(400, height)
    plot.show()
    shown = 0
    for low in (0.0085, 0.009, 0.0095, 0.5):
        plot.getViewBox().setYRange(np.log10(low), np.log10(2.7 * low), padding=0)
        qtbot.wait(10)
        left.picture = None
        picture = QImage(10, 10, QImage.Format.Format_RGB32)
        painter = QPainter(picture)
        specs = left.generateDrawSpecs(painter)
        painter.end()
        areas = [area for area, _, _ in specs[2]]
        shown += len(areas)
        assert not any(one.intersects(other) for n, one in enumerate(areas) for other in areas[:n]), low
    assert shown


@pytest.mark.parametrize(("seconds", "ends"), [(0.2, " s"), (4.0, " s"), (9.0, ""), (400.0, "")])
def test_an_axis_of_time_says_it_in_one_way(seconds: float, ends: str, qtbot: QtBot) -> None:
    axis = ElapsedAxis("bottom", "Elapsed time")
    words = [
        text
        for spacing, offset in axis.tickSpacing(0.0, seconds, 560)
        for text in axis.texts([offset + n * spacing for n in range(int(seconds / spacing) + 1)], spacing)
    ]
    assert len(set(words)) == len(words) >= 3 and all(text.endswith(" s") == bool(ends) for text in words), words
