"""The window without real runs: pages, files, drops, themes, layout, closing, recovery."""

from __future__ import annotations

import gc
import json
import threading
import weakref
from pathlib import Path

import pytest
from fake_engine import FREE, FakeEngine, run_until_started
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog

from engine.base.plugins import LeftOut
from engine.contracts.commands import Checked, CheckPipeline, RunPipeline
from engine.contracts.events import Log, Metric, RunChanged, StageChanged
from engine.contracts.problem import Problem
from engine.pipeline.document import Pipeline
from engine.pipeline.edits import to_clipboard
from studio.bridge import Bridge
from studio.document.home import recents
from studio.kit import message_boxes
from studio.kit.theme import theme
from studio.models.dialog import ModelDialog
from studio.shell.assembly import Studio
from studio.shell.help import HelpWindow
from studio.shell.workspace import BOTTOM


def drop(studio: Studio, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    none = Qt.KeyboardModifier.NoModifier
    studio.window.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none))


def test_it_opens_on_the_welcome_page(studio):
    assert (
        studio.window.on_welcome and studio.window.isVisible() and studio.window.windowTitle() == "Compression Studio"
    )
    assert not studio.window.table["run.start"].isEnabled() and studio.window.table["file.open_model"].isEnabled()


def test_one_click_opens_the_sample_ready_to_run(studio):
    studio.window.welcome.sample_chosen.emit()
    assert not studio.window.on_welcome and studio.window.table["run.start"].isEnabled()
    methods = [block.method for block in studio.document.pipeline.blocks]
    assert methods == ["model", "round_to_nearest"] and studio.document.is_clean


def test_every_action_does_something_and_none_fails(studio, engine, answers, monkeypatch):
    """Triggers every action that is possible; what opens a dialog of the system is answered with nothing."""
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args, **kwargs: ("", ""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **kwargs: ("", ""))
    monkeypatch.setattr("PySide6.QtGui.QDesktopServices.openUrl", lambda url: True)
    monkeypatch.setattr(message_boxes, "text", lambda *args, **kwargs: None)
    studio.files.open_sample()
    for spec, action in studio.window.table:
        if spec.id == "file.quit" or not action.isEnabled():
            continue
        studio.canvas.select(["model_1"]) if studio.document.pipeline.has("model_1") else None
        answers[:] = ["discard"]
        action.trigger()
        for widget in QApplication.topLevelWidgets():
            if widget is not studio.window and widget.isVisible():
                widget.close()
    named = set(studio.slots())
    others = {spec.id for spec, _ in studio.window.table} - named
    assert all(name.startswith(("view.", "layout.task.")) for name in others)


def test_the_title_names_the_document_and_marks_changes(studio, tmp_path):
    studio.files.open_sample()
    studio.document.save(tmp_path / "mine.json")
    studio.canvas.editor.add_method("round_to_nearest")
    assert studio.window.windowTitle().startswith("mine.json") and studio.window.isWindowModified()
    studio.document.undo_stack.undo()
    assert not studio.window.isWindowModified()


def test_undo_and_redo_follow_the_document(studio):
    studio.files.open_sample()
    assert not studio.window.table["edit.undo"].isEnabled()
    studio.canvas.editor.add_method("round_to_nearest")
    assert studio.window.table["edit.undo"].text() == "&Undo Add block"
    studio.window.table["edit.undo"].trigger()
    assert studio.window.table["edit.undo"].text() == "&Undo"
    assert studio.window.table["edit.redo"].text() == "&Redo Add block"
    assert len(studio.document.pipeline.blocks) == 2 and studio.window.table["edit.redo"].isEnabled()


def test_canvas_outline_and_form_select_the_same_block(studio):
    studio.files.open_sample()
    studio.canvas.select(["round_to_nearest_1"])
    assert studio.outline.selected_ids() == ["round_to_nearest_1"] and studio.form.block_id == "round_to_nearest_1"
    studio.outline.selection_changed.emit(["model_1"])
    assert studio.canvas.selected_ids() == ["model_1"] and studio.form.block_id == "model_1"


def test_dropped_pipelines_are_opened_and_models_become_blocks(studio, tmp_path):
    path = tmp_path / "work.json"
    path.write_text(Pipeline.linear([("model", {})], name="Work").to_json())
    drop(studio, path)
    assert studio.document.path == path and recents("pipelines") == (str(path),)
    model = tmp_path / "weights.gguf"
    model.write_bytes(b"GGUF")
    drop(studio, model)
    assert [b.settings.get("model") for b in studio.document.pipeline.blocks][-1] == str(model)


