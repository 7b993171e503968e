"""The inspector's page on rotations shows every place before and after, and hands on what is asked of it."""

from __future__ import annotations

import numpy as np
import pytest
import studio_data
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.inspector.rotation import LOW, RotationPage, surface_sheet


@pytest.fixture
def page(qtbot: QtBot) -> RotationPage:
    page = RotationPage(None)  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.show()
    return page


def test_it_asks_first(page: RotationPage, qtbot: QtBot) -> None:
    page.pages.show_ask()
    page.set_comparable(False)
    assert not page.pages.is_asked and not page._compare.isEnabled()
    page.set_comparable(True)
    with qtbot.waitSignal(page.compare_requested):
        page._compare.click()
    page.pages.show_loading("Looking", 0.25)
    assert page.pages.is_asked and page.pages.bar.value() == 250
    page.pages.show_error("No model", "It is gone.")
    assert not page.pages.is_asked


def test_the_worst_place_is_shown_first(page: RotationPage) -> None:
    found = studio_data.rotation_inspection()
    page.show_inspection(found)
    worst = max(found.before, key=lambda each: each.kurtosis)
    assert page.picked == (worst.layer, worst.place)
    assert set(page.landscape.sheets) == {"Before", "After"} and "64 tokens" in page._summary.text()
    assert np.array_equal(page.landscape.sheets["Before"].values, surface_sheet(worst).values)
    assert page.landscape.sheets["Before"].values.max() == pytest.approx(worst.largest)


@pytest.mark.parametrize("metric", ["kurtosis", "kurtosis_pooled", "peak", "largest"])
def test_the_map_holds_each_metric_before_and_after(page: RotationPage, metric: str) -> None:
    found = studio_data.rotation_inspection()
    page.show_inspection(found)
    page._metric.setCurrentIndex(page._metric.findData(metric))
    page._show_map()
    for title, side in (("Before", found.before), ("After", found.after)):
        assert page.map.sheets[title].values.ravel().tolist() == [getattr(each, metric) for each in side]
    assert page.map.sheets["Before"].values.mean() > page.map.sheets["After"].values.mean()


def test_a_click_on_the_map_picks_the_place(page: RotationPage) -> None:
    page.show_inspection(studio_data.rotation_inspection())
    page.map.cell_chosen.emit("After", 1, 0)
    assert page.picked == (1, "qkv_input") and "Layer 1, q, k, v input" in page.landscape.title
    page._distribution_kind.setCurrentIndex(1)
    page._on_kind()
    after = next(e for e in studio_data.rotation_inspection().after if (e.layer, e.place) == (1, "qkv_input"))
    name, shown = page.distribution.histograms()[-1]
    assert name == "After" and sum(shown.counts) == sum(after.tail.counts) and (shown.low, shown.high) == (-3.0, 3.0)


def test_matrices_and_how_far_they_moved(page: RotationPage) -> None:
    page.show_inspection(studio_data.rotation_inspection())
    cells = [page.matrices.item(0, column).text() for column in range(6)]
    assert cells == ["R1", "128 × 128", "random Hadamard", "0.25000", "12.5°", "3.0e-07"]
    sides = [page.matrices.item(0, column).textAlignment() & Qt.AlignmentFlag.AlignRight for column in range(6)]
    assert [bool(side) for side in sides] == [False, False, False, True, True, True]


def test_without_an_original_there_is_only_after(page: RotationPage) -> None:
    page.show_inspection(studio_data.rotation_inspection(reference=False))
    assert set(page.map.sheets) == {"After"} and "The original model is missing" in page._summary.text()


def test_where_it_is_low_the_parts_stand_behind_each_other(page: RotationPage, qtbot: QtBot) -> None:
    page.show_inspection(studio_data.rotation_inspection())
    assert page.landscape.isVisible() and page.distribution.isVisible() and page.matrices.isVisible()
    page.resize(1100, LOW - 200)
    qtbot.waitUntil(lambda: page._parts.isVisible())
    assert page.landscape.isVisible() and not page.distribution.isVisible() and not page.matrices.isVisible()
    page._parts.setCurrentIndex(2)
    assert page.matrices.isVisible() and not page.landscape.isVisible()
