"""Export of a folder, with a bar on standard error."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.api.display import meter, terminal_of
from engine.contracts.commands import Verified
from engine.record.home import Home
from engine.run.control import Control
from engine.service.job_progress import export_ends
from engine.service.jobs import export_artifact


def export_folder(
    artifact: Path, format: str, folder: Path, home: Home, options: Mapping[str, Any], progress: bool
) -> Verified:
    """Write the artifact in a format and load it in a fresh process: see `engine.export`."""
    with terminal_of({"local": "Export"}, progress) as terminal:
        control = Control()
        job = meter(terminal, export_ends(artifact, format))
        control.beat = job.beat
        return export_artifact(
            artifact, format, folder, home=home, options=dict(options), progress=job, control=control
        )
