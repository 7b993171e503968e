"""Engines behind srun: how they are started, what the end of a job's time is, and signs of life from other nodes."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from artifact_files import digests

from engine.base.errors import BadInput
from engine.contracts.commands import RunPipeline
from engine.contracts.events import Event, Failure, Log, RunChanged
from engine.machines.far_run import FarRun
from engine.machines.records import MachineRecord
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.run.runner import start
from engine.service.detached import SILENT_SECONDS, Accepted
from engine.service.remote import Machine
from tests.engine.machines.loopback_slurm import loopback_slurm
from tests.engine.machines.loopback_ssh import loopback_ssh, ssh_with_options
from tests.engine.machines.simulated_machine import simulated

TESTS = Path(__file__).resolve().parents[2]
SRUN = MachineRecord(name="cluster", destination="me@login", launcher="srun --gres=gpu:1 '--job-name=my $(run)'")
STEPS: list[Any] = [("model", {"model": "sample"}), ("round_to_nearest", {"format": "int5"})]
PIPELINE = Pipeline.linear(STEPS, evaluation=Evaluation(when="never"))


@pytest.mark.skipif(sys.platform == "win32", reason="programs of the shell")
def test_the_engine_is_started_by_srun_with_its_words_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f"#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\n"
    (tmp_path / "srun").write_text(script)
    (tmp_path / "srun").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    command = SRUN.model_copy(update={"python": "/a b/python", "home": "/data; x"}).machine("cuda").command
    shown = subprocess.run(["sh", "-c", command[-1]], capture_output=True, text=True, check=True).stdout
    assert json.loads(shown) == [
        *("--gres=gpu:1", "--job-name=my $(run)", "--ntasks=1", "/a b/python", "-P", "-m", "engine.service.child"),
        *("--detached", "--home", "/data; x", "--device", "cuda"),
    ]
    for wrong in ("rm -rf /", "srun 'x", "; srun", "sh -c srun"):
        with pytest.raises(BadInput):
            Machine.over_ssh("c", "me@login", launcher=wrong)


@pytest.mark.parametrize("ended_by", ["scheduler", "person"])
def test_a_run_goes_on_when_the_time_of_its_job_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended_by: str
) -> None:
    """As SIGTERM of a scheduler: the run is marked, and cancelled at its next safe point."""
    far = simulated(Home(tmp_path / "far"))
    monkeypatch.setattr("engine.machines.session.EngineProcess", far)
    events: list[Event] = []
    ended: list[str] = []

    def answer(event: Event) -> Event:
        if isinstance(event, RunChanged) and event.state == "running" and not ended:
            ended.append(event.run)
            if ended_by == "scheduler":
                RunFolder(far.far.runs / event.run).mark_interrupted()
            far.made[-1].lane("run").cancel(event.run)
        return event

    far.answer = staticmethod(answer)
    with FarRun(Home(tmp_path / "here"), SRUN, sink=events.append) as run:
        report = run.execute(PIPELINE, None)
    sent = [command for command in far.made[-1].sent if isinstance(command, RunPipeline)]
    states = [event.state for event in events if isinstance(event, RunChanged) and event.state in ("done", "cancelled")]
    if ended_by == "person":
        assert (report["status"], len(sent), states) == ("cancelled", 1, ["cancelled"])
        return
    assert (report["status"], len(sent), states) == ("done", 2, ["done"]) and sent[1].resume
    assert any(isinstance(event, Log) and "time on cluster was over" in event.text for event in events)


def test_a_process_on_another_node_is_known_by_its_signs_of_life(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first = Accepted(home)
    assert first.accept(RunPipeline(id="r", pipeline="{}"))
    path = tmp_path / "accepted" / "r.json"
    note: dict[str, Any] = {**json.loads(path.read_text()), "node": "another", "process": 1}
    path.write_text(json.dumps(note))
    other = Accepted(home)
    assert not other.accept(RunPipeline(id="r", pipeline="{}")), "it gave a sign just now"
    os.utime(path, (0, time.time() - 2 * SILENT_SECONDS))
    first.give_sign()
    assert not other.accept(RunPipeline(id="r", pipeline="{}")), "and again"
    os.utime(path, (0, time.time() - 2 * SILENT_SECONDS))
    assert other.accept(RunPipeline(id="r", pipeline="{}"))


def weights(root: Path) -> dict[str, str]:
    """The model was sent, so that other files name it by another path."""
    return {name: digest for name, digest in digests(root).items() if name.endswith(".safetensors")}


@pytest.mark.skipif(sys.platform == "win32", reason="programs of the shell")
@pytest.mark.slow
def test_a_cluster_of_one_node_ends_jobs_and_the_run_is_done(
    chain: Callable[..., Pipeline], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slurm itself behind ssh itself: jobs of a minute, for a run that takes longer."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    far, here = Home(tmp_path / "far"), Home(tmp_path / "here")
    pipeline = chain({"noise": 0.01, "seconds": 6.0}, {"factor": 2.0, "seconds": 6.0}, {"factor": 0.5, "seconds": 6.0})
    python = tmp_path / "python"  # knows the methods of the tests
    words = [sys.executable, str(TESTS / "engine_child.py")]
    python.write_text(f'#!/bin/sh\necho "$SLURM_JOB_ID" >> {tmp_path}/jobs\nshift 3\nexec {shlex.join(words)} "$@"\n')
    python.chmod(0o755)
    fields = {"python": str(python), "home": str(far.root), "launcher": "srun --time=1 --job-name=studio"}
    record = MachineRecord(name="cluster", destination="127.0.0.1", **fields)
    events: list[Event] = []
    with (
        loopback_slurm(tmp_path / "slurm") as configuration,
        loopback_ssh(tmp_path, SLURM_CONF=str(configuration), OMP_NUM_THREADS="1") as options,
    ):
        monkeypatch.setenv("PATH", str(ssh_with_options(tmp_path / "bin", options)), prepend=os.pathsep)
        with FarRun(here, record, device="cpu", sink=events.append) as run:
            report = run.execute(pipeline, None)
        jobs = set((tmp_path / "jobs").read_text().split())
    assert report["status"] == "done", report
    assert len(jobs) >= 2 and any(
        isinstance(event, Log) and "time on cluster was over" in event.text for event in events
    )
    assert not any(isinstance(event, Failure) for event in events)
    start(pipeline, home=Home(tmp_path / "undisturbed"), device="cpu")
    there, undisturbed = (weights(root) for root in (far.root, tmp_path / "undisturbed"))
    assert there == undisturbed and there
    print(f"{len(jobs)} jobs of a minute")
