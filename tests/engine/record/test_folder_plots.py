"""Curves and grids of a run stay with it, and a plot that is drawn all the time does not fill the disk."""

from __future__ import annotations

import math

from engine.contracts.events import Curve, Event, Grid, Log, Metric, StageChanged
from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder


def told(folder: RunFolder) -> list[Event]:
    return list(folder.events())


def test_plots_come_back_as_they_were(tmp_path):
    folder = RunFolder.create(tmp_path / "run", Pipeline(), {"run": "r"})
    curve = Curve(
        run="r", block="b", chart="Singular values", series="layers.0", x=(1.0, 2.0), y=(3.0, 0.5), log_y=True
    )
    grid = Grid(
        run="r",
        block="b",
        chart="Masks",
        series="heads",
        values=((0.0, 1.0), (0.25, 1.0)),
        rows=("a", "b"),
        surface=True,
    )
    for event in (curve, grid):
        folder.append(event)
    folder.close()
    assert told(folder) == [curve, grid]
    hole = Grid(run="r", chart="Masks", series="holes", values=((math.nan, 1.0),))
    folder.append(hole)
    folder.close()
    assert math.isnan(told(folder)[-1].values[0][0])


def test_a_plot_that_changes_is_written_first_and_last(tmp_path):
    folder = RunFolder.create(tmp_path / "run", Pipeline(), {"run": "r"})
    for step in range(200):
        folder.append(Curve(run="r", block="b", chart="Loss", series="a", x=(0.0,), y=(float(step),)))
        folder.append(Curve(run="r", block="b", chart="Loss", series="b", x=(0.0,), y=(float(-step),)))
        folder.append(Metric(run="r", block="b", name="loss", value=1.0, step=step))
    assert len([e for e in told(folder) if isinstance(e, Metric)]) == 200
    folder.append(StageChanged(run="r", block="b", state="done"))
    curves = [(e.series, e.y[0]) for e in told(folder) if isinstance(e, Curve)]
    assert curves == [("a", 0.0), ("b", -0.0), ("a", 199.0), ("b", -199.0)]
    assert isinstance(told(folder)[-1], StageChanged), "the last plots stand before the end of their block"


def test_what_waits_is_written_when_the_run_ends(tmp_path):
    folder = RunFolder.create(tmp_path / "run", Pipeline(), {"run": "r"})
    for step in range(3):
        folder.append(Curve(run="r", chart="Loss", series="a", x=(0.0,), y=(float(step),)))
    folder.append(Log(run="r", level="info", text="a line does not hurry"))
    assert [e.y[0] for e in told(folder) if isinstance(e, Curve)] == [0.0]
    folder.close()
    assert [e.y[0] for e in told(folder) if isinstance(e, Curve)] == [0.0, 2.0]
