"""Metrics on the board: a chart for each group, picked in the list."""

from __future__ import annotations

import dataclasses

import pytest
import studio_data
from pytestqt.qtbot import QtBot

from engine.contracts.events import Event, Metric
from studio.charts.curves import CurvesChart
from studio.plots.board import DISTRIBUTION, LAYERS, OVERVIEW, Board
from studio.plots.contents import Key

SHEARING = ("mask/heads", "mask/hidden", "multiplier/heads", "domain/wiki", "target sparsity", "loss/train")


@pytest.fixture
def panel(qtbot: QtBot) -> Board:
    panel = Board(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.resize(1100, 700)
    panel.clear("run")
    panel.show()
    return panel


def metrics(*names: str, block: str = "b", steps: int = 3) -> list[Event]:
    return [
        Metric(run="run", block=block, name=name, value=step + len(name), step=step)
        for step in range(steps)
        for name in names
    ]


def tell(panel: Board, events: list[Event]) -> None:
    panel.add_events(events)
    panel.flush()


def groups(panel: Board) -> list[str]:
    return [key.name for key in panel.contents.listed() if key.kind == "metric"]


def picked(panel: Board) -> list[CurvesChart]:
    """The charts of metrics that are shown."""
    return [cell for cell in panel._shown if isinstance(cell, CurvesChart)]


def test_every_group_has_a_chart_with_its_curves(panel: Board) -> None:
    tell(panel, metrics(*SHEARING))
    assert groups(panel) == ["loss", "mask", "multiplier", "domain", "target sparsity"]
    panel.contents.pick([Key("metric", name) for name in groups(panel)[:4]])
    names = [[curve.name for curve in chart.shown()] for chart in picked(panel)]
    assert names == [["train"], ["heads", "hidden"], ["heads"], ["wiki"]]
    assert all(chart.isVisible() for chart in picked(panel)) and not panel.memory.isVisible()


def test_what_was_picked_stays_when_new_metrics_come(panel: Board) -> None:
    tell(panel, metrics("loss/train", "learning rate"))
    panel.contents.pick([Key("metric", "learning rate")])
    tell(panel, metrics("gradient norm", "loss/eval"))
    assert panel.contents.picked() == [Key("metric", "learning rate")]
    assert groups(panel) == ["loss", "learning rate", "gradient norm"]
    panel.contents.pick([Key("metric", "learning rate"), Key("metric", "loss")])
    assert [chart.group() for chart in picked(panel)] == ["loss", "learning rate"], "in the order of the list"
    panel.clear("another")
    assert panel.contents.picked() == [OVERVIEW] and groups(panel) == []


def test_two_blocks_are_told_apart(panel: Board) -> None:
    panel.set_titles({"b": "First", "c": "Second"})
    tell(panel, [*metrics("loss/train"), *metrics("loss/train", block="c")])
    panel.contents.pick([Key("metric", "loss")])
    (chart,) = picked(panel)
    assert len(chart.shown()) == 2 and {"First", "Second"} == {curve.name.split(" · ")[0] for curve in chart.shown()}


def test_a_low_chart_gives_the_room_of_its_label_to_the_plot(panel: Board, qtbot: QtBot) -> None:
    tell(panel, studio_data.training_events(steps=30))
    panel.contents.pick([OVERVIEW])
    panel.resize(1100, 900)
    qtbot.waitUntil(lambda: panel.curves.bottom.label.isVisible())
    qtbot.waitUntil(lambda: panel.minimumHeight() <= 200)  # there is one row of tiles now
    panel.resize(1100, 200)
    qtbot.waitUntil(lambda: not panel.curves.bottom.label.isVisible())
    assert panel.curves.bottom.labelText == "Step"


def test_steps_are_whole_numbers(panel: Board) -> None:
    levels = panel.curves.bottom.tickSpacing(0.0, 2.0, 400.0)
    assert levels and all(spacing >= 1 and spacing == int(spacing) for spacing, _ in levels)


def test_a_metric_that_is_0_everywhere_is_not_the_first_to_be_seen(panel: Board) -> None:
    panel.contents.pick([LAYERS])
    tell(panel, studio_data.layer_events())
    shown = panel.layers.shown_metric()
    nothing = [
        dataclasses.replace(event, block="svd_1", metrics={"sparsity": 0.0, "error": 0.1})  # type: ignore[call-arg]
        for event in studio_data.layer_events()
    ]
    tell(panel, list(nothing))
    assert shown == "sparsity" and panel.layers.shown_metric() == "error"
    panel.layers.choose("sparsity")
    panel.flush()
    assert panel.layers.shown_metric() == "sparsity"


def test_small_numbers_on_an_axis_are_round(panel: Board) -> None:
    ticks = [1e-4 - 1e-19, 1.5e-4, 2e-4]
    assert panel.curves.left.texts(ticks, 5e-5) == ["0.0001", "0.00015", "0.0002"]


def test_a_following_chart_moves_only_when_it_must(panel: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    panel.contents.pick([OVERVIEW])
    moved: list[object] = []
    view = panel.curves.plot.getViewBox()
    view.sigXRangeChanged.connect(lambda *args: moved.append(args))
    for step in range(400):
        panel.curves._ranged_at = min(panel.curves._ranged_at, 1.0)  # as if the last picture were long ago
        tell(panel, [Metric(run="run", block="b", name="loss/train", value=1.0 + step % 3, step=step)])
        left, right = view.viewRange()[0]
        assert left <= 0 and step <= right <= max(1.3 * step, step + 1)
    assert 5 < len(moved) < 120
    panel.curves.reset_zoom()
    assert view.viewRange()[0][1] == pytest.approx(399 * 1.02)


def test_a_distribution_is_drawn_anew_only_when_it_changed(panel: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    panel.contents.pick([DISTRIBUTION])
    tell(panel, studio_data.layer_events())
    chart = panel.distribution.one
    items, drawn = list(chart._items), []
    assert [bars is not None for bars, _ in items] == [True, False], "before as bars with an outline, after as one"
    before = items[0][0].rects
    draw = chart._draw_one
    monkeypatch.setattr(chart, "_draw_one", lambda *words: (drawn.append(words[1]), draw(*words)))
    chart.redraw()
    assert not drawn
    panel.pick_layer("model.layers.1.mlp.up_proj")
    assert len(drawn) == 2 and chart._items == items and items[0][0].rects != before