def test_a_dropped_export_is_a_model_or_the_pipeline_that_made_it(studio, tmp_path, answers):
    export = tmp_path / "small"
    export.mkdir()
    step = {"method": "round_to_nearest", "settings": {"format": "int3"}, "seed_hash": "1"}
    record = {"version": 1, "program": "1", "format": "dense", "options": {}, "environment": {"seed": 3}, "tensors": {}}
    record |= {
        "base": {"name": "owner/base", "fingerprint": "f"},
        "steps": [{"method": "model", "fingerprint": "f"}, step],
    }
    (export / "replay.json").write_text(json.dumps(record))
    answers[:] = ["recipe"]
    drop(studio, export)
    pipeline = studio.document.pipeline
    assert [block.method for block in pipeline.blocks] == ["model", "round_to_nearest"] and pipeline.seed == 3
    assert pipeline.blocks[0].settings["model"] == "owner/base" and pipeline.blocks[1].settings["format"] == "int3"
    assert studio.document.path is None and recents("pipelines") == ()
    assert "These steps made “small”" in studio.window.status.message()
    answers[:] = ["model", "add"]
    drop(studio, export)
    assert studio.document.pipeline.blocks[-1].settings == {"model": str(export)}


def test_a_dropped_model_replaces_that_of_a_template_if_wanted(studio, tmp_path, answers):
    studio.files.open_sample()
    answers[:] = ["replace"]
    drop(studio, tmp_path)
    (source,) = [block for block in studio.document.pipeline.blocks if block.method == "model"]
    assert source.settings == {"model": str(tmp_path)} and studio.document.undo_stack.canUndo()
    assert studio.canvas.selected_ids() == [source.id]
    assert "Undo restores the former model" in studio.window.status.message()


def test_a_model_of_the_dialog_becomes_a_block(studio):
    studio.window.table["file.open_model"].trigger()
    dialog = studio.window.findChild(ModelDialog)
    dialog.model_chosen.emit("owner/model", "v1")
    (block,) = studio.document.pipeline.blocks
    assert block.settings == {"model": "owner/model", "revision": "v1"} and not studio.window.on_welcome
    dialog.close()


def test_a_damaged_file_is_refused_with_a_sentence_and_nothing_is_lost(studio, tmp_path):
    studio.files.open_sample()
    before = studio.document.pipeline
    (tmp_path / "bad.json").write_text("{}")
    drop(studio, tmp_path / "bad.json")
    assert "Not a pipeline file" in studio.window.banner.text() and studio.document.pipeline == before


@pytest.mark.parametrize("settings", ["[" * 100_000 + "]" * 100_000, '{"x": ' + "[" * 90 + "]" * 90 + "}"])
def test_a_file_that_is_nested_too_deep_is_refused_with_a_sentence(studio, tmp_path, settings):
    path = tmp_path / "deep.json"
    path.write_text('{"version": 2, "blocks": [{"id": "a", "method": "model", "settings": ' + settings + "}]}")
    for opening in (
        studio.files.open_path,
        studio.files.open_template,
        lambda path: studio.files.open_named(str(path)),
    ):
        studio.window.banner.clear()
        opening(path)
        assert "nested" in studio.window.banner.text() and studio.window.on_welcome
    drop(studio, path)
    assert "nested" in studio.window.banner.text()


def test_a_name_of_5000_letters_is_refused_with_a_sentence(studio, tmp_path):
    long = "a" * 5000
    before = studio.window.width()
    studio.files.open_named(f"{long}.json")
    QApplication.processEvents()
    assert "can't be read" in studio.window.banner.text() and len(studio.window.banner.text()) < 400
    assert studio.window.width() == before and studio.window.minimumSizeHint().width() <= before
    drop(studio, tmp_path / f"{long}.json", tmp_path / f"{long}.gguf")
    studio.files.open_named(str(tmp_path / long))
    assert [block.settings["model"][-9:] for block in studio.document.pipeline.blocks] == [
        "aaaa.gguf",
        "aaaaaaaaa",
    ]
    studio.canvas.select([studio.document.pipeline.blocks[0].id])
    QApplication.processEvents()
    assert studio.window.width() == before


