"""A result in GGUF types for tests of llama.cpp."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from engine.run.runner import start

Q4_K_M: tuple[str, dict[str, Any]] = ("gguf_quants", {"type": "Q4_K_M", "method": "nearest", "importance": "none"})


@pytest.fixture(scope="session")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample in Q4_K_M, which torch has no kernel for."""
    home = Home(tmp_path_factory.mktemp("home"))
    steps = [("model", {"model": "sample"}), Q4_K_M]
    outcome = start(Pipeline.linear(steps, evaluation=Evaluation(when="never")), home=home, device="cpu")
    return Path(outcome.report["stages"][-1]["artifact"])
