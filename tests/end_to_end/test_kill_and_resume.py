"""A run that is killed at any moment and resumed leaves the same bits as one that was not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import warm_children

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "kill_and_resume.py"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the children are forked")
def test_five_kills_leave_the_same_bits(tmp_path: Path) -> None:
    done = warm_children.run(str(SCRIPT), "--kills", "5", "--seed", "7", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 of 5 identical" in done.stdout
    lines = [line.split() for line in done.stdout.splitlines() if line.split()[-1:] == ["yes"]]
    assert len(lines) == 5 and sum(line[-3] == "yes" for line in lines) >= 3, "most were killed before their end"
