"""The bundled tasks are what their script makes of the bundled texts, and small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from engine import resources

TASKS = resources.path("tasks")


def test_the_script_makes_the_same_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(TASKS / "make_tasks.py"), str(tmp_path)], check=True)
    made = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    there = {file.name: file.read_bytes() for file in TASKS.iterdir() if file.suffix in (".yaml", ".jsonl")}
    assert made == there and sum(map(len, there.values())) < 300_000
