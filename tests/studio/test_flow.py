"""What flows between blocks: links say it, open it, and runs can hold there. And the panels fit the window."""

from __future__ import annotations

from pathlib import Path

from fake_engine import FakeEngine, finish_run, run_until_started
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from engine.contracts.commands import Inspect
from engine.contracts.events import StageChanged
from studio.assembly import Studio
from tests.looks import faults


def test_a_link_says_what_flows_and_opens_it(studio: Studio, engine: FakeEngine, tmp_path: Path) -> None:
    finish_run(studio, engine, tmp_path)
    (link,) = studio.canvas.pipeline_scene.links.values()
    assert "“Model” leaves" in link.toolTip() and "1.00 MB" in link.toolTip()
    studio.window.workspace.lay_out("build")
    studio.canvas.fit()
    middle = (link.source.output_pos() + link.target.input_pos("model")) / 2
    place = studio.canvas.mapFromScene(QPointF(middle))
    QTest.mouseDClick(studio.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert isinstance(engine.commands[-1], Inspect) and engine.commands[-1].model == str(tmp_path / "model_1")
    assert studio.session.selection == ["model_1"]


def test_before_a_run_a_link_promises_nothing(studio: Studio) -> None:
    studio.files.open_sample()
    (link,) = studio.canvas.pipeline_scene.links.values()
    assert "after a run" in link.toolTip()
    studio.canvas.link_activated.emit("model_1")
    assert "run the pipeline first" in studio.window.status.message()


def test_a_run_holds_after_a_marked_block_but_not_at_its_end(studio: Studio, engine: FakeEngine) -> None:
    studio.canvas.hold_requested.emit("model_1")
    command = run_until_started(studio, engine)
    studio.canvas.hold_requested.emit("round_to_nearest_1")
    assert studio.canvas.pipeline_scene.blocks["round_to_nearest_1"].held
    engine.say(StageChanged(run=command.id, block="model_1", state="done"))
    studio.bridge.pump()
    assert engine.calls == [("pause", command.id)] and "holds after “Model”" in studio.window.status.message()
    engine.say(StageChanged(run=command.id, block="round_to_nearest_1", state="done"))
    studio.bridge.pump()
    assert engine.calls == [("pause", command.id)]


def test_one_line_below_the_canvas_is_one_line(studio: Studio, qtbot: QtBot) -> None:
    studio.window.resize(1280, 720)
    studio.files.open_sample()
    qtbot.wait(50)
    studio.window.reset_layout()
    qtbot.wait(50)
    area = studio.run_panel.parentWidget().parentWidget()
    assert isinstance(area, QScrollArea) and not area.verticalScrollBar().isVisible()
    assert not studio.run_panel._below.isVisible() and area.height() < 60
    studio.window.workspace.bring("run")
    qtbot.waitUntil(lambda: studio.run_panel._below.isVisible(), timeout=2000)


def test_nothing_is_cut_or_lies_over_another(studio: Studio, engine: FakeEngine, tmp_path: Path, qtbot: QtBot) -> None:
    """Every panel with a run in it, in a window of 1280 by 720; `tests/benchmarks/screens.py` looks at the rest."""
    studio.window.resize(1280, 720)
    finish_run(studio, engine, tmp_path)
    found = {}
    for mode in ("build", "watch"):
        studio.window.workspace.lay_out(mode)
        for name in ("run", "charts", "plots", "inspector", "compare", "results", "export", "tryit"):
            studio.window.workspace.bring(name)
            qtbot.wait(30)
            found |= {f"{mode}, {name}": faults(studio.window)}
    assert not {where: what for where, what in found.items() if what}
