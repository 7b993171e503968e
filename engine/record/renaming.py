"""Renaming a run: its record, its report page and the history get the name that its pipeline has now."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from engine.base.errors import StudioError
from engine.base.files import parse_json, write_json, write_text
from engine.record.folder import PAGE, PIPELINE, RunFolder
from engine.record.history import History
from engine.record.home import Home
from engine.record.report_page import as_html


def rename_run(home: Home, path: Path, name: str) -> bool:
    """Rename a run that is over; False if it has that name, is executed now, or can't be written."""
    folder = RunFolder(path)
    if not path.is_dir() or folder.report().get("name", name) == name or folder.executing_process() is not None:
        return False
    with contextlib.suppress(StudioError, OSError, ValueError), folder.locked():
        report = _object(folder.report_path)
        report["name"] = name
        if isinstance(report.get("pipeline"), dict):
            report["pipeline"]["name"] = name
        write_json(path / PIPELINE, _object(path / PIPELINE) | {"name": name})
        folder.write_report(report)
        write_text(path / PAGE, as_html(folder.report(), folder.events()))
        with History.open(home) as history:
            history.record(folder, folder.report())
        return True
    return False


def _object(path: Path) -> dict[str, Any]:
    data = parse_json(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise ValueError(f"{path.name} holds no object")
    return data
