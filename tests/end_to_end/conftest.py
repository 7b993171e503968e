"""The command that all of these tests give. They share one home, so that a model is opened, and measured in the same
way, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from engine.cli import main

Told = Callable[..., dict[str, Any]]
COLD = "test_sample"
"""Here the processes that verify are started as they are in use."""


@pytest.fixture(scope="module", autouse=True)
def warm(request: pytest.FixtureRequest) -> None:
    """See `warm_children`."""
    if not request.module.__name__.endswith(COLD):
        request.getfixturevalue("warm_readers")


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """``told("sample", "gptq format=int3", window_size=512, num_windows=8)``: what the command tells with ``--json``;
    without ``num_windows`` nothing is measured, without ``compare`` perplexity alone."""

    def run(
        model: object, *words: str, window_size: int = 256, num_windows: int | None = None, compare: bool = True
    ) -> dict[str, Any]:
        measure: list[str] = []
        if num_windows is not None:
            measure = ["--evaluate", "sample", "--window-size", str(window_size), "--num-windows", str(num_windows)]
            measure += [] if compare else ["--no-compare"]
        status = main(["compress", str(model), *words, *measure, "--json"])
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert status == 0, answer
        return answer

    return run
