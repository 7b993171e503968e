"""The window asks once before code that a model brings may run."""

from __future__ import annotations

import json

from engine.contracts.commands import Checked, CheckPipeline, RunPipeline
from engine.contracts.problem import Problem
from engine.models import consent
from engine.pipeline.document import Pipeline
from studio import consent as asking
from studio.consent import ask_consent


def model(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "own_<b>.py").write_text("print(1)")
    return tmp_path / "m"


def test_the_question_names_the_files_and_is_asked_once(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))
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


def test_run_asks_and_checks_again_after_a_yes(window, engine, tmp_path, monkeypatch):
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))
    folder = model(tmp_path)
    window.document.open(Pipeline.linear([("model", {"model": str(folder)})]), None)
    problem = Problem("error", "needs a yes", block="model_1", consent=str(folder))
    found = Checked((problem,), {}, (), 10**9, 10**9)
    monkeypatch.setattr(asking, "choose", lambda *_, **__: "no")
    window.runs.start()
    engine.answer(found)
    window.bridge.pump()
    assert window.runs.phase == "idle"
    monkeypatch.setattr(asking, "choose", lambda *_, **__: "yes")
    window.runs.start()
    engine.answer(found)
    window.bridge.pump()
    checks = [command for command in engine.commands if isinstance(command, CheckPipeline)]
    assert len(checks) == 3 and window.runs.phase == "checking"
    engine.answer(Checked((), {}, (), 10**9, 10**9))
    window.bridge.pump()
    assert any(isinstance(command, RunPipeline) for command in engine.commands)
