"""Lines over settings and metrics."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.run.history import Result
from studio.allresults.parallel import ParallelChart, coordinates, sweep_of
from studio.allresults.records import Records, key_of


def result(block: str, size: float, perplexity: float, run: str = "2", **settings: object) -> Result:
    return Result(
        run=run, run_name=run, status="done", started=f"2026-03-0{run}T10:00:00", note="", folder=Path("/r"),
        block=block, title=block, method="round_to_nearest" if settings else "model", settings=settings,
        metrics={"size_bytes": size, "perplexity": perplexity}, protocol={"text": "wiki"}, seconds=1.0,
        artifact=f"/a/{run}{block}", cached=False, source="model" if settings else "", model="m", device="cpu",
    )  # fmt: skip


ROWS = [
    result("model", 100e6, 20.0),
    result("b2", 25e6, 90.0, format="int2", group_size=64),
    result("b4", 40e6, 22.0, format="int4", group_size=64),
    result("b8", 60e6, 20.1, format="int8", group_size=32),
    result("old", 1e6, 30.0, run="1", format="int4", group_size=64),
]


def test_a_sweep_is_what_one_run_made_of_one_source_by_one_method() -> None:
    records = Records(ROWS)
    assert [row.block for row in sweep_of(records, records.rows, [])] == ["b2", "b4", "b8"]
    chosen = [key_of(ROWS[0]), key_of(ROWS[4])]
    assert [row.block for row in sweep_of(records, records.rows, chosen)] == ["model", "old"]


def test_axes_are_what_differs_and_what_came_of_it() -> None:
    records = Records(ROWS)
    axes = {axis.title: axis for axis in coordinates(records, ROWS[1:4])}
    assert list(axes) == ["Format", "Group size", "Size", "Perplexity"]  # all else is the same
    assert axes["Format"].places == (0.0, 0.5, 1.0) and axes["Group size"].places == (1.0, 1.0, 0.0)
    assert axes["Perplexity"].places == pytest.approx((1.0, (22 - 20.1) / (90 - 20.1), 0.0))
    assert axes["Size"].texts[1] == "40.0 MB"


def test_a_click_on_a_line_picks_its_result(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    chart = ParallelChart(holder)
    chart.resize(500, 300)
    holder.show()
    chart.show_rows(Records(ROWS), ROWS, {})
    picked: list[tuple[str, str]] = []
    chart.picked.connect(lambda run, block: picked.append((run, block)))
    a, b = chart.line(1)[:2]
    place = a + (b - a) * 0.3
    QTest.mouseMove(chart, QPointF(place).toPoint())
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPointF(place).toPoint())
    assert picked == [("2", "b4")]
    assert not chart.grab().toImage().allGray() and "3 results" in chart.accessibleDescription()
    chart.show_rows(Records(ROWS[:1]), ROWS[:1], {})  # one result is no comparison: a sentence, no axes
    assert chart.axes == [] or len(chart.rows) < 2
    chart.grab()
