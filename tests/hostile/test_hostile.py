"""A few hundred cases of the harness; ``python -m tests.hostile`` tries as many as one likes."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from engine.base.errors import BadInput

if not hasattr(os, "fork"):
    pytest.skip("the children are forked", allow_module_level=True)

from tests.hostile.kinds import CASES, prepare
from tests.hostile.soak import Held, soak
from tests.hostile.worker import attempt, attempts

COUNT = 12
"""Damaged inputs of each kind; `python -m tests.hostile` tries thousands."""


UNREAD = ("current_folder", "workspace")
"""Kinds of damage that nothing is refused for: what lies there is passed over, or made anew."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(CASES))
def test_damage_is_refused_or_harmless(kind: str) -> None:
    prepare([kind])
    count = COUNT // 5 if kind == "current_folder" else COUNT  # each starts a process of its own
    found = list(attempts(kind, range(count), CASES[kind]))
    assert [result.number for result in found] == list(range(count))
    assert not [f"{result.number}: {result.why}" for result in found if result.outcome == "failed"]
    assert kind in UNREAD or any(result.outcome == "refused" for result in found)


def test_the_harness_tells_what_is_no_refusal() -> None:
    def case(draw: random.Random, folder: Path) -> None:
        what = draw.choice(("refused", "raised", "killed", "accepted"))
        assert folder.is_dir() and "hostile-" in os.environ["COMPRESSION_STUDIO_HOME"]
        if what == "refused":
            raise BadInput("No")
        if what == "raised":
            raise KeyError("a")
        if what == "killed":
            os.kill(os.getpid(), 9)

    found = {result.number: result for result in attempts("own", range(30), case)}
    assert sorted(found) == list(range(30))
    words = [result.why.split()[0] for result in found.values() if result.outcome == "failed"]
    assert {"KeyError:", "killed"} <= set(words) and {r.outcome for r in found.values()} == {
        "refused",
        "accepted",
        "failed",
    }
    again = next(number for number, result in found.items() if result.outcome == "refused")
    assert attempt("own", again, case) == found[again]


@pytest.mark.slow
def test_runs_in_a_row_end_as_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert soak(6, 0) == 0
    assert "cancel: cancelled" in capsys.readouterr().out


def test_what_piles_up_is_named() -> None:
    assert (
        Held(200 << 20, 20, 9).more_than(Held(10 << 20, 10, 5))
        == "memory rose by 190 MB, 10 more open files, 4 more threads"
    )
    assert not Held(20 << 20, 12, 6).more_than(Held(10 << 20, 10, 5))
