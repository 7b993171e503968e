"""The layers of a training through its time."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.contracts.events import Histogram, LayerDone
from studio.plots.board import Board
from studio.plots.contents import Key


def seen(layer: str, step: int | None, peak: int) -> LayerDone:
    counts = tuple(100 if bin == peak else 1 for bin in range(8))
    after = None if step is None else Histogram(-1.0, 1.0, counts)
    return LayerDone(
        run="run", block="heal", layer=layer, index=0, count=1, metrics={"sparsity": peak / 10}, after=after, step=step
    )


def test_the_charts_show_what_was_seen_at_the_chosen_time(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    panel = Board(holder)
    panel.resize(900, 600)
    holder.show()
    panel.clear("run")
    panel.add_events([seen("layers.0.up", step, peak) for step, peak in ((10, 1), (20, 3))])
    panel.add_events([seen("layers.0.up", None, 5)])  # what the method says in the end has no distribution
    panel.flush()
    assert panel.timeline.isVisibleTo(panel) and "step 20" in panel.timeline.text()
    (_, newest), *_ = panel.distribution.one.histograms()
    assert newest.counts.index(100) == 3 and panel.layers.shown()[0][1].metrics["sparsity"] == 0.5
    panel.timeline._slider.setValue(0)
    assert panel.timeline.text() == "step 10"
    (_, earlier), *_ = panel.distribution.one.histograms()
    assert earlier.counts.index(100) == 1 and panel.layers.shown()[0][1].metrics["sparsity"] == 0.1
    panel.add_events([seen("layers.0.up", 30, 6)])  # the training goes on: who looks back stays there
    assert panel.timeline.text() == "step 10" and panel.distribution.one.histograms()[0][1].counts.index(100) == 1
    panel.timeline._slider.setValue(panel.timeline._slider.maximum())
    panel.add_events([seen("layers.0.up", 40, 7)])
    assert "step 40" in panel.timeline.text() and panel.distribution.one.histograms()[0][1].counts.index(100) == 7
    panel.contents.pick([Key("live", "memory")])
    assert not panel.timeline.isVisibleTo(panel)  # curves have their own axis of time
