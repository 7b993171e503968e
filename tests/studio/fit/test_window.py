"""Plans in the window: read from the report of a run, built as one step that can be undone."""

from __future__ import annotations

import json
from pathlib import Path

from fake_engine import FREE, FakeEngine
from pytestqt.qtbot import QtBot

from engine.contracts.commands import Checked, CheckPipeline, DescribeLayers, RunPipeline
from engine.contracts.details import BUDGET
from engine.contracts.events import Failure, Measured, RunChanged, StageChanged
from engine.fit.solver import Solver
from engine.pipeline.document import Pipeline
from engine.record.folder import REPORT
from studio.fit.panel import FitPanel
from studio.shell.assembly import Studio
from tests.engine.fit.problems import anatomy_of, realistic

PIPELINE = Pipeline.linear([("model", {"model": "sample"}), ("fit_to_budget", {"size": "75MB"})])
BLOCK = "fit_to_budget_1"


def fit(studio: Studio, engine: FakeEngine, folder: Path) -> FitPanel:
    """A run whose report has a plan."""
    studio.document.open(PIPELINE, None)
    studio.window.show_workspace()
    studio.window.table["run.start"].trigger()
    engine.answer(Checked((), dict.fromkeys(("model_1", BLOCK), (10, 10, 1.0)), (), FREE, FREE))
    studio.bridge.pump()
    command = engine.commands[-1]
    assert isinstance(command, RunPipeline)
    problem = realistic(4)
    plan = Solver(problem, {}).plan(30_000_000)
    details = {BUDGET: {"problem": problem.model_dump(mode="json"), "plan": plan.model_dump(mode="json"), "guard": {}}}
    stage = {"block": BLOCK, "method": "fit_to_budget", "title": "Fit to budget", "details": details}
    (folder / REPORT).write_text(json.dumps({"status": "done", "stages": [stage]}), encoding="utf-8")
    engine.say(RunChanged(run=command.id, state="running"))
    for name in ("model_1", BLOCK):
        (folder / name).mkdir()
        metrics = {"perplexity": 20.0, "size_bytes": 1e6}
        engine.say(
            Measured(run=command.id, block=name, artifact=str(folder / name), metrics=metrics, protocol={}),
            StageChanged(run=command.id, block=name, state="done", seconds=1.0, artifact=str(folder / name)),
        )
    engine.say(RunChanged(run=command.id, state="done", report=str(folder / REPORT)))
    studio.bridge.pump()
    studio.results.show_now()
    studio.window.workspace.bring("fit")
    panel = studio.window.workspace.panel("fit")
    assert isinstance(panel, FitPanel)
    return panel


def test_a_plan_of_the_run_is_shown_and_goes_with_it(
    studio: Studio, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    panel = fit(studio, engine, tmp_path)
    qtbot.waitUntil(lambda: panel.plan is not None)
    assert panel.block == BLOCK
    assert panel.plan is not None and panel.plan.budget == 30_000_000
    studio.document.undo_stack.setClean()
    studio.document.open(PIPELINE, None)
    assert panel.plan is None


def test_building_a_plan_is_one_step_to_undo_and_a_run(
    studio: Studio, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    panel = fit(studio, engine, tmp_path)
    qtbot.waitUntil(lambda: panel.plan is not None)
    panel.lock(["layer 1: q", "embedding"], "Q6_K")
    panel._on_size(40_000_000)
    panel._build.click()
    settings = studio.document.pipeline.block(BLOCK).settings
    assert settings["size"] == "40MB" and settings["context"] == 0
    assert set(settings["locks"]) == {"model.layers.1.q_proj=Q6_K", "model.embed_tokens=Q6_K"}
    assert isinstance(engine.commands[-1], CheckPipeline)
    assert studio.document.undo_stack.count() == 1
    studio.document.undo_stack.undo()
    assert studio.document.pipeline.block(BLOCK).settings == PIPELINE.block(BLOCK).settings


def test_a_block_that_is_gone_is_said(studio: Studio, engine: FakeEngine, tmp_path: Path, qtbot: QtBot) -> None:
    panel = fit(studio, engine, tmp_path)
    qtbot.waitUntil(lambda: panel.plan is not None)
    studio.document.change("Delete", studio.document.pipeline.without([BLOCK]))
    panel._build.click()
    assert "was removed from the canvas" in panel.banner.text()


def test_a_plan_becomes_an_ordinary_block_with_its_formats(
    studio: Studio, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    """The layers are those of the model before the block; undo brings the block back."""
    panel = fit(studio, engine, tmp_path)
    qtbot.waitUntil(lambda: panel.plan is not None)
    panel._convert.click()
    asked = engine.commands[-1]
    assert isinstance(asked, DescribeLayers) and asked.model == str(tmp_path / "model_1")
    engine.answer(anatomy_of(4))
    studio.bridge.pump()
    block = studio.document.pipeline.block(BLOCK)
    assert block.method == "gguf_quants" and block.settings["token_embedding_type"] == panel.plan.choices["embedding"]
    studio.document.undo_stack.undo()
    assert studio.document.pipeline == PIPELINE


def test_a_plan_that_no_block_can_have_is_refused_with_its_reason(
    studio: Studio, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    panel = fit(studio, engine, tmp_path)
    qtbot.waitUntil(lambda: panel.plan is not None)
    before = studio.document.pipeline
    panel._convert.click()
    assert panel.plan is not None
    engine.say(Failure(run=engine.commands[-1].id, what="The model is gone", why="", advice="", where=""))
    studio.bridge.pump()
    assert "The model is gone" in panel.banner.text() and studio.document.pipeline == before
