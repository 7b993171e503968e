"""Real runs through the window, with the real engine thread and a tiny model: states, metrics, cache, cancel, failure,
inspection, export, generation, and that nothing is left behind."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.pipeline.document import Block, Evaluation, Link, Pipeline
from studio.kit import message_boxes
from studio.kit.details import FailureDialog
from studio.models.dialog import ModelDialog
from studio.shell.assembly import Studio

WAIT_MS = 60_000


@pytest.fixture
def studio(qtbot, monkeypatch):
    monkeypatch.setattr(message_boxes, "choose", lambda *args, **kwargs: "cancel")
    made = Studio()
    made.window.resize(1440, 900)
    made.window.show()
    yield made
    if made.window.isVisible():
        made.document.undo_stack.setClean()
        made.window.close()
        qtbot.waitUntil(lambda: not made.window.isVisible(), timeout=WAIT_MS)
    made.window.deleteLater()


@pytest.fixture
def text(tmp_path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text("The quick brown fox jumps over the lazy dog. " * 60)
    return path


def branched(model: Path, text: Path) -> Pipeline:
    settings = {"format": "int8", "group_size": 32}
    pipeline = Pipeline.linear([("model", {"model": str(model)}), ("round_to_nearest", settings)])
    other = Block(id="small", method="round_to_nearest", settings={"format": "int4", "group_size": 16}, y=160)
    pipeline = pipeline.with_block(other).with_link(Link(source="model_1", target="small"))
    return pipeline.with_evaluation(Evaluation(text=str(text), window_size=64, num_windows=4))


FINISHED = ("done", "warning")
"""A model of random weights may come out worse than guessing: a warning says that it collapsed."""


def finish(studio: Studio, qtbot, start: Callable[[], None]) -> None:
    before = studio.runs.run
    start()
    qtbot.waitUntil(lambda: studio.runs.phase == "idle" and studio.runs.run is not before, timeout=WAIT_MS)


def state(studio: Studio, block: str) -> str:
    return studio.canvas.pipeline_scene.block_state(block).state


def test_a_branched_pipeline_runs_to_the_end_and_is_cached_after(studio, qtbot, tiny, text):
    studio.document.open(branched(tiny("llama"), text), None)
    studio.window.show_workspace()
    finish(studio, qtbot, studio.window.table["run.start"].trigger)
    assert studio.runs.run.state == "done", studio.run_panel.banner.text()
    blocks = studio.runs.run.blocks
    for name in ("model_1", "round_to_nearest_1", "small"):
        metrics = blocks[name].metrics
        assert state(studio, name) in FINISHED and metrics["perplexity"] > 1 and metrics["size_bytes"] > 0
        word = "collapsed" if "collapsed" in blocks[name].protocol else "ppl"  # random weights
        assert word in studio.canvas.pipeline_scene.block_state(name).metrics
    assert blocks["small"].metrics["size_bytes"] < blocks["round_to_nearest_1"].metrics["size_bytes"]
    assert Path(blocks["small"].artifact).is_dir() and json.loads(Path(studio.runs.run.report).read_text())
    assert "Finished" in studio.window.status.message()
    assert studio.window.workspace.panel("charts").layers.data.layers["small"]
    qtbot.waitUntil(lambda: studio.tryit._left.choice.count() == 3, timeout=5000)

    finish(studio, qtbot, studio.window.table["run.start"].trigger)
    assert [state(studio, name) for name in ("round_to_nearest_1", "small")] == ["cached", "cached"]
    charts = studio.window.workspace.panel("charts")
    qtbot.waitUntil(lambda: "small" in charts.layers.data.layers, timeout=WAIT_MS)
    assert charts.layers.data.run == studio.runs.run.id, "what was drawn when the blocks were computed"
    assert studio.canvas.pipeline_scene.block_state("small").picture.kind == "histogram"


def test_run_to_here_runs_only_what_is_needed(studio, qtbot, tiny, text):
    studio.document.open(branched(tiny("llama"), text), None)
    studio.window.show_workspace()
    studio.canvas.select(["small"])
    finish(studio, qtbot, studio.window.table["run.to_here"].trigger)
    assert list(studio.runs.run.blocks) == ["model_1", "small"] and state(studio, "small") in FINISHED
    assert state(studio, "round_to_nearest_1") == "ready"


def test_a_wrong_setting_stops_before_anything_is_spent(studio, qtbot, tiny, text):
    pipeline = branched(tiny("llama"), text).with_settings("small", group_size=48)
    studio.document.open(pipeline, None)
    studio.window.show_workspace()
    studio.window.table["run.start"].trigger()
    qtbot.waitUntil(lambda: studio.runs.phase == "idle", timeout=WAIT_MS)
    assert studio.runs.run is None and "group size 48" in studio.window.status.message()
    assert state(studio, "small") == "unconfigured" and studio.canvas.selected_ids() == ["small"]


def test_a_failure_is_shown_with_its_block_and_details(studio, qtbot, tiny, text, monkeypatch):
    import engine.methods.quantization.round_to_nearest.method as method

    def broken(*args: object, **kwargs: object) -> None:
        raise ArithmeticError("a number that can't be")

    monkeypatch.setattr(method.RoundToNearest, "apply", broken)
    studio.document.open(branched(tiny("llama"), text), None)
    studio.window.show_workspace()
    finish(studio, qtbot, studio.window.table["run.start"].trigger)
    assert studio.runs.run.state == "failed" and state(studio, "round_to_nearest_1") == "failed"
    assert "a number that can't be" in studio.canvas.pipeline_scene.block_state("round_to_nearest_1").badge
    failure = studio.runs.run.blocks["round_to_nearest_1"].failure
    assert failure is not None and "ArithmeticError" in failure.traceback
    FailureDialog(failure, studio.runs.titles(), studio.window).show()


def test_cancel_is_acknowledged_at_once_and_the_run_can_be_resumed(studio, qtbot, tiny, text, own_home):
    slow = Evaluation(text=str(text), window_size=16, num_windows=0)
    studio.document.open(branched(tiny("llama"), text).with_evaluation(slow), None)
    studio.window.show_workspace()
    studio.window.table["run.start"].trigger()
    qtbot.waitUntil(lambda: studio.runs.run is not None and studio.runs.run.current is not None, timeout=WAIT_MS)
    studio.window.table["run.cancel"].trigger()
    assert studio.run_panel._title.whole().startswith("Canceling…")
    qtbot.waitUntil(lambda: studio.runs.phase == "idle", timeout=WAIT_MS)
    assert studio.runs.run.state == "cancelled" and "Resume" in studio.window.status.message()

    from engine.record.run_list import interrupted

    (past,) = interrupted()
    finish(studio, qtbot, lambda: studio.runs.resume_run(past.id, studio.document.pipeline))
    assert studio.runs.run.id == past.id and studio.runs.run.state == "done"


def test_closing_while_running_stops_and_leaves_no_thread(qtbot, tiny, text, monkeypatch, own_home):
    monkeypatch.setattr(message_boxes, "choose", lambda *args, **kwargs: "cancel")
    threads = set(threading.enumerate())
    studio = Studio()
    studio.window.show()
    slow = Evaluation(text=str(text), window_size=16, num_windows=0)
    studio.document.open(branched(tiny("llama"), text).with_evaluation(slow), None)
    studio.window.show_workspace()
    studio.window.table["run.start"].trigger()
    qtbot.waitUntil(lambda: studio.runs.phase == "running", timeout=WAIT_MS)
    studio.window.close()
    qtbot.waitUntil(lambda: not studio.window.isVisible(), timeout=WAIT_MS)
    left = {thread.name for thread in set(threading.enumerate()) - threads if not thread.daemon}
    assert not left
    studio.window.deleteLater()


@pytest.mark.slow
def test_results_are_inspected_tried_and_exported(studio, qtbot, tiny, text, tmp_path):
    studio.document.open(branched(tiny("llama"), text), None)
    studio.window.show_workspace()
    finish(studio, qtbot, studio.window.table["run.start"].trigger)
    artifact = studio.runs.run.blocks["small"].artifact
    inspector = studio.window.workspace.panel("inspector")
    qtbot.waitUntil(lambda: inspector._artifacts.count() == 3, timeout=5000)
    inspector.inspect_requested.emit(artifact)
    qtbot.waitUntil(lambda: not studio.results.views["inspector"].layers.is_open, timeout=WAIT_MS)
    assert len(inspector.model.rows) > 10, (inspector.layers.failed._title.text(), inspector.layers.failed._text.text())

    studio.tryit._tokens.setValue(4)
    studio.tryit.generate()
    qtbot.waitUntil(lambda: studio.tryit._job is None, timeout=WAIT_MS)
    assert "tokens/s" in studio.tryit._right._speed.text(), studio.tryit.banner.text()

    studio.window.workspace.panels["export"].bring()
    panel = studio.export_panel
    qtbot.waitUntil(lambda: panel.format is not None, timeout=WAIT_MS)
    panel._folder.setText(str(tmp_path / "exported"))
    panel.export()
    qtbot.waitUntil(lambda: not panel._job.is_open, timeout=WAIT_MS)
    assert "verified" in panel.result._title.text(), panel.banner.text()
    assert list((tmp_path / "exported").glob("*.safetensors"))


def test_a_models_structure_is_read_by_the_real_engine(studio, qtbot, tiny, tmp_path):
    studio.window.table["file.open_model"].trigger()
    dialog = studio.window.findChild(ModelDialog)
    dialog.look_at(str(tiny("qwen2")))
    qtbot.waitUntil(lambda: dialog.preview.header is not None, timeout=WAIT_MS)
    dialog._add.click()
    assert studio.document.pipeline.blocks[0].settings["model"] == str(tiny("qwen2")) and not studio.window.on_welcome
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    studio.window.table["file.open_model"].trigger()
    dialog = next(each for each in studio.window.findChildren(ModelDialog) if each.isVisible())
    dialog.look_at(str(tmp_path))
    qtbot.waitUntil(lambda: bool(dialog.wrong.text()), timeout=WAIT_MS)
    assert not dialog._add.isEnabled()
    dialog.close()
