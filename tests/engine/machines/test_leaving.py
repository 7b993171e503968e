"""Who leaves a machine leaves its runs alone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.contracts.commands import RunPipeline
from engine.machines.session import Session
from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.service.remote import Machine
from tests.engine.service.ears import until

FAKE_SSH = Path(__file__).resolve().parents[2] / "fake_ssh.py"


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_run_goes_on_when_the_session_is_closed(home: Home, tmp_path: Path, chain: Callable[..., Pipeline]) -> None:
    far = Home(tmp_path / "far")
    machine = Machine("box", (sys.executable, str(FAKE_SSH), str(far.root)))
    folder = RunFolder(far.runs / "r")
    with Session(home, machine) as session:
        session.process.start()
        until(session.process.ready.is_set)
        pipeline = chain({"seconds": 4.0})
        session.process.lane("run").send(RunPipeline(id="r", pipeline=pipeline.to_json()))
        until(lambda: folder.path.is_dir() and folder.executing_process() is not None)
    until(lambda: folder.executing_process() is None)
    assert folder.report()["status"] == "done", folder.report().get("error")
