"""A few hundred cases of the harness; ``python -m tests.hostile`` tries as many as one likes."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from engine.contracts.errors import BadInput

if not hasattr(os, "fork"):
    pytest.skip("the children are forked", allow_module_level=True)

from tests.hostile.kinds import CASES, prepare
from tests.hostile.worker import attempt, attempts

COUNT = 40


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(CASES))
def test_damage_is_refused_or_harmless(kind: str) -> None:
    prepare([kind])
    found = list(attempts(kind, range(COUNT), CASES[kind]))
    assert [result.number for result in found] == list(range(COUNT))
    assert not [f"{result.number}: {result.why}" for result in found if result.outcome == "failed"]
    assert any(result.outcome == "refused" for result in found)


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
