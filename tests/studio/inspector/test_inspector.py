"""The table of layers sorts by value, filters, hides, copies; picking a layer shows its distribution."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from typing import Any

import pytest
import studio_data
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.contracts.inspection import FourBitFit, Inspection
from engine.contracts.metrics import value_text
from engine.numerics.quantization import four_bit
from studio.inspector.model import VALUE_ROLE
from studio.inspector.panel import InspectorPanel
from studio.inspector.plots import layer_series
from studio.kit.theme import color


@pytest.fixture
def inspection() -> Inspection:
    return studio_data.inspection("int3")


@pytest.fixture
def panel(qtbot: QtBot, inspection: Inspection) -> InspectorPanel:
    panel = InspectorPanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.resize(1100, 700)
    panel.show()
    panel.show(inspection, "Round to nearest int3")
    return panel


def shown(panel: InspectorPanel, column: str, role: int = VALUE_ROLE) -> list[Any]:
    number = panel.model.column_of(column)
    return [panel.filter.index(row, number).data(role) for row in range(panel.filter.rowCount())]


def test_every_layer_with_its_values(panel: InspectorPanel, inspection: Inspection) -> None:
    assert shown(panel, "name") == [row.name for row in inspection.layers]
    assert shown(panel, "sqnr_db") == [row.sqnr_db for row in inspection.layers]
    texts = shown(panel, "shape", Qt.ItemDataRole.DisplayRole)
    assert texts[0] == "64 × 64"
    assert shown(panel, "format", Qt.ItemDataRole.DisplayRole)[0] == "int3 g32 sym"


def test_a_layer_or_its_role_is_ignored_from_its_menu(panel: InspectorPanel, inspection: Inspection) -> None:
    row, told = inspection.layers[0], []
    panel.ignore_requested.connect(lambda *said: told.append(said))
    menu = panel.layer_menu(row.name)
    for action in menu.actions()[:2]:
        action.trigger()
    menu.close()
    assert told == [(inspection.model, row.name), (inspection.model, row.role)]


@pytest.mark.parametrize("column", ["sqnr_db", "kurtosis", "minimum", "sparsity", "parameters", "layer"])
@pytest.mark.parametrize("order", [Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder])
def test_sorting_is_by_number(panel: InspectorPanel, column: str, order: Qt.SortOrder) -> None:
    panel.table.sortByColumn(panel.model.column_of(column), order)
    values = shown(panel, column)
    assert values == sorted(values, reverse=order == Qt.SortOrder.DescendingOrder)


@pytest.mark.parametrize("order", [Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder])
def test_layers_without_a_value_come_last(panel: InspectorPanel, inspection: Inspection, order: Qt.SortOrder) -> None:
    rows = list(inspection.layers)
    rows[0] = dataclasses.replace(rows[0], sqnr_db=None)
    rows[1] = dataclasses.replace(rows[1], sqnr_db=math.nan)
    panel.show(dataclasses.replace(inspection, layers=tuple(rows)), "")
    panel.table.sortByColumn(panel.model.column_of("sqnr_db"), order)
    assert {shown(panel, "name")[-1], shown(panel, "name")[-2]} == {rows[0].name, rows[1].name}


def test_filter_by_name_and_role(panel: InspectorPanel) -> None:
    panel._search.setText("DOWN 3")
    assert shown(panel, "name") == ["model.layers.3.mlp.down_proj"]
    assert panel._count.text() == "1 of 42 layers"
    panel._search.setText("gate")
    assert set(shown(panel, "role")) == {"gate"} and panel.filter.rowCount() == 6
    panel._search.setText("nothing like this")
    assert panel.filter.rowCount() == 0
    panel._search.clear()
    assert panel.filter.rowCount() == 42


def test_a_warning_keeps_its_color_in_the_selected_row(panel: InspectorPanel, inspection: Inspection) -> None:
    rows = tuple(dataclasses.replace(row, sqnr_db=12.0) for row in inspection.layers)
    panel.show(dataclasses.replace(inspection, layers=rows), "")
    panel.pick_layer(rows[1].name)

    def warned(row: int, column: str) -> bool:
        place = panel.table.visualRect(panel.filter.index(row, panel.model.column_of(column)))
        cell = panel.table.viewport().grab(place).toImage()
        pixels = (cell.pixelColor(x, y) for x in range(cell.width()) for y in range(cell.height()))
        return any(max(abs(p - q) for p, q in zip(each.getRgb(), wanted, strict=True)) < 40 for each in pixels)

    wanted = color("warning").getRgb()
    assert panel.table.currentIndex().row() == 1
    assert warned(0, "sqnr_db") and warned(1, "sqnr_db") and not warned(1, "name")


def test_copy_is_the_table_as_shown(panel: InspectorPanel) -> None:
    panel._search.setText("mlp.up")
    panel.table.sortByColumn(panel.model.column_of("error"), Qt.SortOrder.DescendingOrder)
    action = next(a for a in panel._columns_menu.actions() if a.data() == panel.model.column_of("sparsity"))
    action.trigger()
    panel.copy()
    rows = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text())))
    assert [float(row["error"]) for row in rows] == shown(panel, "error")
    assert "sparsity" not in rows[0] and "parameters" not in rows[0] and rows[0]["shape"] == "160x64"
    assert panel.table.isColumnHidden(panel.model.column_of("sparsity"))


def test_several_columns_are_ticked_without_opening_the_menu_again(panel: InspectorPanel, qtbot: QtBot) -> None:
    menu = panel._columns_menu
    menu.popup(panel.mapToGlobal(panel.rect().topLeft()))
    actions = menu.actions()[2:4]
    before = [action.isChecked() for action in actions]
    for action in actions:
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    assert menu.isVisible() and [action.isChecked() for action in actions] == [not each for each in before]
    menu.close()


def test_columns_without_any_value_are_not_shown(panel: InspectorPanel, inspection: Inspection) -> None:
    column = panel.model.column_of("input_kurtosis")
    assert panel.table.isColumnHidden(column)
    rows = tuple(dataclasses.replace(row, input_kurtosis=5.0) for row in inspection.layers)
    panel.show(dataclasses.replace(inspection, layers=rows), "")
    assert not panel.table.isColumnHidden(column)


def test_picking_a_layer_shows_its_distribution_and_its_row(panel: InspectorPanel, inspection: Inspection) -> None:
    row = inspection.layers[9]
    panel.table.selectRow(9)
    assert panel.distribution.one.layer == row.name
    assert dict(panel.distribution.one.histograms()) == {"Before": row.reference, "After": row.histogram}
    panel.distribution.all.clicked(0.0, 20.0)
    assert panel.table.currentIndex().siblingAtColumn(1).data() == inspection.layers[20].name


def test_plot_has_a_curve_for_each_role(panel: InspectorPanel, inspection: Inspection) -> None:
    panel.metric_chart.choose("kurtosis")
    curves = {curve.key: curve.series for curve in panel.metric_chart.curves()}
    assert set(curves) == {"q", "k", "v", "o", "gate", "up", "down"}
    wanted = [row.kurtosis for row in inspection.layers if row.role == "down"]
    assert curves["down"].x.tolist() == list(range(6)) and curves["down"].y.tolist() == wanted
    panel.metric_chart.clicked(4.1, wanted[4])
    assert panel.distribution.one.layer.startswith("model.layers.4.")  # type: ignore[union-attr]


def test_four_bit_formats_of_the_picked_layer(panel: InspectorPanel, inspection: Inspection, qtbot: QtBot) -> None:
    found = {
        form: FourBitFit(fit.error, four_bit.values(form), fit.shares)
        for form, fit in four_bit.fits(torch.randn(64, 64)).items()
    }
    row = dataclasses.replace(inspection.layers[2], four_bit=found)
    panel.show(dataclasses.replace(inspection, layers=(row, *inspection.layers[:2])))
    panel.pick_layer(row.name)
    curves = {curve.key: curve for curve in panel.codes.curves()}
    assert list(curves) == list(four_bit.FORMATS)
    assert [len(curves[form].series) for form in curves] == [16, 15, 15, 15, 15, 16]  # FP4 has two zeros
    for form, curve in curves.items():
        assert sum(curve.series.y) == pytest.approx(1)
        assert value_text("error", row.four_bit[form].error) in curve.name
    panel.pick_layer(inspection.layers[0].name)
    assert not panel.codes.curves()  # that one was never measured
    action = next(action for action in panel._columns_menu.actions() if action.text() == "NF4 error")
    column = panel.model.column_of("nf4_error")
    assert panel.table.isColumnHidden(column)
    action.trigger()
    header = panel.table.horizontalHeader()
    assert panel.table.columnWidth(column) >= header.fontMetrics().horizontalAdvance("NF4 error")


def test_experts_of_a_layer_stand_side_by_side(inspection: Inspection) -> None:
    one = inspection.layers[0]
    twins = [dataclasses.replace(one, name=f"expert {i}", kurtosis=float(i)) for i in range(4)]
    assert layer_series(twins, "kurtosis").y.tolist() == [0, 1, 2, 3]


def test_what_is_worth_a_look_says_so_in_words(panel: InspectorPanel) -> None:
    texts = shown(panel, "sqnr_db", Qt.ItemDataRole.DisplayRole)
    values = shown(panel, "sqnr_db")
    assert all(text.startswith("low") for text, value in zip(texts, values, strict=True) if 10 <= value < 15)
    assert any(value < 15 for value in values)


def test_states(panel: InspectorPanel, qtbot: QtBot) -> None:
    pages = panel.layers
    pages.show_loading("Reading layer 3", 0.5)
    assert pages.bar.value() == 500 and pages.shown is pages.waiting and pages.waiting.isVisible()
    pages.show_error("The artifact is gone", "Run the pipeline again.")
    assert pages.shown is pages.failed and pages.failed.isVisible()
    panel.show_nothing()
    assert pages.shown is pages.ask and "Nothing to show" in panel._ask._title.text() and not panel._go.isVisible()
    panel.set_artifacts([("a", "First"), ("b", "Second")])
    with qtbot.waitSignal(panel.inspect_requested) as asked:
        panel._artifacts.setCurrentIndex(1)
        panel._artifacts.activated.emit(1)
    assert asked.args == ["b"]
    panel.offer("a")
    assert panel._go.isVisible() and "First" in panel._go.text() and "Ready" in panel._ask._title.text()


def test_an_empty_model_is_no_error(panel: InspectorPanel, inspection: Inspection) -> None:
    panel.show(dataclasses.replace(inspection, layers=()), "Nothing")
    assert panel.filter.rowCount() == 0


def test_in_a_low_panel_the_table_has_ten_rows_and_a_strip_beside_it(panel: InspectorPanel, qtbot: QtBot) -> None:
    panel.resize(930, 380)  # with the looks of the program rows are higher than without
    qtbot.waitUntil(lambda: panel.table.viewport().height() >= 10 * panel.table.rowHeight(0))
    assert panel.distribution.isVisible() and not panel.metric_chart.isVisible()
    assert panel.distribution.mapTo(panel, QPoint(0, 0)).x() > panel.table.geometry().right()
    qtbot.waitUntil(lambda: panel.table.width() > panel.distribution.width())
    panel.resize(1100, 700)
    qtbot.waitUntil(panel.metric_chart.isVisible)
    assert panel.table.viewport().height() >= 10 * panel.table.rowHeight(0)


def test_keys_reach_the_head_and_the_table_before_the_charts(panel):
    chain = [panel.nextInFocusChain()]
    while chain[-1] is not panel:
        chain.append(chain[-1].nextInFocusChain())
    first = [panel._artifacts, panel._search, panel.table]
    places = [chain.index(each) for each in first]
    assert places == sorted(places)
    tab = Qt.FocusPolicy.TabFocus
    charts = [each for each in chain if panel.metric_chart.isAncestorOf(each) and each.focusPolicy() & tab]
    charts = [each for each in charts if each.window() is panel.window()]
    assert charts and min(map(chain.index, charts)) > places[-1]
