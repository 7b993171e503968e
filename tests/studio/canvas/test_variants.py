"""What makes something to compare, in the window: bypass, A and B, several values of a setting."""

from __future__ import annotations

import subprocess
import sys

from fake_engine import BLOCKS, FREE, FakeEngine, finish_run
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.contracts.commands import Checked, CheckPipeline
from engine.pipeline import variants
from engine.pipeline.differences import result_key
from engine.pipeline.document import Pipeline
from engine.record.state import RunState
from studio.canvas.groupcard import GroupItem
from studio.runs.table import BLOCK, QUALITY, STATE
from studio.shell.assembly import Studio

CHAIN = Pipeline.linear([("model", {"model": "sample"}), ("svd", {}), ("gptq", {"bits": 3, "group_size": 32})])
MODEL, SVD, GPTQ = "model_1", "svd_1", "gptq_1"


def test_a_run_has_no_bypassed_block_and_results_before_it_still_fit() -> None:
    out = variants.toggle_bypass(CHAIN, [SVD])
    run = RunState.start("r", CHAIN, None, {})
    run.compare(out)
    assert [name for name, block in run.blocks.items() if block.stale] == [SVD, GPTQ]
    assert set(RunState.start("s", out, None, {}).blocks) == {MODEL, GPTQ}
    assert result_key(out.active(), MODEL) == result_key(CHAIN, MODEL)
    assert run.compare(variants.toggle_bypass(out, [SVD])) == {SVD, GPTQ}, "there and back at once"


def test_keys_mark_a_and_b_swap_them_and_bypass(studio: Studio, engine: FakeEngine, tmp_path, qtbot) -> None:
    finish_run(studio, engine, tmp_path)
    canvas, blocks = studio.canvas, studio.canvas.pipeline_scene.blocks
    assert [blocks[name].mark for name in BLOCKS] == ["A", "B"], "the first and the last"
    canvas.select([BLOCKS[0]])
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_2)
    assert studio.session.pair == (BLOCKS[0], BLOCKS[0])
    canvas.select([BLOCKS[1]])
    QTest.keyClick(canvas, Qt.Key.Key_1)
    assert studio.session.pair == (BLOCKS[1], BLOCKS[0])
    QTest.keyClick(canvas, Qt.Key.Key_Tab)
    assert studio.session.pair == BLOCKS and blocks[BLOCKS[1]].mark == "B"
    QTest.keyClick(canvas, Qt.Key.Key_B)
    assert studio.document.pipeline.block(BLOCKS[1]).bypassed
    assert blocks[BLOCKS[1]].state.state == "bypassed" and blocks[BLOCKS[1]].state.facts, "its result can be seen"
    assert studio.session.run is not None and studio.session.run.blocks[BLOCKS[1]].stale
    studio.window.table["run.check"].trigger()
    command = engine.commands[-1]
    assert isinstance(command, CheckPipeline) and Pipeline.from_json(command.pipeline).block(BLOCKS[1]).bypassed
    engine.answer(Checked((), {}, (), FREE, FREE))
    studio.bridge.pump()
    studio.document.undo_stack.undo()
    assert not studio.session.run.blocks[BLOCKS[1]].stale


def test_the_form_makes_a_sweep(studio: Studio, qtbot) -> None:
    studio.document.open(CHAIN, None)
    studio.window.show_workspace()
    studio.canvas.select([GPTQ])
    line = studio.form.sections[0].rows["group_size"].sweep
    assert line is not None and line.isHidden()
    line.open()
    QTest.keyClicks(line.text, "32, x")
    assert not line.go.isEnabled() and "'x' isn't a value of Group size" in line.said.text()
    line.text.setText("32, 64, 128")
    line.go.click()
    sizes = [b.settings.get("group_size") for b in studio.document.pipeline.blocks if b.method == "gptq"]
    assert sizes == [32, 64, 128]
    studio.document.undo_stack.undo()
    assert studio.document.pipeline == CHAIN, "one step to undo"


def test_the_program_ends_well_with_blocks_on_the_clipboard() -> None:
    program = (
        "from PySide6.QtWidgets import QApplication; app = QApplication([]); "
        "from studio.canvas.view import CanvasView; from studio.document.document import Document; "
        "from engine.pipeline.document import Pipeline; document = Document(); view = CanvasView(document); "
        "document.open(Pipeline.linear([('model', {})]), None); view.editor.select_all(); view.editor.copy(); "
        "assert 'model_1' in app.clipboard().text()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_sweep_keeps_the_value_that_has_a_result_and_its_figures_stay_with_it(
    studio: Studio, engine: FakeEngine, tmp_path
) -> None:
    finish_run(studio, engine, tmp_path)  # a group size of 32 was computed
    studio.canvas.select([BLOCKS[1]])
    studio.form.sweep_requested.emit(BLOCKS[1], "group_size", [16, 64])
    pipeline = studio.document.pipeline
    (group,) = pipeline.groups
    assert [pipeline.block(name).value("group_size") for name in group.blocks] == [16, 32, 64]
    assert group.blocks[1] == BLOCKS[1], "the block that was computed keeps its value"
    card = studio.canvas.pipeline_scene.shown(BLOCKS[1])
    assert isinstance(card, GroupItem)
    rows = {row.block: row.right for row in card.rows}
    assert "ppl 30.00" in rows[BLOCKS[1]] and not any("ppl" in rows[name] for name in group.blocks if name != BLOCKS[1])
    studio.document.change("Other", pipeline.with_settings(BLOCKS[1], group_size=8))
    rows = {row.block: row.right for row in card.rows}
    assert rows[BLOCKS[1]] == "Outdated", "a row shows no figures of other settings"


def test_a_swapped_method_starts_anew_on_card_and_in_the_table(studio: Studio, engine: FakeEngine, tmp_path) -> None:
    finish_run(studio, engine, tmp_path)
    studio.canvas.editor.swap(BLOCKS[1], "gptq")
    card, table = studio.canvas.pipeline_scene.blocks[BLOCKS[1]], studio.run_panel.table.blocks
    assert card.state.state == "ready" and not card.state.facts
    assert [table.cell(1, column).text for column in (BLOCK, STATE, QUALITY)] == ["GPTQ", "Ready", ""]
    assert "Outdated" in studio.window.status._run_text.text() and "Outdated" in studio.run_panel._title.whole()
    studio.document.undo_stack.undo()
    assert card.state.state == "done" and table.cell(1, BLOCK).text == "Round to nearest"
    assert "Degraded" in studio.window.status._run_text.text()
