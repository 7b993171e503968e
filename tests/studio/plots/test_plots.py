"""Curves and grids that methods draw of their own: listed, drawn, read out, exported as the events said."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from pathlib import Path

import numpy as np
import pytest
import studio_data
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from engine.contracts.events import Curve, Event, Grid
from studio.kit.theme import theme
from studio.plots.board import OVERVIEW, Board
from studio.plots.contents import Key
from studio.plots.curves import MANY, READ_OUT
from studio.plots.grids import _cell_text
from studio.plots.sheet import Scale, Sheet, common_scale, numbered, pooled
from studio.plots.surface import SurfaceItem
from studio.plots.tile import PlotTile
from tests.looks import faults

SPECTRA, KURTOSIS = Key("plot", "Singular values", "svd_1"), Key("plot", "Kurtosis", "spinquant_1")


@pytest.fixture
def panel(qtbot: QtBot) -> Board:
    panel = Board(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.resize(1100, 600)
    panel.set_titles({"svd_1": "SVD", "spinquant_1": "SpinQuant"})
    panel.clear("run")
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def tell(panel: Board, events: list[Event]) -> None:
    panel.add_events(events)
    panel.flush()


def listed(panel: Board) -> list[str]:
    """The plots of the list, with the blocks above them."""
    return panel.contents.shown()[4:]


def one(panel: Board, key: Key) -> PlotTile:
    """A plot alone, as a click in the list shows it."""
    panel.contents.pick([key])
    (tile,) = panel._shown
    assert isinstance(tile, PlotTile)
    return tile


def alone(panel: Board, events: list[Event]) -> PlotTile:
    """The last plot of these, large."""
    tell(panel, events)
    return one(panel, panel.contents.listed()[-1])


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# -- the list --------------------------------------------------------------------------------------------------------
def test_nothing_is_listed_before_there_is_something(panel: Board) -> None:
    assert panel.contents.shown() == ["Overview", "Layers", "Distribution", "Memory"] and panel.newest.isHidden()


def test_names_that_differ_at_their_ends_do_so_in_the_list_too(panel: Board) -> None:
    names = [f"Singular values of the update: {role}" for role in "qkvo"]
    tell(panel, [Curve(run="run", block="svd_1", chart=name, series="a", x=(1.0,), y=(1.0,)) for name in names])
    tree = panel.contents._tree
    places = [tree.visualItemRect(item) for item in panel.contents._items().values()][-len(names) :]
    assert len(places) == len(names) and all(place.width() > 100 for place in places)
    pictures = [tree.viewport().grab(place).toImage() for place in places]
    assert all(pictures[a] != pictures[b] for a in range(len(names)) for b in range(a))


@pytest.mark.parametrize("larger", [0, 5])
def test_names_of_plots_are_whole_in_as_many_lines_as_they_need(panel: Board, larger: int, qtbot: QtBot) -> None:
    names = [
        "Round 1: gradient norm of everything",
        *(f"Singular values of the update: {role}" for role in "qk"),
        "Ranks",
    ]
    tell(panel, [Curve(run="run", block="svd_1", chart=name, series="a", x=(1.0,), y=(1.0,)) for name in names])
    theme().enlarge(larger)
    try:
        panel.resize(900, 700)
        panel.show()
        qtbot.wait(20)
        tree = panel.contents._tree
        metrics, heights = tree.fontMetrics(), {}
        for item in panel.contents._items().values():
            place, text = tree.visualItemRect(item), item.text(0)
            option = QStyleOptionViewItem()
            option.initFrom(tree)
            option.rect = place
            tree.itemDelegate().initStyleOption(option, tree.indexFromItem(item))
            room = (
                tree.style().subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, tree).adjusted(3, 0, -3, 0)
            )
            needed = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, text)
            assert needed.width() <= room.width() and needed.height() <= room.height(), text
            assert place.right() <= tree.viewport().width()
            heights[text] = place.height()
        assert heights[names[1]] > 1.5 * heights["Ranks"]
    finally:
        theme().enlarge(0)


def test_a_legend_is_one_line_and_its_rest_is_in_a_menu(panel: Board, qtbot: QtBot) -> None:
    panel.resize(860, 300)
    tell(panel, [*studio_data.layer_events(), *studio_data.training_events(steps=5), *studio_data.memory_events()])
    legend = panel.layers.legend
    qtbot.waitUntil(lambda: panel.layers.width() < 360 and legend._more.isVisible() and not faults(panel), timeout=2000)
    shown, rest = legend.in_line, legend.entries[len(legend.in_line) :]
    assert legend.height() == legend._chips[0].height() and rest and legend._more.text() == f"+{len(rest)}"
    assert all(chip.geometry().right() < legend.width() for chip in legend._chips[: len(shown)])
    legend._menu.aboutToShow.emit()
    action = legend._menu.actions()[-1]
    assert [each.text() for each in legend._menu.actions()] == [entry.text for entry in rest] and action.isChecked()
    action.trigger()
    assert not legend.is_shown(rest[-1].key)


def test_all_plots_are_listed_by_block_and_the_newest_joins_the_overview(panel: Board) -> None:
    tell(panel, studio_data.spectra())
    assert panel.newest.shown == ("svd_1", "Singular values") and listed(panel) == ["SVD", "Singular values"]
    tell(panel, studio_data.kurtosis_grids())
    assert listed(panel) == ["SVD", "Singular values", "SpinQuant", "Kurtosis"]
    assert panel.newest.isVisible() and panel.newest.shown == ("spinquant_1", "Kurtosis")
    assert panel.newest.grids._title.whole() == "Kurtosis of SpinQuant"
    panel.follow_block("svd_1")
    assert panel.newest.shown == ("svd_1", "Singular values") and listed(panel) == ["SVD", "Singular values"]
    panel.follow_block("")
    assert panel.newest.shown == ("spinquant_1", "Kurtosis") and len(listed(panel)) == 4


def test_other_runs_and_blocks_without_plots_change_nothing(panel: Board) -> None:
    tell(panel, studio_data.spectra())
    tell(panel, studio_data.kurtosis_grids(run="another"))
    panel.follow_block("round_to_nearest_1")
    assert panel.newest.shown == ("svd_1", "Singular values") and listed(panel) == ["SVD", "Singular values"]
    one(panel, SPECTRA)
    panel.clear("next")
    assert panel.contents.picked() == [OVERVIEW] and listed(panel) == []


def test_what_the_user_picked_stays(panel: Board) -> None:
    tell(panel, [*studio_data.spectra(), *studio_data.kurtosis_grids()])
    tile = one(panel, KURTOSIS)
    tell(panel, [dataclasses.replace(event, chart="Energy") for event in studio_data.spectra()])  # type: ignore[type-var]
    assert panel.contents.picked() == [KURTOSIS] and panel._shown == [tile] and tile.grids.isVisible()


def test_several_stand_side_by_side_picked_by_keys(panel: Board, qtbot: QtBot) -> None:
    tell(panel, [*studio_data.spectra(), *studio_data.kurtosis_grids(), *studio_data.memory_events(seconds=3)])
    panel.setFocus()
    tree = panel.contents._tree
    assert tree.hasFocus()
    for _ in range(3):
        QTest.keyClick(tree, Qt.Key.Key_Down)
    assert panel._shown == [panel.memory]
    QTest.keyClick(tree, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)  # over the heading
    QTest.keyClick(tree, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert len(panel._shown) == 2 and panel.memory.isVisible()
    (tile,) = [cell for cell in panel._shown if isinstance(cell, PlotTile)]
    panel.flush()
    assert tile.isVisible() and tile.shown == ("svd_1", "Singular values") and tile.curves.shown()
    QTest.keyClick(tree, Qt.Key.Key_Home)
    assert panel.contents.picked() == [OVERVIEW] and panel.layers not in panel._shown and panel.newest.isVisible()


def test_the_list_is_filtered_by_words(panel: Board) -> None:
    names = [f"Spectrum of layer {layer}" for layer in range(12)]
    curve = studio_data.spectra()[0]
    assert isinstance(curve, Curve)
    tell(panel, [dataclasses.replace(curve, chart=name) for name in reversed(names)])
    assert listed(panel) == ["SVD", *names]  # 2 before 10
    assert not panel.contents.search.isHidden()
    panel.contents.search.setText("LAYER 1")
    assert panel.contents.shown() == ["SVD", "Spectrum of layer 1", "Spectrum of layer 10", "Spectrum of layer 11"]


def test_tiles_have_columns_as_wide_as_they_can_be_read(panel: Board, qtbot: QtBot) -> None:
    tell(panel, [*studio_data.spectra(), *studio_data.layer_events(), *studio_data.memory_events(seconds=3)])
    tell(panel, studio_data.training_events(steps=5))
    assert len(panel._shown) == 5
    for width, columns in ((1500, 3), (1000, 2), (520, 1)):
        panel.resize(width, 600)
        qtbot.waitUntil(lambda columns=columns: panel._columns == columns)
        assert panel._grid.itemAtPosition(0, columns - 1) is not None


# -- curves ----------------------------------------------------------------------------------------------------------
def test_curves_are_those_of_the_events(panel: Board) -> None:
    events = studio_data.spectra(layers=1)
    tile = alone(panel, events)
    assert tile.curves.log_y.isChecked() and not tile.curves.log_x.isChecked()
    assert tile.curves.left.labelText == "singular value" and tile.curves.bottom.labelText == "number"
    assert not tile.curves.legend.isHidden()
    for event in events:
        assert isinstance(event, Curve)
        x, y = tile.curves._items[event.series].getOriginalDataset()
        assert tuple(x) == event.x and y == pytest.approx(np.log10(event.y))
    written = rows_of(tile.curves.table().to_csv())
    assert len(written) == sum(len(event.x) for event in events if isinstance(event, Curve))


def test_many_curves_get_a_list_instead_of_a_legend(panel: Board) -> None:
    tile = alone(panel, studio_data.spectra(layers=8))  # 56 curves
    assert tile.curves.legend.isHidden() and not tile._series.isHidden()
    assert tile._series.count() == 56 and len(tile.curves.shown()) <= MANY
    colors = [stroke.color for stroke in tile.curves.strokes().values()]
    assert len(set(colors)) == 56
    tile._on_only(tile._series.item(3))
    assert [curve.key for curve in tile.curves.shown()] == [tile._series.item(3).text()]
    tile._on_only(tile._series.item(3))
    assert len(tile.curves.shown()) == 56


def test_the_curves_nearest_to_the_mouse_are_read_out(panel: Board) -> None:
    tile = alone(panel, studio_data.spectra(layers=8))
    curve = tile.curves.shown()[5].series
    found = tile.curves.readout(2.2, math.log10(float(curve.y[1])))
    assert found is not None and found[0] == 2.0 and "number 2" in found[1]
    assert found[1].count("■") == READ_OUT
    first = found[1].split("■")[1]
    assert tile.curves.shown()[5].name in first


def test_a_layer_finds_its_plot(panel: Board) -> None:
    tell(panel, [*studio_data.kurtosis_grids(), *studio_data.spectra(layers=8)])
    name = "model.layers.3.mlp.up_proj"
    assert panel.find_plot(name) == SPECTRA and panel.find_plot("model.layers.77.mlp.up_proj") is None
    panel.follow_block("spinquant_1")
    panel.point_at(SPECTRA, name)
    (tile,) = panel._shown
    assert isinstance(tile, PlotTile)
    assert [curve.key for curve in tile.curves.shown()] == [name]


def test_a_newer_state_replaces_the_curve_and_keeps_what_was_chosen(panel: Board) -> None:
    events = studio_data.spectra(layers=1)
    tile = alone(panel, events)
    tile.curves.log_y.click()
    last = events[-1]
    assert isinstance(last, Curve)
    tell(panel, [dataclasses.replace(last, y=tuple(value / 2 for value in last.y))])
    assert not tile.curves.log_y.isChecked()
    assert tuple(tile.curves._items[last.series].getOriginalDataset()[1]) == tuple(value / 2 for value in last.y)


# -- grids -----------------------------------------------------------------------------------------------------------
def test_a_grid_shows_every_series_in_one_scale(panel: Board) -> None:
    events = studio_data.kurtosis_grids()
    tile = alone(panel, events)
    before, after = (np.array(event.values) for event in events if isinstance(event, Grid))
    assert before.max() > 20 > after.max()  # the rotation spreads the outlier
    scale = tile.grids.scale()
    assert scale.high == before.max() and tile.grids.log.isChecked() and tile.grids.solid.isHidden()
    written = rows_of(tile.grids.table().to_csv())
    assert [float(row["value"]) for row in written] == pytest.approx([*before.ravel(), *after.ravel()])
    assert written[1]["row"] == "0" and written[1]["column"] == "down input"


def test_maps_of_one_scale_have_no_lines_of_equal_color_in_their_legend(panel: Board) -> None:
    tile = alone(panel, studio_data.kurtosis_grids())
    legend = tile.grids.legend
    assert len(legend.entries) > 1 and not legend.isHidden()
    chips = legend._chips[: len(legend.entries)]
    assert all(chip.icon().isNull() and chip.text() for chip in chips)
    chips[0].click()
    assert len(tile.grids.shown()) == len(legend.entries) - 1 and chips[0].icon().isNull()


def test_a_cell_is_read_out_and_chosen(panel: Board, qtbot: QtBot) -> None:
    tile = alone(panel, studio_data.kurtosis_grids())
    offset = tile.grids.offsets()["after"]
    found = tile.grids.readout(offset + 1.2, 0.9)
    assert found is not None and "after" in found[1] and "down input" in found[1]
    assert tile.grids.readout(offset + 5.0, 0.0) is None
    with qtbot.waitSignal(tile.grids.cell_chosen) as told:
        tile.grids.clicked(offset + 1.2, 0.9)
    assert told.args == ["after", 1, 1]


def test_cells_beside_each_other_have_as_many_digits() -> None:
    values = [0.004, 3.29, 9.996, 14.0, 56.0, 97.52, 104.3, 1234.5]
    shown = ["0.00", "3.29", "10.0", "14.0", "56.0", "97.5", "104", "1234"]
    assert [_cell_text(value, coarse=True) for value in values] == shown


def test_values_are_written_in_cells_only_where_they_fit(panel: Board, qtbot: QtBot) -> None:
    tile = alone(panel, studio_data.kurtosis_grids())
    qtbot.wait(20)
    assert tile.grids._written and all(item.isVisible() for item in tile.grids._written)
    tile.grids.plot.getViewBox().setRange(xRange=(0, 60), padding=0)
    qtbot.wait(20)
    assert not any(item.isVisible() for item in tile.grids._written)


def test_long_names_under_a_map_take_two_lines(panel: Board) -> None:
    tile = alone(panel, studio_data.kurtosis_grids())
    assert tile.grids.bottom.tickStrings([0.0, 1.0], 1.0, 1.0) == ["q, k,\nv input", "down\ninput"]


def test_a_surface_can_be_seen_in_three_dimensions(panel: Board) -> None:
    values = tuple(map(tuple, studio_data.activations(False).abs().tolist()))
    tile = alone(panel, [Grid(run="run", block="b", chart="Activations", series="before", values=values, surface=True)])
    grids = tile.grids
    assert not grids.solid.isHidden() and not grids.is_solid
    grids.solid.click()
    (surface,) = grids._surfaces.values()
    assert grids.is_solid and not grids.left.isVisible()
    skew = surface.skew
    surface.turned.emit(0.1, 0.0)
    assert surface.skew == pytest.approx(skew + 0.1)
    xs, ys = surface.points()
    token, channel = np.unravel_index(int(ys[:, :].argmax()), ys.shape)
    found = grids.cell_at(float(xs[token, channel]), float(ys[token, channel]))
    assert found is not None and found[0] == "before" and abs(found[2] - 3) <= 1  # the outlier is channel 3


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_landscape_is_painted_up_to_its_heights(qtbot: QtBot, name: str) -> None:
    theme().apply(name)  # type: ignore[arg-type]
    from studio.charts.distribution import viridis

    flat = SurfaceItem(np.zeros((8, 16)), 0.0, viridis()).pixels(80, 60)
    high = np.zeros((8, 16))
    high[0, 8] = 1.0
    peak = SurfaceItem(high, 0.0, viridis()).pixels(80, 60)
    covered = [np.nonzero(picture[:, :, 3].any(axis=1))[0].max() for picture in (flat, peak)]
    assert covered[0] < covered[1] < 60 and np.array_equal(peak[:, :, 3] >= flat[:, :, 3], np.full((60, 80), True))
    theme().apply("dark")


@pytest.mark.parametrize("suffix", ["png", "svg", "csv"])
@pytest.mark.parametrize("kind", ["curves", "grids"])
def test_every_plot_can_be_exported(panel: Board, tmp_path: Path, kind: str, suffix: str) -> None:
    tile = alone(panel, studio_data.spectra() if kind == "curves" else studio_data.kurtosis_grids())
    path = tmp_path / f"plot.{suffix}"
    getattr(tile, kind).export(path)
    if suffix == "png":
        image = QImage(str(path))
        assert image.width() > 400 and len({image.pixel(x, image.height() // 2) for x in range(image.width())}) > 3
    elif suffix == "svg":
        assert (
            QSvgRenderer(str(path)).isValid() and ("Singular" if kind == "curves" else "Kurtosis") in path.read_text()
        )
    else:
        assert rows_of(path.read_text())


# -- sheets ----------------------------------------------------------------------------------------------------------
def test_scales() -> None:
    positive, signed = Sheet(np.array([[1.0, 100.0]])), Sheet(np.array([[-1.0, 3.0]]))
    assert common_scale([positive], False) == Scale(1.0, 100.0, False, False)
    assert common_scale([positive, signed], False) == Scale(-100.0, 100.0, False, True)
    log = common_scale([positive], True)
    assert log.places(np.array([1.0, 10.0, 100.0, np.nan]))[:3].tolist() == pytest.approx([0.0, 0.5, 1.0])
    assert common_scale([Sheet(np.full((1, 2), np.nan))], True) == Scale(0.0, 1.0, False, False)
    assert common_scale([Sheet(np.zeros((2, 2)))], True).log is False
    assert common_scale([Sheet(np.array([[0.2]]), low=0.0, high=1.0)], False)[:2] == (0.0, 1.0)


def test_rows_of_different_length_and_pooling() -> None:
    grid = Grid(run="", block="", chart="c", series="s", values=((1.0, 2.0, 3.0), (4.0,)))
    sheet = Sheet.of(grid)
    assert sheet.values.shape == (2, 3) and np.isnan(sheet.values[1, 1])
    values = np.arange(100.0).reshape(10, 10)
    assert pooled(values, 5, 2).tolist() == [[14.0, 19.0], [34.0, 39.0], [54.0, 59.0], [74.0, 79.0], [94.0, 99.0]]
    assert [name for name in numbered(100) if name] == [str(10 * k) for k in range(10)]


def test_a_logarithmic_scale_tells_negative_values_apart() -> None:
    scale = common_scale([Sheet(np.array([[-0.6, -0.1, 0.0, 3.0, 100.0]]))], True)
    places = scale.places(np.array([-0.6, -0.1, 0.0, 3.0, 100.0, np.nan]))
    assert scale.low == -0.6 and scale.high == 100.0
    assert places[0] == 0.0 and places[4] == 1.0 and np.all(np.diff(places[:5]) > 0.005) and np.isnan(places[5])
    assert places[3] > 0.2  # 3 of 100 is far from the bottom


def test_a_place_that_no_layer_has_is_left_out() -> None:
    nan = float("nan")
    values = ((1.0, nan, 3.0), (nan, nan, 4.0))
    sheet = Sheet.of(Grid(run="", block="", chart="c", series="s", values=values, columns=("q", "k", "v")))
    assert sheet.columns == ("q", "v") and sheet.values.shape == (2, 2) and sheet.values[1, 1] == 4.0


def test_what_all_rows_share_stands_beside_them_all(panel: Board) -> None:
    maps = {"heads": ((1.0, 0.0),) * 3, "hidden": ((0.5, 0.25, 0.75, 1.0),)}
    tile = alone(
        panel, [Grid(run="run", block="b", chart="Masks", series=name, values=rows) for name, rows in maps.items()]
    )
    start = tile.grids.offsets()["hidden"]
    assert [tile.grids.cell_at(start + 1, row)[1:3] for row in (0, 1, 2)] == [(0, 1)] * 3
    assert tile.grids.cell_at(start + 1, 3) is None and tile.grids.cell_at(0, 2)[1] == 2