@pytest.mark.parametrize("answer, closes", [("stay", False), ("discard", True), ("save", True)])
def test_closing_asks_about_changes(studio, answers, monkeypatch, tmp_path, answer, closes):
    path = tmp_path / "saved.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **kwargs: (str(path), ""))
    studio.files.open_sample()
    studio.canvas.editor.add_method("round_to_nearest")
    answers.append(answer)
    assert studio.window.close() == closes
    assert path.exists() == (answer == "save")


def test_saving_that_fails_keeps_the_window_open(studio, answers, monkeypatch, tmp_path):
    target = tmp_path / "file"
    target.write_text("not a folder")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **kwargs: (str(target / "x.json"), ""))
    studio.files.open_sample()
    studio.canvas.editor.add_method("round_to_nearest")
    answers.append("save")
    assert not studio.window.close() and studio.window.banner.text()


def test_closing_while_running_asks_and_waits_for_the_safe_point(studio, engine, answers, qtbot):
    command = run_until_started(studio, engine)
    answers.append("stay")
    assert not studio.window.close() and studio.runs.is_active
    answers.append("cancel")
    studio.window.close()
    assert ("cancel", command.id) in engine.calls and studio.window.isVisible()
    engine.say(RunChanged(run=command.id, state="cancelled"))
    studio.bridge.pump()
    qtbot.waitUntil(lambda: not studio.window.isVisible())
    assert engine.closed


def test_unsaved_changes_are_asked_for_before_the_run_is_stopped(studio, engine, answers, qtbot):
    command = run_until_started(studio, engine)
    studio.canvas.editor.add_comment(QPointF(0, 0))
    answers[:] = ["cancel", "stay"]
    assert not studio.window.close() and studio.runs.phase == "running" and ("cancel", command.id) not in engine.calls
    answers[:] = ["cancel", "discard"]
    assert not studio.window.close() and ("cancel", command.id) in engine.calls
    engine.say(RunChanged(run=command.id, state="cancelled"))
    studio.bridge.pump()  # the answer counts: no other question
    qtbot.waitUntil(lambda: not studio.window.isVisible())


def test_a_document_that_is_being_run_is_not_replaced(studio, engine):
    run_until_started(studio, engine)
    before = studio.document.pipeline
    studio.window.table["file.new"].trigger()
    assert studio.document.pipeline == before and "run is in progress" in studio.window.status.message()


def test_problems_stop_a_run_and_mark_the_block(studio, engine):
    studio.files.open_sample()
    studio.window.table["run.start"].trigger()
    problem = Problem("error", "Group size 64 does not divide 1000", "down_proj", block="round_to_nearest_1")
    engine.answer(Checked((problem,), {}, (), FREE, FREE))
    studio.bridge.pump()
    assert isinstance(engine.commands[-1], CheckPipeline) and not studio.runs.is_active
    state = studio.canvas.pipeline_scene.block_state("round_to_nearest_1")
    assert state.state == "unconfigured" and "does not divide" in state.badge
    assert (
        studio.canvas.selected_ids() == ["round_to_nearest_1"] and "does not divide" in studio.window.status.message()
    )
    changed = studio.document.pipeline.with_settings("round_to_nearest_1", group_size=32)
    studio.document.change("Edit", changed)
    studio.checking._ask()
    engine.answer(Checked((), {}, (), FREE, FREE))
    studio.bridge.pump()
    assert studio.canvas.pipeline_scene.block_state("round_to_nearest_1").badge == ""


def test_too_little_memory_must_be_confirmed(studio, engine):
    studio.files.open_sample()
    studio.window.table["run.start"].trigger()
    engine.answer(Checked((), {"round_to_nearest_1": (10, 500, 1.0)}, (), 100, FREE))
    studio.bridge.pump()
    assert not studio.runs.is_active and "500 B" in studio.run_panel.banner.text()
    studio.run_panel.run_anyway_chosen.emit()
    assert isinstance(engine.commands[-1], RunPipeline)


def run_training(studio: Studio, engine: FakeEngine) -> RunPipeline:
    steps = [("model", {"model": "sample"}), ("round_to_nearest", {}), ("logit_distillation", {})]
    studio.document.open(Pipeline.linear(steps), None)
    studio.window.show_workspace()
    studio.window.table["run.start"].trigger()
    engine.answer(Checked((), {b.id: (10, 10, 1.0) for b in studio.document.pipeline.blocks}, (), FREE, FREE))
    studio.bridge.pump()
    command = engine.commands[-1]
    assert isinstance(command, RunPipeline)
    engine.say(RunChanged(run=command.id, state="running"))
    engine.say(StageChanged(run=command.id, block="round_to_nearest_1", state="running"))
    studio.bridge.pump()
    return command


