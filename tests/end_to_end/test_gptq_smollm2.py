"""GPTQ on SmolLM2-135M: a fraction of the published calibration, and the gain over rounding to nearest is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main

pytestmark = pytest.mark.real_model


@pytest.mark.slow
def test_three_bits(
    smollm2: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))

    def perplexity(step: str) -> float:
        measure = ("--evaluate", "sample", "--window-size", "512", "--num-windows", "2", "--no-compare", "--json")
        status = main(["compress", str(smollm2), step, *measure])
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert status == 0, told
        return float(told["stages"][-1]["metrics"]["perplexity"])

    assert perplexity("gptq format=int3 num_samples=12 sequence_length=256") < 0.9 * perplexity(
        "round_to_nearest format=int3"
    )
