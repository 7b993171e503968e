"""One click makes the pipeline of a survey, leaves out what can't work on the model, and runs it."""

from __future__ import annotations

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


def test_where_nothing_can_work_the_pipeline_stays(studio, engine):
    told = []
    studio.session.message.connect(lambda kind, text: told.append(text))
    studio.document.open(START, None)
    studio.surveys.start(START.block("model_1"), ["svd"], "Quick")
    engine.answer(Checked((Problem("error", "no layers", block="svd_1"),), {}, (), 10**12, 10**12))
    studio.bridge.pump()
    assert studio.document.pipeline == START and "no layers" in told[0]
