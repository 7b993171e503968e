"""Home and pipeline beside each other, keys that lead from place to place, and room for all of it."""

from __future__ import annotations

import pytest
from fake_engine import run_until_started
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.contracts.commands import DescribeDevice
from engine.contracts.events import JobDone, Memory, Progress, RunChanged
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from engine.run.control import Control
from engine.run.runner import start
from engine.service.jobs import execute
from studio.document.home import add_recent
from studio.shell.help import HelpWindow
from studio.shell.workspace import BOTTOM
from studio.welcome.tiles import Row


@pytest.mark.parametrize("way", ["action", "tab", "run", "key"])
def test_the_welcome_page_leads_back_to_the_open_pipeline(studio, engine, way):
    assert not studio.window.table["file.back"].isEnabled() and not studio.window.pages.isTabVisible(1)
    command = run_until_started(studio, engine)
    studio.window.table["file.templates"].trigger()
    assert studio.window.on_welcome and "Sample" in studio.window.pages.tabText(1)
    if way == "key":
        QTest.keyClick(studio.window, Qt.Key.Key_Escape)
    elif way == "tab":
        place = studio.window.pages.tabRect(1).center()
        QTest.mouseClick(studio.window.pages, Qt.MouseButton.LeftButton, pos=place)
    elif way == "run":
        going = studio.window.welcome._going
        assert going is not None and going.text() == studio.runs.run.pipeline.name and "Running" in going.words()
        QTest.mouseClick(going, Qt.MouseButton.LeftButton)
    else:
        studio.window.table["file.back"].trigger()
    assert not studio.window.on_welcome and studio.runs.run.id == command.id
    assert not studio.window.table["file.back"].isEnabled()


def test_the_run_that_goes_on_is_on_top_of_home(studio, engine):
    command = run_until_started(studio, engine)
    studio.window.table["file.templates"].trigger()
    going = studio.window.welcome._going
    assert going is not None and going.isVisible() and "Running" in going.words()
    engine.say(Progress(run=command.id, block="model_1", fraction=0.5, total=0.25))
    studio.bridge.pump()
    assert "25" in going.words()
    engine.say(RunChanged(run=command.id, state="done"))
    studio.bridge.pump()
    assert studio.window.welcome._going is None


def test_home_lists_runs_with_their_metrics_and_leads_to_them(studio, tiny, tmp_path, qtbot):
    text = tmp_path / "text.txt"
    text.write_text("The quick brown fox jumps over the lazy dog. " * 60)
    pipeline = Pipeline.linear(
        [("model", {"model": str(tiny("llama"))})],
        evaluation=Evaluation(text=str(text), window_size=64, num_windows=2),
    ).model_copy(update={"name": "Fox"})
    outcome = start(pipeline, device="cpu")
    (tmp_path / "kept.json").write_text(pipeline.to_json())
    add_recent("pipelines", str(tmp_path / "kept.json"))
    studio.window.show_welcome()
    QApplication.processEvents()
    run, file = [row for row in studio.window.welcome.findChildren(Row) if row.isVisible()]
    assert run.text() == "Fox" and run.words().startswith("Done · ppl ") and run.words().endswith("B")
    assert file.text() == "kept" and len(file._sketch.blocks) == 1
    QTest.mouseClick(run, Qt.MouseButton.LeftButton)
    assert not studio.window.on_welcome and studio.document.pipeline == outcome.folder.pipeline()
    qtbot.waitUntil(lambda: studio.session.run.is_over, timeout=10_000)
    assert studio.session.run.blocks["model_1"].metrics["perplexity"] > 1


def test_nothing_is_closed_without_asking(studio, answers):
    """Home keeps the document; what would take its place asks first."""
    studio.files.open_sample()
    studio.canvas.editor.add_method("gptq")
    before = studio.document.pipeline
    studio.window.table["file.templates"].trigger()
    answers[:] = ["stay"]
    studio.window.welcome.new_chosen.emit()
    assert studio.document.pipeline == before and answers == []
    QTest.keyClick(studio.window, Qt.Key.Key_Escape)
    assert not studio.window.on_welcome and studio.document.pipeline == before


