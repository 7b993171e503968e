"""The window asks once before code that a model brings may run."""

from __future__ import annotations

import json

from fake_engine import FakeEngine
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.checkpoints import consent
from engine.contracts.commands import Checked, CheckPipeline, RunPipeline
from engine.contracts.problem import Problem
from engine.pipeline.document import Pipeline
from studio.bridge import Bridge
from studio.document import consent as asking
from studio.document.consent import ask_consent
from studio.document.document import Document
from studio.document.session import Session
from studio.kit.widgets import Banner
from studio.runs.controller import RunController


def model(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "own_<b>.py").write_text("print(1)")
    return tmp_path / "m"


def test_the_question_names_the_files_and_is_asked_once(qtbot, tmp_path, monkeypatch):
    folder, asked = model(tmp_path), []

    def choose(parent, title, text, options, *, escape, default=""):
        asked.append(text)
        return answers.pop(0)

    monkeypatch.setattr(asking, "choose", choose)
    answers = ["no", "yes"]
    assert not ask_consent(None, folder) and not consent.is_given(consent.code_in(folder))
    assert ask_consent(None, folder) and ask_consent(None, folder)
    assert len(asked) == 2 and "own_<b>.py" in asked[0] and str(folder) in asked[0]
    kept = json.loads((tmp_path / "home" / "consent.json").read_text("utf-8"))
    assert [entry["files"] for entry in kept.values()] == [["own_<b>.py"]]


class Panel(QWidget):
    """What a run controller needs of the run panel."""

    def __init__(self):
        super().__init__()
        self.banner = Banner(self)

    run_anyway_chosen = Signal()

    def __getattr__(self, name):
        if name.startswith(("show_", "refresh", "set_", "drop_")):
            return lambda *_: None
        raise AttributeError(name)


class View:
    def set_block_state(self, *_): ...
    def set_locked(self, *_): ...
    def select(self, *_): ...


def test_run_asks_and_checks_again_after_a_yes(qtbot, tmp_path, monkeypatch):
    engine, document, panel = FakeEngine(), Document(), Panel()
    qtbot.addWidget(panel)
    bridge = Bridge(make=lambda lane: engine)
    runs = RunController(Session(document), bridge, View(), panel)
    folder = model(tmp_path)
    document.open(Pipeline.linear([("model", {"model": str(folder)})]), None)
    found = Checked((Problem("error", "needs a yes", block="model_1", consent=str(folder)),), {}, (), 10**9, 10**9)
    monkeypatch.setattr(asking, "choose", lambda *_, **__: "no")
    runs.start()
    engine.answer(found)
    bridge.pump()
    assert runs.phase == "idle"
    monkeypatch.setattr(asking, "choose", lambda *_, **__: "yes")
    runs.start()
    engine.answer(found)
    bridge.pump()
    assert len(engine.commands) == 3 and isinstance(engine.commands[-1], CheckPipeline) and runs.phase == "checking"
    engine.answer(Checked((), {}, (), 10**9, 10**9))
    bridge.pump()
    assert isinstance(engine.commands[-1], RunPipeline)
    bridge.close()
