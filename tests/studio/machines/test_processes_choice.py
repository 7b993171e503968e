"""The choice of processes: for runs of each machine, kept in its record, and for runs of this computer."""

from __future__ import annotations

import pytest
from fake_engine import FREE, FakeEngine
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from engine.contracts.commands import Checked, RunPipeline
from engine.machines.follower import FarFollower
from engine.machines.records import MachineRecord, add_machine, machine_record
from engine.pipeline.document import Pipeline
from engine.record.home import Home
from studio.document.settings import UserSettings
from studio.machines import card
from studio.shell.assembly import Studio
from tests.studio.machines.test_machines_window import SEEN, click


def actions(menu: QMenu) -> dict[str, QAction]:
    """Those of a menu and the menus in it by their texts."""
    found = dict[str, QAction]()
    for action in menu.actions():
        below = action.menu()
        found |= actions(below) if isinstance(below, QMenu) else {action.text(): action}
    return found


def test_a_machine_has_as_many_processes_as_were_chosen(studio: Studio) -> None:
    add_machine(Home.default(), MachineRecord(name="box", destination="me@gpu"))
    choice, tool = studio.machines.choice, studio.window.where_button
    choice.refresh()
    choice.choose("box")
    assert tool.text() == "On box" and actions(tool.menu())["One process"].isChecked()
    actions(tool.menu())["4 processes, FSDP2"].trigger()
    record = machine_record(Home.default(), "box")
    assert (record.processes, record.strategy) == (4, "fsdp2") and tool.text() == "On box, 4 × FSDP2"
    assert actions(tool.menu())["4 processes, FSDP2"].isChecked()
    choice.choose("")
    assert tool.text() == "On this computer" and actions(tool.menu())["One process"].isChecked()
    choice.choose("box")
    actions(tool.menu())["One process"].trigger()
    assert machine_record(Home.default(), "box").processes == 1 and tool.text() == "On box"


def test_runs_of_this_computer_have_several_processes(studio: Studio, engine: FakeEngine) -> None:
    choice, tool = studio.machines.choice, studio.window.where_button
    choice.note_device({"device": "cuda", "device_count": 1})
    assert not studio.window.where.isVisible(), "nothing to choose"
    choice.note_device({"device": "cuda", "device_count": 2})
    assert studio.window.where.isVisible()
    actions(tool.menu())["2 processes, DDP"].trigger()
    assert (UserSettings.read().processes, UserSettings.read().strategy) == (2, "ddp")
    studio.files.open_sample()
    studio.window.table["run.start"].trigger()
    blocks = {block.id: (10, 10, 1.0) for block in studio.document.pipeline.blocks}
    engine.answer(Checked((), blocks, (), FREE, FREE))
    studio.bridge.pump()
    command = engine.commands[-1]
    assert isinstance(command, RunPipeline) and (command.processes, command.strategy) == (2, "ddp")


def test_the_page_asks_for_them_and_shows_them(studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "overview", lambda home, record: SEEN)
    studio.window.table["run.machines"].trigger()
    page = studio.machines.page
    assert page is not None
    click(qtbot, page.add)
    page.name.setText("box")
    page.destination.setText("me@gpu")
    assert not page.strategy.isEnabled()
    page.processes.setValue(4)
    page.strategy.setCurrentIndex(page.strategy.findData("fsdp2"))
    click(qtbot, page.save)
    record = machine_record(Home.default(), "box")
    assert (record.processes, record.strategy) == (4, "fsdp2")
    assert "4 processes, FSDP2" in page.cards["box"]._where.whole()
    qtbot.waitUntil(lambda: not page.cards["box"].is_busy)


def test_the_token_of_the_hub_goes_to_a_machine_after_a_yes_only(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A yes for one machine; nobody asks for the token before."""
    used: list[str] = []

    class Run:
        def __init__(self, home: Home, record: MachineRecord, **more: object) -> None:
            pass

        def __enter__(self) -> Run:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def execute(self, pipeline: Pipeline, until: str | None, token: str) -> None:
            used.append(token)

    monkeypatch.setattr("engine.machines.far_run.FarRun", Run)
    monkeypatch.setattr("huggingface_hub.get_token", lambda: "secret")
    for name in ("box", "other"):
        add_machine(Home.default(), MachineRecord(name=name, destination="me@gpu"))
    choice, menu = studio.machines.choice, studio.window.where_button.menu()
    choice.refresh()
    text = "Use my Hugging Face token there"
    assert text not in actions(menu), "this computer has it anyway"
    choice.choose("box")
    assert not actions(menu)[text].isChecked()
    actions(menu)[text].trigger()
    assert actions(menu)[text].isChecked()
    choice.choose("other")
    assert not actions(menu)[text].isChecked(), "it was for the other one"
    for name in ("other", "box"):
        FarFollower(Home.default(), machine_record(Home.default(), name), "r", Pipeline()).run()
    assert used == ["", "secret"]
    assert "secret" not in (Home.default().root / "machines.json").read_text()
    choice.choose("box")
    actions(menu)[text].trigger()
    FarFollower(Home.default(), machine_record(Home.default(), "box"), "r", Pipeline()).run()
    assert used[-1] == ""
