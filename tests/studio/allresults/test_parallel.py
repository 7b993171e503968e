"""Lines over settings and metrics."""

from __future__ import annotations

from itertools import combinations

import pytest
from past_results import SWEPT
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.record.results import Records
from studio.allresults.parallel import ParallelChart
from studio.kit.theme import font, theme


@pytest.mark.parametrize("points", [0, 5])
def test_titles_and_values_are_whole_in_a_narrow_panel(points: int, qtbot: QtBot) -> None:
    theme().enlarge(points)
    holder = QWidget()
    qtbot.addWidget(holder)
    chart = ParallelChart(holder)
    chart.resize(370, 200)
    holder.show()
    chart.show_rows(Records(SWEPT), SWEPT, {})
    heads, metrics = chart.heads(), QFontMetrics(font(-1))
    last = chart.axes[-1]
    right = chart._x(len(chart.axes) - 1)
    theme().enlarge(0)
    assert [title for _, title in heads] == [axis.title for axis in chart.axes] and len(heads) > 3
    assert all(QRectF(chart.rect()).contains(place) for place, _ in heads)
    assert not any(first.intersects(second) for (first, _), (second, _) in combinations(heads, 2))
    assert right + max(map(metrics.horizontalAdvance, last.texts)) <= chart.width()


def test_a_click_on_a_line_picks_its_result(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    chart = ParallelChart(holder)
    chart.resize(500, 300)
    holder.show()
    chart.show_rows(Records(SWEPT), SWEPT, {})
    picked: list[tuple[str, str]] = []
    chart.picked.connect(lambda run, block: picked.append((run, block)))
    a, b = chart.line(1)[:2]
    place = a + (b - a) * 0.3
    QTest.mouseMove(chart, QPointF(place).toPoint())
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPointF(place).toPoint())
    assert picked == [("2", "b4")]
    assert not chart.grab().toImage().allGray() and "3 results" in chart.accessibleDescription()
    chart.show_rows(Records(SWEPT[:1]), SWEPT[:1], {})  # one result is no comparison: a sentence, no axes
    assert chart.axes == [] or len(chart.rows) < 2
    chart.grab()
