"""The Machines page, the choice at the Run button, and a run on another machine in the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_engine import FakeEngine
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.base.errors import RunFailed
from engine.contracts.commands import Checked, CheckPipeline, ModelFacts
from engine.contracts.events import LinkChanged, RunChanged
from engine.contracts.problem import Problem
from engine.contracts.transfers import RunLine
from engine.machines.overview import Overview
from engine.machines.records import MachineRecord, add_machine, machine_record, read_machines
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from studio.machines import card
from studio.queue.dialog import QueueDialog
from studio.shell.assembly import Studio
from tests.engine.machines.simulated_machine import simulated

WAIT_MS = 120_000
BOX = MachineRecord(name="box", destination="me@gpu")
SEEN = Overview("box", "NVIDIA H100", 80 << 30, 500 << 30, runs=(RunLine("r1", "My run", "running", ""),))


def click(qtbot: QtBot, button: object) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_machines_are_added_looked_at_and_removed(
    studio: Studio, qtbot: QtBot, answers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card, "overview", lambda home, record: SEEN)
    tool, where = studio.window.where_button, studio.window.where
    assert not where.isVisible()
    studio.window.table["run.machines"].trigger()
    page = studio.machines.page
    assert page is not None and page.empty.isVisible()
    click(qtbot, page.add)
    page.name.setText("box")
    page.destination.setText("-oProxyCommand=x")
    click(qtbot, page.save)
    assert "ssh can't use this destination" in page.banner.text()
    page.destination.setText("me@gpu")
    click(qtbot, page.save)
    assert not page.form.isVisible() and [record.name for record in read_machines(Home.default())] == ["box"]
    shown = page.cards["box"]
    qtbot.waitUntil(lambda: not shown.is_busy, timeout=WAIT_MS)
    facts = shown.facts.text()
    assert "NVIDIA H100" in facts and "85.9 GB of memory" in facts and "free on the disk" in facts
    assert where.isVisible() and [a.text() for a in tool.menu().actions()][:2] == ["On this computer", "On box"]

    def unreachable(home: Home, record: MachineRecord) -> Overview:
        raise RunFailed("No engine could be started on box", why="Connection refused")

    monkeypatch.setattr(card, "overview", unreachable)
    click(qtbot, shown.check)
    qtbot.waitUntil(lambda: not shown.is_busy, timeout=WAIT_MS)
    assert "Connection refused" in shown.state.text() and not shown.facts.isVisible()
    monkeypatch.setattr(card, "install", lambda record, on_line: (on_line("line"), record.model_copy())[1])
    monkeypatch.setattr(card, "overview", lambda home, record: SEEN)
    answers.append("install")
    click(qtbot, shown.install)
    qtbot.waitUntil(lambda: not shown.is_busy and shown.facts.isVisible(), timeout=WAIT_MS)
    studio.machines.choice.choose("box")
    assert tool.text() == "On box"
    answers.append("remove")
    click(qtbot, shown.remove)
    assert not read_machines(Home.default()) and page.empty.isVisible()
    assert studio.machines.choice.machine == "" and not where.isVisible(), "nothing runs on a machine that is not there"


def test_a_run_on_another_machine_in_the_window(
    studio: Studio, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = simulated(Home(tmp_path / "far"))
    monkeypatch.setattr("engine.machines.session.EngineProcess", far)
    add_machine(Home.default(), BOX)
    studio.machines.choice.refresh()
    steps = [("model", {"model": "sample"}), ("round_to_nearest", {})]
    studio.files.show(Pipeline.linear(steps, evaluation=Evaluation(when="never")))
    studio.machines.choice.choose("box")
    studio.window.table["run.start"].trigger()
    run = studio.runs.run
    assert run is not None and run.machine == "box" and studio.runs.is_active
    studio.runs._on_events([RunChanged(run=run.id, state="running")])
    assert studio.window.status._run_text.text().endswith("on box")
    studio.runs._on_events([LinkChanged(run=run.id, machine="box", connected=False)])
    assert studio.window.status._message.text().startswith("Connection to box lost, reconnecting")
    studio.runs._on_events([LinkChanged(run=run.id, machine="box", connected=True)])
    qtbot.waitUntil(lambda: studio.runs.phase == "idle", timeout=WAIT_MS)
    assert run.state == "done", run.failure
    assert studio.runs.folder == Home.default().far / "box" / run.id
    assert (studio.runs.folder / "report.json").is_file() and not Home.default().runs.exists()
    assert machine_record(Home.default(), "box") == BOX
    result = run.blocks["round_to_nearest_1"]
    assert result.artifact is not None and not Path(result.artifact).exists()
    studio.window.table["run.fetch"].trigger()
    qtbot.waitUntil(lambda: Path(str(result.artifact), "compression.json").is_file(), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "Fetched" in studio.window.status.message(), timeout=WAIT_MS)


def test_a_check_is_made_by_the_chosen_machine(
    studio: Studio, qtbot: QtBot, engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in the panel is said by an engine over there."""
    monkeypatch.setattr("engine.machines.session.EngineProcess", simulated(Home(tmp_path / "far")))
    add_machine(Home.default(), BOX)
    studio.machines.choice.refresh()
    studio.machines.choice.choose("box")
    steps = [("model", {"model": "sample"}), ("round_to_nearest", {})]
    studio.files.show(Pipeline.linear(steps, evaluation=Evaluation(when="never")))
    del engine.commands[:]
    studio.window.table["run.check"].trigger()
    assert studio.runs.phase == "checking" and not any(isinstance(c, CheckPipeline) for c in engine.commands)
    qtbot.waitUntil(lambda: studio.runs.phase == "idle", timeout=WAIT_MS)
    plan = studio.run_panel.plan
    assert "box" in plan._where.text() and plan._where.isVisibleTo(plan) and plan._memory.isVisibleTo(plan)
    assert "Ready to run on box" in studio.run_panel._title.whole()
    studio.machines.choice.choose("")
    assert not plan._memory.isVisibleTo(plan), "it was the estimate for box"
    studio.machines.choice.choose("box")
    studio.window.table["run.check"].trigger()
    studio.window.table["run.cancel"].trigger()
    assert studio.runs.phase == "idle"


