"""Exports as a run leaves them, with their replay.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from engine.run.control import Control
from engine.run.runner import start
from engine.service.jobs import export_artifact

Step = tuple[str, dict[str, Any]]


def exported(model: Path, steps: list[Step], kind: str, home: Home, folder: Path) -> Path:
    """The folder of an export of what the last step leaves."""
    pipeline = Pipeline.linear([("model", {"model": str(model)}), *steps], evaluation=Evaluation(when="never"))
    return exported_from(pipeline, kind, home, folder)


def exported_from(pipeline: Pipeline, kind: str, home: Home, folder: Path) -> Path:
    outcome = start(pipeline, home=home, device="cpu")
    assert outcome.status == "done", outcome.error
    artifact = Path(outcome.report["stages"][-1]["artifact"])
    export_artifact(artifact, kind, folder, home=home, progress=lambda *_: None, control=Control())
    return folder