def test_only_training_can_be_stopped_and_kept(studio, engine):
    command = run_training(studio, engine)
    assert not studio.window.table["run.stop"].isEnabled()
    engine.say(StageChanged(run=command.id, block="round_to_nearest_1", state="done"))
    engine.say(StageChanged(run=command.id, block="logit_distillation_1", state="running"))
    studio.bridge.pump()
    assert studio.window.table["run.stop"].isEnabled()


def test_stop_and_keep_reaches_the_engine_once_and_the_run_goes_on(studio, engine):
    command = run_training(studio, engine)
    engine.say(StageChanged(run=command.id, block="logit_distillation_1", state="running"))
    engine.say(StageChanged(run=command.id, block="round_to_nearest_1", state="done"))
    studio.bridge.pump()
    studio.window.table["run.stop"].trigger()
    studio.runs.stop()
    assert engine.calls == [("stop", command.id)] and not studio.window.table["run.stop"].isEnabled()
    assert "keeps its result so far" in studio.window.status.message() and studio.runs.is_active
    engine.say(StageChanged(run=command.id, block="logit_distillation_1", state="done", artifact="a"))
    engine.say(RunChanged(run=command.id, state="done"))
    studio.bridge.pump()
    assert studio.runs.phase == "idle" and studio.runs.run.blocks["logit_distillation_1"].note
    assert not studio.runs.run.blocks["round_to_nearest_1"].note


@pytest.mark.parametrize(
    ("method", "page"),
    [
        ("model", "Guide"),
        ("gptq", "Quantization"),
        ("sheared_llama", "Pruning"),
        ("logit_distillation", "Distillation"),
        ("svd", "Low rank"),
        ("fine_tuning", "Training"),
    ],
)
def test_f1_tells_about_the_family_of_the_selected_block(studio, method, page):
    studio.document.open(Pipeline.linear([("model", {}), (method, {})] if method != "model" else [("model", {})]), None)
    studio.window.show_workspace()
    studio.canvas.select([f"{method}_1"])
    studio.window.table["help.guide"].trigger()
    (help_window,) = studio.window.findChildren(HelpWindow)
    assert help_window.text().startswith(page) and len(help_window.text()) > 400
    help_window.close()


def test_enlarging_keeps_the_panel_in_front(studio, qtbot):
    studio.files.open_sample()
    for large, name in ((True, "export"), (False, "inspector")):
        studio.window.workspace.panel("inspector")
        studio.window.workspace.panels[name].bring()
        qtbot.waitUntil(lambda name=name: studio.window.workspace.panels[name].in_front)
        studio.window.workspace.enlarge(large)
        qtbot.wait(100)
        front = [panel.name for panel in studio.window.workspace.panels.values() if panel.in_front]
        assert [each for each in front if each in BOTTOM] == [name] and studio.canvas.isVisible() != large


def test_a_panel_in_front_is_hidden_from_the_menu_and_one_behind_is_brought(studio, qtbot):
    studio.files.open_sample()
    for name in ("inspector", "export"):
        studio.window.table[f"view.{name}"].trigger()
        qtbot.waitUntil(lambda name=name: studio.window.workspace.panels[name].in_front)
    studio.window.table["view.export"].trigger()
    assert studio.window.workspace.panels["export"].isHidden() and not studio.window.table["view.export"].isChecked()


def test_paste_is_offered_only_for_blocks(studio, qtbot):
    studio.files.open_sample()
    paste, menu = studio.window.table["edit.paste"], studio.window.menus["edit"]
    for text, there in (
        ("some words", False),
        ("", False),
        (to_clipboard(studio.document.pipeline, ["model_1"]), True),
    ):
        QGuiApplication.clipboard().setText(text)
        assert paste.isEnabled(), "the key says so if there is nothing"
        menu.popup(studio.window.mapToGlobal(studio.window.rect().center()))
        assert paste.isEnabled() == there
        menu.close()
        (here,) = (a for a in studio.canvas.menus.context(None, QPoint(5, 5)).actions() if a.text() == "Paste here")
        assert here.isEnabled() == there
    assert paste.isEnabled()


