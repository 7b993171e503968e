"""What flows between blocks: links say it, open it, and runs can hold there. And the panels fit the window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fake_engine import BLOCKS, FREE, FakeEngine, finish_run, run_until_started
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from engine.contracts.commands import Checked, FormatInfo, Inspect
from engine.contracts.events import RunChanged, StageChanged
from studio.runs.table import PROGRESS
from studio.shell.assembly import Studio
from tests.looks import faults


def test_a_link_says_what_flows_and_opens_it(studio: Studio, engine: FakeEngine, tmp_path: Path) -> None:
    finish_run(studio, engine, tmp_path)
    (link,) = studio.canvas.pipeline_scene.links.values()
    assert "Output of “Model”" in link.toolTip() and "1.00 MB" in link.toolTip()
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
    assert "Run the pipeline" in link.toolTip()
    studio.canvas.editor.link_activated.emit("model_1")
    assert "Run the pipeline first" in studio.window.status.message()


def test_a_run_holds_after_a_marked_block_but_not_at_its_end(studio: Studio, engine: FakeEngine) -> None:
    studio.canvas.editor.hold_requested.emit("model_1")
    command = run_until_started(studio, engine)
    studio.canvas.editor.hold_requested.emit("round_to_nearest_1")
    assert studio.canvas.pipeline_scene.blocks["round_to_nearest_1"].pauses_after
    engine.say(StageChanged(run=command.id, block="model_1", state="done"))
    studio.bridge.pump()
    assert engine.calls == [("pause", command.id)] and "Paused after “Model”" in studio.window.status.message()
    engine.say(StageChanged(run=command.id, block="round_to_nearest_1", state="done"))
    studio.bridge.pump()
    assert engine.calls == [("pause", command.id)]


def test_one_line_below_the_canvas_is_one_line(studio: Studio, qtbot: QtBot) -> None:
    studio.window.resize(1280, 720)
    studio.files.open_sample()
    qtbot.wait(50)
    studio.window.workspace.arrange()
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
        for name in ("run", "charts", "inspector", "compare", "fit", "results", "export", "tryit"):
            studio.window.workspace.bring(name)
            qtbot.wait(30)
            found |= {f"{mode}, {name}": faults(studio.window)}
    assert not {where: what for where, what in found.items() if what}


def test_after_a_run_names_have_the_room_of_the_progress(studio: Studio, engine: FakeEngine, tmp_path: Path) -> None:
    command = run_until_started(studio, engine)
    table = studio.run_panel.table
    assert not table.isColumnHidden(PROGRESS)
    engine.say(*(StageChanged(run=command.id, block=block, state="done") for block in BLOCKS))
    engine.say(RunChanged(run=command.id, state="done"))
    studio.bridge.pump()
    assert table.isColumnHidden(PROGRESS)
    studio.window.table["run.start"].trigger()
    engine.answer(Checked((), dict.fromkeys(BLOCKS, (10, 10, 1.0)), (), FREE, FREE))
    studio.bridge.pump()
    assert not table.isColumnHidden(PROGRESS)


def test_a_frame_stands_around_the_selected_blocks_and_takes_them_along(studio: Studio) -> None:
    studio.files.open_sample()
    studio.canvas.select(["model_1"])
    studio.window.table["edit.comment"].trigger()
    (frame,) = studio.document.pipeline.comments
    model, other = studio.document.pipeline.blocks
    assert frame.x < model.x < frame.x + frame.width and frame.y < model.y < frame.y + frame.height
    studio.canvas.pipeline_scene.comments[frame.id].text.clearFocus()
    studio.canvas.fit()
    view, port = studio.canvas, studio.canvas.viewport()
    start = view.mapFromScene(QPointF(frame.x + frame.width - 30, frame.y + 12))
    end = view.mapFromScene(view.mapToScene(start) + QPointF(0, 160))
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(port, left, pos=start)
    QTest.mouseMove(port, (start + end) / 2)
    QTest.mouseMove(port, end)
    QTest.mouseRelease(port, left, pos=end)
    after = studio.document.pipeline
    down = after.comments[0].y - frame.y
    assert down > 100 and after.block("model_1").y - model.y == down
    assert after.block("round_to_nearest_1").y == other.y  # it stood outside
    studio.document.undo_stack.undo()  # one step for all
    assert studio.document.pipeline.block("model_1").y == model.y


def test_a_click_on_one_of_several_selected_blocks_selects_it_alone(studio: Studio) -> None:
    studio.files.open_sample()
    studio.canvas.fit()
    item = studio.canvas.pipeline_scene.blocks["model_1"]
    place = studio.canvas.mapFromScene(item.pos() + item.card().center())
    left = Qt.MouseButton.LeftButton
    studio.canvas.editor.select_all()
    assert len(studio.session.selection) == 2
    QTest.mouseClick(studio.canvas.viewport(), left, Qt.KeyboardModifier.ControlModifier, pos=place)
    assert studio.session.selection == ["round_to_nearest_1"]
    studio.canvas.editor.select_all()
    QTest.mouseClick(studio.canvas.viewport(), left, pos=place)
    assert studio.session.selection == ["model_1"]


def test_another_pipeline_is_built_not_watched(studio: Studio, engine: FakeEngine, tmp_path: Path) -> None:
    finish_run(studio, engine, tmp_path)
    assert studio.window.workspace.mode == "watch"
    studio.files.new()
    assert studio.window.workspace.mode == "build"


def test_export_has_the_selected_result_ready_and_waits_for_what_is_known_of_it(
    studio: Studio, engine: FakeEngine, tmp_path: Path
) -> None:
    finish_run(studio, engine, tmp_path)
    studio.canvas.select(["model_1"])
    panel = studio.export_panel
    assert panel._stage.currentData() == str(tmp_path / "model_1")
    studio.window.workspace.bring("export")
    known = FormatInfo("gguf", "GGUF", "", (), 7_480_000, ())
    engine.answer((known,))
    studio.bridge.pump()
    assert panel._go.isEnabled() and "7.48 MB" in panel._bytes.text()
    studio.canvas.select(["round_to_nearest_1"])
    assert not panel._go.isEnabled() and "7.48" not in panel._bytes.text()  # that was of the other one
    engine.answer((replace(known, expected_bytes=3_720_000),))
    studio.bridge.pump()
    assert panel._go.isEnabled() and "3.72 MB" in panel._bytes.text()


def test_what_a_new_block_pushes_aside_stays_in_view(studio: Studio) -> None:
    studio.window.resize(1000, 620)
    studio.files.open_sample()
    studio.canvas.fit()
    studio.document.change("Rename", studio.document.pipeline.model_copy(update={"name": "Renamed"}))
    for _ in range(2):
        item = studio.canvas.pipeline_scene.blocks["model_1"]
        place = studio.canvas.mapFromScene(item.pos() + item.card().center())
        QTest.mouseClick(studio.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert studio.session.selection == ["model_1"]
        studio.canvas.editor.add_method("gptq")
        seen = studio.canvas.mapToScene(studio.canvas.viewport().rect()).boundingRect()
        assert seen.contains(studio.canvas.pipeline_scene.content_rect())