def test_a_check_by_a_machine_that_is_gone_is_a_sentence(studio: Studio, qtbot: QtBot) -> None:
    studio.runs.run_on("gone")
    studio.runs.check()
    qtbot.waitUntil(lambda: studio.runs.phase == "idle", timeout=WAIT_MS)
    assert "Unknown machine" in studio.window.status.message()


def test_words_of_a_hostile_machine_are_shown_as_words(
    studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks that there are not, markup, and numbers without end."""
    nasty = "<img src='file:///x'>\x00\n" + 5000 * "a"
    problems = tuple(Problem(kind, nasty, where=nasty, block=nasty) for kind in ("error", "warning"))
    huge = {nasty: (1 << 59, 1 << 59, 9e9), "model_1": (1 << 59, 0, 9e9)}
    facts = {
        nasty: ModelFacts(nasty, 1 << 59, 1e300, 1 << 59),
        "model_1": ModelFacts(nasty, 1 << 59, 1e300, 1 << 59),
    }
    answers = [
        Checked(problems, huge, (nasty,), 0, 0, 9e9, 1 << 59, 1 << 59, 9e9, facts),
        Checked(problems[1:], huge, (nasty,), 0, 0, 9e9, 1 << 59, 1 << 59, 9e9, facts),
    ]
    monkeypatch.setattr("studio.far_checks._answer", lambda session, machine, question: answers.pop(0))
    add_machine(Home.default(), BOX)
    studio.machines.choice.refresh()
    studio.machines.choice.choose("box")
    studio.files.show(Pipeline.linear([("model", {"model": "sample"}), ("round_to_nearest", {})]))
    studio.window.show()
    for _ in range(2):
        studio.window.table["run.check"].trigger()
        qtbot.waitUntil(lambda: studio.runs.phase == "idle", timeout=WAIT_MS)
        qtbot.wait(50)
    studio.queue.hold(True)
    answers.append(Checked((), huge, (), 0, 0, 9e9, 1 << 59, 1 << 59, 9e9, facts))
    studio.queue.add()
    qtbot.waitUntil(lambda: studio.queue.waiting[0].seconds is not None)
    studio.queue.show()
    (dialog,) = studio.window.findChildren(QueueDialog)
    assert "on box" in dialog.list.item(0).text()
    dialog.close()