def test_what_was_said_of_a_run_is_not_said_in_the_next(studio, engine):
    command = run_until_started(studio, engine)
    engine.say(RunChanged(run=command.id, state="failed", message="The disk is full"))
    studio.bridge.pump()
    assert studio.window.status.message()
    studio.window.table["run.start"].trigger()
    engine.answer(Checked((), {}, (), FREE, FREE))
    studio.bridge.pump()
    assert studio.runs.is_active and studio.window.status.message() == ""
    studio.window.table["run.pause"].trigger()
    engine.say(RunChanged(run=engine.commands[-1].id, state="cancelled"))
    studio.bridge.pump()
    studio.window.show_message("info", "Left out: Expert pruning.")  # by others, of the run to come
    studio.window.table["run.start"].trigger()
    engine.answer(Checked((), {}, (), FREE, FREE))
    studio.bridge.pump()
    assert studio.runs.is_active and studio.window.status.message() == "Left out: Expert pruning."


def test_pause_continue_and_cancel_reach_the_engine_and_the_screen(studio, engine):
    command = run_until_started(studio, engine)
    studio.window.table["run.pause"].trigger()
    engine.say(RunChanged(run=command.id, state="paused"))
    studio.bridge.pump()
    assert studio.window.table["run.continue"].isEnabled() and not studio.window.table["run.pause"].isEnabled()
    studio.window.table["run.continue"].trigger()
    assert studio.window.status.message() == "The run continues."
    engine.say(RunChanged(run=command.id, state="running"))
    studio.bridge.pump()
    studio.window.table["run.cancel"].trigger()
    assert "Canceling…" in studio.run_panel._title.whole() and not studio.window.table["run.cancel"].isEnabled()
    assert [name for name, _ in engine.calls] == ["pause", "resume", "cancel"]


def test_a_result_is_outdated_by_a_change_and_fits_again_after_undo(studio, engine):
    command = run_until_started(studio, engine)
    for block in ("model_1", "round_to_nearest_1"):
        engine.say(StageChanged(run=command.id, block=block, state="done", seconds=1.0, artifact=f"/{block}"))
    engine.say(RunChanged(run=command.id, state="done"))
    studio.bridge.pump()
    scene = studio.canvas.pipeline_scene
    assert scene.block_state("round_to_nearest_1").state == "done"
    studio.document.change("Edit", studio.document.pipeline.with_settings("round_to_nearest_1", format="nf4"))
    assert scene.block_state("round_to_nearest_1").state == "stale" and scene.block_state("model_1").state == "done"
    studio.document.undo_stack.undo()
    assert scene.block_state("round_to_nearest_1").state == "done"


def test_another_document_leaves_nothing_of_the_former_one_in_the_panels(studio, engine):
    """Estimate, problems, log, charts, inspector and status bar."""
    studio.window.workspace.make_panels()
    command = run_until_started(studio, engine)
    panel, charts = studio.run_panel, studio.window.workspace.panel("charts")
    engine.say(Log(run=command.id, block="model_1", level="info", text="one line"))
    engine.say(Metric(run=command.id, block="round_to_nearest_1", name="loss", value=1.0, step=1))
    engine.say(StageChanged(run=command.id, block="model_1", state="done", artifact="/model_1"))
    engine.say(RunChanged(run=command.id, state="done"))
    studio.bridge.pump()
    problem = Problem("warning", "Odd", "somewhere", block="model_1")
    panel.show_checked(Checked((problem,), {"model_1": (10, 10, 1.0)}, (), FREE, FREE), {}, [problem])
    assert charts.curves.data.metrics and "one line" in panel.log.text() and "(1 warning)" in panel._tabs.tabText(1)
    studio.files.new()
    assert (
        not charts.curves.data.metrics and "one line" not in panel.log.text() and panel._tabs.tabText(1) == "Problems"
    )
    assert not panel.plan._rows.isVisible() and studio.window.status._run_text.text() == "Ready"
    assert panel._title.whole() == "Ready" and studio.window.workspace.panel("inspector").artifact == ""


def test_a_block_deleted_meanwhile_disturbs_nothing(studio, engine):
    command = run_until_started(studio, engine)
    studio.document.change("Delete", studio.document.pipeline.without(["round_to_nearest_1"]))
    engine.say(StageChanged(run=command.id, block="round_to_nearest_1", state="running"))
    studio.bridge.pump()
    assert studio.runs.run.blocks["round_to_nearest_1"].state == "running"


