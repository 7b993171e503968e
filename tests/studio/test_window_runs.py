"""Real runs through the window, with the real engine thread and a tiny model: states, figures, cache, cancel, failure,
inspection, export, generation, and that nothing is left behind."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.pipeline.document import Block, Evaluation, Link, Pipeline
from studio import ask
from studio.window import MainWindow

WAIT_MS = 60_000


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def window(qtbot, monkeypatch):
    monkeypatch.setattr(ask, "choose", lambda *args, **kwargs: "cancel")
    made = MainWindow()
    made.resize(1440, 900)
    made.show()
    yield made
    if made.isVisible():
        made.document.undo_stack.setClean()
        made.close()
        qtbot.waitUntil(lambda: not made.isVisible(), timeout=WAIT_MS)
    made.deleteLater()


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
    return pipeline.with_evaluation(Evaluation(text=str(text), window=64, windows=4))


FINISHED = ("done", "warning")
"""A model of random weights may come out worse than guessing: a warning says that it collapsed."""


def finish(window: MainWindow, qtbot, start: Callable[[], None]) -> None:
    before = window.runs.run
    start()
    qtbot.waitUntil(lambda: window.runs.phase == "idle" and window.runs.run is not before, timeout=WAIT_MS)


def state(window: MainWindow, block: str) -> str:
    return window.canvas.pipeline_scene.block_state(block).state


def test_a_branched_pipeline_runs_to_the_end_and_is_cached_after(window, qtbot, tiny, text):
    window.document.open(branched(tiny("llama"), text), None)
    window.show_workspace()
    finish(window, qtbot, window.table["run.start"].trigger)
    assert window.runs.run.state == "done", window.run_panel.banner.text()
    blocks = window.runs.run.blocks
    for name in ("model_1", "round_to_nearest_1", "small"):
        figures = blocks[name].figures
        assert state(window, name) in FINISHED and figures["perplexity"] > 1 and figures["size_bytes"] > 0
        word = "collapsed" if "collapsed" in blocks[name].protocol else "ppl"  # random weights
        assert word in window.canvas.pipeline_scene.block_state(name).figures
    assert blocks["small"].figures["size_bytes"] < blocks["round_to_nearest_1"].figures["size_bytes"]
    assert Path(blocks["small"].artifact).is_dir() and json.loads(Path(window.runs.run.report).read_text())
    assert "Finished" in window.status.message()
    assert window.panel("charts").layers.data.layers["small"]
    qtbot.waitUntil(lambda: window.tryit._left.choice.count() == 3, timeout=5000)

    finish(window, qtbot, window.table["run.start"].trigger)
    assert [state(window, name) for name in ("round_to_nearest_1", "small")] == ["cached", "cached"]


def test_run_to_here_runs_only_what_is_needed(window, qtbot, tiny, text):
    window.document.open(branched(tiny("llama"), text), None)
    window.show_workspace()
    window.canvas.select(["small"])
    finish(window, qtbot, window.table["run.to_here"].trigger)
    assert list(window.runs.run.blocks) == ["model_1", "small"] and state(window, "small") in FINISHED
    assert state(window, "round_to_nearest_1") == "ready"


def test_a_wrong_setting_stops_before_anything_is_spent(window, qtbot, tiny, text):
    pipeline = branched(tiny("llama"), text).with_settings("small", group_size=48)
    window.document.open(pipeline, None)
    window.show_workspace()
    window.table["run.start"].trigger()
    qtbot.waitUntil(lambda: window.runs.phase == "idle", timeout=WAIT_MS)
    assert window.runs.run is None and "group size 48" in window.status.message()
    assert state(window, "small") == "unconfigured" and window.canvas.selected_ids() == ["small"]


def test_a_failure_is_shown_with_its_block_and_details(window, qtbot, tiny, text, monkeypatch):
    import engine.methods.quantization.round_to_nearest.method as method

    def broken(*args: object, **kwargs: object) -> None:
        raise ArithmeticError("a number that can't be")

    monkeypatch.setattr(method.RoundToNearest, "apply", broken)
    window.document.open(branched(tiny("llama"), text), None)
    window.show_workspace()
    finish(window, qtbot, window.table["run.start"].trigger)
    assert window.runs.run.state == "failed" and state(window, "round_to_nearest_1") == "failed"
    assert "a number that can't be" in window.canvas.pipeline_scene.block_state("round_to_nearest_1").badge
    failure = window.runs.run.blocks["round_to_nearest_1"].failure
    assert failure is not None and "ArithmeticError" in failure.traceback
    window.show_failure_details(failure)


def test_cancel_is_acknowledged_at_once_and_the_run_can_be_resumed(window, qtbot, tiny, text, own_home):
    slow = Evaluation(text=str(text), window=16, windows=0)
    window.document.open(branched(tiny("llama"), text).with_evaluation(slow), None)
    window.show_workspace()
    window.table["run.start"].trigger()
    qtbot.waitUntil(lambda: window.runs.phase == "running", timeout=WAIT_MS)
    window.table["run.cancel"].trigger()
    assert window.run_panel._title.whole().startswith("Cancelling…")
    qtbot.waitUntil(lambda: window.runs.phase == "idle", timeout=WAIT_MS)
    assert window.runs.run.state == "cancelled" and "Resume" in window.status.message()

    from studio.runview.resume import interrupted

    (past,) = interrupted()
    finish(window, qtbot, lambda: window.runs.resume_run(past.id, window.document.pipeline))
    assert window.runs.run.id == past.id and window.runs.run.state == "done"


def test_closing_while_running_stops_and_leaves_no_thread(qtbot, tiny, text, monkeypatch, own_home):
    monkeypatch.setattr(ask, "choose", lambda *args, **kwargs: "cancel")
    threads = set(threading.enumerate())
    window = MainWindow()
    window.show()
    slow = Evaluation(text=str(text), window=16, windows=0)
    window.document.open(branched(tiny("llama"), text).with_evaluation(slow), None)
    window.show_workspace()
    window.table["run.start"].trigger()
    qtbot.waitUntil(lambda: window.runs.phase == "running", timeout=WAIT_MS)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAIT_MS)
    left = {thread.name for thread in set(threading.enumerate()) - threads if not thread.daemon}
    assert not left
    window.deleteLater()


@pytest.mark.slow
def test_results_are_inspected_tried_and_exported(window, qtbot, tiny, text, tmp_path):
    window.document.open(branched(tiny("llama"), text), None)
    window.show_workspace()
    finish(window, qtbot, window.table["run.start"].trigger)
    artifact = window.runs.run.blocks["small"].artifact
    inspector = window.panel("inspector")
    qtbot.waitUntil(lambda: inspector._artifacts.count() == 3, timeout=5000)
    inspector.inspect_requested.emit(artifact)
    qtbot.waitUntil(lambda: window.results._inspecting is None, timeout=WAIT_MS)
    assert len(inspector.model.rows) > 10, (inspector._error._title.text(), inspector._error._text.text())

    window.tryit._tokens.setValue(4)
    window.tryit.generate()
    qtbot.waitUntil(lambda: window.tryit._job is None, timeout=WAIT_MS)
    assert "tokens/s" in window.tryit._right._speed.text(), window.tryit.banner.text()

    window.workspace.panels["export"].bring()
    panel = window.export_panel
    qtbot.waitUntil(lambda: panel.format is not None, timeout=WAIT_MS)
    panel._folder.setText(str(tmp_path / "exported"))
    panel.export()
    qtbot.waitUntil(lambda: panel._job is None, timeout=WAIT_MS)
    assert "verified" in panel.result._title.text(), panel.banner.text()
    assert list((tmp_path / "exported").glob("*.safetensors"))


def test_a_models_structure_is_read_by_the_real_engine(window, qtbot, tiny, tmp_path):
    window.table["file.open_model"].trigger()
    from studio.wiring import Wiring

    dialog = window.findChild(Wiring)._dialog
    dialog.look_at(str(tiny("qwen2")))
    qtbot.waitUntil(lambda: dialog.preview.structure is not None, timeout=WAIT_MS)
    dialog._add.click()
    assert window.document.pipeline.blocks[0].settings["model"] == str(tiny("qwen2")) and not window.on_welcome
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    window.table["file.open_model"].trigger()
    dialog = window.findChild(Wiring)._dialog
    dialog.look_at(str(tmp_path))
    qtbot.waitUntil(lambda: bool(dialog.banner.text()), timeout=WAIT_MS)
    assert not dialog._add.isEnabled()
    dialog.close()
