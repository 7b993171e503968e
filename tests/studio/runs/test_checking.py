"""The check in the background: marks come and go by themselves while one edits, and nothing that still holds goes."""

from __future__ import annotations

from fake_engine import FREE, FakeEngine

from engine.contracts.commands import Checked, CheckPipeline
from engine.contracts.problem import Problem
from engine.pipeline.document import Evaluation, Pipeline
from studio.shell.assembly import Studio

PIPELINE = Pipeline.linear([("model", {"model": "sample"}), ("round_to_nearest", {}), ("gptq", {})])
WARNING = Problem("warning", "GPTQ shouldn't come after Round to nearest", block="gptq_1")


def answer(studio: Studio, engine: FakeEngine, *problems: Problem) -> None:
    """The edit has settled: the question is asked and answered."""
    assert studio.checking._timer.isActive()
    studio.checking._timer.stop()
    studio.checking._ask()
    command = engine.commands[-1]
    assert isinstance(command, CheckPipeline) and command.quick
    assert command.pipeline == studio.document.pipeline.to_line()
    engine.answer(Checked(problems, {}, (), FREE, FREE))
    studio.bridge.pump()


def state(studio: Studio, block: str = "gptq_1") -> str:
    return studio.canvas.pipeline_scene.block_state(block).state


def shown(studio: Studio) -> list[str]:
    problems = studio.run_panel.problems
    return [problems.item(row).text() for row in range(problems.count())]


def test_marks_appear_without_being_asked_for_and_vanish_by_themselves(studio, engine):
    studio.document.open(PIPELINE, None)
    answer(studio, engine, WARNING)
    assert state(studio) == "warning" and len(shown(studio)) == 1
    studio.canvas.select(["gptq_1"])
    assert WARNING.message in studio.form._notes[0].text()
    studio.document.change("delete", studio.document.pipeline.without(["round_to_nearest_1"], bridge=True))
    answer(studio, engine)
    assert state(studio) == "ready" and shown(studio) == [] and studio.form._notes == []


def test_an_edit_leaves_a_warning_that_may_still_hold(studio, engine):
    studio.document.open(PIPELINE, None)
    answer(studio, engine, WARNING)
    studio.canvas.select(["gptq_1"])
    studio.document.change("group", studio.document.pipeline.with_settings("gptq_1", group_size=32))
    assert state(studio) == "warning" and len(shown(studio)) == 1 and studio.form._notes
    answer(studio, engine, WARNING)
    assert state(studio) == "warning" and studio.form._notes


def test_an_answer_about_a_former_pipeline_is_dropped(studio, engine):
    studio.document.open(PIPELINE, None)
    studio.checking._ask()
    engine.answer(Checked((WARNING,), {}, (), FREE, FREE))
    studio.document.change("group", studio.document.pipeline.with_settings("gptq_1", group_size=32))
    studio.bridge.pump()
    assert state(studio) == "ready"


def test_what_changes_no_result_is_not_asked_about(studio, engine):
    studio.document.open(PIPELINE, None)
    answer(studio, engine)
    studio.canvas.editor.move(["gptq_1"], 40, 0)
    assert not studio.checking._timer.isActive()
    studio.document.change("window", studio.document.pipeline.with_evaluation(Evaluation(window_size=64)))
    assert studio.checking._timer.isActive()


def test_the_estimate_goes_with_the_pipeline_that_it_was_made_of(studio, engine):
    studio.document.open(PIPELINE, None)
    studio.window.show_workspace()
    studio.window.table["run.check"].trigger()
    assert not engine.commands[-1].quick
    engine.answer(Checked((), {"gptq_1": (10, 10, 1.0)}, (), FREE, FREE))
    studio.bridge.pump()
    assert studio.run_panel.plan._hint.isHidden()
    studio.document.change("group", studio.document.pipeline.with_settings("gptq_1", group_size=32))
    assert not studio.run_panel.plan._hint.isHidden()


def test_a_window_that_makes_no_sense_is_refused_by_its_field(studio):
    studio.document.open(PIPELINE, None)
    section = studio.form.sections[1]
    row = section.rows["window_size"]
    assert "131072" in row.help.text() and row.info.maximum is not None  # the range stands in the help
    row.editor.edited.emit(99_999_999)
    assert "131072" in row.error.text()
    assert studio.document.pipeline.evaluation.window_size == Evaluation().window_size


def test_a_check_can_be_cancelled_and_is_said_everywhere_meanwhile(studio, engine) -> None:
    studio.files.open_sample()
    studio.window.table["run.check"].trigger()
    cancel, status = studio.window.table["run.cancel"], studio.window.status._run_text
    assert studio.runs.phase == "checking" and cancel.isEnabled() and "Checking" in status.text()
    assert not studio.run_panel._buttons["run.cancel"].isHidden()
    command = engine.commands[-1]
    cancel.trigger()
    assert studio.runs.phase == "idle" and ("cancel", command.id) in engine.calls
    assert "Ready" in status.text() and studio.run_panel._title.whole() == "Ready"
    assert studio.run_panel._buttons["run.cancel"].isHidden() and not studio.run_panel.banner.text()