def test_themes_switch_while_it_runs_and_are_remembered(studio):
    studio.window.table["view.theme_light"].trigger()
    assert theme().tokens.name == "light"
    from studio.document.settings import UserSettings

    assert UserSettings.read().theme == "light"
    studio.window.table["view.theme_dark"].trigger()
    assert theme().tokens.name == "dark"


def test_panels_are_toggled_and_the_layout_is_reset(studio):
    studio.files.open_sample()
    panel = studio.window.workspace.panels["settings"]
    studio.window.table["view.settings"].trigger()
    assert panel.has_focus
    studio.window.table["view.settings"].trigger()
    assert panel.isHidden() and not studio.window.table["view.settings"].isChecked()
    studio.window.table["view.reset_layout"].trigger()
    assert not panel.isHidden() and studio.window.table["view.settings"].isChecked()


def test_the_layout_survives(studio, own_home, qtbot, engine):
    studio.files.open_sample()
    studio.window.workspace.panels["outline"].close()
    studio.window.close()
    again = Studio(Bridge(make=lambda lane: FakeEngine())).window
    again.show()
    again.show_workspace()
    assert again.workspace.panels["outline"].isHidden()
    again.close()
    again.deleteLater()


def test_unsaved_work_of_a_dead_process_is_offered_and_recovered(studio, own_home):
    folder = own_home / "recovery"
    folder.mkdir(parents=True, exist_ok=True)
    lost = Pipeline.linear([("model", {})], name="Lost")
    data = {"path": None, "time": 1.0, "process": 1.0, "pipeline": json.loads(lost.to_json())}
    (folder / "999999-1.json").write_text(json.dumps(data))
    studio.recovery.offer()
    assert "Lost" in studio.window.banner.text()
    from PySide6.QtWidgets import QPushButton

    recover = next(b for b in studio.window.banner.findChildren(QPushButton) if b.text() == "Recover")
    recover.click()
    assert studio.document.pipeline == lost and not studio.document.is_clean and not studio.window.on_welcome


def test_it_is_usable_at_1100_by_700(studio):
    studio.window.resize(1100, 700)
    studio.files.open_sample()
    QApplication.processEvents()
    assert studio.window.width() == 1100 and studio.window.height() == 700
    assert studio.canvas.width() > 400 and studio.canvas.height() > 200


def test_closing_leaves_no_thread_no_timer_and_no_window(qtbot, answers):
    threads = set(threading.enumerate())
    studio = Studio()
    studio.window.show()
    studio.files.open_sample()
    for name in ("charts", "inspector", "compare"):
        studio.window.workspace.panel(name)
    panels = weakref.WeakSet(studio.window.workspace.panels.values())
    studio.window.workspace.panels["outline"].hide()  # what that sets off is still due when the window goes
    studio.window.close()
    studio.window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    assert not [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    assert set(threading.enumerate()) <= threads
    del studio
    gc.collect()
    assert not panels, "neither a timer nor a connection holds what is gone"


def test_the_first_window_fits_on_its_screen(studio):
    """The test's screen is small: 800 × 800."""
    again = Studio(Bridge(make=lambda lane: FakeEngine())).window
    free = again.screen().availableSize()
    assert again.height() <= max(free.height() - 40, again.minimumHeight())
    assert again.width() <= max(free.width(), again.minimumWidth())
    again.close()
    again.deleteLater()


def test_large_panels_take_the_canvas_place_and_give_it_back(studio):
    studio.files.open_sample()
    QApplication.processEvents()
    before = studio.canvas.size()
    studio.window.table["view.large"].trigger()
    assert not studio.canvas.isVisible() and studio.window.workspace.panels["settings"].isHidden()
    studio.window.table["view.large"].trigger()
    QApplication.processEvents()
    assert studio.canvas.isVisible() and not studio.window.workspace.panels["settings"].isHidden()
    assert abs(studio.canvas.width() - before.width()) < 30


def test_a_broken_plugin_is_named(studio, monkeypatch):
    refused = LeftOut("compression_studio.methods", "odd", "odd:METHOD", "odd 1.0", "it is not a MethodInfo")
    monkeypatch.setattr("studio.shell.assembly.left_out", lambda: (refused,))
    studio.start()
    assert "plug-in 'odd' of odd 1.0 is left out: it is not a MethodInfo." in studio.window.status.message()