def test_a_second_model_is_a_block_of_its_own(studio, tmp_path, answers):
    """It replaces nothing unless the person says so."""
    studio.files.open_sample()
    before = studio.document.pipeline
    answers[:] = ["stay"]
    studio.files.drop([tmp_path])
    assert studio.document.pipeline == before
    answers[:] = ["add"]
    studio.files.drop([tmp_path])
    old, new = [block for block in studio.document.pipeline.blocks if block.method == "model"]
    assert old == before.block(old.id) and new.settings == {"model": str(tmp_path)}
    assert not studio.document.pipeline.out_of(new.id) and studio.canvas.selected_ids() == [new.id]


def test_keys_go_to_a_panel_before_they_hide_it(studio, qtbot):
    studio.files.open_sample()
    studio.canvas.setFocus()
    palette = studio.window.workspace.panels["palette"]
    studio.window.table["view.palette"].trigger()
    assert palette.in_front and QApplication.focusWidget() is studio.palette.search
    QTest.keyClicks(QApplication.focusWidget(), "gptq")
    assert studio.palette.current() == "gptq"
    studio.window.table["view.settings"].trigger()
    assert studio.window.workspace.panels["settings"].has_focus and palette.in_front
    studio.window.table["view.palette"].trigger()
    studio.window.table["view.palette"].trigger()
    assert palette.isHidden()


def test_the_help_key_explains_what_has_the_focus(studio):
    studio.files.open_sample()
    studio.canvas.select(["round_to_nearest_1"])
    row = studio.form.sections[0].rows["group_size"]
    row.editor.setFocus()
    studio.window.table["help.guide"].trigger()
    assert row.help.isVisible()
    assert [keys.toString() for keys in studio.window.table["help.guide"].shortcuts()] == ["F1"]
    studio.canvas.setFocus()
    studio.window.table["help.guide"].trigger()
    (shown,) = [each for each in QApplication.topLevelWidgets() if isinstance(each, HelpWindow) and each.isVisible()]
    assert "Quantization" in shown._list.currentItem().text()
    shown.close()


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (1920, 1080)])
def test_the_canvas_has_half_of_the_height(studio, size):
    studio.window.resize(*size)
    studio.files.open_sample()
    studio.window.workspace.make_panels()
    for name in BOTTOM:
        studio.window.workspace.bring(name)
    studio.window.workspace.arrange()
    QApplication.processEvents()
    assert studio.window.height() == size[1], "the window grew beyond the screen"
    assert studio.canvas.height() >= studio.window.workspace.height() / 2


@pytest.mark.parametrize(
    ("about", "shown"),
    [
        ({"device": "cuda:0", "name": "NVIDIA H100", "memory": 80 * 10**9, "cores": 16}, "NVIDIA H100: 80.0 GB"),
        ({"device": "cpu", "name": "EPYC", "memory": 10**9, "cores": 6}, "CPU, 6 cores"),
    ],
)
def test_the_device_is_said_before_the_first_run(studio, engine, about, shown):
    studio.start()
    (asked,) = [command for command in engine.commands if isinstance(command, DescribeDevice)]
    engine.say(JobDone(run=asked.id, result=about))
    studio.bridge.pump()
    status = studio.window.status
    assert status._device.text() == shown and about["name"] in status._device.toolTip()
    assert "load" in status._memory.text()
    if about["device"] != "cpu":
        command = run_until_started(studio, engine)
        used = {"device": 12 * 10**9, "device_total": 80 * 10**9, "device_name": "NVIDIA H100"}
        engine.say(Memory(run=command.id, process=1, process_peak=1, **used))
        studio.bridge.pump()
        assert status._device.text() == "NVIDIA H100: 12.0 GB of 80.0 GB"


def test_the_engine_says_where_it_computes(own_home):
    found = execute(DescribeDevice(id="d"), Home(own_home), "cpu", lambda *_: None, Control(), lambda _: None)
    assert found["device"] == "cpu" and found["name"] and found["memory"] > 0 and found["cores"] >= 1
