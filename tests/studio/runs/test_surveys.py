"""One click makes the pipeline of a survey, leaves out what can't work on the model, and runs it."""

from __future__ import annotations

from PySide6.QtCore import Qt

from engine.contracts.commands import Checked, CheckPipeline
from engine.contracts.problem import Problem
from engine.pipeline.document import Evaluation, Pipeline
from engine.pipeline.survey import surveyed
from studio.runs.surveys import ID

START = Pipeline.linear(
    [("model", {"model": "/models/mine.gguf"}), ("gptq", {})], text="wiki.txt", evaluation=Evaluation(num_windows=3)
)


def test_chosen_methods_run_beside_each_other_on_the_model_of_the_pipeline(studio, engine):
    told = []
    studio.session.message.connect(lambda kind, text: told.append(text))
    studio.document.open(START, None)
    studio.window.show_workspace()
    studio.window.table["run.survey"].trigger()
    dialog = studio.surveys.dialog
    assert len(dialog.ticked()) == len(surveyed())
    dialog._tick(dialog.list.item(1).checkState().Unchecked)
    assert not dialog.go.isEnabled()
    for row in range(dialog.list.count()):
        if dialog.list.item(row).data(ID) in ("gptq", "svd", "nf4"):
            dialog.list.item(row).setCheckState(dialog.list.item(row).checkState().Checked)
    dialog.go.click()
    command = engine.commands[-1]
    assert isinstance(command, CheckPipeline) and command.quick
    made = Pipeline.from_json(command.pipeline)
    assert made.block("model_1").settings == {"model": "/models/mine.gguf"}
    assert (made.text, made.evaluation.num_windows) == ("wiki.txt", 3)
    engine.answer(Checked((Problem("error", "no layers", block="svd_1"),), {}, (), 10**12, 10**12))
    studio.bridge.pump()
    assert [block.method for block in studio.document.pipeline.blocks] == ["model", "gptq", "nf4"]
    assert "no layers" in told[0]
    asked = engine.commands[-1]
    assert isinstance(asked, CheckPipeline) and not asked.quick  # what every run begins with


def test_the_dialog_says_what_methods_cost_and_takes_out_what_cannot_run(studio, engine):
    studio.document.open(START, None)
    studio.window.show_workspace()
    studio.window.table["run.survey"].trigger()
    dialog, asked = studio.surveys.dialog, engine.commands[-1]
    assert isinstance(asked, CheckPipeline) and asked.quick
    blocks = {block.method: block.id for block in Pipeline.from_json(asked.pipeline).blocks}
    costs = {blocks[name]: (4_000_000, 1, 90.0) for name in blocks}
    problem = Problem("error", "no experts", block=blocks["expert_pruning"])
    engine.answer(Checked((problem,), costs, (), 10**12, 10**12))
    studio.bridge.pump()
    rows = {str(item.data(ID)): item for item in dialog._items()}
    assert "1 min 30 s" in rows["gptq"].text()
    assert "can't run" in rows["expert_pruning"].text() and "no experts" in rows["expert_pruning"].toolTip()
    assert "expert_pruning" not in dialog.ticked() and len(dialog.ticked()) == len(surveyed()) - 1
    dialog._tick(Qt.CheckState.Unchecked)
    dialog._tick(Qt.CheckState.Checked)
    assert "expert_pruning" not in dialog.ticked(), "“All” takes none that can't run"
    dialog._tick(Qt.CheckState.Unchecked)
    for name in ("gptq", "nf4"):
        rows[name].setCheckState(Qt.CheckState.Checked)
    assert dialog.cost.text().startswith("About 3 min 0 s without evaluation, 8.00 MB of 1.00 TB")
    other = next(chip for chip in dialog.presets.buttons() if chip.text() != dialog.preset())
    other.click()
    again = engine.commands[-1]
    assert isinstance(again, CheckPipeline) and again.id != asked.id and again.pipeline != asked.pipeline
    engine.answer(Checked((), {}, (), 10**12, 10**12))
    studio.bridge.pump()
    assert rows["expert_pruning"].flags() & Qt.ItemFlag.ItemIsEnabled, "with these settings it can"
    dialog.reject()


def test_where_nothing_can_work_the_pipeline_stays(studio, engine):
    told = []
    studio.session.message.connect(lambda kind, text: told.append(text))
    studio.document.open(START, None)
    studio.surveys.start(START.block("model_1"), ["svd"], "Quick")
    engine.answer(Checked((Problem("error", "no layers", block="svd_1"),), {}, (), 10**12, 10**12))
    studio.bridge.pump()
    assert studio.document.pipeline == START and "no layers" in told[0]
