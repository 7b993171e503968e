"""The window without real runs: pages, files, drops, themes, layout, closing, recovery."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from fake_engine import FakeEngine
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from engine.contracts.commands import Checked, CheckPipeline, RunPipeline
from engine.contracts.events import RunChanged, StageChanged
from engine.contracts.plugins import LeftOut
from engine.contracts.problem import Problem
from engine.pipeline.document import Pipeline
from studio import ask
from studio.bridge import Bridge
from studio.home import recents
from studio.theme import theme
from studio.window import MainWindow
from studio.workspace import BOTTOM

FREE = 10**12


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def engine():
    return FakeEngine()


@pytest.fixture
def answers(monkeypatch) -> list[str]:
    """What to answer to questions, in order; a question without an answer fails the test."""
    given: list[str] = []
    monkeypatch.setattr(ask, "choose", lambda *args, **kwargs: given.pop(0))
    return given


@pytest.fixture
def window(qtbot, engine, answers):
    made = MainWindow(bridge=Bridge(make=lambda lane: engine))
    made.resize(1440, 900)
    made.show()
    yield made
    if made.isVisible():
        made.document.undo_stack.setClean()
        answers[:] = ["cancel", "cancel"]
        made._leaving = True
        made.close()
    made.deleteLater()


def run_until_started(window: MainWindow, engine: FakeEngine) -> RunPipeline:
    window.files.open_sample()
    window.table["run.start"].trigger()
    blocks = {block.id: (10, 10, 1.0) for block in window.document.pipeline.blocks}
    engine.answer(Checked((), blocks, (), FREE, FREE))
    window.bridge.pump()
    command = engine.commands[-1]
    assert isinstance(command, RunPipeline)
    engine.say(RunChanged(run=command.id, state="running"))
    window.bridge.pump()
    return command


def drop(window: MainWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    none = Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none))


def test_it_opens_on_the_welcome_page(window):
    assert window.on_welcome and window.isVisible() and window.windowTitle() == "Compression Studio"
    assert not window.table["run.start"].isEnabled() and window.table["file.open_model"].isEnabled()


def test_one_click_opens_the_sample_ready_to_run(window):
    window.welcome.sample_chosen.emit()
    assert not window.on_welcome and window.table["run.start"].isEnabled()
    methods = [block.method for block in window.document.pipeline.blocks]
    assert methods == ["model", "round_to_nearest"] and window.document.is_clean


def test_every_action_does_something_and_none_fails(window, engine, answers, monkeypatch):
    """Triggers every action that is possible; what opens a dialog of the system is answered with nothing."""
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args, **kwargs: ("", ""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **kwargs: ("", ""))
    monkeypatch.setattr("PySide6.QtGui.QDesktopServices.openUrl", lambda url: True)
    window.files.open_sample()
    for spec, action in window.table:
        if spec.id == "file.quit" or not action.isEnabled():
            continue
        window.canvas.select(["model_1"]) if window.document.pipeline.has("model_1") else None
        answers[:] = ["discard"]
        action.trigger()
        for widget in QApplication.topLevelWidgets():
            if widget is not window and widget.isVisible():
                widget.close()
    from studio.wiring import Wiring

    named = set(window.findChild(Wiring).slots())
    others = {spec.id for spec, _ in window.table} - named
    assert all(name.startswith("view.") for name in others)


def test_the_title_names_the_document_and_marks_changes(window, tmp_path):
    window.files.open_sample()
    window.document.save(tmp_path / "mine.json")
    window.canvas.editor.add_method("round_to_nearest")
    assert window.windowTitle().startswith("mine.json") and window.isWindowModified()
    window.document.undo_stack.undo()
    assert not window.isWindowModified()


def test_undo_and_redo_follow_the_document(window):
    window.files.open_sample()
    assert not window.table["edit.undo"].isEnabled()
    window.canvas.editor.add_method("round_to_nearest")
    window.table["edit.undo"].trigger()
    assert len(window.document.pipeline.blocks) == 2 and window.table["edit.redo"].isEnabled()


def test_canvas_outline_and_form_select_the_same_block(window):
    window.files.open_sample()
    window.canvas.select(["round_to_nearest_1"])
    assert window.outline.selected_ids() == ["round_to_nearest_1"] and window.form.block_id == "round_to_nearest_1"
    window.outline.selection_changed.emit(["model_1"])
    assert window.canvas.selected_ids() == ["model_1"] and window.form.block_id == "model_1"


def test_dropped_pipelines_are_opened_and_models_become_blocks(window, tmp_path):
    path = tmp_path / "work.json"
    path.write_text(Pipeline.linear([("model", {})], name="Work").to_json())
    drop(window, path)
    assert window.document.path == path and recents("pipelines") == (str(path),)
    model = tmp_path / "weights.gguf"
    model.write_bytes(b"GGUF")
    drop(window, model)
    assert [b.settings.get("model") for b in window.document.pipeline.blocks][-1] == str(model)


def test_a_dropped_model_replaces_that_of_a_template(window, tmp_path):
    window.files.open_sample()
    drop(window, tmp_path)
    (source,) = [block for block in window.document.pipeline.blocks if block.method == "model"]
    assert source.settings == {"model": str(tmp_path)} and window.document.undo_stack.canUndo()


def test_a_damaged_file_is_refused_with_a_sentence_and_nothing_is_lost(window, tmp_path):
    window.files.open_sample()
    before = window.document.pipeline
    (tmp_path / "bad.json").write_text("{}")
    drop(window, tmp_path / "bad.json")
    assert "Not a pipeline file" in window.banner.text() and window.document.pipeline == before


@pytest.mark.parametrize("answer, closes", [("stay", False), ("discard", True), ("save", True)])
def test_closing_asks_about_changes(window, answers, monkeypatch, tmp_path, answer, closes):
    path = tmp_path / "saved.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **kwargs: (str(path), ""))
    window.files.open_sample()
    window.canvas.editor.add_method("round_to_nearest")
    answers.append(answer)
    assert window.close() == closes
    assert path.exists() == (answer == "save")


def test_saving_that_fails_keeps_the_window_open(window, answers, monkeypatch, tmp_path):
    target = tmp_path / "file"
    target.write_text("not a folder")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **kwargs: (str(target / "x.json"), ""))
    window.files.open_sample()
    window.canvas.editor.add_method("round_to_nearest")
    answers.append("save")
    assert not window.close() and window.banner.text()


def test_closing_while_running_asks_and_waits_for_the_safe_point(window, engine, answers, qtbot):
    command = run_until_started(window, engine)
    answers.append("stay")
    assert not window.close() and window.runs.is_active
    answers.append("cancel")
    window.close()
    assert ("cancel", command.id) in engine.calls and window.isVisible()
    engine.say(RunChanged(run=command.id, state="cancelled"))
    window.bridge.pump()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert engine.closed


def test_a_document_that_is_being_run_is_not_replaced(window, engine):
    run_until_started(window, engine)
    before = window.document.pipeline
    window.table["file.new"].trigger()
    assert window.document.pipeline == before and "run is going on" in window.status.message()


def test_problems_stop_a_run_and_mark_the_block(window, engine):
    window.files.open_sample()
    window.table["run.start"].trigger()
    problem = Problem("error", "Group size 64 does not divide 1000", "down_proj", block="round_to_nearest_1")
    engine.answer(Checked((problem,), {}, (), FREE, FREE))
    window.bridge.pump()
    assert isinstance(engine.commands[-1], CheckPipeline) and not window.runs.is_active
    state = window.canvas.pipeline_scene.block_state("round_to_nearest_1")
    assert state.state == "unconfigured" and "does not divide" in state.badge
    assert window.canvas.selected_ids() == ["round_to_nearest_1"] and "does not divide" in window.status.message()
    changed = window.document.pipeline.with_settings("round_to_nearest_1", group_size=32)
    window.document.change("Edit", changed)
    assert window.canvas.pipeline_scene.block_state("round_to_nearest_1").badge == ""


def test_too_little_memory_must_be_confirmed(window, engine):
    window.files.open_sample()
    window.table["run.start"].trigger()
    engine.answer(Checked((), {"round_to_nearest_1": (10, 500, 1.0)}, (), 100, FREE))
    window.bridge.pump()
    assert not window.runs.is_active and "500 B" in window.run_panel.banner.text()
    window.run_panel.anyway_chosen.emit()
    assert isinstance(engine.commands[-1], RunPipeline)


def run_training(window: MainWindow, engine: FakeEngine) -> RunPipeline:
    steps = [("model", {"model": "sample"}), ("round_to_nearest", {}), ("divergence", {})]
    window.document.open(Pipeline.linear(steps), None)
    window.show_workspace()
    window.table["run.start"].trigger()
    engine.answer(Checked((), {b.id: (10, 10, 1.0) for b in window.document.pipeline.blocks}, (), FREE, FREE))
    window.bridge.pump()
    command = engine.commands[-1]
    assert isinstance(command, RunPipeline)
    engine.say(RunChanged(run=command.id, state="running"))
    engine.say(StageChanged(run=command.id, block="round_to_nearest_1", state="running"))
    window.bridge.pump()
    return command


def test_only_training_can_be_stopped_and_kept(window, engine):
    command = run_training(window, engine)
    assert not window.table["run.stop"].isEnabled()
    engine.say(StageChanged(run=command.id, block="round_to_nearest_1", state="done"))
    engine.say(StageChanged(run=command.id, block="divergence_1", state="running"))
    window.bridge.pump()
    assert window.table["run.stop"].isEnabled()


def test_stop_and_keep_reaches_the_engine_once_and_the_run_goes_on(window, engine):
    command = run_training(window, engine)
    engine.say(StageChanged(run=command.id, block="divergence_1", state="running"))
    engine.say(StageChanged(run=command.id, block="round_to_nearest_1", state="done"))
    window.bridge.pump()
    window.table["run.stop"].trigger()
    window.runs.stop()
    assert engine.calls == [("stop", command.id)] and not window.table["run.stop"].isEnabled()
    assert "keeps what it has" in window.status.message() and window.runs.is_active
    engine.say(StageChanged(run=command.id, block="divergence_1", state="done", artifact="a"))
    engine.say(RunChanged(run=command.id, state="done"))
    window.bridge.pump()
    assert window.runs.phase == "idle" and window.runs.run.blocks["divergence_1"].note
    assert not window.runs.run.blocks["round_to_nearest_1"].note


@pytest.mark.parametrize(
    ("method", "page"),
    [
        ("model", "Guide"),
        ("gptq", "Quantization"),
        ("shearing", "Pruning"),
        ("divergence", "Distillation"),
        ("svd", "Low rank"),
        ("fine_tuning", "Training"),
    ],
)
def test_f1_tells_about_the_family_of_the_selected_block(window, method, page):
    from studio.help import HelpWindow

    window.document.open(Pipeline.linear([("model", {}), (method, {})] if method != "model" else [("model", {})]), None)
    window.show_workspace()
    window.canvas.select([f"{method}_1"])
    window.table["help.guide"].trigger()
    (help_window,) = window.findChildren(HelpWindow)
    assert help_window.text().startswith(page) and len(help_window.text()) > 400
    help_window.close()


def test_enlarging_keeps_the_panel_in_front(window, qtbot):
    window.files.open_sample()
    for large, name in ((True, "export"), (False, "inspector")):
        window.panel("inspector")
        window.workspace.panels[name].bring()
        qtbot.waitUntil(lambda name=name: window.workspace.panels[name].in_front)
        window.workspace.enlarge(large)
        qtbot.wait(100)
        front = [panel.name for panel in window.workspace.panels.values() if panel.in_front]
        assert [each for each in front if each in BOTTOM] == [name] and window.canvas.isVisible() != large


def test_a_panel_in_front_is_hidden_from_the_menu_and_one_behind_is_brought(window, qtbot):
    window.files.open_sample()
    for name in ("inspector", "export"):
        window.table[f"view.{name}"].trigger()
        qtbot.waitUntil(lambda name=name: window.workspace.panels[name].in_front)
    window.table["view.export"].trigger()
    assert window.workspace.panels["export"].isHidden() and not window.table["view.export"].isChecked()


def test_pause_continue_and_cancel_reach_the_engine_and_the_screen(window, engine):
    command = run_until_started(window, engine)
    window.table["run.pause"].trigger()
    engine.say(RunChanged(run=command.id, state="paused"))
    window.bridge.pump()
    assert window.table["run.continue"].isEnabled() and not window.table["run.pause"].isEnabled()
    window.table["run.continue"].trigger()
    engine.say(RunChanged(run=command.id, state="running"))
    window.bridge.pump()
    window.table["run.cancel"].trigger()
    assert "Cancelling…" in window.run_panel._title.whole() and not window.table["run.cancel"].isEnabled()
    assert [name for name, _ in engine.calls] == ["pause", "resume", "cancel"]


def test_a_result_is_outdated_by_a_change_and_fits_again_after_undo(window, engine):
    command = run_until_started(window, engine)
    for block in ("model_1", "round_to_nearest_1"):
        engine.say(StageChanged(run=command.id, block=block, state="done", seconds=1.0, artifact=f"/{block}"))
    engine.say(RunChanged(run=command.id, state="done"))
    window.bridge.pump()
    scene = window.canvas.pipeline_scene
    assert scene.block_state("round_to_nearest_1").state == "done"
    window.document.change("Edit", window.document.pipeline.with_settings("round_to_nearest_1", format="nf4"))
    assert scene.block_state("round_to_nearest_1").state == "stale" and scene.block_state("model_1").state == "done"
    window.document.undo_stack.undo()
    assert scene.block_state("round_to_nearest_1").state == "done"


def test_a_block_deleted_meanwhile_disturbs_nothing(window, engine):
    command = run_until_started(window, engine)
    window.document.change("Delete", window.document.pipeline.without(["round_to_nearest_1"]))
    engine.say(StageChanged(run=command.id, block="round_to_nearest_1", state="running"))
    window.bridge.pump()
    assert window.runs.run.blocks["round_to_nearest_1"].state == "running"


def test_themes_switch_while_it_runs_and_are_remembered(window):
    window.table["view.theme_light"].trigger()
    assert theme().tokens.name == "light"
    from studio.settings import UserSettings

    assert UserSettings.read().theme == "light"
    window.table["view.theme_dark"].trigger()
    assert theme().tokens.name == "dark"


def test_panels_are_toggled_and_the_layout_is_reset(window):
    window.files.open_sample()
    panel = window.workspace.panels["settings"]
    window.table["view.settings"].trigger()
    assert panel.isHidden() and not window.table["view.settings"].isChecked()
    window.table["view.reset_layout"].trigger()
    assert not panel.isHidden() and window.table["view.settings"].isChecked()


def test_the_layout_survives(window, own_home, qtbot, engine):
    window.files.open_sample()
    window.workspace.panels["outline"].close()
    window.close()
    again = MainWindow(bridge=Bridge(make=lambda lane: FakeEngine()))
    again.show()
    again.show_workspace()
    assert again.workspace.panels["outline"].isHidden()
    again.close()
    again.deleteLater()


def test_unsaved_work_of_a_dead_process_is_offered_and_recovered(window, own_home):
    folder = own_home / "recovery"
    folder.mkdir(parents=True, exist_ok=True)
    lost = Pipeline.linear([("model", {})], name="Lost")
    data = {"path": None, "time": 1.0, "process": 1.0, "pipeline": json.loads(lost.to_json())}
    (folder / "999999-1.json").write_text(json.dumps(data))
    window.offer_recovery()
    assert "Lost" in window.banner.text()
    from PySide6.QtWidgets import QPushButton

    recover = next(b for b in window.banner.findChildren(QPushButton) if b.text() == "Recover")
    recover.click()
    assert window.document.pipeline == lost and not window.document.is_clean and not window.on_welcome


def test_it_is_usable_at_1100_by_700(window):
    window.resize(1100, 700)
    window.files.open_sample()
    QApplication.processEvents()
    assert window.width() == 1100 and window.height() == 700
    assert window.canvas.width() > 400 and window.canvas.height() > 200


def test_closing_leaves_no_thread_no_timer_and_no_window(qtbot, answers):
    threads = set(threading.enumerate())
    window = MainWindow()
    window.show()
    window.files.open_sample()
    for name in ("charts", "inspector", "compare"):
        window.panel(name)
    window.close()
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    assert not [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    assert set(threading.enumerate()) <= threads


def test_large_panels_take_the_canvas_place_and_give_it_back(window):
    window.files.open_sample()
    QApplication.processEvents()
    before = window.canvas.size()
    window.table["view.large"].trigger()
    assert not window.canvas.isVisible() and window.workspace.panels["settings"].isHidden()
    window.table["view.large"].trigger()
    QApplication.processEvents()
    assert window.canvas.isVisible() and not window.workspace.panels["settings"].isHidden()
    assert abs(window.canvas.width() - before.width()) < 30


def test_a_broken_plugin_is_named(window, qtbot, monkeypatch):
    refused = LeftOut("compression_studio.methods", "odd", "odd:METHOD", "odd 1.0", "it is not a MethodInfo")
    monkeypatch.setattr("studio.window.left_out", lambda: (refused,))
    window._go_on_starting(None)
    assert "plug-in 'odd' of odd 1.0 is left out: it is not a MethodInfo." in window.status.message()
